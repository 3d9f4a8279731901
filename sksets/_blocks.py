"""Large arrays, looked at a block of rows at a time."""

import numpy as np

# Large enough to be fast, small enough to leave a memory-mapped array on the disk.
BLOCK_BYTES = 2**24


def row_slices(array):
    """Yield slices of the rows of an array, from the first to the last, of ``BLOCK_BYTES`` each."""
    step = max(1, BLOCK_BYTES // max(1, array[:1].nbytes))
    for start in range(0, len(array), step):
        yield slice(start, start + step)


def slices_by_cost(costs, limit):
    """Yield slices of rows, from the first to the last, whose costs add up to a limit.

    Parameters
    ----------
    costs : ndarray of shape (n_rows,)
        What each row takes, such as bytes; a row alone may take more than the limit.
    limit : int
    """
    ends, start = np.cumsum(costs), 0
    while start < len(costs):
        spent = ends[start - 1] if start else 0
        stop = max(start + 1, int(np.searchsorted(ends, spent + limit, side="right")))
        yield slice(start, stop)
        start = stop
