"""The Deep Sets network: rho(pool of phi over the elements)."""

from collections.abc import Iterable, Sequence

from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._encoded_elements import EncodedElements
from sksets.nn._equivariant_stack import EquivariantStack
from sksets.nn._layer_steps import phi_width
from sksets.nn._leave_one_out import pool_pieces_without_each, pool_without_each
from sksets.nn._make_pooling import make_pooling
from sksets.nn._mlp import MLP, Linear
from sksets.nn._normalize import FeatureScaler, SetNormalize
from sksets.nn._pooling import SetPooling
from sksets.nn._rho import Rho, append_context, checked_rho
from sksets.nn._steps import Steps, pool_pieces, run_whole


class DeepSetsModule(EncodedElements):
    """f(X) = rho(pool over x in X of phi(x)), Zaheer et al. (2017), theorem 2.

    normalizer -> element encoder -> phi -> equivariant layers -> pooling -> [context, log(1 + n)]
    -> rho. No activation follows the last layer before the pooling. That layer of phi runs after
    sum and mean pooling, on B rows instead of M. rho is an MLP plus a linear function; without
    hidden layers it is linear.

    Parameters
    ----------
    in_features : int
        Width of an element, or of the encoder's output.
    out_features : int
    phi_layer_sizes, rho_layer_sizes, equivariant_layer_sizes : sequence of int
    equivariant_form : {"lambda_gamma", "gamma", "attention"}, default="lambda_gamma"
        With "attention", and "attention" as ``pooling``, the network is the Set Transformer (Lee
        et al., 2019): :class:`InducedAttention` and then :class:`AttentionPooling`.
    equivariant_pooling : {"max", "mean", "sum"}, default="max"
        Of no effect on the form "attention".
    pooling : str, SetPooling or sequence of them, default="sum"
    activation : str, default="relu"
    dropout : float, default=0.0
    context_features : int, default=0
        Width of the context.
    context_in : {"rho", "phi", "both"}, default="rho"
        What the context z is given to: rho beside the pooled embedding, phi(x | z) beside each
        element (Zaheer et al., 2017, section 3.1 and figure 5), or both.
    size_feature : bool, default=False
        Whether log(1 + n) is given to rho.
    element_encoder : Module, default=None
        (M, ...) -> (M, in_features). Without a normalizer it gets integers as they are.
    normalizer : FeatureScaler or SetNormalize, default=None
    defer : bool, default=True
        Whether phi's last layer runs after the pooling where it can; False is the plain form.
    phi : Module, default=None
        In place of the MLP of ``phi_layer_sizes``: (M, in_features) -> (M, h), with the context
        behind the features where it is given to phi. A layer, or one in a
        ``torch.nn.Sequential``, whose ``forward`` takes ``(h, batch)`` gets the sets too. No
        activation and no dropout follow it.
    rho : Module, default=None
        In place of the network of ``rho_layer_sizes``: [embedding, context, log(1 + n)], those
        that there are, (B, n) -> (B, out_features).

    Attributes
    ----------
    embedding_features : int
        Width of the pooled embedding.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import DeepSetsModule, SetBatch
    >>> batch = SetBatch(torch.rand(5, 3), torch.tensor([0, 2, 5]))
    >>> DeepSetsModule(3, 1)(batch).shape
    torch.Size([2, 1])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        phi_layer_sizes: Sequence[int] = (64, 64),
        rho_layer_sizes: Sequence[int] = (64,),
        equivariant_layer_sizes: Sequence[int] = (),
        equivariant_form: str = "lambda_gamma",
        equivariant_pooling: str = "max",
        pooling: str | SetPooling | Sequence[str | SetPooling] = "sum",
        activation: str = "relu",
        dropout: float = 0.0,
        context_features: int = 0,
        context_in: str = "rho",
        size_feature: bool = False,
        element_encoder: nn.Module | None = None,
        normalizer: FeatureScaler | SetNormalize | None = None,
        defer: bool = True,
        phi: nn.Module | None = None,
        rho: nn.Module | None = None,
    ) -> None:
        super().__init__(normalizer, element_encoder, context_features, context_in)
        self.size_feature = size_feature
        n_phi = in_features + context_features * self.conditioned
        self.phi_last: Linear | None = None
        if phi is None:
            self._check_conditioned(phi_layer_sizes)
            widths = (n_phi, *phi_layer_sizes)
            # The last layer before the pooling is linear, so that it can run after it.
            self.phi = MLP(widths[:-1], activation, dropout)
            if phi_layer_sizes:
                self.phi_last = Linear(widths[-2], widths[-1])
        else:
            self.phi, widths = phi, (n_phi, phi_width(phi, n_phi))
        self.stack = EquivariantStack(
            widths[-1],
            equivariant_layer_sizes,
            form=equivariant_form,
            pooling=equivariant_pooling,
            activation=activation,
            first_activation=self.phi_last is not None,
            dropout=dropout,
        )
        self.pooling = make_pooling(pooling, self.stack.out_features)
        self.embedding_features = self.pooling.out_features
        # The pooling that runs where the last layer of phi waits for it.
        self.deferred: SetPooling | None = None
        # The layer that reads the context of each set cannot wait for the pooling.
        waits = self.phi_last is not None and not (self.conditioned and len(widths) == 2)
        if defer and waits and not equivariant_layer_sizes:
            self.deferred = self.pooling.before_linear(widths[-2])
        n_rho = self.embedding_features + self.rho_context + size_feature
        self.rho: nn.Module
        if rho is None:
            self.rho = Rho((n_rho, *rho_layer_sizes, out_features), activation, dropout)
        else:
            self.rho = checked_rho(rho, n_rho, out_features)

    def steps(self, batch: SetBatch) -> Steps:
        h = yield from self._encode(batch)
        h = yield from self._phi_steps(h, batch, self.phi_last if self.deferred is None else None)
        h = yield from self.stack.steps(h, batch)
        return (yield self._element_pooling, h)

    def _last_of_phi(self) -> list[nn.Module]:
        return [] if self.phi_last is None else [self.phi_last]

    @property
    def _element_pooling(self) -> SetPooling:
        return self.pooling if self.deferred is None else self.deferred

    def _finish(self, pooled: Tensor, sizes: Tensor) -> Tensor:
        if self.phi_last is not None and self.deferred is not None:
            return self.deferred.apply_linear(self.phi_last, pooled, sizes)
        return pooled

    def embed(self, batch: SetBatch) -> Tensor:
        return self._finish(run_whole(self.steps(batch), batch), batch.total_weight)

    def embed_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        pieces = self._in_context(pieces, context)
        # Each pool needs those before it, and so a pass of its own; that of the set comes last.
        pools: list[Tensor] = []
        while True:
            pooling, pooled = pool_pieces(self.steps, pieces, size, pools)
            if pooling is self._element_pooling:
                return self._finish(pooled, size)
            pools.append(pooled)

    def head(self, embedding: Tensor, context: Tensor | None, sizes: Tensor) -> Tensor:
        """Return the outputs (B, out_features) for pooled embeddings."""
        return self.rho(append_context(embedding, self._of_rho(context), sizes, self.size_feature))

    def forward(self, batch: SetBatch) -> Tensor:
        """Return the outputs (B, out_features)."""
        return self.head(self.embed(batch), batch.context, batch.total_weight)

    def forward_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        return self.head(self.embed_pieces(pieces, size, context), context, size)

    def embed_without_each(self, batch: SetBatch) -> tuple[Tensor, Tensor]:
        self._require_apart()
        return pool_without_each(self.pooling, self.element_features(batch), batch)

    def embed_without_each_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> tuple[Tensor, Tensor]:
        self._require_apart()
        pieces = self._in_context(pieces, context)
        return pool_pieces_without_each(self.pooling, self.element_features, pieces)

    def _require_apart(self) -> None:
        if self.elements_meet:
            raise ValueError(
                "The elements of a set meet before the pooling: without one of them, all others "
                "are other vectors. Compute the outputs of each set without it."
            )

    def forward_without_each(self, batch: SetBatch) -> Tensor:
        context = None if batch.context is None else batch.context.index_select(0, batch.set_ids)
        embedding, sizes = self.embed_without_each(batch)
        return self.head(embedding, context, sizes)

    def forward_without_each_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        embedding, sizes = self.embed_without_each_pieces(pieces, size, context)
        context = None if context is None else context.expand(len(embedding), -1)
        return self.head(embedding, context, sizes)
