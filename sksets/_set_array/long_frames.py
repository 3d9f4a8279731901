"""A long frame, one element a row -> packed sets with their context and keys."""

from typing import Any

import narwhals as nw
import numpy as np
from scipy import sparse

from sksets._set_array.coding import only_column
from sksets._set_array.columns import (
    Categories,
    is_vector,
    names_of_features,
    stack_columns,
)
from sksets._set_array.frames import (
    as_names,
    columns_by_name,
    plain_column,
    read_column,
    stack_context,
)
from sksets._set_array.objects import library_of, missing_objects
from sksets._set_array.packing import Packed, offsets_from_sizes


def _with_index_levels(frame, specs):
    """Make columns of the levels of a pandas index that are named as key or context."""
    if library_of(frame) != "pandas" or not hasattr(frame, "columns"):
        return frame
    levels = list(frame.index.names)
    names = [*levels, *frame.columns]
    wanted = [name for spec in specs for name in as_names(spec, names)]
    used = [name for name in levels if name in wanted and name not in frame.columns]
    return frame.reset_index(level=used) if used else frame


def _check_key(missing):
    if missing.any():
        raise ValueError(f"The set key is missing in row {int(np.argmax(missing))} of the frame.")


def _hashed(values):
    """Return a number for each object, equal where the objects are: 1 and "a" have no order."""
    numbers: dict = {}
    codes = [numbers.setdefault(value, len(numbers)) for value in values.tolist()]
    return np.array(codes, dtype=np.int64), len(numbers)


def _codes_of_key(column, name):
    """Return a number for each value of a key, equal where the values are, and a bound of them."""
    if isinstance(column, nw.Series):
        _check_key(column.is_null().to_numpy())
        if isinstance(column.dtype, nw.String):
            # Libraries hash their own strings faster than Python does.
            rows = column.alias("key").to_frame().with_row_index("row")
            first = rows.select(nw.col("row").min().over("key")).get_column("row")
            return first.to_numpy().astype(np.int64), len(column)
    array = read_column(column, name)
    if isinstance(array, Categories):
        return array.codes.astype(np.int64), len(array.categories)
    if array.ndim > 1:
        raise ValueError(f"The set key {name!r} holds vectors. Expected one value a row.")
    if array.dtype.kind == "O":
        _check_key(missing_objects(array))
        return _hashed(array)
    _check_key(array != array)
    if array.dtype.kind in "iub" and array.size:
        lowest, highest = int(array.min()), int(array.max())
        if highest - lowest < _most_codes(array) and highest < 2**62:
            return array.astype(np.int64) - lowest, highest - lowest + 1
    values, codes = np.unique(array, return_inverse=True)
    return codes, len(values)


def _most_codes(rows):
    """Return how many numbers of sets a table that is looked up by number may have."""
    return 4 * len(rows) + 1000


def _number_sets(columns):
    """Return the number of each row's set, by first appearance, and the first row of each set.

    Parameters
    ----------
    columns : dict of str to (narwhals series or ndarray)
        The keys.
    """
    codes: Any = 0
    bound = 1
    for name, column in columns.items():
        of_key, n_codes = _codes_of_key(column, name)
        codes, bound = codes * n_codes + of_key, bound * n_codes
        # Numbered anew, as the product of all numbers could overflow.
        if bound > _most_codes(codes):
            values, codes = np.unique(codes, return_inverse=True)
            bound = len(values)
    rows = np.arange(len(codes))
    first_row = np.empty(bound, dtype=np.int64)
    # Backwards, as the last value that is assigned stays.
    first_row[codes[::-1]] = rows[::-1]
    first_of_row = first_row[codes]
    is_first = first_of_row == rows
    return (np.cumsum(is_first) - 1)[first_of_row], np.flatnonzero(is_first)


def rows_by_set(ids, n_sets):
    """Return the rows in the order of their sets, those of one set as they come."""
    if np.all(ids[1:] >= ids[:-1]):
        return slice(None)
    # Turning a matrix of one entry a column into rows sorts by counting, faster than argsort.
    shape = (n_sets, len(ids))
    ones = np.ones(len(ids), dtype=np.int8)
    return sparse.csc_array((ones, ids, np.arange(len(ids) + 1)), shape=shape).tocsr().indices


def join_keys(columns):
    """Return the keys of the sets, a column each, as one array: of objects for several columns."""
    parts = [plain_column(column) for column in columns]
    return parts[0] if len(parts) == 1 else np.array(list(zip(*parts, strict=True)), dtype=object)


def _context_of(table, ids, first, keys):
    """Return the rows of the context's table, one a set; they must be the same in all of a set."""
    context = table[first]
    # NaN differs from itself, but a context that is missing in all rows of a set is constant.
    both_missing = (table != table) & (context != context)[ids]
    differs = np.any((table != context[ids]) & ~both_missing, axis=1)
    if differs.any():
        bad = ids[np.flatnonzero(differs)[0]]
        raise ValueError(
            f"Context columns must be constant within a set; they differ within set {bad} "
            f"(key {keys[bad]})."
        )
    return context


def _choose_columns(names, key, columns, context_columns, weight):
    """Return the names of the keys, of the elements' columns, of the context and of the weight."""
    key_names, context_names, weight_names = (
        as_names(spec, names) for spec in (key, context_columns, weight)
    )
    taken = (*key_names, *context_names, *weight_names)
    if columns is None:
        columns = [name for name in names if name not in taken]
    value_names = as_names(columns, names)
    unknown = [n for n in (*key_names, *value_names, *taken) if n not in names]
    if unknown:
        raise ValueError(f"The frame has no column {unknown[0]!r}; its columns are {names!r:.300}.")
    if not key_names:
        raise ValueError("key must name at least one column.")
    if not value_names:
        raise ValueError("The frame has no columns left for the elements, besides the set key.")
    return key_names, value_names, context_names, weight_names


def in_order(array, order):
    """Return the rows of a column in another order."""
    if isinstance(array, Categories):
        return array._replace(codes=array.codes[order])
    return array[order]


def pack_long_frame(frame, key, columns, context_columns, weight=None):
    """Pack a long frame, one element a row.

    Returns
    -------
    packed : Packed
    context : ndarray of shape (n_sets, n_context_features) or None
    context_names : list of str or None
    """
    series = columns_by_name(_with_index_levels(frame, (key, context_columns)))
    names = list(series)
    key_names, value_names, context_names, weight_names = _choose_columns(
        names, key, columns, context_columns, weight
    )
    key_columns = {name: series[name] for name in key_names}
    ids, first = _number_sets(key_columns)
    order = rows_by_set(ids, len(first))
    arrays = [in_order(read_column(series[name], name), order) for name in value_names]
    values = stack_columns(arrays, value_names)
    feature_names = names_of_features(value_names, arrays)
    if value_names[0] is columns:
        # One name instead of a list of names is a column of tokens, or of vectors.
        values, feature_names = values if is_vector(arrays[0]) else only_column(values), None
    keys = join_keys([column[first] for column in key_columns.values()])
    context = None
    if context_names:
        table, context_names = stack_context({name: series[name] for name in context_names})
        context = _context_of(table, ids, first, keys)
    offsets = offsets_from_sizes(np.bincount(ids, minlength=len(first)))
    weights = [in_order(read_column(series[name], name), order) for name in weight_names]
    packed = Packed(values, offsets, feature_names, keys, *weights)
    return packed, context, context_names or None
