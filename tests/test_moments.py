"""Mean, standard deviation and trend over rows, against numpy, in few blocks and in many."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sksets import _moments
from sksets._moments import extreme_unit, size_trend, weighted_moments


@pytest.mark.parametrize("block_bytes", [1, 200, 2**20])
@pytest.mark.parametrize("shape", [(), (3,), (2, 4)])
@pytest.mark.parametrize("weighted", [False, True])
def test_moments_are_those_of_numpy(block_bytes, shape, weighted, monkeypatch):
    monkeypatch.setattr(_moments, "_BLOCK_BYTES", block_bytes)
    rng = np.random.default_rng(0)
    values = rng.normal(5, 2, size=(50, *shape))
    weight = rng.integers(0, 4, size=50) if weighted else None
    repeated = values if weight is None else np.repeat(values, weight, axis=0)
    mean, scale = weighted_moments(values, weight)
    assert_allclose(mean, repeated.mean(axis=0), rtol=1e-12)
    assert_allclose(scale, repeated.std(axis=0), rtol=1e-12)


def test_rows_that_do_not_vary_have_the_scale_one():
    values = np.array([[0.1, 1.0], [0.1, 3.0], [0.1, 5.0]])
    mean, scale = weighted_moments(values, np.array([1, 0, 1]))
    assert_allclose(mean, [0.1, 3.0])
    assert_array_equal(scale, [1.0, 2.0])
    for weight in (None, np.zeros(0)):
        mean, scale = weighted_moments(np.empty((0, 2)), weight)
        assert_array_equal([mean, scale], [[0, 0], [1, 1]])


def test_integers_and_numbers_whose_squares_overflow():
    mean, scale = weighted_moments(np.array([[0], [255]], dtype=np.uint8))
    assert_array_equal([mean, scale], [[127.5], [127.5]])
    values = np.array([[1.0, 1.0], [2.0, 5.0], [6.0, 9.0]])
    units = np.array([2.0**900, 1.0])
    mean, scale = weighted_moments(values * units)
    expected = weighted_moments(values)
    assert_allclose(mean, expected[0] * units, rtol=1e-12)
    assert_allclose(scale, expected[1] * units, rtol=1e-12)


@pytest.mark.parametrize("weighted", [False, True])
def test_the_trend_is_the_line_of_least_squares(weighted):
    rng = np.random.default_rng(0)
    sizes = rng.integers(0, 9, size=40)
    target = np.outer(sizes, [2.0, -1.0]) + [3.0, 5.0] + rng.normal(size=(40, 2))
    # Weights that sum to the number of sets, as those of all estimators do.
    weight = rng.uniform(size=40) if weighted else np.ones(40)
    weight *= 40 / weight.sum()
    intercept, slope = size_trend(target, sizes, weight if weighted else None)
    expected = np.polynomial.polynomial.polyfit(sizes, target, 1, w=np.sqrt(weight))
    assert_allclose([intercept, slope], expected, rtol=1e-10)


def test_sets_of_equal_size_have_no_trend():
    intercept, slope = size_trend(np.array([[1.0], [2.0], [6.0]]), np.array([4, 4, 4]))
    assert_array_equal([intercept, slope], [[3.0], [0.0]])


def test_numbers_whose_squares_vanish():
    values = np.array([[1.0, 0.0], [2.0, 0.0], [6.0, 0.0]])
    expected_mean, expected_scale = weighted_moments(values)
    for unit in (2.0**-600, 2.0**-900):
        mean, scale = weighted_moments(values * unit)
        assert_allclose(mean / unit, expected_mean, rtol=1e-12)
        assert_allclose(scale, [expected_scale[0] * unit, 1.0], rtol=1e-12)


def test_the_unit_of_extreme_numbers():
    values = np.array([[0.0, 3e-200, -5e300, 7.0], [0.0, 0.0, 1.0, 2e99]])
    unit = extreme_unit(values)
    assert unit[0] == unit[3] == 1.0
    assert 1 <= 3e-200 / unit[1] < 2 and 1 <= 5e300 / unit[2] < 2
    assert_array_equal(np.frexp(unit)[0], 0.5)
    assert extreme_unit(np.array([1.7e308])) == 2.0**1023
