"""Sets of items, and scores of items for sets -> checked arrays, or one clear error."""

import numpy as np

from sksets._set_array import as_set_array, element_position, has_mask, refuse_weights
from sksets._validation.values import read_matrix


def read_item_sets(sets, name):
    """Return sets of items, ids or strings, as a SetArray of 1-D values.

    Parameters
    ----------
    sets : any container of sets
    name : str
        What messages call it.

    Raises
    ------
    ValueError, TypeError
        If it is no container of sets of items.
    """
    try:
        sets = as_set_array(sets, element_kind="token")
        refuse_weights(sets, name)
    except (TypeError, ValueError) as error:
        raise type(error)(f"Cannot read {name}, one array of items a set: {error}") from error
    return sets


def read_indices(sets, n_items, name):
    """Return sets of column indices as a SetArray of int64, and a key for each (set, column).

    Parameters
    ----------
    sets : any container of sets
    n_items : int
        Number of columns.
    name : str
        What messages call it.

    Returns
    -------
    sets : SetArray
    keys : ndarray of shape (n_elements,)
        ``set * n_items + column``.

    Raises
    ------
    ValueError, TypeError
        If a value is no index of a column, or twice in a set; the message names the set.
    """
    sets = read_item_sets(sets, name)
    values = sets.values
    if values.dtype.kind not in "iu" and len(values):
        raise ValueError(
            f"{name} must hold indices of columns, found {values[0]!r}. Look the items up first."
        )
    if (outside := (values < 0) | (values >= n_items)).any():
        row = int(np.argmax(outside))
        raise ValueError(
            f"{name} must hold indices of the {n_items} columns, from 0 to {n_items - 1}; "
            f"{element_position(sets.offsets, row)} is {values[row]}."
        )
    sets = sets.map_values(values.astype(np.int64))
    keys = sets.set_ids * n_items + sets.values
    unique, counts = np.unique(keys, return_counts=True)
    if (repeated := unique[counts > 1]).size:
        i, column = divmod(int(repeated[0]), n_items)
        raise ValueError(
            f"{name} has index {column} twice in set {i}. Pass each column once, by its index "
            "(not an array of zeros and ones)."
        )
    return sets, keys


def check_scores(scores, name):
    """Return scores as floats of shape (n_sets, n_items), of which none may be NaN.

    Parameters
    ----------
    scores : array-like of shape (n_sets, n_items)
    name : str
        What messages call them.

    Raises
    ------
    ValueError
        If they are not two-dimensional, or one is NaN; the message names the set.
    """
    if has_mask(scores):
        raise ValueError(f"{name} has masked values. Score every item; -inf puts one last.")
    # Minus infinity is a score: that of an item that comes last.
    scores = read_matrix(scores, name, ensure_all_finite=False)
    if scores.dtype.kind != "f":
        scores = scores.astype(np.float64)
    if (missing := np.isnan(scores)).any():
        i, column = np.argwhere(missing)[0]
        raise ValueError(
            f"{name} has NaN: set {i}, column {column}. Score every item; -inf puts one last."
        )
    return scores


def check_same_n_sets(n_sets, expected, name, other):
    """Raise where `name` has not as many sets as `other` has."""
    if n_sets != expected:
        raise ValueError(
            f"{other} has {expected} sets, {name} {n_sets}. Both need one array or row a set."
        )
