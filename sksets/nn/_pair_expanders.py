"""Set expansion by a network that reads each pair of a set and an item."""

from collections.abc import Sequence

from torch import Tensor, nn

from sksets.nn._expander import Candidates, SetExpanderModule
from sksets.nn._item_vectors import ItemVectors
from sksets.nn._sum_pooling import SumPooling

# Numbers in the hidden layers of pairs of sets and candidates that are in memory at once.
PAIR_VALUES = 2**21


class PairExpanderModule(SetExpanderModule):
    """s = rho of a pair of a set and an item.

    Where pairs are linear in both sides, rho reads each side once, not each pair: the item in the
    columns of its own, or in those of the pooled set that it is added to.
    """

    # Whether rho reads the sides, and the column where that of the item starts. Ranking then takes
    # a third of the time, training by the margin loss 0.5 to 0.7 of it.
    reads_sides: bool
    item_start: int

    def __init__(
        self,
        items: nn.Module,
        candidates: ItemVectors,
        *,
        in_features: int,
        phi_layer_sizes: Sequence[int] = (),
        rho_layer_sizes: Sequence[int] = (),
        context_features: int = 0,
        item_features: int = 0,
        context_in: str = "rho",
        **options,
    ) -> None:
        if context_in != "rho":
            raise ValueError(
                f"context_in={context_in!r} would need phi of each item for each set, and "
                "interaction='sum' and 'concat' compute it once an item. Use interaction='dot', or "
                "context_in='rho'."
            )
        super().__init__(
            items,
            candidates,
            in_features=in_features,
            phi_layer_sizes=phi_layer_sizes,
            rho_layer_sizes=rho_layer_sizes,
            context_features=context_features,
            item_features=item_features,
            **options,
        )
        width = (in_features, *phi_layer_sizes)[-1]
        self.pair_width = max(width + context_features + item_features, *rho_layer_sizes, 1)
        self._start_wide()

    def _start_wide(self) -> None:
        """Draw the weights of phi and rho as Glorot and Bengio (2010) do.

        With torch's, which are smaller, the differences of items vanish on the way through five
        layers, and training goes no further than their popularity for a long time.
        """
        for network in (self.sets.phi, self.sets.phi_last, self.rho):
            for layer in [] if network is None else network.modules():
                if isinstance(layer, nn.Linear):
                    nn.init.xavier_normal_(layer.weight)
                    if layer.bias is not None:
                        nn.init.zeros_(layer.bias)

    def _describe(self, vectors: Tensor, ids: Tensor | None) -> Candidates:
        v = self.sets.phi(vectors)
        if self.sets.phi_last is not None:
            v = self.sets.phi_last(v)
        return Candidates(self.rho.read(v, self.item_start) if self.reads_sides else v, None)

    def score(
        self, query: Tensor, context: Tensor | None, sizes: Tensor, items: Candidates
    ) -> Tensor:
        n_sets = len(query)
        step = max(1, PAIR_VALUES // (self.pair_width * n_sets))
        # Before the blocks, which all need the same of the sets.
        sets = [rows[:, None] for rows in self._read_sets(query, context, sizes)]
        # Written in place, in a tenth of the memory: small blocks that are kept would keep the
        # memory of large ones apart.
        scores = query.new_empty(n_sets, len(items.vectors))
        for start in range(0, len(items.vectors), step):
            part = items.vectors[start : start + step]
            of_pairs = self._rho_of_pairs(part, *sets)
            scores[:, start : start + step] = of_pairs.view(n_sets, len(part))
        return scores

    def score_pairs(
        self,
        query: Tensor,
        context: Tensor | None,
        sizes: Tensor,
        set_ids: Tensor,
        items: Candidates,
    ) -> Tensor:
        # The gradient of index_select is summed in one order by any number of threads.
        sets = (rows.index_select(0, set_ids) for rows in self._read_sets(query, context, sizes))
        return self._rho_of_pairs(items.vectors, *sets)[:, 0]

    def _read_sets(self, query: Tensor, context: Tensor | None, sizes: Tensor) -> list[Tensor]:
        """Return what :meth:`_rho_of_pairs` needs of sets, a row each."""
        rho = self.rho
        known = [sizes[:, None], rho.read(query) if self.reads_sides else query]
        if context is not None:
            known.append(rho.read(context, query.shape[1]))
        return known

    def _rho_of_pairs(
        self, items: Tensor, sizes: Tensor, sets: Tensor, offset: Tensor | None = None
    ) -> Tensor:
        """Return rho of the pairs (P, 1) that broadcasting makes of sets and items."""
        pairs = self._pairs(sets, sizes, items)
        if not self.reads_sides:
            pairs = self.rho.read(pairs.flatten(0, -2)).unflatten(0, pairs.shape[:-1])
        return self.rho.finish((pairs if offset is None else pairs + offset).flatten(0, -2))

    def _pairs(self, sets: Tensor, sizes: Tensor, items: Tensor) -> Tensor:
        """Return what rho takes of each pair, or what it has read of it."""
        raise self._no("_pairs")


class SumExpanderModule(PairExpanderModule):
    """s = rho(pool of phi over X and x): the score of the set with the item added.

    The scorer of Zaheer et al. (2017), section 4.2; with maximum pooling its NN-max.

    Parameters
    ----------
    items : Module
        Element -> vector (M, dim): :class:`ItemVectors` for ids, or a layer for vectors.
    candidates : ItemVectors
        Id -> vector that goes through phi; as a rule ``items``.
    **options
        Of :class:`SetExpanderModule`. ``pooling`` is one that can add an element: all but
        "attention", "std" and "log_std".

    Attributes
    ----------
    embedding_features : int
        Width of the pool of phi over X.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import ItemVectors, SetBatch, SumExpanderModule
    >>> items = ItemVectors(7, 4)
    >>> module = SumExpanderModule(items, items, in_features=4, rho_layer_sizes=(8,))
    >>> batch = SetBatch(torch.tensor([0, 3, 6]), torch.tensor([0, 2, 3]))
    >>> module.score(module.query(batch), None, batch.sizes, module.describe()).shape
    torch.Size([2, 7])
    """

    item_start = 0

    def __init__(self, items: nn.Module, candidates: ItemVectors, **options) -> None:
        super().__init__(items, candidates, **options)
        self.reads_sides = isinstance(self.sets.pooling, SumPooling)

    def _pairs(self, sets: Tensor, sizes: Tensor, items: Tensor) -> Tensor:
        return self.sets.pooling.add(sets, sizes, items)


class ConcatExpanderModule(PairExpanderModule):
    """s = rho([pool of phi over X, phi(x)]): the item stands behind the pooled set.

    NN-sum-con and NN-max-con of Zaheer et al. (2017), section 4.2.

    Parameters
    ----------
    items : Module
        Element -> vector (M, dim): :class:`ItemVectors` for ids, or a layer for vectors.
    candidates : ItemVectors
        Id -> vector that goes through phi; as a rule ``items``.
    in_features : int
        Width of the vectors that ``items`` gives.
    phi_layer_sizes : sequence of int
    context_features : int, default=0
    **options
        Of :class:`SetExpanderModule`.

    Attributes
    ----------
    embedding_features : int
        Width of the pool of phi over X.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import ConcatExpanderModule, ItemVectors, SetBatch
    >>> items = ItemVectors(7, 4)
    >>> module = ConcatExpanderModule(items, items, in_features=4, rho_layer_sizes=(8,))
    >>> batch = SetBatch(torch.tensor([0, 3, 6]), torch.tensor([0, 2, 3]))
    >>> module.score(module.query(batch), None, batch.sizes, module.describe()).shape
    torch.Size([2, 7])
    """

    reads_sides = True

    def __init__(
        self,
        items: nn.Module,
        candidates: ItemVectors,
        *,
        in_features: int,
        phi_layer_sizes: Sequence[int] = (),
        context_features: int = 0,
        **options,
    ) -> None:
        super().__init__(
            items,
            candidates,
            in_features=in_features,
            phi_layer_sizes=phi_layer_sizes,
            context_features=context_features,
            item_features=(in_features, *phi_layer_sizes)[-1],
            **options,
        )
        # rho takes the pooled set, then its context, then the item.
        self.item_start = self.embedding_features + context_features

    def _pairs(self, sets: Tensor, sizes: Tensor, items: Tensor) -> Tensor:
        # Both are what the first layers of rho read, so that their sum is what they read of both.
        return sets + items
