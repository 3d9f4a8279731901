"""The nearest members of each element of a set."""

from collections.abc import Iterator

import torch
from torch import Tensor

from sksets.nn._batch import SetBatch

# Distances that are in memory at once.
DISTANCES = 2**22


def _equal_sizes(h: Tensor, batch: SetBatch) -> Iterator[tuple[int, Tensor]]:
    """Yield the first row of some sets of one size, and their elements (n_sets, size, d)."""
    sizes, counts = (part.tolist() for part in batch.sizes.unique_consecutive(return_counts=True))
    start = 0
    for size, count in zip(sizes, counts, strict=True):
        step = max(1, DISTANCES // max(1, size * size))
        for first in range(0, count, step):
            n_sets = min(step, count - first)
            yield start, h[start : start + n_sets * size].unflatten(0, (n_sets, size))
            start += n_sets * size


def nearest_members(h: Tensor, batch: SetBatch, n_neighbors: int) -> Tensor:
    """Return the rows (M, n_neighbors) of the nearest members of each element, itself included.

    In a smaller set the element itself stands for those that are missing. No gradient.

    Parameters
    ----------
    h : Tensor of shape (M, d)
    batch : SetBatch
        The sets of the M elements, whole ones; its own values are not used.
    n_neighbors : int
    """
    nearest = torch.arange(len(h), device=h.device)[:, None].repeat(1, n_neighbors)
    for start, sets in _equal_sizes(h.detach(), batch):
        n_sets, size = sets.shape[:2]
        if size == 0:
            continue
        # About their mean, distances keep digits that those of points far from zero lose.
        sets = sets - sets.mean(dim=1, keepdim=True)
        firsts = start + size * torch.arange(n_sets, device=h.device)[:, None, None]
        k = min(n_neighbors, size)
        rows = nearest[start : start + n_sets * size].unflatten(0, (n_sets, size))
        # One set alone may have more distances than the bound.
        step = max(1, DISTANCES // (n_sets * size))
        for first in range(0, size, step):
            block = sets[:, first : first + step]
            places = torch.cdist(block, sets).topk(k, largest=False).indices
            rows[:, first : first + step, :k] = places + firsts
    return nearest
