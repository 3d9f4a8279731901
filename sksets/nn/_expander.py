"""The network of set expansion: how well an item belongs to a set."""

from collections.abc import Iterable, Sequence
from typing import NamedTuple

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._deep_sets import DeepSetsModule
from sksets.nn._hidden import QueryBatch
from sksets.nn._item_vectors import ItemVectors
from sksets.nn._mlp import Dropout, linear
from sksets.nn._normalize import FeatureScaler, SetNormalize
from sksets.nn._sum_pooling import SumPooling

INTERACTIONS = ("concat", "dot", "sum")
# Numbers in the hidden layers of pairs of queries and candidates that are in memory at once.
PAIR_VALUES = 2**21


class Candidates(NamedTuple):
    """What the scores need of items.

    Parameters
    ----------
    vectors : Tensor of shape (C, h)
        u_x for "dot"; otherwise what rho reads of phi(x), or phi(x) if the pooling is not linear.
    bias : Tensor of shape (C,) or None
        b_x.
    """

    vectors: Tensor
    bias: Tensor | None


class SetExpanderModule(nn.Module):
    """s(x | X), a score of items x for sets X.

    Zaheer et al. (2017), section 4.2, with phi(x) = phi(v_x) of the vector v_x of an item:

    - "sum": s = rho(pool of phi over X and x), the paper's; with maximum pooling its NN-max,
    - "concat": s = rho([pool of phi over X, phi(x)]), its NN-sum-con and NN-max-con,
    - "dot": s = q . u_x + b_x with q = p + rho(p), p = pool of phi over X, and a second vector u_x
      of the item. Without hidden layers of rho and without context, q = p.

    Parameters
    ----------
    items : Module
        Element -> vector (M, dim): :class:`ItemVectors` for ids, or a layer for vectors.
    candidates : ItemVectors
        Id -> vector. For "sum" and "concat" what goes through phi; for "dot" u_x.
    in_features : int
        Width of the vectors that ``items`` gives.
    interaction : {"dot", "sum", "concat"}, default="dot"
    phi_layer_sizes, rho_layer_sizes : sequence of int
    pooling : str or sequence of str, default="mean"
        "sum" takes the poolings that can add an element, all but attention, std and log_std.
    activation : str, default="relu"
    dropout : float, default=0.0
        For "dot" it acts on p too.
    context_features : int, default=0
    normalizer : FeatureScaler or SetNormalize, default=None
        Of elements that are vectors.

    Attributes
    ----------
    embedding_features : int
        Width of p.
    """

    def __init__(
        self,
        items: nn.Module,
        candidates: ItemVectors,
        *,
        in_features: int,
        interaction: str = "dot",
        phi_layer_sizes: Sequence[int] = (),
        rho_layer_sizes: Sequence[int] = (),
        pooling: str | Sequence[str] = "mean",
        activation: str = "relu",
        dropout: float = 0.0,
        context_features: int = 0,
        normalizer: FeatureScaler | SetNormalize | None = None,
    ) -> None:
        width = phi_layer_sizes[-1] if phi_layer_sizes else in_features
        beside = context_features + (width if interaction == "concat" else 0)
        super().__init__()
        self.sets = DeepSetsModule(
            in_features,
            candidates.dim if interaction == "dot" else 1,
            phi_layer_sizes=phi_layer_sizes,
            rho_layer_sizes=rho_layer_sizes,
            pooling=pooling,
            activation=activation,
            dropout=dropout,
            context_features=beside,
            element_encoder=items,
            normalizer=normalizer,
        )
        self.embedding_features = self.sets.embedding_features
        self.interaction = interaction
        beside_set = interaction == "concat"
        # Where pairs are linear in both sides, rho reads each side once, not each pair: the item
        # in the columns of its own, or in those of the pooled set that it is added to.
        self._reads_sides = beside_set or isinstance(self.sets.pooling, SumPooling)
        self._item_start = self.embedding_features + context_features if beside_set else 0
        self.pair_width = max(width + beside, *rho_layer_sizes, 1)
        self.candidates = candidates
        self.dropout = Dropout(dropout)
        self.bias: nn.Parameter | None = None
        if interaction != "dot":
            self._start_wide()
        else:
            # At first q = p, so that the products of features are not lost.
            self.sets.rho.start_at_zero()
            if candidates.weight is not None:
                self.bias = nn.Parameter(torch.zeros(candidates.n_trained))

    def _start_wide(self) -> None:
        """Draw the weights of phi and rho as Glorot and Bengio (2010) do.

        With torch's, which are smaller, the differences of items vanish on the way through five
        layers, and training goes no further than their popularity for a long time.
        """
        for network in (self.sets.phi, self.sets.phi_last, self.sets.rho):
            for layer in [] if network is None else network.modules():
                if isinstance(layer, nn.Linear):
                    nn.init.xavier_normal_(layer.weight)
                    if layer.bias is not None:
                        nn.init.zeros_(layer.bias)

    def describe(self, ids: Tensor | None = None) -> Candidates:
        """Return what ``score`` needs of items.

        Parameters
        ----------
        ids : int64 Tensor of shape (C,), default=None
            None stands for the items of training.
        """
        v = self.candidates(ids)
        if self.interaction == "dot":
            return Candidates(v, self._biases(ids))
        v = self.sets.phi(v)
        if self.sets.phi_last is not None:
            v = self.sets.phi_last(v)
        if self._reads_sides:
            v = self.sets.rho.read(v, self._item_start)
        return Candidates(v, None)

    def _biases(self, ids: Tensor | None) -> Tensor | None:
        if self.bias is None or ids is None:
            return self.bias
        bias = self.bias.index_select(0, ids.clamp(max=len(self.bias) - 1))
        return bias.masked_fill(ids >= len(self.bias), 0.0)

    def embed(self, batch: SetBatch) -> Tensor:
        """Return the pooled embeddings p (B, embedding_features)."""
        return self.sets.embed(batch)

    def embed_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        """Return the embedding of one set; see :meth:`DeepSetsModule.embed_pieces`."""
        return self.sets.embed_pieces(pieces, size)

    def query(self, batch: SetBatch) -> Tensor:
        """Return what ``score`` needs of the sets (B, h): q for "dot", p otherwise."""
        return self._query(self.sets.embed(batch), batch.context, batch.sizes)

    def query_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        """Return :meth:`query` (1, h) of one set; see :meth:`DeepSetsModule.embed_pieces`."""
        return self._query(self.sets.embed_pieces(pieces, size), context, size)

    def _query(self, embedding: Tensor, context: Tensor | None, sizes: Tensor) -> Tensor:
        if self.interaction != "dot":
            return embedding
        p = self.dropout(embedding)
        return p + self.sets.head(p, context, sizes)

    def score(
        self, embedding: Tensor, context: Tensor | None, sizes: Tensor, items: Candidates
    ) -> Tensor:
        """Return the scores (B, C) of all candidates for all sets, in bounded memory.

        Parameters
        ----------
        embedding : Tensor of shape (B, h)
            Query vectors for "dot", pooled embeddings otherwise.
        context : Tensor of shape (B, p) or None
        sizes : int64 Tensor of shape (B,)
        items : Candidates
            What ``describe`` returned.
        """
        if self.interaction == "dot":
            return linear(embedding, *items)
        n_sets = len(embedding)
        step = max(1, PAIR_VALUES // (self.pair_width * n_sets))
        sets = [rows[:, None] for rows in self._read_sets(embedding, context, sizes)]
        # Written in place: small blocks that are kept would keep the memory of large ones apart.
        scores = embedding.new_empty(n_sets, len(items.vectors))
        for start in range(0, len(items.vectors), step):
            part = items.vectors[start : start + step]
            found = self._rho_of_pairs(part, *sets)
            scores[:, start : start + step] = found.view(n_sets, len(part))
        return scores

    def score_pairs(
        self,
        embedding: Tensor,
        context: Tensor | None,
        sizes: Tensor,
        set_ids: Tensor,
        items: Candidates,
    ) -> Tensor:
        """Return the scores (P,) of pairs of a set (P,) and a candidate (P)."""
        # The gradient of index_select is summed in one order by any number of threads.
        if self.interaction == "dot":
            scores = (embedding.index_select(0, set_ids) * items.vectors).sum(dim=1)
            return scores if items.bias is None else scores + items.bias
        sets = (
            rows.index_select(0, set_ids) for rows in self._read_sets(embedding, context, sizes)
        )
        return self._rho_of_pairs(items.vectors, *sets)[:, 0]

    def _read_sets(self, embedding: Tensor, context: Tensor | None, sizes: Tensor) -> list[Tensor]:
        """Return what :meth:`_rho_of_pairs` needs of sets, a row each."""
        rho = self.sets.rho
        known = [sizes[:, None], rho.read(embedding) if self._reads_sides else embedding]
        if context is not None:
            known.append(rho.read(context, embedding.shape[1]))
        return known

    def _rho_of_pairs(
        self, items: Tensor, sizes: Tensor, sets: Tensor, offset: Tensor | None = None
    ) -> Tensor:
        """Return rho of the pairs (P, 1) that broadcasting makes of sets and items."""
        rho, pooling = self.sets.rho, self.sets.pooling
        pairs = sets + items if self.interaction == "concat" else pooling.add(sets, sizes, items)
        if not self._reads_sides:
            pairs = rho.read(pairs.flatten(0, -2)).unflatten(0, pairs.shape[:-1])
        return rho.finish((pairs if offset is None else pairs + offset).flatten(0, -2))

    def forward(self, batch: QueryBatch) -> Tensor | tuple[Tensor, Tensor]:
        """Return the scores that the loss compares; see :class:`HiddenItems`.

        Returns
        -------
        Tensor of shape (B, n_trained), or two: (P,) of the hidden items, (B, S) of the negatives
        """
        query, hidden = (self.query(batch), batch.context, batch.sizes), batch.hidden
        if hidden.negatives is None:
            return self.score(*query, self.describe())
        positive = self.score_pairs(*query, hidden.set_ids, self.describe(hidden.items))
        return positive, self.score(*query, self.describe(hidden.negatives))
