"""The kernels of elements, by their names and their defaults."""

import numpy as np
from kernel_cases import KERNELS, LITERAL, X, Y

from sksets.kernels import ELEMENT_KERNELS, SHIFT_INVARIANT_KERNELS, mean_map_kernel


def test_defaults_are_those_of_scikit_learn():
    for name, (function, _) in KERNELS.items():
        found = mean_map_kernel(X, Y, element_kernel=name)
        expected = [[function(x, y).mean() for y in Y] for x in X]
        np.testing.assert_allclose(found, expected, rtol=1e-11)


def test_names_of_element_kernels():
    assert set(ELEMENT_KERNELS) == set(KERNELS)
    moved = [elements + 1 for elements in LITERAL]
    for name in ELEMENT_KERNELS:
        here, away = (mean_map_kernel(sets, element_kernel=name) for sets in (LITERAL, moved))
        assert (name in SHIFT_INVARIANT_KERNELS) == np.allclose(here, away, rtol=1e-12)
