"""Multihead attention from a few learned seeds onto the elements of packed sets."""

import math

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._mlp import Linear, linear
from sksets.nn._pooling import State
from sksets.nn._segment import merge_exponentials, segment_sum, shifted_exp
from sksets.nn._widths import check_width


def fitting_heads(features: int, n_heads: int) -> int:
    """Return the largest number of heads, ``n_heads`` at most, that divides ``features``."""
    features, n_heads = check_width(features, "features"), check_width(n_heads, "n_heads")
    return max(k for k in range(1, min(n_heads, features) + 1) if features % k == 0)


class MultiheadPooling(nn.Module):
    """H = S + Multihead(S, X, X): seeds S attend to the elements X of each set.

    Head j is softmax(q_j K_j^T / sqrt(d)) V_j with q = S W_q, K = X W_k, V = X W_v, the softmax
    running over the elements of the set. As in the code of Lee et al. (2019), "Set Transformer",
    the projected seeds are what is added.

    Parameters
    ----------
    features : int
        Width of elements and seeds.
    n_seeds : int
    n_heads : int
        Divides ``features``.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import MultiheadPooling, SetBatch
    >>> batch = SetBatch(torch.rand(5, 8), torch.tensor([0, 2, 5]))
    >>> attention = MultiheadPooling(8, n_seeds=1, n_heads=4)
    >>> attention.finish(attention.reduce(batch.values, batch)).shape
    torch.Size([2, 1, 8])
    """

    def __init__(self, features: int, n_seeds: int, n_heads: int) -> None:
        super().__init__()
        self.n_heads = n_heads
        n_seeds, features = check_width(n_seeds, "n_seeds"), check_width(features, "features")
        self.seeds = nn.Parameter(torch.empty(n_seeds, features))
        nn.init.xavier_uniform_(self.seeds)
        self.query = Linear(features, features)
        # A bias would add the same to the scores of all elements, which a softmax ignores.
        self.key = nn.Linear(features, features, bias=False)
        self.value = Linear(features, features)

    def _scores(self, h: Tensor) -> Tensor:
        # q (W_k x) = (q W_k) x: the keys, an (M, features) tensor, are never made.
        query = self.query(self.seeds).unflatten(1, (self.n_heads, -1, 1))
        key = self.key.weight.unflatten(0, (self.n_heads, -1))
        matrix = (query * key).sum(2) / math.sqrt(key.shape[1])
        return linear(h, matrix.flatten(0, 1)).unflatten(1, (-1, self.n_heads))

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        """Return maxima of scores, sums of weights (B, seeds, heads) and of weighted values.

        The last has the shape (B, seeds, heads, features / heads).
        """
        scores = self._scores(h)
        top, weights = shifted_exp(scores, batch, torch.finfo(scores.dtype).min)
        weights = batch.weigh(weights)
        value = self.value(h).unflatten(1, (1, self.n_heads, -1))
        return top, segment_sum(weights, batch), segment_sum(weights[..., None] * value, batch)

    def weights(self, h: Tensor, batch: SetBatch) -> Tensor:
        """Return by how much each element counts in each head, (M, seeds, heads).

        Those of a set sum to one.
        """
        _, weights = shifted_exp(self._scores(h), batch)
        weights = batch.weigh(weights)
        return weights / segment_sum(weights, batch).index_select(0, batch.set_ids)

    def merge(self, state: State, pieces: SetBatch) -> State:
        """Join the states of pieces of sets."""
        return merge_exponentials(state, pieces)

    def finish(self, state: State) -> Tensor:
        """Return H, of shape (B, seeds, features); an empty set gets the projected seeds."""
        _, total, weighted = state
        attended = weighted / torch.where(total > 0, total, 1.0)[..., None]
        return self.query(self.seeds) + attended.flatten(2)
