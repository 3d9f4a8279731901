"""From the elements of a set to one vector: what every pooling can do.

Every pooling works in three steps, so that a set too large for memory can be pooled in pieces:
``reduce`` elements to a state, ``merge`` the states of pieces, ``finish`` a state.
"""

from torch import Tensor, nn

from sksets.nn._batch import SetBatch

State = tuple[Tensor, ...]


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

        Where the elements have weights, one of weight 2 counts as two of them.

        Joining the state of a piece without elements to another changes nothing.
        """
        raise NotImplementedError

    def merge(self, state: State, pieces: SetBatch) -> State:
        """Join the states of pieces; ``pieces`` says which rows belong to which set."""
        raise NotImplementedError

    def finish(self, state: State, sizes: Tensor) -> Tensor:
        """Return the pooled vectors (B, out_features) of sets of ``sizes`` (B,) elements.

        Of elements with weights, ``sizes`` are their sums.
        """
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
        return self.finish(self.reduce(h, batch), batch.total_weight).to(h.dtype)
