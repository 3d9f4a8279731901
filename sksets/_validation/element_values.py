"""Values of elements, one array a set -> one flat array, and whether two of them fit."""

import numpy as np
from scipy import sparse
from sklearn.utils import assert_all_finite, column_or_1d

from sksets._set_array import SetArray, has_mask, join_arrays_exactly
from sksets._validation.targets import require_numeric
from sksets._validation.values import fill_missing, read_part, read_values


def _part(part, i, name):
    if has_mask(part):
        raise ValueError(f"{name} of set {i} has masked values. Fill them in.")
    part = read_part(part, f"{name} of set {i}")
    if part.ndim == 2 and part.shape[1] == 1:
        part = part[:, 0]
    if part.ndim != 1:
        what = f"an array of shape {part.shape}" if part.ndim else f"one value, {part.tolist()!r}"
        raise ValueError(
            f"{name} must hold one array a set, with one value an element; found {what} for set "
            f"{i}."
        )
    return part


def _refuse_sparse(values, name):
    if sparse.issparse(values):
        raise TypeError(
            f"{name} is a sparse matrix, expected one array a set. Pass "
            f"list({name}.toarray()) where all sets are of one size."
        )


def _is_one_value(part):
    part = part.as_py() if hasattr(part, "as_py") else part
    if isinstance(part, (list, tuple)):
        return False
    try:
        return np.ndim(part) == 0
    except NotImplementedError:
        # A column of arrow whose values differ in type.
        return False


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
    return _is_one_value(first)


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
    if has_mask(y):
        raise ValueError(f"{name} has masked values. Fill them in.")
    _refuse_sparse(y, name)
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
    return join_arrays_exactly(filled) if filled else np.empty(0)


def set_sizes(values):
    """Return the number of values of each set, or None where there is one value a set.

    Parameters
    ----------
    values : list of arrays, object array, SetArray or flat array

    Returns
    -------
    ndarray of shape (n_sets,) or None
    """
    if isinstance(values, SetArray):
        return values.sizes
    if is_one_value_a_set(values):
        return None
    return np.array([1 if _is_one_value(part) else len(part) for part in values])


def flatten_values(values, name):
    """Concatenate the values of all sets; a flat array stays as it is.

    Parameters
    ----------
    values : list of arrays, object array, SetArray or flat array
        One value an element.
    name : str
        What messages call it.

    Returns
    -------
    flat : ndarray of shape (n_elements,)
    sizes : ndarray of shape (n_sets,) or None
        None where `values` was flat.

    Raises
    ------
    ValueError
        If a set has no 1-D array of values; the message names the set.
    """
    _refuse_sparse(values, name)
    sizes = set_sizes(values)
    if sizes is None:
        return column_or_1d(read_values(values, name)), None
    return flatten_elements(values, sizes, name), sizes


def check_same_sizes(sizes, expected, name, source, advice):
    """Raise where the sets of two things differ; the message names the first that does.

    Parameters
    ----------
    sizes, expected : ndarray of shape (n_sets,), or int
        Number of values of each set; a number stands for that many sets of one value.
    name, source : str
        What messages call the one and the other.
    advice : str
        What to do.
    """
    unit = "sets" if np.ndim(sizes) or np.ndim(expected) else "values"
    sizes, expected = (s if np.ndim(s) else np.ones(s, dtype=int) for s in (sizes, expected))
    if len(sizes) != len(expected):
        raise ValueError(f"{name} has {len(sizes)} {unit}, {source} {len(expected)}. {advice}")
    if (wrong := np.flatnonzero(sizes != expected)).size:
        i = wrong[0]
        raise ValueError(
            f"{name} has {sizes[i]} value(s) for set {i}, {source} {expected[i]}. {advice}"
        )


def flatten_pairs(y_true, y_pred):
    """Return the targets and predictions of the elements that have a target.

    Parameters
    ----------
    y_true, y_pred : list of arrays, object array, SetArray or flat array
        One number an element; NaN in `y_true` stands for none.

    Returns
    -------
    y_true, y_pred : ndarray of shape (n_labelled,), float64
    sizes : ndarray of shape (n_sets,) or None
        None where `y_true` is flat.
    labelled : ndarray of shape (n_elements,), bool

    Raises
    ------
    ValueError
        If the sets differ, no element has a target, or a value is infinite, a prediction NaN.
    """
    y_true, sizes = flatten_values(y_true, "y_true")
    y_pred, predicted_sizes = flatten_values(y_pred, "y_pred")
    check_same_sizes(
        len(y_pred) if predicted_sizes is None else predicted_sizes,
        len(y_true) if sizes is None else sizes,
        "y_pred",
        "y_true",
        "Both need one value an element.",
    )
    y_true = require_numeric(fill_missing(y_true), "y_true").astype(np.float64)
    y_pred = require_numeric(fill_missing(y_pred), "y_pred").astype(np.float64)
    labelled = ~np.isnan(y_true)
    if not labelled.any():
        raise ValueError("No element has a target: y_true has no value that is not NaN.")
    y_true, y_pred = y_true[labelled], y_pred[labelled]
    assert_all_finite(y_true, input_name="y_true")
    assert_all_finite(y_pred, input_name="y_pred")
    return y_true, y_pred, sizes, labelled
