"""Gradients that are written out are those of autograd."""

import pytest
import torch
from torch import nn

from sksets.nn import (
    ACTIVATIONS,
    ConvEncoder,
    DeepSetsModule,
    Dropout,
    NetworkByHand,
    SetBatch,
    TokenEmbedding,
    is_by_hand,
)

POOLINGS = ["sum", "mean", "max", "std", ("mean", "max"), ("mean", "std"), ("sum", "sum", "max")]
# Sets of 3, 0, 4, 1 and 12 elements: an empty one, one of a single element.
OFFSETS = torch.tensor([0, 3, 3, 7, 8, 20])


def values(*shape):
    return torch.randn(shape, generator=torch.Generator().manual_seed(0), dtype=torch.float64)


BATCH = SetBatch(values(20, 5), OFFSETS, values(5, 2))


def make(**options):
    torch.manual_seed(0)
    return DeepSetsModule(5, 3, **options).double()


def draw_from(module, seed):
    for layer in module.modules():
        if isinstance(layer, Dropout):
            layer.generator = torch.Generator().manual_seed(seed)


def both(module, *batches):
    """Gradients of sum(outputs ** 3) of some batches together, by hand and by autograd."""
    network = NetworkByHand(module)
    draw_from(module, 1)
    for batch in batches:
        with torch.no_grad():
            outputs = network.forward(batch)
            network.backward(3 * outputs**2)
    by_hand = [weights.grad.clone() for weights in module.parameters()]
    module.zero_grad()
    draw_from(module, 1)
    for batch in batches:
        expected = module(batch)
        (expected**3).sum().backward()
    torch.testing.assert_close(outputs, expected)
    zeros = [torch.zeros_like(weights) for weights in module.parameters()]
    grads = [weights.grad for weights in module.parameters()]
    return by_hand, [z if g is None else g for z, g in zip(zeros, grads, strict=True)]


def assert_equal_gradients(module, *batches):
    assert is_by_hand(module)
    for found, expected in zip(*both(module, *batches), strict=True):
        torch.testing.assert_close(found, expected, rtol=1e-9, atol=1e-11)


@pytest.mark.parametrize("pooling", POOLINGS, ids=str)
@pytest.mark.parametrize("activation", sorted(ACTIVATIONS))
def test_activations_and_poolings(activation, pooling):
    # A layer of phi that is wide, one that is narrow; the last runs before the pooling.
    options = {"activation": activation, "pooling": pooling, "defer": False}
    assert_equal_gradients(make(phi_layer_sizes=(20, 7), rho_layer_sizes=(18,), **options), BATCH)


@pytest.mark.parametrize("phi", [(), (7,), (20,), (20, 7), (6, 20, 40)], ids=str)
@pytest.mark.parametrize("rho", [(), (9,), (20, 9)], ids=str)
@pytest.mark.parametrize("pooling", ["sum", "mean", ("mean", "max")], ids=str)
def test_numbers_of_layers(phi, rho, pooling):
    module = make(phi_layer_sizes=phi, rho_layer_sizes=rho, pooling=pooling)
    assert_equal_gradients(module, BATCH)


@pytest.mark.parametrize("size_feature", [False, True])
@pytest.mark.parametrize("context_features", [0, 2])
def test_context_and_sizes(context_features, size_feature):
    module = make(context_features=context_features, size_feature=size_feature)
    assert_equal_gradients(module, BATCH if context_features else SetBatch(BATCH.values, OFFSETS))


@pytest.mark.parametrize("activation", ["relu", "tanh"])
def test_dropout_drops_the_same(activation):
    module = make(dropout=0.4, phi_layer_sizes=(30, 30), activation=activation)
    assert_equal_gradients(module, SetBatch(BATCH.values, OFFSETS))


@pytest.mark.parametrize("pooling", POOLINGS, ids=str)
def test_gradients_of_parts_add_up(pooling):
    module = make(pooling=pooling, phi_layer_sizes=(40, 20))
    sets = SetBatch(BATCH.values, OFFSETS)
    # The second is larger, and the third smaller: memory grows and is taken again.
    assert_equal_gradients(module, sets.part(0, 3), sets, sets.part(3, 5))


@pytest.mark.parametrize("pooling", POOLINGS, ids=str)
def test_sets_without_any_element(pooling):
    module = make(pooling=pooling)
    assert_equal_gradients(module, SetBatch(values(0, 5), torch.tensor([0, 0, 0])))


# Token 0 is an unknown one. The first tokens have none, the second repeat some, the third have all.
TOKENS = torch.tensor([1, 4, 4, 9, 2, 7, 7, 7, 0, 3, 1, 0, 5, 6, 2, 8, 9, 9, 1, 5])


def embedded(**options):
    torch.manual_seed(0)
    return DeepSetsModule(4, 1, element_encoder=TokenEmbedding(9, 4), **options).double()


@pytest.mark.parametrize("sizes", [(), (20,)], ids=str)
@pytest.mark.parametrize("pooling", ["sum", "max"])
def test_tokens(pooling, sizes):
    module = embedded(pooling=pooling, phi_layer_sizes=sizes, rho_layer_sizes=sizes)
    sets = SetBatch(TOKENS, OFFSETS)
    known, repeated = sets.part(0, 3), sets.part(3, 5)
    assert_equal_gradients(module, known)
    assert_equal_gradients(module, sets)
    assert_equal_gradients(module, known, repeated, known, sets)
    assert_equal_gradients(module, SetBatch(TOKENS[:0], torch.tensor([0, 0])))


def test_gradients_of_tokens_are_cleared_where_they_were_written():
    module = embedded()
    network = NetworkByHand(module)
    sets = SetBatch(TOKENS, OFFSETS)
    table = module.element_encoder.weight
    for batch in (sets.part(0, 3), sets, sets.part(0, 1)):
        with torch.no_grad():
            outputs = network.forward(batch)
            network.backward(torch.ones_like(outputs))
        assert table.grad.any()
        network.zero_grad(written=True)
        assert not table.grad.any()
        # Nothing was written since, to rows that others have written to.
        table.grad[7] = 1.0
        network.zero_grad(written=True)
        assert table.grad[7].all()
        network.zero_grad()
        assert not table.grad.any()


@pytest.mark.parametrize("max_norm", [1e-3, 1e3])
@pytest.mark.parametrize("part", [(0, 3), (0, 5)])
@pytest.mark.parametrize("encoder", ["tokens", "convolutions", None], ids=str)
def test_clipping_is_that_of_torch(encoder, part, max_norm):
    module, sets = make(), SetBatch(BATCH.values, OFFSETS)
    if encoder == "tokens":
        module, sets = embedded(), SetBatch(TOKENS, OFFSETS)
    elif encoder == "convolutions":
        module = DeepSetsModule(6, 1, element_encoder=ConvEncoder((8, 8), 6)).double()
        sets = SetBatch(values(20, 8, 8), OFFSETS)
    sets = sets.part(*part)
    network = NetworkByHand(module)
    for _ in range(2):  # the second adds to the first
        with torch.no_grad():
            network.backward(torch.ones_like(network.forward(sets)))
    expected = [weights.grad.clone() for weights in module.parameters()]
    copies = [torch.nn.Parameter(grad) for grad in expected]
    for copied, grad in zip(copies, expected, strict=True):
        copied.grad = grad
    torch.nn.utils.clip_grad_norm_(copies, max_norm)
    with torch.no_grad():
        network.clip(max_norm)
    for weights, copied in zip(module.parameters(), copies, strict=True):
        torch.testing.assert_close(weights.grad, copied.grad, rtol=1e-9, atol=1e-14)


def test_other_encoders_are_left_to_autograd():
    encoder = ConvEncoder((8, 8), 6)
    module = DeepSetsModule(6, 1, element_encoder=encoder).double()
    assert_equal_gradients(module, SetBatch(values(20, 8, 8), OFFSETS))


def test_many_sets_in_single_precision():
    """Products of wide matrices are written to memory that is taken again."""
    sizes = torch.arange(200) % 30
    offsets = torch.nn.functional.pad(sizes.cumsum(0), (1, 0))
    module = make(phi_layer_sizes=(64, 64), rho_layer_sizes=(64,)).float()
    sets = SetBatch(values(int(offsets[-1]), 5).float(), offsets)
    for found, expected in zip(*both(module, sets, sets.part(20, 90)), strict=True):
        assert (found - expected).norm() < 1e-5 * expected.norm()


def test_the_gradients_are_parts_of_one_tensor():
    module = make()
    network = NetworkByHand(module)
    with torch.no_grad():
        network.forward(SetBatch(BATCH.values, OFFSETS))
        network.backward(torch.ones(5, 3, dtype=torch.float64))
    norms = torch.stack([weights.grad.norm() for weights in module.parameters()])
    assert network.gradient.norm() == pytest.approx(norms.norm().item())
    network.zero_grad()
    assert not any(weights.grad.any() for weights in module.parameters())


def test_networks_that_are_left_to_autograd():
    assert is_by_hand(make())
    for options in (
        {"pooling": "attention"},
        {"pooling": ("mean", "logsumexp")},
        {"equivariant_layer_sizes": (8,)},
        {"context_features": 2, "context_in": "phi"},
        {"phi": nn.Linear(5, 4).double()},
        {"rho": nn.Linear(64, 3).double()},
    ):
        assert not is_by_hand(make(**options)), options
    assert not is_by_hand(nn.Linear(5, 3))
    frozen = make()
    frozen.phi[0].weight.requires_grad_(False)
    assert not is_by_hand(frozen)
    hooked = make()
    handle = hooked.rho.register_forward_hook(lambda *args: None)
    assert not is_by_hand(hooked)
    handle.remove()
    assert is_by_hand(hooked)
    other = make()
    other.phi[1] = nn.Hardtanh()
    assert not is_by_hand(other)
