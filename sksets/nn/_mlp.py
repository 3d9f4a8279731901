"""Layers that act on each row by itself."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn

ACTIVATIONS: dict[str, type[nn.Module]] = {
    "elu": nn.ELU,
    "gelu": nn.GELU,
    "identity": nn.Identity,
    "leaky_relu": nn.LeakyReLU,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "silu": nn.SiLU,
    "softplus": nn.Softplus,
    "tanh": nn.Tanh,
}


class Dropout(nn.Module):
    """Dropout that draws from a generator of its own, so that fits can be repeated.

    In training each value is zeroed with probability ``p`` and the others are divided by 1 - p.

    Parameters
    ----------
    p : float in [0, 1)

    Attributes
    ----------
    generator : torch.Generator or None
        Source of the draws, set from outside; None is torch's global one. Copies and pickles
        do not carry it.
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        self.p = p
        self.generator: torch.Generator | None = None

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "generator": None}

    def extra_repr(self) -> str:
        """Show ``p`` in the module's repr."""
        return f"p={self.p}"

    def forward(self, x: Tensor) -> Tensor:
        """Drop values of ``x``, of any shape."""
        if not self.training or self.p == 0:
            return x
        keep = torch.empty_like(x).bernoulli_(1 - self.p, generator=self.generator)
        return x * keep.div_(1 - self.p)


class MLP(nn.Sequential):
    """A stack of linear layers, with activation and dropout after each but maybe the last.

    Parameters
    ----------
    sizes : sequence of int
        Widths, the input's first: ``(d, 64, 64)`` makes two layers.
    activation : str, default="relu"
        A name in ``ACTIVATIONS``.
    dropout : float, default=0.0
    last_activation : bool, default=True
        Whether activation and dropout follow the last layer too.
    """

    def __init__(
        self,
        sizes: Sequence[int],
        activation: str = "relu",
        dropout: float = 0.0,
        last_activation: bool = True,
    ) -> None:
        layers: list[nn.Module] = []
        for depth, (n_in, n_out) in enumerate(zip(sizes[:-1], sizes[1:], strict=True)):
            layers.append(nn.Linear(n_in, n_out))
            if last_activation or depth < len(sizes) - 2:
                layers.append(ACTIVATIONS[activation]())
                if dropout:
                    layers.append(Dropout(dropout))
        super().__init__(*layers)
