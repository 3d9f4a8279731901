"""From the elements of a set to one vector, by name.

Every pooling works in three steps, so that a set too large for memory can be pooled in pieces:
``reduce`` elements to a state, ``merge`` the states of pieces, ``finish`` a state.
"""

from collections.abc import Callable, Iterable, Sequence

import torch
from torch import Tensor, nn

from sksets._names import check_name
from sksets.nn._attention import (
    MultiheadPooling,
    State,
    fitting_heads,
    merge_exponentials,
)
from sksets.nn._batch import SetBatch
from sksets.nn._mlp import Linear, linear
from sksets.nn._segment import (
    mask_empty,
    per_set,
    precise_sum,
    segment_max,
    segment_mean,
    segment_min,
    segment_sum,
    shifted_exp,
)

# Covariances of more features are larger than the sets that they save the time of.
MAX_COVARIANCE = 32
# Of a variance, below which its logarithm is as good as that of zero.
_NO_VARIANCE = 1e-6


class SetPooling(nn.Module):
    """Base of the poolings: (M, h) elements to (B, out_features).

    Attributes
    ----------
    out_features : int
    n_states : int
        Number of tensors in the state.
    """

    n_states = 1

    def __init__(self, in_features: int) -> None:
        super().__init__()
        self.out_features = in_features

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        """Return the state of each set, or piece of one: ``n_states`` tensors of B rows.

        What the state of a piece of no elements is, changes nothing that it is merged into.
        """
        raise NotImplementedError

    def merge(self, state: State, pieces: SetBatch) -> State:
        """Join the states of pieces; ``pieces`` says which rows belong to which set."""
        raise NotImplementedError

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        """Return the pooled vectors (B, out_features) of sets of ``sizes`` (B,) elements."""
        return state[0]

    def before_linear(self, in_features: int) -> "SetPooling | None":
        """Return the pooling of h that this pooling of ``layer(h)`` can be computed from.

        So a linear layer runs on B rows instead of M. None where there is none, or where it would
        not be faster.

        Parameters
        ----------
        in_features : int
            Width of h.
        """
        return None

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        """Return the pool of ``layer(h)`` from this pool of ``h``, of :meth:`before_linear`."""
        raise NotImplementedError

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        """Return the pools of sets with one element more.

        Parameters
        ----------
        pooled : Tensor of shape (..., out_features)
            Pools of sets.
        sizes : int64 Tensor of shape (..., 1)
            Number of elements of each set.
        h : Tensor of shape (..., in_features)
            What is added to each; the three are broadcast.
        """
        raise NotImplementedError(f"{type(self).__name__} cannot add an element to a pool.")

    def forward(self, h: Tensor, batch: SetBatch) -> Tensor:
        """Pool whole sets: (M, h) -> (B, out_features)."""
        return self.finish(self.reduce(h, batch), batch.sizes).to(h.dtype)


class SumPooling(SetPooling):
    """Sum of the elements; 0 for an empty set."""

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return (segment_sum(h, batch) if torch.is_grad_enabled() else precise_sum(h, batch),)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return (segment_sum(state[0], pieces),)

    def before_linear(self, in_features: int) -> SetPooling:
        return type(self)(in_features)

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        # sum_i (W x_i + b) = W sum_i x_i + n b
        return torch.addcmul(
            linear(pooled, layer.weight), sizes[:, None].to(pooled.dtype), layer.bias
        )

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return pooled + h


class MeanPooling(SumPooling):
    """Mean of the elements; 0 for an empty set."""

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        return state[0] / per_set(sizes.clamp(min=1), state[0]).to(state[0].dtype)

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        # An empty set has no element to take the bias.
        return linear(pooled, layer.weight) + (sizes > 0)[:, None] * layer.bias

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return pooled + (h - pooled) / (sizes + 1)


class MaxPooling(SetPooling):
    """Maximum of each feature; 0 for an empty set."""

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return (mask_empty(segment_max(h, batch), batch.sizes, torch.finfo(h.dtype).min),)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return self.reduce(state[0], pieces)

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        return mask_empty(state[0], sizes, 0.0)

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return torch.where(sizes > 0, torch.maximum(pooled, h), h)


class MinPooling(MaxPooling):
    """Minimum of each feature; 0 for an empty set."""

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return (mask_empty(segment_min(h, batch), batch.sizes, torch.finfo(h.dtype).max),)

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return torch.where(sizes > 0, torch.minimum(pooled, h), h)


class LogSumExpPooling(SetPooling):
    """Log of the sum of exponentials of each feature; 0 for an empty set."""

    n_states = 2

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        top, exponentials = shifted_exp(h, batch, torch.finfo(h.dtype).min)
        return top, segment_sum(exponentials, batch)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return merge_exponentials(state, pieces)

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        top, total = state
        return mask_empty(top, sizes, 0.0) + torch.log(mask_empty(total, sizes, 1.0))

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return torch.where(sizes > 0, torch.logaddexp(pooled, h), h)


def _root(variance: Tensor) -> Tensor:
    """Return the square root, without a gradient at 0: a set may have one element, or none."""
    varies = variance > 0
    return torch.where(varies, torch.where(varies, variance, 1.0).sqrt(), 0.0)


def _log_root(variance: Tensor) -> Tensor:
    """Return the logarithm of the square root."""
    return (variance + _NO_VARIANCE).log() / 2


class StdPooling(SetPooling):
    """Standard deviation (population) of each feature; 0 for an empty set.

    Pieces are merged by their counts, means and sums of squares about the mean (Chan, Golub and
    LeVeque, 1983).
    """

    n_states = 3
    spread: Callable[[Tensor], Tensor] = staticmethod(_root)

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        mean = segment_mean(h, batch)
        centred = h - mean.index_select(0, batch.set_ids)
        return per_set(batch.sizes, h).to(h.dtype), mean, self._squares(centred, batch)

    def _squares(self, h: Tensor, batch: SetBatch) -> Tensor:
        """Return the sums of squares (B, ...) of centred elements."""
        return segment_sum(h.square(), batch)

    def _outer(self, h: Tensor) -> Tensor:
        """Return the squares (n, ...) of vectors (n, h)."""
        return h.square()

    def merge(self, state: State, pieces: SetBatch) -> State:
        counts, means, squares = state
        total = segment_sum(counts, pieces)
        mean = segment_sum(counts * means, pieces) / total.clamp(min=1)
        between = self._outer(means - mean.index_select(0, pieces.set_ids))
        between = between * per_set(counts, between)
        return total, mean, segment_sum(squares + between, pieces)

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        counts, _, squares = state
        return mask_empty(self.spread(squares / counts.clamp(min=1)), sizes, 0.0)

    def before_linear(self, in_features: int) -> SetPooling | None:
        if in_features > MAX_COVARIANCE:
            return None
        return CovariancePooling(in_features, self.spread)


class LogStdPooling(StdPooling):
    """Logarithm of the standard deviation s of each feature; 0 for an empty set.

    log(s^2 + 1e-6) / 2, so that a set of one element has a finite one.
    """

    spread = staticmethod(_log_root)


class CovariancePooling(StdPooling):
    """Covariance (population) of the features, row after row; 0 for an empty set.

    From it the ``spread`` of a linear layer, whose variances are w^T C w (Gaussian or not).
    """

    def __init__(self, in_features: int, spread: Callable[[Tensor], Tensor]) -> None:
        super().__init__(in_features)
        self.out_features = in_features**2
        self.spread = spread

    def _squares(self, h: Tensor, batch: SetBatch) -> Tensor:
        parts = [part.T @ part for part in h.split(batch.sizes.tolist())]
        return torch.stack(parts) if parts else h.new_zeros(0, h.shape[1], h.shape[1])

    def _outer(self, h: Tensor) -> Tensor:
        return h[:, :, None] * h[:, None, :]

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        counts, _, squares = state
        return (squares / per_set(counts.clamp(min=1), squares)).flatten(1)

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        w = layer.weight
        products = (w[:, :, None] * w[:, None, :]).flatten(1)
        return mask_empty(self.spread(linear(pooled, products).clamp(min=0)), sizes, 0.0)


class AttentionPooling(SetPooling):
    """Pooling by multihead attention, PMA of the Set Transformer; 0 for an empty set.

    H = S + Multihead(S, X, X) for learned seeds S, and the output is H + rFF(H) (Lee et al.,
    2019, "Set Transformer", equations 6, 7 and 11, without layer normalisation).

    Parameters
    ----------
    in_features : int
    n_seeds : int, default=1
        Output vectors a set; they are concatenated.
    n_heads : int, default=4
        Reduced to the largest number that divides ``in_features``.
    """

    n_states = 3

    def __init__(self, in_features: int, n_seeds: int = 1, n_heads: int = 4) -> None:
        super().__init__(in_features)
        self.out_features = n_seeds * in_features
        n_heads = fitting_heads(in_features, n_heads)
        self.attention = MultiheadPooling(in_features, n_seeds, n_heads)
        self.feedforward = nn.Sequential(Linear(in_features, in_features), nn.ReLU())

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return self.attention.reduce(h, batch)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return self.attention.merge(state, pieces)

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        h = self.attention.finish(state)
        h = h + self.feedforward(h.flatten(0, 1)).view_as(h)
        return mask_empty(h.flatten(1), sizes, 0.0)


class ConcatPooling(SetPooling):
    """Several poolings of the same elements, side by side."""

    def __init__(self, poolings: Sequence[SetPooling]) -> None:
        super().__init__(sum(p.out_features for p in poolings))
        self.poolings = nn.ModuleList(poolings)
        self.n_states = sum(p.n_states for p in poolings)

    def _each(self) -> list[SetPooling]:
        return [pooling for pooling in self.poolings if isinstance(pooling, SetPooling)]

    def _parts(self, state: State) -> list[tuple[SetPooling, State]]:
        parts, start = [], 0
        for pooling in self._each():
            parts.append((pooling, state[start : start + pooling.n_states]))
            start += pooling.n_states
        return parts

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return tuple(t for p in self._each() for t in p.reduce(h, batch))

    def merge(self, state: State, pieces: SetBatch) -> State:
        return tuple(t for p, part in self._parts(state) for t in p.merge(part, pieces))

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        return torch.cat([p.finish(part, sizes) for p, part in self._parts(state)], dim=1)

    def _pooled(self, pooled: Tensor) -> Iterable[tuple[SetPooling, Tensor]]:
        widths = [p.out_features for p in self._each()]
        return zip(self._each(), pooled.split(widths, dim=-1), strict=True)

    def before_linear(self, in_features: int) -> SetPooling | None:
        poolings = [p.before_linear(in_features) for p in self._each()]
        found = [p for p in poolings if p is not None]
        return ConcatPooling(found) if len(found) == len(poolings) else None

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        parts = [p.apply_linear(layer, part, sizes) for p, part in self._pooled(pooled)]
        return torch.cat(parts, dim=1)

    def add(self, pooled: Tensor, sizes: Tensor, h: Tensor) -> Tensor:
        return torch.cat([p.add(part, sizes, h) for p, part in self._pooled(pooled)], dim=-1)


POOLINGS: dict[str, type[SetPooling]] = {
    "attention": AttentionPooling,
    "log_std": LogStdPooling,
    "logsumexp": LogSumExpPooling,
    "max": MaxPooling,
    "mean": MeanPooling,
    "min": MinPooling,
    "std": StdPooling,
    "sum": SumPooling,
}


def pooling_names(pooling: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names in ``pooling``, one or several, checked.

    Raises
    ------
    ValueError
        For an unknown name; the nearest known one is proposed.
    """
    names = (pooling,) if isinstance(pooling, str) else tuple(pooling)
    if not names:
        known = ", ".join(sorted(POOLINGS))
        raise ValueError(f"pooling must name at least one of {known}; found {pooling!r}.")
    for name in names:
        check_name(name, POOLINGS, "pooling")
    return names


def make_pooling(pooling: str | Sequence[str], in_features: int) -> SetPooling:
    """Build a pooling layer from its name, or from several names that are concatenated.

    Parameters
    ----------
    pooling : str or sequence of str
        "sum", "mean", "std", "log_std", "max", "min", "logsumexp", "attention".
    in_features : int

    Returns
    -------
    SetPooling
    """
    layers = [POOLINGS[name](in_features) for name in pooling_names(pooling)]
    return layers[0] if len(layers) == 1 else ConcatPooling(layers)
