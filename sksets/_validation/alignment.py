"""A pandas object whose index holds the keys of the sets -> its rows in the order of the sets."""

import warnings
from collections.abc import Mapping

import numpy as np

from sksets._set_array import SetArray, is_default_index, library_of
from sksets._validation.values import read_targets, read_values


def align_to_keys(values, keys, name):
    """Return values in the order of the sets, where their index says which set each is of.

    Parameters
    ----------
    values : object
        Targets or weights as a user passed them: a dict by its keys, a pandas Series or DataFrame
        by its index. All else, and pandas' default index 0, 1, 2, ..., is read by position.
    keys : ndarray of shape (n_sets,) or (n_sets, n_keys), or None
        Keys of the sets, if they have any.
    name : str
        What messages call the values.

    Returns
    -------
    object
        Of the type of ``values``; a list for a dict.

    Raises
    ------
    ValueError
        If the index holds a key twice, or some of the keys and not all, or a dict lacks one; the
        message names it.

    Warns
    -----
    UserWarning
        If the index holds none of the keys, so that the values are read by position.
    """
    if keys is not None and isinstance(values, Mapping):
        return _values_of(values, _rows_of(keys), name)
    if keys is None or library_of(values) != "pandas" or not hasattr(values, "iloc"):
        return values
    index = values.index
    rows = _rows_of(keys)
    if is_default_index(index) or not index.isin(rows).any():
        warnings.warn(
            f"{name} is read by position: its index holds none of the keys of X. Give {name} the "
            f"keys as its index, or pass {name}.to_numpy() to say that it has the order of X.",
            stacklevel=2,
        )
        return values
    if not index.is_unique:
        twice = index[index.duplicated()].tolist()[0]
        raise ValueError(f"The index of {name} holds {twice!r} twice. Give each set one value.")
    positions = index.get_indexer(rows)
    if (positions < 0).any():
        missing = rows[int(np.argmax(positions < 0))]
        raise ValueError(
            f"The index of {name} holds keys of X, but not that of set "
            f"{int(np.argmax(positions < 0))}, {missing!r}. Add its value, or leave the set out."
        )
    return values.iloc[positions]


def _rows_of(keys):
    """Return the key of each set, a tuple where it has several parts."""
    return list(map(tuple, keys.tolist())) if keys.ndim == 2 else keys.tolist()


def _values_of(mapping, rows, name):
    """Return the values that a dict has for the keys of the sets."""
    missing = next((i for i, row in enumerate(rows) if row not in mapping), None)
    if missing is not None:
        raise ValueError(
            f"{name} has no value for the key of set {missing}, {rows[missing]!r}. Add it, or "
            "leave the set out."
        )
    return [mapping[row] for row in rows]


class KeyedScore:
    """Mixin, left of scikit-learn's: targets are scored in the order of the sets."""

    def score(self, X, y, sample_weight=None):
        """Return the score of the predictions: R2 of a regressor, accuracy of a classifier.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
        y : array-like of shape (n_sets,) or (n_sets, n_outputs)
            As in ``fit``: a pandas y is aligned to the keys of X.
        sample_weight : array-like of shape (n_sets,), default=None

        Returns
        -------
        score : float
        """
        keys = X.keys if isinstance(X, SetArray) else None
        y = align_to_keys(y, keys, "y")
        y = y if y is None else read_targets(y)
        sample_weight = align_to_keys(sample_weight, keys, "sample_weight")
        if sample_weight is not None:
            sample_weight = read_values(sample_weight, "sample_weight")
        return super().score(X, y, sample_weight)
