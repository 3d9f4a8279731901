"""The median heuristic for the widths of kernels."""

import numpy as np
import pytest
from kernel_cases import NORMAL_X as X
from scipy.spatial.distance import pdist

from sksets.kernels import element_median_gamma, median_gamma, mmd_squared


def test_element_median_literal():
    sets = [np.array([[0.0, 0.0]]), np.array([[3.0, 4.0]])]
    assert element_median_gamma(sets) == 1 / 25
    assert element_median_gamma(sets, element_kernel="laplacian") == 1 / 7
    # 1, 1 and 4, whatever number of pairs is drawn
    sets = [np.array([[0.0], [1.0]]), np.array([[2.0]])]
    assert element_median_gamma(sets, n_pairs=9999, random_state=0) == 1.0


@pytest.mark.parametrize("kernel, metric", [("rbf", "sqeuclidean"), ("laplacian", "cityblock")])
def test_element_median_is_that_of_all_pairs(kernel, metric):
    expected = 1 / np.median(pdist(np.concatenate(X), metric))
    for seed in range(3):
        found = element_median_gamma(X, element_kernel=kernel, random_state=seed)
        assert found == pytest.approx(expected, rel=0.05)
        assert isinstance(found, float)
        assert found == element_median_gamma(X, element_kernel=kernel, random_state=seed)
    few = [element_median_gamma(X, n_pairs=10, random_state=seed) for seed in range(3)]
    assert len(set(few)) == 3


def test_element_median_scales():
    scaled = [3 * elements + 5 for elements in X]
    for kernel, factor in (("rbf", 9), ("laplacian", 3)):
        gammas = [
            element_median_gamma(sets, element_kernel=kernel, random_state=0)
            for sets in (X, scaled)
        ]
        assert gammas[0] == pytest.approx(factor * gammas[1])


def test_medians_of_constant_data():
    assert element_median_gamma([np.ones((3, 2)), np.ones((1, 2))]) == 1.0
    assert element_median_gamma([np.ones((1, 2))]) == 1.0
    # most elements are equal, and the others 2 from them
    sets = [np.zeros((95, 1)), np.full((1, 1), 2.0)]
    assert element_median_gamma(sets, random_state=0) == 0.25
    assert median_gamma(np.zeros((3, 3))) == 1.0
    assert median_gamma([[0.0]]) == 1.0


def test_median_literal():
    distances = np.array([[9.0, 1.0, 2.0], [1.0, 9.0, 4.0], [2.0, 4.0, 9.0]])
    assert median_gamma(distances) == 0.5
    distances[0, 1] = distances[1, 0] = -1.0
    assert median_gamma(distances) == 1 / 3
    squared = mmd_squared(X)
    assert median_gamma(squared) == pytest.approx(
        1 / np.median(squared[np.triu_indices(len(X), k=1)])
    )


@pytest.mark.parametrize(
    "distances, text",
    [
        (np.ones((2, 3)), r"distances must be square, one row and one column a set; .* \(2, 3\)"),
        (np.full((2, 2), np.nan), "Input distances contains NaN"),
        (np.ones(3), "Expected 2D array, got 1D array"),
    ],
)
def test_median_errors(distances, text):
    with pytest.raises(ValueError, match=text):
        median_gamma(distances)


def test_element_median_errors():
    with pytest.raises(ValueError, match="Unknown element_kernel 'linear'. Known: rbf, laplacian"):
        element_median_gamma(X, element_kernel="linear")
    with pytest.raises(ValueError, match="n_pairs == 0, must be >= 1"):
        element_median_gamma(X, n_pairs=0)
    with pytest.raises(ValueError, match="Set 0 of X is empty"):
        element_median_gamma([np.ones((0, 1)), np.ones((1, 1))])
