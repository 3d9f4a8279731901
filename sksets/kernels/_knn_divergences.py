"""Divergences between the densities that sets are drawn from, by nearest neighbours."""

from collections.abc import Sequence
from numbers import Integral

import numpy as np

from sksets._arguments import check_arguments
from sksets._names import check_name
from sksets._threads import threads
from sksets._torch_state import plain_torch
from sksets.kernels._check import check_kernel_sets
from sksets.kernels._knn_statistics import OwnNeighbors, pair_statistics
from sksets.kernels._order import ORDERED_DIVERGENCES, check_order

# What each divergence is made of: the name of a statistic of a pair of sets.
_STATISTICS = {
    "kl": "mean_log_ratios",
    "renyi": "log_integrals",
    "tsallis": "log_integrals",
    "hellinger": "log_affinities",
    "bhattacharyya": "log_affinities",
    "l2": "log_mean_densities",
    "jensen_shannon": "half_jensen_shannon",
}
DIVERGENCES = tuple(_STATISTICS)
# Four numbers of this size still have a finite sum.
LARGEST_LOG = np.log(np.finfo(np.float64).max) - 3
# Squares of sums of coordinates of this size still are finite.
LARGEST_COORDINATE = 1e150


def _check_neighbors(n_neighbors, divergences):
    """Return n_neighbors as an array, or raise."""
    if isinstance(n_neighbors, str) or not isinstance(n_neighbors, Sequence | np.ndarray):
        raise ValueError(
            f"n_neighbors must be a sequence of whole numbers such as (3,), found "
            f"{n_neighbors!r:.100}."
        )
    if not len(n_neighbors):
        raise ValueError("n_neighbors is empty. Pass one or more, such as (3,).")
    for k in n_neighbors:
        if not isinstance(k, Integral) or isinstance(k, bool) or not 1 <= k < 2**31:
            raise ValueError(f"n_neighbors must be whole numbers of 1 or more, found {k!r:.100}.")
    # Its densities have a factor k - 1: of one neighbour they would be 0, their logarithm infinite.
    if "l2" in divergences and (least := min(n_neighbors)) < 2:
        raise ValueError(f"The divergence 'l2' needs n_neighbors of 2 or more, found {least}.")
    return np.array(n_neighbors, dtype=np.int64)


def _check_divergences(divergences):
    if not isinstance(divergences, tuple | list) or not divergences:
        raise ValueError(
            f"divergences must be a tuple of one name or more, such as ('kl',), found "
            f"{divergences!r:.100}."
        )
    for name in divergences:
        check_name(name, DIVERGENCES, "divergence")


def _check_sets(sets, name, n_neighbors):
    """Raise where a set has too few elements, or an element no finite distance."""
    largest = n_neighbors.max()
    if (few := sets.sizes <= largest).any():
        i = int(np.argmax(few))
        raise ValueError(
            f"n_neighbors={largest} needs sets of at least {largest + 1} elements; set {i} of "
            f"{name} has {sets.sizes[i]}. Take fewer neighbours, or drop it."
        )
    if (size := float(np.abs(sets.values).max())) > LARGEST_COORDINATE:
        raise ValueError(
            f"{name} has a coordinate of size {size:.3g}; distances need them below "
            f"{LARGEST_COORDINATE:g}. Scale the features."
        )


def _exp(logs):
    """Return the exponentials, or where they would overflow a large number."""
    return np.exp(np.minimum(logs, LARGEST_LOG))


def _from_statistic(name, statistic, x, y, alpha):
    """Divergences of shape (n_k, n_sets of x, n_sets of y)."""
    if name == "renyi":
        return statistic / (alpha - 1)
    if name == "tsallis":
        return (_exp(statistic) - 1) / (alpha - 1)
    if name == "hellinger":
        return np.sqrt(np.maximum(0, 1 - _exp(statistic)))
    if name == "bhattacharyya":
        return -statistic
    if name == "l2":
        squares = [_exp(side.log_mean_densities()) for side in (x, y)]
        return squares[0][:, :, None] - 2 * _exp(statistic) + squares[1][:, None, :]
    return statistic


def _one_way(x, y, divergences, alpha, n_threads):
    """Divergences of x from y; for that of Jensen and Shannon, the half from the elements of x."""
    needed = {_STATISTICS[name] for name in divergences}
    statistics = pair_statistics(x, y, needed, alpha, n_threads)
    return np.stack(
        [_from_statistic(name, statistics[_STATISTICS[name]], x, y, alpha) for name in divergences]
    )


def _both_ways(X, Y, divergences, n_neighbors, alpha, symmetric, n_threads):
    """Divergences in float64, of shape (n_divergences, n_k, n_sets of X, n_sets of Y)."""
    # That of Jensen and Shannon is a sum of both ways, a symmetrised one is their mean.
    halves = [name == "jensen_shannon" for name in divergences]
    x = OwnNeighbors(X, n_neighbors, any(halves), n_threads)
    y = x if Y is None else OwnNeighbors(Y, n_neighbors, any(halves), n_threads)
    values = _one_way(x, y, divergences, alpha, n_threads)
    two_way = np.flatnonzero(symmetric | np.array(halves))
    if len(two_way):
        if Y is None:
            other_way = values[two_way]
        else:
            other_way = _one_way(y, x, [divergences[i] for i in two_way], alpha, n_threads)
        weights = np.where(halves, 1, 0.5)[two_way, None, None, None]
        values[two_way] = weights * values[two_way] + weights * other_way.swapaxes(2, 3)
    if Y is None:
        # In a set itself, the nearest neighbours are the elements: the estimate would not be 0.
        diagonal = np.arange(X.n_sets)
        values[:, :, diagonal, diagonal] = 0
    return values


@check_arguments(symmetric=["boolean"])
@plain_torch()
def knn_divergences(
    X,
    Y=None,
    *,
    divergences=("kl",),
    n_neighbors=(3,),
    alpha=0.5,
    symmetric=False,
    n_jobs=None,
):
    """Estimate several divergences between sets, for several k, from one search for neighbours.

    A set is taken as a sample of a density: of p for a set of X with n elements, of q for one of Y
    with m. At the element x_i, rho is the distance to its k-th nearest neighbour among the other
    elements of its set, nu that to the k-th nearest element of the set of Y. With d features and
    c the volume of the unit ball, k / ((n - 1) c rho^d) and k / (m c nu^d) are proportional to
    both densities, and with r_i = m nu^d / ((n - 1) rho^d) the estimators are

    - "kl", Kullback and Leibler, integral of p log(p / q): the mean of log r_i [1]_.
    - "renyi": log(D) / (alpha - 1), and "tsallis": (D - 1) / (alpha - 1), with D the integral of
      p^alpha q^(1 - alpha): B times the mean of r_i^(alpha - 1), where
      B = Gamma(k)^2 / (Gamma(k - alpha + 1) Gamma(k + alpha - 1)) [2]_.
    - "bhattacharyya": -log D, and "hellinger": sqrt(max(0, 1 - D)), both with alpha 1/2; the
      Hellinger distance is at most 1, its square half the integral of (sqrt(p) - sqrt(q))^2 [2]_.
    - "l2", the integral of (p - q)^2: the mean of (k - 1) / ((n - 1) c rho^d) over the elements of
      each of both sets, its own rho and n, less twice the mean of (k - 1) / (m c nu^d) [3]_.
    - "jensen_shannon", H((p + q) / 2) - H(p) / 2 - H(q) / 2 with H the entropy in nats, between 0
      and log 2: H(p) and H(q) by their k-th neighbours [4]_, that of the mixture by the 2k-th in
      both sets together, in which each set weighs one half [5]_ (see Notes).

    Parameters
    ----------
    X : any container of sets
        Sets of vectors of n_features numbers.
    Y : any container of sets, default=None
        Sets of vectors as well. None takes those of X.
    divergences : tuple of str, default=("kl",)
        Names of divergences, as above.
    n_neighbors : tuple of int, default=(3,)
        Values of k. Each set needs a further element. "l2" takes 2 or more (and has a finite
        variance from 3 on), "renyi" and "tsallis" more than abs(alpha - 1).
    alpha : float, default=0.5
        The order of "renyi" and "tsallis": above 0, not 1.
    symmetric : bool, default=False
        Whether to return (D(p || q) + D(q || p)) / 2.
    n_jobs : int, default=None
        Number of threads. None takes as many as torch does, -1 all cores.

    Returns
    -------
    values : ndarray of shape (n_divergences, n_k, n_sets of X, n_sets of Y)
        D(X_i || Y_j), float32 where the sets are, float64 otherwise. Apart from "hellinger",
        estimates may be negative, and are left so. Where Y is None, the diagonal is 0.

    Raises
    ------
    ValueError
        If a name, k or alpha is none of the above, a set has not more than k elements (the message
        names it), X and Y differ in their features, or a value is not finite or above 1e150.

    See Also
    --------
    knn_divergence : One divergence and one k, as a matrix.

    Notes
    -----
    The bias of each estimator vanishes as the sets grow. It is least where p and q are close, and
    grows with the number of features. Where q has hardly an element near those of p, "kl" and
    "renyi" are too low.

    Poczos et al. (2012) estimate the integral of q^2 at the elements of X, too. That misses q where
    p has no elements: half of "l2" for Gaussians in two dimensions whose means are 5 standard
    deviations apart. Here it is estimated at the elements of Y.

    All is computed in float64, and in logarithms. A result beyond the largest number of its dtype
    is set to that number; "l2" and "tsallis" can become so large in many dimensions.

    The sources assume that no two elements are equal. Where a distance (rho, nu, or that in both
    sets together) is 0, it is replaced by the smallest positive one that elements of the same set
    have, with the same k and to the same set. If rho is 0 for all elements of a set, the spacing
    of floating-point numbers at its largest coordinate takes its place; if one of the others is,
    the smallest rho of the set does.

    Where a set of X is one of Y too, its elements are their own nearest neighbours in it, so that
    the estimate is far below 0 ("kl": about -1 / (k - 1)). Pass Y=None to leave them out.

    The entropy of the mixture is the mean over both sets of log(c R^d / W) - digamma(2k), R the
    distance to the 2k-th neighbour in both sets and W the mean weight of these neighbours: 1/2
    over the number of elements of theirs. Half of the variance of W over its squared mean is added
    to log W, which is then without bias to second order. With 2k neighbours, R is about rho where
    p and q are close, and the errors of H(p), H(q) and of the mixture cancel. The estimator is of
    this library, after [5]_.

    References
    ----------
    .. [1] Wang, Q., Kulkarni, S. R. and Verdu, S. (2009). Divergence estimation for
       multidimensional densities via k-nearest-neighbor distances. IEEE Transactions on
       Information Theory 55(5).
    .. [2] Poczos, B. and Schneider, J. (2011). On the estimation of alpha-divergences. AISTATS 14.
    .. [3] Leonenko, N., Pronzato, L. and Savani, V. (2008). A class of Renyi information
       estimators for multidimensional densities. Annals of Statistics 36(5).
    .. [4] Kozachenko, L. F. and Leonenko, N. N. (1987). Sample estimate of the entropy of a random
       vector. Problems of Information Transmission 23(2).
    .. [5] Hino, H. and Murata, N. (2013). Information estimators for weighted observations. Neural
       Networks 46.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.kernels import knn_divergences
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(mean, size=(500, 1)) for mean in (0, 1, 2)]
    >>> values = knn_divergences(X, divergences=("kl", "bhattacharyya"), n_neighbors=(3, 10))
    >>> values.shape
    (2, 2, 3, 3)
    >>> values[:, 1, 0].round(1)  # the truth: 0, 1/2 and 2; 0, 1/8 and 1/2
    array([[0. , 0.5, 1.6],
           [0. , 0.1, 0.5]])
    """
    _check_divergences(divergences)
    check_order(alpha)
    n_neighbors = _check_neighbors(n_neighbors, divergences)
    if set(divergences) & set(ORDERED_DIVERGENCES):
        check_order(alpha, n_neighbors.min())
    X, Y = check_kernel_sets(X, Y)
    for sets, name in ((X, "X"), (Y, "Y")):
        if sets is not None:
            _check_sets(sets, name, n_neighbors)
    with threads(n_jobs) as n_threads:
        values = _both_ways(X, Y, list(divergences), n_neighbors, alpha, symmetric, n_threads)
    # median_gamma and PSDProjection take finite numbers alone.
    largest = np.finfo(X.values.dtype).max
    return np.clip(values, -largest, largest).astype(X.values.dtype)


def knn_divergence(
    X, Y=None, *, divergence="kl", n_neighbors=3, alpha=0.5, symmetric=False, n_jobs=None
):
    """Estimate a divergence between the densities of sets by nearest neighbours.

    Parameters
    ----------
    X : any container of sets
        Sets of vectors of n_features numbers.
    Y : any container of sets, default=None
        Sets of vectors as well. None takes those of X.
    divergence : str, default="kl"
        "kl", "renyi", "tsallis", "hellinger", "bhattacharyya", "l2" (squared) or "jensen_shannon":
        see :func:`knn_divergences`.
    n_neighbors : int, default=3
        The k-th nearest neighbours are used. Each set needs a further element.
    alpha : float, default=0.5
        The order of "renyi" and "tsallis": above 0, not 1.
    symmetric : bool, default=False
        Whether to return (D(p || q) + D(q || p)) / 2.
    n_jobs : int, default=None
        Number of threads. None takes as many as torch does, -1 all cores.

    Returns
    -------
    values : ndarray of shape (n_sets of X, n_sets of Y)
        D(X_i || Y_j), float32 where the sets are, float64 otherwise. Apart from "hellinger",
        estimates may be negative, and are left so. Where Y is None, the diagonal is 0.

    Raises
    ------
    ValueError
        As :func:`knn_divergences`.

    See Also
    --------
    knn_divergences : Several at once; the estimators.

    References
    ----------
    Poczos, B., Xiong, L., Sutherland, D. J. and Schneider, J. (2012). Nonparametric kernel
    estimators for image classification. CVPR. (Kernels of sets from these divergences.)

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.kernels import knn_divergence
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.normal(mean, size=(500, 1)) for mean in (0, 1, 2)]
    >>> np.exp(-knn_divergence(X, divergence="jensen_shannon")).round(1)
    array([[1. , 0.9, 0.7],
           [0.9, 1. , 0.9],
           [0.7, 0.9, 1. ]])
    """
    values = knn_divergences(
        X,
        Y,
        divergences=(divergence,),
        n_neighbors=(n_neighbors,),
        alpha=alpha,
        symmetric=symmetric,
        n_jobs=n_jobs,
    )
    return values[0, 0]
