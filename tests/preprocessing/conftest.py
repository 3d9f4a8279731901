"""Five sets of four features, one of them empty, and a context."""

import numpy as np
import pytest
from transformer_cases import SIZES


@pytest.fixture
def sets():
    rng = np.random.default_rng(0)
    return [rng.normal(2, 3, size=(size, 4)) for size in SIZES]


@pytest.fixture
def context():
    return np.arange(10.0).reshape(5, 2)
