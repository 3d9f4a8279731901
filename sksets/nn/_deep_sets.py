"""The Deep Sets network: rho(pool of phi over the elements)."""

from collections.abc import Generator, Iterable, Sequence

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._equivariant import EquivariantLinear
from sksets.nn._mlp import MLP, Dropout, Linear, make_activation
from sksets.nn._normalize import FeatureScaler, Request, SetNormalize
from sksets.nn._pooling import SetPooling, make_pooling


class _Rho(nn.Module):
    """y = A x + MLP(x).

    Hidden layers alone give slopes that are a little off outside of the training data: of sums
    learned on ten elements at most, they then miss those of a thousand.
    """

    def __init__(self, sizes: Sequence[int], activation: str, dropout: float) -> None:
        super().__init__()
        self.mlp = MLP(sizes, activation, dropout, last_activation=False)
        # Without hidden layers the MLP is linear already.
        hidden = len(sizes) > 2
        self.linear = Linear(sizes[0], sizes[-1], bias=False) if hidden else None

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, out_features) for (B, in_features)."""
        y: Tensor = self.mlp(x)
        return y if self.linear is None else y + self.linear(x)


class DeepSetsModule(nn.Module):
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
    equivariant_form : {"lambda_gamma", "gamma"}, default="lambda_gamma"
    equivariant_pooling : {"max", "mean", "sum"}, default="max"
    pooling : str or sequence of str, default="sum"
    activation : str, default="relu"
    dropout : float, default=0.0
    context_features : int, default=0
        Width of the context, which is given to rho.
    size_feature : bool, default=False
        Whether log(1 + n) is given to rho.
    element_encoder : Module, default=None
        (M, ...) -> (M, in_features). Without a normalizer it gets integers as they are.
    normalizer : FeatureScaler or SetNormalize, default=None
    defer : bool, default=True
        Whether phi's last layer runs after a linear pooling; False is the plain form.

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
        pooling: str | Sequence[str] = "sum",
        activation: str = "relu",
        dropout: float = 0.0,
        context_features: int = 0,
        size_feature: bool = False,
        element_encoder: nn.Module | None = None,
        normalizer: FeatureScaler | SetNormalize | None = None,
        defer: bool = True,
    ) -> None:
        super().__init__()
        self.normalizer: FeatureScaler | SetNormalize | None = normalizer
        self.element_encoder = element_encoder
        self.size_feature = size_feature
        widths = (in_features, *phi_layer_sizes)
        # The last layer before the pooling is linear.
        self.phi = MLP(widths[:-1], activation, dropout)
        self.phi_last = Linear(widths[-2], widths[-1]) if phi_layer_sizes else None
        self.equivariant = nn.ModuleList()
        width = widths[-1]
        for n_out in equivariant_layer_sizes:
            self.equivariant.append(
                EquivariantLinear(width, n_out, form=equivariant_form, pooling=equivariant_pooling)
            )
            width = n_out
        between: list[nn.Module] = [make_activation(activation)]
        self.between = nn.Sequential(*between, *[Dropout(dropout)] * bool(dropout))
        self.pooling = make_pooling(pooling, width)
        self.deferred = defer and self.pooling.linear and not equivariant_layer_sizes
        self.embedding_features = self.pooling.out_features
        n_rho = self.embedding_features + context_features + size_feature
        self.rho = _Rho((n_rho, *rho_layer_sizes, out_features), activation, dropout)

    def _steps(self, batch: SetBatch) -> Generator[Request, Tensor, Tensor]:
        """Pass elements on; each time that all elements of a set are needed, yield.

        What is yielded is a pooling and its elements; what must be sent back is their pool. The
        caller may have the elements of whole sets, or of pieces.
        """
        h = self._cast(batch.values)
        if self.normalizer is not None:
            h = yield from self.normalizer.steps(h, batch)
        if self.element_encoder is not None:
            h = self.element_encoder(h)
        h = self.phi(h)
        if self.phi_last is not None and not self.deferred:
            h = self.phi_last(h)
        for depth, layer in enumerate(self.equivariant):
            assert isinstance(layer, EquivariantLinear)
            if depth or self.phi_last is not None:
                h = self.between(h)
            h = layer(h, batch, (yield layer.pool, h))
        return (yield self.pooling, h)

    def _cast(self, values: Tensor) -> Tensor:
        # An encoder of tokens or of bytes gets its integers as they are.
        encoded = self.element_encoder is not None and self.normalizer is None
        if encoded and not values.is_floating_point():
            return values
        return values.to(next(self.rho.parameters()).dtype)

    def _finish(self, pooled: Tensor, sizes: Tensor) -> Tensor:
        if self.phi_last is not None and self.deferred:
            return self.pooling.apply_linear(self.phi_last, pooled, sizes)
        return pooled

    def embed(self, batch: SetBatch) -> Tensor:
        """Return the pooled embeddings (B, embedding_features)."""
        steps = self._steps(batch)
        pooling, h = next(steps)
        while True:
            try:
                pooling, h = steps.send(pooling(h, batch))
            except StopIteration as end:
                return self._finish(end.value, batch.sizes)

    def embed_pieces(self, pieces: Iterable[SetBatch], size: Tensor) -> Tensor:
        """Return the embedding (1, embedding_features) of one set, given in pieces.

        Parameters
        ----------
        pieces : iterable of SetBatch
            Batches of one piece each. Read once for each time that elements are pooled, so that
            no more than one piece is in memory.
        size : int64 Tensor of shape (1,)
            Number of elements of the set.
        """
        known: list[Tensor] = []
        while True:
            states, pooling = [], None
            for piece in pieces:
                steps = self._steps(piece)
                pooling, h = next(steps)
                for term in known:
                    pooling, h = steps.send(term)
                states.append(pooling.reduce(h, piece))
            assert isinstance(pooling, SetPooling)
            rows = [torch.cat(parts) for parts in zip(*states, strict=True)]
            offsets = torch.tensor([0, len(states)], device=size.device)
            state = pooling.merge(tuple(rows), SetBatch(rows[0], offsets))
            known.append(pooling.finish(state, size).to(h.dtype))
            if pooling is self.pooling:
                return self._finish(known[-1], size)

    def head(self, embedding: Tensor, context: Tensor | None, sizes: Tensor) -> Tensor:
        """Return the outputs (B, out_features) for pooled embeddings."""
        parts = [embedding]
        if context is not None:
            parts.append(context)
        if self.size_feature:
            parts.append(torch.log1p(sizes.to(embedding.dtype))[:, None])
        return self.rho(torch.cat(parts, dim=1) if len(parts) > 1 else embedding)

    def forward(self, batch: SetBatch) -> Tensor:
        """Return the outputs (B, out_features)."""
        return self.head(self.embed(batch), batch.context, batch.sizes)
