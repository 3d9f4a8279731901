"""Arrays of pyarrow and awkward -> packed ``(values, offsets)``.

The libraries are not needed to import this file; what they hold is recognised by type.
"""

import numpy as np

from sksets._set_array.coding import Coded
from sksets._set_array.columns import Categories, stack_columns
from sksets._set_array.indexing import set_of_row
from sksets._set_array.list_columns import check_all_lists, pack_features
from sksets._set_array.names import text_names
from sksets._set_array.objects import describe_type, library_of
from sksets._set_array.packing import Packed, offsets_from_sizes, pack_sets


def _raise_null(index, what="is missing (null)"):
    raise ValueError(
        f"Set {index} {what}. Drop the sample, fill the value in, or pass an empty list for an "
        "empty set."
    )


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


def _is_tensor(kind, pa):
    return isinstance(kind, pa.FixedShapeTensorType)


def _is_arrow_list(kind, pa):
    if isinstance(kind, pa.BaseExtensionType):
        kind = kind.storage_type
    types = pa.types
    return types.is_list(kind) or types.is_large_list(kind) or types.is_fixed_size_list(kind)


def _arrow_tensors(array):
    """Return an array of tensors of one shape as numpy, the tensors on axis 0."""
    shape, axes = array.type.shape, array.type.permutation
    flat = array.storage.flatten().to_numpy(zero_copy_only=False)
    # The shape is that in memory; the permutation says which axis comes first.
    stacked = flat.reshape(len(array), *shape)
    return stacked if axes is None else stacked.transpose(0, *(axis + 1 for axis in axes))


def one_chunk(array):
    """Return a chunked arrow array as a plain one."""
    import pyarrow as pa

    array = array.combine_chunks()
    # Of some types the result is chunked still.
    if isinstance(array, pa.ChunkedArray):
        return pa.array([], type=array.type) if array.num_chunks == 0 else array.chunk(0)
    return array


def _arrow_values(child, offsets, pa):
    """Return the elements of an arrow child array as numpy."""
    if _is_tensor(child.type, pa) and not child.null_count:
        return _arrow_tensors(child)
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
        names = [field.name for field in child.type]
        fields = [_arrow_column(field, offsets, pa) for field in child.flatten()]
        return stack_columns(fields, names)
    if pa.types.is_primitive(child.type):
        return child.to_numpy(zero_copy_only=False)
    if pa.types.is_union(child.type):
        raise TypeError(f"Expected lists of numbers or strings, found elements of {child.type}.")
    values = child.to_numpy(zero_copy_only=False)
    if not all(issubclass(kind, (str, bytes)) for kind in set(map(type, values.tolist()))):
        raise TypeError(f"Expected lists of numbers or strings, found elements of {child.type}.")
    return values.astype(str)


def _arrow_column(field, offsets, pa):
    """Return one field of the elements: strings and a dictionary as codes and categories."""
    if not field.null_count and (tokens := _arrow_tokens(field, pa)) is not None:
        return tokens
    if not pa.types.is_dictionary(field.type):
        return _arrow_values(field, offsets, pa)
    codes = _arrow_values(field.indices, offsets, pa)
    return Categories(codes, field.dictionary.to_numpy(zero_copy_only=False))


def _arrow_tokens(child, pa):
    """Return strings as codes and categories, as arrow keeps a dictionary; None for no strings."""
    is_dictionary = pa.types.is_dictionary(child.type)
    kind = child.type.value_type if is_dictionary else child.type
    if not (pa.types.is_string(kind) or pa.types.is_large_string(kind)):
        return None
    coded = child if is_dictionary else child.dictionary_encode()
    names = coded.dictionary.to_numpy(zero_copy_only=False)
    if any(name is None for name in names):
        return None
    return Coded(coded.indices.to_numpy(zero_copy_only=False).astype(np.int32), (names,))


def pack_arrow(array):
    """Pack a pyarrow list array (list, large list, fixed-size list), chunked or not."""
    import pyarrow as pa

    if library_of(array) != "pyarrow":
        raise TypeError(f"Expected a pyarrow array of lists, found a {describe_type(array)}.")
    if isinstance(array, (pa.Table, pa.RecordBatch)):
        return _pack_arrow_columns(array.schema.names, array.columns, pa)
    if isinstance(array, pa.ChunkedArray):
        array = one_chunk(array)
    if not holds_arrow_lists(array):
        raise TypeError(
            f"Expected an arrow array of lists, one list a set, found type {array.type}."
        )
    if array.null_count:
        _raise_null(int(np.flatnonzero(np.asarray(array.is_null()))[0]))
    if pa.types.is_struct(array.type):
        return _pack_arrow_columns([field.name for field in array.type], array.flatten(), pa)
    if _is_tensor(array.type, pa):
        return Packed(*pack_sets(_arrow_tensors(array)))
    if isinstance(array, pa.ExtensionArray):
        array = array.storage
    child, offsets = _arrow_list_offsets(array, pa)
    if not child.null_count and (tokens := _arrow_tokens(child, pa)) is not None:
        return Packed(tokens, offsets)
    names = [field.name for field in child.type] if pa.types.is_struct(child.type) else None
    return Packed(_arrow_values(child, offsets, pa), offsets, text_names(names))


def _pack_arrow_columns(names, columns, pa):
    """Pack columns of lists, one a feature."""
    lists = [name for name, c in zip(names, columns, strict=True) if _is_arrow_list(c.type, pa)]
    if not lists:
        types = ", ".join(sorted({str(column.type) for column in columns}))
        raise TypeError(f"Expected columns of lists, found columns of {types:.80}.")
    check_all_lists(lists, [name for name in names if name not in lists])
    return pack_features({n: pack_arrow(c) for n, c in zip(names, columns, strict=True)})


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
    """Say whether the cells of an arrow array, or of a field of structs, are lists."""
    import pyarrow as pa

    kind = array.type
    if pa.types.is_struct(kind):
        return any(_is_arrow_list(field.type, pa) for field in kind)
    return _is_arrow_list(kind, pa)


def pack_awkward(array):
    """Pack an awkward array of type ``n * var * ...``: numbers, records or strings."""
    import awkward as ak

    if library_of(array) != "awkward":
        raise TypeError(f"Expected an awkward array, found a {describe_type(array)}.")
    if _depth(array) == 1 and (lists := [f for f in ak.fields(array) if _depth(array[f]) > 1]):
        check_all_lists(lists, [field for field in ak.fields(array) if field not in lists])
        packed = pack_features({field: pack_awkward(array[field]) for field in lists})
        return packed._replace(feature_names=None) if ak.is_tuple(array) else packed
    if _depth(array) == 1:
        raise TypeError(f"Expected an awkward array of sets (n * var * ...), found {array.type}.")
    missing = np.asarray(ak.to_numpy(ak.is_none(array, axis=0)))
    if missing.any():
        _raise_null(int(np.flatnonzero(missing)[0]))
    offsets = offsets_from_sizes(np.asarray(ak.to_numpy(ak.num(array, axis=1))))
    flat = ak.flatten(array, axis=1)
    # Of a tuple, awkward names the fields "0", "1" and so on, which are no names.
    names = None if ak.is_tuple(flat) else text_names(ak.fields(flat))
    return Packed(_awkward_values(flat, offsets, ak), offsets, names)


def _depth(array):
    """Return the number of axes of an awkward array, down to its records or numbers."""
    return array.layout.purelist_depth


def _awkward_values(flat, offsets, ak):
    if fields := ak.fields(flat):
        return stack_columns(
            [_awkward_values(flat[field], offsets, ak) for field in fields], fields
        )
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
