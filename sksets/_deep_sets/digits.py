"""Numbers that differ, and that the type of a network cannot tell apart."""

import numpy as np
import torch

from sksets._blocks import row_slices

# Fewer steps of the type than this from the smallest to the largest number are too few.
MIN_STEPS = 8
# Share of the numbers themselves by which rounding makes constant ones differ.
NOISE = 1e-12


def _bounds(rows):
    """Return the smallest and the largest number of each column, read in blocks."""
    blocks = [rows[part] for part in row_slices(rows)]
    low = np.min([block.min(axis=0) for block in blocks], axis=0)
    high = np.max([block.max(axis=0) for block in blocks], axis=0)
    return low.astype(np.float64), high.astype(np.float64)


def require_digits(values, dtype, names=None, skipped=()):
    """Raise where a feature varies by no more than a few steps of a type.

    Parameters
    ----------
    values : ndarray of shape (n_elements, ...)
        Numeric elements, one or more.
    dtype : torch.dtype
        The type that they are cast to.
    names : sequence of str, default=None
        Names of the features.
    skipped : sequence of int, default=()
        Features that need not be looked at.

    Raises
    ------
    ValueError
        It names the feature.
    """
    name = str(dtype).removeprefix("torch.")
    if np.can_cast(values.dtype, name):
        return
    # Pixels are of one kind.
    rows = values if values.ndim == 2 else values.reshape(-1, 1)
    low, high = _bounds(rows)
    largest = np.maximum(np.abs(low), np.abs(high))
    step = torch.finfo(dtype).eps * largest
    doubtful = (high - low > NOISE * largest) & (high - low < MIN_STEPS * step)
    doubtful[list(skipped)] = False
    for j in np.flatnonzero(doubtful):
        # Integers, for example, may be held exactly all the same.
        if (rows[:, j].astype(name) != rows[:, j]).any():
            which = f"Feature {j if names is None else repr(names[j])} of the elements"
            if values.ndim > 2:
                which = "Each number"
            raise ValueError(
                f"{which} lies between {low[j]:.12g} and {high[j]:.12g}, and {name} holds such "
                f"numbers in steps of {step[j]:.2g} only. Use normalize='features', which scales "
                "them before they are rounded, subtract an origin, or use dtype='float64'."
            )
