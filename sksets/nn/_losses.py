"""Losses of one value a set, or one an element, so that these can be weighted.

Each takes outputs (B, k) and targets and returns (B,); several outputs are averaged.
"""

import torch
from torch import Tensor
from torch.nn import functional as F

from sksets.nn._batch import SetBatch
from sksets.nn._segment import segment_logsumexp


def _check_shapes(outputs: Tensor, target: Tensor) -> None:
    # (B, 1) against (B,) would broadcast to (B, B) and train on nonsense without a word.
    if outputs.shape != target.shape:
        raise ValueError(
            f"outputs and target must have the same shape; found {tuple(outputs.shape)} and "
            f"{tuple(target.shape)}."
        )


def squared_error(outputs: Tensor, target: Tensor) -> Tensor:
    """Squared difference to targets (B, k)."""
    _check_shapes(outputs, target)
    return F.mse_loss(outputs, target, reduction="none").mean(dim=1)


def absolute_error(outputs: Tensor, target: Tensor) -> Tensor:
    """Absolute difference to targets (B, k)."""
    _check_shapes(outputs, target)
    return (outputs - target).abs().mean(dim=1)


def huber(outputs: Tensor, target: Tensor, delta: float = 1.0) -> Tensor:
    """Huber loss of targets (B, k): r^2 / 2 up to a residual r of delta, linear beyond."""
    _check_shapes(outputs, target)
    return F.huber_loss(outputs, target, reduction="none", delta=delta).mean(dim=1)


def poisson(outputs: Tensor, target: Tensor) -> Tensor:
    """Half the Poisson deviance of targets (B, k) >= 0, ``outputs`` being the log of the rate."""
    _check_shapes(outputs, target)
    saturated = torch.xlogy(target, target) - target
    return (outputs.exp() - target * outputs + saturated).mean(dim=1)


def cross_entropy(outputs: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of classes (B,), int64, under the softmax of ``outputs`` (B, n_classes)."""
    return F.cross_entropy(outputs, target, reduction="none")


def binary_cross_entropy(outputs: Tensor, target: Tensor) -> Tensor:
    """Cross-entropy of labels (B, k), 0 or 1, under the sigmoid of ``outputs``."""
    _check_shapes(outputs, target)
    return F.binary_cross_entropy_with_logits(outputs, target, reduction="none").mean(dim=1)


def member_cross_entropy(outputs: Tensor, target: Tensor, batch: SetBatch) -> Tensor:
    """Cross-entropy under a softmax over the members of each set: -t_i log p_i, element by element.

    Takes outputs (M, 1) and targets (M,) that sum to one within each set, and returns (M,), whose
    sum over a set is its cross-entropy.
    """
    _check_shapes(outputs[:, 0], target)
    total = segment_logsumexp(outputs, batch).index_select(0, batch.set_ids)
    return target * (total - outputs)[:, 0]


class SetLoss(torch.nn.Module):
    def __init__(self, function, **kwargs):
        super().__init__()
        self.function = function
        self.kwargs = kwargs

    def forward(self, outputs, target, batch):
        return self.function(outputs, target, **self.kwargs)


def make_loss(name, **options):
    return SetLoss(globals()[name], **options)
