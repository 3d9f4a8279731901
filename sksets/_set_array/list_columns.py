"""Columns whose cells are sets: one such column, or one a feature -> packed sets."""

import narwhals as nw
import numpy as np

from sksets._set_array.columns import names_of_features, stack_columns
from sksets._set_array.packing import Packed


def holds_lists(series):
    """Say whether the cells of a series of narwhals are lists or arrays."""
    dtype = series.dtype
    if isinstance(dtype, nw.Struct):
        return any(isinstance(field.dtype, (nw.List, nw.Array)) for field in dtype.fields)
    if isinstance(dtype, nw.Object):
        # A missing cell, None or NaN, says nothing of the others.
        cells = (cell for cell in series if not isinstance(cell, (float, type(None))))
        cell = next(cells, None)
        return isinstance(cell, (list, tuple, set, frozenset)) or getattr(cell, "ndim", 0) > 0
    # narwhals knows no tensors of arrow.
    is_tensor = "fixed_shape_tensor" in str(getattr(series.to_native(), "type", None))
    return isinstance(dtype, (nw.List, nw.Array)) or is_tensor


def check_all_lists(lists, scalars):
    """Raise where columns of sets stand beside columns of one value a set.

    Parameters
    ----------
    lists, scalars : list of str
        Names of the columns.
    """
    if lists and scalars:
        raise ValueError(
            f"X has columns of lists, {lists!r:.80}, beside columns of one value a row, "
            f"{scalars!r:.80}. Pass the columns of lists alone, whose rows are the sets, and the "
            f"others as context: SetArray.from_sets(X[{lists!r:.60}], "
            f"context=X[{scalars!r:.60}])."
        )


def pack_features(columns):
    """Pack sets that have one column of lists a feature.

    Parameters
    ----------
    columns : dict of str to Packed
        The lists of each column.

    Returns
    -------
    Packed

    Raises
    ------
    ValueError
        If the lists of one row differ in length; the message names the row and the columns.
    """
    names, packed = list(columns), list(columns.values())
    if len(packed) == 1:
        return packed[0]
    offsets = packed[0].offsets
    for name, other in zip(names, packed, strict=True):
        differs = np.diff(other.offsets) != np.diff(offsets)
        if differs.any():
            row = int(np.argmax(differs))
            first, length = (np.diff(o)[row] for o in (offsets, other.offsets))
            raise ValueError(
                "The lists of one row are the columns of one set, and must have the same length; "
                f"in row {row}, {names[0]!r} has {first} elements and {name!r} has {length}."
            )
    values = [one.values for one in packed]
    inner = [one.feature_names for one in packed]
    return Packed(stack_columns(values, names), offsets, names_of_features(names, values, inner))
