"""The optimisers of sksets are torch's, to the bit."""

import copy
import pickle
import subprocess
import sys

import pytest
import torch

from sksets import DeepSetsRegressor
from sksets._training.adam import HAS_KERNELS, Adam, AdamW

pytestmark = pytest.mark.skipif(not HAS_KERNELS, reason="torch has no fused kernel by this name")
PAIRS = pytest.mark.parametrize(
    ("ours", "torchs"), [(Adam, torch.optim.Adam), (AdamW, torch.optim.AdamW)]
)


def weights(seed=0, dtype=torch.float32):
    generator = torch.Generator().manual_seed(seed)
    shapes = [(5, 3), (5,), (), (2, 0)]
    return [
        torch.nn.Parameter(torch.randn(shape, generator=generator).to(dtype)) for shape in shapes
    ]


def take_steps(optimizer, n, seed=1, skip=()):
    generator = torch.Generator().manual_seed(seed)
    params = optimizer.param_groups[0]["params"]
    for _ in range(n):
        for i, weight in enumerate(params):
            grad = torch.randn(weight.shape, generator=generator).to(weight.dtype)
            weight.grad = None if i in skip else grad
        optimizer.step()
    return [weight.detach().clone() for weight in params]


def equal(found, expected):
    return all(torch.equal(a, b) for a, b in zip(found, expected, strict=True))


@PAIRS
@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_steps_are_those_of_torch(ours, torchs, dtype):
    options = {"lr": 0.01, "weight_decay": 0.1, "fused": True}
    found = take_steps(ours(weights(dtype=dtype), **options), 20)
    assert equal(found, take_steps(torchs(weights(dtype=dtype), **options), 20))


@PAIRS
def test_weights_without_a_gradient_stay_as_they_are(ours, torchs):
    a, b = ours(weights(), fused=True), torchs(weights(), fused=True)
    assert equal(take_steps(a, 3, skip=[0]), take_steps(b, 3, skip=[0]))
    # The one that comes later has a count of steps of its own.
    assert equal(take_steps(a, 3), take_steps(b, 3))
    assert equal(take_steps(a, 1, skip=range(4)), take_steps(b, 1, skip=range(4)))


@PAIRS
def test_states_go_to_torch_and_come_back(ours, torchs):
    a, b = ours(weights(), fused=True), torchs(weights(), fused=True)
    take_steps(a, 3)
    take_steps(b, 3)
    # Copies: two optimisers must not share the tensors of one state.
    a.load_state_dict(copy.deepcopy(b.state_dict()))
    b.load_state_dict(copy.deepcopy(a.state_dict()))
    assert equal(take_steps(a, 3), take_steps(b, 3))


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda x: pickle.loads(pickle.dumps(x))])
def test_copies_go_on(copied):
    optimizer = AdamW(weights(), fused=True)
    take_steps(optimizer, 3)
    other = copied(optimizer)
    assert equal(take_steps(other, 3), take_steps(optimizer, 3))


def test_a_closure_is_called_with_gradients():
    optimizer = AdamW(weights(), fused=True)

    def closure():
        loss = sum((weight**2).sum() for weight in optimizer.param_groups[0]["params"])
        loss.backward()
        return loss

    with torch.no_grad():
        assert optimizer.step(closure) > 0
    assert optimizer.param_groups[0]["params"][0].grad is not None


def test_schedules_of_torch_set_the_rate():
    optimizer = AdamW(weights(), lr=1.0, fused=True)
    schedule = torch.optim.lr_scheduler.StepLR(optimizer, 1, gamma=0.5)
    take_steps(optimizer, 1)
    schedule.step()
    assert optimizer.param_groups[0]["lr"] == 0.5


def test_a_fit_does_not_load_the_compiler_of_torch():
    code = (
        "import sys, pickle, numpy as np\n"
        "from sksets import DeepSetsRegressor\n"
        "X = [np.ones((n, 2)) * n for n in range(1, 31)]\n"
        "reg = DeepSetsRegressor(max_epochs=2).fit(X, np.arange(30.0))\n"
        "pickle.loads(pickle.dumps(reg)).predict(X)\n"
        "assert 'torch._dynamo' not in sys.modules\n"
    )
    subprocess.run([sys.executable, "-c", code], check=True)


def test_a_network_goes_on_from_a_pickle():
    X, y = [torch.full((n, 2), float(n)).numpy() for n in range(1, 31)], list(range(30))
    reg = DeepSetsRegressor(
        max_epochs=2, pooling="sum", warm_start=True, learning_rate="constant", random_state=0
    )
    reg.fit(X, y)
    other = pickle.loads(pickle.dumps(reg))
    assert (other.fit(X, y).predict(X) == reg.fit(X, y).predict(X)).all()
