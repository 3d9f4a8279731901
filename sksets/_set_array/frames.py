"""A long frame, one element a row -> packed sets with their context and keys."""

from collections.abc import Hashable, Mapping

import numpy as np

from sksets._set_array.coding import Coded, only_column
from sksets._set_array.columns import stack_arrays, stack_columns
from sksets._set_array.names import text_names
from sksets._set_array.objects import (
    describe_type,
    library_of,
    missing_objects,
    read_array,
)
from sksets._set_array.packing import Packed, offsets_from_sizes


def _column(frame, name):
    column = frame[name]
    array = column.to_numpy() if hasattr(column, "to_numpy") else read_array(column, repr(name))
    if array.ndim != 1:
        raise ValueError(f"The frame has several columns {name!r}; rename them.")
    return array


def _column_names(frame):
    if isinstance(frame, Mapping):
        names = list(frame)
        lengths = {len(frame[name]) for name in names}
        if len(lengths) > 1:
            raise ValueError(f"All columns must have the same length; found {sorted(lengths)}.")
        return names
    if type(frame).__name__ == "LazyFrame":
        raise TypeError("The frame is a LazyFrame; pass what its collect() returns.")
    if not hasattr(frame, "columns"):
        raise TypeError(
            "Expected a pandas or polars DataFrame, a pyarrow Table or a dict of columns, found a "
            f"{describe_type(frame)}."
        )
    return list(frame.column_names if hasattr(frame, "column_names") else frame.columns)


def _as_names(spec, names):
    """Return a list of column names from one name, several, or None."""
    if spec is None:
        return []
    one = isinstance(spec, str) or (isinstance(spec, Hashable) and spec in names)
    return [spec] if one else list(spec)


def _with_index_levels(frame, specs):
    """Make columns of the levels of a pandas index that are named as key or context."""
    if library_of(frame) != "pandas" or not hasattr(frame, "columns"):
        return frame
    levels = list(frame.index.names)
    names = [*levels, *frame.columns]
    wanted = [name for spec in specs for name in _as_names(spec, names)]
    used = [name for name in levels if name in wanted and name not in frame.columns]
    return frame.reset_index(level=used) if used else frame


def _missing(column):
    return missing_objects(column) if column.dtype.kind == "O" else column != column


def _numbered(column):
    """Return a number for each value of a column, equal where the values are."""
    if column.dtype.kind != "O":
        return np.unique(column, return_inverse=True)[1]
    # Keys of an object column may have no order: 1 and "a".
    numbers: dict = {}
    return np.array([numbers.setdefault(key, len(numbers)) for key in column], dtype=np.int64)


def _factorize(columns):
    """Return the number of each row's set, by first appearance, and the rows of those."""
    codes = np.zeros(len(columns[0]), dtype=np.int64)
    # Column by column, and numbered anew after each: the product of all counts could overflow.
    for column in columns:
        if np.any(missing := _missing(column)):
            row = int(np.flatnonzero(missing)[0])
            raise ValueError(f"The set key is missing in row {row} of the frame.")
        numbers = _numbered(column)
        _, codes = np.unique(codes * (numbers.max(initial=0) + 1) + numbers, return_inverse=True)
    _, first = np.unique(codes, return_index=True)
    rank = np.empty(len(first), dtype=np.int64)
    rank[np.argsort(first)] = np.arange(len(first))
    return rank[codes], np.sort(first)


def _context_of(frame, names, ids, first, keys):
    table = stack_arrays([_column(frame, name) for name in names])
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


def pack_frame(frame, key, columns, context_columns):
    """Pack a long frame, one element a row.

    Returns
    -------
    packed : Packed
    context : ndarray of shape (n_sets, n_context_features) or None
    context_names : list of str or None
    """
    frame = _with_index_levels(frame, (key, context_columns))
    names = _column_names(frame)
    key_names, context_names = _as_names(key, names), _as_names(context_columns, names)
    if columns is None:
        columns = [name for name in names if name not in (*key_names, *context_names)]
    value_names = _as_names(columns, names)
    unknown = [n for n in (*key_names, *value_names, *context_names) if n not in names]
    if unknown:
        raise ValueError(f"The frame has no column {unknown[0]!r}; its columns are {names}.")
    if not key_names:
        raise ValueError("key must name at least one column.")
    if not value_names:
        raise ValueError("The frame has no columns left for the elements, besides the set key.")

    key_columns = [_column(frame, name) for name in key_names]
    ids, first = _factorize(key_columns)
    order = np.argsort(ids, kind="stable")
    values = stack_columns([_column(frame, name)[order] for name in value_names], value_names)
    if value_names[0] is columns:
        # One name instead of a list of names is a column of tokens.
        values = only_column(values) if isinstance(values, Coded) else values[:, 0]
    parts = [column[first] for column in key_columns]
    keys = parts[0] if len(parts) == 1 else np.array(list(zip(*parts, strict=True)), dtype=object)
    context = None
    if context_names:
        context = _context_of(frame, context_names, ids, first, keys)
    offsets = offsets_from_sizes(np.bincount(ids, minlength=len(first)))
    is_token = value_names[0] is columns
    feature_names = None if is_token else text_names(value_names)
    return Packed(values, offsets, feature_names, keys), context, text_names(context_names)
