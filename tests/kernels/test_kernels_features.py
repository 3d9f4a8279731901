"""Median heuristic, random features, Nystroem and the projection to semi-definite matrices."""

import numpy as np
import pandas as pd
import pytest
from scipy.spatial.distance import pdist
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import estimator_checks_generator

from sksets import SetArray
from sksets.kernels import (
    PSD_METHODS,
    PSDProjection,
    element_median_gamma,
    fourier_frequencies,
    mean_map_features,
    mean_map_kernel,
    median_gamma,
    mmd_kernel,
    mmd_squared,
    nystroem_map,
)

METHODS = ("clip", "flip", "shift", "square")


def draw(sizes, n_features=3, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(n, n_features)) + rng.normal(size=n_features) for n in sizes]


X = draw([1, 7, 2, 40, 5, 1, 300])
Y = draw([3, 1, 90, 2], seed=1)


# ---------------------------------------------------------------- medians


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


# ---------------------------------------------------------------- random features


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
    many = draw([20] * 60, seed=2)
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


# ---------------------------------------------------------------- PSDProjection


def indefinite(n, seed=0):
    matrix = np.random.default_rng(seed).normal(size=(n, n))
    return matrix + matrix.T


@pytest.mark.parametrize(
    "method, expected, row",
    [
        # [[1, 2], [2, 1]] has eigenvalues 3 and -1, of (1, 1) and (1, -1); the new row is (1, 0)
        ("clip", [[1.5, 1.5], [1.5, 1.5]], [0.5, 0.5]),
        ("flip", [[2.0, 1.0], [1.0, 2.0]], [0.0, 1.0]),
        ("shift", [[2.0, 2.0], [2.0, 2.0]], [1.0, 0.0]),
        ("square", [[5.0, 4.0], [4.0, 5.0]], [1.0, 2.0]),
    ],
)
def test_projection_literal(method, expected, row):
    projection = PSDProjection(method)
    found = projection.fit_transform([[1.0, 2.0], [2.0, 1.0]])
    np.testing.assert_allclose(found, expected, atol=1e-14)
    np.testing.assert_allclose(projection.transform([[1.0, 0.0]]), [row], atol=1e-14)
    assert projection.min_eigenvalue_ == pytest.approx(-1)


@pytest.mark.parametrize("dtype", [np.float64, np.float32])
@pytest.mark.parametrize("method", METHODS)
def test_projection_is_positive_semi_definite(method, dtype):
    K = indefinite(30).astype(dtype)
    projection = PSDProjection(method)
    found = projection.fit_transform(K)
    assert found.dtype == dtype
    np.testing.assert_array_equal(found, found.T)
    eigenvalues = np.linalg.eigvalsh(found.astype(np.float64))
    precision = 100 * np.finfo(dtype).eps * eigenvalues[-1]
    assert eigenvalues[0] > -precision
    before = np.linalg.eigvalsh(K.astype(np.float64))
    expected = {
        "clip": np.maximum(before, 0),
        "flip": np.abs(before),
        "shift": before - before[0],
        "square": before**2,
    }[method]
    np.testing.assert_allclose(eigenvalues, np.sort(expected), atol=precision)


@pytest.mark.parametrize("method", METHODS)
def test_transform_of_the_training_rows(method):
    K = indefinite(12)
    projection = PSDProjection(method).fit(K)
    expected = projection.fit_transform(K)
    rows = projection.transform(K)
    if method == "shift":
        np.testing.assert_array_equal(rows, K)
        np.testing.assert_allclose(expected - K, -projection.min_eigenvalue_ * np.eye(12))
    else:
        np.testing.assert_allclose(rows, expected, atol=1e-12)
        np.testing.assert_allclose(projection.transform(K[3:5]), expected[3:5], atol=1e-12)


@pytest.mark.parametrize("method", ["clip", "flip", "shift"])
def test_projection_of_a_semi_definite_matrix_is_itself(method):
    K = mean_map_kernel([*X, *Y])
    projection = PSDProjection(method)
    np.testing.assert_allclose(projection.fit_transform(K[:7, :7]), K[:7, :7], atol=1e-12)
    np.testing.assert_allclose(projection.transform(K[7:, :7]), K[7:, :7], atol=1e-12)


def test_clip_is_the_nearest_matrix():
    K = indefinite(8)
    clipped = PSDProjection().fit_transform(K)
    nearest = np.linalg.norm(clipped - K)
    rng = np.random.default_rng(0)
    for scale in (1e-3, 0.1, 1):
        root = np.linalg.cholesky(clipped + 1e-9 * np.eye(8)) + scale * rng.normal(size=(8, 8))
        assert np.linalg.norm(root @ root.T - K) > nearest


def test_rounding_is_made_symmetric():
    K = indefinite(6)
    rounded = K + 1e-10 * np.random.default_rng(0).normal(size=K.shape)
    for method in METHODS:
        found = PSDProjection(method).fit_transform(rounded)
        np.testing.assert_allclose(found, PSDProjection(method).fit_transform(K), atol=1e-7)


def test_names_of_projections():
    assert set(PSD_METHODS) == set(METHODS)


def test_transform_does_not_hand_out_its_argument():
    K = indefinite(4)
    before = K.copy()
    projection = PSDProjection("shift").fit(K)
    projection.transform(K)[:] = 0
    projection.fit_transform(K)[:] = 0
    np.testing.assert_array_equal(K, before)


@pytest.mark.parametrize(
    "K, text",
    [
        (np.ones((2, 3)), r"K must be square, one row and one column a set; found shape \(2, 3\)"),
        ([[1.0, 2.0], [3.0, 1.0]], r"K must be symmetric; entry \(0, 1\) is 2, \(1, 0\) is 3. Tak"),
        ([[np.nan, 0.0], [0.0, 1.0]], "Input X contains NaN"),
    ],
)
def test_projection_errors(K, text):
    projection = PSDProjection().fit(np.eye(5))
    for method in ("fit", "fit_transform"):
        with pytest.raises(ValueError, match=text):
            getattr(projection, method)(K)
        assert projection.n_features_in_ == 5
    with pytest.raises(ValueError, match="Unknown method 'clipp'; did you mean 'clip'"):
        PSDProjection("clipp").fit(np.eye(2))
    with pytest.raises(ValueError, match="X has 2 features, but PSDProjection is expecting 5"):
        projection.transform(np.eye(2))


@pytest.mark.parametrize("method", METHODS)
def test_projection_is_a_transformer(method):
    for estimator, check in estimator_checks_generator(PSDProjection(method)):
        if check.func.__name__ != "check_array_api_input":
            check(estimator)
    frame = pd.DataFrame(indefinite(2), columns=["a", "b"])
    projection = PSDProjection(method).set_output(transform="pandas").fit(frame)
    assert list(projection.feature_names_in_) == ["a", "b"]
    expected = ["psdprojection0", "psdprojection1"]
    assert list(projection.transform(frame).columns) == expected
    assert list(projection.fit_transform(frame).columns) == expected


def test_projection_in_a_grid_search():
    # a search cuts both axes of a matrix that the first step says is pairwise
    sets = draw([30] * 40, seed=3)
    y = np.array([elements.mean() > 0 for elements in sets])
    K = mmd_kernel(sets)
    pipeline = make_pipeline(PSDProjection(), SVC(kernel="precomputed", C=10))
    search = GridSearchCV(pipeline, {"psdprojection__method": METHODS}, cv=3).fit(K, y)
    assert search.best_score_ > 0.8
