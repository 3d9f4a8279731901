"""Stretches of packed elements: pieces of bounded length, whose first and last set may be cut."""

from dataclasses import dataclass

import numpy as np

from sksets._lazy import torch


@dataclass(frozen=True)
class Stretch:
    """Successive elements and the sets that they belong to.

    Parameters
    ----------
    elements, sets : slice
        Which ones, among all.
    starts : ndarray of shape (n_sets_of_the_stretch,)
        Where each of the sets begins, counted from the first element of the stretch.
    """

    elements: slice
    sets: slice
    starts: np.ndarray


def stretches(offsets, length, start=0):
    """Cut the elements from `start` on.

    Parameters
    ----------
    offsets : ndarray of shape (n_sets + 1,)
        Of sets that are not empty.
    length : int
        Number of elements of a stretch; the last one may be shorter.
    start : int, default=0

    Yields
    ------
    Stretch
    """
    n_elements = int(offsets[-1])
    for begin in range(start, n_elements, length):
        end = min(begin + length, n_elements)
        first = int(np.searchsorted(offsets, begin, side="right")) - 1
        last = int(np.searchsorted(offsets, end, side="left"))
        starts = np.maximum(offsets[first:last] - begin, 0)
        yield Stretch(slice(begin, end), slice(first, last), starts)


def set_runs(offsets, n_elements):
    """Cut the sets into runs, none of which is cut itself.

    Parameters
    ----------
    offsets : ndarray of shape (n_sets + 1,)
    n_elements : int
        Elements of a run at most; a larger set is a run of its own.

    Yields
    ------
    slice
        Successive sets.
    """
    start = 0
    while start < len(offsets) - 1:
        stop = int(np.searchsorted(offsets, offsets[start] + n_elements, side="right")) - 1
        stop = max(stop, start + 1)
        yield slice(start, stop)
        start = stop


def row_sums(block, stretch):
    """Sum the rows of each set, (n_elements, m) -> (n_sets, m), in the precision of the block."""
    # It adds in the order of the rows, whatever the number of threads, and takes half as long as
    # index_add.
    rows, starts = torch.arange(len(block)), torch.from_numpy(stretch.starts)
    return torch.nn.functional.embedding_bag(rows, block, starts, mode="sum")
