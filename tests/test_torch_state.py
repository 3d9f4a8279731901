"""A fit and a prediction are the same whatever a caller has switched in torch."""

import contextlib

import numpy as np
import pytest
import torch
from network_cases import NETWORKS, make_sets, make_targets, outputs
from numpy.testing import assert_array_equal

from sksets import SetExpander
from sksets._torch_state import plain_torch
from sksets.kernels import knn_divergence, mean_map_features, mean_map_kernel, mmd_squared
from sksets.preprocessing import MeanMapFeatures


@contextlib.contextmanager
def default_type():
    torch.set_default_dtype(torch.float64)
    try:
        yield
        assert torch.get_default_dtype() == torch.float64
    finally:
        torch.set_default_dtype(torch.float32)


STATES = {
    "inference_mode": torch.inference_mode,
    "no_grad": torch.no_grad,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "default device": lambda: torch.device("meta"),
    "default type": default_type,
}


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("cls", NETWORKS)
def test_a_network_is_the_same_in_any_state_of_torch(cls, state):
    sets = make_sets()
    y = make_targets(cls, sets)
    model = cls(max_epochs=2, random_state=0, dropout=0.1)
    expected = outputs(model.fit(sets, y), sets)
    with STATES[state]():
        assert_array_equal(outputs(model, sets), expected)
        assert_array_equal(outputs(model.fit(sets, y), sets), expected)
        assert_array_equal(outputs(model, sets), expected)


@pytest.mark.parametrize("state", STATES)
def test_an_expander_is_the_same_in_any_state_of_torch(state):
    sets = [["a", "b", "c"], ["b", "c"], ["a", "d"], ["c", "d", "a"]]
    model = SetExpander(max_epochs=2, random_state=0)
    expected = model.fit(sets).score_candidates([["a"], ["b", "d"]])
    with STATES[state]():
        assert_array_equal(model.fit(sets).score_candidates([["a"], ["b", "d"]]), expected)


@pytest.mark.parametrize("state", STATES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    "kernel",
    [
        mean_map_kernel,
        mmd_squared,
        knn_divergence,
        lambda X: mean_map_features(X, [[1.0], [2.0]]),
        lambda X: mean_map_kernel(X, element_kernel="linear"),
        lambda X: mmd_squared(X, element_kernel="laplacian"),
        lambda X: MeanMapFeatures(random_state=0).fit_transform(X),
    ],
)
def test_a_kernel_is_the_same_in_any_state_of_torch(kernel, dtype, state):
    X = [np.random.default_rng(n).normal(size=(n + 5, 2)).astype(dtype) for n in range(6)]
    expected = kernel(X)
    with STATES[state]():
        assert_array_equal(kernel(X), expected)


def test_tensors_of_inference_mode_are_read():
    model = NETWORKS[1](max_epochs=2, random_state=0)
    sets = [np.full((n, 2), float(n)) for n in (1, 2, 3, 4)]
    expected = model.fit(sets, [1.0, 2.0, 3.0, 4.0]).predict(sets)
    with torch.inference_mode():
        tensors = [torch.tensor(s) for s in sets]
    assert_array_equal(model.fit(tensors, [1.0, 2.0, 3.0, 4.0]).predict(tensors), expected)


def test_the_state_is_given_back():
    with torch.inference_mode(), torch.device("meta"):
        with plain_torch():
            assert torch.empty(1).device.type == "cpu"
            assert torch.ones(1, requires_grad=True).exp().requires_grad
        assert torch.is_inference_mode_enabled()
        assert torch.empty(1).device.type == "meta"
