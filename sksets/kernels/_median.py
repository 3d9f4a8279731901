"""The median heuristic: a width of a kernel from the distances that occur."""

import numpy as np
from sklearn.utils import check_random_state

from sksets._arguments import check_arguments, check_count
from sksets._names import check_name
from sksets.kernels._check import check_kernel_sets
from sksets.kernels._element_kernels import SHIFT_INVARIANT_KERNELS
from sksets.kernels._matrices import check_square


def _inverse_median(distances):
    """Return 1 / median of the positive distances, 1.0 where none is."""
    positive = distances[distances > 0]
    return float(1 / np.median(positive)) if len(positive) else 1.0


@check_arguments()
def element_median_gamma(X, *, element_kernel="rbf", n_pairs=10000, random_state=None):
    r"""Gamma of a kernel of elements by the median heuristic.

    1 / median of \|x - y\|^2, or of \|x - y\|_1 for the laplacian, over random pairs of elements of
    all sets (Gretton et al., 2012, section 8). Pairs of equal elements do not count.

    Parameters
    ----------
    X : any container of sets
        Sets of vectors, none of them empty.
    element_kernel : {"rbf", "laplacian"}, default="rbf"
        The kernel of two elements that gamma is for.
    n_pairs : int, default=10000
        Number of pairs.
    random_state : int, RandomState instance or None, default=None
        Draws the pairs. Pass an int for reproducible output.

    Returns
    -------
    gamma : float
        1.0 where all elements are equal.

    Raises
    ------
    ValueError
        If X is invalid, the kernel unknown or `n_pairs` below 1.

    References
    ----------
    Gretton, A., Borgwardt, K., Rasch, M., Schoelkopf, B. and Smola, A. (2012). A kernel two-sample
    test. Journal of Machine Learning Research 13.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.kernels import element_median_gamma
    >>> element_median_gamma([np.array([[0.0]]), np.array([[2.0]])], random_state=0)
    0.25
    """
    check_name(element_kernel, SHIFT_INVARIANT_KERNELS, "element_kernel")
    n_pairs = check_count(n_pairs, "n_pairs", 1)
    values = check_kernel_sets(X)[0].values
    if len(values) == 1:
        return 1.0
    random_state = check_random_state(random_state)
    first = random_state.randint(len(values), size=n_pairs)
    # No element is paired with itself.
    second = (first + 1 + random_state.randint(len(values) - 1, size=n_pairs)) % len(values)
    difference = values[first].astype(np.float64) - values[second]
    if element_kernel == "laplacian":
        return _inverse_median(np.abs(difference).sum(axis=1))
    return _inverse_median((difference**2).sum(axis=1))


def median_gamma(distances):
    """Gamma of exp(-gamma D) by the median heuristic.

    1 / median of the entries off the diagonal. Entries that are not positive, which estimates of
    a divergence may be, do not count.

    Parameters
    ----------
    distances : array-like of shape (n_sets, n_sets)
        Squared distances such as :func:`mmd_squared`, or divergences.

    Returns
    -------
    gamma : float
        1.0 where no entry is positive.

    Raises
    ------
    ValueError
        If the matrix is not square, or an entry is NaN or infinity.

    Examples
    --------
    >>> from sksets.kernels import median_gamma
    >>> median_gamma([[0.0, 4.0], [4.0, 0.0]])
    0.25
    """
    distances = check_square(distances, "distances")
    return _inverse_median(distances[~np.eye(len(distances), dtype=bool)])
