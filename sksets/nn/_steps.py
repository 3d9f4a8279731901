"""Networks that pool on the way: what runs them on whole sets, and on one set in pieces."""

from collections.abc import Callable, Generator, Iterable, Sequence

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._normalize import FeatureScaler, Request, SetNormalize
from sksets.nn._pooling import SetPooling

# Each time that all elements of a set are needed, a network yields a pooling and its elements, and
# is sent their pool. What runs it may have the elements of whole sets, or of pieces.
Steps = Generator[Request, Tensor, Tensor]


def run_whole(steps: Steps, batch: SetBatch) -> Tensor:
    """Return what the network returns for a batch of whole sets."""
    try:
        pooling, h = next(steps)
        while True:
            pooling, h = steps.send(pooling(h, batch))
    except StopIteration as end:
        return end.value


def run_known(steps: Steps, known: Sequence[Tensor]) -> Request:
    """Return the request that follows on the ``known`` pools; StopIteration has the result."""
    request = next(steps)
    for term in known:
        request = steps.send(term)
    return request


def pool_pieces(
    make_steps: Callable[[SetBatch], Steps],
    pieces: Iterable[SetBatch],
    size: Tensor,
    known: Sequence[Tensor],
) -> tuple[SetPooling, Tensor]:
    """Return the pooling that follows on the ``known`` ones, and the pool of one set.

    Parameters
    ----------
    make_steps : callable
        SetBatch -> Steps.
    pieces : iterable of SetBatch
        Batches of one piece each, read once, so that no more than one piece is in memory.
    size : int64 Tensor of shape (1,)
        Number of elements of the set.
    known : sequence of Tensor
        Pools of the whole set.
    """
    states, dtype, pooling = [], None, None
    for piece in pieces:
        pooling, h = run_known(make_steps(piece), known)
        states.append(pooling.reduce(h, piece))
        dtype = h.dtype
    assert isinstance(pooling, SetPooling)
    rows = [torch.cat(parts) for parts in zip(*states, strict=True)]
    offsets = torch.tensor([0, len(states)], device=size.device)
    state = pooling.merge(tuple(rows), SetBatch(rows[0], offsets))
    return pooling, pooling.finish(state, size).to(dtype)


class EncodedElements(nn.Module):
    """Base of the networks: normalizer -> element encoder.

    What derives from it has a ``rho``, whose parameters are of the network's type.
    """

    rho: nn.Module

    def __init__(
        self, normalizer: FeatureScaler | SetNormalize | None, element_encoder: nn.Module | None
    ) -> None:
        super().__init__()
        self.normalizer: FeatureScaler | SetNormalize | None = normalizer
        self.element_encoder = element_encoder

    def _encode(self, batch: SetBatch) -> Steps:
        h = self._cast(batch.values)
        if self.normalizer is not None:
            h = yield from self.normalizer.steps(h, batch)
        return h if self.element_encoder is None else self.element_encoder(h)

    def _cast(self, values: Tensor) -> Tensor:
        # An encoder of tokens or of bytes gets its integers as they are.
        encoded = self.element_encoder is not None and self.normalizer is None
        if encoded and not values.is_floating_point():
            return values
        return values.to(next(self.rho.parameters()).dtype)
