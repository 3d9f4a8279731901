"""Pools of sets without each one of their elements, against the pools of what is left."""

import pytest
import torch
from layer_cases import SIZES, make_batch
from torch.testing import assert_close

from sksets.nn import (
    POOLINGS,
    ConcatExpanderModule,
    DeepSetsModule,
    DotExpanderModule,
    ElementDeepSetsModule,
    FeatureScaler,
    ItemVectors,
    SetBatch,
    SetNormalize,
    SumExpanderModule,
)

WEIGHT = torch.rand(sum(SIZES), dtype=torch.float64) + 0.5


def weighed(batch):
    return SetBatch(batch.values, batch.offsets, batch.context, element_weight=WEIGHT)


def without(batch, row):
    """The sets of a batch without one of their elements."""
    kept = torch.arange(len(batch.values)) != row
    offsets = batch.offsets - (torch.arange(len(batch) + 1) > batch.set_ids[row]).long()
    weight = batch.element_weight
    weight = None if weight is None else weight[kept]
    return SetBatch(batch.values[kept], offsets, batch.context, element_weight=weight)


def by_removal(function, batch):
    rows = [function(without(batch, i))[batch.set_ids[i]] for i in range(len(batch.values))]
    return torch.stack(rows)


@pytest.mark.parametrize("weigh", [False, True])
@pytest.mark.parametrize(
    "options",
    [*({"pooling": name} for name in POOLINGS), {"pooling": ("mean", "max", "log_std")}],
    ids=str,
)
def test_outputs_are_those_of_what_is_left(options, weigh):
    torch.manual_seed(0)
    module = DeepSetsModule(4, 2, **options, context_features=1, size_feature=True).double()
    batch = make_batch(SIZES)
    batch.context = torch.randn(len(SIZES), 1, dtype=torch.float64)
    batch = weighed(batch) if weigh else batch
    with torch.no_grad():
        expected = by_removal(module, batch)
        assert_close(module.forward_without_each(batch), expected, atol=1e-9, rtol=1e-9)


@pytest.mark.parametrize("weigh", [False, True])
@pytest.mark.parametrize("pooling", [*POOLINGS, ("sum", "std")])
def test_one_set_in_pieces(pooling, weigh):
    torch.manual_seed(0)
    module = DeepSetsModule(4, 2, pooling=pooling, context_features=1).double()
    batch = make_batch((7,))
    batch.context = torch.randn(1, 1, dtype=torch.float64)
    batch.element_weight = WEIGHT[:7] if weigh else None
    pieces = []
    for rows in torch.arange(7).split(3):
        part = None if not weigh else WEIGHT[rows]
        offsets = torch.tensor([0, len(rows)])
        pieces.append(SetBatch(batch.values[rows], offsets, element_weight=part))
    with torch.no_grad():
        in_pieces = module.forward_without_each_pieces(pieces, batch.total_weight, batch.context)
        assert_close(in_pieces, module.forward_without_each(batch))


def test_nothing_is_lost_beside_an_element_that_outweighs_the_others():
    # The sum of squares of the others is one 1e14th of that of all.
    batch = SetBatch(
        torch.tensor([[1e8], [0.0], [2.0], [0.0], [2.0]], dtype=torch.float64),
        torch.tensor([0, 5]),
    )
    with torch.no_grad():
        for name, expected in (("std", 1.0), ("logsumexp", 2.8200)):
            module = DeepSetsModule(1, 1, phi_layer_sizes=(), pooling=name).double()
            embedding, sizes = module.embed_without_each(batch)
            assert sizes.tolist() == [4.0] * 5
            assert abs(embedding[0, 0].item() - expected) < 1e-4


@pytest.mark.parametrize("class_", [DotExpanderModule, SumExpanderModule, ConcatExpanderModule])
def test_queries_of_set_expansion(class_):
    torch.manual_seed(0)
    items = ItemVectors(7, 4)
    options = {"pooling": "max", "phi_layer_sizes": (4,), "context_features": 1}
    module = class_(items, items, in_features=4, **options).eval()
    context = torch.randn(3, 1)
    batch = SetBatch(torch.tensor([0, 3, 6, 2, 5]), torch.tensor([0, 3, 3, 5]), context)
    with torch.no_grad():
        queries = module.query_without_each(batch)
        assert_close(queries, by_removal(module.query, batch))
        pieces = [SetBatch(batch.values[i : i + 1], torch.tensor([0, 1])) for i in range(3)]
        size = torch.tensor([3])
        in_pieces = module.query_without_each_pieces(pieces, size, context[:1])
    assert_close(in_pieces, queries[:3])


@pytest.mark.parametrize(
    "options",
    [{"equivariant_layer_sizes": (5,)}, {"normalizer": SetNormalize()}],
)
def test_elements_that_meet_are_refused(options):
    module = DeepSetsModule(4, 2, **options).double()
    assert module.elements_meet
    with pytest.raises(ValueError, match="elements of a set meet before the pooling"):
        module.forward_without_each(make_batch(SIZES))
    with pytest.raises(ValueError, match="elements of a set meet before the pooling"):
        module.forward_without_each_pieces([make_batch((3,))], torch.tensor([3]))


def test_which_elements_meet():
    scaler = FeatureScaler(torch.zeros(4), torch.ones(4))
    assert not DeepSetsModule(4, 2, normalizer=scaler).elements_meet
    assert not ElementDeepSetsModule(4, 2, equivariant_layer_sizes=()).elements_meet
    assert ElementDeepSetsModule(4, 2).elements_meet
