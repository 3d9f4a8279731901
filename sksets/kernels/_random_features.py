"""Features of sets whose inner products approximate the mean map kernel."""

import numpy as np
from scipy.linalg import eigh
from sklearn.utils import check_random_state

from sksets._arguments import check_arguments, check_count
from sksets._lazy import torch
from sksets._names import check_name
from sksets._threads import threads
from sksets._torch_state import plain_torch
from sksets._validation import read_matrix
from sksets.kernels._check import check_kernel_sets, check_positive
from sksets.kernels._element_kernels import SHIFT_INVARIANT_KERNELS
from sksets.kernels._matrices import check_square, make_symmetric
from sksets.kernels._mean_map import block_pairs
from sksets.kernels._stretches import row_sums, stretches

# Elements of a block: few, as they are added in the precision of the sets, and blocks in double.
BLOCK_ROWS = 256


@check_arguments()
def fourier_frequencies(
    n_features, n_components, *, element_kernel="rbf", element_gamma=None, random_state=None
):
    """Draw the frequencies of random Fourier features.

    Of the distribution whose characteristic function is the kernel (Rahimi and Recht, 2007,
    figure 1): normal with variance 2 gamma for the rbf kernel, Cauchy with scale gamma for the
    laplacian.

    Parameters
    ----------
    n_features : int
        Number of features of an element.
    n_components : int
        Number of frequencies. The error of the kernel falls with its square root.
    element_kernel : {"rbf", "laplacian"}, default="rbf"
        The kernel of two elements.
    element_gamma : float, default=None
        Its gamma, by default 1 / n_features. See :func:`element_median_gamma`.
    random_state : int, RandomState instance or None, default=None
        Draws the frequencies. Pass an int for reproducible output.

    Returns
    -------
    frequencies : ndarray of shape (n_features, n_components), float64

    Raises
    ------
    ValueError
        If the kernel is unknown, gamma not positive, or a number below 1.

    References
    ----------
    Rahimi, A. and Recht, B. (2007). Random features for large-scale kernel machines. Advances in
    Neural Information Processing Systems 20.

    Examples
    --------
    >>> from sksets.kernels import fourier_frequencies
    >>> fourier_frequencies(3, 100, element_gamma=0.5, random_state=0).shape
    (3, 100)
    """
    n_features = check_count(n_features, "n_features", 1)
    n_components = check_count(n_components, "n_components", 1)
    check_name(element_kernel, SHIFT_INVARIANT_KERNELS, "element_kernel")
    if element_gamma is None:
        element_gamma = 1 / n_features
    gamma = check_positive(element_gamma, "element_gamma", "None or ")
    random_state = check_random_state(random_state)
    if element_kernel == "laplacian":
        return gamma * random_state.standard_cauchy((n_features, n_components))
    return np.sqrt(2 * gamma) * random_state.normal(size=(n_features, n_components))


@plain_torch()
def mean_map_features(X, frequencies, *, working_memory=64, n_jobs=None):
    """Random Fourier features of sets: the means over each set of those of its elements.

    For frequencies w_1, ..., w_D, the mean over the elements x of a set of [cos(w_1.x), ...,
    cos(w_D.x), sin(w_1.x), ..., sin(w_D.x)] / sqrt(D) (Rahimi and Recht, 2007, algorithm 1). With
    frequencies of :func:`fourier_frequencies`, the inner product of the features of two sets is an
    estimate without bias of their :func:`mean_map_kernel`. The time grows with the number of
    elements, not with its square.

    Parameters
    ----------
    X : any container of sets
        Sets of vectors, none of them empty. In float32, centre elements that are far from 0.
    frequencies : array-like of shape (n_features, n_components)
        One column a frequency.
    working_memory : float, default=64
        Memory for intermediate results, in MiB; a few suffice for full speed.
    n_jobs : int, default=None
        Number of threads; None for as many as torch takes, -1 for all cores.

    Returns
    -------
    features : ndarray of shape (n_sets, 2 * n_components)
        float32 where the elements are, float64 otherwise.

    Raises
    ------
    ValueError
        If X is invalid, the frequencies do not fit its features, or the elements are so large
        that a result is not finite.

    References
    ----------
    Rahimi, A. and Recht, B. (2007). Random features for large-scale kernel machines. Advances in
    Neural Information Processing Systems 20.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.kernels import mean_map_features
    >>> X = [np.array([[0.0]]), np.array([[np.pi], [np.pi / 2]])]
    >>> mean_map_features(X, [[1.0]]).round(4)
    array([[ 1. ,  0. ],
           [-0.5,  0.5]])
    """
    X, _ = check_kernel_sets(X)
    dtype, n_features = X.values.dtype, X.values.shape[1]
    frequencies = read_matrix(frequencies, "frequencies", dtype=dtype)
    if len(frequencies) != n_features:
        raise ValueError(
            f"frequencies must have one row a feature; it has {len(frequencies)}, the elements "
            f"of X have {n_features} features."
        )
    n_components = frequencies.shape[1]
    rows = min(BLOCK_ROWS, max(1, block_pairs(working_memory) // n_components))
    features = np.zeros((len(X), 2 * n_components))
    x, weights = torch.tensor(X.values), torch.tensor(frequencies)
    with threads(n_jobs):
        for stretch in stretches(X.offsets, rows):
            angles = torch.mm(x[stretch.elements], weights)
            features[stretch.sets, :n_components] += row_sums(torch.cos(angles), stretch).numpy()
            features[stretch.sets, n_components:] += row_sums(angles.sin_(), stretch).numpy()
    if not (finite := np.isfinite(features).all(axis=1)).all():
        raise ValueError(
            f"The elements are too large for random features in {dtype}: those of set "
            f"{np.argmin(finite)} are not finite. Scale the elements."
        )
    features /= X.sizes[:, None] * np.sqrt(n_components)
    return features.astype(dtype, copy=False)


def nystroem_map(K):
    """Map from kernels with landmarks to features, by the Nystroem method.

    W = U L^(-1/2) for the kernel K = U L U^T of the landmarks with each other. The features of
    sets are ``mean_map_kernel(X, landmarks) @ W``, or likewise for any other kernel. Their inner
    products approximate the kernel of the sets; those of the landmarks' features are K itself
    where it is positive semi-definite (Williams and Seeger, 2001). Eigenvalues that are negative
    or tiny are dropped.

    Parameters
    ----------
    K : array-like of shape (n_landmarks, n_landmarks)
        Symmetric kernel matrix.

    Returns
    -------
    W : ndarray of shape (n_landmarks, rank)

    Raises
    ------
    ValueError
        If K is not square, symmetric and finite, or has no positive eigenvalue.

    See Also
    --------
    mean_map_features : Needs no landmarks.

    References
    ----------
    Williams, C. and Seeger, M. (2001). Using the Nystroem method to speed up kernel machines.
    Advances in Neural Information Processing Systems 13.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.kernels import nystroem_map
    >>> K = np.array([[4.0, 2.0], [2.0, 1.0]])
    >>> W = nystroem_map(K)
    >>> W.shape
    (2, 1)
    >>> (K @ W @ (K @ W).T).round(8)
    array([[4., 2.],
           [2., 1.]])
    """
    K = make_symmetric(check_square(K, "K"), "K")
    eigenvalues, vectors = eigh(K.astype(np.float64))
    # Divided by the root of an eigenvalue that is rounding alone, noise would become a feature.
    kept = eigenvalues > len(K) * np.finfo(K.dtype).eps * np.abs(eigenvalues).max()
    if not kept.any():
        raise ValueError(
            f"K has no positive eigenvalue; the largest is {eigenvalues[-1]:.3g}. Pass the kernel "
            "of landmarks with each other, not distances."
        )
    return (vectors[:, kept] / np.sqrt(eigenvalues[kept])).astype(K.dtype)
