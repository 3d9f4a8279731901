import pytest
import torch
from layer_cases import SIZES, make_batch

from sksets.nn import POOLINGS, SetBatch, make_pooling
from sksets.nn._mlp import Linear

KINDS = [*POOLINGS, ("sum", "max"), ("sum", "mean"), ("attention", "logsumexp", "mean", "std")]
kinds = pytest.mark.parametrize("kind", KINDS, ids=str)

# Pieces of the six sets of sizes 3, 0, 1, 5, 0, 4, some of them empty: first, in between, last.
PIECES = ((2, 1), (0,), (0, 1), (2, 0, 1, 2), (0, 0), (4, 0))


def build(kind, width=4):
    return make_pooling(kind, width).double()


@pytest.mark.parametrize(
    "name, reference",
    [
        ("sum", lambda x: x.sum(0)),
        ("mean", lambda x: x.mean(0)),
        ("std", lambda x: x.std(0, correction=0)),
        ("log_std", lambda x: (x.var(0, correction=0) + 1e-6).log() / 2),
        ("max", lambda x: x.max(0).values),
        ("min", lambda x: x.min(0).values),
        ("logsumexp", lambda x: x.logsumexp(0)),
    ],
)
def test_loop_over_sets(name, reference, batch):
    pooled = build(name)(batch.values, batch)
    for row, part in zip(pooled, batch.values.split(batch.sizes.tolist()), strict=True):
        torch.testing.assert_close(row, reference(part) if len(part) else torch.zeros_like(row))


@kinds
@pytest.mark.parametrize("shift", [-10.0, 0.0, 10.0])
def test_pieces_equal_the_whole(kind, shift, batch):
    # Shifted, so that a 0 from an empty piece would be the maximum, or the minimum.
    pooling, h = build(kind), batch.values + shift
    sizes = torch.tensor([size for set_ in PIECES for size in set_])
    pieces = SetBatch(h, torch.nn.functional.pad(sizes.cumsum(0), (1, 0)))
    groups = torch.nn.functional.pad(torch.tensor([len(p) for p in PIECES]).cumsum(0), (1, 0))
    state = pooling.reduce(h, pieces)
    assert len(state) == pooling.n_states and all(len(rows) == len(sizes) for rows in state)
    merged = pooling.merge(state, SetBatch(state[0], groups))
    torch.testing.assert_close(pooling.finish(merged, batch.sizes), pooling(h, batch))


@kinds
def test_pieces_merge_in_two_rounds(kind, batch):
    pooling, h = build(kind), batch.values - 10
    pieces = SetBatch(h, torch.tensor([0, 0, 0, 2, 5, 5, 13]))
    state = pooling.reduce(h, pieces)
    for offsets in ([0, 2, 4, 6], [0, 3]):
        state = pooling.merge(state, SetBatch(state[0], torch.tensor(offsets)))
    whole = pooling(h, SetBatch(h, torch.tensor([0, 13])))
    torch.testing.assert_close(pooling.finish(state, torch.tensor([13])), whole)


@kinds
def test_width_and_empty_sets(kind, batch):
    pooling = build(kind)
    pooled = pooling(batch.values, batch)
    assert pooled.shape == (6, pooling.out_features)
    assert pooled[[1, 4]].count_nonzero() == 0
    no_sets = make_batch(())
    assert pooling(no_sets.values, no_sets).shape == (0, pooling.out_features)


@kinds
def test_gradient(kind, batch):
    pooling, values = build(kind), batch.values.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: pooling(x, batch), values)
    gradients = torch.autograd.grad(
        pooling(values, batch).square().sum(), [values, *pooling.parameters()]
    )
    assert all(gradient.isfinite().all() for gradient in gradients)


@kinds
def test_order_of_the_elements_changes_nothing(kind, batch):
    pooling = build(kind)
    shuffled = torch.cat(
        [part[torch.randperm(len(part))] for part in batch.values.split(batch.sizes.tolist())]
    )
    torch.testing.assert_close(pooling(shuffled, batch), pooling(batch.values, batch))


@kinds
def test_other_sets_of_the_batch_change_nothing(kind, batch):
    pooling = build(kind)
    whole = pooling(batch.values, batch)
    for i, part in enumerate(batch.values.split(batch.sizes.tolist())):
        alone = SetBatch(part, torch.tensor([0, len(part)]))
        torch.testing.assert_close(pooling(part, alone), whole[i : i + 1])


@kinds
@pytest.mark.parametrize("magnitude", [1e3, 1e15])
def test_large_values_stay_finite(kind, magnitude):
    batch = make_batch(SIZES, dtype=torch.float32)
    pooling, values = make_pooling(kind, 4), (batch.values * magnitude).requires_grad_()
    out = pooling(values, batch)
    (gradient,) = torch.autograd.grad(out.sum(), values)
    assert out.isfinite().all() and gradient.isfinite().all()


@pytest.mark.parametrize(
    "kind", ["sum", "mean", "std", "log_std", ("sum", "mean"), ("mean", "std", "mean")], ids=str
)
def test_linear_layer_after_the_pooling(kind, batch):
    pooling, layer = build(kind, 7), Linear(4, 7).double()
    before = pooling.before_linear(4)
    pooled = before.apply_linear(layer, before(batch.values, batch), batch.sizes)
    assert pooled.shape[1] == pooling.out_features
    torch.testing.assert_close(pooled, pooling(layer(batch.values), batch))


@pytest.mark.parametrize("kind", ["max", "min", "logsumexp", "attention", ("sum", "max")], ids=str)
def test_a_linear_layer_cannot_wait(kind):
    assert make_pooling(kind, 4).before_linear(4) is None


def test_attention_cannot_add_an_element():
    with pytest.raises(NotImplementedError, match="AttentionPooling cannot add an element"):
        make_pooling("attention", 4).add(torch.ones(1, 4), torch.ones(1, 1), torch.ones(1, 4))
