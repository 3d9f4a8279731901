"""Names: what the columns of elements and of the context are called."""

import numpy as np

from sksets._arguments import as_list
from sksets._set_array.objects import describe_type, library_of, library_of_type


def is_frame_type(kind):
    """Say whether a type is that of a frame, by its library."""
    return library_of_type(kind) is not None and hasattr(kind, "columns")


def field_widths(dtype):
    """Return the number of columns that each field has: one, or the length of its vector."""
    widths = {name: dtype[name].shape for name in dtype.names}
    for name, shape in widths.items():
        if len(shape) > 1 or dtype[name].base.names is not None:
            raise ValueError(
                f"The field {name!r} of a structured array must hold numbers or vectors; found "
                f"{dtype[name]}."
            )
    return {name: shape[0] if shape else None for name, shape in widths.items()}


def field_names(dtype):
    """Return the names of the columns of a structured array; those of vectors are numbered."""
    names = []
    for name, width in field_widths(dtype).items():
        names += [name] if width is None else [f"{name}_{i}" for i in range(width)]
    return names


def column_names(item):
    """Return the names of the columns of a frame, or of a structured or labelled array, as a list.

    None for what has no columns with names.
    """
    if is_frame_type(type(item)):
        if type(item).__name__ == "LazyFrame":
            raise TypeError(
                "Expected frames in memory, found a LazyFrame; pass what collect() returns."
            )
        # Of a pyarrow table, `columns` are the columns themselves.
        return list(getattr(item, "column_names", item.columns))
    if getattr(getattr(item, "dtype", None), "names", None) is not None:
        return field_names(item.dtype)
    if library_of(item) == "xarray" and getattr(item, "ndim", 0) >= 2:
        last = item.dims[-1]
        return list(item.coords[last].values.tolist()) if last in item.coords else None
    return None


def text_names(names):
    """Return names if all are strings, else None: as in scikit-learn, only strings are names."""
    if names is None or not len(names) or not all(isinstance(name, str) for name in names):
        return None
    return names


def check_names(names, n_columns, what):
    """Return names as an object array of strings, or None.

    Parameters
    ----------
    names : array-like of str of shape (n_columns,), or None
    n_columns : int
    what : str
        What messages call them.

    Raises
    ------
    ValueError
        If there is not one string a column.
    """
    if names is None:
        return None
    names = [names] if isinstance(names, str) else as_list(names)
    if not names and not n_columns:
        return None
    if len(names) != n_columns or text_names(names) is None:
        raise ValueError(f"{what} must be {n_columns} strings, one a column; found {names!r:.100}.")
    return np.array(names, dtype=object)


def common_names(sets):
    """Return the names that the columns of all frames in a list of sets have, or None.

    Parameters
    ----------
    sets : list
        At least one is a frame.

    Raises
    ------
    ValueError
        If the columns of two frames differ in name or order, or a set beside frames has elements
        and no names; the message names the set.
    """
    # Plain lists and arrays, of which there may be very many, are not asked one by one.
    kinds = {kind for kind in set(map(type, sets)) if is_frame_type(kind) or hasattr(kind, "dtype")}
    if not kinds:
        return None
    if kinds == {np.ndarray}:
        dtypes = {item.dtype for item in sets if type(item) is np.ndarray}
        if all(dtype.names is None for dtype in dtypes):
            return None
    named = {i: column_names(item) for i, item in enumerate(sets) if type(item) in kinds}
    named = {i: names for i, names in named.items() if names is not None}
    if not named:
        return None
    first, expected = next(iter(named.items()))
    for i, names in named.items():
        if names != expected:
            raise ValueError(
                "All sets must have the same columns in the same order; set "
                f"{i} has {names!r:.100}, set {first} has {expected!r:.100}. Reorder or rename "
                "them, for example by frame[columns]."
            )
    if text_names(expected) is None:
        return None
    for i, item in enumerate(sets):
        if i not in named and len(item):
            raise ValueError(
                f"Set {i} is a {describe_type(item)} without names of columns, set {first} has the "
                f"columns {expected!r:.100}. Pass frames, or arrays, alone."
            )
    return expected
