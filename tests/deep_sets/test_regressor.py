"""DeepSetsRegressor: what it learns, and in which units."""

import numpy as np
import pytest
from network_cases import sums
from numpy.testing import assert_allclose, assert_array_equal

from sksets import DeepSetsRegressor


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
def test_regressor_learns_a_sum(loss):
    X, y = sums(600)
    reg = DeepSetsRegressor(loss=loss, random_state=0).fit(X[:400], y[:400])
    assert reg.score(X[400:], y[400:]) > 0.99
    assert reg.predict(X[:1]).shape == (1,)
    assert reg.n_features_in_ == 2
    assert reg.n_context_features_ == 0
    assert reg.n_iter_ == len(reg.history_)


def test_scale_and_shift_of_the_target_do_not_matter():
    X, y = sums()
    reg = DeepSetsRegressor(max_epochs=5, dtype="float64", random_state=0)
    small = reg.fit(X, y).predict(X)
    large = reg.fit(X, 1e6 * y - 3e7).predict(X)
    assert_allclose(large, 1e6 * small - 3e7, rtol=1e-6)


def test_poisson_predicts_rates_and_refuses_negative_targets():
    rng = np.random.default_rng(0)
    X, rate = sums(800)
    y = rng.poisson(rate)
    # Counts are noisy: the default number of epochs would learn the noise of 800 sets too.
    reg = DeepSetsRegressor(pooling="sum", loss="poisson", max_epochs=50, random_state=0)
    reg.fit(X, y)
    assert (reg.predict(X) > 0).all()
    assert np.corrcoef(reg.predict(X), rate)[0, 1] > 0.95
    with pytest.raises(ValueError, match="y of set 1 is -1"):
        reg.fit(X[:2], [1, -1])


def test_several_outputs():
    X, y = sums(600)
    both = np.column_stack([y, [len(s) for s in X]])
    reg = DeepSetsRegressor(random_state=0).fit(X[:400], both[:400])
    assert reg.predict(X[400:]).shape == (200, 2)
    assert reg.score(X[400:], both[400:]) > 0.98
    with pytest.raises(ValueError, match="y has 1 outputs, but .* with 2"):
        reg.set_params(warm_start=True).fit(X, y)


def test_a_prediction_does_not_depend_on_the_loss_set_after_fit():
    X, y = sums(40)
    reg = DeepSetsRegressor(max_epochs=2, random_state=0).fit(X, y)
    before = reg.predict(X)
    assert_array_equal(reg.set_params(loss="poisson").predict(X), before)


def test_a_linear_sum_network_extrapolates_to_longer_sets():
    X, y = sums(500)
    reg = DeepSetsRegressor(rho_layer_sizes=(), random_state=0).fit(X, y)
    rng = np.random.default_rng(3)
    long = [rng.uniform(size=(1000, 2)) for _ in range(5)]
    truth = np.array([s.sum() for s in long])
    assert_allclose(reg.predict(long), truth, rtol=0.02)
