"""Targets of elements -> flat arrays, or one clear error."""

from numbers import Number

import numpy as np
from sklearn.utils.multiclass import check_classification_targets

from sksets._set_array import align_to_keys, element_position
from sksets._validation.element_values import flatten_elements
from sksets._validation.targets import (
    find_classes,
    require_numeric,
    require_target,
    validate_targets,
)
from sksets._validation.values import fill_missing, find_missing, is_mixed

UNLABELLED = -1
_MEANING = (
    "-1 means that an element has no label, it is no class. For two classes use others, such as 0 "
    "and 1; where one is alone on purpose, None for no label."
)


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
    y = align_to_keys(y, sets.keys, "y")
    if estimator._input_spec.is_table:
        y = validate_targets(y, len(sets), estimator=estimator, numeric=True)
        return y.astype(np.float64)
    y = flatten_elements(y, sets.sizes)
    y = require_numeric(fill_missing(y)).astype(np.float64)
    _refuse_infinity(y, sets.offsets)
    if np.isnan(y).all():
        raise ValueError(
            "All labels are missing: y has NaN for every element. Pass the target of at least one."
        )
    return y


def validate_labels(y, sets, estimator, *, need_two=False):
    """Check labels of elements; -1, None and NaN stand for an element without one.

    Parameters
    ----------
    y : list of arrays, object array or SetArray
    sets : SetArray
    estimator : estimator instance
    need_two : bool, default=False
        Whether one class beside -1 is refused: +1 and -1 may have been meant as two.

    Returns
    -------
    labels : ndarray of shape (n_elements,)
        Any of them where an element has none.
    labelled : ndarray of shape (n_elements,), bool
    """
    require_target(y, estimator)
    y = align_to_keys(y, sets.keys, "y")
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
        if is_mixed(kept):
            raise ValueError("y must hold labels of one kind; found strings and numbers.")
        kept = np.array(kept.tolist())
        if kept.ndim != 1:
            raise ValueError("y must hold one label an element; found labels that are sequences.")
    check_classification_targets(kept)
    if need_two and (kept == kept[0]).all() and not (labelled | find_missing(y)).all():
        raise ValueError(f"y has one class, {kept.tolist()[0]!r}, beside -1. {_MEANING}")
    # Any label will do for elements without one: it must only be of the same kind, and long enough
    # a type of string for all labels, not for the first alone.
    labels = np.full(len(y), kept[0], dtype=kept.dtype)
    labels[labelled] = kept
    return labels, labelled


def is_labelled(y):
    """Return which of the labels (n_elements,) are not -1, None or NaN."""
    labelled = ~find_missing(y)
    if y.dtype == object:
        unlabelled = (isinstance(value, Number) and value == UNLABELLED for value in y)
        return labelled & ~np.fromiter(unlabelled, dtype=bool, count=len(y))
    return labelled & (y != UNLABELLED) if y.dtype.kind in "if" else labelled


def find_element_classes(labels, classes, *, is_table):
    """Return the classes of labelled elements, sorted; see :func:`find_classes`.

    Raises
    ------
    ValueError
        If -1 is among ``classes``. Of a table it is a class as any other.
    """
    known = find_classes(labels, classes)
    if not is_table and UNLABELLED in known.tolist():
        raise ValueError(f"classes={known.tolist()!r:.100} name -1. {_MEANING}")
    return known
