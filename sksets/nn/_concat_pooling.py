"""Several poolings of the same elements, side by side."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._pooling import SetPooling, State


class ConcatPooling(SetPooling):
    """Several poolings of the same elements, side by side."""

    def __init__(self, poolings: Sequence[SetPooling]) -> None:
        super().__init__(sum(p.out_features for p in poolings))
        self.poolings = nn.ModuleList(poolings)
        self.n_states = sum(p.n_states for p in poolings)

    def _each(self) -> list[SetPooling]:
        return [pooling for pooling in self.poolings if isinstance(pooling, SetPooling)]

    def _parts(self, state: State) -> list[tuple[SetPooling, State]]:
        parts, start = [], 0
        for pooling in self._each():
            parts.append((pooling, state[start : start + pooling.n_states]))
            start += pooling.n_states
        return parts

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return tuple(t for p in self._each() for t in p.reduce(h, batch))

    def merge(self, state: State, pieces: SetBatch) -> State:
        return tuple(t for p, part in self._parts(state) for t in p.merge(part, pieces))

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        return torch.cat([p.finish(part, sizes) for p, part in self._parts(state)], dim=1)

    def _pooled(self, pooled: Tensor) -> Iterable[tuple[SetPooling, Tensor]]:
        widths = [p.out_features for p in self._each()]
        return zip(self._each(), pooled.split(widths, dim=-1), strict=True)

    def before_linear(self, in_features: int) -> SetPooling | None:
        poolings = [p.before_linear(in_features) for p in self._each()]
        usable = [p for p in poolings if p is not None]
        # The layer runs either before or after all of them.
        return ConcatPooling(usable) if len(usable) == len(poolings) else None

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        parts = [p.apply_linear(layer, part, sizes) for p, part in self._pooled(pooled)]
        return torch.cat(parts, dim=1)

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return torch.cat([p.add(part, sizes, h) for p, part in self._pooled(pooled)], dim=-1)
