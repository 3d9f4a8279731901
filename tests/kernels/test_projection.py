"""The projection of a matrix to a positive semi-definite one."""

import numpy as np
import pandas as pd
import pytest
from kernel_cases import NORMAL_X as X
from kernel_cases import NORMAL_Y as Y
from kernel_cases import draw_normals
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.svm import SVC
from sklearn.utils.estimator_checks import estimator_checks_generator

from sksets.kernels import PSD_METHODS, PSDProjection, mean_map_kernel, mmd_kernel

METHODS = ("clip", "flip", "shift", "square")


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
        ([[np.nan, 0.0], [0.0, 1.0]], "Input K contains NaN"),
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
    sets = draw_normals([30] * 40, seed=3)
    y = np.array([elements.mean() > 0 for elements in sets])
    K = mmd_kernel(sets)
    pipeline = make_pipeline(PSDProjection(), SVC(kernel="precomputed", C=10))
    search = GridSearchCV(pipeline, {"psdprojection__method": METHODS}, cv=3).fit(K, y)
    assert search.best_score_ > 0.8


def test_columns_that_are_sparse_but_for_nan():
    K = pd.DataFrame({"a": pd.arrays.SparseArray([2.0, 1.0]), "b": [1.0, 2.0]})
    projection = PSDProjection().fit(K)
    assert projection.feature_names_in_.tolist() == ["a", "b"]
    np.testing.assert_allclose(projection.transform(K), K.to_numpy(), atol=1e-12)
    with pytest.raises(ValueError, match="feature names should match"):
        projection.transform(K.rename(columns={"a": "c"}))
