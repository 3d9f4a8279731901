"""Scaling of the elements, before a network or inside it."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._pooling import SetPooling, State
from sksets.nn._segment import divisor, per_set, root, segment_max, segment_sum
from sksets.nn._steps import SteppedLayer, Steps
from sksets.nn._sum_pooling import MeanPooling
from sksets.nn._widths import check_width


class FeatureScaler(SteppedLayer):
    """(x - mean) / scale, with fixed mean and scale.

    Parameters
    ----------
    mean, scale : Tensor of the shape of an element, or scalar

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import DeepSetsModule, FeatureScaler, SetBatch
    >>> scaler = FeatureScaler(torch.tensor([10.0, 0.0]), torch.tensor([2.0, 1.0]))
    >>> batch = SetBatch(torch.tensor([[12.0, 3.0], [10.0, 0.0]]), torch.tensor([0, 1, 2]))
    >>> scaler(batch.values, batch)
    tensor([[1., 3.],
            [0., 0.]])
    >>> DeepSetsModule(2, 1, normalizer=scaler)(batch).shape
    torch.Size([2, 1])
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)

    def steps(self, h: Tensor, batch: SetBatch) -> Steps:
        """Return the scaled elements; asks for no pooled term."""
        yield from ()
        return (h.to(self.mean.dtype) - self.mean).div_(self.scale)


class _FirstElement(SetPooling):
    """The first element of each set, an origin near its elements; 0 for an empty set."""

    n_states = 2

    def __init__(self) -> None:
        super().__init__(1)

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        filled = batch.sizes > 0
        if len(h) == 0:
            return segment_sum(h, batch), filled.long()
        # An empty set begins where the next one does, and the last ones past the end.
        first = h.index_select(0, batch.offsets[:-1].clamp(max=len(h) - 1))
        return torch.where(per_set(filled, first), first, torch.zeros_like(first)), filled.long()

    def merge(self, state: State, pieces: SetBatch) -> State:
        rows, filled = state
        # The filled rows of each set are counted; the one with the count 1 is the first.
        count = filled.cumsum(0)
        before = torch.nn.functional.pad(count, (1, 0)).index_select(0, pieces.offsets[:-1])
        is_first = (count - before.index_select(0, pieces.set_ids) == 1) & (filled > 0)
        first = torch.where(per_set(is_first, rows), rows, torch.zeros_like(rows))
        return segment_sum(first, pieces), segment_sum(is_first.to(filled.dtype), pieces)


class _Spread(SetPooling):
    """Mean of each axis and the global standard deviation about it, (B, n_axes + 1).

    Of elements (M, n_slots, n_axes), each of which is a mean over its slots. All is computed in
    units of the largest number of each set: squares of numbers beyond 1e19 overflow in single
    precision, and those of numbers below 1e-23 vanish.
    """

    n_states = 3

    def __init__(self) -> None:
        super().__init__(1)
        self.mean = MeanPooling(1)

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        unit = _largest(h.flatten(1), batch)
        h = h / unit.index_select(0, batch.set_ids)[:, None]
        mean = self.mean(h[:, 0] if h.shape[1] == 1 else h.mean(dim=1), batch)
        squares = (h - mean.index_select(0, batch.set_ids)[:, None]).square()
        scale = root(self.mean(squares.flatten(1).mean(dim=1, keepdim=True), batch))
        return batch.total_weight.to(h.dtype), unit * mean, unit * scale

    def merge(self, state: State, pieces: SetBatch) -> State:
        counts, means, scales = state
        unit = _largest(torch.cat([means, scales], dim=1), pieces)
        means, scales = (part / unit.index_select(0, pieces.set_ids) for part in (means, scales))
        total, share = segment_sum(counts, pieces), per_set(counts, means)
        mean = segment_sum(share * means, pieces) / per_set(divisor(total), means)
        between = (means - mean.index_select(0, pieces.set_ids)).square().mean(dim=1, keepdim=True)
        squares = segment_sum(share * (scales.square() + between), pieces)
        return total, unit * mean, unit * root(squares / per_set(divisor(total), squares))

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        _, mean, scale = state
        return torch.cat([mean, scale], dim=1)


def _largest(rows: Tensor, batch: SetBatch) -> Tensor:
    """Return the largest size of a number in each set, (B, 1), 1 instead of 0; no gradient."""
    largest = segment_max(rows.detach().abs().amax(dim=1, keepdim=True), batch)
    return torch.where(largest > 0, largest, 1.0)


class SetNormalize(SteppedLayer):
    """Each set by itself: zero mean of each axis, unit global variance.

    y_i = (x_i - mean(x)) / sqrt(mean over elements and axes of (x - mean(x))^2). A set whose
    elements are equal becomes zeros.

    An element of shape (k, d) stands for k points of d coordinates, such as a point and its
    neighbours: each coordinate has one mean, over all points of all elements, so that the set is
    moved as a whole.

    Parameters
    ----------
    columns : sequence of int, default=None
        The axes; others, such as categories, stay as they are. None for all.
    images : bool, default=False
        Whether elements are images, of which each pixel is an axis.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import DeepSetsModule, SetBatch, SetNormalize
    >>> values = torch.tensor([[1.0, 5.0], [3.0, 5.0], [7.0, 7.0], [7.0, 7.0]])
    >>> batch = SetBatch(values, torch.tensor([0, 2, 4]))
    >>> SetNormalize()(values, batch)
    tensor([[-1.4142,  0.0000],
            [ 1.4142,  0.0000],
            [ 0.0000,  0.0000],
            [ 0.0000,  0.0000]])
    >>> shifted = batch.replace(batch.values + 10)
    >>> module = DeepSetsModule(2, 1, normalizer=SetNormalize())
    >>> torch.allclose(module(batch), module(shifted), atol=1e-4)
    True
    """

    columns: Tensor | None

    def __init__(self, columns: Sequence[int] | None = None, images: bool = False) -> None:
        super().__init__()
        self.images = images
        self.first = _FirstElement()
        self.spread = _Spread()
        index = None if columns is None else torch.tensor(columns, dtype=torch.int64)
        self.register_buffer("columns", index)

    def steps(self, h: Tensor, batch: SetBatch) -> Steps:
        """Return the normalised elements; asks for an origin, then for mean and deviation."""
        if self.columns is None:
            return (yield from self._normalised(h, batch))
        some = yield from self._normalised(h.index_select(1, self.columns), batch)
        return h.index_copy(1, self.columns, some)

    def _normalised(self, h: Tensor, batch: SetBatch) -> Steps:
        alone = self.images or h.ndim == 2
        points = h.flatten(1).unsqueeze(1) if alone else h.flatten(1, -2)
        # From an origin among the elements, equal elements are exactly 0 and have exactly the
        # mean 0; the mean of n equal numbers is not that number, to the last bit.
        origin = yield self.first, points[:, :1]
        centred = points - origin.index_select(0, batch.set_ids)
        spread = (yield self.spread, centred).index_select(0, batch.set_ids)[:, None]
        mean, scale = spread[..., :-1], spread[..., -1:]
        return ((centred - mean) / torch.where(scale > 0, scale, 1.0)).reshape(h.shape)


class SetNorm(SteppedLayer):
    """y_i = gamma * (x_i - mean) / sqrt(var + eps) + beta, all elements and features of a set.

    The set norm of Zhang et al. (2022), "Set Norm and Equivariant Skip Connections: Putting the
    Deep in Deep Sets": one mean and one (population) variance a set, over its elements and their
    features, then one weight and one bias a feature.

    Parameters
    ----------
    features : int
    eps : float, default=1e-5

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import DeepSetsModule, SetBatch, SetNorm
    >>> batch = SetBatch(torch.tensor([[0.0, 4.0], [1.0, 3.0]]), torch.tensor([0, 1, 2]))
    >>> norm = SetNorm(2, eps=1e-12)
    >>> norm(batch.values, batch).tolist()
    [[-1.0, 1.0], [-1.0, 1.0]]
    >>> scaled = batch.replace(batch.values * 100 + 10)
    >>> module = DeepSetsModule(2, 1, normalizer=norm)
    >>> torch.allclose(module(batch), module(scaled), atol=1e-4)
    True
    """

    def __init__(self, features: int, eps: float = 1e-5) -> None:
        super().__init__()
        self.eps = eps
        features = check_width(features, "features", least=0)
        self.weight = nn.Parameter(torch.ones(features))
        self.bias = nn.Parameter(torch.zeros(features))
        self.pool = MeanPooling(1)

    def steps(self, h: Tensor, batch: SetBatch) -> Steps:
        """Map (M, features) to the same shape; asks for the mean and the variance."""
        mean = yield self.pool, h.mean(dim=1, keepdim=True)
        centred = h - mean.index_select(0, batch.set_ids)
        variance = yield self.pool, centred.square().mean(dim=1, keepdim=True)
        scale = torch.rsqrt(variance + self.eps).index_select(0, batch.set_ids)
        return centred * scale * self.weight + self.bias
