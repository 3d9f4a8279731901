"""Names of the features that go in, also where a table knows a whole column of sets by one."""

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin
from sklearn.utils.validation import check_is_fitted

from sksets._compat import check_feature_names_in, get_output_config
from sksets._set_array import read_array


def _as_names(input_features):
    """Return names as an array of objects, or None."""
    if input_features is None:
        return None
    names = read_array(input_features, "input_features").astype(object)
    if names.ndim != 1:
        raise ValueError(
            "input_features must be None, or the name of each feature in a list; found "
            f"{input_features!r:.100}."
        )
    return names


def set_column(estimator, input_features):
    """Return the name of the column that held the sets in a table, or None.

    ColumnTransformer has one name for a column of sets, whatever features their elements have. So
    to an estimator that was fitted on sets, one name is that of the column, unless it is the one
    that the elements' only feature had in fit.

    Parameters
    ----------
    estimator : estimator instance
    input_features : array-like of str, or None
        As in ``get_feature_names_out``.

    Returns
    -------
    str or None
    """
    check_is_fitted(estimator)
    names = _as_names(input_features)
    if names is None or len(names) != 1 or estimator._input_spec.is_table:
        return None
    column = names[0]
    return None if estimator._input_spec.names == (column,) else column


def name_features_in(estimator, input_features):
    """Return the names of the features of an element, for ``get_feature_names_out``.

    Parameters
    ----------
    estimator : estimator instance
    input_features : array-like of str, or None
        Names of the features, or that of the column which holds the sets.

    Returns
    -------
    ndarray of str objects of shape (n_features,)
        Of a column "cells", they are "cells_x0" and so on; "cells" where elements have a single
        feature without a name.

    Raises
    ------
    ValueError
        If the names are not as many as the features, or others than in fit.
    """
    column = set_column(estimator, input_features)
    if column is None:
        return check_feature_names_in(estimator, _as_names(input_features))
    if estimator._input_spec.names is None and estimator.n_features_in_ == 1:
        return np.array([column], dtype=object)
    names = [f"{column}_{name}" for name in check_feature_names_in(estimator)]
    return np.array(names, dtype=object)


def index_by_keys(estimator, rows, sets):
    """Return rows, one a set, as a pandas frame with the keys as its index, where those are known.

    ColumnTransformer joins frames by their index. scikit-learn gives a frame the index of the one
    that it was made of, but sets that come of another step of a pipeline are no frame.

    Parameters
    ----------
    estimator : estimator instance
        Which may be told by ``set_output`` to return pandas frames.
    rows : ndarray of shape (n_sets, n_features_out)
    sets : SetArray

    Returns
    -------
    ndarray or DataFrame of shape (n_sets, n_features_out)
    """
    if sets.keys is None or get_output_config("transform", estimator)["dense"] != "pandas":
        return rows
    import pandas as pd

    one = sets.keys.ndim == 1
    index = pd.Index(sets.keys) if one else pd.MultiIndex.from_arrays(list(sets.keys.T))
    return pd.DataFrame(rows, index=index)


class NumberedFeaturesOutMixin(ClassNamePrefixFeaturesOutMixin):
    """Mixin: what comes out is numbered after the class, whether sets are a column or all of X."""

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the output.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,) or (1,), default=None
            Names of the features of an element, or that of the column which holds the sets; they
            are checked and not used.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
            The name of the class in lower case, followed by 0, 1, ...

        Raises
        ------
        ValueError
            If the names are not as many as the features, or others than in fit.
        """
        name_features_in(self, input_features)
        return super().get_feature_names_out()
