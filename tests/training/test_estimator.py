"""What every estimator with a network promises of its training."""

import json
import pickle

import numpy as np
import pytest
import torch
from network_cases import NETWORKS, make_sets, make_targets, outputs, sums
from numpy.testing import assert_allclose, assert_array_equal

from sksets import DeepSetsClassifier, DeepSetsRegressor


def test_warm_start_goes_on():
    X, y = sums(200)
    reg = DeepSetsRegressor(max_epochs=10, warm_start=True, random_state=0).fit(X, y)
    first = reg.history_[-1]["train_loss"]
    reg.fit(X, y)
    assert reg.n_iter_ == 20
    assert [row["epoch"] for row in reg.history_] == list(range(1, 21))
    assert reg.history_[-1]["train_loss"] < first
    reg.set_params(warm_start=False).fit(X, y)
    assert reg.n_iter_ == 10


def test_partial_fit_learns_from_a_stream():
    X, y = sums(600)
    reg = DeepSetsRegressor(random_state=0)
    for _ in range(10):
        for start in range(0, 400, 100):
            reg.partial_fit(X[start : start + 100], y[start : start + 100])
    assert reg.n_iter_ == 40
    assert reg.score(X[400:], y[400:]) > 0.95
    clf = DeepSetsClassifier(random_state=0).partial_fit(X[:2], ["a", "a"], classes=["a", "b"])
    clf.partial_fit(X[2:4], ["b", "b"])
    with pytest.raises(ValueError, match=r"does not know: \['c'\]"):
        clf.partial_fit(X[:1], ["c"])


def test_a_stream_leaves_an_estimator_as_large_as_it_was():
    X, y = sums(20)
    reg = DeepSetsRegressor(max_epochs=3, warm_start=True, random_state=0)
    sizes = []
    for i in range(200):
        reg.partial_fit(X, y)
        if i in (20, 199):
            sizes.append(len(pickle.dumps(reg)))
    assert abs(sizes[1] - sizes[0]) < 20
    assert [row["epoch"] for row in reg.history_] == [200]
    assert reg.n_iter_ == 200
    reg.fit(X, y)
    assert [row["epoch"] for row in reg.history_] == [200, 201, 202, 203]
    assert reg.partial_fit(X, y).history_[0]["epoch"] == reg.n_iter_ == 204


def test_a_fit_leaves_the_network_of_the_one_before_untouched():
    X, y = sums(40)
    reg = DeepSetsRegressor(max_epochs=2, warm_start=True, random_state=0).fit(X, y)
    net, before = reg.net_, reg.predict(X)
    history = list(reg.history_)
    for fit in (reg.fit, reg.partial_fit):
        fit(X, y + 100)
        assert reg.net_ is not net
    reg.net_, reg.history_ = net, history
    assert_array_equal(reg.predict(X), before)
    assert not net.module_.training


def test_partial_fit_holds_nothing_out():
    X, y = sums(40)
    reg = DeepSetsRegressor(learning_rate="constant", early_stopping=True, random_state=0)
    assert "valid_loss" not in reg.partial_fit(X, y).history_[0]
    assert "valid_loss" in reg.fit(X, y).history_[0]


@pytest.mark.parametrize(
    "changed", [{"loss": "huber"}, {"phi_layer_sizes": (8,)}, {"optimizer": "sgd"}]
)
def test_warm_start_refuses_what_the_network_was_not_built_with(changed):
    X, y = sums(40)
    reg = DeepSetsRegressor(max_epochs=2, warm_start=True, random_state=0).fit(X, y)
    before = reg.predict(X)
    name = next(iter(changed))
    for fit in (reg.set_params(**changed).fit, reg.partial_fit):
        with pytest.raises(ValueError, match=f"built with {name}=.*Use fit with warm_start=False"):
            fit(X, y)
    assert_array_equal(reg.predict(X), before)
    assert reg.set_params(warm_start=False).fit(X, y).n_iter_ == 2


def test_warm_start_takes_a_new_learning_rate():
    X, y = sums(40)
    reg = DeepSetsRegressor(max_epochs=2, warm_start=True, random_state=0).fit(X, y)
    before = reg.predict(X)
    reg.set_params(learning_rate_init=1e-12, learning_rate="constant").fit(X, y)
    assert_allclose(reg.predict(X), before, rtol=1e-5)


def test_max_grad_norm_bounds_a_step():
    X, y = sums(50)

    def weights(rate, bound):
        reg = DeepSetsRegressor(
            optimizer="sgd",
            learning_rate="constant",
            learning_rate_init=rate,
            max_grad_norm=bound,
            max_epochs=1,
            batch_size=50,
            random_state=0,
        )
        module = reg.fit(X, y).net_.module_
        return torch.cat([p.detach().flatten() for p in module.parameters()])

    start = weights(1e-30, None)
    # The first step of Nesterov's momentum is 1 + 0.9 times the gradient.
    for bound in (1e-2, 1e-3):
        step = torch.linalg.norm(weights(1.0, bound) - start)
        assert_allclose(step, 1.9 * bound, rtol=1e-3)


@pytest.mark.parametrize("cls", NETWORKS)
def test_a_pickle_holds_weights_and_no_data(cls):
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(50, 4)) for _ in range(1000)]
    estimator = cls(max_epochs=1, random_state=0).fit(sets, make_targets(cls, sets))
    n_weights = sum(p.numel() for p in estimator.net_.module_.parameters())
    assert len(pickle.dumps(estimator)) < 4 * n_weights * 4 + 40_000


@pytest.mark.parametrize("cls", NETWORKS)
def test_a_failed_fit_leaves_the_estimator_as_it_was(cls):
    sets = make_sets()
    y = make_targets(cls, sets)
    estimator = cls(max_epochs=2, warm_start=True, random_state=0).fit(sets, y)
    before, state = outputs(estimator, sets), set(vars(estimator))
    with pytest.raises(ValueError, match="NaN: set 0, element 0"):
        estimator.fit([np.full((2, 3), np.nan)] * len(sets), y)
    with pytest.raises(ValueError, match="expecting 3 features"):
        estimator.fit([np.zeros((2, 5))] * len(sets), y)
    with pytest.raises(ValueError, match="y has"):
        estimator.fit(sets, y[:-1])
    estimator.set_params(learning_rate_init=1e30, learning_rate="constant", warm_start=False)
    with pytest.raises(FloatingPointError, match="epoch"):
        estimator.fit(sets, y)
    np.testing.assert_array_equal(outputs(estimator, sets), before)
    assert set(vars(estimator)) == state
    assert json.dumps(estimator.history_)


@pytest.mark.parametrize("optimizer", ["adamw", "adam", "adamax", "sgd", "rmsprop"])
def test_every_optimizer_learns_and_is_repeatable(optimizer):
    X, y = sums(200)
    reg = DeepSetsRegressor(
        optimizer=optimizer, learning_rate_init=3e-3, max_epochs=40, random_state=0
    )
    assert reg.fit(X, y).score(X, y) > 0.95
    assert type(reg.net_.optimizer_).__name__.lower() == optimizer
    assert_array_equal(reg.predict(X), reg.fit(X, y).predict(X))
