"""Sets with all that they may have, and what each element of them contributes by its removal."""

import numpy as np

from sksets import SetArray

FAST = {"max_epochs": 2, "random_state": 0, "dtype": "float64", "rho_layer_sizes": (8,)}
SIZES = (4, 0, 1, 6, 2, 3, 0, 5)


def make_sets(context=False, weight=False):
    rng = np.random.default_rng(0)
    packed = SetArray.from_sets([rng.normal(2, 3, size=(size, 3)) for size in SIZES])
    if context:
        packed = packed.with_context(rng.normal(size=(len(SIZES), 2)))
    if weight:
        packed = packed.with_element_weight(rng.uniform(0.5, 2, size=sum(SIZES)))
    return packed


def remove(X, i, j):
    """Set i of X without its element j, as a SetArray of one set."""
    one = X[i : i + 1]
    kept = np.arange(one.sizes[0]) != j
    return SetArray(
        one.values[kept],
        [0, kept.sum()],
        one.context,
        feature_names=one.feature_names,
        element_weight=None if one.element_weight is None else one.element_weight[kept],
    )


def by_removal(function, X):
    """function(X) less function of what is left, one array a set."""
    whole = function(X)
    return [
        np.array([whole[i] - function(remove(X, i, j))[0] for j in range(size)])
        for i, size in enumerate(X.sizes)
    ]


def assert_same(found, expected, atol=1e-9):
    assert found.shape == (len(expected),)
    for array, other in zip(found, expected, strict=True):
        if len(other):
            np.testing.assert_allclose(array, other, atol=atol, rtol=0)
        assert len(array) == len(other)
