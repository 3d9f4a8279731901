"""Where an array holds NaN, infinity or a number too large, read in blocks."""

from typing import NamedTuple

import numpy as np

from sksets._blocks import row_slices


class Nonfinite(NamedTuple):
    """Where a value is, and what it is: "NaN", "infinity" or a value too large."""

    row: int
    column: int
    name: str


def find_nonfinite(array, dtype=None):
    """Return where the first value is that is not finite in ``dtype``, or None."""
    if array.dtype.kind != "f" or array.size == 0:
        return None
    # A float64 that float32 cannot hold becomes infinite in a network of float32.
    largest = min(np.finfo(kind).max for kind in (array.dtype, dtype or array.dtype))
    for rows in row_slices(array):
        block = array[rows]
        with np.errstate(invalid="ignore"):
            # NaN fails both comparisons. Neither needs memory of the size of the block.
            if block.min() >= -largest and block.max() <= largest:
                continue
            bad = ~(np.abs(block) <= largest).reshape(len(block), -1)
        row, column = np.argwhere(bad)[0]
        value = block.reshape(len(block), -1)[row, column]
        too_large = f"a value too large for {dtype}" if np.isfinite(value) else "infinity"
        name = "NaN" if np.isnan(value) else too_large
        return Nonfinite(rows.start + int(row), int(column), name)
    return None
