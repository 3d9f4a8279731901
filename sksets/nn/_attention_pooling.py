"""Pooling by attention."""

from torch import Tensor, nn

from sksets.nn._attention import MultiheadPooling, fitting_heads
from sksets.nn._batch import SetBatch
from sksets.nn._mlp import Linear
from sksets.nn._pooling import SetPooling, State
from sksets.nn._segment import mask_empty


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
