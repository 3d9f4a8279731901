"""Phi given the context: as if each element carried the context of its set."""

import pytest
import torch
from layer_cases import SIZES, make_batch

from sksets.nn import (
    ConcatExpanderModule,
    DeepSetsModule,
    DotExpanderModule,
    ElementDeepSetsModule,
    ItemVectors,
    SetBatch,
)

PHIS = {
    "one layer": {"phi_layer_sizes": (5,)},
    "three layers": {"phi_layer_sizes": (6, 5, 4)},
    "linear": {"phi": torch.nn.Linear(6, 5)},
    "sequence": {"phi": torch.nn.Sequential(torch.nn.Linear(6, 5), torch.nn.Tanh())},
    "no linear layer": {"phi": torch.nn.Sequential(torch.nn.Tanh(), torch.nn.Linear(6, 5))},
}
ENDS = {
    "sum": {"pooling": "sum"},
    "mean and std": {"pooling": ("mean", "std"), "size_feature": True},
    "equivariant": {"pooling": "max", "equivariant_layer_sizes": (5,)},
}


@pytest.fixture
def in_context(batch):
    batch.context = torch.randn(len(batch), 2, dtype=torch.float64)
    return batch


def carried(batch):
    """The same sets without context: it stands behind the features of each element."""
    values = torch.cat([batch.values, batch.context[batch.set_ids]], dim=1)
    return SetBatch(values, batch.offsets)


def check(module, plain, batch):
    plain.load_state_dict(module.state_dict())
    outputs = module(batch)
    torch.testing.assert_close(outputs, plain(carried(batch)))
    rows, of_sets = outputs.split(SIZES) if len(outputs) > len(batch) else outputs.split(1), []
    for i, part in enumerate(batch.values.split(SIZES)):
        pieces = [SetBatch(p, torch.tensor([0, len(p)])) for p in part.split(2)]
        context, size = batch.context[i : i + 1], batch.sizes[i : i + 1]
        of_sets.append(module.forward_pieces(pieces, size, context))
    for row, in_pieces in zip(rows, of_sets, strict=True):
        torch.testing.assert_close(in_pieces, row)
    (grads, expected) = (
        torch.autograd.grad(m(b).square().sum(), list(m.parameters()), allow_unused=True)
        for m, b in ((module, batch), (plain, carried(batch)))
    )
    torch.testing.assert_close(grads, expected)


@pytest.mark.parametrize("phi", PHIS)
@pytest.mark.parametrize("end", ENDS)
def test_sets(phi, end, in_context):
    options = {**PHIS[phi], **ENDS[end]}
    module = DeepSetsModule(4, 3, context_features=2, context_in="phi", **options).double()
    check(module, DeepSetsModule(6, 3, **options).double(), in_context)


@pytest.mark.parametrize("phi", PHIS)
@pytest.mark.parametrize("equivariant", [(), (5, 5)])
def test_elements(phi, equivariant, in_context):
    options = {**PHIS[phi], "equivariant_layer_sizes": equivariant}
    module = ElementDeepSetsModule(4, 3, context_features=2, context_in="phi", **options).double()
    check(module, ElementDeepSetsModule(6, 3, **options).double(), in_context)


@pytest.mark.parametrize("class_", [DeepSetsModule, ElementDeepSetsModule])
def test_both(class_, in_context):
    module = class_(4, 3, context_features=2, context_in="both").double()
    plain = class_(6, 3, context_features=2).double()
    plain.load_state_dict(module.state_dict())
    beside = carried(in_context)
    beside.context = in_context.context
    torch.testing.assert_close(module(in_context), plain(beside))


def test_the_context_is_no_input_of_rho_where_phi_alone_takes_it():
    widths = {"rho": 5 + 2, "phi": 5, "both": 5 + 2}
    for context_in, width in widths.items():
        options = {"phi_layer_sizes": (5,), "rho_layer_sizes": ()}
        module = DeepSetsModule(4, 3, context_features=2, context_in=context_in, **options)
        assert module.rho.mlp[0].in_features == width
        module = ElementDeepSetsModule(
            4, 3, context_features=2, context_in=context_in, equivariant_layer_sizes=(), **options
        )
        assert module.rho.mlp[0].in_features == width


def test_queries_of_set_expansion():
    options = {"in_features": 4, "context_features": 2, "phi_layer_sizes": (5,)}
    items = ItemVectors(7, 4)
    module = DotExpanderModule(items, ItemVectors(7, 5), context_in="phi", **options)
    ids, context = torch.tensor([0, 3, 6]), torch.randn(2, 2)
    batch = SetBatch(ids, torch.tensor([0, 2, 3]), context)
    module.eval()
    phi = module.sets.phi_last
    expected = phi(torch.cat([items(ids), context[batch.set_ids]], dim=1))
    expected = torch.stack([expected[:2].mean(0), expected[2]])
    torch.testing.assert_close(module.embed(batch), expected)
    one = [SetBatch(part, torch.tensor([0, 1])) for part in ids[:2].split(1)]
    torch.testing.assert_close(
        module.embed_pieces(one, torch.tensor([2]), context[:1]), expected[:1]
    )
    with pytest.raises(ValueError, match="context_in='phi' would need phi of each item for each"):
        ConcatExpanderModule(items, items, context_in="phi", **options)


def test_what_cannot_be():
    with pytest.raises(ValueError, match=r"context_in='phi' gives the context to the first layer"):
        DeepSetsModule(4, 3, context_features=2, context_in="phi", phi_layer_sizes=())
    with pytest.raises(ValueError, match="Unknown context_in 'pi'; did you mean 'phi'"):
        DeepSetsModule(4, 3, context_in="pi")
    batch = make_batch((2, 3), dtype=torch.float32)
    with pytest.raises(ValueError, match="phi takes the context of the sets, and the batch has no"):
        DeepSetsModule(4, 3, context_features=2, context_in="phi")(batch)
