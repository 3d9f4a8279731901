"""What the transformers from sets to sets share."""

from numbers import Real

import numpy as np
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin

from sksets._set_array import SetArray, library_of, read_array
from sksets._validation import name_features_in, set_column


def _is_table(rows, sets):
    """Say whether a list of lists of numbers was read as the rows of a table, not as sets."""
    row = rows[0]
    return (
        sets.codes.ndim > 1
        and isinstance(row, list | tuple)
        and len(row) > 0
        and isinstance(row[0], Real)
    )


def contain_like(X, sets):
    """Put transformed sets into the kind of container that X is.

    Parameters
    ----------
    X : any container of sets
        What the user passed.
    sets : SetArray
        The sets of X, transformed.

    Returns
    -------
    list of ndarray, ndarray or SetArray
        A list for a list or tuple of sets, an array for an array or the rows of a table, and a
        SetArray for everything else, and for lists of frames, whose names it keeps.
    """
    if isinstance(X, SetArray) or library_of(X) is not None or sparse.issparse(X):
        return sets
    if sets.feature_names is not None:
        # A list of frames: arrays would lose the names.
        return sets
    if isinstance(X, list | tuple) and not _is_table(X, sets):
        return list(sets)
    if not hasattr(X, "__array__") or getattr(X, "is_nested", False):
        if not isinstance(X, list | tuple):
            return sets
    X = read_array(X, "X")
    shape = X.shape
    if X.dtype.kind == "O" and X.size == len(sets):
        return np.asarray(sets).reshape(shape)
    if sets.values.ndim == 2 and len(shape) == 2 and len(sets.values) == len(sets):
        return sets.values
    # Of one size still, which may be another one.
    size = int(sets.sizes[0]) if len(sets) else shape[1]
    return sets.values.reshape(len(sets), size, *sets.element_shape)


def check_numbers(estimator, sets):
    """Refuse tokens where only numbers make sense."""
    if sets.codes.ndim == 1:
        raise ValueError(
            f"{type(estimator).__name__} takes numbers as elements, found string tokens. Encode "
            "them first, for example with ElementTransformer(OneHotEncoder())."
        )


class SetTransformer(TransformerMixin, BaseEstimator, auto_wrap_output_keys=None):
    """Base of the transformers that return sets, which are no table and have no columns."""

    def set_output(self, *, transform=None):
        """Do nothing: sets are no table, so they are returned as they came in.

        Parameters
        ----------
        transform : {"default", "pandas", "polars"}, default=None
            Ignored.

        Returns
        -------
        self : object
        """
        return self

    def get_feature_names_out(self, input_features=None):
        """Name the features of the elements, which are as many as before.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,) or (1,), default=None
            Names of the features of an element, by default ``feature_names_in_`` where there are
            any, ``x0``, ``x1``, ... otherwise; or the name of the column which holds the sets, as
            ColumnTransformer passes it.

        Returns
        -------
        names : ndarray of str objects of shape (n_features,) or (1,)
            The same names: a column of sets stays one.

        Raises
        ------
        ValueError
            If the names are not as many as the features, or others than in fit.
        """
        if (column := set_column(self, input_features)) is not None:
            return np.array([column], dtype=object)
        return name_features_in(self, input_features)
