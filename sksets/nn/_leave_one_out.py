"""The pools of sets without each one of their elements."""

from collections.abc import Callable, Iterable

import torch
from torch import Tensor

from sksets.nn._batch import SetBatch
from sksets.nn._concat_pooling import ConcatPooling
from sksets.nn._pooling import SetPooling, State
from sksets.nn._sum_pooling import SumPooling


def count_states(pooling: SetPooling, h: Tensor, batch: SetBatch) -> State:
    """Return the state of each set, or piece of one, and the sum of its weights (B, 1) last."""
    return *pooling.reduce(h, batch), batch.total_weight.double()[:, None]


def pool_without_each(
    pooling: SetPooling, h: Tensor, batch: SetBatch, outside: State | None = None
) -> tuple[Tensor, Tensor]:
    """Return the pool of its set without each element, and the weight that is left.

    No pool is taken apart: subtracting from a sum of squares or of exponentials loses the digits of
    what is left. The states of elements are merged in pairs, pairs of pairs and so on; then each
    element is given what its ancestors in that tree are not. That is exact for every pooling, and
    takes two merges an element.

    Parameters
    ----------
    pooling : SetPooling
    h : Tensor of shape (M, in_features)
    batch : SetBatch
        The sets of the M elements, or pieces of them.
    outside : tuple of Tensor of B rows, default=None
        Where they are pieces, the joint :func:`count_states` of the other pieces of their sets.

    Returns
    -------
    pooled : Tensor of shape (M, out_features)
    sizes : float64 Tensor of shape (M,)
    """
    each = torch.arange(len(h) + 1, device=h.device)
    states = count_states(pooling, h, SetBatch(h, each, element_weight=batch.element_weight))
    if outside is None:
        outside = count_states(pooling, h[:0], SetBatch(h[:0], torch.zeros_like(batch.offsets)))
    *state, sizes = merge_others(pooling, states, batch.sizes, outside)
    return pooling.finish(tuple(state), sizes[:, 0]).to(h.dtype), sizes[:, 0]


def merge_others(pooling: SetPooling, states: State, sizes: Tensor, outside: State) -> State:
    """Merge, for each row of the states, all other rows of its set with what is outside of it.

    Parameters
    ----------
    pooling : SetPooling
    states : tuple of Tensor of M rows
        As of :func:`count_states`, set after set.
    sizes : int64 Tensor of shape (B,)
        Rows of each set.
    outside : tuple of Tensor of B rows
    """
    counted = ConcatPooling([pooling, SumPooling(1)])
    levels = []
    while len(sizes) and int(sizes.max()) > 1:
        levels.append((states, sizes))
        starts = torch.cat([torch.nonzero(~_is_second(sizes))[:, 0], sizes.sum()[None]])
        states = counted.merge(states, SetBatch(states[0], starts))
        sizes = (sizes + 1) // 2
    rest = tuple(part[sizes > 0] for part in outside)
    for level, sizes in reversed(levels):
        rest = _merge_siblings(counted, rest, level, _is_second(sizes))
    return rest


def _is_second(sizes: Tensor) -> Tensor:
    """Return which rows of sets of some sizes are the second of a pair of neighbours (M,)."""
    firsts = torch.repeat_interleave(sizes.cumsum(0) - sizes, sizes)
    return (torch.arange(len(firsts), device=sizes.device) - firsts) % 2 == 1


def _merge_siblings(pooling: SetPooling, rest: State, level: State, second: Tensor) -> State:
    """Return for each row of a level the rest of its pair, merged with the other one of the pair.

    Parameters
    ----------
    pooling : SetPooling
    rest : tuple of Tensor
        A row a pair: what neither of the two is.
    level : tuple of Tensor
        A row each.
    second : bool Tensor
        Whether a row is the second of its pair; a first one may be alone.
    """
    row = torch.arange(len(second), device=second.device)
    followed = torch.nn.functional.pad(second[1:], (0, 1))
    paired = second | followed
    offsets = torch.nn.functional.pad((1 + paired.long()).cumsum(0), (1, 0))
    index = torch.empty(int(offsets[-1]), dtype=torch.int64, device=second.device)
    index[offsets[:-1]] = (~second).cumsum(0) - 1
    sibling = torch.where(second, row - 1, row + 1)
    index[offsets[:-1][paired] + 1] = len(rest[0]) + sibling[paired]
    joint = tuple(torch.cat(parts)[index] for parts in zip(rest, level, strict=True))
    return pooling.merge(joint, SetBatch(joint[0], offsets))


def pool_pieces_without_each(
    pooling: SetPooling, features: Callable[[SetBatch], Tensor], pieces: Iterable[SetBatch]
) -> tuple[Tensor, Tensor]:
    """Return :func:`pool_without_each` of one set, given in pieces.

    Parameters
    ----------
    pooling : SetPooling
    features : callable
        A piece -> what is pooled of its elements.
    pieces : iterable of SetBatch
        Batches of one piece each, read twice, so that no more than one is in memory.
    """
    states, h = [], torch.empty(0)
    for piece in pieces:
        h = features(piece)
        states.append(count_states(pooling, h, piece))
    joint = tuple(torch.cat(parts) for parts in zip(*states, strict=True))
    sizes = torch.tensor([len(states)], device=h.device)
    none = count_states(pooling, h[:0], SetBatch(h[:0], torch.zeros_like(sizes).repeat(2)))
    others = merge_others(pooling, joint, sizes, none)
    parts = [
        pool_without_each(pooling, features(piece), piece, tuple(part[[i]] for part in others))
        for i, piece in enumerate(pieces)
    ]
    pooled, left = zip(*parts, strict=True)
    return torch.cat(pooled), torch.cat(left)
