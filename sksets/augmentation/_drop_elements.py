"""DropElements: sets without some of their elements."""

from dataclasses import dataclass

import torch

from sksets._arguments import check_share
from sksets.augmentation._draws import draw_uniform
from sksets.nn import SetBatch


@dataclass(frozen=True)
class DropElements:
    """Leave a random share of the elements of each set out.

    The share is uniform between ``min_share`` and ``max_share``, anew for each set of each batch,
    and each subset of that size is as likely as any other. A set keeps one element at least; those
    that stay keep their order and their weights.

    Parameters
    ----------
    max_share : float
        The largest share that is left out, from 0 to 1.
    min_share : float, default=0.0
        The smallest one. Where it is ``max_share``, every set loses that share.

    Raises
    ------
    ValueError, TypeError
        If a share is not from 0 to 1, or the smallest is above the largest.

    Notes
    -----
    For estimators of one output a set: where targets belong to elements none may be left out.

    Examples
    --------
    >>> import torch
    >>> from sksets.augmentation import DropElements
    >>> from sksets.nn import SetBatch
    >>> batch = SetBatch(torch.arange(9), torch.tensor([0, 8, 8, 9]))
    >>> DropElements(0.5, 0.5)(batch, torch.Generator().manual_seed(0)).sizes.tolist()
    [4, 0, 1]
    """

    max_share: float
    min_share: float = 0.0

    def __post_init__(self):
        check_share(self.max_share, "max_share")
        check_share(self.min_share, "min_share")
        if self.min_share > self.max_share:
            raise ValueError(
                f"min_share={self.min_share} must not be above max_share={self.max_share}."
            )

    def __call__(self, batch, generator):
        """Return the batch with fewer elements; see :class:`sksets.nn.SetBatch`."""
        like = torch.empty(0, device=batch.values.device, dtype=torch.float64)
        share, rest = (draw_uniform((2, len(batch)), generator, like) + 1) / 2
        share = self.min_share + (self.max_share - self.min_share) * share
        # Rounded up or down at random, so that small sets lose their share on average too.
        n_dropped = (share * batch.sizes + rest).floor().long()
        n_kept = torch.minimum((batch.sizes - n_dropped).clamp(min=1), batch.sizes)
        keys = (draw_uniform(batch.set_ids.shape, generator, like) + 1) / 2
        # Sets follow each other in the order of their keys as well: a place there is a rank.
        order = (batch.set_ids + keys).argsort()
        ranks = torch.empty_like(order)
        ranks[order] = torch.arange(len(order), device=order.device)
        ranks -= batch.offsets.index_select(0, batch.set_ids)
        kept = torch.nonzero(ranks < n_kept.index_select(0, batch.set_ids))[:, 0]
        weight = batch.element_weight
        return SetBatch(
            batch.values.index_select(0, kept),
            torch.nn.functional.pad(n_kept.cumsum(0), (1, 0)),
            batch.context,
            sizes=n_kept,
            element_weight=None if weight is None else weight.index_select(0, kept),
        )
