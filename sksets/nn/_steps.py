"""Networks that pool on the way: what runs them on whole sets, and on one set in pieces."""

from collections.abc import Callable, Generator, Iterable, Sequence

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._pooling import SetPooling

# Each time that all elements of a set are needed, a network yields a pooling and its elements, and
# is sent their pool. What runs it may have the elements of whole sets, or of pieces.
Request = tuple[SetPooling, Tensor]
Steps = Generator[Request, Tensor, Tensor]


def run_whole(steps: Steps, batch: SetBatch) -> Tensor:
    """Return what the network returns for a batch of whole sets."""
    try:
        pooling, h = next(steps)
        while True:
            pooling, h = steps.send(pooling(h, batch))
    except StopIteration as end:
        return end.value


def run_known(steps: Steps, pools: Sequence[Tensor]) -> Request:
    """Return the request that follows once ``pools`` are known; StopIteration has the result."""
    request = next(steps)
    for pooled in pools:
        request = steps.send(pooled)
    return request


def pool_pieces(
    make_steps: Callable[[SetBatch], Steps],
    pieces: Iterable[SetBatch],
    size: Tensor,
    pools: Sequence[Tensor],
) -> tuple[SetPooling, Tensor]:
    """Return the first pooling whose pool is not among ``pools``, and the pool of one set.

    Parameters
    ----------
    make_steps : callable
        SetBatch -> Steps.
    pieces : iterable of SetBatch
        Batches of one piece each, read once, so that no more than one piece is in memory.
    size : Tensor of shape (1,)
        Number of elements of the set, or the sum of their weights.
    pools : sequence of Tensor
        Those of the whole set that are known, in the order in which the steps ask for them.
    """
    states, dtype, pooling = [], None, None
    for piece in pieces:
        pooling, h = run_known(make_steps(piece), pools)
        states.append(pooling.reduce(h, piece))
        # A state may be of double precision; the pool is of the type of the elements.
        dtype = h.dtype
    assert isinstance(pooling, SetPooling)
    rows = [torch.cat(parts) for parts in zip(*states, strict=True)]
    offsets = torch.tensor([0, len(states)], device=size.device)
    state = pooling.merge(tuple(rows), SetBatch(rows[0], offsets))
    return pooling, pooling.finish(state, size).to(dtype)


def all_pools(
    make_steps: Callable[[SetBatch], Steps], pieces: Iterable[SetBatch], size: Tensor
) -> list[Tensor]:
    """Return all pools of one set that the steps ask for; parameters as of :func:`pool_pieces`."""
    pools: list[Tensor] = []
    try:
        while True:
            pools.append(pool_pieces(make_steps, pieces, size, pools)[1])
    except StopIteration:
        # The steps ended without asking for another pool: all that they need are known.
        return pools


def finish_steps(steps: Steps, pools: Sequence[Tensor]) -> Tensor:
    """Return what the network returns once all ``pools`` that it asks for are known."""
    try:
        run_known(steps, pools)
    except StopIteration as end:
        return end.value
    raise RuntimeError("the network asks for a pool that it was not given")


class SteppedLayer(nn.Module):
    """Base of the layers that pool on their way from elements to elements.

    ``steps`` holds the formula, for whole sets and for pieces alike.
    """

    def steps(self, h: Tensor, batch: SetBatch) -> Steps:
        """Map (M, ...) to (M, ...); asks for the pools that it needs, those of whole sets.

        Parameters
        ----------
        h : Tensor of shape (M, ...)
        batch : SetBatch
            The sets, or pieces of them, that the M elements belong to; its own values are not used.
        """
        raise NotImplementedError(f"{type(self).__name__} has no steps.")

    def pools(self, pieces: Iterable[SetBatch], size: Tensor) -> list[Tensor]:
        """Return the pools that :meth:`forward` needs of one set, given in pieces.

        Parameters
        ----------
        pieces : iterable of SetBatch
            Batches of one piece each, whose values are the elements. Read once a pool.
        size : Tensor of shape (1,)
            Number of elements of the set, or the sum of their weights.
        """
        return all_pools(lambda piece: self.steps(piece.values, piece), pieces, size)

    def forward(self, h: Tensor, batch: SetBatch, pools: Sequence[Tensor] | None = None) -> Tensor:
        """Map the elements (M, ...) of whole sets to (M, ...), or those of a piece of one set.

        Parameters
        ----------
        h : Tensor of shape (M, ...)
        batch : SetBatch
            The sets, or the piece, of the M elements.
        pools : sequence of Tensor, default=None
            Those of the whole set, of :meth:`pools`, where ``batch`` is a piece.
        """
        steps = self.steps(h, batch)
        return run_whole(steps, batch) if pools is None else finish_steps(steps, pools)
