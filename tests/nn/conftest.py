import pytest
import torch

from sksets.nn import SetBatch

SIZES = (3, 0, 1, 5, 0, 4)


@pytest.fixture(autouse=True)
def _seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.fixture
def batch():
    """Six sets of 13 elements of width 4 in double, two of them empty."""
    return make_batch(SIZES)


def make_batch(sizes, width=4, dtype=torch.float64):
    offsets = torch.tensor([0, *sizes]).cumsum(0)
    return SetBatch(torch.randn(sum(sizes), width, dtype=dtype), offsets)


@pytest.fixture
def two_thread_counts():
    """Call a function with one and with two threads and return both results."""

    def run(function):
        before = torch.get_num_threads()
        results = []
        try:
            for count in (1, 2):
                torch.set_num_threads(count)
                results.append(function())
        finally:
            torch.set_num_threads(before)
        return results

    return run
