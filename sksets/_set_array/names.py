"""Names: what the columns of elements and of the context are called."""

import numpy as np

from sksets._set_array.objects import describe_type, library_of_type


def is_frame_type(kind):
    """Say whether a type is that of a frame, by its library."""
    return library_of_type(kind) is not None and hasattr(kind, "columns")


def column_names(item):
    """Return the names of the columns of a frame as a list; None for what is no frame."""
    if not is_frame_type(type(item)):
        return None
    if type(item).__name__ == "LazyFrame":
        raise TypeError(
            "Expected frames in memory, found a LazyFrame; pass what collect() returns."
        )
    # Of a pyarrow table, `columns` are the columns themselves.
    return list(getattr(item, "column_names", item.columns))


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
    names = [names] if isinstance(names, str) else list(names)
    if len(names) != n_columns or text_names(names) is None:
        raise ValueError(f"{what} must be {n_columns} strings, one a column; found {names!r:.100}.")
    return np.array(names, dtype=object)


def common_names(sets, frame_types):
    """Return the names that the columns of all frames in a list of sets have, or None.

    Parameters
    ----------
    sets : list
        At least one is a frame.
    frame_types : tuple of type
        Those of the frames.

    Raises
    ------
    ValueError
        If the columns of two frames differ in name or order, or a set beside frames has elements
        and no names; the message names the set.
    """
    frames = [(i, column_names(item)) for i, item in enumerate(sets) if type(item) in frame_types]
    first, expected = frames[0]
    for i, names in frames:
        if names != expected:
            raise ValueError(
                "All sets must have the same columns in the same order; set "
                f"{i} has {names!r:.100}, set {first} has {expected!r:.100}. Reorder or rename "
                "them, for example by frame[columns]."
            )
    if text_names(expected) is None:
        return None
    for i, item in enumerate(sets):
        if type(item) not in frame_types and len(item):
            raise ValueError(
                f"Set {i} is a {describe_type(item)} without names of columns, set {first} is a "
                f"frame with the columns {expected!r:.100}. Pass frames, or arrays, alone."
            )
    return expected
