"""Dicts of sets -> packed sets, whose keys are those of the dict."""

from collections.abc import Mapping, ValuesView

import numpy as np

from sksets._set_array.frames import pack_cells
from sksets._set_array.keys import read_keys
from sksets._set_array.objects import describe_type, library_of


def is_mapping(X):
    """Say whether X is a dict of sets, or the values of one."""
    return isinstance(X, (Mapping, ValuesView))


def pack_mapping(mapping, tokens):
    """Pack a dict of sets, or the values of one.

    Parameters
    ----------
    mapping : dict or what its ``values()`` returns
    tokens : bool
        Whether integers are tokens.

    Raises
    ------
    TypeError
        If it holds 1-D arrays of numbers, which may be columns as well as sets.
    """
    if library_of(mapping) == "xarray":
        raise TypeError(
            f"X is a {describe_type(mapping)} of several variables. Pass one of them, X['name']."
        )
    sets = list(mapping.values() if isinstance(mapping, Mapping) else mapping)
    # Of the values of a dict, it is known which dict they are of.
    keys = list(getattr(mapping, "mapping", mapping if isinstance(mapping, Mapping) else ()))
    packed = pack_cells(sets)
    columns = "fb" if tokens else "fiub"
    values = packed.values
    numbers = isinstance(values, np.ndarray) and values.dtype.kind in columns
    if numbers and values.ndim == 1 and len(values):
        raise TypeError(
            f"X is a {type(mapping).__name__} of 1-D arrays or lists of numbers. For columns, one "
            "row an element, use SetArray.from_frame(X, key); for a table, one row a set, a "
            "DataFrame; for sets of one feature, pass arrays of shape (n_elements, 1)."
        )
    return packed._replace(keys=read_keys(keys) if keys else None)
