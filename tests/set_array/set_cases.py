"""Sets to test containers with, and how to compare them."""

import numpy as np

SIZES = (2, 0, 3, 1)


def loop_sets(shape=(2,), dtype=np.float64):
    """Sets in which every element can be told from all others."""
    random = np.random.RandomState(0)
    return [random.randint(0, 200, size=(size, *shape)).astype(dtype) for size in SIZES]


def assert_sets(X, expected, context=None):
    """Compare a SetArray with the list of arrays and the context that it should hold."""
    assert len(X) == len(expected)
    for found, wanted in zip(X, expected, strict=True):
        np.testing.assert_array_equal(found, wanted)
    if context is None:
        assert X.context is None
    else:
        np.testing.assert_array_equal(X.context, context)
