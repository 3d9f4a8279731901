"""What lies around each element of a set: mean and covariance of the nearest other members."""

import numpy as np
from scipy.spatial import KDTree

# Neighbours that are looked at in one go; their offsets take as many numbers as an element has.
BLOCK = 2**19
# Distances that differ by this share are equal: of points on a grid many are, and rounding must not
# choose among them.
TIE = 1e-5
# Of numbers beyond 2**400, or all below 2**-400, squares are none.
MOST_EXPONENT = 400


def neighborhood_columns(d):
    """Return rows and columns of the entries of a symmetric matrix, upper triangle row by row."""
    return np.triu_indices(d)


def describe_neighborhoods(values, n_neighbors, workers):
    """Return what lies around each element of one set.

    Parameters
    ----------
    values : float64 ndarray of shape (n, d)
        The elements of the set.
    n_neighbors : int
        How many nearest other members are described; of a smaller set, all others.
    workers : int
        How many threads search.

    Returns
    -------
    float64 ndarray of shape (n, d + d (d + 1) / 2)
        The mean offset of the neighbours from the element, and the covariance of their offsets;
        zeros for an element alone.
    """
    n, d = values.shape
    if n < 2:
        return np.zeros((n, d + d * (d + 1) // 2))
    exponent = int(np.frexp(np.abs(values).max())[1])
    if abs(exponent) <= MOST_EXPONENT:
        return _describe(values, min(n_neighbors, n - 1), workers)
    # Squares of such numbers overflow, or vanish.
    out = _describe(np.ldexp(values, -exponent), min(n_neighbors, n - 1), workers)
    return np.ldexp(out, np.repeat([exponent, 2 * exponent], [d, out.shape[1] - d]))


def _describe(values, k, workers):
    """Describe the elements of one set by their k nearest other members, of which there are k."""
    d = values.shape[1]
    tree, width = KDTree(values), min(k + 2, len(values))
    out = np.empty((len(values), d + d * (d + 1) // 2))
    for rows in np.array_split(np.arange(len(values)), -(-len(values) * width // BLOCK)):
        distances, nearest = tree.query(values[rows], np.arange(1, width + 1), workers=workers)
        # The first is the element itself, or one that is equal to it, with the same offset.
        out[rows] = _moments(values, rows, nearest[:, 1 : k + 1])
        if width > k + 1:
            last = distances[:, k]
            tied = (distances[:, k + 1] <= last * (1 + TIE)) & (last > 0)
            _share_ties(values, tree, rows[tied], k, workers, out)
    return out


def _share_ties(values, tree, rows, k, workers, out):
    """Describe elements of which several members are as far as the last of the nearest.

    All of them count, each by the same share, as otherwise the order of the elements would tell
    which do.
    """
    width = 2 * (k + 1)
    while len(rows):
        width = min(width, len(values))
        open_rows = []
        for part in np.array_split(rows, -(-len(rows) * width // BLOCK)):
            distances, nearest = tree.query(values[part], np.arange(1, width + 1), workers=workers)
            distances, nearest = distances[:, 1:], nearest[:, 1:]
            last = distances[:, k - 1 : k]
            inside, within = distances < last * (1 - TIE), distances <= last * (1 + TIE)
            n_inside, n_within = inside.sum(axis=1), within.sum(axis=1)
            shares = (k - n_inside) / (n_within - n_inside)
            share = np.where(inside, 1.0, np.where(within, shares[:, None], 0.0)) / k
            known = ~within[:, -1] | (width == len(values))
            out[part[known]] = _moments(values, part[known], nearest[known], share[known])
            open_rows.append(part[~known])
        rows, width = np.concatenate(open_rows), 2 * width


def _moments(values, rows, nearest, share=None):
    """Return mean and covariance (n, d + d (d + 1) / 2) of the offsets of neighbours (n, k)."""
    # One array a feature: their products are then as fast as memory.
    offsets = [column[nearest] - column[rows, None] for column in values.T]
    share = 1 / nearest.shape[1] if share is None else share
    means = [(offset * share).sum(axis=1) for offset in offsets]
    centred = [offset - mean[:, None] for offset, mean in zip(offsets, means, strict=True)]
    weighed = [offset * share for offset in centred]
    upper = zip(*neighborhood_columns(values.shape[1]), strict=True)
    covariances = [np.einsum("ij,ij->i", weighed[i], centred[j]) for i, j in upper]
    return np.stack(means + covariances, axis=1)
