"""Groupby objects of pandas and polars -> packed sets, one a group, with the keys of the groups."""

import numpy as np

from sksets._set_array.coding import only_column
from sksets._set_array.columns import is_vector, names_of_features, stack_columns
from sksets._set_array.frames import keys_of_index, pack_list_columns, read_column, series_of_frame
from sksets._set_array.list_columns import holds_lists
from sksets._set_array.long_frames import in_order, join_keys, rows_by_set
from sksets._set_array.objects import describe_type
from sksets._set_array.packing import Packed, offsets_from_sizes

GROUPINGS = ("DataFrameGroupBy", "SeriesGroupBy", "GroupBy")


def is_grouping(item):
    """Say whether an object of a library of frames is a grouping of rows, of any kind."""
    return "GroupBy" in type(item).__name__


def pack_grouping(groups):
    """Pack the groups of a pandas or polars groupby, in its own order.

    Raises
    ------
    TypeError
        If it is of another kind, or its groups have no certain order.
    """
    if type(groups).__name__ not in GROUPINGS:
        raise TypeError(
            f"X is a {describe_type(groups)}, which is not read as sets. Pass the frame to "
            "SetArray.from_frame, with the column that names the sets."
        )
    return _pack_polars(groups) if hasattr(groups, "maintain_order") else _pack_pandas(groups)


def _pack_polars(groups):
    import polars as pl

    if not groups.maintain_order:
        raise TypeError(
            "X is a group_by of polars, whose groups come in another order each time. Use "
            "group_by(..., maintain_order=True), or SetArray.from_frame."
        )
    columns = series_of_frame(groups.agg(pl.all()))
    lists = {name: column for name, column in columns.items() if holds_lists(column)}
    keys = [column for name, column in columns.items() if name not in lists]
    if not lists:
        raise ValueError("X is a group_by without columns besides its keys: there are no elements.")
    packed = pack_list_columns(lists)._replace(keys=join_keys(keys))
    if is_vector(packed.values):
        return packed
    # One column is a feature with a name, as it is of pandas.
    values = stack_columns([packed.values], list(lists))
    return packed._replace(values=values, feature_names=list(lists))


def _pack_pandas(groups):
    sizes = groups.size()
    if sizes.ndim > 1:
        raise TypeError(
            "X is a groupby with as_index=False. Leave that out, or use SetArray.from_frame."
        )
    # Rows of a missing key are in no group, and are numbered NaN.
    numbers = groups.ngroup().to_numpy()
    numbers = numbers[numbers >= 0].astype(np.int64)
    # A category that is not observed is a group without rows, and has no number.
    ids = np.flatnonzero(sizes.to_numpy())[numbers]
    order = rows_by_set(ids, len(sizes))
    offsets = offsets_from_sizes(sizes.to_numpy())
    keys = keys_of_index(sizes.index)
    # All rows of all groups, as they come; counted are the columns that are no keys.
    rows, features = groups.head(len(numbers)), groups.count()
    if rows.ndim == 1:
        (column,) = series_of_frame(rows.to_frame("elements")).values()
        values = in_order(read_column(column, rows.name), order)
        values = stack_columns([values], [rows.name])
        return Packed(only_column(values), offsets, keys=keys)
    if not features.shape[1]:
        raise ValueError("X is a groupby without columns besides its keys: there are no elements.")
    columns = series_of_frame(rows[list(features.columns)])
    arrays = [in_order(read_column(column, name), order) for name, column in columns.items()]
    names = list(columns)
    return Packed(stack_columns(arrays, names), offsets, names_of_features(names, arrays), keys)
