"""Numpy sets of any kind -> packed ``(values, offsets)``, with the errors that name the set."""

from itertools import chain

import numpy as np
from scipy import sparse

SCALARS = (str, bytes, bool, int, float, complex, np.generic)


def describe_type(item):
    """Return the name of the type of ``item``, with its module unless built in."""
    return f"{type(item).__module__}.{type(item).__qualname__}".removeprefix("builtins.")


def set_of_row(offsets, row):
    """Return the set that row ``row`` of the elements belongs to."""
    return int(np.searchsorted(offsets, row, side="right")) - 1


def element_position(offsets, row):
    """Say where row ``row`` of the elements is: in which set, and which of its elements."""
    index = set_of_row(offsets, row)
    return f"set {index}, element {row - offsets[index]}"


def missing_objects(array):
    """Return a mask of the None, NaN and pandas NA in an object array."""

    def is_missing(value):
        equal = value == value
        if isinstance(equal, (bool, np.bool_)):
            return value is None or not equal
        return type(value).__name__ == "NAType"

    mask = np.fromiter(map(is_missing, array.ravel()), dtype=bool, count=array.size)
    return mask.reshape(array.shape)


def _check_leaf_types(flat, where):
    """Raise where strings and numbers are mixed: numpy would turn the numbers into strings."""
    kinds = {issubclass(kind, (str, bytes)) for kind in set(map(type, flat))}
    if len(kinds) > 1:
        others = [leaf for leaf in flat if not isinstance(leaf, (str, bytes))]
        if missing_objects(np.array(others, dtype=object)).all():
            raise ValueError(
                f"{where} has a missing token ({others[0]}). Remove it, or fill it in."
            )
        raise ValueError(
            f"{where} mixes strings and numbers. The elements of all sets must be of one kind: "
            "use either strings (tokens) or numbers."
        )


def object_to_plain(array, where):
    """Turn an object array into one of strings or of float64."""
    flat = array.ravel().tolist()
    _check_leaf_types(flat, where)
    if flat and isinstance(flat[0], str):
        return array.astype(str)
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{where} holds objects that are neither numbers nor strings: {error}. Expected an "
            "array of numbers of shape (n_elements, n_features), or a sequence of tokens."
        ) from error


def read_array(item, where):
    """Return ``item`` as an ndarray, or say that numpy cannot read it."""
    try:
        return np.asarray(item)
    except Exception as error:
        # A tensor that requires a gradient or lies on a GPU, a ragged list, a lazy frame.
        raise TypeError(
            f"{where} is a {describe_type(item)} that numpy cannot read: {error}"
        ) from error


def _to_array(item, index):
    """Turn one set, whatever its type, into an array with the elements on axis 0."""
    where = f"Set {index}"
    if item is None or (isinstance(item, float) and np.isnan(item)):
        raise ValueError(
            f"{where} is missing ({item}). Drop the sample, or pass an empty set: an array of "
            "shape (0, n_features)."
        )
    if sparse.issparse(item):
        raise TypeError(
            f"{where} is a sparse matrix, but dense data is required. Use '.toarray()' to "
            "convert it."
        )
    if isinstance(item, (*SCALARS, dict)):
        raise TypeError(
            f"{where} is a {describe_type(item)} ({item!r:.40}), expected an array of shape "
            "(n_elements, n_features) or a sequence of tokens."
        )
    if isinstance(item, (set, frozenset)):
        # Sorted, so that a fit does not depend on the hash seed of the process.
        item = sorted(item)
    if isinstance(item, np.ma.MaskedArray) and np.ma.is_masked(item):
        raise ValueError(f"{where} has masked values; impute them or remove their elements.")
    if isinstance(item, (list, tuple)):
        if item and all(isinstance(element, SCALARS) for element in item):
            _check_leaf_types(item, where)
        try:
            array = np.asarray(item) if len(item) else np.empty(0)
        except ValueError as error:
            raise ValueError(
                f"{where} is ragged: its elements must all have the same number of features."
            ) from error
    else:
        array = read_array(item, where)
    if array.ndim == 0:
        raise TypeError(
            f"{where} is a scalar of type {describe_type(item)} ({item!r:.40}), expected an array "
            "of shape (n_elements, n_features) or a sequence of tokens."
        )
    if array.dtype.kind == "O":
        array = object_to_plain(array, where)
    return array


def _lengths(sets):
    return np.fromiter(map(len, sets), dtype=np.int64, count=len(sets))


def _flat_scalars(sets):
    """Return all elements when every set is a plain sequence of scalars, else None."""
    if not all(issubclass(kind, (list, tuple)) for kind in set(map(type, sets))):
        return None
    flat = list(chain.from_iterable(sets))
    kinds = set(map(type, flat))
    if not flat or not all(issubclass(kind, SCALARS) for kind in kinds):
        return None
    if len({issubclass(kind, (str, bytes)) for kind in kinds}) > 1:
        # Set by set, so that the error names the one that is mixed.
        return None
    return flat


def _raise_mixed(arrays, describe, text):
    """Raise for the first set that differs from the first one that has elements."""
    first = next(i for i, a in enumerate(arrays) if a.shape != (0,))
    for i, array in enumerate(arrays):
        if array.shape != (0,) and describe(array) != describe(arrays[first]):
            raise ValueError(text.format(i, describe(array), first, describe(arrays[first])))


def _common_element_shape(arrays):
    """Return the one shape of an element; ``(0,)`` arrays are empty sets of any shape."""
    shapes = {a.shape[1:] for a in arrays if a.shape != (0,)}
    if len(shapes) > 1:
        _raise_mixed(
            arrays,
            lambda a: a.ndim,
            "All sets must have the same number of dimensions; set {} is {}-D, set {} is {}-D. "
            "Use arrays of shape (n_elements, n_features), also for one element or one feature.",
        )
        if len(next(iter(shapes))) == 1:
            _raise_mixed(
                arrays,
                lambda a: a.shape[1],
                "All sets must have the same number of features; set {} has {}, set {} has {}. "
                "Give all the same columns.",
            )
        _raise_mixed(
            arrays,
            lambda a: a.shape[1:],
            "All elements must have the same shape; those of set {} have {}, those of set {} "
            "have {}.",
        )
    return shapes.pop() if shapes else ()


def _check_one_kind(arrays):
    """Raise where tokens and numbers meet, which numpy would promote to strings."""
    if len({a.dtype for a in arrays}) > 1 and len({a.dtype.kind in "UST" for a in arrays}) > 1:
        _raise_mixed(
            arrays,
            lambda a: "strings" if a.dtype.kind in "UST" else "numbers",
            "The elements of all sets must be of one kind; set {} holds {}, set {} {}. Make all of "
            "them numbers, or all of them tokens.",
        )


def pack_sets(sets):
    """Pack a sequence of sets into one array.

    Parameters
    ----------
    sets : iterable or ndarray
        One array-like a set, elements on axis 0. An array of two dimensions or more holds sets
        of equal size.

    Returns
    -------
    values : ndarray of shape (n_elements, ...)
    offsets : ndarray of shape (n_sets + 1,), dtype int64
    """
    if isinstance(sets, np.ndarray) and sets.dtype.kind != "O" and sets.ndim >= 2:
        n_sets, size = sets.shape[:2]
        values = sets.reshape((n_sets * size, *sets.shape[2:]))
        return values, np.arange(n_sets + 1, dtype=np.int64) * size
    if isinstance(sets, np.ndarray):
        sets = sets.ravel().tolist() if sets.dtype.kind == "O" else list(sets)
    elif not isinstance(sets, (list, tuple)):
        sets = list(sets)
    if (flat := _flat_scalars(sets)) is not None:
        return np.array(flat), offsets_from_sizes(_lengths(sets))

    if set(map(type, sets)) == {np.ndarray} and all(a.ndim and a.dtype.char != "O" for a in sets):
        arrays = sets
    else:
        arrays = [_to_array(item, i) for i, item in enumerate(sets)]
    shape = _common_element_shape(arrays)
    sizes = _lengths(arrays)
    # An empty set must not decide on the dtype: np.empty(0) is float64.
    filled = arrays if sizes.all() else [a for a in arrays if len(a)]
    _check_one_kind(filled)
    if len(filled) == 1:
        values = filled[0]
    elif filled:
        values = np.concatenate(filled)
    else:
        values = np.empty((0, *shape), dtype=arrays[0].dtype if arrays else np.float64)
    return values, offsets_from_sizes(sizes)


def pack_padded(padded, mask, sizes):
    """Pack sets padded to one size; exactly one of ``mask`` and ``sizes`` marks the elements."""
    padded = np.asarray(padded)
    if padded.ndim < 2:
        raise ValueError(
            f"Expected a padded array of shape (n_sets, max_size, ...), found shape {padded.shape}."
        )
    if (mask is None) == (sizes is None):
        raise ValueError("Pass exactly one of mask and sizes: a value never means padding.")
    n_sets, max_size = padded.shape[:2]
    if mask is None:
        sizes = np.asarray(sizes)
        if sizes.shape != (n_sets,) or sizes.dtype.kind not in "iu":
            raise ValueError(
                f"Expected sizes of {n_sets} integers, one a set, found shape {sizes.shape} and "
                f"dtype {sizes.dtype}."
            )
        if np.any((sizes < 0) | (sizes > max_size)):
            bad = int(np.flatnonzero((sizes < 0) | (sizes > max_size))[0])
            raise ValueError(
                f"Sizes must lie between 0 and {max_size}; set {bad} has size {sizes[bad]}."
            )
        mask = np.arange(max_size) < sizes[:, None]
    mask = np.asarray(mask)
    if mask.shape != (n_sets, max_size) or mask.dtype != bool:
        raise ValueError(
            f"Expected a boolean mask of shape {(n_sets, max_size)}, True for an element, found "
            f"shape {mask.shape} and dtype {mask.dtype}."
        )
    return padded[mask], offsets_from_sizes(mask.sum(axis=1))


def offsets_from_sizes(sizes):
    """Return where each set starts, and the number of elements at the end."""
    offsets = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return offsets


def check_offsets(offsets, n_elements):
    """Return offsets as int64, or say why they do not cut ``n_elements`` elements into sets."""
    offsets = np.asarray(offsets)
    if offsets.ndim != 1 or len(offsets) == 0 or offsets.dtype.kind not in "iu":
        raise ValueError(
            "Expected offsets of shape (n_sets + 1,) and integer dtype, found shape "
            f"{offsets.shape} and dtype {offsets.dtype}."
        )
    offsets = offsets.astype(np.int64, copy=False)
    if offsets[0] != 0 or offsets[-1] != n_elements:
        raise ValueError(
            f"Offsets must run from 0 to the number of elements, {n_elements}; found "
            f"{offsets[0]} to {offsets[-1]}."
        )
    if np.any(decreasing := offsets[1:] < offsets[:-1]):
        bad = int(np.flatnonzero(decreasing)[0])
        raise ValueError(
            f"Offsets must not decrease; set {bad} starts at {offsets[bad]} and ends at "
            f"{offsets[bad + 1]}."
        )
    return offsets


def check_values(values):
    """Return the elements of all sets as an array of one dimension or more."""
    if np.ma.is_masked(values):
        raise ValueError("The values are masked; impute them or remove their elements.")
    array = values if isinstance(values, np.ndarray) else read_array(values, "values")
    if array.ndim == 0:
        raise ValueError(
            "Expected values of shape (n_elements, ...), found a scalar of type "
            f"{describe_type(values)}."
        )
    return array


def check_context(context, n_sets):
    """Return the side information as a numeric 2-D array of one row a set, or None."""
    if context is None:
        return None
    if np.ma.is_masked(context):
        raise ValueError("The context has masked values. Fill them in first.")
    context = context if isinstance(context, np.ndarray) else read_array(context, "context")
    if context.ndim == 1:
        context = context[:, None]
    if context.ndim != 2:
        raise ValueError(
            "Expected a context of shape (n_sets, n_context_features), found shape "
            f"{context.shape}."
        )
    if len(context) != n_sets:
        raise ValueError(
            f"The context must have one row a set: X has {n_sets} sets, the context has "
            f"{len(context)} rows."
        )
    if context.dtype.kind == "O":
        context = object_to_plain(context, "The context")
    if context.dtype.kind not in "fiub":
        raise ValueError(f"The context must be numeric, found dtype {context.dtype}.")
    return context


def _check_bounds(indices, n_sets):
    outside = indices[(indices < -n_sets) | (indices >= n_sets)]
    if len(outside):
        raise IndexError(f"Set {outside[0]} is out of bounds: there are {n_sets} sets.")


def resolve_indices(key, n_sets):
    """Turn a mask or a sequence of integers into an array of indices within bounds."""
    indices = np.asarray(key)
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
    return indices


def resolve_key(key, n_sets):
    """Turn an index into an int, a slice of step 1 with its bounds, or an index array."""
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


def gather_sets(values, offsets, indices):
    """Copy the sets ``indices`` out of packed values; return their values and offsets."""
    starts = offsets[:-1][indices]
    new_offsets = offsets_from_sizes(offsets[1:][indices] - starts)
    rows = np.repeat(starts - new_offsets[:-1], np.diff(new_offsets))
    rows += np.arange(new_offsets[-1])
    # np.take is several times faster than values[rows], but copies all of an array that is not
    # contiguous first.
    plain = np.asarray(values)
    gathered = plain.take(rows, axis=0) if plain.flags.c_contiguous else plain[rows]
    return gathered, new_offsets
