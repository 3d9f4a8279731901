import pytest
import torch
from torch.nn import functional as F

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


def mab(x, y, attention, feedforward):
    """MAB(x, y) of two matrices, with torch's own attention."""

    def heads(rows):
        return rows.unflatten(1, (attention.n_heads, -1)).transpose(0, 1)

    query, key, value = attention.query(x), attention.key(y), attention.value(y)
    attended = F.scaled_dot_product_attention(heads(query), heads(key), heads(value))
    h = query + attended.transpose(0, 1).flatten(1)
    return h + feedforward(h)


def isab(layer, part):
    """MAB(X, MAB(I, X)) of the elements of one set."""
    pool = layer.pool
    induced = mab(pool.attention.seeds, part, pool.attention, pool.feedforward)
    return mab(part, induced, layer, layer.feedforward)


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
