"""Squared MMD and its Gaussian: a loop over scikit-learn's kernels, literals, identities."""

import numpy as np
import pytest
from kernel_cases import (
    KERNELS,
    LITERAL,
    MEMORIES,
    TOLERANCE,
    X,
    Y,
    draw,
    loop_kernel,
    loop_mmd,
    options,
)
from sklearn.metrics import pairwise

from sksets.kernels import mean_map_kernel, mmd_kernel, mmd_squared


@pytest.mark.parametrize("biased", [True, False])
@pytest.mark.parametrize("kernel", KERNELS)
def test_mmd_is_the_loop_over_pairs(kernel, biased):
    x, y = ([elements for elements in sets if len(elements) > 1] for sets in (X, Y))
    for dtype in (np.float64, np.float32):
        single = [[elements.astype(dtype) for elements in sets] for sets in (x, y)]
        for memory in MEMORIES[:2]:
            found = mmd_squared(*single, biased=biased, working_memory=memory, **options(kernel))
            expected = loop_mmd(x, y, kernel, biased)
            scale = loop_kernel(x, x, kernel).max() + loop_kernel(y, y, kernel).max()
            assert found.dtype == dtype
            assert np.abs(found - expected).max() < 10 * TOLERANCE[dtype] * scale
            symmetric = mmd_squared(single[0], biased=biased, **options(kernel))
            expected = loop_mmd(x, x, kernel, biased)
            np.fill_diagonal(expected, 0)
            assert np.abs(symmetric - expected).max() < 10 * TOLERANCE[dtype] * scale
            np.testing.assert_array_equal(np.diagonal(symmetric), 0)
            np.testing.assert_array_equal(symmetric, symmetric.T)


def test_mmd_literal():
    # 1/2 (1 + a) + 1 - (a + a^4) for a = exp(-1/2), the distances being 1, 2 and 1
    a = np.exp(-0.5)
    expected = (1 + a) / 2 + 1 - (a + a**4)
    found = mmd_squared(LITERAL, element_gamma=0.5)
    np.testing.assert_allclose(found, [[0, expected], [expected, 0]], rtol=1e-14)
    # without the pairs of an element with itself, a is left of the first
    both = [LITERAL[0], np.array([[2.0], [2.0]])]
    expected = a + 1 - (a + a**4)
    found = mmd_squared(both, both, element_gamma=0.5, biased=False)
    np.testing.assert_allclose(found[0, 1], expected, rtol=1e-14)


@pytest.mark.parametrize("kernel", KERNELS)
def test_a_set_against_itself_has_no_distance(kernel):
    for dtype, tolerance in TOLERANCE.items():
        single = [elements.astype(dtype) for elements in X]
        found = mmd_squared(single, single, **options(kernel))
        assert (found >= 0).all()
        scale = loop_kernel(X, X, kernel).max()
        assert np.diagonal(found).max() < 10 * tolerance * scale
        # nor against one that has each element twice
        twice = [np.repeat(elements, 2, axis=0) for elements in single]
        assert np.diagonal(mmd_squared(single, twice, **options(kernel))).max() < (
            10 * tolerance * scale
        )


def test_linear_mmd_is_the_distance_of_the_means():
    for offset in (0.0, 1e7):
        moved = [[elements + offset for elements in sets] for sets in (X, Y)]
        means = [np.array([elements.mean(axis=0) for elements in sets]) for sets in moved]
        expected = pairwise.euclidean_distances(means[0] - offset, means[1] - offset) ** 2
        found = mmd_squared(*moved, element_kernel="linear")
        np.testing.assert_allclose(found, expected, rtol=1e-7)


def test_unbiased_is_the_biased_one_less_the_pairs_of_an_element_with_itself():
    x, y = draw([5, 9, 30]), draw([12, 4], seed=1)
    # of the rbf kernel, K' = K - (1 - K) / (M - 1)
    shift = [
        (1 - np.diagonal(mean_map_kernel(sets))) / [len(elements) - 1 for elements in sets]
        for sets in (x, y)
    ]
    expected = mmd_squared(x, y) - shift[0][:, None] - shift[1]
    np.testing.assert_allclose(mmd_squared(x, y, biased=False), expected, atol=1e-13)


def test_unbiased_has_mean_zero():
    rng = np.random.default_rng(0)
    x, y = ([rng.normal(size=(10, 2)) for _ in range(400)] for _ in range(2))
    pairs = np.diagonal(mmd_squared(x, y, biased=False))
    error = pairs.std() / np.sqrt(len(pairs))
    assert abs(pairs.mean()) < 3 * error
    assert np.diagonal(mmd_squared(x, y)).mean() > 20 * error
    assert (pairs < 0).any()


def test_mmd_kernel_is_the_exponential():
    for gamma in (1.0, 2.5):
        squared = mmd_squared(X, Y, element_kernel="laplacian")
        found = mmd_kernel(X, Y, element_kernel="laplacian", gamma=gamma)
        np.testing.assert_allclose(found, np.exp(-gamma * squared), rtol=1e-14)
    K = mmd_kernel(X, gamma=3.0)
    np.testing.assert_array_equal(np.diagonal(K), 1)
    assert np.linalg.eigvalsh(K).min() > 0
    assert mmd_kernel([elements.astype(np.float32) for elements in X]).dtype == np.float32


def test_mmd_parameter_errors():
    with pytest.raises(ValueError, match="gamma must be a positive number, found 0"):
        mmd_kernel(X, gamma=0)
    sets = [np.ones((2, 1)), np.ones((1, 1))]
    with pytest.raises(ValueError, match=r"needs two elements a set; set 1 of X has 1\. Use biase"):
        mmd_squared(sets, biased=False)
    with pytest.raises(ValueError, match=r"needs two elements a set; set 1 of Y has 1\."):
        mmd_squared(sets[:1], sets, biased=False)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("element_kernel", ["rbf", "laplacian", "polynomial"])
def test_sets_of_the_same_elements_have_no_distance(element_kernel, dtype):
    elements = np.random.default_rng(0).normal(3, 1, size=(300, 4)).astype(dtype)
    X = [elements, elements[::-1], np.roll(elements, 7, axis=0)]
    assert not np.any(mmd_squared(X, element_kernel=element_kernel))
    assert not np.any(mmd_squared(X, X[1:], element_kernel=element_kernel))
