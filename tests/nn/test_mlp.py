import copy
import pickle

import pytest
import torch
from torch.nn import functional as F

from sksets.nn import ACTIVATIONS, MLP, Dropout
from sksets.nn._mlp import Linear

REFERENCES = {
    "elu": F.elu,
    "gelu": F.gelu,
    "identity": lambda x: x,
    "leaky_relu": F.leaky_relu,
    "relu": F.relu,
    "sigmoid": torch.sigmoid,
    "silu": F.silu,
    "softplus": F.softplus,
    "tanh": torch.tanh,
}


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_activations_are_torchs(name):
    x = torch.tensor([-60.0, -5.0, -1.0, 0.0, 0.5, 3.0, 60.0], dtype=torch.float64)
    results = []
    for function in (ACTIVATIONS[name](), REFERENCES[name]):
        leaf = x.clone().requires_grad_()
        out = function(leaf)
        results.append((out.detach(), torch.autograd.grad(out.sum(), leaf)[0]))
    torch.testing.assert_close(results[0], results[1])


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_number_of_threads_changes_no_bit_of_activations(name, two_thread_counts):
    x = torch.randn(33_001, requires_grad=True)

    def both_ways():
        out = ACTIVATIONS[name]()(x)
        return out, *torch.autograd.grad(out.sum(), x)

    one, two = two_thread_counts(both_ways)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))


@pytest.mark.parametrize("n_rows", [0, 1, 7, 15, 16, 100])
@pytest.mark.parametrize("n_in, n_out", [(1, 1), (64, 10), (3, 64), (20, 16)])
def test_linear_is_torchs(n_rows, n_in, n_out):
    layer = Linear(n_in, n_out).double()
    x = torch.randn(n_rows, n_in, dtype=torch.float64, requires_grad=True)
    weight = torch.randn(n_rows, n_out, dtype=torch.float64)
    inputs = (x, layer.weight, layer.bias)
    results = []
    for out in (layer(x), F.linear(x, layer.weight, layer.bias)):
        assert out.shape == (n_rows, n_out)
        results.append((out, *torch.autograd.grad((out * weight).sum(), inputs)))
    torch.testing.assert_close(results[0], results[1])


@pytest.mark.parametrize("n_rows", [1, 7, 11, 16, 32, 100, 3000])
@pytest.mark.parametrize(
    "n_in, n_out", [(64, 1), (64, 5), (64, 7), (100, 10), (9, 11), (2, 128), (50, 30)]
)
def test_number_of_threads_changes_rounding_of_linear_alone(
    n_rows, n_in, n_out, check_thread_counts
):
    def build(dtype):
        layer = Linear(n_in, n_out).to(dtype)
        x = torch.randn(n_rows, n_in, dtype=dtype, requires_grad=True)
        return lambda: layer(x), (x, *layer.parameters())

    check_thread_counts(build)


def test_mlp_layers():
    assert [type(m).__name__ for m in MLP((2, 3, 4), "tanh", 0.5)] == [
        *("Linear", "Tanh", "Dropout"),
        *("Linear", "Tanh", "Dropout"),
    ]
    assert [type(m).__name__ for m in MLP((2, 3, 4), last_activation=False)] == [
        *("Linear", "ReLU"),
        "Linear",
    ]
    assert len(MLP((2,))) == 0


def test_unknown_activation_names_the_nearest():
    with pytest.raises(ValueError, match="Unknown activation 'rellu'; did you mean 'relu'?"):
        MLP((2, 2), "rellu")


def test_dropout_keeps_the_mean_and_only_acts_in_training():
    dropout, x = Dropout(0.2), torch.ones(20_000)
    dropped = dropout(x)
    assert dropped.unique().tolist() == pytest.approx([0.0, 1.25], rel=1e-5)
    assert abs(dropped.mean().item() - 1) < 0.02
    assert dropout.eval()(x) is x


def test_dropout_draws_from_its_generator_alone():
    dropout, x = Dropout(0.5), torch.ones(1000)
    dropout.generator = torch.Generator().manual_seed(3)
    before = torch.get_rng_state()
    first, second = dropout(x), dropout(x)
    assert torch.equal(torch.get_rng_state(), before) and not torch.equal(first, second)
    dropout.generator = torch.Generator().manual_seed(3)
    assert torch.equal(dropout(x), first)


@pytest.mark.parametrize("copier", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_dropout_copies_without_its_generator(copier):
    net = MLP((2, 3), dropout=0.3)
    net[2].generator = torch.Generator()
    copied = copier(net)
    assert copied[2].generator is None and copied[2].p == 0.3
    assert net[2].generator is not None


@pytest.mark.parametrize("p", [-0.1, 1, 2])
def test_dropout_of_no_probability(p):
    with pytest.raises(ValueError, match=r"dropout must be in \[0, 1\); found"):
        Dropout(p)


def test_number_of_threads_changes_no_draw(two_thread_counts):
    dropout, x = Dropout(0.3), torch.ones(50_000, 7)

    def draw():
        dropout.generator = torch.Generator().manual_seed(0)
        return dropout(x)

    one, two = two_thread_counts(draw)
    assert torch.equal(one, two)
