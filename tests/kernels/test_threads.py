"""How many threads a kernel takes, and that it gives them back."""

from concurrent.futures import ThreadPoolExecutor

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


def in_a_new_thread(function):
    with ThreadPoolExecutor(1) as new_thread:
        return new_thread.submit(function).result()


def test_a_kernel_changes_no_other_thread():
    before = torch.get_num_threads()
    torch.set_num_threads(2)
    large = draw([300] * 20, dtype=np.float32)
    own, new = [], []
    try:
        with ThreadPoolExecutor(1) as other:
            kernel = other.submit(mean_map_kernel, large, n_jobs=1)
            while not kernel.done():
                own.append(torch.get_num_threads())
                new.append(in_a_new_thread(torch.get_num_threads))
            assert other.submit(torch.get_num_threads).result() == 2
        # Twice, for an instant that a busy machine prolongs, new threads begin with the kernel's.
        assert set(own) == {2} and len(new) > 4 and new.count(1) < new.count(2)
    finally:
        torch.set_num_threads(before)


def test_kernels_at_once_leave_the_number_of_threads_that_they_found():
    before = torch.get_num_threads()
    torch.set_num_threads(2)

    def run(n_jobs):
        found = torch.get_num_threads()
        for _ in range(5):
            mean_map_kernel(X, n_jobs=n_jobs)
            assert torch.get_num_threads() == found
        return mean_map_kernel(X, n_jobs=n_jobs)

    try:
        expected = mean_map_kernel(X)
        for _ in range(3):
            with ThreadPoolExecutor(4) as pool:
                for found in pool.map(run, [1, 2, 1, -1]):
                    np.testing.assert_array_equal(found, expected)
            assert torch.get_num_threads() == in_a_new_thread(torch.get_num_threads) == 2
    finally:
        torch.set_num_threads(before)
