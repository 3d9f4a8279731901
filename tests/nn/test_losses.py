import math
import pickle

import pytest
import torch
from layer_cases import SIZES
from torch.nn import functional as F

from sksets import nn


def test_tables():
    outputs, target = torch.tensor([[1.0, 2.0], [0.0, 4.0]]), torch.tensor([[0.0, 2.0], [3.0, 4.0]])
    assert nn.squared_error(outputs, target).tolist() == [0.5, 4.5]
    assert nn.absolute_error(outputs, target).tolist() == [0.5, 1.5]
    assert nn.huber(outputs, target).tolist() == [0.25, 1.25]
    assert nn.huber(outputs, target, delta=2.0).tolist() == [0.25, 2.0]


def test_poisson_is_half_the_deviance():
    outputs, target = torch.log(torch.tensor([[2.0], [3.0]])), torch.tensor([[2.0], [0.0]])
    torch.testing.assert_close(nn.poisson(outputs, target), torch.tensor([0.0, 3.0]))


def test_cross_entropies():
    outputs = torch.tensor([[0.0, math.log(3.0)]])
    torch.testing.assert_close(
        nn.cross_entropy(outputs, torch.tensor([1])), torch.tensor([math.log(4 / 3)])
    )
    torch.testing.assert_close(
        nn.binary_cross_entropy(outputs, torch.tensor([[1.0, 0.0]])),
        torch.tensor([(math.log(2) + math.log(4)) / 2]),
    )


def test_label_smoothing():
    outputs, classes = torch.randn(5, 4), torch.tensor([0, 3, 1, 1, 2])
    smoothed = nn.cross_entropy(outputs, classes, label_smoothing=0.2)
    # Torch takes probabilities as targets as well: here those that smoothing makes of classes.
    expected = F.cross_entropy(outputs, 0.8 * torch.eye(4)[classes] + 0.05, reduction="none")
    torch.testing.assert_close(smoothed, expected)
    labels = torch.tensor([[1.0, 0.0, 1.0, 1.0]] * 5)
    smoothed = nn.make_loss("binary_cross_entropy", label_smoothing=0.2)(outputs, labels)
    expected = F.binary_cross_entropy_with_logits(
        outputs, torch.tensor([[0.9, 0.1, 0.9, 0.9]] * 5), reduction="none"
    )
    torch.testing.assert_close(smoothed, expected.mean(dim=1))
    # Of two classes both are the same.
    two = torch.stack([outputs[:, 0], torch.zeros(5)], dim=1)
    torch.testing.assert_close(
        nn.cross_entropy(two, torch.zeros(5, dtype=torch.int64), label_smoothing=0.3),
        nn.binary_cross_entropy(outputs[:, :1], torch.ones(5, 1), label_smoothing=0.3),
    )


@pytest.mark.parametrize(
    "loss",
    [nn.squared_error, nn.absolute_error, nn.huber, nn.poisson, nn.binary_cross_entropy],
)
def test_shapes_that_would_broadcast(loss):
    with pytest.raises(ValueError, match=r"same shape; found \(5, 1\) and \(5,\)"):
        loss(torch.zeros(5, 1), torch.zeros(5))


# ---------------------------------------------------------------- member_cross_entropy


def test_member_cross_entropy_is_torchs_set_by_set(batch):
    outputs = torch.randn(13, 1, dtype=torch.float64, requires_grad=True)
    target = torch.zeros(13, dtype=torch.float64)
    index = {0: 1, 3: 4}  # the outlier of set 0 is element 1; the others have none
    losses = []
    for i, (rows, n, start) in enumerate(
        zip(outputs.split(SIZES), SIZES, batch.offsets.tolist(), strict=False)
    ):
        if i in index:
            target[start + index[i]] = 1
            losses.append(F.cross_entropy(rows.T, torch.tensor([index[i]])))
        elif n:
            target[start : start + n] = 1 / n
            losses.append(F.cross_entropy(rows.T, torch.full((1, n), 1 / n).double()))
    terms = nn.member_cross_entropy(outputs, target, batch)
    sums = torch.stack([part.sum() for part in terms.split(SIZES) if len(part)])
    torch.testing.assert_close(sums, torch.stack(losses))
    weight = torch.rand(4, dtype=torch.float64)
    torch.testing.assert_close(
        torch.autograd.grad((sums * weight).sum(), outputs, retain_graph=True),
        torch.autograd.grad((torch.stack(losses) * weight).sum(), outputs),
    )


def test_member_cross_entropy_table():
    batch = nn.SetBatch(torch.zeros(4, 1), torch.tensor([0, 2, 2, 3, 4]))
    outputs = torch.tensor([[0.0], [3.0]]).log1p().repeat(2, 1)  # odds of 1 and 4
    target = torch.tensor([0.5, 0.5, 1.0, 0.0])
    losses = nn.member_cross_entropy(outputs, target, batch)
    expected = torch.tensor([0.5 * 1.6094379, 0.5 * 0.2231436, 0.0, 0.0])
    torch.testing.assert_close(losses, expected)


def test_member_cross_entropy_of_outputs_far_apart_is_finite(batch):
    outputs = (1e4 * torch.randn(13, 1)).requires_grad_()
    target = torch.zeros(13)
    target[[0, 3, 4, 9]] = 1
    losses = nn.member_cross_entropy(outputs, target, batch)
    losses.sum().backward()
    assert losses.isfinite().all() and outputs.grad.isfinite().all()
    with pytest.raises(ValueError, match=r"same shape; found \(13,\) and \(13, 1\)"):
        nn.member_cross_entropy(outputs, target[:, None], batch)


# ---------------------------------------------------------------- losses by name


OUTPUTS, TARGET = torch.tensor([[1.0, 2.0], [0.0, 4.0]]), torch.tensor([[0.0, 2.0], [3.0, 4.0]])


@pytest.mark.parametrize("name", nn.LOSSES)
def test_a_name_is_that_of_its_function(name):
    assert nn.LOSSES[name] is getattr(nn, name)
    target = torch.tensor([1, 0]) if name == "cross_entropy" else (TARGET > 0).float()
    expected = nn.LOSSES[name](OUTPUTS, target)
    assert torch.equal(nn.make_loss(name)(OUTPUTS, target), expected)
    # As the training calls it.
    assert torch.equal(nn.make_loss(name)(OUTPUTS, target, None), expected)


def test_options_reach_the_function():
    assert nn.make_loss("huber", delta=2.0)(OUTPUTS, TARGET).tolist() == [0.25, 2.0]


def test_a_loss_that_needs_the_sets_gets_them():
    batch = nn.SetBatch(torch.zeros(3, 1), torch.tensor([0, 2, 3]))
    outputs, target = torch.tensor([[0.0], [1.0], [2.0]]), torch.tensor([1.0, 0.0, 1.0])
    expected = nn.member_cross_entropy(outputs, target, batch)
    assert torch.equal(nn.SetLoss(nn.member_cross_entropy)(outputs, target, batch), expected)


def test_unknown_name_names_the_nearest():
    with pytest.raises(ValueError, match="Unknown loss 'hubert'; did you mean 'huber'?"):
        nn.make_loss("hubert")


@pytest.mark.parametrize(
    "name, known",
    [("huber", "delta"), ("squared_error", "none"), ("cross_entropy", "label_smoothing")],
)
def test_an_option_that_the_loss_does_not_have(name, known):
    message = rf"^The loss {name} has no option 'margin'; it has {known}\.$"
    with pytest.raises(TypeError, match=message):
        nn.make_loss(name, margin=1.0)


def fourth_power(outputs, target):
    return ((outputs - target) ** 4).sum(dim=1)


@pytest.mark.parametrize(
    ("loss", "target"),
    [
        (nn.make_loss("squared_error"), "real"),
        (nn.make_loss("absolute_error"), "real"),
        (nn.make_loss("huber", delta=0.5), "real"),
        (nn.make_loss("poisson"), "count"),
        (nn.make_loss("cross_entropy"), "class"),
        (nn.make_loss("cross_entropy", label_smoothing=0.2), "class"),
        (nn.make_loss("binary_cross_entropy"), "label"),
        (nn.make_loss("binary_cross_entropy", label_smoothing=0.2), "label"),
        (nn.SetLoss(fourth_power), "real"),
    ],
)
def test_slopes_are_the_gradients_of_autograd(loss, target):
    generator = torch.Generator().manual_seed(0)
    outputs = torch.randn(30, 3, generator=generator, dtype=torch.float64, requires_grad=True)
    draws = torch.rand(30, 3, generator=generator, dtype=torch.float64)
    targets = {"real": draws, "count": (4 * draws).floor(), "label": draws.round()}
    targets["class"] = (3 * draws[:, 0]).long()
    loss(outputs, targets[target]).sum().backward()
    with torch.no_grad():
        slope = loss.slope(outputs.detach(), targets[target])
    torch.testing.assert_close(slope, outputs.grad)


def test_a_loss_can_be_pickled():
    loss = pickle.loads(pickle.dumps(nn.make_loss("huber", delta=2.0)))
    assert loss(OUTPUTS, TARGET).tolist() == [0.25, 2.0]
