import copy
import pickle

import pytest
import torch
from layer_cases import SIZES, isab, mab, make_batch

from sksets.nn import (
    DeepSetsModule,
    Dropout,
    FeatureScaler,
    InducedAttention,
    SetBatch,
    SetNormalize,
)

CONFIGS = {
    "sum": {},
    "mean": {"pooling": "mean"},
    "max": {"pooling": "max"},
    "logsumexp": {"pooling": "logsumexp"},
    "attention": {"pooling": "attention"},
    "sum and mean": {"pooling": ("sum", "mean")},
    "std": {"pooling": "std"},
    "std of a linear phi": {"pooling": ("mean", "std"), "phi_layer_sizes": (6,)},
    "log of the std": {"pooling": "log_std", "phi_layer_sizes": (6,), "rho_layer_sizes": ()},
    "mean and max": {"pooling": ("mean", "max"), "activation": "tanh"},
    "no phi": {"phi_layer_sizes": ()},
    "linear phi": {"phi_layer_sizes": (6,), "rho_layer_sizes": ()},
    "size": {"size_feature": True, "activation": "gelu"},
    "equivariant": {"equivariant_layer_sizes": (6, 5), "equivariant_form": "gamma"},
    "equivariant only": {
        "phi_layer_sizes": (),
        "equivariant_layer_sizes": (8, 8),
        "equivariant_pooling": "mean",
        "pooling": "max",
    },
    "set transformer": {
        "equivariant_layer_sizes": (6, 4),
        "equivariant_form": "attention",
        "pooling": "attention",
    },
    "normalised": {"normalizer": "set"},
    "normalised and equivariant": {
        "normalizer": "set",
        "equivariant_layer_sizes": (6, 5),
        "equivariant_pooling": "sum",
        "pooling": ("mean", "logsumexp"),
    },
    "scaled": {"normalizer": "features"},
}
configs = pytest.mark.parametrize("config", CONFIGS.values(), ids=CONFIGS)


def build(config, width=4, n_out=3, **kwargs):
    config = {"phi_layer_sizes": (8, 6), "rho_layer_sizes": (5,)} | config | kwargs
    if config.get("normalizer") == "set":
        config["normalizer"] = SetNormalize()
    elif config.get("normalizer") == "features":
        config["normalizer"] = FeatureScaler(torch.randn(width), torch.rand(width) + 0.5)
    return DeepSetsModule(width, n_out, **config).double()


def split(batch):
    return batch.values.split(batch.sizes.tolist())


class Pieces:
    """One set as batches of one piece; counts how often it is read."""

    def __init__(self, values, size):
        self.parts, self.n_reads = values.split(size), 0

    def __iter__(self):
        self.n_reads += 1
        for part in self.parts:
            yield SetBatch(part, torch.tensor([0, len(part)]))


@configs
def test_order_of_the_elements_changes_nothing(config, batch):
    module = build(config)
    shuffled = torch.cat([part[torch.randperm(len(part))] for part in split(batch)])
    torch.testing.assert_close(module(batch.replace(shuffled)), module(batch))


@configs
def test_order_changes_at_most_rounding_in_float32(config):
    module = build(config).float()
    batch = make_batch((40, 1, 300), dtype=torch.float32)
    shuffled = torch.cat([part[torch.randperm(len(part))] for part in split(batch)])
    expected = module(batch)
    torch.testing.assert_close(
        module(batch.replace(shuffled)),
        expected,
        rtol=1e-5,
        atol=1e-5 * float(expected.detach().abs().max()),
    )


@configs
def test_other_sets_of_the_batch_change_nothing(config, batch):
    module = build(config)
    whole = module(batch)
    assert whole.shape == (6, 3) and whole.isfinite().all()
    for i, part in enumerate(split(batch)):
        alone = SetBatch(part, torch.tensor([0, len(part)]))
        torch.testing.assert_close(module(alone), whole[i : i + 1])


@configs
def test_layer_after_the_pooling_equals_the_plain_form(config, batch):
    module = build(config)
    plain = build(config, defer=False)
    plain.load_state_dict(module.state_dict())
    assert not plain.deferred
    results = []
    for net in (module, plain):
        out = net(batch)
        gradients = torch.autograd.grad(
            out.square().sum(), list(net.parameters()), materialize_grads=True
        )
        results.append((net.embed(batch), out, *gradients))
    torch.testing.assert_close(results[0], results[1])


def test_what_is_deferred():
    def deferred(**config):
        return build(config).deferred

    assert deferred() and deferred(pooling="mean") and deferred(pooling=("sum", "mean"))
    assert deferred(pooling=("std", "mean"))
    assert not deferred(phi_layer_sizes=()) and not deferred(pooling="std", phi_layer_sizes=(40, 4))
    assert not deferred(pooling="max") and not deferred(pooling=("sum", "max"))
    assert not deferred(equivariant_layer_sizes=(4,))


@configs
@pytest.mark.parametrize("size", [1, 4, 7, 100])
def test_pieces_equal_the_whole(config, size):
    module = build(config)
    values = torch.randn(23, 4, dtype=torch.float64) - 3
    pieces, count = Pieces(values, size), torch.tensor([23])
    embedding = module.embed_pieces(pieces, count)
    assert embedding.shape == (1, module.embedding_features)
    whole = module.embed(SetBatch(values, torch.tensor([0, 23])))
    torch.testing.assert_close(embedding, whole)
    n_terms = 2 * (config.get("normalizer") == "set")
    assert pieces.n_reads == 1 + n_terms + len(config.get("equivariant_layer_sizes", ()))


@configs
def test_gradient(config):
    batch = make_batch((3, 0, 2))
    module, values = build({"activation": "tanh"} | config), batch.values.requires_grad_()
    assert torch.autograd.gradcheck(lambda x: module(batch.replace(x)), values)
    out = module(batch)
    gradients = torch.autograd.grad(out.sum(), list(module.parameters()), materialize_grads=True)
    assert all(gradient.isfinite().all() for gradient in gradients)


@configs
def test_batches_of_nothing(config):
    module = build(config)
    assert module(make_batch(())).shape == (0, 3)
    empty = module(make_batch((0, 0)))
    assert empty.shape == (2, 3) and empty.isfinite().all()
    assert torch.equal(empty[0], empty[1])
    module(make_batch((0, 0))).sum().backward()


@configs
def test_copies_and_pickles(config, batch):
    module = build(config, dropout=0.2).eval()
    for other in (copy.deepcopy(module), pickle.loads(pickle.dumps(module))):
        assert torch.equal(other(batch), module(batch))


def test_formula(batch):
    """The first row of the docstring, written out with a loop over sets."""
    module = build({"context_features": 2, "size_feature": True})
    context = torch.randn(6, 2, dtype=torch.float64)
    outputs = module(SetBatch(batch.values, batch.offsets, context))
    for i, part in enumerate(split(batch)):
        embedding = module.phi_last(module.phi(part)).sum(0)
        torch.testing.assert_close(module.embed(batch)[i], embedding)
        size = torch.tensor([len(part) + 1.0]).log().double()
        x = torch.cat([embedding, context[i], size])
        first, activation, last = module.rho.mlp
        hidden = activation(first.weight @ x + first.bias)
        expected = last.weight @ hidden + last.bias + module.rho.linear.weight @ x
        torch.testing.assert_close(outputs[i], expected)


def test_rho_without_layers_is_linear(batch):
    module = build({"rho_layer_sizes": ()})
    (layer,) = module.rho.mlp
    assert module.rho.linear is None
    torch.testing.assert_close(module(batch), module.embed(batch) @ layer.weight.T + layer.bias)


def test_equivariant_stack_sees_the_sign_of_its_input(batch):
    module = build(CONFIGS["equivariant only"])
    negative = batch.replace(-batch.values.abs())
    assert (module(negative) - module(negative.replace(2 * negative.values)))[0].abs().sum() > 0


def test_equivariant_stack_written_out(batch):
    module = build(CONFIGS["equivariant"])
    h = module.phi_last(module.phi(batch.values))
    for block in module.stack.blocks:
        h = block.layer(torch.relu(h), batch)
    torch.testing.assert_close(module.embed(batch), module.pooling(h, batch))


def test_set_transformer_written_out(batch):
    """ISAB after ISAB, then PMA: the encoder and the pooling of Lee et al. (2019)."""
    module = build(CONFIGS["set transformer"])
    assert [type(block.layer) for block in module.stack.blocks] == [InducedAttention] * 2
    for i, part in enumerate(split(batch)):
        if len(part):
            h = module.phi_last(module.phi(part))
            for block in module.stack.blocks:
                h = isab(block.layer, torch.relu(h))
            attention, feedforward = module.pooling.attention, module.pooling.feedforward
            pooled = mab(attention.seeds, h, attention, feedforward)
            torch.testing.assert_close(module.embed(batch)[i], pooled[0])


def test_dropout_repeats_with_its_generator(batch):
    module = build({"equivariant_layer_sizes": (6,)}, dropout=0.4)
    layers = [layer for layer in module.modules() if isinstance(layer, Dropout)]
    assert len(layers) == 3

    def draw(seed):
        generator = torch.Generator().manual_seed(seed)
        for layer in layers:
            layer.generator = generator
        return module(batch)

    before = torch.get_rng_state()
    assert torch.equal(draw(1), draw(1)) and not torch.equal(draw(1), draw(2))
    assert torch.equal(before, torch.get_rng_state())


@pytest.mark.parametrize(
    "kwargs, match",
    [
        ({"pooling": "summ"}, "Unknown pooling 'summ'; did you mean 'sum'?"),
        ({"activation": "rellu"}, "Unknown activation 'rellu'; did you mean 'relu'?"),
        (
            {"equivariant_layer_sizes": (3,), "equivariant_form": "lambda"},
            "Unknown form 'lambda'; did you mean 'lambda_gamma'?",
        ),
    ],
)
def test_unknown_words_name_the_nearest(kwargs, match):
    with pytest.raises(ValueError, match=match):
        DeepSetsModule(2, 1, **kwargs)


@configs
@pytest.mark.parametrize("n_out", [1, 10])
def test_number_of_threads_changes_rounding_alone(config, n_out, check_thread_counts):
    config = config | {"phi_layer_sizes": config.get("phi_layer_sizes", (64, 64)) and (64, 64)}

    def build_both(dtype):
        batch = make_batch(torch.randint(0, 20, (250,)).tolist(), dtype=dtype)
        module = build(config | {"rho_layer_sizes": (64,)}, n_out=n_out).to(dtype)
        return lambda: module(batch), module.parameters()

    check_thread_counts(build_both)


def test_sum_network_learns_what_a_mean_network_cannot():
    batch = make_batch(SIZES * 30, dtype=torch.float32)
    target = batch.sizes.float()[:, None]
    errors = {}
    for pooling in ("sum", "mean"):
        module = build({"pooling": pooling}, n_out=1).float()
        optimizer = torch.optim.Adam(module.parameters(), 0.02)
        for _ in range(80):
            loss = (module(batch) - target).square().mean()
            optimizer.zero_grad()
            loss.backward()
            optimizer.step()
        errors[pooling] = loss.item()
    assert errors["sum"] < 0.1 * errors["mean"]
