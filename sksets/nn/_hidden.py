"""Queries with the items that were hidden from them."""

from typing import NamedTuple, Self

from torch import Tensor

from sksets.nn._batch import SetBatch


class HiddenItems(NamedTuple):
    """The hidden items of a batch of queries, and negatives to compare them with.

    Parameters
    ----------
    items : int64 Tensor of shape (P,)
        The hidden items, set after set; items of training all.
    set_ids : int64 Tensor of shape (P,)
        The set of each.
    negatives : int64 Tensor of shape (S,), default=None
        Items to rank below, the same for all sets. None stands for all items of training.
    members : bool Tensor of shape (B, S), default=None
        Which of the negatives belong to the set, and so are none.
    log_expected : Tensor of shape (S,), default=None
        Log of the number of times that each of the S was to be expected among them.
    """

    items: Tensor
    set_ids: Tensor
    negatives: Tensor | None = None
    members: Tensor | None = None
    log_expected: Tensor | None = None


class QueryBatch(SetBatch):
    """Queries, and what was hidden from them.

    Parameters
    ----------
    values, offsets, context, set_ids, sizes
        Of :class:`SetBatch`: the items that are shown.
    hidden : HiddenItems
    """

    def __init__(
        self,
        values: Tensor,
        offsets: Tensor,
        context: Tensor | None = None,
        *,
        set_ids: Tensor | None = None,
        sizes: Tensor | None = None,
        hidden: HiddenItems,
    ) -> None:
        super().__init__(values, offsets, context, set_ids=set_ids, sizes=sizes)
        self.hidden = hidden

    def to(self, *args, **kwargs) -> Self:
        """Return the queries on another device, and what was hidden from them."""
        other = super().to(*args, **kwargs)
        other.hidden = HiddenItems._make(
            None if tensor is None else tensor.to(*args, **kwargs) for tensor in self.hidden
        )
        return other
