"""Poolings with their gradients written out; see :mod:`sksets.nn._by_hand`."""

from collections.abc import Callable
from typing import Protocol

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._concat_pooling import ConcatPooling
from sksets.nn._max_pooling import MaxPooling
from sksets.nn._mlp import Linear
from sksets.nn._row_gradients import Memory, gradient_of
from sksets.nn._segment import divisor
from sksets.nn._spread_pooling import StdPooling
from sksets.nn._sum_pooling import MeanPooling, SumPooling


class PoolByHand(Protocol):
    """A pooling."""

    def forward(self, x: Tensor, batch: SetBatch) -> Tensor:
        """Return y, a row a set, of x, a row an element."""

    def backward(self, dy: Tensor) -> Tensor:
        """Return dx."""


class SumByHand:
    """y = sum_i x_i; dx_i = dy."""

    def __init__(self) -> None:
        self.dx = Memory()
        self.rows = torch.arange(0)

    def pool(self, x: Tensor, batch: SetBatch, mode: int = 0) -> tuple[Tensor, ...]:
        """Return the sums, or with mode 2 the maxima and, last, where they are."""
        if len(self.rows) < len(x):
            self.rows = torch.arange(len(x), device=x.device)
        # Half the time of index_add. That of torch.nn.functional does not say where maxima are.
        rows, offsets = self.rows[: len(x)], batch.offsets
        return torch.embedding_bag(x, rows, offsets, False, mode, False, None, True)

    def forward(self, x: Tensor, batch: SetBatch) -> Tensor:
        self.set_ids = batch.set_ids
        return self.pool(x, batch)[0]

    def backward(self, dy: Tensor) -> Tensor:
        dx = self.dx.take(dy, len(self.set_ids), dy.shape[1])
        return torch.index_select(dy, 0, self.set_ids, out=dx)


class MeanByHand(SumByHand):
    """y = 1/n sum_i x_i; dx_i = dy / n."""

    def forward(self, x: Tensor, batch: SetBatch) -> Tensor:
        self.counts = divisor(batch.sizes)[:, None].to(x.dtype)
        return super().forward(x, batch).div_(self.counts)

    def backward(self, dy: Tensor) -> Tensor:
        return super().backward(dy / self.counts)


class StdByHand(MeanByHand):
    """y = s = sqrt(1/n sum_i (x_i - mean)^2); dx_i = dy (x_i - mean) / (n s), 0 where s is 0."""

    def forward(self, x: Tensor, batch: SetBatch) -> Tensor:
        mean = super().forward(x, batch)
        self.centred = x - mean.index_select(0, batch.set_ids)
        self.y = super().forward(self.centred.square(), batch).sqrt_()
        return self.y

    def backward(self, dy: Tensor) -> Tensor:
        return super().backward(torch.where(self.y > 0, dy / self.y, 0.0)).mul_(self.centred)


class MaxByHand(SumByHand):
    """y = max_i x_i; dx_i = dy for the first of the greatest x_i, 0 for the others."""

    def forward(self, x: Tensor, batch: SetBatch) -> Tensor:
        self.n_elements, self.empty = len(x), (batch.sizes == 0)[:, None]
        y, _, _, self.winners = self.pool(x, batch, mode=2)
        return y

    def backward(self, dy: Tensor) -> Tensor:
        dx = self.dx.take(dy, self.n_elements, dy.shape[1]).zero_()
        if not self.n_elements:
            return dx
        # An empty set has no winner, and the row in its place may be that of another set.
        return dx.scatter_add_(0, self.winners, dy.masked_fill(self.empty, 0.0))


class ConcatByHand:
    """Several poolings side by side."""

    def __init__(self, parts: list[PoolByHand]) -> None:
        self.parts = parts

    def forward(self, x: Tensor, batch: SetBatch) -> Tensor:
        self.width = x.shape[1]
        return torch.cat([part.forward(x, batch) for part in self.parts], dim=1)

    def backward(self, dy: Tensor) -> Tensor:
        columns = dy.split(self.width, dim=1)
        dx = self.parts[0].backward(columns[0])
        for part, d_part in zip(self.parts[1:], columns[1:], strict=True):
            dx.add_(part.backward(d_part))
        return dx


POOLINGS: dict[type[nn.Module], Callable[[], PoolByHand]] = {
    SumPooling: SumByHand,
    MeanPooling: MeanByHand,
    StdPooling: StdByHand,
    MaxPooling: MaxByHand,
}


class DeferredByHand:
    """y = W x + n b, the last layer of phi behind a sum x of n elements; b once behind a mean."""

    def __init__(self, layer: Linear, pooling: SumPooling) -> None:
        self.layer, self.pooling = layer, pooling
        self.mean = isinstance(pooling, MeanPooling)
        self.d_weight, self.d_bias = gradient_of(layer.weight), gradient_of(layer.bias)

    def forward(self, x: Tensor, sizes: Tensor) -> Tensor:
        self.x = x
        # An empty set has no element to take the bias.
        self.counts = (sizes > 0 if self.mean else sizes)[:, None].to(x.dtype)
        return self.pooling.apply_linear(self.layer, x, sizes)

    def backward(self, dy: Tensor) -> Tensor:
        self.d_weight.addmm_(dy.t(), self.x)
        self.d_bias.add_((dy * self.counts).sum(0))
        return torch.mm(dy, self.layer.weight)


def pool_by_hand(pooling: nn.Module) -> PoolByHand:
    """Return a pooling for which :func:`has_gradient` is true."""
    if isinstance(pooling, ConcatPooling):
        return ConcatByHand([pool_by_hand(part) for part in pooling.poolings])
    return POOLINGS[type(pooling)]()


def has_gradient(pooling: nn.Module) -> bool:
    """Whether the gradient of a pooling is written out here."""
    if type(pooling) is ConcatPooling:
        return all(map(has_gradient, pooling.poolings))
    return type(pooling) in POOLINGS
