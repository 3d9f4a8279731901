"""Strings as numbers of categories: elements that are tokens, or have categorical columns."""

import sys
from typing import NamedTuple

import numpy as np

from sksets._set_array.integers import join_arrays_exactly

# float32 holds every integer up to here, and so the number of a category beside numbers.
LARGEST_CODE = 2**24


class Coded(NamedTuple):
    """Elements whose strings are replaced by numbers.

    Parameters
    ----------
    codes : ndarray of shape (n_elements,), int32, or (n_elements, n_features)
        The number of the token, or of the category in each column that has categories.
    categories : tuple of (ndarray of str objects, or None), or None
        What the numbers of each column stand for; None for a column of numbers. One for 1-D codes;
        None where there are no strings.
    """

    codes: np.ndarray
    categories: tuple | None


def number_strings(strings):
    """Return a number for each of many strings, by first appearance, and what they stand for.

    Parameters
    ----------
    strings : list of str

    Returns
    -------
    codes : ndarray of shape (n,), int32
    categories : ndarray of str objects
    """
    # By a dictionary: an array of strings, to be sorted, would be as wide as the longest of them.
    distinct = dict.fromkeys(strings)
    categories = np.empty(len(distinct), dtype=object)
    categories[:] = list(distinct)
    numbers = dict(zip(distinct, range(len(distinct)), strict=True))
    codes = np.fromiter(map(numbers.__getitem__, strings), dtype=np.int32, count=len(strings))
    return codes, categories


def code_tokens(strings):
    """Return a list of strings as :class:`Coded` tokens."""
    codes, categories = number_strings(strings)
    return Coded(codes, (categories,))


def code_columns(columns, dtype=None):
    """Return columns, some of them of strings, as :class:`Coded` elements.

    Parameters
    ----------
    columns : list of (ndarray of shape (n_elements,), or pair of codes and categories)
        Numbers, strings, or strings that are numbered already.
    dtype : dtype, default=None
        Type of the numbers, None where there are none.
    """
    pairs = [column if isinstance(column, tuple) else _numbered(column) for column in columns]
    n_categories = max(len(names) for _, names in pairs if names is not None)
    holds_codes = np.float32 if dtype is not None and dtype.kind == "f" else np.int32
    dtype = np.result_type(holds_codes, holds_codes if dtype is None else dtype)
    if dtype == np.float32 and n_categories > LARGEST_CODE:
        dtype = np.float64
    table = np.empty((len(pairs[0][0]), len(pairs)), dtype=dtype)
    for j, (codes, _) in enumerate(pairs):
        table[:, j] = codes
    return Coded(table, tuple(names for _, names in pairs))


def _numbered(column):
    strings = column.dtype.kind in "UTO"
    return number_strings(column.tolist()) if strings else (column, None)


def only_column(elements):
    """Return the one column of 2-D elements, of numbers or of strings, as 1-D elements."""
    codes, categories = elements if isinstance(elements, Coded) else (elements, None)
    # The numbers of categories may be floats there, as numbers beside them are.
    return codes[:, 0] if categories is None else Coded(codes[:, 0].astype(np.int32), categories)


def decode(codes, categories):
    """Return elements as users gave them: strings, or objects where columns differ in kind."""
    if categories is None:
        return codes
    if codes.ndim == 1:
        return categories[0][codes].astype(str)
    table = np.empty(codes.shape, dtype=object)
    for j, column in enumerate(columns_of(codes, categories)):
        table[:, j] = column
    return table


def columns_of(codes, categories):
    """Return the columns of 2-D elements, numbers or objects of str."""
    categories = categories or (None,) * codes.shape[1]
    return [
        column if names is None else names[column.astype(np.int64)]
        for column, names in zip(codes.T, categories, strict=True)
    ]


def join_coded(parts):
    """Return the elements of several arrays, one after another, under joint numbers.

    Parameters
    ----------
    parts : list of Coded
        Of one shape of elements, with categories in the same columns.
    """
    first = parts[0]
    # Parts of one array share their categories.
    if all(part.categories is first.categories for part in parts):
        return Coded(join_arrays_exactly([part.codes for part in parts]), first.categories)
    tables = [part.codes.reshape(len(part.codes), -1).copy() for part in parts]
    joint: list[np.ndarray | None] = []
    for j, categories in enumerate(first.categories):
        if categories is None:
            joint.append(None)
            continue
        own = [part.categories[j] for part in parts]
        numbers, names = number_strings(np.concatenate(own).tolist())
        bounds = np.cumsum([0, *map(len, own)])
        for table, start in zip(tables, bounds, strict=False):
            table[:, j] = numbers[start + table[:, j].astype(np.int64)]
        joint.append(names)
    codes = join_arrays_exactly(tables)
    return Coded(codes if first.codes.ndim > 1 else codes[:, 0], tuple(joint))


def without_column(elements, names, name):
    """Return elements without one of their columns, and that column, which holds numbers.

    Parameters
    ----------
    elements : Coded
        Of two dimensions.
    names : list of str
        Of the columns.
    name : str

    Raises
    ------
    ValueError
        If no column, or only one, has that name, or it holds strings.
    """
    if name not in names or len(names) == 1:
        raise ValueError(
            f"The elements have no column {name!r} beside others; their columns are {names!r:.200}."
        )
    column, categories = names.index(name), elements.categories
    if categories is not None:
        if categories[column] is not None:
            raise ValueError(f"Weights must be numbers; column {name!r} has strings.")
        categories = categories[:column] + categories[column + 1 :]
    others = Coded(np.delete(elements.codes, column, axis=1), categories)
    return others, elements.codes[:, column]


def nbytes_of(categories):
    """Return the bytes of the strings, the objects that hold them included."""
    names = [c for c in categories or () if c is not None]
    return sum(c.nbytes + sum(map(sys.getsizeof, c)) for c in names)
