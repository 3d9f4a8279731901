"""How many threads a kernel takes, and that it gives them back."""

import numpy as np
import pytest
import torch
from kernel_cases import KERNELS, X, draw, options

from sksets.kernels import mean_map_kernel, mmd_squared


def test_threads_change_nothing_and_are_given_back():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        single = draw([150, 120, 130], dtype=np.float32)
        for name in KERNELS:
            expected = mmd_squared(single, single, n_jobs=1, **options(name))
            for n_jobs in (2, -1, None):
                found = mmd_squared(single, single, n_jobs=n_jobs, **options(name))
                np.testing.assert_array_equal(found, expected)
            assert torch.get_num_threads() == 2
        with pytest.raises(ValueError, match="too large"):
            mean_map_kernel([np.full((1, 1), 1e300)], element_kernel="polynomial", n_jobs=1)
        assert torch.get_num_threads() == 2
    finally:
        torch.set_num_threads(before)
    with pytest.raises(ValueError, match=r"n_jobs must be None, 1 or more, or negative .*found 0"):
        mean_map_kernel(X, n_jobs=0)
