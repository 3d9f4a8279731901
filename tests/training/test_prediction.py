"""The outputs of a network for all sets, the large ones in pieces."""

import numpy as np
import pytest
from network_cases import sums
from numpy.testing import assert_allclose

from sksets import DeepSetsRegressor


@pytest.mark.parametrize(
    "pooling", ["sum", "mean", "std", "log_std", "max", "logsumexp", "attention"]
)
def test_a_large_set_is_pooled_in_pieces(pooling):
    X, y = sums(60)
    reg = DeepSetsRegressor(
        pooling=pooling, equivariant_layer_sizes=(8,), max_epochs=2, random_state=0
    ).fit(X, y)
    large = np.random.default_rng(0).normal(size=(5_000, 2))
    whole = reg.transform([large, X[0]])
    reg.set_params(max_elements_per_batch=128)
    assert_allclose(reg.transform([large, X[0]]), whole, rtol=1e-3, atol=1e-4)
