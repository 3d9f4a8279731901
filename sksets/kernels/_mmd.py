"""The maximum mean discrepancy of sets: the distance of their mean maps."""

import numpy as np

from sksets._arguments import check_arguments
from sksets._lazy import torch
from sksets._threads import threads
from sksets._torch_state import plain_torch
from sksets.kernels._check import check_kernel_sets, check_positive
from sksets.kernels._element_kernels import make_element_kernel
from sksets.kernels._mean_map import block_pairs, check_means, pair_means
from sksets.kernels._stretches import set_runs

# Small sets are taken together, up to so many elements: one block has their kernels with themselves
# on its diagonal, and a call of torch a set would take longer.
RUN = 256


def _centre(X, Y):
    """Subtract the mean element of X from all elements."""
    with np.errstate(over="ignore", invalid="ignore"):
        origin = X.values.mean(axis=0, dtype=np.float64).astype(X.values.dtype)
        X = X.map_values(X.values - origin)
        return X, Y if Y is None else Y.map_values(Y.values - origin)


def _own_means(sets, kernel, n_pairs, name):
    """Return the mean of k over all pairs of elements within each set."""
    runs = set_runs(sets.offsets, RUN)
    means = [np.diagonal(pair_means(sets[run], None, kernel, n_pairs)) for run in runs]
    means = np.concatenate(means)
    check_means(means, sets.values.dtype, kernel, name)
    return means


def _without_itself(means, sets, kernel):
    """Leave the pairs of an element with itself out of the means within each set."""
    sizes = sets.sizes
    itself = kernel.of_itself(torch.tensor(sets.values)).numpy()
    itself = np.add.reduceat(itself, sets.offsets[:-1])
    return (sizes**2 * means - itself) / (sizes * (sizes - 1))


def _check_two_elements(sets, name):
    if (alone := sets.sizes < 2).any():
        raise ValueError(
            f"The unbiased estimate needs two elements a set; set {np.argmax(alone)} of {name} has "
            "1. Use biased=True, or drop it."
        )


def _squared_distances(X, Y, biased, kernel, n_pairs):
    """Return the squared distances, (n_sets_X, n_sets_Y), in double."""
    if kernel.name == "linear":
        # The distance does not depend on the origin. Near it, fewer digits cancel.
        X, Y = _centre(X, Y)
    squared = pair_means(X, Y, kernel, n_pairs)
    check_means(squared, X.values.dtype, kernel)
    if Y is None:
        own = [np.diagonal(squared).copy()] * 2
    else:
        own = [_own_means(X, kernel, n_pairs, "X"), _own_means(Y, kernel, n_pairs, "Y")]
    if not biased:
        both = (X, X if Y is None else Y)
        own = [_without_itself(o, sets, kernel) for o, sets in zip(own, both, strict=True)]
    squared *= -2
    squared += np.add.outer(*own)
    if Y is None:
        np.fill_diagonal(squared, 0)
    if biased:
        # Equal sets have no distance. What rounding leaves of it would not be 0, and the median
        # heuristic would take it for the distance that occurs most where many sets are equal.
        squared[squared < 4 * np.finfo(X.values.dtype).eps * np.add.outer(*own)] = 0
    return squared


@check_arguments(biased=["boolean"])
@plain_torch()
def mmd_squared(
    X,
    Y=None,
    *,
    biased=True,
    element_kernel="rbf",
    element_gamma=None,
    degree=3,
    coef0=1.0,
    working_memory=64,
    n_jobs=None,
):
    """Squared maximum mean discrepancy of sets: the squared distance of their mean maps.

    K(p, p) + K(q, q) - 2 K(p, q), K being the mean map kernel. The unbiased estimate leaves the
    pairs of an element with itself out of K(p, p) and K(q, q), and may be negative. These are
    equations 5 and 3 of Gretton et al. (2012).

    Parameters
    ----------
    X : any container of sets
        Sets of vectors, none of them empty.
    Y : any container of sets, default=None
        Sets of vectors; by default X, for a symmetric matrix in half the time.
    biased : bool, default=True
        Whether to compute the biased estimate, which is the distance of the two sets themselves,
        or the unbiased one of the distance of the distributions that they were drawn from.
    element_kernel : {"rbf", "laplacian", "linear", "polynomial"}, default="rbf"
        The kernel of two elements, as in :func:`mean_map_kernel`.
    element_gamma : float, default=None
        Its gamma, by default 1 / n_features. See :func:`element_median_gamma`.
    degree : int, default=3
        Degree of the polynomial kernel, 1 or more.
    coef0 : float, default=1.0
        Constant of the polynomial kernel.
    working_memory : float, default=64
        Memory for intermediate results, in MiB; a few suffice for full speed.
    n_jobs : int, default=None
        Number of threads; None for as many as torch takes, -1 for all cores.

    Returns
    -------
    squared : ndarray of shape (n_sets_X, n_sets_Y)
        float32 where the elements of both are, float64 otherwise. Not negative where `biased`;
        0 on the diagonal where Y is None.

    Raises
    ------
    ValueError
        As :func:`mean_map_kernel`, or if a set has one element and the estimate is unbiased.

    See Also
    --------
    mmd_kernel : exp(-gamma MMD^2).

    References
    ----------
    Gretton, A., Borgwardt, K., Rasch, M., Schoelkopf, B. and Smola, A. (2012). A kernel two-sample
    test. Journal of Machine Learning Research 13.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.kernels import mmd_squared
    >>> X = [np.array([[0.0], [2.0]]), np.array([[4.0], [4.0]])]
    >>> mmd_squared(X, element_kernel="linear")
    array([[0., 9.],
           [9., 0.]])
    """
    X, Y = check_kernel_sets(X, Y)
    kernel = make_element_kernel(element_kernel, element_gamma, degree, coef0, X.values.shape[1])
    n_pairs = block_pairs(working_memory)
    if not biased:
        _check_two_elements(X, "X")
        if Y is not None:
            _check_two_elements(Y, "Y")
    with threads(n_jobs):
        squared = _squared_distances(X, Y, biased, kernel, n_pairs)
    return squared.astype(X.values.dtype, copy=False)


def mmd_kernel(
    X,
    Y=None,
    *,
    gamma=1.0,
    element_kernel="rbf",
    element_gamma=None,
    degree=3,
    coef0=1.0,
    working_memory=64,
    n_jobs=None,
):
    """Gaussian kernel of sets: exp(-gamma MMD^2), of the biased squared distance.

    Positive semi-definite, as the biased distance is that of points of a Hilbert space
    (Christmann and Steinwart, 2010).

    Parameters
    ----------
    X : any container of sets
        Sets of vectors, none of them empty.
    Y : any container of sets, default=None
        Sets of vectors; by default X, for a symmetric matrix in half the time.
    gamma : float, default=1.0
        Of the kernel of sets. ``median_gamma(mmd_squared(X))`` is a usual choice.
    element_kernel : {"rbf", "laplacian", "linear", "polynomial"}, default="rbf"
        The kernel of two elements, as in :func:`mean_map_kernel`.
    element_gamma : float, default=None
        Its gamma, by default 1 / n_features. See :func:`element_median_gamma`.
    degree : int, default=3
        Degree of the polynomial kernel, 1 or more.
    coef0 : float, default=1.0
        Constant of the polynomial kernel.
    working_memory : float, default=64
        Memory for intermediate results, in MiB; a few suffice for full speed.
    n_jobs : int, default=None
        Number of threads; None for as many as torch takes, -1 for all cores.

    Returns
    -------
    K : ndarray of shape (n_sets_X, n_sets_Y)
        float32 where the elements of both are, float64 otherwise.

    Raises
    ------
    ValueError
        As :func:`mean_map_kernel`, or if gamma is not positive.

    References
    ----------
    Christmann, A. and Steinwart, I. (2010). Universal kernels on non-standard input spaces.
    Advances in Neural Information Processing Systems 23.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.kernels import mmd_kernel
    >>> X = [np.array([[0.0], [2.0]]), np.array([[2.0], [2.0]])]
    >>> mmd_kernel(X, element_kernel="linear").round(4)
    array([[1.    , 0.3679],
           [0.3679, 1.    ]])
    """
    gamma = check_positive(gamma, "gamma")
    squared = mmd_squared(
        X,
        Y,
        element_kernel=element_kernel,
        element_gamma=element_gamma,
        degree=degree,
        coef0=coef0,
        working_memory=working_memory,
        n_jobs=n_jobs,
    )
    return np.exp(-gamma * squared)
