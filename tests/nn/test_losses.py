import math

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
