import pytest
import torch
from layer_cases import SIZES, make_batch


@pytest.fixture(autouse=True)
def _seed():
    with torch.random.fork_rng():
        torch.manual_seed(0)
        yield


@pytest.fixture
def batch():
    """Six sets of 13 elements of width 4 in double, two of them empty."""
    return make_batch(SIZES)


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


@pytest.fixture
def check_thread_counts(two_thread_counts):
    """Compare one with two threads: outputs to the bit in float32, gradients in float64.

    The gradient of a weight is a sum over all elements, which MKL shares among the threads on some
    processors; so it is the same up to rounding only.
    """

    def check(build):
        """``build(dtype)`` returns a function without arguments, and what to differentiate by."""
        forward, _ = build(torch.float32)
        assert torch.equal(*two_thread_counts(forward))
        forward, inputs = build(torch.float64)
        inputs, weight = list(inputs), torch.randn_like(forward())
        one, two = two_thread_counts(
            lambda: torch.autograd.grad((forward() * weight).sum(), inputs)
        )
        for a, b in zip(one, two, strict=True):
            assert (a - b).abs().max() <= 1e-10 * (1 + a.abs().max())

    return check
