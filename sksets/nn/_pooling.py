"""From the elements of a set to one vector, by name.

Every pooling works in three steps, so that a set too large for memory can be pooled in pieces:
``reduce`` elements to a state, ``merge`` the states of pieces, ``finish`` a state.
"""

import difflib
from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sksets.nn._attention import MultiheadPooling
from sksets.nn._batch import SetBatch
from sksets.nn._segment import segment_logsumexp, segment_max, segment_min, segment_sum

State = tuple[Tensor, ...]


class SetPooling(nn.Module):
    """Base of the poolings: (M, h) elements to (B, out_features).

    Attributes
    ----------
    out_features : int
    linear : bool
        Whether pool(W x) = W pool(x), so that a linear layer can run on B rows instead of M.
    """

    linear = False

    def __init__(self, in_features: int) -> None:
        super().__init__()
        self.out_features = in_features

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        """Return the state of each set: tensors of B rows."""
        raise NotImplementedError

    def merge(self, state: State, pieces: SetBatch) -> State:
        """Join the states of pieces; ``pieces`` says which rows belong to which set."""
        raise NotImplementedError

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        """Return the pooled vectors (B, out_features) of sets of ``sizes`` (B,) elements."""
        return state[0]

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        """Return the pool of ``layer(h)`` from the pool of ``h``, where ``linear``."""
        raise NotImplementedError

    def forward(self, h: Tensor, batch: SetBatch) -> Tensor:
        """Pool whole sets: (M, h) -> (B, out_features)."""
        return self.finish(self.reduce(h, batch), batch.sizes).to(h.dtype)


class SumPooling(SetPooling):
    """Sum of the elements; 0 for an empty set."""

    linear = True

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        # Ten thousand float32 terms lose the last digits of an exact sum; without a gradient to
        # keep, double precision costs little.
        return (segment_sum(h if torch.is_grad_enabled() else h.double(), batch),)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return (segment_sum(state[0], pieces),)

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        # sum_i (W x_i + b) = W sum_i x_i + n b
        return nn.functional.linear(pooled, layer.weight) + sizes[:, None] * layer.bias


class MeanPooling(SumPooling):
    """Mean of the elements; 0 for an empty set."""

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        return state[0] / sizes.clamp(min=1)[:, None].to(state[0].dtype)

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        # An empty set has no element to take the bias.
        return nn.functional.linear(pooled, layer.weight) + (sizes > 0)[:, None] * layer.bias


class MaxPooling(SetPooling):
    """Maximum of each feature; 0 for an empty set."""

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return (segment_max(h, batch),)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return (segment_max(state[0], pieces),)


class MinPooling(SetPooling):
    """Minimum of each feature; 0 for an empty set."""

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return (segment_min(h, batch),)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return (segment_min(state[0], pieces),)


class LogSumExpPooling(SetPooling):
    """Log of the sum of exponentials of each feature; 0 for an empty set."""

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return (segment_logsumexp(h, batch),)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return (segment_logsumexp(state[0], pieces),)


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

    def __init__(self, in_features: int, n_seeds: int = 1, n_heads: int = 4) -> None:
        super().__init__(in_features)
        self.out_features = n_seeds * in_features
        n_heads = max(k for k in range(1, n_heads + 1) if in_features % k == 0)
        self.attention = MultiheadPooling(in_features, n_seeds, n_heads)
        self.feedforward = nn.Sequential(nn.Linear(in_features, in_features), nn.ReLU())

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return self.attention.reduce(h, batch)

    def merge(self, state: State, pieces: SetBatch) -> State:
        return self.attention.merge(state, pieces)

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        h = self.attention.finish(state)
        h = (h + self.feedforward(h)).flatten(1)
        return h * (sizes > 0)[:, None]


class ConcatPooling(SetPooling):
    """Several poolings of the same elements, side by side."""

    def __init__(self, poolings: Sequence[SetPooling]) -> None:
        super().__init__(sum(p.out_features for p in poolings))
        self.poolings = nn.ModuleList(poolings)
        self.linear = all(p.linear for p in poolings)

    def _parts(self, state: State) -> list[State]:
        parts, start = [], 0
        for pooling in self.poolings:
            n = 2 if isinstance(pooling, AttentionPooling) else 1
            parts.append(state[start : start + n])
            start += n
        return parts

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        return tuple(t for p in self.poolings for t in p.reduce(h, batch))

    def merge(self, state: State, pieces: SetBatch) -> State:
        parts = zip(self.poolings, self._parts(state), strict=True)
        return tuple(t for p, part in parts for t in p.merge(part, pieces))

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        parts = zip(self.poolings, self._parts(state), strict=True)
        return torch.cat([p.finish(part, sizes) for p, part in parts], dim=1)

    def apply_linear(self, layer: nn.Linear, pooled: Tensor, sizes: Tensor) -> Tensor:
        parts = zip(self.poolings, pooled.chunk(len(self.poolings), dim=1), strict=True)
        return torch.cat([p.apply_linear(layer, part, sizes) for p, part in parts], dim=1)


POOLINGS: dict[str, type[SetPooling]] = {
    "attention": AttentionPooling,
    "logsumexp": LogSumExpPooling,
    "max": MaxPooling,
    "mean": MeanPooling,
    "min": MinPooling,
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
        if name not in POOLINGS:
            near = difflib.get_close_matches(str(name), POOLINGS, n=1)
            hint = f"; did you mean {near[0]!r}?" if near else "."
            known = ", ".join(sorted(POOLINGS))
            raise ValueError(f"Unknown pooling {name!r}{hint} Known: {known}.")
    return names


def make_pooling(pooling: str | Sequence[str], in_features: int) -> SetPooling:
    """Build a pooling layer from its name, or from several names that are concatenated.

    Parameters
    ----------
    pooling : str or sequence of str
        "sum", "mean", "max", "min", "logsumexp", "attention".
    in_features : int

    Returns
    -------
    SetPooling
    """
    layers = [POOLINGS[name](in_features) for name in pooling_names(pooling)]
    return layers[0] if len(layers) == 1 else ConcatPooling(layers)
