"""Permutation-equivariant layers, one after the other."""

from collections.abc import Sequence

from torch import Tensor, nn

from sksets._names import check_name
from sksets.nn._batch import SetBatch
from sksets.nn._equivariant import FORMS, EquivariantLinear
from sksets.nn._induced import InducedAttention
from sksets.nn._mlp import make_activation
from sksets.nn._normalize import SetNorm
from sksets.nn._set_dropout import SetDropout
from sksets.nn._steps import SteppedLayer, Steps

LAYER_FORMS = ("attention", *FORMS)


class EquivariantBlock(SteppedLayer):
    """y = [x +] layer(dropout(activation([norm(x)]))).

    With the activation in front of the layer nothing but sums lies on the way from the input to
    the output of a stack of residual blocks (Zhang et al., 2022, "Set Norm and Equivariant Skip
    Connections").

    Parameters
    ----------
    in_features, out_features : int
    form : {"lambda_gamma", "gamma", "attention"}, default="lambda_gamma"
        "attention" is :class:`InducedAttention`, the others are those of
        :class:`EquivariantLinear`.
    pooling : {"max", "mean", "sum"}, default="max"
        Of no effect on "attention".
    activation : str or None, default="relu"
        None leaves norm, activation and dropout out.
    dropout : float, default=0.0
        Of channels, for all members of a set together.
    residual : bool, default=False
        Whether x is added, where the widths are equal.
    set_norm : bool, default=False
    """

    def __init__(
        self,
        in_features: int,
        out_features: int,
        *,
        form: str = "lambda_gamma",
        pooling: str = "max",
        activation: str | None = "relu",
        dropout: float = 0.0,
        residual: bool = False,
        set_norm: bool = False,
    ) -> None:
        super().__init__()
        self.norm = SetNorm(in_features) if set_norm and activation else None
        self.activation = make_activation(activation) if activation else None
        self.dropout = SetDropout(dropout) if dropout and activation else None
        self.residual = residual and in_features == out_features
        self.layer: EquivariantLinear | InducedAttention
        if check_name(form, LAYER_FORMS, "form") == "attention":
            self.layer = InducedAttention(in_features, out_features)
        else:
            self.layer = EquivariantLinear(in_features, out_features, form=form, pooling=pooling)

    def steps(self, x: Tensor, batch: SetBatch) -> Steps:
        """Map (M, in_features) to (M, out_features); asks for the pools that it needs."""
        h = x
        if self.norm is not None:
            h = yield from self.norm.steps(h, batch)
        if self.activation is not None:
            h = self.activation(h)
        if self.dropout is not None:
            h = self.dropout(h, batch)
        h = yield from self.layer.steps(h, batch)
        return x + h if self.residual else h


class EquivariantStack(SteppedLayer):
    """Blocks of ``sizes`` features, one after the other.

    Parameters
    ----------
    in_features : int
    sizes : sequence of int
    first_activation : bool, default=True
        Whether the first block has an activation before its layer.
    options
        Of :class:`EquivariantBlock`.

    Attributes
    ----------
    out_features : int
    """

    def __init__(
        self,
        in_features: int,
        sizes: Sequence[int],
        *,
        activation: str = "relu",
        first_activation: bool = True,
        **options,
    ) -> None:
        super().__init__()
        widths = (in_features, *sizes)
        self.out_features = widths[-1]
        self.blocks = nn.ModuleList()
        for depth, (n_in, n_out) in enumerate(zip(widths[:-1], sizes, strict=True)):
            before = activation if depth or first_activation else None
            self.blocks.append(EquivariantBlock(n_in, n_out, activation=before, **options))

    def steps(self, h: Tensor, batch: SetBatch) -> Steps:
        """Map (M, in_features) to (M, out_features); asks for the pools that it needs."""
        for block in self.blocks:
            assert isinstance(block, EquivariantBlock)
            h = yield from block.steps(h, batch)
        return h
