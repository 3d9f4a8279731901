"""Reductions over the sets of a batch; every other layer reduces through these.

A segment is the elements of one set. An empty one gives 0 in every reduction, never nan. The
elements are sorted by set, so that no result depends on the order in which threads run.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from sksets.nn._batch import SetBatch


def _per_segment(counts: Tensor, like: Tensor) -> Tensor:
    """Shape (B,) counts for division into a (B, ...) tensor."""
    return counts.to(like.dtype).reshape(-1, *[1] * (like.ndim - 1))


def segment_sum(values: Tensor, batch: SetBatch) -> Tensor:
    """Sum over each set: y_b = sum_{i in b} x_i.

    Parameters
    ----------
    values : Tensor of shape (M, ...)
    batch : SetBatch
        The sets of the M elements; its own values are not used.

    Returns
    -------
    Tensor of shape (B, ...)
    """
    out = values.new_zeros((len(batch), *values.shape[1:]))
    return out.index_add(0, batch.set_ids, values)


def segment_mean(values: Tensor, batch: SetBatch) -> Tensor:
    """Mean over each set: y_b = 1/n_b sum_{i in b} x_i; shapes as in :func:`segment_sum`."""
    total = segment_sum(values, batch)
    return total / _per_segment(batch.sizes.clamp(min=1), total)


def segment_max(values: Tensor, batch: SetBatch) -> Tensor:
    """Maximum over each set, for each feature; shapes as in :func:`segment_sum`.

    The gradient goes to one of equal elements.
    """
    if len(values) == 0:
        return segment_sum(values, batch)
    # Twice as fast as scatter_reduce forward and backward together, and deterministic.
    flat = values.reshape(len(values), -1)
    rows = torch.arange(len(values), device=values.device)
    out = F.embedding_bag(rows, flat, batch.offsets, mode="max", include_last_offset=True)
    return out.reshape(len(batch), *values.shape[1:])


def segment_min(values: Tensor, batch: SetBatch) -> Tensor:
    """Minimum over each set, for each feature; shapes as in :func:`segment_sum`."""
    return -segment_max(-values, batch)


def segment_logsumexp(values: Tensor, batch: SetBatch) -> Tensor:
    """Log of the sum of exponentials over each set: y_b = log sum_{i in b} exp(x_i).

    Shapes as in :func:`segment_sum`. The maximum is taken out first.
    """
    top = segment_max(values.detach(), batch)
    total = segment_sum(torch.exp(values - top[batch.set_ids]), batch)
    return torch.log(total + _per_segment(batch.sizes == 0, total)) + top


def segment_softmax(values: Tensor, batch: SetBatch) -> Tensor:
    """Softmax within each set: y_i = exp(x_i) / sum_{j in set of i} exp(x_j).

    Parameters
    ----------
    values : Tensor of shape (M, ...)
    batch : SetBatch

    Returns
    -------
    Tensor of shape (M, ...)
    """
    shifted = torch.exp(values - segment_max(values.detach(), batch)[batch.set_ids])
    return shifted / segment_sum(shifted, batch)[batch.set_ids]


def segment_var(values: Tensor, batch: SetBatch) -> Tensor:
    """Take the population variance over each set, in two passes.

    Shapes as in :func:`segment_sum`.
    """
    centred = values - segment_mean(values, batch)[batch.set_ids]
    return segment_mean(centred.square(), batch)
