"""Mean and standard deviation of the rows of an array that may not fit into memory."""

import numpy as np

_BLOCK_BYTES = 2**20


def weighted_moments(values, weight=None):
    """Return mean and standard deviation over the rows, in float64 and in bounded memory.

    Parameters
    ----------
    values : ndarray of shape (n, ...)
    weight : ndarray of shape (n,), default=None

    Returns
    -------
    mean, scale : ndarrays of shape (...)
        ``scale`` is 1 where the rows do not vary.
    """
    rows = max(1, _BLOCK_BYTES // (8 * max(1, int(np.prod(values.shape[1:])))))

    def average(transform):
        total, norm = 0.0, 0.0
        for start in range(0, len(values), rows):
            block = transform(np.asarray(values[start : start + rows], dtype=np.float64))
            share = np.ones(len(block)) if weight is None else weight[start : start + rows]
            total = total + np.tensordot(share, block, axes=1)
            norm += share.sum()
        return total / norm if norm > 0 else np.zeros(values.shape[1:])

    def moments(unit):
        # Two passes: far from zero, mean(x^2) - mean(x)^2 loses its digits.
        mean = average(lambda block: block / unit)
        return mean, np.sqrt(average(lambda block: (block / unit - mean) ** 2))

    unit = 1.0
    with np.errstate(over="ignore", invalid="ignore"):
        mean, scale = moments(unit)
        # The square of a value beyond 1e154 overflows, and that of one below 1e-162 vanishes.
        large, small = ~np.isfinite(scale), np.maximum(np.abs(mean), scale) < 1e-150
        if large.any() or small.any():
            unit = np.where(large, 2.0**600, np.where(small, 2.0**-600, 1.0))
            mean, scale = moments(unit)
    # What rounding leaves of constant rows is no spread: divided by it, they would be noise.
    flat = scale <= 10 * np.finfo(np.float64).eps * np.abs(mean)
    return mean * unit, np.where(flat, 1.0, scale * unit)


def extreme_unit(values):
    """Return the power of two by which very large or very small numbers become ordinary ones.

    Parameters
    ----------
    values : ndarray of shape (n, ...)

    Returns
    -------
    unit : ndarray of shape (...)
        1 where the largest number lies between 1e-100 and 1e100, or is 0.
    """
    largest = np.abs(values).max(axis=0).astype(np.float64)
    ordinary = (largest == 0) | ((largest > 1e-100) & (largest < 1e100))
    return np.where(ordinary, 1.0, np.ldexp(0.5, np.frexp(largest)[1]))


def size_trend(target, sizes, weight=None):
    """Return the least-squares line of targets over the sizes of their sets.

    Parameters
    ----------
    target : ndarray of shape (n_sets, n_outputs)
    sizes : ndarray of shape (n_sets,)
    weight : ndarray of shape (n_sets,), default=None

    Returns
    -------
    intercept, slope : ndarrays of shape (n_outputs,)
        ``slope`` is zero where all sizes are equal.
    """
    mean, _ = weighted_moments(target, weight)
    mean_size, scale = weighted_moments(sizes[:, None], weight)
    centred = (sizes - mean_size) / scale
    if weight is not None:
        centred = centred * weight
    # Weights have a mean of one, so that the number of rows is their sum.
    slope = centred @ (target - mean) / len(target) / scale
    return mean - slope * mean_size, slope
