"""DeepSetsElementRegressor: what it learns, and in which units."""

import numpy as np
import pytest
from element_cases import centred, make, rows
from numpy.testing import assert_allclose, assert_array_equal

from sksets import DeepSetsElementRegressor


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
def test_regressor_learns_what_only_the_set_tells(loss):
    X, y = centred()
    reg = make(DeepSetsElementRegressor, loss=loss, max_epochs=60).fit(X[:150], y[:150])
    assert reg.score(X[150:], y[150:]) > 0.95
    reg.set_params(equivariant_layer_sizes=()).fit(X[:150], y[:150])
    assert reg.score(X[150:], y[150:]) < 0.3


def test_losses_have_their_minimum_in_mean_and_median():
    """Of equal elements the best prediction is one number; 0, 0, 0, 0, 10 have several middles."""
    X, y = [np.ones((5, 1))] * 40, [np.array([0.0, 0, 0, 0, 10])] * 40
    found = {}
    for loss in ("squared_error", "absolute_error", "huber"):
        reg = make(DeepSetsElementRegressor, loss=loss, max_epochs=100, normalize=None)
        found[loss] = reg.fit(X, y).predict(X[:1])[0]
        assert np.ptp(found[loss]) < 1e-5
    assert_allclose(found["squared_error"], 2, atol=0.05)
    assert_allclose(found["absolute_error"], 0, atol=0.05)
    # Four residuals r of 0 and one beyond delta = sd = 4: 4 r = 4.
    assert_allclose(found["huber"], 1, atol=0.05)


def test_scale_and_shift_of_the_target_do_not_matter():
    X, y = centred(60)
    reg = make(DeepSetsElementRegressor, dtype="float64", max_epochs=5)
    small = rows(reg.fit(X, y), X)
    large = rows(reg.fit(X, [1e6 * part - 3e7 for part in y]), X)
    assert_allclose(large, 1e6 * small - 3e7, rtol=1e-6)
    huge = rows(reg.fit(X, [2.0**1000 * part for part in y]), X)
    assert_allclose(huge, 2.0**1000 * small, rtol=1e-6, atol=2.0**980)


def test_equal_targets_are_predicted():
    X, y = centred(30)
    reg = make(DeepSetsElementRegressor, max_epochs=60)
    assert_allclose(rows(reg.fit(X, [np.full(len(s), 7) for s in X]), X), 7, atol=0.1)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, ">f8", np.longdouble, "O"])
def test_targets_of_any_real_dtype_are_numbers(dtype):
    X, y = centred(20)
    y = [np.round(part).clip(0, 1).astype(int) for part in y]
    reg = make(DeepSetsElementRegressor, learning_rate_init=0.1)
    expected = reg.fit(X, y).predict(X)
    assert expected[0].dtype == np.float64
    found = reg.fit(X, [part.astype(dtype) for part in y])
    assert_array_equal(rows(found, X), np.concatenate(list(expected)))


def test_huge_elements_are_scaled():
    X, y = centred(40)
    reg = make(DeepSetsElementRegressor, max_epochs=5, dtype="float64")
    expected = rows(reg.fit(X, y), X)
    large = [2.0**1000 * s for s in X]
    assert_allclose(rows(reg.fit(large, y), large), expected, rtol=1e-9)
