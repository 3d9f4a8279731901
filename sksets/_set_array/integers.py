"""Integers of any type, joined and looked up as integers.

Of int64 and uint64 together numpy makes float64, which does not tell integers beyond 2**53 apart.
"""

from numbers import Integral

import numpy as np

# Beyond it not every integer is a float64.
LARGEST_EXACT = 2**53


def integer_type_of(numbers):
    """Return the type of integers that holds all of a list of Python's integers, or None."""
    lowest, highest = min(numbers, default=0), max(numbers, default=0)
    for dtype in (np.int64, np.uint64):
        if np.iinfo(dtype).min <= lowest and highest <= np.iinfo(dtype).max:
            return np.dtype(dtype)
    return None


def list_to_array(numbers):
    """Return a list, or lists in it, as numpy does; integers of up to 64 bits stay integers.

    Of integers below 2**63 and others above it, such as hashes, numpy makes float64.
    """
    array = np.asarray(numbers)
    if array.dtype != np.float64 or not array.size or not array.max() >= 2.0**63:
        return array
    objects = np.array(numbers, dtype=object)
    flat = objects.ravel().tolist()
    if not all(isinstance(number, Integral) for number in flat):
        return array
    dtype = integer_type_of(flat)
    return objects if dtype is None else objects.astype(dtype)


def common_integer_type(arrays):
    """Return the type that holds all values of arrays of signed and unsigned integers, or None.

    None too where numpy's own type does, or where no type of integers holds all of them.
    """
    dtypes = {array.dtype for array in arrays}
    kinds = {dtype.kind for dtype in dtypes}
    if not {"i", "u"} <= kinds <= set("iub") or np.result_type(*dtypes).kind != "f":
        return None
    filled = [array for array in arrays if array.size]
    extremes = [int(extreme) for array in filled for extreme in (array.min(), array.max())]
    return integer_type_of(extremes)


def join_arrays_exactly(arrays):
    """Return arrays one after another; int64 and uint64 as integers, where one type holds all."""
    dtype = common_integer_type(arrays)
    # Without a type, numpy's own is taken.
    return np.concatenate(arrays, dtype=dtype, casting="unsafe" if dtype else "same_kind")


def find_sorted(known, values):
    """Return the place of each value in ``known``, or -1 where it is not there.

    Parameters
    ----------
    known : ndarray of shape (n_known,)
        Sorted, without repeats, and not empty.
    values : ndarray of shape (n,)
        Of the same kind; integers may be of another type.

    Returns
    -------
    ndarray of shape (n,), int64
    """
    is_held = True
    if {known.dtype.kind, values.dtype.kind} == {"i", "u"}:
        # Each as 64 bits of one kind; a value that the other kind does not hold is not known.
        signed = known.dtype.kind == "i"
        is_held = values <= np.iinfo(np.int64).max if signed else values >= 0
        dtype = np.dtype(np.int64 if signed else np.uint64)
        known, values = known.astype(dtype), values.astype(dtype)
    place = np.searchsorted(known, values).clip(max=len(known) - 1)
    return np.where(is_held & (known[place] == values), place, -1)
