"""Large arrays, looked at a block of rows at a time."""

# Large enough to be fast, small enough to leave a memory-mapped array on the disk.
BLOCK_BYTES = 2**24


def row_slices(array):
    """Yield slices of the rows of an array, from the first to the last, of ``BLOCK_BYTES`` each."""
    step = max(1, BLOCK_BYTES // max(1, array[:1].nbytes))
    for start in range(0, len(array), step):
        yield slice(start, start + step)
