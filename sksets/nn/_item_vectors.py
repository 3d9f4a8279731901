"""Items as vectors: one that is learned of each, and a linear function of its features."""

import math

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sksets.nn._mlp import Linear

# Spread of the learned vectors at the start where items have no features.
_START = 0.01
# Largest spread of the products of the vectors of two items at the start. On word vectors of 100
# dimensions the scale that was best, 6, gives about that; fewer features give larger products,
# which would outweigh what is learned for hundreds of steps.
_SPREAD = 4.6


class ItemVectors(nn.Module):
    """v_i = E_i + W f_i for the items of training, v_i = W f_i for the others.

    The items of training come first. E_i is learned for each of them, f_i are features. W starts
    as a rotation (of the features' principal axes, where there are more features than ``dim``)
    times ``feature_scale``, or times less where the products of vectors would spread by more than
    4.6: they start as those of features. Then E starts at zero.

    Parameters
    ----------
    n_trained : int
        Number of the items of training.
    dim : int
    features : Tensor of shape (n_items, n_features), default=None
        Of all items, zero for one without features.
    learned : bool, default=True
        Whether there is E at all; without it, ``features`` are needed.
    feature_scale : float, default=6.0

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import ItemVectors
    >>> vectors = ItemVectors(6, 4, features=torch.eye(10))
    >>> vectors(torch.tensor([0, 9])).shape, vectors().shape
    (torch.Size([2, 4]), torch.Size([6, 4]))
    """

    features: Tensor | None

    def __init__(
        self,
        n_trained: int,
        dim: int,
        *,
        features: Tensor | None = None,
        learned: bool = True,
        feature_scale: float = 6.0,
    ) -> None:
        super().__init__()
        self.n_trained, self.dim = n_trained, dim
        self.register_buffer("features", features)
        self.weight: nn.Parameter | None = None
        if learned:
            start = torch.randn(n_trained, dim) * (_START if features is None else 0.0)
            self.weight = nn.Parameter(start)
        self.projection: Linear | None = None
        if features is not None:
            self.projection = Linear(features.shape[1], dim, bias=False)
            scale = min(feature_scale, math.sqrt(_SPREAD / _product_spread(features)))
            self.projection.weight.data = scale * _rotation(features, dim)

    def forward(self, ids: Tensor | None = None) -> Tensor:
        """Map ids (M,) int64 to vectors (M, dim); None stands for the items of training."""
        if self.features is None or self.projection is None:
            return self._learned(ids)
        n = self.n_trained
        # Items of training come first, so that training needs no index or mask of the vocabulary.
        f = self.features[:n] if ids is None else F.embedding(ids, self.features)
        projected: Tensor = self.projection(f)
        return projected if self.weight is None else projected + self._learned(ids)

    def _learned(self, ids: Tensor | None) -> Tensor:
        assert self.weight is not None
        if ids is None:
            return self.weight
        return look_up(self.weight, ids)


def look_up(table: Tensor, ids: Tensor) -> Tensor:
    """Return the rows (C, ...) of a table at ids (C,), zeros for ids beyond its end."""
    # In training there are none, and what is done for them takes as long. A GPU is not waited for.
    if not ids.is_cuda and bool((ids < len(table)).all()):
        return _rows(table, ids)
    rows = _rows(table, ids.clamp(max=len(table) - 1))
    beyond = ids >= len(table)
    return rows.masked_fill(beyond if table.ndim == 1 else beyond[:, None], 0.0)


def _rows(table: Tensor, ids: Tensor) -> Tensor:
    # The gradient of an embedding takes half as long as that of index_select.
    return table.index_select(0, ids) if table.ndim == 1 else F.embedding(ids, table)


def _product_spread(features: Tensor) -> float:
    """Return the root mean square of f_i . f_j over pairs of items that have features."""
    known = features[features.any(dim=1)].double()
    second_moment = known.T @ known / max(1, len(known))
    return max(float(torch.linalg.norm(second_moment)), 1e-12)


def _rotation(features: Tensor, dim: int) -> Tensor:
    """Return (dim, n_features) with orthonormal rows, or columns where they are fewer."""
    n_features = features.shape[1]
    weight = torch.zeros(dim, n_features, dtype=features.dtype)
    if n_features <= dim:
        weight[:n_features] = torch.eye(n_features, dtype=features.dtype)
        return weight
    _, axes = torch.linalg.eigh(features.T.double() @ features.double())
    # The eigenvalues ascend: the axes of the largest come last.
    return axes[:, -dim:].T.flip(0).to(features.dtype).contiguous()
