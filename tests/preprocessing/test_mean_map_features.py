"""MeanMapFeatures: its formula, the kernels that it stands for, and scikit-learn's checks."""

import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.utils.estimator_checks import parametrize_with_checks

from sksets import SetArray
from sksets.kernels import element_median_gamma, mean_map_kernel, mmd_kernel, mmd_squared
from sksets.preprocessing import MeanMapFeatures

SIZES = (3, 1, 6, 2, 40)


@parametrize_with_checks(
    [
        MeanMapFeatures(random_state=0),
        MeanMapFeatures(gamma="median", n_outer_components=30, random_state=0),
    ]
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@pytest.fixture
def sets():
    rng = np.random.default_rng(0)
    return [rng.normal(i / 4, 1 + i / 4, size=(size, 3)) for i, size in enumerate(SIZES)]


def test_the_formula_by_a_loop(sets):
    transformer = MeanMapFeatures(n_components=4, random_state=0).fit(sets)
    assert transformer.frequencies_.shape == (3, 4)
    for row, s in zip(transformer.transform(sets), sets, strict=True):
        angles = s @ transformer.frequencies_
        expected = np.hstack([np.cos(angles), np.sin(angles)]).mean(axis=0) / np.sqrt(4)
        assert_allclose(row, expected, rtol=1e-9, atol=1e-12)


def test_the_gaussian_by_a_loop(sets):
    transformer = MeanMapFeatures(
        n_components=4, gamma=0.5, n_outer_components=5, random_state=0
    ).fit(sets)
    inner = MeanMapFeatures(n_components=4, random_state=0).fit(sets)
    assert_array_equal(transformer.frequencies_, inner.frequencies_)
    assert transformer.outer_frequencies_.shape == (8, 5)
    angles = inner.transform(sets) @ transformer.outer_frequencies_
    expected = np.hstack([np.cos(angles), np.sin(angles)]) / np.sqrt(5)
    assert_allclose(transformer.transform(sets), expected, rtol=1e-9, atol=1e-12)


@pytest.mark.parametrize("element_kernel", ["rbf", "laplacian"])
def test_products_are_the_mean_map_kernel_in_expectation(sets, element_kernel):
    """Over draws, the mean error is as small as its standard error says."""
    kernel = mean_map_kernel(sets, element_kernel=element_kernel, element_gamma=0.2)
    errors = []
    for seed in range(60):
        transformer = MeanMapFeatures(
            element_kernel=element_kernel, element_gamma=0.2, n_components=100, random_state=seed
        )
        features = transformer.fit_transform(sets)
        errors.append(features @ features.T - kernel)
    mean, standard_error = np.mean(errors, axis=0), np.std(errors, axis=0) / np.sqrt(60)
    assert (np.abs(mean) < 4 * standard_error + 1e-12).all()
    # The error of one draw falls with the root of the number of frequencies.
    assert np.std(errors) < 0.1


@pytest.mark.parametrize("gamma", [0.5, 3.0, "median"])
def test_products_come_close_to_the_gaussian_of_the_mmd(sets, gamma):
    transformer = MeanMapFeatures(
        element_gamma=0.2, n_components=1000, gamma=gamma, n_outer_components=2000, random_state=0
    )
    features = transformer.fit_transform(sets)
    if gamma == "median":
        distances = mmd_squared(sets, element_gamma=0.2)
        median = np.median(distances[np.triu_indices(len(sets), 1)])
        assert transformer.gamma_ == pytest.approx(1 / median, rel=0.1)
        gamma = transformer.gamma_
    kernel = mmd_kernel(sets, gamma=gamma, element_gamma=0.2)
    assert_allclose(features @ features.T, kernel, atol=0.08)
    assert np.ptp(kernel) > 0.2


def test_medians(sets):
    transformer = MeanMapFeatures(n_components=5, random_state=3).fit(sets)
    rng = np.random.RandomState(3)
    assert transformer.element_gamma_ == element_median_gamma(sets, random_state=rng)
    assert transformer.gamma_ is None and transformer.outer_frequencies_ is None
    given = MeanMapFeatures(element_gamma=2, gamma=3.0).fit(sets)
    assert (given.element_gamma_, given.gamma_) == (2, 3.0)


def test_an_integer_draws_the_same_features(sets):
    options = {"n_components": 6, "gamma": "median", "n_outer_components": 7}
    transformer = MeanMapFeatures(random_state=0, **options)
    expected = transformer.fit_transform(sets)
    assert expected.shape == (5, 14)
    assert_array_equal(clone(transformer).fit_transform(sets), expected)
    assert_array_equal(pickle.loads(pickle.dumps(transformer)).transform(sets), expected)
    other = MeanMapFeatures(random_state=1, **options).fit_transform(sets)
    assert np.abs(other - expected).max() > 1e-3
    drawn = MeanMapFeatures(random_state=np.random.RandomState(0), **options).fit_transform(sets)
    assert_array_equal(drawn, expected)


def test_order_of_elements_and_batch_mates_change_nothing(sets):
    transformer = MeanMapFeatures(gamma=1.0, random_state=0).fit(sets)
    expected = transformer.transform(sets)
    assert_allclose(transformer.transform([s[::-1] for s in sets]), expected, atol=1e-12)
    alone = np.vstack([transformer.transform([s]) for s in sets])
    assert_allclose(alone, expected, atol=1e-12)


def test_containers_and_dtypes(sets):
    transformer = MeanMapFeatures(n_components=9, gamma=1.0, n_outer_components=8, random_state=0)
    expected = transformer.fit_transform(sets)
    packed = SetArray.from_sets(sets)
    for X in (tuple(sets), packed, np.asarray(packed)[:, None], pd.Series(sets)):
        assert_array_equal(transformer.transform(X), expected)
    single = transformer.transform([s.astype(np.float32) for s in sets])
    assert single.dtype == np.float32
    assert_allclose(single, expected, atol=1e-5)
    integers = [np.round(s).astype(int) for s in sets]
    assert_array_equal(
        transformer.transform(integers), transformer.transform([s * 1.0 for s in integers])
    )


def test_a_context_is_appended(sets):
    context = np.arange(10.0).reshape(5, 2)
    X = SetArray.from_sets(sets, context=context)
    for gamma in (None, 0.5):
        transformer = MeanMapFeatures(
            n_components=2, gamma=gamma, n_outer_components=2, random_state=0
        ).fit(X)
        assert transformer.get_feature_names_out().tolist() == [
            *(f"meanmapfeatures{i}" for i in range(4)), "context0", "context1"
        ]  # fmt: skip
        found = transformer.transform(X)
        assert_array_equal(found[:, 4:], context)
        assert_array_equal(found[:, :4], clone(transformer).fit_transform(sets))
        frame = transformer.set_output(transform="pandas").transform(X)
        assert list(frame.columns) == transformer.get_feature_names_out().tolist()
        with pytest.raises(ValueError, match="X has no context"):
            transformer.transform(sets)


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"element_kernel": "linear"}, "'element_kernel' parameter of MeanMapFeatures"),
        ({"element_gamma": 0.0}, "'element_gamma' parameter"),
        ({"gamma": "scale"}, "'gamma' parameter"),
        ({"n_components": 0}, "'n_components' parameter"),
        ({"n_outer_components": 1.5}, "'n_outer_components' parameter"),
    ],
)
def test_bad_parameters(sets, parameters, message):
    with pytest.raises(ValueError, match=message):
        MeanMapFeatures(**parameters).fit(sets)


def test_bad_sets(sets):
    transformer = MeanMapFeatures(random_state=0).fit(sets)
    expected = transformer.transform(sets)
    with pytest.raises(ValueError, match="takes numbers as elements, found string tokens"):
        transformer.fit([["a"], ["b", "a"]])
    empty = [*sets[:3], np.empty((0, 3))]
    for method in (transformer.fit, transformer.transform):
        with pytest.raises(ValueError, match="Set 3 of X is empty"):
            method(empty)
    with pytest.raises(ValueError, match="infinity: set 2"):
        transformer.fit([*sets[:2], np.full((1, 3), np.inf)])
    with pytest.raises(ValueError, match="X has 2 features, but MeanMapFeatures is expecting 3"):
        transformer.transform([s[:, :2] for s in sets])
    assert_array_equal(transformer.transform(sets), expected)


def test_sets_that_are_all_alike():
    transformer = MeanMapFeatures(gamma="median", random_state=0)
    found = transformer.fit_transform([np.ones((3, 2)), np.ones((1, 2))])
    assert_allclose(found[0], found[1], atol=1e-12)
    assert (transformer.element_gamma_, transformer.gamma_) == (1.0, 1.0)


def test_a_linear_model_tells_variances_apart():
    rng = np.random.default_rng(0)
    y = np.arange(90) % 3
    X = [rng.normal(scale=1 + label, size=(30, 2)) for label in y]
    model = make_pipeline(MeanMapFeatures(random_state=0), LogisticRegression(C=100))
    assert model.fit(X[:60], y[:60]).score(X[60:], y[60:]) > 0.8
