"""The Deep Sets network with one output an element."""

from collections.abc import Iterable, Sequence

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._encoded_elements import EncodedElements
from sksets.nn._equivariant_stack import EquivariantStack
from sksets.nn._layer_steps import phi_width
from sksets.nn._mlp import MLP, make_activation
from sksets.nn._normalize import FeatureScaler, SetNormalize
from sksets.nn._rho import Rho, append_context, checked_rho
from sksets.nn._set_dropout import SetDropout
from sksets.nn._steps import Steps, all_pools, finish_steps, run_whole


class ElementDeepSetsModule(EncodedElements):
    """y_i = rho([f(X)]_i) with f a stack of permutation-equivariant layers.

    Zaheer et al. (2017), section 3.1 and lemma 3. normalizer -> element encoder -> phi ->
    equivariant layers -> [context, log(1 + n)] -> rho, which is an MLP plus a linear function and
    acts on each element by itself.

    Parameters
    ----------
    in_features : int
        Width of an element, or of the encoder's output.
    out_features : int
    phi_layer_sizes, equivariant_layer_sizes, rho_layer_sizes : sequence of int
    equivariant_form : {"lambda_gamma", "gamma", "attention"}, default="lambda_gamma"
    equivariant_pooling : {"max", "mean", "sum"}, default="max"
        Of no effect on the form "attention".
    residual, set_norm : bool, default=False
        See the blocks of the stack: skip connections where the widths are equal, set
        normalisation before each activation.
    activation : str, default="relu"
    dropout : float, default=0.0
        Share of the channels that are dropped before each equivariant layer and before rho, for
        all members of a set together.
    context_features : int, default=0
        Width of the context.
    context_in : {"rho", "phi", "both"}, default="rho"
        What the context of the set is given to beside each element: rho, phi(x | z), or both.
    size_feature : bool, default=False
        Whether log(1 + n) is given to rho.
    element_encoder : Module, default=None
        (M, ...) -> (M, in_features). Without a normalizer it gets integers as they are.
    normalizer : FeatureScaler or SetNormalize, default=None
    phi, rho : Module, default=None
        In place of those of ``phi_layer_sizes`` and ``rho_layer_sizes``; see
        :class:`DeepSetsModule`. This rho maps rows of elements, (M, n) -> (M, out_features).

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import ElementDeepSetsModule, SetBatch
    >>> batch = SetBatch(torch.rand(5, 3), torch.tensor([0, 2, 5]))
    >>> ElementDeepSetsModule(3, 1)(batch).shape
    torch.Size([5, 1])
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        phi_layer_sizes: Sequence[int] = (64, 64),
        equivariant_layer_sizes: Sequence[int] = (64, 64),
        rho_layer_sizes: Sequence[int] = (),
        equivariant_form: str = "lambda_gamma",
        equivariant_pooling: str = "max",
        residual: bool = False,
        set_norm: bool = False,
        activation: str = "relu",
        dropout: float = 0.0,
        context_features: int = 0,
        context_in: str = "rho",
        size_feature: bool = False,
        element_encoder: nn.Module | None = None,
        normalizer: FeatureScaler | SetNormalize | None = None,
        phi: nn.Module | None = None,
        rho: nn.Module | None = None,
    ) -> None:
        super().__init__(normalizer, element_encoder, context_features, context_in)
        self.size_feature = size_feature
        n_phi = in_features + context_features * self.conditioned
        layered = phi is None and len(phi_layer_sizes) > 0
        if phi is None:
            self._check_conditioned(phi_layer_sizes)
            widths = (n_phi, *phi_layer_sizes)
            # The activation after the last layer is that of the first block.
            self.phi = MLP(widths, activation, last_activation=False)
        else:
            self.phi, widths = phi, (n_phi, phi_width(phi, n_phi))
        self.stack = EquivariantStack(
            widths[-1],
            equivariant_layer_sizes,
            form=equivariant_form,
            pooling=equivariant_pooling,
            activation=activation,
            first_activation=layered,
            dropout=dropout,
            residual=residual,
            set_norm=set_norm,
        )
        hidden = layered or len(equivariant_layer_sizes) > 0
        self.activation = make_activation(activation) if hidden else nn.Identity()
        self.dropout = SetDropout(dropout) if dropout and hidden else None
        n_rho = self.stack.out_features + self.rho_context + size_feature
        if rho is None:
            self.rho = Rho((n_rho, *rho_layer_sizes, out_features), activation)
        else:
            self.rho = checked_rho(rho, n_rho, out_features)

    def steps(self, batch: SetBatch) -> Steps:
        h = yield from self._encode(batch)
        h = yield from self._phi_steps(h, batch)
        h = yield from self.stack.steps(h, batch)
        h = self.activation(h)
        return h if self.dropout is None else self.dropout(h, batch)

    def _head(self, h: Tensor, batch: SetBatch, context: Tensor | None, sizes: Tensor) -> Tensor:
        # Each element gets the context and the size of its set.
        context = self._of_rho(context)
        if context is not None:
            context = context.index_select(0, batch.set_ids)
        sizes = sizes.index_select(0, batch.set_ids)
        return self.rho(append_context(h, context, sizes, self.size_feature))

    def forward(self, batch: SetBatch) -> Tensor:
        """Return the outputs (M, out_features)."""
        h = run_whole(self.steps(batch), batch)
        return self._head(h, batch, batch.context, batch.total_weight)

    def forward_pieces(
        self, pieces: Iterable[SetBatch], size: Tensor, context: Tensor | None = None
    ) -> Tensor:
        pieces = self._in_context(pieces, context)
        pools = all_pools(self.steps, pieces, size)
        rows = []
        for piece in pieces:
            h = finish_steps(self.steps(piece), pools)
            rows.append(self._head(h, piece, context, size))
        return torch.cat(rows)
