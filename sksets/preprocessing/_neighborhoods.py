"""What lies around each element of a set: mean and covariance of the nearest other members."""

import numpy as np
from scipy.spatial import KDTree

# Numbers of the offsets between elements and neighbours that are made at once: 16 MiB.
BLOCK = 2**21
# In sets of so many elements all pairs are compared, many sets at once: a tree of each takes longer
# (measured in 3 dimensions).
SMALL = 64
# Distances that differ by this share are equal: of points on a grid many are, and rounding must not
# choose among them.
TIE = 1e-5
# Of numbers beyond 2**400, or all below 2**-400, squares are none.
MOST_EXPONENT = 400


def neighborhood_columns(d):
    """Return rows and columns of the entries of a symmetric matrix, upper triangle row by row."""
    return np.triu_indices(d)


def describe_neighborhoods(values, offsets, n_neighbors, workers, out):
    """Write what lies around each element of its set.

    Parameters
    ----------
    values : ndarray of shape (n_elements, d)
    offsets : int64 ndarray of shape (n_sets + 1,)
    n_neighbors : int
        How many nearest other members are described; of a smaller set, all others.
    workers : int
        How many threads search.
    out : ndarray of shape (n_elements, d + d (d + 1) / 2)
        Gets the mean offset of the neighbours from the element, and the covariance of their
        offsets; nothing for an element alone.
    """
    starts, sizes = offsets[:-1], np.diff(offsets)
    for size in np.unique(sizes[sizes > 1]).tolist():
        of_size = starts[sizes == size]
        n_sets = max(1, BLOCK // (size * size * values.shape[1])) if size <= SMALL else 1
        for first in range(0, len(of_size), n_sets):
            rows = of_size[first : first + n_sets, None] + np.arange(size)
            # In double precision, whatever their type: float32 has no digits for products.
            elements = np.asarray(values[rows], dtype=np.float64)
            out[rows] = _describe_scaled(elements, min(n_neighbors, size - 1), workers)


def _describe_scaled(elements, k, workers):
    """Describe the elements (n_sets, size, d) of sets of one size, whatever their unit."""
    n_sets, size, d = elements.shape
    exponents = np.frexp(np.abs(elements).max(axis=(1, 2)))[1]
    exponents = np.where(np.abs(exponents) > MOST_EXPONENT, exponents, 0)[:, None, None]
    if exponents.any():
        elements = np.ldexp(elements, -exponents)
    if size <= SMALL:
        out = _describe_small(elements, k).reshape(n_sets, size, -1)
    else:
        out = _describe_large(elements[0], k, workers)[None]
    if exponents.any():
        powers = np.repeat([1, 2], [d, out.shape[2] - d])
        out = np.ldexp(out, exponents * powers)
    return out


def _describe_small(elements, k):
    """Compare all pairs of the members of many sets (n_sets, size, d)."""
    n_sets, size, d = elements.shape
    columns = np.moveaxis(elements, 2, 0)
    offsets = [(column[:, None, :] - column[:, :, None]).reshape(-1, size) for column in columns]
    distances = np.sqrt(sum(offset * offset for offset in offsets))
    # An element is no neighbour of itself.
    np.einsum("sii->si", distances.reshape(n_sets, size, size))[:] = np.inf
    last = np.partition(distances, k - 1, axis=1)[:, k - 1 : k]
    return _moments(offsets, _shares(distances, last, k))


def _describe_large(values, k, workers):
    """Search the members (n, d) of one set, of more than k + 1 elements, by a tree."""
    n, d = values.shape
    tree, width = KDTree(values), min(k + 2, n)
    out = np.empty((n, d + d * (d + 1) // 2))
    for rows in np.array_split(np.arange(n), -(-n * width * d // BLOCK)):
        distances, nearest = _search(tree, values[rows], width, workers)
        out[rows] = _moments(_offsets(values, rows, nearest[:, :k]), 1 / k)
        if width > k + 1:
            last = distances[:, k - 1]
            tied = (distances[:, k] <= last * (1 + TIE)) & (last > 0)
            _share_ties(values, tree, rows[tied], k, workers, out)
    return out


def _share_ties(values, tree, rows, k, workers, out):
    """Describe elements of which several members are as far off as the last of the nearest."""
    n, d = values.shape
    width = 2 * (k + 1)
    while len(rows):
        width = min(width, n)
        unknown = []
        for part in np.array_split(rows, -(-len(rows) * width * d // BLOCK)):
            distances, nearest = _search(tree, values[part], width, workers)
            last = distances[:, k - 1 : k]
            # All that are so far off have been found where the furthest lies beyond.
            known = (distances[:, -1:] > last * (1 + TIE))[:, 0] | (width == n)
            offsets = _offsets(values, part[known], nearest[known])
            out[part[known]] = _moments(offsets, _shares(distances[known], last[known], k))
            unknown.append(part[~known])
        rows, width = np.concatenate(unknown), 2 * width


def _search(tree, elements, width, workers):
    distances, nearest = tree.query(elements, np.arange(1, width + 1), workers=workers)
    # The first is the element itself, or one that is equal to it, with the same offset.
    return distances[:, 1:], nearest[:, 1:]


def _offsets(values, rows, nearest):
    """Return the offsets (n, m) of neighbours from their elements, an array for each feature."""
    return [column[nearest] - column[rows, None] for column in values.T]


def _shares(distances, last, k):
    """Return how much each member (n, m) counts: all that are as far as the last count alike.

    The order of the elements would tell otherwise which of them are among the k.
    """
    inside, within = distances < last * (1 - TIE), distances <= last * (1 + TIE)
    n_inside, n_within = inside.sum(axis=1), within.sum(axis=1)
    of_last = (k - n_inside) / (n_within - n_inside)
    return np.where(inside, 1.0, np.where(within, of_last[:, None], 0.0)) / k


def _moments(offsets, share):
    """Return mean and covariance (n, d + d (d + 1) / 2) of offsets that count by their shares."""
    # One array (n, m) a feature: their products are as fast as memory.
    means = [(offset * share).sum(axis=1) for offset in offsets]
    centred = [offset - mean[:, None] for offset, mean in zip(offsets, means, strict=True)]
    weighed = [offset * share for offset in centred]
    upper = zip(*neighborhood_columns(len(offsets)), strict=True)
    covariances = [np.einsum("ij,ij->i", weighed[i], centred[j]) for i, j in upper]
    return np.stack(means + covariances, axis=1)
