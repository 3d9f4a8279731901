"""The columns of elements -> one 2-D array of values; every container with columns ends here."""

from typing import NamedTuple

import numpy as np

from sksets._set_array.coding import Coded, code_columns
from sksets._set_array.integers import common_integer_type, join_arrays_exactly
from sksets._set_array.names import text_names
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

    def decoded(self):
        """Return the values as an array of shape (n,); of objects where one is missing (None)."""
        missing = self.codes < 0
        if not missing.any():
            return self.categories[self.codes]
        values = np.empty(len(self.codes), dtype=object)
        values[~missing] = self.categories[self.codes[~missing]]
        return values

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


def is_vector(column):
    """Say whether the values of a column are vectors, or arrays of more dimensions."""
    values = column.codes if isinstance(column, Coded) else column
    return isinstance(values, np.ndarray) and values.ndim > 1


def _plain(column, name):
    """Return a column as an array of numbers or strings, or as codes and categories."""
    if isinstance(column, Categories):
        return column.of_strings(name)
    if isinstance(column, Coded):
        return column
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
    if (integers := common_integer_type(arrays)) is not None:
        return integers
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


def join_columns(parts):
    """Return the parts of one column, arrays or :class:`Categories`, below each other."""
    arrays = [part.decoded() if isinstance(part, Categories) else part for part in parts]
    if len({array.dtype.kind in "UST" for array in arrays}) > 1:
        # Strings beside numbers stay what they are, so that the error can say so.
        arrays = [array.astype(object) for array in arrays]
    return join_arrays_exactly(arrays)


def stack_columns(columns, names):
    """Return the columns of elements beside each other.

    Parameters
    ----------
    columns : list of (ndarray of shape (n,) or (n, width), Categories or Coded)
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
    for name, array in zip(names, arrays, strict=True):
        if isinstance(array, np.ndarray) and array.ndim > 2:
            if len(arrays) == 1:
                return array
            raise ValueError(
                f"Column {name!r} holds arrays of shape {array.shape[1:]}, which cannot stand "
                "beside other columns. Pass it alone, or as vectors."
            )
    numeric = [a for a in arrays if isinstance(a, np.ndarray) and a.dtype.kind in "fiub"]
    if len(numeric) == len(arrays):
        return stack_arrays(arrays)
    single = [column for array in arrays for column in _single_columns(array)]
    return code_columns(single, common_dtype(numeric) if numeric else None)


def _single_columns(array):
    """Return the columns of 1-D or 2-D elements, as :func:`code_columns` takes them."""
    if isinstance(array, Coded):
        columns = [array.codes] if array.codes.ndim == 1 else array.codes.T
        pairs = zip(columns, array.categories or (None,) * len(columns), strict=True)
        return [codes if names is None else (codes, names) for codes, names in pairs]
    return list(array.T) if isinstance(array, np.ndarray) and array.ndim == 2 else [array]


def names_of_features(names, columns, inner=None):
    """Return one name a feature of what :func:`stack_columns` stacks, or None without names.

    Parameters
    ----------
    names : list
        One a column; those of a frame may be no strings.
    columns : list of (ndarray or Categories)
        A vector column "pos" gives "pos_0", "pos_1" and so on.
    inner : list of (list of str or None), default=None
        Names within each vector column, instead of the numbers.
    """
    if text_names(names) is None or any(isinstance(c, np.ndarray) and c.ndim > 2 for c in columns):
        return None
    features = []
    for i, (name, column) in enumerate(zip(names, columns, strict=True)):
        if not is_vector(column):
            features.append(name)
        else:
            parts = (inner[i] if inner else None) or range(_width(column))
            features += [f"{name}_{part}" for part in parts]
    return features


def _width(column):
    return (column.codes if isinstance(column, Coded) else column).shape[1]
