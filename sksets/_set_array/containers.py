"""Any container of sets -> packed ``(values, offsets)``; what is a set is decided by type."""

from array import array as MachineArray
from collections.abc import Iterator, Sequence, Set
from numbers import Number

import narwhals as nw
import numpy as np
from scipy import sparse

from sksets._set_array.frames import (
    pack_cells,
    pack_list_columns,
    pack_series,
    read_frame,
    series_of_frame,
)
from sksets._set_array.graphs import is_graph, read_graphs
from sksets._set_array.groupings import is_grouping, pack_grouping
from sksets._set_array.libraries import holds_arrow_lists, pack_arrow, pack_awkward
from sksets._set_array.list_columns import holds_lists
from sksets._set_array.mappings import is_mapping, pack_mapping
from sksets._set_array.names import column_names, is_frame_type, text_names
from sksets._set_array.objects import (
    SCALARS,
    advice_for,
    describe_type,
    has_mask,
    is_array_like,
    is_missing,
    library_of,
    read_array,
)
from sksets._set_array.packing import Packed
from sksets._set_array.sparse_rows import pack_sparse
from sksets._set_array.tensors import is_dataset, is_nested, list_items

BUFFERS = (memoryview, MachineArray)


def _is_set(item):
    """Say whether a cell can only be a set."""
    if isinstance(item, (*SCALARS, dict)):
        return False
    # What has a length, and is no array of no dimension. numpy must not be asked for the number
    # of dimensions of an object that it does not know.
    return sparse.issparse(item) or (hasattr(item, "__len__") and getattr(item, "ndim", 1) > 0)


def _is_number(value):
    """Say whether a cell of nested lists can only be that of a table."""
    if isinstance(value, (str, bytes)):
        return False
    scalar = isinstance(value, (*SCALARS, Number)) or getattr(value, "ndim", None) == 0
    return scalar or is_missing(value)


def _check_table_rows(rows):
    widths = np.fromiter(map(len, rows), dtype=np.int64, count=len(rows))
    if len(widths) and np.any(widths != widths[0]):
        bad = int(np.flatnonzero(widths != widths[0])[0])
        raise ValueError(
            "Nested lists of numbers are rows of a table, which must have the same length; row "
            f"{bad} has {widths[bad]} numbers, row 0 has {widths[0]}. For sets, pass a list of "
            "arrays of shape (n_elements, n_features), or element_kind='token' for integer "
            "tokens."
        )


def _pack_list(items, tokens):
    kinds = set(map(type, items))
    if kinds and all(issubclass(kind, (str, bytes)) for kind in kinds):
        raise ValueError(
            "X is a flat list of strings, expected one list of tokens a set. Pass [X] if it is "
            "one set."
        )
    if not all(issubclass(kind, (list, tuple)) for kind in kinds):
        # Arrays and the like inside a list are sets; a list of bare numbers has none.
        return None if all(issubclass(kind, SCALARS) for kind in kinds) else pack_cells(items)
    filled = next((row for row in items if row), None)
    if tokens or filled is None or not _is_number(filled[0]):
        return pack_cells(items)
    _check_table_rows(items)
    return None


def _pack_array(array, tokens):
    if has_mask(array):
        raise ValueError(
            "X has masked values, and a value never means padding. Use "
            "SetArray.from_padded(X.data, mask) with a mask of shape (n_sets, max_size)."
        )
    array = read_array(array, "X")
    if array.dtype.names is not None:
        return pack_cells(array)
    if array.dtype.kind == "O":
        # Only the first cells are looked at: a large table of objects is not searched through.
        if array.ndim == 0 or not any(map(_is_set, array.ravel()[:100])):
            # Each row of a table of tokens is a set.
            return pack_cells(list(array)) if tokens and array.ndim == 2 else None
        if array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1):
            return pack_cells(array)
        raise ValueError(
            f"X is an object array of shape {array.shape} whose cells are arrays. Expected shape "
            "(n_sets,) or (n_sets, 1), one array a set."
        )
    strings = array.dtype.kind in "UST"
    if strings and array.ndim == 1:
        return _pack_list(array.tolist(), tokens)
    rows_are_sets = array.ndim > 2 or (array.ndim == 2 and (tokens or strings))
    return pack_cells(array) if rows_are_sets else None


def _refuse_unions(X):
    """Raise where values of a table or array of arrow differ in type."""
    fields = getattr(X, "schema", None) or [X]
    for field in fields:
        if "union<" in str(getattr(field, "type", "")):
            name = getattr(field, "name", None)
            raise TypeError(
                f"X has values of the type {field.type}"
                + (f" in column {name!r}" if name else "")
                + ", which numpy has no array for. Make columns of one type of it first."
            )


def _pack_of_library(X, library, tokens):
    """Pack what a container library made; None for a table."""
    if library == "awkward":
        return pack_awkward(X)
    if library == "pyarrow":
        _refuse_unions(X)
    if is_grouping(X):
        return pack_grouping(X)
    if library == "datasets" and hasattr(X, "column_name"):
        # A lazy column; row by row, its lists would be read as the rows of a table.
        X = X.source.with_format("arrow")[X.column_name]
    if library_of(X) == "pyarrow" and not is_frame_type(type(X)):
        return pack_arrow(X) if holds_arrow_lists(X) else None
    if library == "datasets" or is_frame_type(type(X)):
        packed = pack_list_columns(series_of_frame(X, "X"))
        if packed is None and library == "datasets":
            raise TypeError(
                "X is a Dataset without columns of lists. For one row an element, use "
                "SetArray.from_frame."
            )
        if packed is None and tokens:
            return _pack_array(read_frame(X).to_numpy(), tokens)
        return packed
    if library == "pandas" and hasattr(X, "__array__") and not hasattr(X, "iloc"):
        # An index and an array of pandas have no sets in their cells.
        return None
    series = nw.from_native(X, series_only=True, pass_through=True)
    if isinstance(series, nw.Series):
        return pack_series(series) if holds_lists(series) else None
    return _pack_array(X, tokens) if hasattr(X, "__array__") else refuse_unknown(X)


def _pack_labelled(X):
    """Pack an xarray DataArray of three dimensions or more, with its coordinates."""
    keys = X.indexes.get(X.dims[0])
    keys = keys.to_numpy() if keys is not None and keys.is_unique else None
    names = text_names(column_names(X)) if X.ndim == 3 else None
    return pack_cells(read_array(X, "X"))._replace(feature_names=names, keys=keys)


def refuse_unknown(X):
    """Raise for a type of which numpy, or a loop, would ask for item after item for ever."""
    if isinstance(X, tuple) and hasattr(X, "_fields"):
        raise TypeError(
            f"X is a named tuple {type(X).__name__} with the fields {', '.join(X._fields):.100}, "
            "which are not taken for sets. Pass list(X) if each field is a set."
        )
    if not is_array_like(X):
        advice = (
            "Pass a list of arrays of shape (n_elements, n_features), one a set, a SetArray, or a "
            "column of sets of pandas, polars, pyarrow or awkward."
        )
        raise TypeError(
            f"X is a {describe_type(X)}, which is not known as a container of sets. "
            + advice_for(X, advice)
        )


def _pack_foreign(X, tokens):
    """Pack what other libraries, and Python itself, have for sets beside sequences of arrays.

    Returns
    -------
    Packed, or None where X is nothing of the kind
    """
    if is_mapping(X):
        return pack_mapping(X, tokens)
    if is_nested(X):
        return pack_cells(X.unbind())
    if is_dataset(X):
        return pack_cells(list_items(X))
    if library_of(X) == "xarray" and X.ndim > 2:
        return _pack_labelled(X)
    return Packed(*read_graphs(X)) if is_graph(X) else None


def pack_sequence(sets):
    """Pack what certainly holds sets: a sequence of them, or a column of a container library."""
    if sets is None or isinstance(sets, SCALARS):
        raise TypeError(
            f"Expected a sequence of sets, one array a set, found a {describe_type(sets)}."
        )
    if (packed := _pack_foreign(sets, tokens=True)) is not None:
        return packed
    if isinstance(sets, Iterator):
        return pack_cells(list(sets))
    if library_of(sets) is None and not isinstance(sets, Set) and not sparse.issparse(sets):
        refuse_unknown(sets)
        if isinstance(sets, BUFFERS) or not isinstance(sets, (np.ma.MaskedArray, Sequence)):
            sets = read_array(sets, "X")
        return pack_cells(sets)
    packed = pack_container(sets)
    if packed is None:
        raise TypeError(
            f"The {describe_type(sets)} has no sets in its cells. For a long frame, one row an "
            "element, use SetArray.from_frame."
        )
    return packed


def pack_container(X, tokens=False):
    """Pack any container of sets, deciding by type what is a set.

    Parameters
    ----------
    X : object
        What a user passed.
    tokens : bool, default=False
        Whether integers are tokens.

    Returns
    -------
    Packed, or None where X is a table (2-D, one element a set) or holds no sets at
    all, which scikit-learn's own validation handles and words best.
    """
    library = library_of(X)
    if sparse.issparse(X):
        # Before mappings: a dok_matrix is a dict.
        if tokens:
            return pack_sparse(X)
        raise TypeError(
            "Sparse data was passed for X, but dense data is required. Use '.toarray()' for a "
            "table of numbers, one row a set of one element, or SetArray.from_csr(X) where each "
            "row is the set of the columns that are one (items, tokens)."
        )
    # A scalar of arrow, which has as_py, is no container.
    if library is not None and library != "xarray" and not hasattr(X, "as_py"):
        return _pack_of_library(X, library, tokens)
    if X is None or isinstance(X, SCALARS):
        raise TypeError(
            f"X is a {describe_type(X)} ({X!r:.40}), expected a list of arrays of shape "
            "(n_elements, n_features), one a set, or another container of sets."
        )
    if (packed := _pack_foreign(X, tokens)) is not None:
        return packed
    if isinstance(X, (Iterator, Set)):
        raise TypeError(
            f"X is a {type(X).__name__}, expected a list of arrays, one a set, or another "
            "container with an order and a length."
        )
    refuse_unknown(X)
    if hasattr(X, "__array__") or isinstance(X, BUFFERS):
        # scikit-learn refuses np.matrix in its own words.
        return None if isinstance(X, np.matrix) else _pack_array(X, tokens)
    if isinstance(X, Sequence):
        return _pack_list(X, tokens)
    return _pack_array(X, tokens)


def as_table(X):
    """Return a table as scikit-learn reads it: a frame or nested lists as they are, or an array.

    Raises
    ------
    ValueError
        If it has one dimension; scikit-learn's own error would show all values.
    """
    is_list = isinstance(X, (list, tuple))
    if library_of(X) == "pandas" and hasattr(X, "dtypes"):
        # scikit-learn would read sparse columns as a sparse matrix, which it refuses.
        kinds = X.dtypes.items() if hasattr(X.dtypes, "items") else ()
        dense = {name: kind.subtype for name, kind in kinds if type(kind).__name__ == "SparseDtype"}
        X = X.astype(dense) if dense else X
    if not is_list and library_of(X) is None and not isinstance(X, np.matrix):
        X = read_array(X, "X")
    flat = is_list and all(issubclass(kind, SCALARS) for kind in set(map(type, X)))
    is_arrow_column = library_of(X) == "pyarrow" and not hasattr(X, "num_columns")
    if flat or is_arrow_column or len(getattr(X, "shape", (0, 0))) == 1:
        raise ValueError(
            f"Expected 2D array, got 1D array instead: X holds {len(X)} single values. Reshape "
            "your data: pass [X] if it is one set of scalars, a column of shape (n, 1) if each "
            "value is a set of one element."
        )
    return X
