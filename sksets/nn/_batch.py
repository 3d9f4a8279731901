"""A batch of sets: their elements in one tensor, and where each set begins."""

import copy
from typing import Self

import torch
from torch import Tensor


class SetBatch:
    """Packed sets, never padded.

    Parameters
    ----------
    values : Tensor of shape (M, ...), or (M,) for tokens
        The elements of all sets, set after set.
    offsets : int64 Tensor of shape (B + 1,)
        Set ``i`` is ``values[offsets[i]:offsets[i + 1]]``; it may be empty.
    context : Tensor of shape (B, p), default=None
        Side information, one row a set.
    set_ids : int64 Tensor of shape (M,), default=None
        The set of each element; made from ``offsets`` when needed.
    sizes : int64 Tensor of shape (B,), default=None
        The number of elements of each set; made from ``offsets`` when needed.
    element_weight : Tensor of shape (M,), default=None
        How much each element counts where elements are pooled, above 0.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import SetBatch
    >>> batch = SetBatch(torch.eye(3), torch.tensor([0, 2, 2, 3]))
    >>> len(batch), batch.sizes.tolist(), batch.set_ids.tolist()
    (3, [2, 0, 1], [0, 0, 2])
    """

    def __init__(
        self,
        values: Tensor,
        offsets: Tensor,
        context: Tensor | None = None,
        *,
        set_ids: Tensor | None = None,
        sizes: Tensor | None = None,
        element_weight: Tensor | None = None,
    ) -> None:
        self.values = values
        self.offsets = offsets
        self.context = context
        self._set_ids = set_ids
        self._sizes = sizes
        self.element_weight = element_weight

    @property
    def sizes(self) -> Tensor:
        """The number of elements of each set, int64 of shape (B,)."""
        if self._sizes is None:
            self._sizes = self.offsets.diff()
        return self._sizes

    @property
    def total_weight(self) -> Tensor:
        """The sum of the weights of each set's elements (B,), without weights its size."""
        if self.element_weight is None:
            return self.sizes
        weight = self.element_weight.double()
        return weight.new_zeros(len(self)).index_add(0, self.set_ids, weight)

    def weigh(self, h: Tensor) -> Tensor:
        """Return what each element adds to a sum: (M, ...) times the weights of the elements."""
        if self.element_weight is None:
            return h
        weight = self.element_weight.reshape(-1, *[1] * (h.ndim - 1))
        return h * weight.to(h.dtype)

    @property
    def set_ids(self) -> Tensor:
        """The set of each element, int64 of shape (M,), sorted."""
        if self._set_ids is None:
            self._set_ids = torch.repeat_interleave(self.sizes, output_size=len(self.values))
        return self._set_ids

    def __len__(self) -> int:
        return len(self.offsets) - 1

    def part(self, start: int, stop: int) -> Self:
        """Return the sets from ``start`` to ``stop``; no element is copied."""
        first, end = self.offsets[[start, stop]].tolist()
        other = copy.copy(self)
        other.values = self.values[first:end]
        other.offsets = self.offsets[start : stop + 1] - first
        other.context = None if self.context is None else self.context[start:stop]
        other._set_ids, other._sizes = self.set_ids[first:end] - start, self.sizes[start:stop]
        weight = self.element_weight
        other.element_weight = None if weight is None else weight[first:end]
        return other

    def replace(self, values: Tensor) -> Self:
        """Return the same sets with other values (M, ...); no index is computed again.

        What else the batch holds, its type and the attributes of a subclass, stays as it is.
        """
        other = copy.copy(self)
        # These are made where they were not yet, so that both batches share them.
        other._set_ids, other._sizes = self.set_ids, self.sizes
        other.values = values
        return other

    def to(self, *args, **kwargs) -> Self:
        """Return the batch on another device; the arguments are those of ``Tensor.to``."""
        other = copy.copy(self)
        other.values = self.values.to(*args, **kwargs)
        other.offsets = self.offsets.to(*args, **kwargs)
        other.context = None if self.context is None else self.context.to(*args, **kwargs)
        other._set_ids = self.set_ids.to(*args, **kwargs)
        other._sizes = self.sizes.to(*args, **kwargs)
        weight = self.element_weight
        other.element_weight = None if weight is None else weight.to(*args, **kwargs)
        return other
