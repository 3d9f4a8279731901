"""Layers of rows with their gradients written out; see :mod:`sksets.nn._by_hand`."""

from collections.abc import Callable, Iterable
from typing import Protocol

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sksets.nn._mlp import (
    ELU,
    SAFE_WIDTH,
    Dropout,
    Linear,
    Sigmoid,
    SiLU,
    Softplus,
    linear,
)

aten = torch.ops.aten

# Of fewer inputs the product that is the gradient of a weight is faster transposed.
THIN = 16


class Memory:
    """Rows that each batch writes anew, as many as the largest batch had."""

    def __init__(self) -> None:
        self.rows: Tensor | None = None

    def take(self, like: Tensor, n_rows: int, width: int) -> Tensor:
        """Return (n_rows, width) of the type of ``like``, with whatever they hold."""
        if self.rows is None or len(self.rows) < n_rows:
            self.rows = like.new_empty(n_rows, width)
        return self.rows[:n_rows]


def gradient_of(parameter: Tensor) -> Tensor:
    """Return the tensor that the gradient of a parameter is added to."""
    assert parameter.grad is not None
    return parameter.grad


class RowLayer(Protocol):
    """A layer of rows."""

    def forward(self, x: Tensor) -> Tensor:
        """Return y."""

    def backward(self, dy: Tensor) -> Tensor:
        """Return dx, and add the gradients of the weights; may write to dy."""


class LinearByHand:
    """y = x W^T + b; dW = dy^T x, db = sum dy, dx = dy W."""

    def __init__(self, layer: Linear) -> None:
        self.weight, self.bias = layer.weight, layer.bias
        self.transposed = layer.weight.detach().t()
        self.d_weight = gradient_of(layer.weight)
        self.d_bias = gradient_of(layer.bias)
        self.y, self.dx = Memory(), Memory()

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        if len(x) < SAFE_WIDTH:
            return linear(x, self.weight, self.bias)
        y = self.y.take(x, len(x), len(self.weight))
        return torch.addmm(self.bias, x, self.transposed, out=y)

    def add_gradients(self, dy: Tensor) -> None:
        if self.x.shape[1] < THIN:
            self.d_weight.add_(torch.mm(self.x.t(), dy).t())
        else:
            self.d_weight.addmm_(dy.t(), self.x)
        self.d_bias.add_(dy.sum(0))

    def backward(self, dy: Tensor) -> Tensor:
        self.add_gradients(dy)
        return torch.mm(dy, self.weight, out=self.dx.take(dy, len(dy), self.x.shape[1]))


class NarrowByHand(LinearByHand):
    """The same for few outputs, which are padded as those of :func:`linear` are."""

    def __init__(self, layer: Linear) -> None:
        super().__init__(layer)
        self.n_outputs = layer.out_features
        self.padded = layer.weight.detach().new_zeros(SAFE_WIDTH, layer.in_features)

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        self.padded[: self.n_outputs] = self.weight
        return linear(x, self.padded)[:, : self.n_outputs] + self.bias

    def add_gradients(self, dy: Tensor) -> None:
        self.padded_dy = F.pad(dy, (0, SAFE_WIDTH - self.n_outputs))
        self.d_weight.add_(torch.mm(self.padded_dy.t(), self.x)[: self.n_outputs])
        self.d_bias.add_(dy.sum(0))

    def backward(self, dy: Tensor) -> Tensor:
        self.add_gradients(dy)
        dx = self.dx.take(dy, len(dy), self.x.shape[1])
        return torch.mm(self.padded_dy, self.padded, out=dx)


Derivative = Callable[[Tensor, Tensor, Tensor], Tensor]

# dx of dy, x and y.
DERIVATIVES: dict[type[nn.Module], Derivative] = {
    nn.Identity: lambda dy, x, y: dy,
    nn.ReLU: lambda dy, x, y: aten.threshold_backward.grad_input(dy, y, 0, grad_input=dy),
    nn.LeakyReLU: lambda dy, x, y: aten.leaky_relu_backward(dy, x, 0.01, False),
    nn.Tanh: lambda dy, x, y: aten.tanh_backward(dy, y),
    nn.GELU: lambda dy, x, y: aten.gelu_backward(dy, x),
    ELU: lambda dy, x, y: dy.mul_(y.clamp(max=0).add_(1)),
    Sigmoid: lambda dy, x, y: aten.sigmoid_backward(dy, y),
    SiLU: lambda dy, x, y: aten.silu_backward(dy, x),
    Softplus: lambda dy, x, y: dy.mul_(torch.sigmoid(x)),
}


class ActivationByHand:
    """y = f(x); dx = dy f'(x)."""

    def __init__(self, layer: nn.Module) -> None:
        self.layer, self.derivative = layer, DERIVATIVES[type(layer)]

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        self.y: Tensor = self.layer(x)
        return self.y

    def backward(self, dy: Tensor) -> Tensor:
        return self.derivative(dy, self.x, self.y)


class DropoutByHand:
    """y = x m, where m is 0 or 1 / (1 - p); dx = dy m."""

    def __init__(self, layer: Dropout) -> None:
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        self.mask = self.layer.mask(x)
        return x * self.mask

    def backward(self, dy: Tensor) -> Tensor:
        return dy.mul_(self.mask)


class RhoByHand:
    """y = A x + MLP(x); A and the first layer of the MLP are multiplied at once."""

    def __init__(self, first: Linear, others: list[RowLayer], skip: Linear) -> None:
        self.first, self.others, self.skip = first, others, skip
        self.width = first.out_features
        self.d_first, self.d_bias = gradient_of(first.weight), gradient_of(first.bias)
        self.d_skip = gradient_of(skip.weight)

    def forward(self, x: Tensor) -> Tensor:
        self.x = x
        self.weight = torch.cat([self.first.weight, self.skip.weight])
        read = linear(x, self.weight)
        y = read[:, : self.width] + self.first.bias
        for layer in self.others:
            y = layer.forward(y)
        return y + read[:, self.width :]

    def backward(self, dy: Tensor) -> Tensor:
        d_first = dy
        for layer in reversed(self.others):
            d_first = layer.backward(d_first)
        d_read = torch.cat([d_first, dy], dim=1)
        d_weight = torch.mm(d_read.t(), self.x)
        self.d_first.add_(d_weight[: self.width])
        self.d_skip.add_(d_weight[self.width :])
        self.d_bias.add_(d_first.sum(0))
        return torch.mm(d_read, self.weight)


def rows_by_hand(layers: Iterable[nn.Module]) -> list[RowLayer]:
    """Return layers of an MLP, one after the other."""
    found: list[RowLayer] = []
    for layer in layers:
        if isinstance(layer, Linear):
            narrow = layer.out_features < SAFE_WIDTH
            found.append(NarrowByHand(layer) if narrow else LinearByHand(layer))
        elif isinstance(layer, Dropout):
            found.append(DropoutByHand(layer))
        else:
            found.append(ActivationByHand(layer))
    return found
