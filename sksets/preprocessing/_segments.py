"""Reductions of packed elements to one row a set, in numpy and scipy."""

from itertools import pairwise

import numpy as np
from scipy.sparse import csr_array

# From so many features on a product with a sparse matrix adds faster than reduceat does.
PRODUCT_FEATURES = 8


def segment_reduce(ufunc, values, offsets):
    """Reduce the elements of each set by a ufunc; an empty set gives 0.

    Parameters
    ----------
    ufunc : numpy.ufunc
        np.add, np.minimum, np.maximum and the like.
    values : ndarray of shape (n_elements, n_features)
    offsets : ndarray of shape (n_sets + 1,)

    Returns
    -------
    ndarray of shape (n_sets, n_features), float64
    """
    if ufunc is np.add and values.shape[1] >= PRODUCT_FEATURES:
        return _sums(values, offsets)
    out = np.zeros((len(offsets) - 1, values.shape[1]))
    # reduceat cannot express an empty set; between the starts of the others lie whole sets.
    filled = np.diff(offsets) > 0
    if filled.any():
        starts = offsets[:-1][filled]
        out[filled] = ufunc.reduceat(values, starts, axis=0, dtype=np.float64)
    return out


def _sums(values, offsets):
    """Sum the elements of each set by a product with the matrix that says which are its own."""
    ones, columns = np.ones(len(values)), np.arange(len(values))
    membership = csr_array((ones, columns, offsets), shape=(len(offsets) - 1, len(values)))
    return membership @ values.astype(np.float64, copy=False)


def segment_moments(values, offsets, weight=None):
    """Return mean and deviation of each feature over the elements of each set, in two passes.

    The elements are shifted by the first of their set beforehand, so that the deviation of equal
    elements is exactly 0.

    Parameters
    ----------
    values : ndarray of shape (n_elements, n_features)
    offsets : ndarray of shape (n_sets + 1,)
    weight : ndarray of shape (n_elements,), default=None
        How much each element counts, above 0.

    Returns
    -------
    mean, deviation : ndarray of shape (n_sets, n_features), float64
        Both 0 for an empty set.
    centred : ndarray of shape (n_elements, n_features), float64
        The elements minus the mean of their set.
    """
    sizes = np.diff(offsets)
    filled = sizes > 0
    share = 1.0 if weight is None else weight[:, None]
    counts = sizes[:, None] if weight is None else segment_reduce(np.add, share, offsets)
    counts = np.where(counts > 0, counts, 1)
    first = np.zeros((len(sizes), values.shape[1]))
    first[filled] = values[offsets[:-1][filled]]
    centred = values - np.repeat(first, sizes, axis=0)
    shift = segment_reduce(np.add, centred * share, offsets) / counts
    centred -= np.repeat(shift, sizes, axis=0)

    def deviations(unit):
        squares = (centred / unit) ** 2 * share
        return np.sqrt(segment_reduce(np.add, squares, offsets) / counts)

    with np.errstate(over="ignore"):
        deviation = deviations(1.0)
    extreme = ~((deviation > 1e-150) & np.isfinite(deviation))
    if centred[np.repeat(extreme, sizes, axis=0)].any():
        # Squares of numbers beyond 1e154 overflow, and those below 1e-162 vanish.
        unit = segment_reduce(np.maximum, np.abs(centred), offsets)
        unit = np.where(extreme & (unit > 0), unit, 1.0)
        deviation = deviations(np.repeat(unit, sizes, axis=0)) * unit
    return first + shift, deviation, centred


def segment_quantiles(values, offsets, quantiles):
    """Return quantiles of each feature over the elements of each set, linearly interpolated.

    Parameters
    ----------
    values : ndarray of shape (n_elements, n_features)
    offsets : ndarray of shape (n_sets + 1,)
    quantiles : sequence of float in [0, 1]

    Returns
    -------
    ndarray of shape (len(quantiles), n_sets, n_features), float64
        0 for an empty set.
    """
    out = np.zeros((len(quantiles), len(offsets) - 1, values.shape[1]))
    for rows, size in _sets_of_each_size(offsets):
        ordered = np.sort(values[offsets[rows, None] + np.arange(size)], axis=1)
        for i, quantile in enumerate(quantiles):
            position = quantile * (size - 1)
            lower = int(position)
            low = ordered[:, lower].astype(np.float64)
            out[i, rows] = low
            if lower < position:
                out[i, rows] += (position - lower) * (ordered[:, lower + 1] - low)
    return out


def _sets_of_each_size(offsets):
    """Yield each size that is not 0, and which sets have it."""
    sizes = np.diff(offsets)
    order = np.argsort(sizes, kind="stable")
    bounds = np.flatnonzero(np.diff(sizes[order], prepend=0, append=-1))
    for start, stop in pairwise(bounds):
        yield order[start:stop], int(sizes[order[start]])
