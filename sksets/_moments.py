"""Mean and standard deviation of the rows of an array that may not fit into memory."""

import numpy as np

_BLOCK = 2**16


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

    def average(transform):
        total, norm = 0.0, 0.0
        for start in range(0, len(values), _BLOCK):
            block = transform(np.asarray(values[start : start + _BLOCK], dtype=np.float64))
            share = np.ones(len(block)) if weight is None else weight[start : start + _BLOCK]
            total = total + np.tensordot(share, block, axes=1)
            norm += share.sum()
        return total / norm if norm > 0 else np.zeros(values.shape[1:])

    mean = average(lambda block: block)
    scale = np.sqrt(average(lambda block: (block - mean) ** 2))
    flat = scale <= 10 * np.finfo(np.float64).eps * np.abs(mean)
    return mean, np.where(flat, 1.0, scale)
