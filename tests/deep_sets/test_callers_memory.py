"""Encoders and augmentations that work in place leave the caller's numbers as they were."""

import numpy as np
import pytest
import torch
from network_cases import NETWORKS

from sksets import DeepSetsClassifier, DeepSetsRegressor, SetArray, SetOutlierDetector

IN_PLACE = torch.nn.Sequential(torch.nn.ReLU(inplace=True), torch.nn.Linear(2, 4))


def data(n_sets=30, dtype=np.float32):
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 6, size=n_sets)
    values = rng.normal(size=(sizes.sum(), 2)).astype(dtype)
    context = rng.normal(size=(n_sets, 2)).astype(dtype)
    return SetArray(values, np.append(0, sizes.cumsum()), context)


def targets(cls, X):
    if cls is SetOutlierDetector:
        return None
    if "Element" in cls.__name__:
        return [np.arange(len(x)) % 2 for x in X]
    return np.arange(len(X)) % 2


def double_in_place(batch, generator):
    return batch.replace(batch.values.mul_(2))


@pytest.mark.parametrize("cls", NETWORKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize(
    "params",
    [
        {},
        {"early_stopping": True, "validation_fraction": 0.3},
        {"max_elements_per_batch": 3},
        {"augmentation": double_in_place, "early_stopping": True},
        {"normalize": "features", "augmentation": double_in_place},
    ],
    ids=["plain", "early", "pieces", "augmented", "scaled"],
)
def test_neither_fit_nor_predict_writes(cls, dtype, params):
    X = data(dtype=dtype)
    values, context = X.values.copy(), X.context.copy()
    params = {"normalize": None, "dtype": dtype, "element_encoder": IN_PLACE, **params}
    model = cls(max_epochs=2, random_state=0, **params).fit(X, targets(cls, X))
    first = model.predict(X)
    again = model.predict(X)
    np.testing.assert_array_equal(X.values, values)
    np.testing.assert_array_equal(X.context, context)
    np.testing.assert_array_equal(np.hstack(list(first)), np.hstack(list(again)))


@pytest.mark.parametrize("n_sets", [1, 8])
def test_each_epoch_sees_the_same_elements(n_sets):
    """One set, or all in their order, could come as a view of the data."""
    seen = []

    class Doubling(torch.nn.Module):
        def forward(self, values):
            if self.training and not seen_before(values):
                seen.append(values.sort(0).values.clone())
            return values.mul_(2)

    def seen_before(values):
        return not values.any()  # the zeros by which an encoder is tried

    X = [np.arange(1, 5, dtype=np.float32).reshape(2, 2) + i for i in range(n_sets)]
    reg = DeepSetsRegressor(
        element_encoder=Doubling(), normalize=None, max_epochs=3, batch_size=8, random_state=0
    )
    reg.fit(X, np.arange(n_sets))
    assert len(seen) == 3
    for values in seen:
        assert torch.equal(values, torch.from_numpy(np.sort(np.concatenate(X), axis=0)))


def test_tokens_are_not_written_either():
    tokens = np.arange(40) % 7
    X = SetArray(tokens, np.arange(0, 41, 4))
    DeepSetsClassifier(element_kind="token", max_epochs=2).fit(X, np.arange(10) % 2).predict(X)
    np.testing.assert_array_equal(X.values, np.arange(40) % 7)
