import math

import pytest
import torch
from layer_cases import make_batch

from sksets import nn
from sksets.nn import SetBatch
from sksets.nn._segment import SMALL, merge_exponentials, precise_sum, shifted_exp

REDUCTIONS = {
    "sum": (nn.segment_sum, lambda x: x.sum(0)),
    "mean": (nn.segment_mean, lambda x: x.mean(0)),
    "max": (nn.segment_max, lambda x: x.max(0).values),
    "min": (nn.segment_min, lambda x: x.min(0).values),
    "logsumexp": (nn.segment_logsumexp, lambda x: x.logsumexp(0)),
    "var": (nn.segment_var, lambda x: x.var(0, correction=0)),
}
TABLE = {
    "sum": [[1.0, -2.0], [0.0, 0.0], [9.0, 3.0]],
    "mean": [[1.0, -2.0], [0.0, 0.0], [3.0, 1.0]],
    "max": [[1.0, -2.0], [0.0, 0.0], [6.0, 5.0]],
    "min": [[1.0, -2.0], [0.0, 0.0], [0.0, -2.0]],
    "logsumexp": [
        [1.0, -2.0],
        [0.0, 0.0],
        [math.log(1 + math.exp(3) + math.exp(6)), math.log(1 + math.exp(5) + math.exp(-2))],
    ],
    "var": [[0.0, 0.0], [0.0, 0.0], [6.0, 26 / 3]],
}

names = pytest.mark.parametrize("name", REDUCTIONS)


@names
@pytest.mark.parametrize("grad", [False, True])
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_table_with_an_empty_set(name, grad, dtype):
    values = torch.tensor([[1, -2], [0, 0], [3, 5], [6, -2]], dtype=dtype, requires_grad=grad)
    reduced = REDUCTIONS[name][0](values, SetBatch(values, torch.tensor([0, 1, 1, 4])))
    torch.testing.assert_close(reduced.detach(), torch.tensor(TABLE[name], dtype=dtype))


@names
@pytest.mark.parametrize("trailing", [(), (1,), (3,), (2, 3)])
@pytest.mark.parametrize("grad", [False, True])
def test_loop_over_sets(name, trailing, grad, batch):
    function, reference = REDUCTIONS[name]
    values = torch.randn(13, *trailing, dtype=torch.float64, requires_grad=grad)
    reduced = function(values, batch)
    assert reduced.shape == (6, *trailing)
    for row, part in zip(reduced, values.split(batch.sizes.tolist()), strict=True):
        expected = reference(part) if len(part) else torch.zeros(trailing, dtype=torch.float64)
        torch.testing.assert_close(row, expected)


@pytest.mark.parametrize("sizes", [(0, 1, SMALL), (SMALL + 1, 0, 2 * SMALL, 3), (10_000, 5, 0)])
@pytest.mark.parametrize("trailing", [(), (3,), (2, 3)])
def test_precise_sum_of_single_precision(sizes, trailing):
    values = torch.rand(sum(sizes), *trailing)
    batch = SetBatch(values, torch.tensor([0, *sizes]).cumsum(0))
    sums = precise_sum(values, batch)
    assert sums.dtype == torch.float64
    torch.testing.assert_close(sums, nn.segment_sum(values.double(), batch), rtol=5e-7, atol=0)
    for row, part in zip(sums, values.split(sizes), strict=True):
        alone = precise_sum(part, SetBatch(part, torch.tensor([0, len(part)])))
        assert torch.equal(alone[0], row)


def test_ten_thousand_equal_terms_are_summed_to_a_part_of_a_term():
    term = torch.rand(1, 50)
    values = term.expand(10_000, 50).contiguous()
    sums = precise_sum(values, SetBatch(values, torch.tensor([0, 10_000])))
    assert ((sums / term - 10_000).abs() < 3e-3).all()


@names
def test_gradient(name, batch):
    values = batch.values.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: REDUCTIONS[name][0](x, batch), values)
    if name not in ("max", "min"):  # torch's embedding_bag has no second derivative
        assert torch.autograd.gradgradcheck(lambda x: REDUCTIONS[name][0](x, batch), values)


@names
@pytest.mark.parametrize("sizes", [(), (0,), (0, 0, 0)])
def test_no_elements(name, sizes):
    batch = make_batch(sizes)
    values = batch.values.requires_grad_()
    reduced = REDUCTIONS[name][0](values, batch)
    torch.testing.assert_close(reduced, torch.zeros(len(sizes), 4, dtype=torch.float64))
    reduced.sum().backward()
    assert values.grad.shape == (0, 4)


def test_softmax_table():
    values = torch.tensor([0.0, math.log(3), 5.0])
    softmax = nn.segment_softmax(values, SetBatch(values, torch.tensor([0, 2, 2, 3])))
    torch.testing.assert_close(softmax, torch.tensor([0.25, 0.75, 1.0]))


@pytest.mark.parametrize("trailing", [(), (3,), (2, 3)])
def test_softmax_of_each_set(trailing, batch):
    values = torch.randn(13, *trailing, dtype=torch.float64, requires_grad=True)
    softmax = nn.segment_softmax(values, batch).split(batch.sizes.tolist())
    for weights, part in zip(softmax, values.split(batch.sizes.tolist()), strict=True):
        torch.testing.assert_close(weights, part.softmax(0))
    assert torch.autograd.gradcheck(lambda x: nn.segment_softmax(x, batch), values)
    assert torch.autograd.gradgradcheck(lambda x: nn.segment_softmax(x, batch), values)


@pytest.mark.parametrize("shift", [-1e4, 1e4])
def test_no_overflow(shift, batch):
    values = (batch.values + shift).requires_grad_()
    for function in (nn.segment_softmax, nn.segment_logsumexp, nn.segment_var):
        (gradient,) = torch.autograd.grad(function(values, batch).sum(), values)
        assert function(values, batch).isfinite().all() and gradient.isfinite().all()
    torch.testing.assert_close(
        nn.segment_softmax(values, batch), nn.segment_softmax(batch.values, batch)
    )


def test_variance_far_from_zero():
    values = torch.tensor([[1e4], [1e4 + 1], [1e4 + 2]])
    variance = nn.segment_var(values, SetBatch(values, torch.tensor([0, 3])))
    torch.testing.assert_close(variance, torch.tensor([[2 / 3]]), rtol=1e-5, atol=0)


@pytest.mark.parametrize("function", [nn.segment_max, nn.segment_min])
def test_gradient_of_a_tie_goes_to_the_first(function):
    values = torch.tensor([[1.0], [1.0], [1.0]], requires_grad=True)
    function(values, SetBatch(values, torch.tensor([0, 3]))).sum().backward()
    assert values.grad.flatten().tolist() == [1, 0, 0]


@names
def test_other_sets_of_the_batch_change_no_bit(name, batch):
    whole = REDUCTIONS[name][0](batch.values, batch)
    for i, part in enumerate(batch.values.split(batch.sizes.tolist())):
        alone = REDUCTIONS[name][0](part, SetBatch(part, torch.tensor([0, len(part)])))
        assert torch.equal(alone[0], whole[i])


@pytest.mark.parametrize("name", [*REDUCTIONS, "softmax"])
def test_number_of_threads_changes_no_bit(name, two_thread_counts):
    batch = make_batch((301,) * 40, width=64, dtype=torch.float32)
    values = batch.values.requires_grad_()
    function = REDUCTIONS[name][0] if name in REDUCTIONS else nn.segment_softmax
    weight = torch.randn(function(values, batch).shape)

    def both_ways():
        out = function(values, batch)
        return out, *torch.autograd.grad((out * weight).sum(), values)

    one, two = two_thread_counts(both_ways)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


def test_number_of_threads_changes_no_bit_of_a_precise_sum(two_thread_counts):
    batch = make_batch((301,) * 40, width=64, dtype=torch.float32)
    assert torch.equal(*two_thread_counts(lambda: precise_sum(batch.values, batch)))


def test_sums_of_exponentials_of_pieces_are_joined():
    values, lowest = torch.tensor([700.0, 0.0, -700.0, 3.0]), torch.finfo(torch.float32).min
    pieces = SetBatch(values, torch.tensor([0, 1, 1, 3, 4]))
    top, exponentials = shifted_exp(values, pieces, lowest)
    state = (top, nn.segment_sum(exponentials, pieces))
    joint, total = merge_exponentials(state, SetBatch(top, torch.tensor([0, 3, 3, 4])))
    # One set of three pieces, one without a piece, one of one piece.
    assert joint.tolist() == [700.0, lowest, 3.0] and total.tolist() == [1.0, 0.0, 1.0]
