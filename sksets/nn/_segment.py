"""Reductions over the sets of a batch; every other layer reduces through these.

A segment is the elements of one set. An empty one gives 0 in every reduction, never nan. The
elements are sorted by set, so that no result depends on the order in which threads run.
"""

from collections.abc import Callable
from typing import Any

import torch
from torch import Tensor
from torch.nn import functional as F

from sksets.nn._batch import SetBatch

# `precise_sum` adds a set of at most SMALL elements in single precision, and blocks of BLOCK
# elements of a larger one. The error is largest for equal terms, about n times the length of a
# block times 1e-8 terms: 1e-3 of a term for ten thousand.
SMALL, BLOCK = 64, 8


def per_set(counts: Tensor, like: Tensor) -> Tensor:
    """View (B,) as (B, 1, ..., 1), as many axes as ``like`` has."""
    return counts.reshape(-1, *[1] * (like.ndim - 1))


def mask_empty(values: Tensor, sizes: Tensor, fill: float) -> Tensor:
    """Replace the rows of (B, ...) that belong to sets of no elements."""
    return torch.where(per_set(sizes == 0, values), fill, values)


def divisor(counts: Tensor) -> Tensor:
    """Return what sums over sets are divided by: the counts or weights (B,), 1 instead of 0."""
    return torch.where(counts == 0, 1, counts)


def root(variance: Tensor) -> Tensor:
    """Return the square root, with a gradient of 0 instead of infinity at 0.

    The variance is 0 where a set has one element, or none.
    """
    varies = variance > 0
    return torch.where(varies, torch.where(varies, variance, 1.0).sqrt(), 0.0)


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

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import SetBatch, segment_sum
    >>> values = torch.tensor([1.0, 2.0, 3.0])
    >>> segment_sum(values, SetBatch(values, torch.tensor([0, 2, 2, 3])))
    tensor([3., 0., 3.])
    """
    # torch.segment_reduce takes several times as long; of empty sets its mean is nan.
    out = values.new_zeros((len(batch), *values.shape[1:]))
    return out.index_add(0, batch.set_ids, values)


def precise_sum(values: Tensor, batch: SetBatch) -> Tensor:
    """Sum over each set, (M, ...) -> (B, ...) in double precision and without a gradient.

    Ten thousand float32 terms lose the last digits of an exact sum: a third of a term was seen.
    Blocks of a few do not, and their sums spare a copy of all elements in double precision.
    """
    if values.dtype == torch.float64 or values.numel() == 0:
        return segment_sum(values.double(), batch)
    flat = values.reshape(len(values), -1)
    rows = torch.arange(len(values), device=values.device)
    if int(batch.sizes.max()) <= SMALL:
        # Each set is one block: the offsets of the sets are those of the blocks.
        sums = F.embedding_bag(rows, flat, batch.offsets, mode="sum", include_last_offset=True)
        return sums.double().reshape(len(batch), *values.shape[1:])
    # An empty set has a block too, an empty one.
    lengths = torch.where(batch.sizes <= SMALL, SMALL, BLOCK)
    n_blocks = ((batch.sizes - 1) // lengths + 1).clamp(min=1)
    set_ids = torch.repeat_interleave(n_blocks)
    first_blocks = (n_blocks.cumsum(0) - n_blocks).index_select(0, set_ids)
    in_set = torch.arange(len(set_ids), device=values.device) - first_blocks
    starts = batch.offsets.index_select(0, set_ids) + in_set * lengths.index_select(0, set_ids)
    blocks = F.embedding_bag(rows, flat, starts, mode="sum").double()
    # Where each set is one block, the blocks are the sums.
    if len(blocks) > len(batch):
        out = blocks.new_zeros(len(batch), blocks.shape[1])
        blocks = out.index_add(0, set_ids, blocks)
    return blocks.reshape(len(batch), *values.shape[1:])


def segment_mean(values: Tensor, batch: SetBatch) -> Tensor:
    """Mean over each set: y_b = 1/n_b sum_{i in b} x_i; shapes as in :func:`segment_sum`."""
    total = segment_sum(values, batch)
    return total / per_set(divisor(batch.sizes), total).to(total.dtype)


def segment_max(values: Tensor, batch: SetBatch) -> Tensor:
    """Maximum over each set, for each feature; shapes as in :func:`segment_sum`.

    The gradient goes to the first of equal elements.
    """
    # Each way is the faster one where it is taken: see `_max`.
    if not (values.requires_grad and torch.is_grad_enabled()):
        return _max(values, batch)
    # No elements could not be reshaped, as any width would do.
    if values.numel() == 0:
        return segment_sum(values, batch)
    flat = values.reshape(len(values), -1)
    rows = torch.arange(len(values), device=values.device)
    out = F.embedding_bag(rows, flat, batch.offsets, mode="max", include_last_offset=True)
    return out.reshape(len(batch), *values.shape[1:])


def _max(values: Tensor, batch: SetBatch, fill: float = 0.0) -> Tensor:
    # Faster forward than embedding_bag, and far slower backward.
    rows = per_set(batch.set_ids, values).expand_as(values)
    out = values.new_full((len(batch), *values.shape[1:]), fill)
    return out.scatter_reduce(0, rows, values, "amax", include_self=False)


def segment_min(values: Tensor, batch: SetBatch) -> Tensor:
    """Minimum over each set, for each feature; shapes as in :func:`segment_sum`.

    The gradient goes to the first of equal elements.
    """
    return -segment_max(-values, batch)


def shifted_exp(values: Tensor, batch: SetBatch, fill: float = 0.0) -> tuple[Tensor, Tensor]:
    """Return the maxima (B, ...), ``fill`` for empty sets, and exp(x_i - maximum) (M, ...).

    No gradient runs through the maxima, as no result depends on the shift.
    """
    top = _max(values.detach(), batch, fill)
    return top, torch.exp(values - top.index_select(0, batch.set_ids))


def merge_exponentials(state: tuple[Tensor, ...], pieces: SetBatch) -> tuple[Tensor, ...]:
    """Join sums of exp(x - top) that were shifted by different maxima.

    ``state`` is the maxima (P, ...) of P pieces, the lowest number for one without elements, and
    sums of the same shape or of more axes. What is returned has a row a set.
    """
    top, *sums = state
    # A set whose pieces are all empty keeps the lowest number, so that it can be merged again.
    joint, scale = shifted_exp(top, pieces, torch.finfo(top.dtype).min)
    scales = [scale.reshape(*scale.shape, *[1] * (total.ndim - scale.ndim)) for total in sums]
    return joint, *(segment_sum(t * s, pieces) for t, s in zip(sums, scales, strict=True))


def segment_logsumexp(values: Tensor, batch: SetBatch) -> Tensor:
    """Log of the sum of exponentials over each set: y_b = log sum_{i in b} exp(x_i).

    Shapes as in :func:`segment_sum`. The maximum is taken out first.
    """
    # Without the shift exp would overflow for large values, and give 0 for all of small ones.
    top, exponentials = shifted_exp(values, batch)
    # log(1) = 0 where there is no element, with a gradient of 0 instead of nan.
    return torch.log(mask_empty(segment_sum(exponentials, batch), batch.sizes, 1.0)) + top


class _SegmentSoftmax(torch.autograd.Function):
    """Softmax that keeps only its result; its backward pass takes half the time of autograd's."""

    @staticmethod
    def forward(ctx: Any, values: Tensor, batch: SetBatch) -> Tensor:
        _, exponentials = shifted_exp(values, batch)
        weights = exponentials / segment_sum(exponentials, batch).index_select(0, batch.set_ids)
        ctx.batch = batch
        ctx.save_for_backward(weights)
        return weights

    @staticmethod
    def backward(ctx: Any, *grads: Tensor) -> tuple[Tensor, None]:
        (weights,) = ctx.saved_tensors
        weighted = grads[0] * weights
        total = segment_sum(weighted, ctx.batch).index_select(0, ctx.batch.set_ids)
        return weighted - weights * total, None


_softmax: Callable[[Tensor, SetBatch], Tensor] = _SegmentSoftmax.apply


def segment_softmax(values: Tensor, batch: SetBatch) -> Tensor:
    """Softmax within each set: y_i = exp(x_i) / sum_{j in set of i} exp(x_j).

    Parameters
    ----------
    values : Tensor of shape (M, ...)
    batch : SetBatch
        The sets of the M elements; its own values are not used.

    Returns
    -------
    Tensor of shape (M, ...)
    """
    return _softmax(values, batch)


def segment_var(values: Tensor, batch: SetBatch) -> Tensor:
    """Variance (population) over each set, in two passes; shapes as in :func:`segment_sum`."""
    # The mean of squares less the square of the mean would lose its digits far from zero.
    mean = segment_mean(values, batch)
    centred = values - mean.index_select(0, batch.set_ids)
    return segment_mean(centred.square(), batch)
