"""Targets and weights in any container -> arrays of one kind of values, or one clear error."""

from collections.abc import Iterator, Mapping, Set, ValuesView
from numbers import Integral

import numpy as np

from sksets._set_array import library_of, missing_objects, read_array


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
