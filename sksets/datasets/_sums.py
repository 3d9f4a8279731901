"""Random sets of digits and their sums, whatever the digits look like."""

import numpy as np
from sklearn.utils import check_random_state

from sksets._arguments import check_count
from sksets._set_array import offsets_from_sizes


def check_subset(subset):
    """Refuse anything but the two names of a split."""
    if not isinstance(subset, str) or subset not in ("train", "test"):
        raise ValueError(f"subset must be 'train' or 'test', got {subset!r}")


def draw_sets(pool_size, n_sets, min_size, max_size, random_state):
    """Draw sets of elements of a pool, each element with replacement.

    The sizes are uniform between ``min_size`` and ``max_size``, both included.

    Parameters
    ----------
    pool_size : int
        Number of elements to draw from.
    n_sets, min_size, max_size : int
    random_state : int, RandomState instance or None

    Returns
    -------
    indices : ndarray of shape (n_elements,)
        The drawn elements of all sets, set after set.
    offsets : ndarray of shape (n_sets + 1,)
    """
    n_sets = check_count(n_sets, "n_sets", 1)
    min_size = check_count(min_size, "min_size", 0)
    max_size = check_count(max_size, "max_size", min_size)
    rng = check_random_state(random_state)
    sizes = rng.randint(min_size, max_size + 1, size=n_sets)
    offsets = offsets_from_sizes(sizes)
    return rng.randint(pool_size, size=offsets[-1]), offsets


def sums_of_sets(digits, offsets):
    """Sum integers set by set; an empty set has the sum 0."""
    return np.diff(np.concatenate([[0], np.cumsum(digits, dtype=np.int64)])[offsets])
