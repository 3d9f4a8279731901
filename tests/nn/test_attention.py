import pytest
import torch
from torch.nn import functional as F

from sksets.nn import MultiheadPooling, SetBatch, segment_sum


def reference(attention, part):
    """Attend to the elements of one set with torch's own attention."""

    def heads(x):
        return x.unflatten(1, (attention.n_heads, -1)).transpose(0, 1)

    seeds = attention.query(attention.seeds)
    key, value = F.linear(part, attention.key.weight), attention.value(part)
    attended = F.scaled_dot_product_attention(heads(seeds), heads(key), heads(value))
    return seeds + attended.transpose(0, 1).flatten(1)


@pytest.mark.parametrize("n_seeds", [1, 3])
@pytest.mark.parametrize("n_heads", [1, 2, 4])
def test_torchs_attention_a_set(n_seeds, n_heads, batch):
    attention = MultiheadPooling(4, n_seeds, n_heads).double()
    outputs = attention.finish(attention.reduce(batch.values, batch))
    assert outputs.shape == (6, n_seeds, 4)
    for row, part in zip(outputs, batch.values.split(batch.sizes.tolist()), strict=True):
        expected = reference(attention, part) if len(part) else attention.query(attention.seeds)
        torch.testing.assert_close(row, expected)


def test_gradients_are_torchs(batch):
    attention = MultiheadPooling(4, 2, 2).double()
    values = batch.values.requires_grad_()
    inputs = [values, *attention.parameters()]
    filled = batch.sizes > 0
    outputs = attention.finish(attention.reduce(values, batch))[filled]
    parts = [part for part in values.split(batch.sizes.tolist()) if len(part)]
    expected = torch.stack([reference(attention, part) for part in parts])
    weight = torch.randn_like(outputs)
    torch.testing.assert_close(
        torch.autograd.grad((outputs * weight).sum(), inputs),
        torch.autograd.grad((expected * weight).sum(), inputs),
    )


def test_scores_far_apart_stay_finite(batch):
    attention = MultiheadPooling(4, 1, 2).double()
    values = (batch.values * 1e6).requires_grad_()
    out = attention.finish(attention.reduce(values, batch))
    (gradient,) = torch.autograd.grad(out.sum(), values)
    assert out.isfinite().all() and gradient.isfinite().all()


def test_weights_are_those_of_the_weighted_mean():
    torch.manual_seed(0)
    attention = MultiheadPooling(6, n_seeds=2, n_heads=3).double()
    values = torch.randn(5, 6, dtype=torch.float64)
    weight = torch.tensor([1.0, 2.0, 1.0, 0.5, 3.0])
    batch = SetBatch(values, torch.tensor([0, 2, 2, 5]), element_weight=weight)
    weights = attention.weights(values, batch)
    assert weights.shape == (5, 2, 3)
    torch.testing.assert_close(segment_sum(weights, batch)[[0, 2]], torch.ones(2, 2, 3).double())
    value = attention.value(values).unflatten(1, (1, 3, -1))
    pooled = segment_sum(weights[..., None] * value, batch).flatten(2)
    expected = attention.finish(attention.reduce(values, batch))
    torch.testing.assert_close(attention.query(attention.seeds) + pooled, expected)
