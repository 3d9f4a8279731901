"""Set expansion by the product of two vectors."""

import torch
from torch import Tensor, nn

from sksets.nn._expander import Candidates, SetExpanderModule
from sksets.nn._item_vectors import ItemVectors, look_up
from sksets.nn._mlp import linear


class DotExpanderModule(SetExpanderModule):
    """s = q . u_x + b_x with q = p + rho(p), p = pool of phi over X.

    u_x is a second vector of the item x, and rho starts at zero: at first q = p. One product of
    matrices ranks a whole vocabulary.

    Parameters
    ----------
    items : Module
        Element -> vector (M, dim): :class:`ItemVectors` for ids, or a layer for vectors.
    candidates : ItemVectors
        Id -> u_x, as wide as p. Where a vector of its own is learned of each item, so is b_x.
    **options
        Of :class:`SetExpanderModule`. ``dropout`` acts on p too.

    Attributes
    ----------
    embedding_features : int
        Width of p.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import DotExpanderModule, ItemVectors, SetBatch
    >>> module = DotExpanderModule(ItemVectors(7, 4), ItemVectors(7, 4), in_features=4)
    >>> batch = SetBatch(torch.tensor([0, 3, 6]), torch.tensor([0, 2, 3]))
    >>> module.score(module.query(batch), None, batch.sizes, module.describe()).shape
    torch.Size([2, 7])
    """

    def __init__(self, items: nn.Module, candidates: ItemVectors, **options) -> None:
        super().__init__(items, candidates, out_features=candidates.dim, **options)
        # So that the products of features, which are good scores, are not lost at the start.
        self.rho.start_at_zero()
        self.bias: nn.Parameter | None = None
        if candidates.weight is not None:
            self.bias = nn.Parameter(torch.zeros(candidates.n_trained))

    def _query(self, embedding: Tensor, context: Tensor | None, sizes: Tensor) -> Tensor:
        p = self.dropout(embedding)
        return p + self.sets.head(p, context, sizes)

    def _describe(self, vectors: Tensor, ids: Tensor | None) -> Candidates:
        if self.bias is None or ids is None:
            return Candidates(vectors, self.bias)
        # Items that were not in training have no bias of their own.
        return Candidates(vectors, look_up(self.bias, ids))

    def score(
        self, query: Tensor, context: Tensor | None, sizes: Tensor, items: Candidates
    ) -> Tensor:
        return linear(query, *items)

    def score_pairs(
        self,
        query: Tensor,
        context: Tensor | None,
        sizes: Tensor,
        set_ids: Tensor,
        items: Candidates,
    ) -> Tensor:
        # The gradient of index_select is summed in one order by any number of threads.
        scores = (query.index_select(0, set_ids) * items.vectors).sum(dim=1)
        return scores if items.bias is None else scores + items.bias
