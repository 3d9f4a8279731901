"""Which sets an index means, and where in the elements they lie."""

import numpy as np

from sksets._set_array.objects import read_array
from sksets._set_array.packing import offsets_from_sizes


def set_of_row(offsets, row):
    """Return the set that row ``row`` of the elements belongs to."""
    return int(np.searchsorted(offsets, row, side="right")) - 1


def element_position(offsets, row):
    """Say where row ``row`` of the elements is: in which set, and which of its elements."""
    index = set_of_row(offsets, row)
    return f"set {index}, element {row - offsets[index]}"


def _check_bounds(indices, n_sets):
    outside = indices[(indices < -n_sets) | (indices >= n_sets)]
    if len(outside):
        raise IndexError(f"Set {outside[0]} is out of bounds: there are {n_sets} sets.")


def resolve_indices(key, n_sets):
    """Turn a mask or a sequence of integers into an array of indices within bounds."""
    indices = key if isinstance(key, np.ndarray) else read_array(key, "The index")
    if indices.ndim != 1:
        raise IndexError(
            "A SetArray is indexed by an integer, a slice, or a 1-D array of integers or "
            f"booleans; found {type(key).__name__} of {indices.ndim} dimensions."
        )
    if indices.dtype == bool:
        if len(indices) != n_sets:
            raise IndexError(f"The mask has {len(indices)} values, but there are {n_sets} sets.")
        return np.flatnonzero(indices)
    if len(indices) == 0:
        return indices.astype(np.int64)
    if indices.dtype.kind not in "iu":
        raise IndexError(f"Indices must be integers or booleans, found {indices.dtype}.")
    _check_bounds(indices, n_sets)
    # 1 and -3 of four sets are one set, which is seen only where both are counted from the start.
    return indices.astype(np.int64, copy=False) % n_sets


def resolve_key(key, n_sets):
    """Turn an index into an int, a slice of step 1 with its bounds, or an index array."""
    # scikit-learn takes samples out of an array by X[key, ...].
    if isinstance(key, tuple):
        if len(key) > 2 or (len(key) == 2 and key[1] is not Ellipsis):
            raise IndexError(
                "A SetArray has one dimension, over sets; index the elements through X[i] or "
                f"X.values. Found {len(key)} indices."
            )
        key = key[0] if key else Ellipsis
    if key is Ellipsis:
        return slice(0, n_sets)
    if isinstance(key, (int, np.integer)) and not isinstance(key, bool):
        _check_bounds(np.array([key]), n_sets)
        return int(key) % n_sets
    if isinstance(key, slice):
        start, stop, step = key.indices(n_sets)
        return slice(start, max(start, stop)) if step == 1 else np.arange(start, stop, step)
    return resolve_indices(key, n_sets)


def rows_of_sets(offsets, indices):
    """Return the rows of the elements of the sets ``indices``, and the offsets of these sets."""
    starts = offsets[:-1][indices]
    new_offsets = offsets_from_sizes(offsets[1:][indices] - starts)
    # A row of the new array lies in the old one as far off as the start of its set.
    rows = np.repeat(starts - new_offsets[:-1], np.diff(new_offsets))
    rows += np.arange(new_offsets[-1])
    return rows, new_offsets


def take_elements(values, rows):
    """Return some elements: a view for a slice, a copy for an array of rows."""
    if isinstance(rows, slice):
        return values[rows]
    # np.take is several times faster than values[rows], but copies all of an array that is not
    # contiguous first.
    plain = np.asarray(values)
    return plain.take(rows, axis=0) if plain.flags.c_contiguous else plain[rows]
