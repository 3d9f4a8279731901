import pytest
import torch
from conftest import SIZES, make_batch
from torch.nn import functional as F

from sksets.nn import Dropout, InducedAttention, SetBatch, SetDropout, SetNorm
from sksets.nn._steps import pool_pieces, run_known, run_whole


def split(batch):
    return batch.values.split(batch.sizes.tolist())


def shuffled_within_sets(batch):
    starts, sizes = batch.offsets.tolist(), batch.sizes.tolist()
    return torch.cat([s + torch.randperm(n) for s, n in zip(starts, sizes, strict=False)])


def mab(x, y, attention, feedforward):
    """MAB(x, y) of two matrices, with torch's own attention."""

    def heads(rows):
        return rows.unflatten(1, (attention.n_heads, -1)).transpose(0, 1)

    query, key, value = attention.query(x), attention.key(y), attention.value(y)
    found = F.scaled_dot_product_attention(heads(query), heads(key), heads(value))
    h = query + found.transpose(0, 1).flatten(1)
    return h + feedforward(h)


def isab(layer, part):
    """MAB(X, MAB(I, X)) of the elements of one set."""
    pool = layer.pool
    induced = mab(pool.attention.seeds, part, pool.attention, pool.feedforward)
    return mab(part, induced, layer, layer.feedforward)


# ---------------------------------------------------------------- InducedAttention


@pytest.mark.parametrize("n_inducing", [1, 3])
@pytest.mark.parametrize("n_in, n_out, n_heads", [(4, 4, 1), (4, 8, 4), (6, 3, 2)])
def test_torchs_attention_a_set(n_in, n_out, n_heads, n_inducing):
    batch = make_batch(SIZES, n_in)
    layer = InducedAttention(n_in, n_out, n_inducing=n_inducing, n_heads=n_heads).double()
    found = layer(batch.values, batch)
    assert found.shape == (13, n_out)
    for rows, part in zip(found.split(SIZES), split(batch), strict=True):
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
    torch.testing.assert_close(layer(piece.values, piece, pooled[3:4]), whole[5:8])


@pytest.mark.parametrize("sizes", [(), (0,), (0, 0, 2, 0)], ids=str)
def test_attention_with_empty_sets(sizes):
    batch, layer = make_batch(sizes), InducedAttention(4, 6).double()
    values = batch.values.requires_grad_()
    found = layer(values, batch)
    gradients = torch.autograd.grad(found.sum(), [values, *layer.parameters()])
    assert found.shape == (sum(sizes), 6) and found.isfinite().all()
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


# ---------------------------------------------------------------- SetNorm


def normalised(norm, batch, values):
    return run_whole(norm.steps(values, batch), batch)


def normalised_pieces(norm, pieces, size):
    """Result on all pieces of one set, each time from the pools of the whole set."""

    def make_steps(piece):
        return norm.steps(piece.values, piece)

    known, rows = [], []
    for _ in ("mean", "variance"):
        known.append(pool_pieces(make_steps, pieces, torch.tensor([size]), known)[1])
    for piece in pieces:
        with pytest.raises(StopIteration) as end:
            run_known(make_steps(piece), known)
        rows.append(end.value.value)
    return torch.cat(rows)


def make_norm(features, eps=1e-5):
    norm = SetNorm(features, eps)
    torch.nn.init.normal_(norm.weight)
    torch.nn.init.normal_(norm.bias)
    return norm.double()


def test_set_norm_table():
    batch = SetBatch(torch.tensor([[0.0, 4.0], [4.0, 0.0], [1.0, 3.0]]), torch.tensor([0, 2, 2, 3]))
    found = normalised(SetNorm(2, eps=0.0), batch, batch.values)
    assert found.tolist() == [[-1.0, 1.0], [1.0, -1.0], [-1.0, 1.0]]


@pytest.mark.parametrize("eps", [1e-5, 0.1])
def test_set_norm_formula(eps, batch):
    norm = make_norm(4, eps)
    found = normalised(norm, batch, batch.values)
    for rows, part in zip(found.split(SIZES), split(batch), strict=True):
        if len(part):
            scaled = (part - part.mean()) / torch.sqrt(part.var(correction=0) + eps)
            torch.testing.assert_close(rows, scaled * norm.weight + norm.bias)


def test_set_norm_gradients(batch):
    norm, values = make_norm(4), batch.values.requires_grad_()
    inputs = (values, norm.weight, norm.bias)
    assert torch.autograd.gradcheck(lambda *_: normalised(norm, batch, values), inputs)


@pytest.mark.parametrize("lengths", [(13,), (5, 8), (0, 1, 12), (4, 4, 5, 0)], ids=str)
def test_set_norm_of_pieces(lengths, batch):
    norm, values = make_norm(4), batch.values + 3
    one_set = SetBatch(values, torch.tensor([0, 13]))
    pieces = [SetBatch(rows, torch.tensor([0, len(rows)])) for rows in values.split(lengths)]
    found = normalised_pieces(norm, pieces, 13)
    torch.testing.assert_close(found, normalised(norm, one_set, values))


def test_set_norm_far_from_the_origin():
    batch = make_batch((50, 3), dtype=torch.float32)
    found = normalised(SetNorm(4), batch, batch.values + 1000)
    torch.testing.assert_close(
        found, normalised(SetNorm(4), batch, batch.values), atol=1e-3, rtol=1e-3
    )


@pytest.mark.parametrize("features", [1, 4])
def test_set_norm_of_equal_numbers_is_the_bias(features):
    norm, batch = make_norm(features), make_batch((1, 0, 3), features)
    values = torch.full_like(batch.values, 2.5).requires_grad_()
    found = normalised(norm, batch, values)
    torch.testing.assert_close(found, norm.bias.expand(4, -1))
    (gradient,) = torch.autograd.grad(found.square().sum(), values)
    assert gradient.isfinite().all()


@pytest.mark.parametrize("features", [1, 7, 64])
def test_number_of_threads_changes_no_bit_of_set_norm(features, two_thread_counts):
    batch = make_batch((301, 0, 7, 20_000, 1), features, torch.float32)
    norm, values = SetNorm(features), batch.values.requires_grad_()
    weight = torch.randn_like(values)

    def both_ways():
        out = normalised(norm, batch, values)
        return out, *torch.autograd.grad((out * weight).sum(), (values, *norm.parameters()))

    one, two = two_thread_counts(both_ways)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


# ---------------------------------------------------------------- SetDropout


def test_members_of_a_set_lose_the_same_channels():
    batch = make_batch((3, 0, 1, 5, 2), 200)
    kept = SetDropout(0.5)(torch.ones_like(batch.values), batch)
    assert set(kept.unique().tolist()) == {0.0, 2.0}
    masks = []
    for rows in kept.split(batch.sizes.tolist()):
        if len(rows):
            assert torch.equal(rows, rows[:1].expand_as(rows))
            masks.append(tuple(rows[0].tolist()))
    assert len(set(masks)) == len(masks)


def test_set_dropout_keeps_the_mean():
    batch = make_batch((1,) * 2000, 10)
    found = SetDropout(0.2)(torch.ones_like(batch.values), batch)
    assert set(found.unique().tolist()) == {0.0, 1.25}
    assert abs(found.mean().item() - 1) < 0.02


@pytest.mark.parametrize("dropout", [SetDropout(0.5).eval(), SetDropout(0.0)], ids=["eval", "0"])
def test_set_dropout_that_drops_nothing(dropout, batch):
    assert dropout(batch.values, batch) is batch.values


def test_set_dropout_draws_from_its_generator_alone(batch):
    dropout = SetDropout(0.5)
    assert isinstance(dropout, Dropout)
    results, before = [], torch.get_rng_state()
    for seed in (3, 3, 4):
        dropout.generator = torch.Generator().manual_seed(seed)
        results.append(dropout(batch.values, batch))
    assert torch.equal(torch.get_rng_state(), before)
    assert torch.equal(results[0], results[1]) and not torch.equal(results[0], results[2])


def test_set_dropout_gradient_is_its_mask(batch):
    dropout, values = SetDropout(0.5), batch.values.requires_grad_()
    found = dropout(values, batch)
    (gradient,) = torch.autograd.grad(found.sum(), values)
    torch.testing.assert_close(gradient * values, found)
