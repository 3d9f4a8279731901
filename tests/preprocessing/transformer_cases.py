"""Transformers from sets to sets, and how to compare sets."""

import numpy as np
import pytest
from sklearn.decomposition import PCA

from sksets.preprocessing import (
    ElementTransformer,
    NeighborFeatures,
    SetNormalizer,
)

SIZES = (3, 0, 1, 6, 2)


def assert_same(found, expected):
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


SET_TO_SET = [
    pytest.param(ElementTransformer(PCA(2)), id="elements"),
    pytest.param(SetNormalizer(), id="normalizer"),
    pytest.param(NeighborFeatures(2), id="neighbors"),
]
