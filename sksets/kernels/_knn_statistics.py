"""Sums over the elements of a set that estimators of divergences by nearest neighbours share."""

import numpy as np
from scipy.special import digamma, gammaln

from sksets.kernels._knn import neighbor_blocks, own_distances


def _log_distances(distances, starts, sizes, log_least):
    """Logarithms of shape (n_ranks, n_elements), those of zeros put up to the least of their set.

    Where all distances of a set are zero, ``log_least`` of shape (n_ranks, n_sets) counts.
    """
    with np.errstate(divide="ignore"):
        logs = np.log(distances)
    if np.isneginf(logs).any():
        least = np.minimum.reduceat(np.where(np.isneginf(logs), np.inf, logs), starts, axis=1)
        least = np.where(np.isposinf(least), log_least, least)
        logs = np.maximum(logs, np.repeat(least, sizes, axis=1))
    return logs


def _means(values, starts, sizes):
    return np.add.reduceat(values, starts, axis=1) / sizes


def _log_means(logs, starts, sizes):
    """Logarithms of the means over sets, of numbers that are given by their logarithms."""
    largest = np.maximum.reduceat(logs, starts, axis=1)
    shifted = np.exp(logs - np.repeat(largest, sizes, axis=1))
    return largest + np.log(_means(shifted, starts, sizes))


def _log_mean_densities(logs, n_features, k, n_others, starts, sizes):
    """Logarithms of the means over sets of (k - 1) / (n_others c r^d), c the unit ball's volume.

    ``logs`` of the distances r and the result have a row a k.
    """
    log_ball = n_features / 2 * np.log(np.pi) - gammaln(n_features / 2 + 1)
    log_counts = np.log(k - 1)[:, None] - np.log(n_others)
    return _log_means(-n_features * logs, starts, sizes) + log_counts - log_ball


class OwnNeighbors:
    """The sets of one side, with the distances to neighbours within each set.

    Parameters
    ----------
    sets : SetArray
        Sets of vectors, each of more elements than the largest of n_neighbors.
    n_neighbors : int ndarray of shape (n_k,)
        The values of k.
    pooled : bool
        Whether neighbours in the union of two sets will be asked for.
    n_threads : int

    Attributes
    ----------
    ranks : int ndarray of shape (n_ranks,)
        The neighbours that are searched, ascending.
    columns : int ndarray of shape (n_k,)
        Where n_neighbors are among the ranks.
    distances : float64 ndarray of shape (n_ranks, n_elements)
    logs : float64 ndarray of shape (n_k, n_elements)
        The logarithms of the distances to the k-th neighbours.
    log_least : float64 ndarray of shape (n_k, n_sets)
        The least of them a set.
    """

    def __init__(self, sets, n_neighbors, pooled, n_threads):
        self.sets = sets
        self.n_neighbors = n_neighbors
        # The union has the elements of both sets: its 2k-th neighbour is about as far as the k-th
        # in one of them.
        self.ranks = np.arange(1, 2 * n_neighbors.max() + 1) if pooled else np.unique(n_neighbors)
        self.columns = np.searchsorted(self.ranks, n_neighbors)
        self.distances = own_distances(sets, self.ranks, n_threads)
        starts = sets.offsets[:-1]
        largest = np.maximum.reduceat(np.abs(sets.values).max(axis=1), starts)
        resolution = np.log(np.spacing(largest).astype(np.float64))
        resolution = np.broadcast_to(resolution, (len(n_neighbors), sets.n_sets))
        self.logs = _log_distances(self.distances[self.columns], starts, sets.sizes, resolution)
        self.log_least = np.minimum.reduceat(self.logs, starts, axis=1)

    def log_mean_densities(self):
        """Logarithms of estimates of the mean over each set of its density: (n_k, n_sets)."""
        starts, sizes = self.sets.offsets[:-1], self.sets.sizes
        n_features = self.sets.values.shape[1]
        return _log_mean_densities(
            self.logs, n_features, self.n_neighbors, sizes - 1, starts, sizes
        )


class _Block:
    """Statistics of some consecutive sets of one side, against one set of the other.

    Each method returns an array of shape (n_k, n_sets). ``p`` is the density of the sets, ``q``
    that of the other.
    """

    def __init__(self, x, part, distances, other_size, alpha):
        self.x = x
        self.part = part
        self.rows = slice(*x.sets.offsets[[part.start, part.stop]])
        self.sizes = x.sets.sizes[part]
        self.starts = x.sets.offsets[part] - self.rows.start
        self.distances = distances
        self.other_size = other_size
        self.alpha = alpha
        self.n_features = x.sets.values.shape[1]
        self.logs = self._log(distances[x.columns])
        # log(p / q) at each element: each density is k over the volume up to the k-th neighbour.
        ratio = np.repeat(np.log(other_size / (self.sizes - 1)), self.sizes)
        self.log_ratios = self.n_features * (self.logs - x.logs[:, self.rows]) + ratio

    def _log(self, distances):
        return _log_distances(distances, self.starts, self.sizes, self.x.log_least[:, self.part])

    def mean_log_ratios(self):
        """Means of log(p / q)."""
        return _means(self.log_ratios, self.starts, self.sizes)

    def log_integrals(self):
        """Logarithms of estimates of the integral of p^alpha q^(1 - alpha)."""
        return self._log_integrals(self.alpha)

    def log_affinities(self):
        """Logarithms of estimates of the integral of sqrt(p q)."""
        return self._log_integrals(0.5)

    def _log_integrals(self, alpha):
        logs = _log_means((alpha - 1) * self.log_ratios, self.starts, self.sizes)
        k = self.x.n_neighbors[:, None]
        return logs + 2 * gammaln(k) - gammaln(k - alpha + 1) - gammaln(k + alpha - 1)

    def log_mean_densities(self):
        """Logarithms of estimates of the mean of q."""
        k, n_others = self.x.n_neighbors, self.other_size
        return _log_mean_densities(self.logs, self.n_features, k, n_others, self.starts, self.sizes)

    def half_jensen_shannon(self):
        """Half the means of log(2 p / (p + q))."""
        own = self.x.distances[:, self.rows]
        pairs = [self._pooled(own, int(k)) for k in self.x.n_neighbors]
        radii = self._log(np.stack([radius for radius, _ in pairs]))
        log_weights = np.stack([log_weight for _, log_weight in pairs])
        k = self.x.n_neighbors[:, None]
        sizes = np.repeat(self.sizes - 1, self.sizes)
        logs = self.n_features * (radii - self.x.logs[:, self.rows]) - np.log(sizes) - log_weights
        return (_means(logs, self.starts, self.sizes) + digamma(k) - digamma(2 * k)) / 2

    def _pooled(self, own, k):
        """Distances to the 2k-th neighbours in both sets, and the log of a neighbour's weight.

        The weights of a set's elements add up to one half. The mean weight of the neighbours has
        no bias. Its logarithm has one, which half the variance over the squared mean cancels to
        second order.
        """
        n = 2 * k
        zeros = np.zeros((1, own.shape[1]))
        own = np.concatenate([zeros, own[:n]])
        other = np.concatenate([zeros, self.distances[:n]])
        # With i neighbours from the own set and n - i from the other, the farther of both lasts.
        radii = np.maximum(own, other[::-1])
        counts = radii.argmin(axis=0)
        weight = np.repeat(1 / (2 * (self.sizes - 1)), self.sizes)
        other_weight = 1 / (2 * self.other_size)
        mean = (counts * weight + (n - counts) * other_weight) / n
        variance = (weight - other_weight) ** 2 * counts * (n - counts) / (n**2 * (n - 1))
        return radii.min(axis=0), np.log(mean) + variance / (2 * mean**2)


def pair_statistics(x, y, names, alpha, n_threads):
    """Statistics of all pairs of sets, block by block, after one search for neighbours.

    Parameters
    ----------
    x, y : OwnNeighbors
        Both sides.
    names : set of str
        Methods of _Block.
    alpha : float
    n_threads : int

    Returns
    -------
    statistics : dict of str to ndarray of shape (n_k, n_sets of x, n_sets of y)
    """
    shape = (len(x.n_neighbors), x.sets.n_sets, y.sets.n_sets)
    statistics = {name: np.empty(shape) for name in names}
    for part, j, distances in neighbor_blocks(x.sets, y.sets, x.ranks, n_threads):
        block = _Block(x, part, distances, y.sets.sizes[j], alpha)
        for name, values in statistics.items():
            values[:, part, j] = getattr(block, name)()
    return statistics
