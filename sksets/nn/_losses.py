"""Losses of one value a set, or one an element, so that these can be weighted.

Each takes outputs (B, k) and targets and returns (B,); several outputs are averaged.
"""

import inspect
from collections.abc import Callable

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sksets._names import check_name
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
    # What is added does not depend on the outputs: the loss is 0 where the rate is the target.
    saturated = torch.xlogy(target, target) - target
    return (outputs.exp() - target * outputs + saturated).mean(dim=1)


def cross_entropy(outputs: Tensor, target: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Cross-entropy of classes (B,), int64, under the softmax of ``outputs`` (B, n_classes).

    With label smoothing s each of the k classes is expected with a probability of s / k, and that
    of the target with 1 - s more.
    """
    return F.cross_entropy(outputs, target, reduction="none", label_smoothing=label_smoothing)


def binary_cross_entropy(outputs: Tensor, target: Tensor, label_smoothing: float = 0.0) -> Tensor:
    """Cross-entropy of labels (B, k), 0 or 1, under the sigmoid of ``outputs``.

    With label smoothing s, 0 and 1 become s / 2 and 1 - s / 2.
    """
    _check_shapes(outputs, target)
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / 2
    return F.binary_cross_entropy_with_logits(outputs, target, reduction="none").mean(dim=1)


def member_cross_entropy(outputs: Tensor, target: Tensor, batch: SetBatch) -> Tensor:
    """Cross-entropy under a softmax over the members of each set: -t_i log p_i, element by element.

    Takes outputs (M, 1) and targets (M,) that sum to one within each set, and returns (M,), whose
    sum over a set is its cross-entropy.
    """
    _check_shapes(outputs[:, 0], target)
    total = segment_logsumexp(outputs, batch).index_select(0, batch.set_ids)
    return target * (total - outputs)[:, 0]


LOSSES: dict[str, Callable[..., Tensor]] = {
    "absolute_error": absolute_error,
    "binary_cross_entropy": binary_cross_entropy,
    "cross_entropy": cross_entropy,
    "huber": huber,
    "poisson": poisson,
    "squared_error": squared_error,
}


def _cross_entropy_slope(outputs: Tensor, target: Tensor, label_smoothing: float = 0.0) -> Tensor:
    k = outputs.shape[1]
    slope = torch.softmax(outputs, dim=1)
    if label_smoothing:
        slope -= label_smoothing / k
    rows = torch.full_like(target, label_smoothing - 1, dtype=outputs.dtype)[:, None]
    return slope.scatter_add_(1, target[:, None], rows)


def _binary_slope(outputs: Tensor, target: Tensor, label_smoothing: float = 0.0) -> Tensor:
    if label_smoothing:
        target = target * (1 - label_smoothing) + label_smoothing / 2
    return (torch.sigmoid(outputs) - target).div_(outputs.shape[1])


def _huber_slope(outputs: Tensor, target: Tensor, delta: float = 1.0) -> Tensor:
    return (outputs - target).clamp_(-delta, delta).div_(outputs.shape[1])


# The derivative of the loss of each row by its outputs (B, k).
SLOPES: dict[Callable[..., Tensor], Callable[..., Tensor]] = {
    absolute_error: lambda outputs, target: (outputs - target).sign_().div_(outputs.shape[1]),
    binary_cross_entropy: _binary_slope,
    cross_entropy: _cross_entropy_slope,
    huber: _huber_slope,
    poisson: lambda outputs, target: (outputs.exp() - target).div_(outputs.shape[1]),
    squared_error: lambda outputs, target: (outputs - target).mul_(2 / outputs.shape[1]),
}


class SetLoss(nn.Module):
    """A loss function with its options, as a module: one value a row of the outputs.

    Parameters
    ----------
    function : callable
        (outputs, target) -> Tensor, or (outputs, target, batch) -> Tensor.
    **options
        Further arguments of ``function``.

    Raises
    ------
    TypeError
        For an option that ``function`` does not take.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import SetLoss, huber
    >>> SetLoss(huber, delta=2.0)(torch.tensor([[0.0], [5.0]]), torch.zeros(2, 1))
    tensor([0., 8.])
    """

    def __init__(self, function: Callable[..., Tensor], **options) -> None:
        super().__init__()
        known = list(inspect.signature(function).parameters)
        self.takes_batch = "batch" in known
        known = [name for name in known if name not in ("outputs", "target", "batch")]
        for name in options:
            if name not in known:
                raise TypeError(
                    f"The loss {function.__name__} has no option {name!r}; "
                    f"it has {', '.join(known) or 'none'}."
                )
        self.function = function
        self.options = options

    def forward(self, outputs: Tensor, target: Tensor, batch: SetBatch | None = None) -> Tensor:
        """Return the losses (B,), or (M,) of elements.

        Parameters
        ----------
        outputs : Tensor of shape (B, k)
        target : Tensor
        batch : SetBatch, default=None
            The sets that the outputs belong to, for a function that takes them.
        """
        if self.takes_batch:
            return self.function(outputs, target, batch, **self.options)
        return self.function(outputs, target, **self.options)

    def slope(self, outputs: Tensor, target: Tensor) -> Tensor:
        """Return the derivatives (B, k) of the losses (B,) by the outputs.

        Parameters
        ----------
        outputs : Tensor of shape (B, k)
        target : Tensor
        """
        if self.function in SLOPES:
            return SLOPES[self.function](outputs, target, **self.options)
        outputs = outputs.detach().requires_grad_()
        with torch.enable_grad():
            total = self(outputs, target).sum()
        return torch.autograd.grad(total, outputs)[0]


def make_loss(name: str, **options) -> SetLoss:
    """Build a loss from its name.

    Parameters
    ----------
    name : str
        "absolute_error", "binary_cross_entropy", "cross_entropy", "huber", "poisson" or
        "squared_error".
    **options
        Of the function of that name: "huber" has ``delta``, "cross_entropy" and
        "binary_cross_entropy" have ``label_smoothing``.

    Returns
    -------
    SetLoss
        (outputs, target) -> Tensor of shape (B,).

    Raises
    ------
    ValueError
        For an unknown name; the nearest known one is proposed.
    TypeError
        For an option that the loss does not have.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import make_loss
    >>> make_loss("squared_error")(torch.tensor([[1.0], [3.0]]), torch.zeros(2, 1))
    tensor([1., 9.])
    """
    return SetLoss(LOSSES[check_name(name, LOSSES, "loss")], **options)
