"""Sets to compare, and scikit-learn's kernels of elements to compare them by."""

import numpy as np
from sklearn.metrics import pairwise

KERNELS = {
    "rbf": (pairwise.rbf_kernel, {"gamma": 0.3}),
    "laplacian": (pairwise.laplacian_kernel, {"gamma": 0.3}),
    "linear": (pairwise.linear_kernel, {}),
    "polynomial": (pairwise.polynomial_kernel, {"gamma": 0.3, "degree": 2, "coef0": 0.7}),
}
# Bounds of the relative error.
TOLERANCE = {np.float64: 1e-12, np.float32: 1e-5}
# One block for all, blocks that cut sets, and one pair a block.
MEMORIES = (64, 0.03, 1e-9)
LITERAL = [np.array([[0.0], [1.0]]), np.array([[2.0]])]


def draw(sizes, n_features=3, seed=0, dtype=np.float64, offset=0.0):
    """Draw sets of correlated normals, each with a mean of its own."""
    rng = np.random.default_rng(seed)
    mix = rng.normal(size=(n_features, n_features)) / np.sqrt(n_features)
    sets = [rng.normal(size=(n, n_features)) @ mix + rng.normal(size=n_features) for n in sizes]
    return [(elements + offset).astype(dtype) for elements in sets]


X = draw([1, 7, 2, 40, 5, 1, 150])
Y = draw([3, 1, 60, 2], seed=1)


def options(kernel):
    """Return the keywords of ours that give scikit-learn's kernel."""
    names = {"gamma": "element_gamma"}
    given = {names.get(name, name): value for name, value in KERNELS[kernel][1].items()}
    return {"element_kernel": kernel, **given}


def loop_kernel(X, Y, kernel):
    """The mean over all pairs of elements, two sets at a time, in double."""
    function, parameters = KERNELS[kernel]
    double = [[elements.astype(np.float64) for elements in sets] for sets in (X, Y)]
    return np.array([[function(x, y, **parameters).mean() for y in double[1]] for x in double[0]])


def off_diagonal(K):
    return K.sum() - np.trace(K)


def loop_mmd(X, Y, kernel, biased):
    """Equations 5 and 3 of Gretton et al. (2012), two sets at a time."""
    function, parameters = KERNELS[kernel]

    def within(x):
        K = function(x, x, **parameters)
        return K.mean() if biased else off_diagonal(K) / (len(x) * (len(x) - 1))

    def between(x, y):
        return function(x, y, **parameters).mean()

    return np.array([[within(x) + within(y) - 2 * between(x, y) for y in Y] for x in X])


def draw_normals(sizes, n_features=3, seed=0):
    """Draw sets of standard normals, each with a mean of its own."""
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, n_features)) + rng.normal(size=n_features) for n in sizes]


NORMAL_X = draw_normals([1, 7, 2, 40, 5, 1, 300])
NORMAL_Y = draw_normals([3, 1, 90, 2], seed=1)
