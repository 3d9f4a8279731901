"""Frames of any library, through narwhals -> their columns as numpy arrays."""

from collections import Counter
from collections.abc import Hashable, Mapping
from typing import Any

import narwhals as nw
import numpy as np
from scipy import sparse

from sksets._arguments import as_list
from sksets._set_array.columns import (
    Categories,
    join_columns,
    names_of_features,
    stack_arrays,
    stack_columns,
)
from sksets._set_array.libraries import (
    are_arrow_cells,
    one_chunk,
    pack_arrow,
    pack_arrow_cells,
)
from sksets._set_array.list_columns import check_all_lists, holds_lists, pack_features
from sksets._set_array.names import column_names, common_names, is_frame_type
from sksets._set_array.objects import describe_type, library_of, object_to_plain, read_array
from sksets._set_array.packing import Packed, list_cells, offsets_from_sizes, pack_sets


def read_frame(frame, what="The frame"):
    """Return a frame of any library as one of narwhals; what is none raises TypeError."""
    if library_of(frame) == "datasets" and hasattr(frame, "__len__"):
        # As it is formatted, with select and shuffle, of which its own table knows nothing.
        frame = frame.with_format("arrow")[:]
    if type(frame).__name__ == "RecordBatch":
        import pyarrow as pa

        frame = pa.Table.from_batches([frame])
    try:
        frame = nw.from_native(frame, pass_through=True)
    except nw.exceptions.DuplicateError as error:
        names = Counter(column_names(frame))
        twice = next(name for name, count in names.items() if count > 1)
        raise ValueError(f"{what} has several columns {twice!r}; rename them.") from error
    if isinstance(frame, nw.LazyFrame):
        raise TypeError(
            f"{what} is not in memory: expected a frame, found a "
            f"{describe_type(nw.to_native(frame))}; pass what collect() returns."
        )
    if not isinstance(frame, nw.DataFrame):
        raise TypeError(
            "Expected a frame of pandas, polars or another library, a pyarrow Table or a dict of "
            f"columns, found a {describe_type(frame)}."
        )
    return frame


def series_of_frame(frame, what="The frame"):
    """Return the columns of a frame, as series of narwhals, by their names."""
    frame = read_frame(frame, what)
    return dict(zip(frame.columns, frame.iter_columns(), strict=True))


def columns_by_name(frame):
    """Return the columns of a frame or of a dict by their names: series of narwhals, or arrays."""
    if not isinstance(frame, Mapping):
        return series_of_frame(frame)
    columns = {}
    for name, column in frame.items():
        series = nw.from_native(column, series_only=True, pass_through=True)
        is_series = isinstance(series, nw.Series)
        columns[name] = series if is_series else read_array(column, f"Column {name!r}")
    lengths = {len(column) for column in columns.values()}
    if len(lengths) > 1:
        raise ValueError(f"All columns must have the same length; found {sorted(lengths)}.")
    return columns


def as_names(spec, names):
    """Return a list of column names from one name, several, or None."""
    if spec is None:
        return []
    one = isinstance(spec, str) or (isinstance(spec, Hashable) and spec in names)
    if sparse.issparse(spec):
        raise TypeError("Expected the name of a column or a list of names, found a sparse matrix.")
    return [spec] if one else as_list(spec)


def _categories(series):
    """Return a categorical series as codes and categories."""
    native = series.to_native()
    if series.implementation.is_pyarrow():
        coded = one_chunk(native.unify_dictionaries())
        codes = coded.indices.fill_null(-1).to_numpy(zero_copy_only=False)
        return Categories(codes, coded.dictionary.to_numpy(zero_copy_only=False))
    if series.implementation.is_polars():
        codes = native.to_physical().cast(int).fill_null(-1).to_numpy()
        if isinstance(series.dtype, nw.Enum):
            return Categories(codes, np.array(list(native.dtype.categories), dtype=object))
        # The codes of a Categorical are those of all that were ever made: keep the ones in use.
        used, rows, codes = np.unique(codes, return_index=True, return_inverse=True)
        n_missing = int(np.sum(used < 0))
        categories = native.gather(rows[n_missing:]).cast(str)
        return Categories(codes - n_missing, np.array(categories.to_list(), dtype=object))
    return Categories(native.cat.codes.to_numpy(), native.cat.categories.to_numpy())


def _vectors(series, name):
    """Return a series of lists of one length as an array of shape (n, length, ...)."""
    if series.is_null().any():
        row = int(np.argmax(series.is_null().to_numpy()))
        raise ValueError(f"Column {name!r} has a missing vector in row {row}. Drop the row.")
    values, offsets = pack_series(series)[:2]
    sizes = np.diff(offsets)
    if np.any(sizes != sizes[:1]):
        row = int(np.argmax(sizes != sizes[0]))
        raise ValueError(
            f"Column {name!r} holds vectors of different lengths: row {row} has {sizes[row]} "
            f"numbers, row 0 has {sizes[0]}. Where each row is a set of its own, pass the list "
            "columns alone as X, or to SetArray.from_sets."
        )
    return values.reshape(len(sizes), *sizes[:1], *values.shape[1:])


def plain_column(column):
    """Return a column, a series of narwhals or an array, as an array; strings are objects."""
    if not isinstance(column, nw.Series):
        return column
    if isinstance(column.dtype, nw.String):
        # Of some libraries, narwhals would make an array as wide as the longest string.
        return np.array(column.to_list(), dtype=object)
    try:
        return column.to_numpy()
    except NotImplementedError as error:
        # A union of arrow, whose values differ in type.
        raise TypeError(
            f"Column {column.name!r} has the type {column.to_native().type}, which numpy has no "
            "array for. Make columns of one type of it first."
        ) from error


def _array_of(column, name):
    """Return a column, a series of narwhals or an array, as an array of one dimension or more."""
    if isinstance(column, nw.Series):
        if isinstance(column.dtype, nw.Struct):
            raise ValueError(f"Column {name!r} holds structs. Make a column of each field first.")
        if holds_lists(column):
            return _vectors(column, name)
    return plain_column(column)


def read_column(column, name):
    """Return a column, a series of narwhals or an array, as :func:`stack_columns` takes it."""
    if isinstance(column, nw.Series) and isinstance(column.dtype, (nw.Categorical, nw.Enum)):
        return _categories(column)
    return _array_of(column, name)


def stack_context(columns):
    """Return the columns of a context, by name, as one array of numbers, and its names or None."""
    names, arrays = list(columns), []
    for name, column in columns.items():
        array = _array_of(column, name)
        if array.dtype.kind == "O":
            array = object_to_plain(array, f"Context column {name!r}")
        if array.dtype.kind not in "fiub":
            raise ValueError(
                f"The context must be numeric; column {name!r} is {array.dtype}. Encode it first, "
                "with OneHotEncoder for example."
            )
        arrays.append(array)
    return stack_arrays(arrays), names_of_features(names, arrays)


def is_default_index(index):
    """Say whether a pandas index only counts the rows: 0, 1, 2, ..."""
    return type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1


def keys_of_index(index):
    """Return the values of a pandas index as keys of sets."""
    return index.to_numpy() if index.nlevels == 1 else np.array(list(index), dtype=object)


def pack_series(series):
    """Pack a series of narwhals whose cells are lists, arrays or frames."""
    native = series.to_native()
    if series.implementation.is_pyarrow():
        return pack_arrow(native)
    if series.implementation.is_polars():
        if isinstance(series.dtype, nw.Object):
            return pack_cells(native.to_list())
        try:
            return pack_arrow(native.to_arrow())
        except ImportError:
            # polars reads its own lists without pyarrow, only slower.
            return pack_cells(native.to_list())
    is_arrow = hasattr(native.dtype, "pyarrow_dtype")
    packed = pack_arrow(native.array.__arrow_array__()) if is_arrow else pack_cells(list(native))
    if is_default_index(native.index) or not native.index.is_unique:
        return packed
    return packed._replace(keys=keys_of_index(native.index))


def pack_list_columns(columns):
    """Pack the columns of a frame, by name, whose cells are sets; None where none are."""
    lists = [name for name, column in columns.items() if holds_lists(column)]
    if not lists:
        return None
    check_all_lists(lists, [name for name in columns if name not in lists])
    parts = {name: pack_series(columns[name]) for name in lists}
    return pack_features(parts)._replace(keys=parts[lists[0]].keys)


def pack_cells(sets):
    """Pack a sequence of sets, with the names of their columns where they have any."""
    sets = sets if isinstance(sets, (np.ndarray, list, tuple)) else list(sets)
    if isinstance(sets, np.ndarray) and sets.dtype.kind == "O":
        sets = list_cells(sets)
    if are_arrow_cells(sets):
        return pack_arrow_cells(sets)
    if isinstance(sets, np.ndarray):
        names, frames = column_names(sets), []
    else:
        frame_types: Any = tuple(kind for kind in set(map(type, sets)) if is_frame_type(kind))
        frames = [item for item in sets if isinstance(item, frame_types)] if frame_types else []
        names = common_names(sets)
    # Beside arrays, the frames have no names.
    if not frames or len(frames) < sum(not _is_empty(item) for item in sets):
        values, offsets = pack_sets(sets)
        return Packed(values, offsets, names)
    # Frames without rows may have types of their own; the others decide.
    columns = _joined_columns([frame for frame in frames if len(frame)] or frames[:1])
    arrays = [read_column(column, name) for name, column in columns.items()]
    values = stack_columns(arrays, list(columns))
    names = names_of_features(list(columns), arrays)
    return Packed(values, offsets_from_sizes([len(item) for item in sets]), names)


def _is_empty(item):
    return hasattr(item, "__len__") and len(item) == 0


def _joined_columns(frames):
    """Return the columns of all frames below each other."""
    parts = [read_frame(frame, f"Set {i}") for i, frame in enumerate(frames)]
    if len({part.implementation for part in parts}) == 1:
        # polars and pyarrow join only equal types: not integers here and floats there.
        schema = None if parts[0].implementation.is_pandas_like() else parts[0].schema
        if schema is None or all(part.schema == schema for part in parts):
            return series_of_frame(nw.concat(parts))
    series = map(series_of_frame, parts)
    arrays = [[read_column(column, name) for name, column in part.items()] for part in series]
    return dict(zip(parts[0].columns, map(join_columns, zip(*arrays, strict=True)), strict=True))
