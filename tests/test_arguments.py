"""What functions say of arguments that are out of range, or of another type."""

import numpy as np
import pandas as pd
import pytest
import torch

from sksets import DeepSetsRegressor
from sksets.datasets import get_data_home, make_concept_sets, make_digit_sums
from sksets.kernels import mean_map_kernel, mmd_squared, nystroem_map
from sksets.plotting import ElementPredictionDisplay

X = [np.eye(2), np.ones((3, 2))]
DRAWN = ([[1.0, 2.0]], [[1.0, 2.0]])


@pytest.mark.parametrize(
    "call, text",
    [
        (
            lambda: make_digit_sums(2, random_state=-1),
            "'random_state' parameter of make_digit",
        ),
        (lambda: make_digit_sums(True), "n_sets must be an instance of int, not bool"),
        (
            lambda: make_digit_sums(2**70),
            "n_sets == 1180591620717411303424, must be",
        ),
        (lambda: make_concept_sets(2, noise=np.nan), "noise == nan, must be from 0 to 1"),
        (lambda: get_data_home(7), "'data_home' parameter of get_data_home must be an instance"),
        (lambda: mean_map_kernel(X, n_jobs=1.5), "n_jobs must be None, 1 or more, or .*found 1.5"),
        (lambda: mmd_squared(X, biased="no"), "'biased' parameter of mmd_squared must be"),
        (lambda: nystroem_map("K"), "K must be a matrix of numbers: could not convert"),
        (
            lambda: ElementPredictionDisplay.from_predictions(*DRAWN, gridsize=0),
            r"'gridsize' parameter of .*from_predictions must be an int in the range \[1, 10000\]",
        ),
        (
            lambda: DeepSetsRegressor(phi_layer_sizes=torch.tensor(4)).fit(X, [0.0, 1.0]),
            r"phi_layer_sizes must hold positive integers; found tensor\(4\)",
        ),
    ],
)
def test_messages(call, text):
    with pytest.raises((TypeError, ValueError), match=text):
        call()


def test_sparse_columns_are_read_as_dense():
    dense = pd.DataFrame({"a": [1.0, 0, 0, 2], "b": [0.0, 3, 0, 1]})
    model = DeepSetsRegressor(max_epochs=1, random_state=0).fit(dense, [0.0, 1, 2, 3])
    expected = model.predict(dense)
    np.testing.assert_array_equal(model.predict(dense.astype(pd.SparseDtype(float, 0))), expected)
