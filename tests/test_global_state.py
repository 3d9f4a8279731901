"""No public call that is given a random_state moves a generator that all share."""

import random

import matplotlib.pyplot as plt
import numpy as np
import pytest
import torch
from argument_cases import CLASSES, OF_SETS, SETS, calls

from sksets import SDMClassifier, SDMRegressor

CALLS = {path: call for path, call in calls().items() if ".fetch_" not in path}
SOLVERS = [(SDMClassifier, {}, CLASSES), (SDMRegressor, {"solver": "svr"}, OF_SETS)]


def states():
    numpy_state = np.random.get_state()  # noqa: NPY002
    return (
        random.getstate(),
        (numpy_state[1].tobytes(), *numpy_state[2:]),
        torch.get_rng_state().numpy().tobytes(),
        torch.get_num_threads(),
        torch.get_default_dtype(),
    )


@pytest.mark.parametrize("path", CALLS)
def test_a_call_leaves_what_all_share(path):
    function, good, _ = CALLS[path]
    before = states()
    function(**good)
    plt.close("all")
    assert states() == before


@pytest.mark.parametrize("approximation", [None, "rff", "nystroem"])
@pytest.mark.parametrize("class_, parameters, y", SOLVERS)
def test_support_vector_machines_ask_no_global_generator(class_, parameters, y, approximation):
    model = class_(approximation=approximation, n_components=3, random_state=0, **parameters)
    before = states()
    model.fit(SETS, y).predict(SETS)
    assert states() == before
