"""The columns of elements -> one 2-D array of values; every container with columns ends here."""

from typing import NamedTuple

import numpy as np

from sksets._set_array.coding import code_columns
from sksets._set_array.objects import object_to_plain


class Categories(NamedTuple):
    """A categorical column as its library keeps it.

    Parameters
    ----------
    codes : ndarray of shape (n,), integers
        Positions in ``categories``; -1 where the value is missing.
    categories : ndarray of shape (n_categories,)
        Strings as objects, or numbers.
    """

    codes: np.ndarray
    categories: np.ndarray

    def of_strings(self, name):
        """Return codes and categories as strings: the dtype says that they are no numbers."""
        if (missing := self.codes < 0).any():
            raise ValueError(
                f"Column {name!r} of the frame has a missing value in row "
                f"{int(np.argmax(missing))}. Remove the row, or fill it in."
            )
        names = np.empty(len(self.categories), dtype=object)
        names[:] = list(map(str, self.categories))
        return self.codes, names


def _plain(column, name):
    """Return a column as an array of numbers or strings, or as codes and categories."""
    if isinstance(column, Categories):
        return column.of_strings(name)
    if column.dtype.kind == "O":
        column = object_to_plain(column, f"Column {name!r} of the frame")
    if column.dtype.kind not in "fiubUST":
        raise ValueError(
            f"Columns of elements must be numbers or strings; {name!r} is {column.dtype}."
        )
    return column


def common_dtype(arrays):
    """Return the type of an array that has the given arrays as columns.

    Where some columns are floats, they decide: integers and booleans beside float32 are float32,
    if it holds each of them exactly, and what numpy makes of both types otherwise.
    """
    wide = np.result_type(*(array.dtype for array in arrays))
    floats = [array.dtype for array in arrays if array.dtype.kind == "f"]
    if not floats or wide.kind != "f":
        return wide
    narrow = np.result_type(*floats)
    largest = 2 ** (np.finfo(narrow).nmant + 1)
    for array in arrays:
        if array.dtype.kind in "iu" and array.size:
            if int(array.max()) > largest or int(array.min()) < -largest:
                return wide
    return narrow


def stack_arrays(arrays):
    """Return arrays of shape (n,) or (n, width) beside each other, as one of shape (n, d)."""
    if not arrays:
        return np.empty((0, 0))
    blocks = [array if array.ndim == 2 else array[:, None] for array in arrays]
    ends = np.cumsum([block.shape[1] for block in blocks])
    stacked = np.empty((len(blocks[0]), ends[-1]), dtype=common_dtype(blocks))
    for end, block in zip(ends, blocks, strict=True):
        stacked[:, end - block.shape[1] : end] = block
    return stacked


def stack_columns(columns, names):
    """Return the columns of elements beside each other.

    Parameters
    ----------
    columns : list of (ndarray of shape (n,) or (n, width), or Categories)
        Numbers as they are; strings as strings or objects; pandas Categorical, polars Categorical
        and Enum, and arrow dictionary columns as :class:`Categories`. A vector column is 2-D.
    names : list of str
        One a column, for messages.

    Returns
    -------
    ndarray of shape (n, d), or Coded where some are strings

    Raises
    ------
    ValueError
        If a column is neither numbers nor strings, or has a missing string.
    """
    arrays = [_plain(column, name) for column, name in zip(columns, names, strict=True)]
    numeric = [a for a in arrays if not isinstance(a, tuple) and a.dtype.kind in "fiub"]
    if len(numeric) == len(arrays):
        return stack_arrays(arrays)
    # A vector column is as many columns as it is wide.
    single = [
        column
        for array in arrays
        for column in (array.T if not isinstance(array, tuple) and array.ndim == 2 else [array])
    ]
    return code_columns(single, common_dtype(numeric) if numeric else None)
