"""Poolings by the spread of the elements: standard deviation, its logarithm, covariance."""

from collections.abc import Callable

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._mlp import linear
from sksets.nn._pooling import SetPooling, State
from sksets.nn._segment import divisor, mask_empty, per_set, root, segment_sum

# Of so many features at most the covariance is faster than a linear layer on all elements, of
# which none is then kept for the backward pass. A fit on sets of 400 elements takes a quarter of
# the time.
MAX_COVARIANCE = 32
# Added to a variance, so that its logarithm is finite where elements are equal, or only one.
_NO_VARIANCE = 1e-6


def _log_root(variance: Tensor) -> Tensor:
    """Return the logarithm of the square root."""
    return (variance + _NO_VARIANCE).log() / 2


class StdPooling(SetPooling):
    """y = sqrt(1/n sum_i (x_i - mean)^2): the standard deviation of each feature; 0 if empty.

    Pieces are merged by their counts, means and sums of squares about the mean (Chan, Golub and
    LeVeque, 1983). Entropies, correlations and other second moments of a set are functions of the
    standard deviations of linear functions of its elements.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import SetBatch, StdPooling
    >>> batch = SetBatch(torch.tensor([[1.0], [3.0], [5.0]]), torch.tensor([0, 2, 2, 3]))
    >>> StdPooling(1)(batch.values, batch)
    tensor([[1.],
            [0.],
            [0.]])
    """

    # With a mean, phi has to find the squares first: the error of an entropy in 2 dimensions is
    # then ten times as large.
    n_states = 3
    spread: Callable[[Tensor], Tensor] = staticmethod(root)

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        counts = per_set(batch.total_weight, h).to(h.dtype)
        mean = segment_sum(batch.weigh(h), batch) / divisor(counts)
        centred = h - mean.index_select(0, batch.set_ids)
        return counts, mean, self._squares(centred, batch)

    def _squares(self, h: Tensor, batch: SetBatch) -> Tensor:
        """Return the sums of squares (B, ...) of centred elements."""
        return segment_sum(batch.weigh(h.square()), batch)

    def _outer(self, h: Tensor) -> Tensor:
        """Return the squares (n, ...) of vectors (n, h)."""
        return h.square()

    def merge(self, state: State, pieces: SetBatch) -> State:
        counts, means, squares = state
        total = segment_sum(counts, pieces)
        mean = segment_sum(counts * means, pieces) / divisor(total)
        between = self._outer(means - mean.index_select(0, pieces.set_ids))
        between = between * per_set(counts, between)
        return total, mean, segment_sum(squares + between, pieces)

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        counts, _, squares = state
        return mask_empty(self.spread(squares / divisor(counts)), sizes, 0.0)

    def before_linear(self, in_features: int) -> SetPooling | None:
        if in_features > MAX_COVARIANCE:
            return None
        return CovariancePooling(in_features, self.spread)


class LogStdPooling(StdPooling):
    """y = log(s^2 + 1e-6) / 2, s the standard deviation of each feature; 0 for an empty set.

    The added number keeps y finite where all elements are equal, or only one. Entropies and mutual
    informations are sums of such logarithms.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import LogStdPooling, SetBatch
    >>> batch = SetBatch(torch.tensor([[0.0], [2.0], [0.0], [4.0]]), torch.tensor([0, 2, 4]))
    >>> LogStdPooling(1)(batch.values, batch).exp()
    tensor([[1.0000],
            [2.0000]])
    """

    # The error of a mutual information is 0.62 of that with the standard deviation itself.
    spread = staticmethod(_log_root)


class CovariancePooling(StdPooling):
    """Covariance (population) of the features, row after row; 0 for an empty set.

    The variance of a linear function w of the elements is w^T C w, whatever their distribution.
    ``spread`` is what :meth:`apply_linear` makes of these variances.
    """

    def __init__(self, in_features: int, spread: Callable[[Tensor], Tensor]) -> None:
        super().__init__(in_features)
        self.out_features = in_features**2
        self.spread = spread

    def _squares(self, h: Tensor, batch: SetBatch) -> Tensor:
        # A product a set: the outer products of all elements would take h times their memory.
        sizes = batch.sizes.tolist()
        weighted = batch.weigh(h).split(sizes)
        parts = [a.T @ b for a, b in zip(h.split(sizes), weighted, strict=True)]
        return torch.stack(parts) if parts else h.new_zeros(0, h.shape[1], h.shape[1])

    def _outer(self, h: Tensor) -> Tensor:
        return h[:, :, None] * h[:, None, :]

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        counts, _, squares = state
        return (squares / per_set(divisor(counts), squares)).flatten(1)

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        w = layer.weight
        products = (w[:, :, None] * w[:, None, :]).flatten(1)
        # Rounding can make a variance negative.
        return mask_empty(self.spread(linear(pooled, products).clamp(min=0)), sizes, 0.0)
