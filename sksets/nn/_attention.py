"""Multihead attention from a few learned seeds onto the elements of packed sets."""

import math

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._segment import segment_logsumexp, segment_softmax, segment_sum


class MultiheadPooling(nn.Module):
    """H = S + Multihead(S, X, X): seeds S attend to the elements X of each set.

    Parameters
    ----------
    features : int
        Width of elements and seeds.
    n_seeds : int
    n_heads : int
        Divides ``features``.
    """

    def __init__(self, features: int, n_seeds: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        self.seeds = nn.Parameter(torch.empty(n_seeds, features))
        nn.init.xavier_uniform_(self.seeds)
        self.query = nn.Linear(features, features)
        self.key = nn.Linear(features, features)
        self.value = nn.Linear(features, features)

    def _heads(self, x: Tensor) -> Tensor:
        return x.unflatten(1, (self.n_heads, -1))

    def reduce(self, h: Tensor, batch: SetBatch) -> tuple[Tensor, Tensor]:
        """Return log-normalisers (B, seeds, heads) and weighted values (B, seeds, heads, d)."""
        query, key = self._heads(self.query(self.seeds)), self._heads(self.key(h))
        scores = torch.einsum("shd,mhd->msh", query, key) / math.sqrt(key.shape[-1])
        weights = segment_softmax(scores, batch)
        value = self._heads(self.value(h))
        weighted = weights.unsqueeze(-1) * value.unsqueeze(1)
        return segment_logsumexp(scores, batch), segment_sum(weighted, batch)

    def merge(self, state: tuple[Tensor, ...], pieces: SetBatch) -> tuple[Tensor, Tensor]:
        """Join pieces of sets: their values are weighted by their normalisers."""
        log_norm, weighted = state
        share = segment_softmax(log_norm, pieces).unsqueeze(-1)
        return segment_logsumexp(log_norm, pieces), segment_sum(share * weighted, pieces)

    def finish(self, state: tuple[Tensor, ...]) -> Tensor:
        """Return H, of shape (B, seeds, features)."""
        return self.query(self.seeds) + state[1].flatten(2)
