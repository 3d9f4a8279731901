import copy
import pickle

import pytest
import torch
from layer_cases import SIZES, make_batch

from sksets.nn import (
    ElementDeepSetsModule,
    FeatureScaler,
    SetBatch,
    SetDropout,
    SetNormalize,
)

CONFIGS = {
    "max": {},
    "mean": {"equivariant_pooling": "mean"},
    "sum": {"equivariant_pooling": "sum", "activation": "tanh"},
    "gamma": {"equivariant_form": "gamma"},
    "attention": {"equivariant_form": "attention", "equivariant_layer_sizes": (4,)},
    "residual": {"equivariant_layer_sizes": (6, 6), "residual": True, "activation": "gelu"},
    "set norm": {"set_norm": True, "equivariant_pooling": "mean"},
    "residual and set norm": {
        "equivariant_layer_sizes": (6, 6, 5),
        "residual": True,
        "set_norm": True,
    },
    "no phi": {"phi_layer_sizes": (), "equivariant_layer_sizes": (4, 4), "residual": True},
    "no equivariant layer": {"equivariant_layer_sizes": ()},
    "linear": {"phi_layer_sizes": (), "equivariant_layer_sizes": (), "rho_layer_sizes": ()},
    "size": {"size_feature": True},
    "normalised": {"normalizer": "set", "equivariant_pooling": "sum"},
    "scaled": {"normalizer": "features"},
}
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def build(config, n_out=3, **kwargs):
    config = {
        "phi_layer_sizes": (8, 6),
        "equivariant_layer_sizes": (6, 5),
        "rho_layer_sizes": (5,),
        **config,
        **kwargs,
    }
    if config.get("normalizer") == "set":
        config["normalizer"] = SetNormalize()
    elif config.get("normalizer") == "features":
        config["normalizer"] = FeatureScaler(torch.randn(4), torch.rand(4) + 0.5)
    return ElementDeepSetsModule(4, n_out, **config).double()


def split(batch):
    return batch.values.split(batch.sizes.tolist())


def single(values):
    return SetBatch(values, torch.tensor([0, len(values)]))


class Pieces:
    """One set as batches of one piece; counts how often it is read."""

    def __init__(self, values, size):
        self.parts, self.n_reads = values.split(size), 0

    def __iter__(self):
        self.n_reads += 1
        yield from map(single, self.parts)


POOLS = {
    "max": lambda h: h.max(dim=0).values,
    "mean": lambda h: h.mean(dim=0),
    "sum": lambda h: h.sum(dim=0),
}


def equivariant(layer, h, pool):
    """Equations 4 and 23 of Zaheer et al. for the elements of one set."""
    matrix = layer.gamma.weight if layer.form == "lambda_gamma" else layer.linear.weight
    return h @ layer.linear.weight.T + layer.linear.bias - matrix @ pool(h)


def set_norm(norm, h):
    scaled = (h - h.mean()) / torch.sqrt(h.var(correction=0) + norm.eps)
    return scaled * norm.weight + norm.bias


def by_hand(module, values, *, pool, activation, residual=False, norm=False, columns=()):
    """Return what the network gives for the elements of one set."""
    h = values
    for layer in module.phi:
        h = h @ layer.weight.T + layer.bias if hasattr(layer, "weight") else activation(h)
    for depth, block in enumerate(module.stack.blocks):
        x = h
        if len(module.phi) or depth:
            h = activation(set_norm(block.norm, h) if norm else h)
        h = equivariant(block.layer, h, pool)
        if residual and x.shape == h.shape:
            h = x + h
    if len(module.phi) or len(module.stack.blocks):
        h = activation(h)
    h = torch.cat([h, *(row.expand(len(h), -1) for row in columns)], dim=1)
    first, _, last = module.rho.mlp
    hidden = activation(h @ first.weight.T + first.bias)
    return hidden @ last.weight.T + last.bias + h @ module.rho.linear.weight.T


@pytest.mark.parametrize("pooling", POOLS)
@pytest.mark.parametrize("form", ["lambda_gamma", "gamma"])
@pytest.mark.parametrize("activation", ["relu", "tanh"])
@pytest.mark.parametrize("residual", [False, True])
@pytest.mark.parametrize("norm", [False, True])
def test_written_out(pooling, form, activation, residual, norm, batch):
    module = build(
        {"equivariant_layer_sizes": (6, 6, 5)},
        equivariant_pooling=pooling,
        equivariant_form=form,
        activation=activation,
        residual=residual,
        set_norm=norm,
    )
    for parameter in module.parameters():
        torch.nn.init.normal_(parameter, std=0.5)
    options = {"pool": POOLS[pooling], "activation": getattr(torch, activation)}
    parts = [part for part in split(batch) if len(part)]
    expected = [by_hand(module, p, residual=residual, norm=norm, **options) for p in parts]
    torch.testing.assert_close(module(batch), torch.cat(expected))


@pytest.mark.parametrize("sizes", [(6, 6), ()])
def test_written_out_without_phi(sizes, batch):
    """The first equivariant layer sees the elements themselves, whatever their sign."""
    module = build({"phi_layer_sizes": (), "equivariant_layer_sizes": sizes})
    parts = [part for part in split(batch) if len(part)]
    expected = [by_hand(module, p, pool=POOLS["max"], activation=torch.relu) for p in parts]
    torch.testing.assert_close(module(batch), torch.cat(expected))


def test_context_and_size_stand_beside_each_element(batch):
    module = build({"context_features": 2, "size_feature": True})
    context = torch.randn(6, 2, dtype=torch.float64)
    outputs = module(SetBatch(batch.values, batch.offsets, context))
    for rows, part, z in zip(outputs.split(SIZES), split(batch), context, strict=True):
        size = torch.tensor([len(part) + 1.0]).log().double()
        options = {"pool": POOLS["max"], "activation": torch.relu}
        if len(part):
            torch.testing.assert_close(rows, by_hand(module, part, columns=(z, size), **options))


def test_without_hidden_layers_it_is_linear(batch):
    module = build(CONFIGS["linear"])
    (layer,) = module.rho.mlp
    torch.testing.assert_close(module(batch), batch.values @ layer.weight.T + layer.bias)


@configs
def test_equivariance(config, batch):
    module = build(config)
    starts = batch.offsets[:-1].tolist()
    order = torch.cat([s + torch.randperm(n) for s, n in zip(starts, SIZES, strict=True)])
    assert not torch.equal(order, torch.arange(13))
    shuffled = batch.replace(batch.values[order])
    torch.testing.assert_close(module(shuffled), module(batch)[order])


@configs
def test_other_sets_of_the_batch_change_nothing(config, batch):
    module = build(config)
    whole = module(batch)
    assert whole.shape == (13, 3) and whole.isfinite().all()
    for rows, part in zip(whole.split(SIZES), split(batch), strict=True):
        torch.testing.assert_close(module(single(part)), rows)


@configs
def test_only_equivariant_layers_let_elements_see_each_other(config, batch):
    module = build(config)
    moved = batch.values.clone()
    moved[0] += 10
    changed = (module(batch.replace(moved)) - module(batch)).abs().sum(dim=1) > 1e-9
    alone = config.get("equivariant_layer_sizes") == () and config.get("normalizer") != "set"
    assert changed[0] and not changed[3:].any()
    assert changed[1:3].any() == (not alone)


@configs
@pytest.mark.parametrize("size", [1, 4, 7, 100])
def test_pieces_equal_the_whole(config, size):
    module = build(config)
    values = torch.randn(23, 4, dtype=torch.float64) - 3
    pieces = Pieces(values, size)
    outputs = module.forward_pieces(pieces, torch.tensor([23]))
    torch.testing.assert_close(outputs, module(single(values)))
    n_pools = 2 * (config.get("normalizer") == "set")
    for depth, _ in enumerate(module.stack.blocks):
        normed = config.get("set_norm", False) and (depth or len(module.phi))
        n_pools += 3 if normed else 1
    # Once for each pool, once to see that no other is asked for, once for the outputs.
    assert pieces.n_reads == n_pools + 2


def test_pieces_with_a_context():
    module = build({"context_features": 2, "size_feature": True})
    values, context = torch.randn(23, 4).double(), torch.randn(1, 2).double()
    whole = module(SetBatch(values, torch.tensor([0, 23]), context))
    outputs = module.forward_pieces(Pieces(values, 5), torch.tensor([23]), context)
    torch.testing.assert_close(outputs, whole)


@configs
def test_gradient(config):
    batch = make_batch((3, 0, 2))
    module, values = build({"activation": "tanh"} | config), batch.values.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: module(batch.replace(x)), values)
    gradients = torch.autograd.grad(module(batch).sum(), list(module.parameters()))
    assert all(gradient.isfinite().all() for gradient in gradients)


@configs
def test_batches_of_nothing(config):
    module = build(config)
    assert module(make_batch(())).shape == (0, 3)
    empty = module(make_batch((0, 0)))
    assert empty.shape == (0, 3)
    empty.sum().backward()
    ends = make_batch((0, 2, 0))
    torch.testing.assert_close(module(ends), module(single(ends.values)))


@configs
def test_copies_and_pickles(config, batch):
    module = build(config, dropout=0.2).eval()
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert torch.equal(other(batch), module(batch))


def test_members_of_a_set_lose_the_same_channels():
    """Equal members stay equal in training; equal sets do not."""
    module = build({"equivariant_layer_sizes": (6, 5)}, dropout=0.5)
    assert sum(isinstance(layer, SetDropout) for layer in module.modules()) == 3
    batch = SetBatch(torch.ones(8, 4).double(), torch.tensor([0, 4, 8]))
    first, second = module(batch).split(4)
    torch.testing.assert_close(first, first[:1].expand_as(first))
    assert not torch.allclose(first, second)


@configs
def test_number_of_threads_changes_rounding_alone(config, check_thread_counts):
    def build_both(dtype):
        batch = make_batch(torch.randint(0, 20, (250,)).tolist(), dtype=dtype)
        module = build(config, n_out=1).to(dtype)
        return lambda: module(batch), module.parameters()

    check_thread_counts(build_both)


@pytest.mark.parametrize(
    "kwargs, match",
    [
        ({"equivariant_pooling": "summ"}, "Unknown pooling 'summ'; did you mean 'sum'?"),
        ({"activation": "rellu"}, "Unknown activation 'rellu'; did you mean 'relu'?"),
        ({"equivariant_form": "gama"}, "Unknown form 'gama'; did you mean 'gamma'?"),
    ],
)
def test_unknown_words_name_the_nearest(kwargs, match):
    with pytest.raises(ValueError, match=match):
        ElementDeepSetsModule(2, 1, **kwargs)
