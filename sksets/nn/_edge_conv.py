"""Convolution over the nearest members of each element."""

from torch import Tensor, nn
from torch.nn import functional as F

from sksets.nn._batch import SetBatch
from sksets.nn._mlp import Linear
from sksets.nn._nearest import nearest_members
from sksets.nn._widths import check_width


class EdgeConv(nn.Module):
    """y_i = A x_i + b + max over the k nearest members j of x_i of B (x_j - x_i).

    The edge convolution of Wang et al. (2019), "Dynamic Graph CNN for Learning on Point Clouds",
    equations 2 and 8, with one linear layer of [x_i, x_j - x_i]; an activation that does not
    fall, which follows it, may as well stand before the maximum. The neighbours are found anew
    among the inputs of each call, by Euclidean distance. An element is a neighbour of itself, and
    weights of elements have no effect.

    Both matrices are multiplied on the M elements, not on their k M neighbours. The distances take
    a time of the square of a set's size, and all its elements are needed at once.

    Parameters
    ----------
    in_features, out_features : int
    n_neighbors : int, default=16
        k; of a smaller set all elements.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import EdgeConv, SetBatch
    >>> batch = SetBatch(torch.rand(5, 3), torch.tensor([0, 2, 5]))
    >>> EdgeConv(3, 8, n_neighbors=2)(batch.values, batch).shape
    torch.Size([5, 8])
    """

    def __init__(self, in_features: int, out_features: int, *, n_neighbors: int = 16) -> None:
        super().__init__()
        self.n_neighbors = check_width(n_neighbors, "n_neighbors")
        self.own = Linear(in_features, out_features)
        self.neighbors = Linear(in_features, out_features, bias=False)

    def extra_repr(self) -> str:
        """Show ``n_neighbors`` in the module's repr."""
        return f"n_neighbors={self.n_neighbors}"

    def forward(self, h: Tensor, batch: SetBatch) -> Tensor:
        """Map (M, in_features) to (M, out_features).

        Parameters
        ----------
        h : Tensor of shape (M, in_features)
        batch : SetBatch
            The sets of the M elements, whole ones; its own values are not used.
        """
        of_neighbors: Tensor = self.neighbors(h)
        if len(h) == 0:
            return self.own(h)
        nearest = nearest_members(h, batch, self.n_neighbors)
        # No neighbour is copied, as it would be by an index.
        largest = F.embedding_bag(nearest, of_neighbors, mode="max")
        return self.own(h) + largest - of_neighbors
