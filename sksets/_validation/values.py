"""Targets and weights in any container -> arrays of one kind of values, or one clear error."""

from collections.abc import Iterator, Mapping, Set, ValuesView
from numbers import Integral

import numpy as np
from scipy import sparse
from sklearn.utils import check_array

from sksets._set_array import (
    SetArray,
    has_mask,
    is_nested,
    library_of,
    missing_objects,
    read_array,
)

ONE_AN_ELEMENT = (
    "For one value an element, use DeepSetsElementRegressor or DeepSetsElementClassifier, with an "
    "array a set."
)
_ONE_A_SET = f"Pass one value, or one row of n_outputs values, a set. {ONE_AN_ELEMENT}"

# How numpy says that a cell is no number, in messages that do not say whose.
_NOT_NUMBERS = ("could not convert", "argument must be", "inhomogeneous shape")


def _as_list(values):
    """Return a column of a container library as a list, with None or NA where a value is missing.

    As arrays, integers beside a missing value would be floats.
    """
    for name in ("to_pylist", "as_py", "to_list", "tolist"):
        if hasattr(values, name):
            return getattr(values, name)()
    return values


def is_mixed(values):
    """Say whether an object array holds strings and others, None and NA aside."""
    present = values[~missing_objects(values)]
    return len({isinstance(value, str) for value in present}) > 1


def _plain_objects(array, name):
    """Return objects that are all strings, integers or booleans as an array of such.

    Beside others, strings of bytes become str.
    """
    flat = array.ravel().tolist()
    kinds = set(map(type, flat))
    texts = [issubclass(kind, (str, bytes)) for kind in kinds]
    if kinds and (all(texts) or all(issubclass(kind, (Integral, np.bool_)) for kind in kinds)):
        # Python's integers may be larger than any of numpy's.
        return read_array(np.array(flat), name).reshape(array.shape)
    if bytes in kinds:
        array = array.copy()
        is_text = np.array([isinstance(value, bytes) for value in flat]).reshape(array.shape)
        array[is_text] = read_array(np.array(array[is_text].tolist()), name)
    return array


def _are_mixed(values):
    """Say whether a list holds strings beside other single values."""
    kinds = set(map(type, values))
    if len({issubclass(kind, str) for kind in kinds}) < 2:
        return False
    return all(issubclass(kind, (str, bytes)) or not hasattr(kind, "__len__") for kind in kinds)


def read_values(values, name):
    """Return values, one a set or one an element, as an array.

    Parameters
    ----------
    values : object
        What a user passed, such as a list, a tensor or a column of a frame.
    name : str
        What messages call it.

    Returns
    -------
    ndarray
        Of objects only where values are missing, or are none that numpy has a type for.

    Raises
    ------
    TypeError
        If numpy cannot read it.
    ValueError
        If it has no order, or bytes that are no UTF-8.
    """
    if isinstance(values, (Iterator, Mapping, Set)):
        is_dict = isinstance(values, Mapping)
        raise ValueError(
            f"{name} is a {type(values).__name__}, expected values with an order and a length, "
            "such as a list."
            + (" It is read as a dict where the sets of X have keys, too." if is_dict else "")
        )
    if isinstance(values, ValuesView):
        values = list(values)
    if library_of(values) == "awkward":
        values = _as_list(values)
    if isinstance(values, (list, tuple)) and _are_mixed(values):
        # numpy would write None and -1 as strings.
        array = np.empty(len(values), dtype=object)
        array[:] = values
    else:
        array = read_array(values, name)
    return _plain_objects(array, name) if array.dtype == object else array


def read_matrix(values, name, **options):
    """Return a matrix in any container as an array that scikit-learn has checked.

    Parameters
    ----------
    values : array-like of shape (n, m)
    name : str
        What messages call it.
    **options
        Of scikit-learn's ``check_array``.

    Raises
    ------
    TypeError, ValueError
        If it is no matrix of numbers.
    """
    # scikit-learn reads tensors and frames by calls of theirs, which end in errors of theirs.
    values = values if sparse.issparse(values) else read_values(values, name)
    try:
        return check_array(values, input_name=name, **options)
    except (TypeError, ValueError) as error:
        if not any(text in str(error) for text in _NOT_NUMBERS):
            raise
        kind = ValueError if isinstance(error, ValueError) else TypeError
        raise kind(f"{name} must be a matrix of numbers: {error!s:.300}") from error


def read_targets(y):
    """Turn y, one value or row a set, into an array, whatever container it comes in."""
    if has_mask(y):
        raise ValueError("y has masked values. Drop their sets, or fill the values in.")
    if isinstance(y, SetArray) or is_nested(y):
        raise ValueError(f"y has one array a set. {_ONE_A_SET}")
    if sparse.issparse(y):
        # scikit-learn refuses it in its own words.
        return y
    try:
        y = read_values(y, "y")
    except TypeError as error:
        if not isinstance(y, (list, tuple)) or not isinstance(error.__cause__, ValueError):
            raise
        raise ValueError(
            f"y is ragged: every set must have the same number of targets. {_ONE_A_SET}"
        ) from error
    if y.dtype == object and any(isinstance(value, np.ndarray | list | tuple) for value in y.flat):
        raise ValueError(f"y has one array a set. {_ONE_A_SET}")
    return y


def read_part(values, name):
    """Return the values of the elements of one set; see :func:`read_values`."""
    return read_values(_as_list(values) if library_of(values) is not None else values, name)


def find_missing(values):
    """Return which values are None, NaN, NA or NaT, a mask of the shape of ``values``."""
    if values.dtype == object:
        return missing_objects(values)
    if values.dtype.kind in "mM":
        return np.isnat(values)
    return np.isnan(values) if values.dtype.kind == "f" else np.zeros(values.shape, dtype=bool)


def fill_missing(values):
    """Return numbers with NaN where an object array has None or NA."""
    if values.dtype != object:
        return values
    return np.where(missing_objects(values), np.nan, values)
