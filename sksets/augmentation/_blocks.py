"""Which columns of the elements are vectors and matrices that turn and stretch with the space."""

from numbers import Integral

import torch

from sksets._arguments import as_list


def are_columns(values):
    """Say whether values are places of columns, integers from 0 on, each of them once."""
    for value in values:
        if isinstance(value, bool) or not isinstance(value, Integral) or value < 0:
            return False
    return len(values) > 0 and len(set(values)) == len(values)


def check_blocks(blocks):
    """Return blocks as tuples of ints, or None.

    Parameters
    ----------
    blocks : sequence of sequences of int, or None
        The first is a vector of d columns; each of the others is one, or a symmetric matrix of
        d (d + 1) / 2 columns.

    Raises
    ------
    ValueError
        If they are no such blocks.
    """
    if blocks is None:
        return None
    checked = [as_list(block) for block in as_list(blocks)]
    if not are_columns([column for block in checked for column in block]):
        raise ValueError(
            "blocks must be sequences of columns, integers from 0 on, each of them once, such as "
            f"((0, 1, 2), (3, 4, 5)); found {blocks!r:.100}."
        )
    d = len(checked[0])
    for i, block in enumerate(checked):
        if d < 2 or len(block) not in (d, d * (d + 1) // 2):
            raise ValueError(
                "The first block must be a vector of two columns or more, and each other one a "
                f"vector of as many or a symmetric matrix, the upper triangle row by row; block "
                f"{i} has {len(block)} columns where the first has {d}."
            )
    return tuple(tuple(int(column) for column in block) for block in checked)


def find_blocks(blocks, values, name):
    """Return the blocks of some elements: all columns as one vector where none were named.

    Parameters
    ----------
    blocks : tuple of tuples of int, or None
    values : Tensor of shape (M, ...)
    name : str
        Of the augmentation, for the message.

    Raises
    ------
    ValueError
        If the elements are no vectors, or have not these columns.
    """
    if values.ndim != 2:
        raise ValueError(
            f"{name} takes vectors as elements, found elements of shape {tuple(values.shape[1:])}."
        )
    width = values.shape[1]
    if blocks is None:
        return (tuple(range(width)),)
    if (last := max(column for block in blocks for column in block)) >= width:
        raise ValueError(
            f"The blocks of {name} have the column {last}, counted from 0, but elements have "
            f"{width} columns."
        )
    return blocks


def triangle(d):
    """Return rows and columns (d (d + 1) / 2,) of the upper triangle, row by row."""
    return torch.triu_indices(d, d).unbind()


def replace_blocks(values, blocks, change):
    """Return elements whose blocks are changed; the other columns stay.

    Parameters
    ----------
    values : Tensor of shape (M, k)
    blocks : tuple of tuples of int
    change : callable
        (M, n) -> (M, n), for the n columns of a block.
    """
    values = values.clone()
    for block in blocks:
        first, n = block[0], len(block)
        # Most are columns in a row, of which a view is faster than an index.
        in_a_row = block == tuple(range(first, first + n))
        columns = slice(first, first + n) if in_a_row else list(block)
        values[:, columns] = change(values[:, columns])
    return values
