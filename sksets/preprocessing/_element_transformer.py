"""ElementTransformer: any scikit-learn transformer on the elements of all sets."""

import numpy as np
from scipy import sparse
from sklearn import config_context
from sklearn.base import clone
from sklearn.utils import get_tags
from sklearn.utils.metaestimators import available_if
from sklearn.utils.validation import check_is_fitted

from sksets._fitting import fitted, learning
from sksets._set_array import SetArray
from sksets._validation import (
    flatten_elements,
    name_features_in,
    set_column,
    validate_sets,
    validate_targets,
)
from sksets.preprocessing._base import SetTransformer, contain_like


def _names_its_columns(estimator):
    return hasattr(estimator.transformer, "get_feature_names_out")


class ElementTransformer(SetTransformer, auto_wrap_output_keys=None):
    """Apply a scikit-learn transformer to the elements of all sets, one row an element.

    Scalers, PCA, encoders, imputers and pipelines of them. The sets keep their sizes and context.

    Parameters
    ----------
    transformer : transformer instance
        It is cloned and fitted to the elements of all sets, shape (n_elements, n_features);
        tokens are one column. Where the columns of the elements have names and pandas is
        installed it gets a frame, so that a ColumnTransformer finds them by name. An element has
        the target of its set.

    Attributes
    ----------
    transformer_ : transformer instance
        The fitted clone.
    n_features_in_ : int
        Number of features of an element, before.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the columns of the sets have names.

    See Also
    --------
    SetNormalizer : Centres and scales each set by itself.

    Notes
    -----
    NaN is passed on to the transformer, so that it can impute.

    Examples
    --------
    >>> from sklearn.preprocessing import StandardScaler
    >>> from sksets.preprocessing import ElementTransformer
    >>> import numpy as np
    >>> X = [np.array([[1.0], [3.0]]), np.array([[5.0]])]
    >>> scaler = ElementTransformer(StandardScaler()).fit(X)
    >>> scaler.transformer_.mean_
    array([3.])
    >>> scaler.transform(X)[1].round(3)
    array([[1.225]])
    """

    def __init__(self, transformer):
        self.transformer = transformer

    def fit(self, X, y=None):
        """Fit a clone of the transformer to the elements of all sets.

        Parameters
        ----------
        X : any container of sets
            Sets of vectors or of tokens.
        y : array-like of shape (n_sets,) or (n_sets, n_outputs), or list of arrays, default=None
            Targets of the sets, or arrays with one target an element, for a transformer that
            uses them.

        Returns
        -------
        self : object

        Raises
        ------
        TypeError
            If `transformer` has no fit or no transform.
        ValueError
            If X or y is invalid, or the transformer refuses the elements.
        """
        for method in ("fit", "transform"):
            if not hasattr(self.transformer, method) or isinstance(self.transformer, type):
                raise TypeError(
                    "transformer must be an instance with fit and transform, found "
                    f"{self.transformer!r}."
                )
        # Not `fitting`: scikit-learn would skip the checks of the inner transformer's parameters.
        with learning(self) as copied:
            sets = copied._check(X, reset=True)
            if y is not None:
                y = copied._element_targets(y, sets)
            rows = _rows(sets)
            copied.transformer_ = clone(self.transformer).fit(rows, y)
            # Most transformers refuse 0 rows: what they would return is taken from one row.
            copied._no_elements = copied._apply(rows[:1])[:0]
        return self

    @fitted
    def transform(self, X):
        """Apply the fitted transformer to the elements.

        Parameters
        ----------
        X : any container of sets
            Sets of vectors or of tokens, as in fit.

        Returns
        -------
        X_new : SetArray, list of ndarray or ndarray, as X
            The sets with transformed elements; sparse output is made dense. Keeps the context.

        Raises
        ------
        ValueError
            If X is invalid, or the transformer gives another number of rows than of elements.
        """
        check_is_fitted(self)
        sets = self._check(X, reset=False)
        values = self._apply(_rows(sets)) if len(sets.codes) else self._no_elements
        return contain_like(X, sets.map_values(values, self._names_out(sets)))

    @available_if(_names_its_columns)
    def get_feature_names_out(self, input_features=None):
        """Name the features of the elements as the transformer does.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,) or (1,), default=None
            Names of the features of an element, by default ``feature_names_in_`` where there are
            any, ``x0``, ``x1``, ... otherwise; or the name of the column which holds the sets, as
            ColumnTransformer passes it.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,) or (1,)
            A column of sets stays one.

        Raises
        ------
        ValueError
            If the names are not as many as the features, or others than in fit.
        """
        if (column := set_column(self, input_features)) is not None:
            return np.array([column], dtype=object)
        return self.transformer_.get_feature_names_out(name_features_in(self, input_features))

    def _element_targets(self, y, sets):
        """Return one target, or row of them, an element."""
        # Arrays in y are targets of elements, as pipelines of element estimators pass them.
        objects = isinstance(y, np.ndarray) and y.dtype == object
        ragged = objects or isinstance(y, list | tuple | SetArray)
        if ragged and any(isinstance(part, np.ndarray) for part in y):
            return flatten_elements(y, sets.sizes)
        y = validate_targets(y, len(sets), estimator=self, multi_output=True)
        return np.repeat(y, sets.sizes, axis=0)

    def _apply(self, rows):
        out = self.transformer_.transform(rows)
        out = out.toarray() if sparse.issparse(out) else np.asarray(out)
        if out.shape[:1] != (len(rows),):
            raise ValueError(
                f"{type(self.transformer_).__name__} must return one row an element; it returned "
                f"an array of shape {out.shape} for {len(rows)} elements."
            )
        return out[:, None] if out.ndim == 1 else out

    def _names_out(self, sets):
        """Return what the transformer calls its columns, where those of the sets have names."""
        name = getattr(self.transformer_, "get_feature_names_out", None)
        return None if name is None or sets.feature_names is None else name(sets.feature_names)

    def _check(self, X, reset):
        # The transformer judges NaN and infinity: an imputer wants them.
        with config_context(assume_finite=True):
            return validate_sets(
                self, X, reset=reset, check_context=False, allow_strings=True, allow_weights=True
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        inner = get_tags(self.transformer)
        tags.input_tags.allow_nan = inner.input_tags.allow_nan
        tags.target_tags.required = inner.target_tags.required
        tags.transformer_tags = inner.transformer_tags
        return tags


def _rows(sets):
    """Return the elements as a table: a frame where its columns have names, else an array.

    It is a copy: transformers that work in place must not write to the caller's memory.
    """
    if sets.codes.ndim == 1:
        return sets.values[:, None].copy()
    if sets.feature_names is not None:
        try:
            import pandas as pd
        except ImportError:
            return np.array(sets.values)
        if sets.categories is None:
            return pd.DataFrame(np.array(sets.codes), columns=sets.feature_names)
        columns = zip(sets.feature_names, sets.columns(), strict=True)
        return pd.DataFrame(dict(columns), copy=True)
    return np.array(sets.values)
