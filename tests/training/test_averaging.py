"""Weights averaged over the last steps."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose
from skorch.callbacks import Callback

from sksets import DeepSetsElementRegressor, DeepSetsRegressor, SetExpander

RNG = np.random.default_rng(0)
X = [RNG.normal(size=(size, 2)) for size in RNG.integers(1, 6, size=60)]
Y = np.array([x.sum() for x in X])
STEPS, RATES = [], []


def parameters(net):
    return [p.detach().clone().numpy() for p in net.module_.parameters()]


class Recorder(Callback):
    """Keeps the weights and the rate of each step in lists of the module."""

    def on_batch_end(self, net, training=False, **kwargs):
        if training:
            STEPS.append(parameters(net))
            RATES.append(net.optimizer_.param_groups[0]["lr"])


@pytest.fixture
def recorded():
    STEPS.clear()
    RATES.clear()


def fitted(**params):
    params = {"learning_rate": "averaged", "random_state": 0, "batch_size": 16} | params
    return DeepSetsRegressor(**params).fit(X, Y)


def test_the_average_by_hand(recorded):
    reg = fitted(max_epochs=10, callbacks=[Recorder()])
    assert len(STEPS) == 40
    average = STEPS[0]
    for t, weights in enumerate(STEPS[1:], start=2):
        share = 9 / (t + 8)
        average = [a + share * (w - a) for a, w in zip(average, weights, strict=True)]
    for a, p in zip(average, parameters(reg.net_), strict=True):
        assert_allclose(p, a, rtol=1e-4, atol=1e-6)


def test_the_rate_rises_stays_and_falls(recorded):
    fitted(max_epochs=100, callbacks=[Recorder()], learning_rate_init=0.002)
    rates = np.array(RATES) / 0.002
    assert len(rates) == 400
    assert_allclose(rates[:100], np.arange(1, 101) / 100, rtol=1e-6)
    assert_allclose(rates[100:280], 1)
    assert (np.diff(rates[281:]) < 0).all()
    assert 0 < rates[-1] < 0.01


def test_a_short_training_reaches_the_rate_as_well(recorded):
    fitted(max_epochs=10, callbacks=[Recorder()], learning_rate_init=0.002)
    assert max(RATES) == pytest.approx(0.002)


def test_validation_and_callbacks_see_the_averages(recorded):
    seen = []

    class AtTheEnd(Callback):
        def on_epoch_end(self, net, **kwargs):
            seen.append(parameters(net))

    reg = fitted(max_epochs=4, callbacks=[Recorder(), AtTheEnd()])
    for p, a in zip(parameters(reg.net_), seen[-1], strict=True):
        assert_allclose(p, a)
    assert not np.allclose(seen[-1][0], STEPS[-1][0])
    stopped = fitted(
        max_epochs=30, early_stopping=True, n_iter_no_change=30, validation_fraction=0.3
    )
    losses = [row["valid_loss"] for row in stopped.history_]
    assert min(losses) < losses[0]


def test_statistics_of_batch_norm_are_averaged_too():
    torch.manual_seed(0)
    phi = torch.nn.Sequential(torch.nn.Linear(2, 4), torch.nn.BatchNorm1d(4), torch.nn.ReLU())
    reg = fitted(phi=phi, max_epochs=20)
    norm = reg.net_.module_.phi[1]
    assert int(norm.num_batches_tracked) == 80
    assert reg.score(X, Y) > 0.9


def test_every_estimator_takes_it():
    options = {"learning_rate": "averaged", "max_epochs": 2, "random_state": 0}
    DeepSetsElementRegressor(**options).fit(X, [x[:, 0] for x in X])
    SetExpander(**options).fit([["a", "b"], ["b", "c"], ["a", "c"]])
