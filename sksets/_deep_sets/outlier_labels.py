"""Labels of outliers -> the share that each element has in being the outlier of its set."""

import numpy as np

from sksets._set_array import (
    align_to_keys,
    element_position,
    has_mask,
    missing_objects,
    offsets_from_sizes,
)
from sksets._validation import flatten_elements, is_one_value_a_set, read_values


def validate_outliers(y, sets, estimator, fitting=False):
    """Check labels of outliers.

    Parameters
    ----------
    y : array-like of shape (n_sets,), list of arrays or None
        Indices of outliers within their sets, -1 for none; or arrays of +1 (members) and -1
        (outliers); or None.
    sets : SetArray
    estimator : estimator instance
    fitting : bool, default=False
        Whether there must be something to learn from.

    Returns
    -------
    labels : {"index", "arrays", "none"}
    target : ndarray of shape (n_elements,), float64
        "arrays": 1 for an outlier, 0 for a member. "index": the same, and 1 / n in a set of n
        elements without an outlier; so it is for all sets of "none".

    Raises
    ------
    ValueError
        If y does not fit to the sets, or nothing can be learned from it; the message names the
        set.
    """
    if y is None or estimator._input_spec.is_table:
        _require_sets(sets, estimator)
        return "none", _uniform(sets)
    y = align_to_keys(y, sets.keys, "y")
    if is_one_value_a_set(y):
        return "index", _from_index(_check_index(y, sets, fitting), sets)
    return "arrays", _check_signs(y, sets, fitting)


def _uniform(sets):
    # The softmax then learns equal outputs for the members, whose score is that of chance, zero.
    return 1 / np.repeat(sets.sizes, sets.sizes)


def lies_in_its_set(index, sizes):
    """Return of which sets the index is that of an element, or -1 for no outlier."""
    return (index >= -1) & (index < sizes)


def mark_outliers(index, sizes):
    """Return which elements are outliers, (n_elements,) bool, from one index a set, -1 for none."""
    is_outlier = np.zeros(np.sum(sizes), dtype=bool)
    is_outlier[(offsets_from_sizes(sizes)[:-1] + index)[index >= 0]] = True
    return is_outlier


def _from_index(index, sets):
    has_outlier = np.repeat(index >= 0, sets.sizes)
    return np.where(has_outlier, mark_outliers(index, sets.sizes), _uniform(sets))


def find_outliers(target, sets):
    """Return the index of the outlier of each set, -1 for none, of a ``target`` of "index"."""
    # One element alone has the share 1 / 1, and is no outlier.
    rows = np.flatnonzero((target == 1) & np.repeat(sets.sizes > 1, sets.sizes))
    index = np.full(len(sets), -1)
    index[sets.set_ids[rows]] = rows - sets.offsets[sets.set_ids[rows]]
    return index


def _require_sets(sets, estimator):
    n_filled = int(np.sum(sets.sizes > 0))
    if n_filled < 2:
        raise ValueError(
            f"Found {n_filled} set(s) with elements (n_samples={n_filled}) while a minimum of 2 is "
            f"required by {type(estimator).__name__}, which puts elements of other sets in where "
            "there are no labels. Pass more sets, or y."
        )
    if np.isin(sets.sizes, (0, 2)).all():
        raise ValueError(
            "No set of X has three elements or more: without labels, members of such sets are "
            "replaced by elements of other sets, and of a pair either may be the one that does "
            "not belong. Pass larger sets, or y."
        )


def _integers(y):
    expected = (
        "y must hold the index of the outlier of each set, an integer, -1 for none, or one array "
        "of +1 and -1 a set"
    )
    if has_mask(y):
        raise ValueError(f"{expected}; found masked values. Use -1 for none.")
    try:
        index = read_values(y, "y")
    except TypeError as error:
        raise ValueError(f"{expected}; found numbers and arrays.") from error
    if index.dtype == object and (missing := missing_objects(index)).any():
        raise ValueError(f"{expected}; found None for set {np.argwhere(missing)[0][0]}.")
    if index.ndim != 1:
        raise ValueError(f"{expected}; found one value, {y!r}.")
    if index.dtype.kind == "f":
        whole = np.isfinite(index) & (index == np.rint(index))
        if not whole.all():
            i = int(np.argmin(whole))
            raise ValueError(f"{expected}; found {index[i]} for set {i}.")
    elif index.dtype.kind not in "iu":
        raise ValueError(f"{expected}; found {index.dtype} values.")
    return index


def _check_index(y, sets, fitting):
    index = _integers(y)
    if len(index) != len(sets):
        raise ValueError(
            f"X has {len(sets)} sets, y has {len(index)} values. Pass the index of one outlier a "
            "set, -1 for none, or SetArray(y, X.offsets) if y has +1 and -1 for all elements in a "
            "row."
        )
    # Compared before the cast, which would wrap what is larger than any int64.
    if not (inside := lies_in_its_set(index, sets.sizes)).all():
        i = int(np.argmin(inside))
        raise ValueError(
            f"y of set {i} is {int(index[i])}, but the set has {sets.sizes[i]} elements. Pass the "
            "index of the outlier within its set, from 0, or -1 for none."
        )
    index = index.astype(np.int64)
    if (alone := (index >= 0) & (sets.sizes == 1)).any():
        i = int(np.argmax(alone))
        raise ValueError(
            f"Set {i} has one member, which cannot be an outlier among others; its y is "
            f"{index[i]}. Use -1, or leave the set out."
        )
    if fitting and (index < 0).all():
        raise ValueError(
            "y is -1 for every set, so that there is no outlier to learn from. Use fit(X), which "
            "puts elements of other sets in."
        )
    return index


def _check_signs(y, sets, fitting):
    signs = flatten_elements(y, sets.sizes)
    known = np.isin(signs, (-1, 1))
    if not known.all():
        row = int(np.argmin(known))
        raise ValueError(
            f"y must hold +1 (member) and -1 (outlier); found {signs.tolist()[row]!r} for "
            f"{element_position(sets.offsets, row)}."
        )
    is_outlier = (signs.astype(np.int64) == -1).astype(np.float64)
    if fitting and is_outlier.min(initial=1) == is_outlier.max(initial=0):
        kind = "an outlier" if is_outlier.all() else "a member"
        raise ValueError(
            f"y calls every element {kind}, so that there is nothing to learn from. Use fit(X), "
            "which puts elements of other sets in."
        )
    alone = np.flatnonzero(sets.sizes == 1)
    alone = alone[is_outlier[sets.offsets[alone]] == 1]
    if len(alone):
        i = int(alone[0])
        raise ValueError(
            f"Set {i} has one member, which cannot be an outlier among others; its y is -1. Use "
            "+1, or leave the set out."
        )
    return is_outlier


def share_found(likeliest, index, weight):
    """Return the share of the outliers that are found.

    Parameters
    ----------
    likeliest, index : ndarray of shape (n_sets,)
        The places of the likeliest outliers and of the true ones, the latter -1 for none.
    weight : ndarray of shape (n_sets,) or None

    Returns
    -------
    float
    """
    weight = np.where(index >= 0, 1.0 if weight is None else weight, 0.0)
    if not weight.sum() > 0:
        raise ValueError(
            "The score is the share of outliers that are found, but y is -1 for every set of "
            "weight. Pass a set with an outlier."
        )
    return np.average(likeliest == index, weights=weight)
