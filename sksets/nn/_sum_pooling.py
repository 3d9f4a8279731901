"""Poolings that add the elements up: sum and mean."""

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._mlp import linear
from sksets.nn._pooling import SetPooling, State
from sksets.nn._segment import divisor, per_set, precise_sum, segment_sum


class SumPooling(SetPooling):
    """Sum of the elements; 0 for an empty set."""

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        # A float32 sum of ten thousand elements can be off by half of one. The precise sum has no
        # gradient: training does without.
        h = batch.weigh(h)
        return (segment_sum(h, batch) if torch.is_grad_enabled() else precise_sum(h, batch),)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return (segment_sum(state[0], pieces),)

    def before_linear(self, in_features: int) -> SetPooling | None:
        # Of a subclass of the user nothing is known.
        own = type(self) in (SumPooling, MeanPooling)
        return type(self)(in_features) if own else None

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        # sum_i (W x_i + b) = W sum_i x_i + n b
        return torch.addcmul(
            linear(pooled, layer.weight), sizes[:, None].to(pooled.dtype), layer.bias
        )

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return pooled + h


class MeanPooling(SumPooling):
    """Mean of the elements; 0 for an empty set."""

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        return state[0] / per_set(divisor(sizes), state[0]).to(state[0].dtype)

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        # An empty set has no element to take the bias.
        return linear(pooled, layer.weight) + (sizes > 0)[:, None] * layer.bias

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return pooled + (h - pooled) / (sizes + 1)
