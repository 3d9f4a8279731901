"""The networks of set expansion: how well an item belongs to a set."""

import copy
from collections.abc import Iterable, Sequence
from typing import NamedTuple, Self

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._deep_sets import DeepSetsModule
from sksets.nn._hidden import QueryBatch
from sksets.nn._item_vectors import ItemVectors
from sksets.nn._mlp import Dropout
from sksets.nn._module import SetModule
from sksets.nn._normalize import FeatureScaler, SetNormalize
from sksets.nn._rho import Rho
from sksets.nn._steps import Steps


class Candidates(NamedTuple):
    """What the scores need of items.

    Parameters
    ----------
    vectors : Tensor of shape (C, h)
        u_x for "dot"; otherwise what rho reads of phi(x), or phi(x) if the pooling is not linear.
    bias : Tensor of shape (C,) or None
        b_x.
    """

    # Apart: one tensor of both would be a copy of the whole vocabulary in every step.
    vectors: Tensor
    bias: Tensor | None


class SetExpanderModule(SetModule):
    """s(x | X), a score of items x for sets X: base of the networks of set expansion.

    Zaheer et al. (2017), section 4.2, with phi(x) = phi(v_x) of the vector v_x of an item. The
    formula of the score is that of :class:`DotExpanderModule`, :class:`SumExpanderModule` or
    :class:`ConcatExpanderModule`; :func:`make_expander` builds them by name.

    Parameters
    ----------
    items : Module
        Element -> vector (M, dim): :class:`ItemVectors` for ids, or a layer for vectors.
    candidates : ItemVectors
        Id -> vector of the items that are scored.
    in_features : int
        Width of the vectors that ``items`` gives.
    phi_layer_sizes, rho_layer_sizes : sequence of int
    pooling : str or sequence of str, default="mean"
    activation : str, default="relu"
    dropout : float, default=0.0
    context_features : int, default=0
    context_in : {"rho", "phi", "both"}, default="rho"
        What the context is given to; see :class:`DeepSetsModule`.
    normalizer : FeatureScaler or SetNormalize, default=None
        Of elements that are vectors.
    item_features : int, default=0
        Number of columns of rho's input that are for the item alone.
    out_features : int, default=1
        Width of what rho gives.

    Attributes
    ----------
    embedding_features : int
        Width of p, the pool of phi over X.
    """

    def __init__(
        self,
        items: nn.Module,
        candidates: ItemVectors,
        *,
        in_features: int,
        phi_layer_sizes: Sequence[int] = (),
        rho_layer_sizes: Sequence[int] = (),
        pooling: str | Sequence[str] = "mean",
        activation: str = "relu",
        dropout: float = 0.0,
        context_features: int = 0,
        context_in: str = "rho",
        normalizer: FeatureScaler | SetNormalize | None = None,
        item_features: int = 0,
        out_features: int = 1,
    ) -> None:
        super().__init__()
        self.sets = DeepSetsModule(
            in_features,
            out_features,
            phi_layer_sizes=phi_layer_sizes,
            rho_layer_sizes=rho_layer_sizes,
            pooling=pooling,
            activation=activation,
            dropout=dropout,
            context_features=context_features + item_features,
            context_in=context_in,
            element_encoder=items,
            normalizer=normalizer,
        )
        self.embedding_features = self.sets.embedding_features
        self.candidates = candidates
        self.dropout = Dropout(dropout)

    @property
    def rho(self) -> Rho:
        """The network behind the pooling."""
        assert isinstance(self.sets.rho, Rho)
        return self.sets.rho

    def steps(self, batch: SetBatch) -> Steps:
        return self.sets.steps(batch)

    def embed(self, batch: SetBatch) -> Tensor:
        return self.sets.embed(batch)

    def embed_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        return self.sets.embed_pieces(pieces, size, context)

    def after_encoder(self) -> Self:
        """Return the network that takes the vectors of items; it shares all weights."""
        other = copy.copy(self)
        other._modules = {**self._modules, "sets": self.sets.after_encoder()}
        return other

    @property
    def n_element_layers(self) -> int:
        """Number of the layers before the pooling that element_features knows, one at least."""
        return self.sets.n_element_layers

    def element_features(self, batch: SetBatch, layer: int = -1) -> Tensor:
        return self.sets.element_features(batch, layer)

    def element_features_pieces(
        self,
        pieces: Iterable[SetBatch],
        size: Tensor,
        context: Tensor | None = None,
        layer: int = -1,
    ) -> Tensor:
        return self.sets.element_features_pieces(pieces, size, context, layer)

    def embed_without_each(self, batch: SetBatch) -> tuple[Tensor, Tensor]:
        return self.sets.embed_without_each(batch)

    def embed_without_each_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        return self.sets.embed_without_each_pieces(pieces, size, context)

    def query(self, batch: SetBatch) -> Tensor:
        """Return what ``score`` needs of the sets (B, h).

        Parameters
        ----------
        batch : SetBatch
        """
        return self._query(self.embed(batch), batch.context, batch.sizes)

    def query_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        """Return :meth:`query` (1, h) of one set, given in pieces; see :meth:`forward_pieces`."""
        return self._query(self.embed_pieces(pieces, size, context), context, size)

    def query_without_each(self, batch: SetBatch) -> Tensor:
        """Return :meth:`query` (M, h) of sets without each one of their elements.

        Parameters
        ----------
        batch : SetBatch
        """
        context = None if batch.context is None else batch.context.index_select(0, batch.set_ids)
        embedding, sizes = self.embed_without_each(batch)
        return self._query(embedding, context, sizes)

    def query_without_each_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        """Return :meth:`query_without_each` (n, h) of one set, given in pieces."""
        embedding, sizes = self.embed_without_each_pieces(pieces, size, context)
        context = None if context is None else context.expand(len(embedding), -1)
        return self._query(embedding, context, sizes)

    def _query(self, embedding: Tensor, context: Tensor | None, sizes: Tensor) -> Tensor:
        return embedding

    def describe(self, ids: Tensor | None = None) -> Candidates:
        """Return what ``score`` needs of items.

        Parameters
        ----------
        ids : int64 Tensor of shape (C,), default=None
            None stands for the items of training.
        """
        return self._describe(self.candidates(ids), ids)

    def _describe(self, vectors: Tensor, ids: Tensor | None) -> Candidates:
        """Return :meth:`describe` of items, given their vectors."""
        raise self._no("describe")

    def score(
        self, query: Tensor, context: Tensor | None, sizes: Tensor, items: Candidates
    ) -> Tensor:
        """Return the scores (B, C) of all candidates for all sets, in bounded memory.

        Parameters
        ----------
        query : Tensor of shape (B, h)
            What ``query`` returned.
        context : Tensor of shape (B, p) or None
        sizes : int64 Tensor of shape (B,)
        items : Candidates
            What ``describe`` returned.
        """
        raise self._no("score")

    def score_pairs(
        self,
        query: Tensor,
        context: Tensor | None,
        sizes: Tensor,
        set_ids: Tensor,
        items: Candidates,
    ) -> Tensor:
        """Return the scores (P,) of pairs of a set and a candidate.

        Parameters
        ----------
        query, context, sizes
            As for :meth:`score`.
        set_ids : int64 Tensor of shape (P,)
        items : Candidates
            P of them.
        """
        raise self._no("score_pairs")

    def forward(self, batch: QueryBatch) -> Tensor | tuple[Tensor, Tensor]:  # type: ignore[override]
        """Return the scores that the loss compares; see :class:`HiddenItems`.

        Returns
        -------
        Tensor of shape (B, n_trained), or two: (P,) of the hidden items, (B, S) of the negatives
        """
        query, hidden = (self.query(batch), batch.context, batch.sizes), batch.hidden
        if hidden.negatives is None:
            return self.score(*query, self.describe())
        # Looked up at once: the gradient of each look-up is as large as the vocabulary.
        both = hidden.items, hidden.negatives
        vectors = self.candidates(torch.cat(both)).split([len(ids) for ids in both])
        items, negatives = map(self._describe, vectors, both)
        # All sets have the same negatives, so that phi runs on them once: a hundred of them cost
        # what one of its own for each hidden item would.
        positive = self.score_pairs(*query, hidden.set_ids, items)
        return positive, self.score(*query, negatives)
