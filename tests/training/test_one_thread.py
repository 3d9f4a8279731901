"""Small steps take one thread, large ones as many as torch has; both give them back."""

import numpy as np
import pytest
import torch
from skorch.callbacks import Callback

from sksets import DeepSetsRegressor, SetExpander, SetOutlierDetector
from sksets._training import loop

RNG = np.random.default_rng(0)
X = [RNG.normal(size=(n, 3)) for n in RNG.integers(3, 9, 80)]
Y = np.array([x.sum() for x in X])
TOKENS = [RNG.choice(30, size=n, replace=False) for n in RNG.integers(3, 9, 80)]
OPTIONS = {"max_epochs": 25, "batch_size": 16, "random_state": 0, "device": "cpu"}


class Threads(Callback):
    """Writes down how many threads torch has in each epoch."""

    def __init__(self, seen):
        self.seen = seen

    def __deepcopy__(self, memo):
        return self

    def on_epoch_begin(self, net, **kwargs):
        self.seen.append(torch.get_num_threads())


@pytest.fixture
def two_threads():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    yield
    torch.set_num_threads(before)


def threads_of(cls, *data, **options):
    seen = []
    cls(**OPTIONS | options, callbacks=[Threads(seen)]).fit(*data)
    assert torch.get_num_threads() == 2
    return set(seen)


FIXED = {"pooling": "sum", "dropout": 0.0}


def test_small_steps_take_one(two_threads):
    assert threads_of(DeepSetsRegressor, X, Y, **FIXED) == {1}
    assert threads_of(SetOutlierDetector, X) == {1}
    assert threads_of(SetExpander, TOKENS) == {1}


def test_large_or_few_steps_take_all(two_threads, monkeypatch):
    few = FIXED | {"max_epochs": 1}
    assert threads_of(DeepSetsRegressor, X, Y, **few) == {2}
    monkeypatch.setattr(loop, "ONE_THREAD_STEPS", 1)
    assert threads_of(DeepSetsRegressor, X, Y, **few) == {1}
    rho = few | {"rho": torch.nn.Linear(128, 1)}
    assert threads_of(DeepSetsRegressor, X, Y, **rho) == {2}
    images = [RNG.random((2, 8, 8)) for _ in range(80)]
    convolved = few | {"element_encoder": "conv", "phi_layer_sizes": (4,)}
    assert threads_of(DeepSetsRegressor, images, Y, **convolved) == {2}
    # Some 220 elements a batch, and layers of 128.
    monkeypatch.setattr(loop, "ONE_THREAD_NUMBERS", 150 * 128)
    few |= {"batch_size": 40}
    assert threads_of(DeepSetsRegressor, X, Y, **few) == {2}
    assert threads_of(DeepSetsRegressor, X, Y, **few, max_elements_per_batch=40) == {1}


def test_a_failed_fit_gives_them_back(two_threads):
    class Failing(Callback):
        def on_epoch_end(self, net, **kwargs):
            raise RuntimeError("no more")

    with pytest.raises(RuntimeError, match="no more"):
        DeepSetsRegressor(**OPTIONS, **FIXED, callbacks=[Failing()]).fit(X, Y)
    assert torch.get_num_threads() == 2
