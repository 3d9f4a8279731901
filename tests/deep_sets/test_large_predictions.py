"""Targets near the largest numbers, and rates of sets far larger than those of fit."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from sksets import DeepSetsElementRegressor, DeepSetsRegressor


def counts(n_sets=100):
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(size, 1)) for size in rng.integers(1, 9, size=n_sets)]
    return X, np.array([float(len(x)) for x in X])


def poisson(**params):
    params = {"loss": "poisson", "max_epochs": 10, "random_state": 0} | params
    return DeepSetsRegressor(pooling="sum", phi_layer_sizes=(8,), rho_layer_sizes=(), **params)


def test_rates_grow_linearly_beyond_those_of_fit():
    _, y = counts()
    reg = poisson(max_epochs=60).fit([np.ones((int(n), 1)) for n in y], y)
    rates = reg.predict([np.ones((n, 1)) for n in (10_000, 20_000, 40_000)])
    assert np.isfinite(rates).all() and rates[0] > y.max()
    # Without hidden layers, the output of the network is linear in the number of equal elements.
    assert_allclose((rates[2] - rates[1]) / (rates[1] - rates[0]), 2, rtol=1e-3)
    assert rates[2] < 1e6


def test_rates_of_fit_are_exponentials():
    X, y = counts()
    reg = poisson().fit(X, y)
    outputs = reg._vote_outputs(reg._read_fitted(X))[0, :, 0]
    within = np.exp(outputs) * y.mean() <= y.max()
    assert within.sum() > 50
    assert_allclose(reg.predict(X)[within], (np.exp(outputs) * y.mean())[within], rtol=1e-6)


def test_a_stream_learns_of_larger_targets():
    X, y = counts()
    reg = poisson().partial_fit(X[:50], np.ones(50))
    assert reg._largest_output == 0
    reg.partial_fit(X[50:], y[50:]).partial_fit(X[:50], np.zeros(50))
    assert_allclose(reg._largest_output, np.log(y[50:].max()))


@pytest.mark.parametrize("unit", [1e300, 2e307, 1e-300])
@pytest.mark.parametrize("pooling", ["sum", "mean"])
def test_targets_that_are_huge_or_tiny(unit, pooling):
    X, y = counts()
    y = y - 5 + 0.1 * np.array([x.sum() for x in X])
    reg = DeepSetsRegressor(pooling=pooling, max_epochs=2, random_state=0)
    expected = reg.fit(X, y).predict(X)
    assert_allclose(reg.fit(X, y * unit).predict(X) / unit, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("unit", [1e300, 2e307, 1e-300])
def test_targets_of_elements_that_are_huge_or_tiny(unit):
    X, _ = counts()
    y = [x[:, 0] for x in X]
    reg = DeepSetsElementRegressor(max_epochs=2, random_state=0)
    expected = np.hstack(list(reg.fit(X, y).predict(X)))
    predicted = np.hstack(list(reg.fit(X, [part * unit for part in y]).predict(X)))
    assert_allclose(predicted / unit, expected, rtol=1e-4, atol=1e-4)


@pytest.mark.parametrize("cls", [DeepSetsRegressor, DeepSetsElementRegressor])
def test_a_prediction_that_no_number_holds(cls):
    X, y = counts()
    y = y * 1e307 if cls is DeepSetsRegressor else [x[:, 0] * 2e307 for x in X]
    reg = cls(max_epochs=30, random_state=0).fit(X, y)
    with pytest.raises(FloatingPointError, match="prediction for set 1 is not finite: its el"):
        reg.predict([X[0], np.full((900, 1), 900.0)])
