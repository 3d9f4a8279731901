"""What lies around each element of a set."""

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._nearest import nearest_members
from sksets.nn._widths import check_width


class NeighborMoments(nn.Module):
    """y_i = [x_i, m_i, the upper triangle of C_i]: mean offset and covariance of the neighbours.

    m_i is the mean of x_j - x_i over the k nearest other members x_j of the set by Euclidean
    distance, C_i the covariance of x_j - x_i about it, xx, xy, xz, yy, yz, zz for points in space.
    It has no weights. :class:`sksets.preprocessing.NeighborFeatures` computes the same of whole
    sets once, and faster for large ones; this layer, as the first of ``phi``, finds the
    neighbours among those elements that the network sees, after ``elements_per_set`` and
    ``augmentation``.

    The distances take a time of the square of a set's size, and all its elements are needed at
    once. Weights of elements have no effect.

    Parameters
    ----------
    n_neighbors : int, default=16
        k; of a smaller set all other elements. An element alone has zeros.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import NeighborMoments, SetBatch
    >>> values = torch.tensor([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0]])
    >>> NeighborMoments(2)(values, SetBatch(values, torch.tensor([0, 3]))).tolist()[0]
    [0.0, 0.0, 1.0, 2.0, 1.0, -2.0, 4.0]
    """

    def __init__(self, n_neighbors: int = 16) -> None:
        super().__init__()
        self.n_neighbors = check_width(n_neighbors, "n_neighbors")

    def extra_repr(self) -> str:
        """Show ``n_neighbors`` in the module's repr."""
        return f"n_neighbors={self.n_neighbors}"

    def forward(self, h: Tensor, batch: SetBatch) -> Tensor:
        """Map (M, d) to (M, 2 d + d (d + 1) / 2).

        Parameters
        ----------
        h : Tensor of shape (M, d)
        batch : SetBatch
            The sets of the M elements, whole ones; its own values are not used.
        """
        nearest = nearest_members(h, batch, self.n_neighbors + 1)
        others = nearest != torch.arange(len(h), device=h.device)[:, None]
        counts = others.sum(dim=1, keepdim=True).clamp(min=1)
        # The offset of an element from itself is zero.
        offsets = h[nearest] - h[:, None]
        mean = offsets.sum(dim=1) / counts
        about = (offsets - mean[:, None]) * others[:, :, None]
        first, second = torch.triu_indices(h.shape[1], h.shape[1], device=h.device)
        covariance = about.transpose(1, 2) @ about / counts[:, :, None]
        return torch.cat([h, mean, covariance[:, first, second]], dim=1)
