"""Targets and weights of elements -> flat arrays, or one clear error."""

from numbers import Number

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

from sksets._set_array import SetArray, element_position, missing_objects
from sksets._validation.targets import (
    require_numeric,
    require_target,
    validate_sample_weight,
    validate_targets,
)

UNLABELLED = -1


def _as_array(part):
    if isinstance(part, (list, tuple)) and len({isinstance(value, str) for value in part}) > 1:
        # numpy would write None and -1 as strings.
        return np.array(part, dtype=object)
    return np.asarray(part)


def _part(part, i, name):
    if np.ma.is_masked(part):
        raise ValueError(f"{name} of set {i} has masked values. Fill them in.")
    part = _as_array(part)
    if part.ndim == 2 and part.shape[1] == 1:
        part = part[:, 0]
    if part.ndim != 1:
        found = f"an array of shape {part.shape}" if part.ndim else f"one value, {part.tolist()!r}"
        raise ValueError(
            f"{name} must hold one array a set, with one value an element; found {found} for set "
            f"{i}."
        )
    return part


def is_one_value_a_set(y):
    """Return whether ``y`` is a flat sequence of numbers or strings instead of arrays."""
    if isinstance(y, SetArray):
        return False
    if not hasattr(y, "__len__"):
        # A look at the first value would use up that of a generator.
        return True
    try:
        first = next(iter(y))
    except (TypeError, StopIteration):
        return True
    return np.ndim(first) == 0


def flatten_elements(y, sizes, name="y"):
    """Concatenate the arrays of sets, one value an element.

    Parameters
    ----------
    y : list of arrays, object array, SetArray or any sequence of sequences
        Set ``i`` has shape (sizes[i],).
    sizes : ndarray of shape (n_sets,)
    name : str, default="y"
        What messages call it.

    Returns
    -------
    ndarray of shape (n_elements,)

    Raises
    ------
    ValueError
        If there is not one array a set or not one value an element; the message names the set.
    """
    if np.ma.is_masked(y):
        raise ValueError(f"{name} has masked values. Fill them in.")
    if is_one_value_a_set(y):
        raise ValueError(
            f"{name} must hold one array a set, with one value an element; found one value a set. "
            f"Pass a list of arrays, or SetArray({name}, X.offsets) if {name} has the values of "
            "all elements in a row."
        )
    parts = [_part(part, i, name) for i, part in enumerate(y)]
    if len(parts) != len(sizes):
        raise ValueError(f"X has {len(sizes)} sets, {name} has {len(parts)}. Pass one array a set.")
    for i, (part, size) in enumerate(zip(parts, sizes, strict=True)):
        if len(part) != size:
            raise ValueError(
                f"{name} of set {i} has {len(part)} values, but the set has {size} elements. Pass "
                f"one value an element."
            )
    filled = [part for part in parts if len(part)]
    if len({part.dtype.kind in "UST" for part in filled}) > 1:
        # numpy would write the -1 and NaN of sets without a label as strings.
        filled = [part.astype(object) for part in filled]
    return np.concatenate(filled) if filled else np.empty(0)


def _refuse_infinity(y, offsets):
    if (infinite := np.isinf(y)).any():
        where = element_position(offsets, np.argmax(infinite))
        raise ValueError(
            f"Input y contains infinity: {where}. Use NaN for an element without a label."
        )


def validate_real_elements(y, sets, estimator):
    """Check real targets: a number an element, NaN for an element without a label.

    Returns
    -------
    ndarray of shape (n_elements,), float64
    """
    require_target(y, estimator)
    if estimator._input_spec.is_table:
        y = validate_targets(y, len(sets), estimator=estimator, numeric=True)
        return y.astype(np.float64)
    y = flatten_elements(y, sets.sizes)
    if y.dtype == object:
        y = np.where(missing_objects(y), np.nan, y)
    y = require_numeric(y).astype(np.float64)
    _refuse_infinity(y, sets.offsets)
    if np.isnan(y).all():
        raise ValueError(
            "All labels are missing: y has NaN for every element. Pass the target of at least one."
        )
    return y


def validate_labels(y, sets, estimator):
    """Check labels of elements; -1, None and NaN stand for an element without one.

    Returns
    -------
    labels : ndarray of shape (n_elements,)
        Of no meaning where there is none.
    labelled : ndarray of shape (n_elements,), bool
    """
    require_target(y, estimator)
    if estimator._input_spec.is_table:
        y = validate_targets(y, len(sets), estimator=estimator)
        check_classification_targets(y)
        return y, np.ones(len(y), dtype=bool)
    y = flatten_elements(y, sets.sizes)
    if y.dtype.kind == "f":
        _refuse_infinity(y, sets.offsets)
    labelled = is_labelled(y)
    if not labelled.any():
        raise ValueError(
            "All labels are missing: y has -1 for every element. Pass the label of at least one."
        )
    kept = y[labelled]
    if y.dtype == object:
        if len({isinstance(value, str) for value in kept}) > 1:
            raise ValueError("y must hold labels of one kind; found strings and numbers.")
        kept = np.array(kept.tolist())
        if kept.ndim != 1:
            raise ValueError("y must hold one label an element; found labels that are sequences.")
    check_classification_targets(kept)
    labels = np.full(len(y), kept[0], dtype=kept.dtype)
    labels[labelled] = kept
    return labels, labelled


def is_labelled(y):
    """Return which of the labels (n_elements,) are not -1, None or NaN."""
    if y.dtype == object:
        missing = (isinstance(value, Number) and value == UNLABELLED for value in y)
        return ~(missing_objects(y) | np.fromiter(missing, dtype=bool, count=len(y)))
    if y.dtype.kind == "f":
        return ~(np.isnan(y) | (y == UNLABELLED))
    return y != UNLABELLED if y.dtype.kind == "i" else np.ones(len(y), dtype=bool)


def validate_element_weight(sample_weight, sets):
    """Check weights of sets or of elements, and divide them by their mean over elements.

    Parameters
    ----------
    sample_weight : array-like of shape (n_sets,), or one array a set with one weight an element
    sets : SetArray

    Returns
    -------
    ndarray of shape (n_elements,), float64
    """
    if is_one_value_a_set(sample_weight):
        weight = np.repeat(validate_sample_weight(sample_weight, sets), sets.sizes)
    else:
        weight = flatten_elements(sample_weight, sets.sizes, "sample_weight")
    return validate_sample_weight(weight, sets.values)
