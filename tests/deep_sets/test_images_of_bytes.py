"""Images of bytes: the convolutional encoder takes them as shares of 255."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from sksets import DeepSetsElementRegressor, DeepSetsRegressor, SetArray
from sksets.nn import ConvEncoder


def images(n_sets=6):
    rng = np.random.default_rng(0)
    return SetArray(rng.integers(0, 256, size=(12, 8, 8), dtype=np.uint8), np.arange(0, 13, 2))


def shares(X):
    return SetArray((X.values / 255).astype(np.float32), X.offsets)


@pytest.mark.parametrize("encoder", ["conv", ConvEncoder((8, 8))], ids=["name", "module"])
@pytest.mark.parametrize("cls", [DeepSetsRegressor, DeepSetsElementRegressor])
def test_bytes_are_shares_of_255(encoder, cls):
    X = images()
    y = np.arange(6.0) if cls is DeepSetsRegressor else np.split(np.arange(12.0), 6)
    model = cls(element_encoder=encoder, normalize=None, max_epochs=2, random_state=0)
    predicted = np.hstack(list(model.fit(X, y).predict(X)))
    losses = [row["train_loss"] for row in model.history_]
    expected = np.hstack(list(model.fit(shares(X), y).predict(shares(X))))
    assert_allclose(predicted, expected, rtol=1e-4)
    assert_allclose(losses, [row["train_loss"] for row in model.history_], rtol=1e-4)
    assert losses[0] < 3


def test_bytes_stay_bytes_until_the_batch():
    kinds = set()

    def record(batch, generator):
        kinds.add(batch.values.dtype)
        return batch

    X, y = images(), np.arange(6.0)
    model = DeepSetsRegressor(element_encoder="conv", normalize=None, max_epochs=1, random_state=0)
    plain = model.fit(X, y).predict(X)
    recorded = model.set_params(augmentation=record).fit(X, y).predict(X)
    assert kinds == {torch.uint8}
    assert_allclose(recorded, plain)


def test_an_encoder_of_ones_own_gets_numbers():
    """What it makes of bytes is its own affair."""
    flat = torch.nn.Sequential(torch.nn.Flatten(), torch.nn.Linear(64, 4))
    X, y = images(), np.arange(6.0)
    model = DeepSetsRegressor(element_encoder=flat, normalize=None, max_epochs=1, random_state=0)
    floats = SetArray(X.values.astype(np.float32), X.offsets)
    assert_allclose(model.fit(X, y).predict(X), model.fit(floats, y).predict(floats))
