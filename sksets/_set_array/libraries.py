"""Columns and arrays of pandas, polars, pyarrow and awkward -> packed ``(values, offsets)``.

The libraries are not needed to import this file; what they hold is recognised by type.
"""

import numpy as np

from sksets._set_array.indexing import set_of_row
from sksets._set_array.names import text_names
from sksets._set_array.objects import describe_type, library_of
from sksets._set_array.packing import Packed, offsets_from_sizes, pack_named_sets


def _raise_null(index, what="is missing (null)"):
    raise ValueError(
        f"Set {index} {what}. Drop the sample, fill the value in, or pass an empty list for an "
        "empty set."
    )


def stack_columns(arrays):
    """Return 1-D arrays as the columns of one array."""
    return np.stack(arrays, axis=-1) if arrays else np.empty((0, 0))


def _check_even(sizes, offsets):
    """Return the one width of all elements, given the width of each."""
    if len(sizes) and np.any(sizes != sizes[0]):
        row = int(np.flatnonzero(sizes != sizes[0])[0])
        first, bad = set_of_row(offsets, 0), set_of_row(offsets, row)
        raise ValueError(
            "All sets must have the same number of features; an element of set "
            f"{bad} has {sizes[row]}, one of set {first} has {sizes[0]}. Give all the same columns."
        )
    return int(sizes[0]) if len(sizes) else 0


def _arrow_list_offsets(array, pa):
    """Return child and offsets of a list array, as views, nulls excluded beforehand."""
    if pa.types.is_fixed_size_list(array.type):
        return array.flatten(), np.arange(len(array) + 1, dtype=np.int64) * array.type.list_size
    # A slice shares the elements of the whole array: its offsets do not start at zero.
    offsets = np.asarray(array.offsets).astype(np.int64)
    child = array.values.slice(offsets[0], offsets[-1] - offsets[0])
    return child, offsets - offsets[0]


def _is_arrow_list(kind, pa):
    types = pa.types
    return types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)


def _arrow_values(child, offsets, pa):
    """Return the elements of an arrow child array as numpy."""
    if isinstance(child, pa.ExtensionArray):
        child = child.storage
    if pa.types.is_dictionary(child.type):
        child = child.dictionary_decode()
    if child.null_count:
        row = int(np.flatnonzero(np.asarray(child.is_null()))[0])
        _raise_null(set_of_row(offsets, row), "has a missing element (null)")
    if _is_arrow_list(child.type, pa):
        inner, inner_offsets = _arrow_list_offsets(child, pa)
        # Where there are no elements, the type alone knows how many numbers one would have.
        fixed = pa.types.is_fixed_size_list(child.type)
        sizes = np.diff(inner_offsets)
        width = child.type.list_size if fixed else _check_even(sizes, offsets)
        values = _arrow_values(inner, inner_offsets, pa)
        return values.reshape((len(child), width, *values.shape[1:]))
    if pa.types.is_struct(child.type):
        return stack_columns([_arrow_values(field, offsets, pa) for field in child.flatten()])
    if pa.types.is_primitive(child.type):
        return child.to_numpy(zero_copy_only=False)
    values = child.to_numpy(zero_copy_only=False)
    if not all(issubclass(kind, (str, bytes)) for kind in set(map(type, values.tolist()))):
        raise TypeError(f"Expected lists of numbers or strings, found elements of {child.type}.")
    return values.astype(str)


def pack_arrow(array):
    """Pack a pyarrow list array (list, large list, fixed-size list), chunked or not."""
    import pyarrow as pa

    if library_of(array) != "pyarrow":
        raise TypeError(f"Expected a pyarrow array of lists, found a {describe_type(array)}.")
    if isinstance(array, (pa.Table, pa.RecordBatch)):
        if array.num_columns != 1:
            raise ValueError(f"Expected one column of lists, found {array.num_columns} columns.")
        array = array.column(0)
    if isinstance(array, pa.ChunkedArray):
        array = array.combine_chunks()
    if isinstance(array, pa.ChunkedArray):
        array = pa.array([], type=array.type) if array.num_chunks == 0 else array.chunk(0)
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    if not _is_arrow_list(array.type, pa):
        raise TypeError(
            f"Expected an arrow array of lists, one list a set, found type {array.type}."
        )
    if array.null_count:
        _raise_null(int(np.flatnonzero(np.asarray(array.is_null()))[0]))
    child, offsets = _arrow_list_offsets(array, pa)
    names = [field.name for field in child.type] if pa.types.is_struct(child.type) else None
    return Packed(_arrow_values(child, offsets, pa), offsets, text_names(names))


def are_arrow_cells(items):
    """Say whether a list holds cells of an arrow list array, to which scikit-learn splits it."""
    if not isinstance(items, (list, tuple)) or not items:
        return False
    return all(kind.__name__.endswith("ListScalar") for kind in set(map(type, items)))


def pack_arrow_cells(cells):
    """Pack a list of cells of an arrow list array, with the names of its fields."""
    import pyarrow as pa

    sets = [cell.values for cell in cells]
    missing = next((i for i, elements in enumerate(sets) if elements is None), None)
    if missing is not None:
        _raise_null(missing)
    offsets = offsets_from_sizes([len(elements) for elements in sets])
    return pack_arrow(pa.LargeListArray.from_arrays(pa.array(offsets), pa.concat_arrays(sets)))


def holds_arrow_lists(array):
    kind = array.schema.types[0] if hasattr(array, "schema") else array.type
    return "list" in str(kind) or "tensor" in str(kind)


def pack_awkward(array):
    """Pack an awkward array of type ``n * var * ...``: numbers, records or strings."""
    import awkward as ak

    if library_of(array) != "awkward":
        raise TypeError(f"Expected an awkward array, found a {describe_type(array)}.")
    if array.ndim < 2:
        raise TypeError(f"Expected an awkward array of sets (n * var * ...), found {array.type}.")
    missing = np.asarray(ak.to_numpy(ak.is_none(array, axis=0)))
    if missing.any():
        _raise_null(int(np.flatnonzero(missing)[0]))
    offsets = offsets_from_sizes(np.asarray(ak.to_numpy(ak.num(array, axis=1))))
    flat = ak.flatten(array, axis=1)
    # Of a tuple, awkward names the fields "0", "1" and so on, which are no names.
    names = None if ak.is_tuple(flat) else text_names(ak.fields(flat))
    return Packed(_awkward_values(flat, offsets, ak), offsets, names)


def _awkward_values(flat, offsets, ak):
    if fields := ak.fields(flat):
        return stack_columns([_awkward_values(flat[field], offsets, ak) for field in fields])
    for axis in range(1, flat.ndim):
        sizes = np.asarray(ak.to_numpy(ak.flatten(ak.num(flat, axis=axis), axis=None)))
        if len(np.unique(sizes)) > 1:
            # Where elements have several axes, it is not known to which row the odd size belongs.
            _check_even(sizes, offsets if axis == 1 else np.array([0, len(sizes)]))
            raise ValueError("All elements must have the same shape.")
    if flat.ndim > 1:
        flat = ak.to_regular(flat, axis=None)
    try:
        values = ak.to_numpy(flat)
    except (TypeError, ValueError) as error:
        raise TypeError(
            f"Expected elements of one kind, numbers or strings, found {flat.type}."
        ) from error
    if isinstance(values, np.ma.MaskedArray):
        mask = np.ma.getmaskarray(values).reshape(len(values), -1).any(axis=1)
        if mask.any():
            row = int(np.flatnonzero(mask)[0])
            _raise_null(set_of_row(offsets, row), "has a missing element (None)")
        values = values.data
    return values


def pack_series(series):
    """Pack a pandas or polars Series whose cells are lists or arrays."""
    if library_of(series) == "polars":
        if str(series.dtype).startswith("Object"):
            return pack_named_sets(series.to_list())
        try:
            return pack_arrow(series.to_arrow())
        except ImportError:
            # polars reads its own lists without pyarrow, only slower.
            return pack_named_sets(series.to_list())
    arrow = hasattr(series.dtype, "pyarrow_dtype")
    packed = (
        pack_arrow(series.array.__arrow_array__()) if arrow else pack_named_sets(series.tolist())
    )
    return packed._replace(keys=_index_keys(series.index))


def is_default_index(index):
    """Say whether a pandas index only counts the rows: 0, 1, 2, ..."""
    return type(index).__name__ == "RangeIndex" and index.start == 0 and index.step == 1


def _index_keys(index):
    """Return the keys of sets that a pandas index holds, None for the default index."""
    if is_default_index(index) or not index.is_unique:
        return None
    if index.nlevels == 1:
        return index.to_numpy()
    return np.array(list(index), dtype=object)


def holds_sets(series):
    """Say whether the cells of a pandas or polars Series are lists or arrays."""
    if library_of(series) == "polars":
        return str(series.dtype).startswith(("List", "Array", "Object"))
    if hasattr(series.dtype, "pyarrow_dtype"):
        return "list" in str(series.dtype.pyarrow_dtype)
    if series.dtype != object:
        return False
    # A missing cell, None or NaN, says nothing of the others.
    cell = next((cell for cell in series if not isinstance(cell, (float, type(None)))), None)
    return isinstance(cell, (list, tuple, set, frozenset)) or getattr(cell, "ndim", 0) > 0
