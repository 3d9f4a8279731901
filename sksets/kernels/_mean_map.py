"""The mean map kernel: the mean over all pairs of elements of two sets."""

import numpy as np

from sksets._lazy import torch
from sksets._threads import threads
from sksets._torch_state import plain_torch
from sksets.kernels._check import check_kernel_sets, check_positive
from sksets.kernels._element_kernels import make_element_kernel
from sksets.kernels._stretches import row_sums, stretches

# Pairs of elements at once: a few MiB, which stay in the cache. It is the same for any number of
# threads, so that the order of the sums is, and with it the result.
BLOCK_PAIRS = 2**20
# Rows are added in the precision of the sets, columns and blocks in double. A block has few rows,
# so that few numbers are added in single precision.
BLOCK_ROWS = 128
# In doubles: a block and, where all sets are small, as many sums of its rows, and a copy of each.
BYTES_A_PAIR = 4 * 8


def block_pairs(working_memory):
    """Return how many pairs of elements fit into `working_memory` MiB, a few MiB at most.

    Raises
    ------
    ValueError
        If `working_memory` is not positive.
    """
    n_bytes = check_positive(working_memory, "working_memory") * 2**20
    return int(min(BLOCK_PAIRS, max(1, n_bytes // BYTES_A_PAIR)))


def _set_means(sets):
    """Return the mean element of each set, (n_sets, n_features), in double."""
    sums = np.add.reduceat(sets.values, sets.offsets[:-1], axis=0, dtype=np.float64)
    return sums / sets.sizes[:, None]


def _pair_sums(X, Y, kernel, n_pairs):
    """Return the sums of k over all pairs of elements, (n_sets_X, n_sets_Y), in double."""
    x = torch.tensor(X.values)
    left, right = kernel.factors(x, x if Y is None else torch.tensor(Y.values))
    columns = max(1, min(len(right), n_pairs // BLOCK_ROWS))
    rows = min(len(left), max(1, n_pairs // columns))
    if Y is None:
        # The blocks on the diagonal are square and as high as the others, and fit into the buffer.
        rows = min(rows, columns)
    buffer = left.new_empty(rows * columns)
    total = np.zeros((len(X), len(X if Y is None else Y)))

    def add(row, column, weight=1.0):
        block = kernel.block(left[row.elements], right[column.elements], buffer)
        sums = row_sums(block, row).numpy()
        sums = np.add.reduceat(sums, column.starts, axis=1, dtype=np.float64)
        total[row.sets, column.sets] += weight * sums

    for row in stretches(X.offsets, rows):
        if Y is None:
            # Half of it: the sum with the transpose below takes the blocks on the diagonal twice.
            add(row, row, weight=0.5)
        start = row.elements.stop if Y is None else 0
        for column in stretches((X if Y is None else Y).offsets, columns, start):
            add(row, column)
    if Y is None:
        total += total.T
    return total


def pair_means(X, Y, kernel, n_pairs):
    """Return the mean of k over all pairs of elements of each two sets.

    Parameters
    ----------
    X : SetArray
    Y : SetArray or None
    kernel : ElementKernel
    n_pairs : int
        Pairs of elements of a block.

    Returns
    -------
    ndarray of shape (n_sets_X, n_sets_Y), float64
    """
    if kernel.name == "linear":
        # The mean of the products of elements is the product of their means: linear time.
        with np.errstate(over="ignore", invalid="ignore"):
            left = _set_means(X)
            return left @ (left if Y is None else _set_means(Y)).T
    means = _pair_sums(X, Y, kernel, n_pairs)
    # One division: of two, the order would make a symmetric matrix not quite so.
    means /= np.multiply.outer(X.sizes, (X if Y is None else Y).sizes)
    return means


def check_means(means, dtype, kernel, name="X"):
    """Raise where a mean is not finite in the dtype of the sets.

    Parameters
    ----------
    means : ndarray of shape (n_sets, ...), float64
    dtype : dtype
        Of the elements.
    kernel : ElementKernel
    name : str, default="X"
        Whose sets the rows are.
    """
    largest = np.finfo(dtype).max
    if means.min() >= -largest and means.max() <= largest:
        return
    finite = (np.abs(means) <= largest).reshape(len(means), -1).all(axis=1)
    advice = ", or pass float64." if dtype == np.float32 else "."
    raise ValueError(
        f"The elements are too large for the {kernel.name} kernel in {dtype}: that of set "
        f"{np.argmin(finite)} of {name} is not finite. Scale the elements{advice}"
    )


@plain_torch()
def mean_map_kernel(
    X,
    Y=None,
    *,
    element_kernel="rbf",
    element_gamma=None,
    degree=3,
    coef0=1.0,
    working_memory=64,
    n_jobs=None,
):
    r"""Mean map kernel of sets: the mean of a kernel over all pairs of their elements.

    K(p, q) = 1 / (M M') sum_ij k(x_i, y_j), for sets p of M and q of M' elements. It is the inner
    product of the sets' mean maps in the space of k (Gretton et al., 2012, section 2.2), and
    positive semi-definite where k is. Exact: the time grows with the product of the numbers of
    elements. :func:`mean_map_features` approximates it in linear time.

    Parameters
    ----------
    X : any container of sets
        Sets of vectors, none of them empty.
    Y : any container of sets, default=None
        Sets of vectors; by default X, for a symmetric matrix in half the time.
    element_kernel : {"rbf", "laplacian", "linear", "polynomial"}, default="rbf"
        The kernel k of two elements: exp(-gamma \|x - y\|^2), exp(-gamma \|x - y\|_1), x.y or
        (gamma x.y + coef0)^degree.
    element_gamma : float, default=None
        The gamma of k, by default 1 / n_features. See :func:`element_median_gamma`.
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
        float32 where the elements of both are, float64 otherwise. The same for any `n_jobs`.

    Raises
    ------
    ValueError
        If a set is empty, an element holds NaN or infinity, the numbers of features differ, a
        parameter is out of its range, or the elements are so large that a result is not finite.

    See Also
    --------
    mmd_squared : The squared distance of the mean maps.

    References
    ----------
    Gretton, A., Borgwardt, K., Rasch, M., Schoelkopf, B. and Smola, A. (2012). A kernel two-sample
    test. Journal of Machine Learning Research 13.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.kernels import mean_map_kernel
    >>> X = [np.array([[0.0], [2.0]]), np.array([[1.0]])]
    >>> mean_map_kernel(X, element_kernel="linear")
    array([[1., 1.],
           [1., 1.]])
    >>> mean_map_kernel(X, element_gamma=1.0).round(4)
    array([[0.5092, 0.3679],
           [0.3679, 1.    ]])
    """
    X, Y = check_kernel_sets(X, Y)
    kernel = make_element_kernel(element_kernel, element_gamma, degree, coef0, X.values.shape[1])
    n_pairs = block_pairs(working_memory)
    with threads(n_jobs):
        means = pair_means(X, Y, kernel, n_pairs)
    check_means(means, X.values.dtype, kernel)
    return means.astype(X.values.dtype, copy=False)
