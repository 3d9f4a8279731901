import math
import pickle

import pytest
import torch

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


@pytest.mark.parametrize(
    "loss",
    [nn.squared_error, nn.absolute_error, nn.huber, nn.poisson, nn.binary_cross_entropy],
)
def test_shapes_that_would_broadcast(loss):
    with pytest.raises(ValueError, match=r"same shape; found \(5, 1\) and \(5,\)"):
        loss(torch.zeros(5, 1), torch.zeros(5))


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
    "name, known", [("huber", "delta"), ("squared_error", "none"), ("cross_entropy", "none")]
)
def test_an_option_that_the_loss_does_not_have(name, known):
    message = rf"^The loss {name} has no option 'margin'; it has {known}\.$"
    with pytest.raises(TypeError, match=message):
        nn.make_loss(name, margin=1.0)


def test_a_loss_can_be_pickled():
    loss = pickle.loads(pickle.dumps(nn.make_loss("huber", delta=2.0)))
    assert loss(OUTPUTS, TARGET).tolist() == [0.25, 2.0]
