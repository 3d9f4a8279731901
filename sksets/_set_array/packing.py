"""Numpy sets of any kind -> packed ``(values, offsets)``, with the errors that name the set."""

from collections.abc import Set
from itertools import chain
from typing import NamedTuple

import numpy as np
from scipy import sparse

from sksets._set_array.coding import Coded, code_columns, code_tokens
from sksets._set_array.graphs import is_graph, node_features
from sksets._set_array.integers import join_arrays_exactly, list_to_array
from sksets._set_array.objects import (
    SCALARS,
    advice_for,
    check_leaf_types,
    describe_type,
    has_mask,
    is_array_like,
    is_missing,
    library_of,
    object_to_plain,
    plain_dtype,
    read_array,
)
from sksets._set_array.structured import stack_fields

_RAGGED = "{} is ragged: its elements must all have the same number of features."


class Packed(NamedTuple):
    """Packed sets with what their container says of them.

    Parameters
    ----------
    values : ndarray of shape (n_elements, ...), or Coded
    offsets : ndarray of shape (n_sets + 1,), int64
    feature_names : list of str or None
    keys : ndarray of shape (n_sets,) or (n_sets, n_keys), or None
    element_weight : ndarray of shape (n_elements,) or None
    """

    values: np.ndarray | Coded
    offsets: np.ndarray
    feature_names: list | None = None
    keys: np.ndarray | None = None
    element_weight: np.ndarray | None = None


def _refuse_no_set(item, where):
    """Raise for what is missing, sparse, masked or a scalar instead of a set."""
    if is_missing(item):
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
    if has_mask(item):
        raise ValueError(f"{where} has masked values; impute them or remove their elements.")


def _read_list(item, where):
    """Read a set that is a list or a tuple."""
    if item and all(isinstance(element, SCALARS) for element in item):
        check_leaf_types(item, where)
    try:
        array = read_array(item, where)
        if array.dtype.kind == "U" and array.ndim == 2:
            # numpy has written numbers beside strings as strings.
            kinds = {isinstance(value, str) for row in item for value in row}
            return array if len(kinds) == 1 else np.array(item, dtype=object)
        return array
    except TypeError as error:
        if not isinstance(error.__cause__, ValueError):
            raise
        pairs = " If it is a pair of a set and its target, pass the sets as X, the targets as y."
        pair = isinstance(item, tuple) and len(item) == 2
        raise ValueError(_RAGGED.format(where) + pairs * pair) from error


def _to_array(item, index):
    """Turn one set, whatever its type, into an array with the elements on axis 0."""
    where = f"Set {index}"
    if hasattr(item, "as_py") and library_of(item) == "pyarrow":
        item = item.as_py()
    _refuse_no_set(item, where)
    if isinstance(item, Set):
        item = _sorted(item, where)
    if isinstance(item, (list, tuple)):
        array = _read_list(item, where)
    elif is_graph(item):
        array = node_features(item, where)
    elif is_array_like(item) or not hasattr(item, "__len__"):
        array = read_array(item, where)
    else:
        advice = "Expected an array of shape (n_elements, n_features) or a sequence of tokens."
        raise TypeError(
            f"{where} is a {describe_type(item)}, which is not known as a set. "
            + advice_for(item, advice)
        )
    if array.ndim == 0:
        raise TypeError(
            f"{where} is a scalar of type {describe_type(item)} ({item!r:.40}), expected an array "
            "of shape (n_elements, n_features) or a sequence of tokens."
        )
    return to_plain(array, where)


def is_plain(dtype):
    """Say whether a type of elements is kept as it is."""
    return dtype.kind in "fiubUcmM" and dtype.isnative


def to_plain(array, where):
    """Return the elements of one set as numbers or strings; fields become columns."""
    if array.dtype.kind == "O":
        array = _nested(array, where)
    if array.dtype.kind == "O":
        return object_to_plain(array, where)
    return array if array.dtype.names is None else stack_fields(array, where)


def _sorted(items, where):
    """Return the elements of a Python set in order, so that no fit depends on the hash seed."""
    try:
        return sorted(items)
    except TypeError as error:
        check_leaf_types(items, where)
        raise ValueError(
            f"{where} is a {describe_type(items)} whose elements have no order: {error}. Pass a "
            "list or an array of numbers or of strings."
        ) from error


def _nested(array, where):
    """Return an array of arrays, as parquet's nested lists are read by pandas, as one array."""
    if not array.size or not isinstance(array.ravel()[0], (np.ndarray, list)):
        return array
    cells = [np.asarray(cell) for cell in array.ravel().tolist()]
    if len({cell.shape for cell in cells}) > 1:
        raise ValueError(_RAGGED.format(where))
    stacked = np.stack(cells).reshape(*array.shape, *cells[0].shape)
    return _nested(stacked, where) if stacked.dtype.kind == "O" else stacked


def _lengths(sets):
    return np.fromiter(map(len, sets), dtype=np.int64, count=len(sets))


def list_cells(array):
    """Return the cells of an array, each a set, as a list.

    Of empty lists alone numpy makes a table of objects without columns: each row is a set.
    """
    return array.ravel().tolist() if array.dtype.kind == "O" and array.size else list(array)


def _flat_scalars(sets):
    """Return all elements when every set is a plain sequence of scalars, else None."""
    if not all(issubclass(kind, (list, tuple)) for kind in set(map(type, sets))):
        return None
    flat = list(chain.from_iterable(sets))
    kinds = set(map(type, flat))
    if not flat or not all(issubclass(kind, SCALARS) for kind in kinds):
        return None
    if len({issubclass(kind, str) for kind in kinds}) > 1 or bytes in kinds:
        # Set by set, so that the error names the one that is mixed, or is no text.
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


def check_one_kind(arrays):
    """Raise where tokens and numbers meet, which numpy would promote to strings."""
    if any(a.dtype.kind == "O" for a in arrays):
        _raise_mixed(
            arrays,
            _column_kinds,
            "The columns of all sets must be of one kind; those of set {} hold {}, those of set "
            "{} {}. Make a column numbers in all sets, or strings in all.",
        )
        return
    if len({a.dtype for a in arrays}) > 1 and len({a.dtype.kind in "UST" for a in arrays}) > 1:
        _raise_mixed(
            arrays,
            lambda a: "strings" if a.dtype.kind in "UST" else "numbers",
            "The elements of all sets must be of one kind; set {} holds {}, set {} {}. Make all of "
            "them numbers, or all of them tokens.",
        )


def _column_kinds(array):
    """Say which columns of a set are strings."""
    if array.dtype.kind != "O":
        return ["strings" if array.dtype.kind in "UST" else "numbers"] * array.shape[1]
    return ["strings" if isinstance(value, str) else "numbers" for value in array[0]]


def pack_sets(sets):
    """Pack a sequence of sets into one array.

    Parameters
    ----------
    sets : iterable or ndarray
        One array-like a set, elements on axis 0. An array of two dimensions or more holds sets
        of equal size.

    Returns
    -------
    values : ndarray of shape (n_elements, ...), or Coded where there are strings
    offsets : ndarray of shape (n_sets + 1,), dtype int64
    """
    if isinstance(sets, np.ndarray) and sets.ndim == 0:
        raise TypeError(f"Expected a sequence of sets, found a scalar, {sets.item()!r:.40}.")
    if isinstance(sets, np.ndarray) and sets.dtype.names is not None:
        # Of one dimension, it is a table.
        sets = sets if sets.ndim > 1 else sets[:, None]
    if isinstance(sets, np.ndarray) and sets.dtype.kind != "O" and sets.ndim >= 2:
        n_sets, size = sets.shape[:2]
        values = sets.reshape((n_sets * size, *sets.shape[2:]))
        values = code_objects(to_plain(plain_dtype(values, "X"), "X"))
        return values, np.arange(n_sets + 1, dtype=np.int64) * size
    if isinstance(sets, np.ndarray):
        sets = list_cells(sets)
    elif not isinstance(sets, (list, tuple)):
        sets = list(sets)
    # Tokens in lists: one look at all of them takes half the time of one array a set.
    if (flat := _flat_scalars(sets)) is not None:
        values = code_tokens(flat) if isinstance(flat[0], str) else list_to_array(flat)
        return values, offsets_from_sizes(_lengths(sets))

    # Plain arrays, the usual case, need no look at each of them for lists, tensors and scalars.
    plain = set(map(type, sets)) == {np.ndarray} and all(a.ndim for a in sets)
    if plain and all(map(is_plain, {a.dtype for a in sets})):
        arrays = sets
    else:
        arrays = [_to_array(item, i) for i, item in enumerate(sets)]
    shape = _common_element_shape(arrays)
    sizes = _lengths(arrays)
    # An empty set must not decide on the dtype: np.empty(0) is float64.
    filled = arrays if sizes.all() else [a for a in arrays if len(a)]
    check_one_kind(filled)
    if not filled:
        values = np.empty((0, *shape), dtype=arrays[0].dtype if arrays else np.float64)
    else:
        values = _joined(filled)
    return values, offsets_from_sizes(sizes)


def _joined(arrays):
    """Return the elements of all sets, none of which is empty, in a row."""
    if all(a.dtype.kind == "U" and a.ndim == 1 for a in arrays):
        # Joined, the arrays would all be as wide as the one longest token.
        return code_tokens(list(chain.from_iterable(a.tolist() for a in arrays)))
    return code_objects(arrays[0] if len(arrays) == 1 else join_arrays_exactly(arrays))


def code_objects(values):
    """Return elements some of whose columns are strings as Coded, others as they are."""
    if values.dtype.kind != "O":
        return values
    columns = values.T
    strings = [isinstance(column[0], str) for column in columns]
    return code_columns(
        [c if text else c.astype(np.float64) for c, text in zip(columns, strings, strict=True)],
        np.dtype(np.float64),
    )


def offsets_from_sizes(sizes):
    """Return where each set starts, and the number of elements at the end."""
    offsets = np.zeros(len(sizes) + 1, dtype=np.int64)
    np.cumsum(sizes, out=offsets[1:])
    return offsets
