"""The network behind the pooling, or behind the equivariant layers."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn

from sksets._probe import output_width, type_of
from sksets.nn._mlp import MLP, Linear, linear


class Rho(nn.Module):
    """y = A x + MLP(x).

    Hidden layers alone give slopes that are a little off outside of the training data: of sums
    learned on ten elements at most, they then miss those of a thousand.
    """

    def __init__(self, sizes: Sequence[int], activation: str, dropout: float = 0.0) -> None:
        super().__init__()
        self.mlp = MLP(sizes, activation, dropout, last_activation=False)
        # Without hidden layers the MLP is linear already.
        # With hidden layers alone, 0.55 to 0.87 of the sums of sets longer than those of training
        # are exact; with the linear function beside them all are.
        hidden = len(sizes) > 2
        self.linear = Linear(sizes[0], sizes[-1], bias=False) if hidden else None

    def start_at_zero(self) -> None:
        """Set the last weights to zero, so that the output is zero whatever the input."""
        for layer in (self.mlp[-1], self.linear):
            for weights in () if layer is None else layer.parameters():
                nn.init.zeros_(weights)

    def read(self, x: Tensor, start: int = 0) -> Tensor:
        """Return what the first layers make of some columns of the input, without their bias.

        They are linear: the sum over all columns is what :meth:`finish` takes. What many inputs
        have in common is so multiplied once.

        Parameters
        ----------
        x : Tensor of shape (n, h)
            The columns of the input from ``start`` on.
        start : int, default=0
        """
        readers = [layer for layer in (self.mlp[0], self.linear) if isinstance(layer, Linear)]
        columns = slice(start, start + x.shape[1])
        return linear(x, torch.cat([layer.weight[:, columns] for layer in readers]))

    def finish(self, read: Tensor) -> Tensor:
        """Return (n, out_features) from the sums (n, ...) of what :meth:`read` returned."""
        first, *others = self.mlp
        assert isinstance(first, Linear)
        y = read[:, : first.out_features] + first.bias
        for layer in others:
            y = layer(y)
        return y if self.linear is None else y + read[:, first.out_features :]

    def forward(self, x: Tensor) -> Tensor:
        """Return (B, out_features) for (B, in_features)."""
        y: Tensor = self.mlp(x)
        return y if self.linear is None else y + self.linear(x)


def append_context(x: Tensor, context: Tensor | None, sizes: Tensor, size_feature: bool) -> Tensor:
    """Return [x, context, log(1 + n)], a row a set, without the parts that are not given."""
    parts = [x]
    if context is not None:
        parts.append(context)
    if size_feature:
        parts.append(torch.log1p(sizes.to(x.dtype))[:, None])
    return torch.cat(parts, dim=1) if len(parts) > 1 else x


def checked_rho(rho: nn.Module, in_features: int, out_features: int) -> nn.Module:
    """Return a rho of the user's, if it maps rows of this width to the outputs."""
    expected = f"rho must map (B, {in_features}) to (B, {out_features})"
    rows = torch.zeros(2, in_features, dtype=type_of(rho))
    if (width := output_width(rho, rho, rows, expected)) != out_features:
        raise ValueError(f"{expected}; it returned {width} columns.")
    return rho
