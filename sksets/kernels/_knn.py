"""Distances of the elements of sets to their nearest neighbours, within a set and in others."""

from itertools import pairwise

import numpy as np
from scipy.spatial import KDTree

from sksets._lazy import torch
from sksets.kernels._stretches import set_runs

# Up to so many features, or elements of the set searched, a tree is faster than all distances
# (measured in 1 to 32 dimensions on sets of 30 to 6,000).
TREE_FEATURES = 8
TREE_ELEMENTS = 200
LEAF_SIZE = 24
# Numbers in one block: 16 MiB of float64; products are fastest on what stays in the cache.
BLOCK = 2**21
PRODUCT_BLOCK = 2**18


def _by_products(queries, target, ranks):
    """Search among all distances, which a product of matrices gives but for their rounding."""
    # The products round by a share of the squared norms, which are least around the mean.
    shift = target.mean(axis=0)
    y = torch.from_numpy(target - shift)
    norms = y.square().sum(dim=1)
    present = ranks[ranks <= len(y)]
    distances = np.full((len(queries), len(ranks)), np.inf)
    step = max(1, PRODUCT_BLOCK // max(y.shape))
    for start in range(0, len(queries), step):
        x = torch.from_numpy(queries[start : start + step] - shift)
        squares = torch.addmm(norms, x, y.T, alpha=-2)  # |x|^2 does not change the order
        nearest = squares.topk(int(present[-1]), largest=False).indices
        for column, rank in enumerate(present):
            # Small distances are lost in the products: those to the neighbours are computed anew.
            differences = x - y[nearest[:, rank - 1]]
            exact = differences.square().sum(dim=1).sqrt()
            distances[start : start + step, column] = exact.numpy()
    return distances


def nearest_distances(queries, target, ranks, n_threads):
    """Distances of vectors to their nearest ones in one set.

    Parameters
    ----------
    queries : float64 ndarray of shape (n_queries, n_features)
    target : float64 ndarray of shape (n_elements, n_features)
        The elements of the set.
    ranks : int ndarray of shape (n_ranks,)
        Which neighbours, ascending: 1 is the nearest.
    n_threads : int
        How many threads search a tree; products take as many as torch has.

    Returns
    -------
    distances : float64 ndarray of shape (n_queries, n_ranks)
        Infinite for a rank above n_elements.
    """
    if target.shape[1] > TREE_FEATURES and len(target) > TREE_ELEMENTS:
        return _by_products(queries, target, ranks)
    return KDTree(target, leafsize=LEAF_SIZE).query(queries, k=ranks, workers=n_threads)[0]


def own_distances(sets, ranks, n_threads):
    """Distances of all elements to their nearest neighbours in their own sets.

    Parameters
    ----------
    sets : SetArray
        Sets of vectors.
    ranks : int ndarray of shape (n_ranks,)
        Which neighbours, ascending. The element itself is none; its duplicates are.
    n_threads : int

    Returns
    -------
    distances : float64 ndarray of shape (n_ranks, n_elements)
        Infinite where the set has fewer other elements.
    """
    values = sets.values.astype(np.float64)
    distances = np.empty((len(ranks), len(values)))
    for start, stop in pairwise(sets.offsets):
        own = values[start:stop]
        # The nearest one in its own set is the element itself.
        distances[:, start:stop] = nearest_distances(own, own, ranks + 1, n_threads).T
    return distances


def neighbor_blocks(X, Y, ranks, n_threads):
    """Yield the distances of the elements of X to their neighbours in each set of Y.

    They come block by block, as all of them would not fit into memory.

    Parameters
    ----------
    X, Y : SetArray
        Sets of vectors.
    ranks : int ndarray of shape (n_ranks,)
        Which neighbours, ascending.
    n_threads : int

    Yields
    ------
    part : slice
        Some consecutive sets of X.
    j : int
        A set of Y.
    distances : float64 ndarray of shape (n_ranks, n_elements of these sets)
    """
    for part in set_runs(X.offsets, BLOCK // max(len(ranks), X.values.shape[1])):
        queries = X.values[X.offsets[part.start] : X.offsets[part.stop]].astype(np.float64)
        # Queries near each other take the same way through a tree: one after another, they take a
        # third less time.
        order = KDTree(queries, leafsize=LEAF_SIZE).indices
        queries = queries[order]
        back = np.argsort(order)
        for j, target in enumerate(Y):
            distances = nearest_distances(queries, target.astype(np.float64), ranks, n_threads)
            yield part, j, np.ascontiguousarray(distances[back].T)
