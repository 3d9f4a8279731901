"""Dropout of a channel for all members of a set together."""

from torch import Tensor

from sksets.nn._batch import SetBatch
from sksets.nn._mlp import Dropout


class SetDropout(Dropout):
    """y_i = x_i * mask_b / (1 - p): one mask of the channels for all members i of set b.

    The simultaneous dropout of Zaheer et al. (2017), "Deep Sets" (supplement). Draws are those of
    :class:`Dropout`.

    Parameters
    ----------
    p : float in [0, 1)

    Attributes
    ----------
    generator : torch.Generator or None
        Source of the draws, set from outside; None is torch's global one. Copies and pickles
        do not carry it.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import SetBatch, SetDropout
    >>> batch = SetBatch(torch.ones(5, 4), torch.tensor([0, 2, 5]))
    >>> dropped = SetDropout(0.5)(batch.values, batch)
    >>> torch.equal(dropped[0], dropped[1]), torch.equal(dropped[2], dropped[4])
    (True, True)
    """

    def forward(self, h: Tensor, batch: SetBatch) -> Tensor:  # type: ignore[override]
        """Drop channels of (M, h)."""
        if not self.training or self.p == 0:
            return h
        mask = super().forward(h.new_ones(len(batch), *h.shape[1:]))
        return h * mask.index_select(0, batch.set_ids)
