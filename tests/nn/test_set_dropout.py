import pytest
import torch
from layer_cases import make_batch

from sksets.nn import Dropout, SetDropout


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
    dropped = SetDropout(0.2)(torch.ones_like(batch.values), batch)
    assert dropped.unique().tolist() == pytest.approx([0.0, 1.25], rel=1e-5)
    assert abs(dropped.mean().item() - 1) < 0.02


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
    dropped = dropout(values, batch)
    (gradient,) = torch.autograd.grad(dropped.sum(), values)
    torch.testing.assert_close(gradient * values, dropped)
