"""Random features and Nystroem's, which come close to a kernel."""

import numpy as np
import pytest
from kernel_cases import NORMAL_X as X
from kernel_cases import NORMAL_Y as Y
from kernel_cases import draw_normals

from sksets import SetArray
from sksets.kernels import (
    fourier_frequencies,
    mean_map_features,
    mean_map_kernel,
    mmd_kernel,
    nystroem_map,
)


def test_features_are_the_loop_over_elements():
    frequencies = np.random.default_rng(0).normal(size=(3, 11))
    expected = [
        np.hstack([np.cos(x @ frequencies), np.sin(x @ frequencies)]).mean(axis=0) for x in X
    ]
    expected = np.array(expected) / np.sqrt(11)
    for memory in (64, 0.01, 1e-9):
        found = mean_map_features(X, frequencies, working_memory=memory)
        np.testing.assert_allclose(found, expected, atol=1e-13)
        assert found.dtype == np.float64
        single = [elements.astype(np.float32) for elements in X]
        found = mean_map_features(single, frequencies, working_memory=memory, n_jobs=1)
        np.testing.assert_allclose(found, expected, atol=1e-5)
        assert found.dtype == np.float32
    mixed = [np.random.default_rng(0).permutation(elements) for elements in X]
    np.testing.assert_allclose(mean_map_features(mixed, frequencies), expected, atol=1e-13)
    packed = SetArray.from_sets(X)
    packed.values.setflags(write=False)
    np.testing.assert_allclose(mean_map_features(packed, frequencies), expected, atol=1e-13)


@pytest.mark.parametrize("kernel", ["rbf", "laplacian"])
def test_features_converge_to_the_kernel(kernel):
    exact = mean_map_kernel(X, Y, element_kernel=kernel, element_gamma=0.2)

    def estimates(n_components, n_draws):
        for seed in range(n_draws):
            frequencies = fourier_frequencies(
                3, n_components, element_kernel=kernel, element_gamma=0.2, random_state=seed
            )
            yield mean_map_features(X, frequencies) @ mean_map_features(Y, frequencies).T

    errors = {}
    for n_components in (30, 3000):
        squares = [((K - exact) ** 2).mean() for K in estimates(n_components, 8)]
        errors[n_components] = np.sqrt(np.mean(squares))
    # a hundred times the components, a tenth of the error
    assert 6 < errors[30] / errors[3000] < 16
    assert errors[3000] < 0.013
    # and without bias: the mean of many poor estimates is a good one
    mean = np.mean(list(estimates(30, 300)), axis=0)
    assert np.abs(mean - exact).max() < errors[30] / 4


def test_default_gamma_is_that_of_the_kernel():
    frequencies = fourier_frequencies(3, 20000, random_state=0)
    assert frequencies.var() == pytest.approx(2 / 3, rel=0.02)
    cauchy = fourier_frequencies(3, 20000, element_kernel="laplacian", random_state=0)
    # half of the Cauchy distribution lies within its scale
    assert np.mean(np.abs(cauchy) < 1 / 3) == pytest.approx(0.5, abs=0.01)


def test_a_second_map_gives_the_gaussian_of_the_mmd():
    frequencies = fourier_frequencies(3, 1000, element_gamma=0.2, random_state=0)
    inner = mean_map_features(X, frequencies)
    outer = fourier_frequencies(inner.shape[1], 2000, element_gamma=1.5, random_state=1)
    # rows are sets of one element
    features = mean_map_features(inner, outer)
    exact = mmd_kernel(X, gamma=1.5, element_gamma=0.2)
    assert np.abs(features @ features.T - exact).max() < 0.06


@pytest.mark.parametrize(
    "keywords, error, text",
    [
        ({"n_features": 0}, ValueError, "n_features == 0, must be >= 1"),
        ({"n_components": 0}, ValueError, "n_components == 0, must be >= 1"),
        ({"n_components": 1.5}, TypeError, "n_components must be an instance of int"),
        ({"element_kernel": "laplace"}, ValueError, "did you mean 'laplacian'"),
        ({"element_kernel": "linear"}, ValueError, "Unknown element_kernel 'linear'. Known: rbf,"),
        ({"element_gamma": -1}, ValueError, "element_gamma must be None or a positive .* found -1"),
    ],
)
def test_frequency_errors(keywords, error, text):
    with pytest.raises(error, match=text):
        fourier_frequencies(**{"n_features": 3, "n_components": 5, **keywords})


@pytest.mark.parametrize(
    "sets, frequencies, text",
    [
        (X, np.ones((2, 5)), "one row a feature; it has 2, the elements of X have 3 features"),
        (X, np.full((3, 5), np.nan), "Input frequencies contains NaN"),
        ([np.ones((1, 3)), np.ones((0, 3))], np.ones((3, 5)), "Set 1 of X is empty"),
        ([np.ones((1, 3)), np.full((1, 3), 1e300)], np.full((3, 5), 1e9), "too large for .* set 1"),
    ],
)
def test_feature_errors(sets, frequencies, text):
    with pytest.raises(ValueError, match=text):
        mean_map_features(sets, frequencies)
    with pytest.raises(ValueError, match="working_memory must be a positive number, found 0"):
        mean_map_features(X, np.ones((3, 5)), working_memory=0)


# ---------------------------------------------------------------- Nystroem


@pytest.mark.parametrize("dtype, tolerance", [(np.float64, 1e-8), (np.float32, 1e-3)])
def test_nystroem_with_all_sets_is_the_kernel(dtype, tolerance):
    sets = [elements.astype(dtype) for elements in X]
    K = mean_map_kernel(sets)
    W = nystroem_map(K)
    assert W.dtype == dtype
    assert W.shape == (len(X), len(X))
    features = K @ W
    np.testing.assert_allclose(features @ features.T, K, atol=tolerance)


def test_nystroem_of_a_kernel_of_low_rank():
    K = mean_map_kernel(X, element_kernel="linear")
    W = nystroem_map(K)
    assert W.shape == (len(X), 3)
    np.testing.assert_allclose(K @ W @ (K @ W).T, K, atol=1e-10)
    # three landmarks span all that the kernel sees, of new sets too
    rows = mean_map_kernel(Y, X[:3], element_kernel="linear")
    features = rows @ nystroem_map(K[:3, :3])
    expected = mean_map_kernel(Y, element_kernel="linear")
    np.testing.assert_allclose(features @ features.T, expected, atol=1e-8)


def test_nystroem_improves_with_the_landmarks():
    many = draw_normals([20] * 60, seed=2)
    K = mean_map_kernel(many)
    errors = []
    for n_landmarks in (2, 10, 40):
        features = K[:, :n_landmarks] @ nystroem_map(K[:n_landmarks, :n_landmarks])
        errors.append(np.linalg.norm(features @ features.T - K))
    assert errors[0] > 2 * errors[1] > 4 * errors[2]


def test_nystroem_drops_negative_eigenvalues():
    # eigenvalues 3 and -1, vectors (1, 1) and (1, -1)
    W = nystroem_map([[1.0, 2.0], [2.0, 1.0]])
    np.testing.assert_allclose(np.abs(W), np.full((2, 1), 1 / np.sqrt(6)), rtol=1e-14)


@pytest.mark.parametrize(
    "K, text",
    [
        (np.ones((2, 3)), r"K must be square, one row and one column a set; found shape \(2, 3\)"),
        ([[1.0, 2.0], [3.0, 1.0]], r"K must be symmetric; entry \(0, 1\) is 2, \(1, 0\) is 3. Tak"),
        ([[np.inf, 0.0], [0.0, 1.0]], "Input K contains infinity"),
        (-np.eye(2), "K has no positive eigenvalue; the largest is -1. Pass the kernel of landm"),
        (np.zeros((2, 2)), "K has no positive eigenvalue; the largest is 0"),
    ],
)
def test_nystroem_errors(K, text):
    with pytest.raises(ValueError, match=text):
        nystroem_map(K)
