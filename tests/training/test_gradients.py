"""Fits are the same whether their gradients are written out or those of autograd."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from sksets import DeepSetsClassifier, DeepSetsElementRegressor, DeepSetsRegressor, SetArray
from sksets._training import gradients
from sksets._training.gradients import Gradients

RNG = np.random.default_rng(0)
X = [RNG.normal(size=(n, 3)) for n in RNG.integers(0, 9, 60)]
Y = np.array([np.sin(x).sum() for x in X])
Z = RNG.normal(size=(60, 2))
TOKENS = [RNG.integers(0, 20, n) for n in RNG.integers(1, 9, 60)]
OPTIONS = {"max_epochs": 3, "batch_size": 16, "random_state": 0, "dtype": "float64"}


def weights_of(estimator):
    return torch.cat([w.detach().flatten() for w in estimator.net_.module_.parameters()])


class ByAutograd(Callback):
    """A hook that does nothing, which modules alone call."""

    def on_train_begin(self, net, **kwargs):
        net.module_.rho.register_forward_hook(lambda *args: None)


def fits(cls, X, y, sample_weight=None, **options):
    """The weights of a network by hand, and those of the same network by autograd."""
    options = OPTIONS | {"pooling": "sum", "dropout": 0.0} | options
    by_hand = cls(**options).fit(X, y, sample_weight=sample_weight)
    by_autograd = cls(**options, callbacks=[ByAutograd()]).fit(X, y, sample_weight=sample_weight)
    np.testing.assert_allclose(
        [row["train_loss"] for row in by_hand.history_],
        [row["train_loss"] for row in by_autograd.history_],
        rtol=1e-9,
    )
    return weights_of(by_hand), weights_of(by_autograd)


@pytest.mark.parametrize(
    "options",
    [
        {},
        {"pooling": ("mean", "max")},
        {"pooling": ("mean", "std"), "phi_layer_sizes": (40, 40)},
        {"dropout": 0.3},
        {"max_grad_norm": None},
        {"max_grad_norm": 0.01},
        {"size_feature": True, "normalize": "set"},
        {"optimizer": "adam"},
        {"optimizer": "sgd", "learning_rate_init": 1e-3},
        {"learning_rate": "onecycle"},
        {"early_stopping": True},
        {"loss": "huber"},
        {"loss": "absolute_error"},
        {"phi_layer_sizes": (), "rho_layer_sizes": ()},
    ],
    ids=str,
)
def test_regressors(options):
    torch.testing.assert_close(*fits(DeepSetsRegressor, X, Y, **options), rtol=1e-7, atol=1e-9)


def test_poisson():
    found = fits(DeepSetsRegressor, X, np.floor(np.abs(Y)), loss="poisson")
    torch.testing.assert_close(*found, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("label_smoothing", [0.0, 0.2])
@pytest.mark.parametrize("n_labels", [None, 2, 3])
def test_classifiers(n_labels, label_smoothing):
    y = np.digitize(Y, [-0.5, 0.5]) if n_labels is None else RNG.integers(0, 2, (60, n_labels))
    found = fits(DeepSetsClassifier, X, y, label_smoothing=label_smoothing)
    torch.testing.assert_close(*found, rtol=1e-7, atol=1e-9)


def test_weights_of_sets_and_several_outputs():
    y = np.column_stack([Y, Y**2])
    found = fits(DeepSetsRegressor, X, y, sample_weight=RNG.uniform(size=60))
    torch.testing.assert_close(*found, rtol=1e-7, atol=1e-9)


def test_context():
    with_context = SetArray.from_sets(X, context=Z)
    torch.testing.assert_close(*fits(DeepSetsRegressor, with_context, Y), rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("max_grad_norm", [None, 0.1])
@pytest.mark.parametrize("optimizer", ["adamw", "adam", "adamax", "sgd", "rmsprop"])
def test_tokens(monkeypatch, optimizer, max_grad_norm):
    """Without callbacks, where gradients are cleared only where they were written."""
    options = OPTIONS | {"pooling": "sum", "dropout": 0.0, "element_kind": "token"}
    options |= {"optimizer": optimizer, "max_grad_norm": max_grad_norm}
    by_hand = DeepSetsRegressor(**options, learning_rate_init=1e-3).fit(TOKENS, Y)
    monkeypatch.setattr(gradients, "is_by_hand", lambda module: False)
    by_autograd = DeepSetsRegressor(**options, learning_rate_init=1e-3).fit(TOKENS, Y)
    found, expected = weights_of(by_hand), weights_of(by_autograd)
    torch.testing.assert_close(found, expected, rtol=1e-7, atol=1e-9)


class Noise(Callback):
    """Writes to the gradients of all tokens, as ``.data`` does without a trace."""

    def on_grad_computed(self, net, named_parameters, **kwargs):
        for _, weights in named_parameters:
            weights.grad.data += 0.1 * weights.data


def test_gradients_that_a_callback_adds_to_are_cleared(monkeypatch):
    options = OPTIONS | {"dropout": 0.0, "element_kind": "token", "callbacks": [Noise()]}
    by_hand = DeepSetsRegressor(**options).fit(TOKENS, Y)
    monkeypatch.setattr(gradients, "is_by_hand", lambda module: False)
    by_autograd = DeepSetsRegressor(**options).fit(TOKENS, Y)
    found, expected = weights_of(by_hand), weights_of(by_autograd)
    torch.testing.assert_close(found, expected, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("equivariant", [(), (8,)], ids=str)
def test_a_batch_in_parts(monkeypatch, equivariant):
    options = OPTIONS | {"pooling": "sum", "dropout": 0.0, "batch_size": 32}
    options |= {"equivariant_layer_sizes": equivariant}
    weight = RNG.uniform(size=60)
    whole = DeepSetsRegressor(**options).fit(X, Y, sample_weight=weight)
    sizes = []
    add = Gradients._add

    def noted(self, sets, *args):
        sizes.append(len(sets.values))
        return add(self, sets, *args)

    monkeypatch.setattr(Gradients, "_add", noted)
    monkeypatch.setattr(gradients, "PART_NUMBERS", 20 * 128)
    parts = DeepSetsRegressor(**options).fit(X, Y, sample_weight=weight)
    assert len(sizes) > 3 * 2 * 4
    assert max(sizes) <= 20
    torch.testing.assert_close(weights_of(parts), weights_of(whole), rtol=1e-7, atol=1e-9)


def test_elements_in_parts(monkeypatch):
    """Targets of elements are cut where the sets are; the missing ones weigh nothing."""
    y = [np.where(x[:, 0] > 1, np.nan, x[:, 0]) for x in X]
    options = OPTIONS | {"dropout": 0.0}
    whole = DeepSetsElementRegressor(**options).fit(X, y)
    monkeypatch.setattr(gradients, "PART_NUMBERS", 20 * 64)
    parts = DeepSetsElementRegressor(**options).fit(X, y)
    torch.testing.assert_close(weights_of(parts), weights_of(whole), rtol=1e-7, atol=1e-9)


def test_layers_of_the_users_get_whole_batches(monkeypatch):
    monkeypatch.setattr(gradients, "PART_NUMBERS", 1)
    rows = []

    class Rho(torch.nn.Linear):
        def forward(self, x):
            rows.append(len(x))
            return super().forward(x)

    rho = Rho(128, 1).double()
    DeepSetsRegressor(**OPTIONS | {"pooling": "sum", "dropout": 0.0}, rho=rho).fit(X, Y)
    assert {n for n in rows if n > 2} == {16, 12}


class Freezing(Callback):
    def on_epoch_begin(self, net, **kwargs):
        for weights in net.module_.phi.parameters():
            weights.requires_grad_(False)
        self.before = [w.clone() for w in net.module_.phi.parameters()]

    def on_epoch_end(self, net, **kwargs):
        for weights, before in zip(net.module_.phi.parameters(), self.before, strict=True):
            assert torch.equal(weights, before)


def test_what_a_callback_freezes_stays_as_it_is():
    options = OPTIONS | {"pooling": "sum", "learning_rate": "constant"}
    free = DeepSetsRegressor(**options).fit(X, Y)
    frozen = DeepSetsRegressor(**options, callbacks=[Freezing()]).fit(X, Y)
    assert not torch.equal(weights_of(free), weights_of(frozen))
    for weights in frozen.net_.module_.rho.parameters():
        assert weights.requires_grad


class Vanishing(Callback):
    """Gradients that a callback changes are those that the step is taken with."""

    def on_grad_computed(self, net, named_parameters, **kwargs):
        for _, weights in named_parameters:
            weights.grad = torch.zeros_like(weights)


def test_a_callback_changes_gradients():
    options = OPTIONS | {"pooling": "sum", "weight_decay": 0.0, "learning_rate": "constant"}
    fitted = DeepSetsRegressor(**options | {"max_epochs": 1}, callbacks=[Vanishing()]).fit(X, Y)
    more = DeepSetsRegressor(**options, callbacks=[Vanishing()]).fit(X, Y)
    assert torch.equal(weights_of(fitted), weights_of(more))
