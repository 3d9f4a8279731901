import pytest
import torch
from layer_cases import SIZES, isab, make_batch

from sksets.nn import InducedAttention, SetBatch


def split(batch):
    return batch.values.split(batch.sizes.tolist())


def shuffled_within_sets(batch):
    starts, sizes = batch.offsets.tolist(), batch.sizes.tolist()
    return torch.cat([s + torch.randperm(n) for s, n in zip(starts, sizes, strict=False)])


@pytest.mark.parametrize("n_inducing", [1, 3])
@pytest.mark.parametrize("n_in, n_out, n_heads", [(4, 4, 1), (4, 8, 4), (6, 3, 2)])
def test_torchs_attention_a_set(n_in, n_out, n_heads, n_inducing):
    batch = make_batch(SIZES, n_in)
    layer = InducedAttention(n_in, n_out, n_inducing=n_inducing, n_heads=n_heads).double()
    outputs = layer(batch.values, batch)
    assert outputs.shape == (13, n_out)
    for rows, part in zip(outputs.split(SIZES), split(batch), strict=True):
        if len(part):
            torch.testing.assert_close(rows, isab(layer, part))


def test_gradients_are_torchs(batch):
    layer = InducedAttention(4, 6, n_inducing=3, n_heads=2).double()
    values = batch.values.requires_grad_()
    inputs = [values, *layer.parameters()]
    expected = torch.cat([isab(layer, part) for part in values.split(SIZES) if len(part)])
    weight = torch.randn_like(expected)
    torch.testing.assert_close(
        torch.autograd.grad((layer(values, batch) * weight).sum(), inputs),
        torch.autograd.grad((expected * weight).sum(), inputs),
    )
    assert torch.autograd.gradcheck(lambda x: layer(x, batch), values)


def test_equivariance_of_attention(batch):
    layer, order = InducedAttention(4, 6).double(), shuffled_within_sets(batch)
    torch.testing.assert_close(layer(batch.values[order], batch), layer(batch.values, batch)[order])


def test_other_sets_of_the_batch_change_nothing(batch):
    layer = InducedAttention(4, 6, n_inducing=3).double()
    for rows, part in zip(layer(batch.values, batch).split(SIZES), split(batch), strict=True):
        alone = SetBatch(part, torch.tensor([0, len(part)]))
        torch.testing.assert_close(layer(part, alone), rows)


def test_pieces_with_the_pool_of_the_whole(batch):
    layer = InducedAttention(4, 6, n_inducing=3).double()
    whole, pooled = layer(batch.values, batch), layer.pool(batch.values, batch)
    assert pooled.shape == (6, 3 * 4)
    piece = SetBatch(batch.values[5:8], torch.tensor([0, 3]))
    torch.testing.assert_close(layer(piece.values, piece, [pooled[3:4]]), whole[5:8])


@pytest.mark.parametrize("sizes", [(), (0,), (0, 0, 2, 0)], ids=str)
def test_attention_with_empty_sets(sizes):
    batch, layer = make_batch(sizes), InducedAttention(4, 6).double()
    values = batch.values.requires_grad_()
    outputs = layer(values, batch)
    gradients = torch.autograd.grad(outputs.sum(), [values, *layer.parameters()])
    assert outputs.shape == (sum(sizes), 6) and outputs.isfinite().all()
    assert all(gradient.isfinite().all() for gradient in gradients)


def test_scores_far_apart_stay_finite(batch):
    layer, values = InducedAttention(4, 6).double(), (batch.values * 1e6).requires_grad_()
    out = layer(values, batch)
    (gradient,) = torch.autograd.grad(out.sum(), values)
    assert out.isfinite().all() and gradient.isfinite().all()


def test_as_many_heads_as_divide_the_width():
    layer = InducedAttention(7, 6, n_heads=4)
    assert layer.n_heads == 3 and layer.pool.attention.n_heads == 1


@pytest.mark.parametrize("n_in, n_out", [(64, 64), (5, 7), (3, 10)])
def test_number_of_threads_changes_rounding_of_attention_alone(n_in, n_out, check_thread_counts):
    def build(dtype):
        batch = make_batch((301, 0, 7, 1200, 1, 2000), n_in, dtype)
        layer = InducedAttention(n_in, n_out, n_inducing=5).to(dtype)
        values = batch.values.requires_grad_()
        return lambda: layer(values, batch), (values, *layer.parameters())

    check_thread_counts(build)
