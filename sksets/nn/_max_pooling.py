"""Poolings by the extreme elements: maximum, minimum, and the soft maximum."""

import torch
from torch import Tensor

from sksets.nn._batch import SetBatch
from sksets.nn._pooling import SetPooling, State
from sksets.nn._segment import (
    mask_empty,
    merge_exponentials,
    segment_max,
    segment_min,
    segment_sum,
    shifted_exp,
)


class MaxPooling(SetPooling):
    """Maximum of each feature; 0 for an empty set."""

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        # An empty piece loses against any element; only an empty set becomes 0, in `finish`.
        return (mask_empty(segment_max(h, batch), batch.sizes, torch.finfo(h.dtype).min),)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return self.reduce(state[0], pieces)

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        return mask_empty(state[0], sizes, 0.0)

    def winners(self, h: Tensor, batch: SetBatch) -> Tensor:
        """Return which row of ``h`` each pooled feature comes from, the first of equal ones.

        The rows of a set that are there at all are its critical elements: without the others its
        pool is the same.

        Parameters
        ----------
        h : Tensor of shape (M, in_features)
        batch : SetBatch

        Returns
        -------
        int64 Tensor of shape (B, in_features)
            -1 for an empty set.
        """
        pooled = self(h, batch).index_select(0, batch.set_ids)
        rows = torch.arange(len(h), device=h.device)[:, None]
        first = segment_min(torch.where(h == pooled, rows, len(h)), batch)
        return mask_empty(first, batch.sizes, -1)

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return torch.where(sizes > 0, torch.maximum(pooled, h), h)


class MinPooling(MaxPooling):
    """Minimum of each feature; 0 for an empty set."""

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return (mask_empty(segment_min(h, batch), batch.sizes, torch.finfo(h.dtype).max),)

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return torch.where(sizes > 0, torch.minimum(pooled, h), h)


class LogSumExpPooling(SetPooling):
    """Log of the sum of exponentials of each feature; 0 for an empty set."""

    n_states = 2

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        top, exponentials = shifted_exp(h, batch, torch.finfo(h.dtype).min)
        return top, segment_sum(batch.weigh(exponentials), batch)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return merge_exponentials(state, pieces)

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        top, total = state
        return mask_empty(top, sizes, 0.0) + torch.log(mask_empty(total, sizes, 1.0))

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return torch.where(sizes > 0, torch.logaddexp(pooled, h), h)
