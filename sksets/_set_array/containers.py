"""Any container of sets -> packed ``(values, offsets)``; what is a set is decided by type."""

from collections.abc import Iterator, Mapping, Sequence, Set

import numpy as np
from scipy import sparse

from sksets._set_array.libraries import (
    are_arrow_cells,
    holds_arrow_lists,
    holds_sets,
    pack_arrow,
    pack_arrow_cells,
    pack_awkward,
    pack_series,
)
from sksets._set_array.objects import SCALARS, describe_type, is_array_like, library_of, read_array
from sksets._set_array.packing import pack_named_sets
from sksets._set_array.sparse_rows import pack_sparse


def _is_set(item):
    """Say whether a cell can only be a set."""
    if isinstance(item, (list, tuple, Set)) or sparse.issparse(item):
        return True
    return not isinstance(item, (*SCALARS, dict, type(None))) and np.ndim(item) > 0


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
    if are_arrow_cells(items):
        return pack_arrow_cells(items)
    if not all(issubclass(kind, (list, tuple)) for kind in kinds):
        # Arrays and the like inside a list are sets; a list of bare numbers has none.
        return None if all(issubclass(kind, SCALARS) for kind in kinds) else pack_named_sets(items)
    first = next((row[0] for row in items if row), None)
    is_table_row = isinstance(first, SCALARS) and not isinstance(first, (str, bytes))
    if tokens or not is_table_row:
        return pack_named_sets(items)
    _check_table_rows(items)
    return None


def _pack_array(array, tokens):
    if np.ma.is_masked(array):
        raise ValueError(
            "X has masked values, and a value never means padding. Use "
            "SetArray.from_padded(X.data, mask) with a mask of shape (n_sets, max_size)."
        )
    array = read_array(array, "X")
    if array.dtype.kind == "O":
        # Only the first cells are looked at: a large table of objects is not searched through.
        if array.ndim == 0 or not any(map(_is_set, array.ravel()[:100])):
            # Each row of a table of tokens is a set.
            return pack_named_sets(list(array)) if tokens and array.ndim == 2 else None
        if array.ndim == 1 or (array.ndim == 2 and array.shape[1] == 1):
            return pack_named_sets(array)
        raise ValueError(
            f"X is an object array of shape {array.shape} whose cells are arrays. Expected shape "
            "(n_sets,) or (n_sets, 1), one array a set."
        )
    strings = array.dtype.kind in "UST"
    if strings and array.ndim == 1:
        return _pack_list(array.tolist(), tokens)
    rows_are_sets = array.ndim > 2 or (array.ndim == 2 and (tokens or strings))
    return pack_named_sets(array) if rows_are_sets else None


def _pack_frame_or_series(X, library, tokens):
    if not hasattr(X, "columns"):
        return pack_series(X) if holds_sets(X) else None
    if X.shape[1] == 1:
        column = X.iloc[:, 0] if library == "pandas" else X.to_series(0)
        if holds_sets(column):
            return pack_series(column)
    return _pack_array(X.to_numpy(), tokens) if tokens else None


def pack_sequence(sets):
    """Pack what certainly holds sets: a sequence of them, or a column of a container library."""
    if sets is None or isinstance(sets, (*SCALARS, Mapping)):
        raise TypeError(
            f"Expected a sequence of sets, one array a set, found a {describe_type(sets)}."
        )
    if are_arrow_cells(sets):
        return pack_arrow_cells(sets)
    if library_of(sets) is None:
        return pack_named_sets(sets)
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
    if type(X).__name__ == "LazyFrame":
        raise TypeError("X is a LazyFrame; pass what its collect() returns.")
    if X is None or isinstance(X, SCALARS):
        raise TypeError(
            f"X is a {describe_type(X)} ({X!r:.40}), expected a list of arrays of shape "
            "(n_elements, n_features), one a set, or another container of sets."
        )
    if isinstance(X, (Iterator, Mapping, Set)):
        raise TypeError(
            f"X is a {type(X).__name__}, expected a list of arrays, one a set, or another "
            "container with an order and a length."
        )
    if library == "awkward":
        return pack_awkward(X)
    if library == "pyarrow":
        one = getattr(X, "num_columns", 1) == 1
        return pack_arrow(X) if one and holds_arrow_lists(X) else None
    if library in ("pandas", "polars"):
        return _pack_frame_or_series(X, library, tokens)
    if hasattr(X, "__array__"):
        # scikit-learn refuses np.matrix in its own words.
        return None if isinstance(X, np.matrix) else _pack_array(X, tokens)
    if isinstance(X, Sequence):
        return _pack_list(X, tokens)
    if not is_array_like(X):
        raise TypeError(
            f"X is a {describe_type(X)}, which is not known as a container of sets. Pass a list of "
            "arrays of shape (n_elements, n_features), one a set, a SetArray, or a column of sets "
            "of pandas, polars, pyarrow or awkward."
        )
    return None
