"""Layers that act on each row by itself."""

from collections.abc import Sequence
from typing import Any

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sksets._names import check_name
from sksets.nn._widths import check_width

# On a CPU a matrix product with fewer rows or columns can take one kernel with one thread and
# another with two, which sum in another order; at this width and above they agree to the bit.
SAFE_WIDTH = 16

# The values of a number of 16 bits, of which a share p is dropped.
LEVELS = 2**16


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """Return x W^T + b, of the same bits for every number of CPU threads.

    Not so the gradient of W, a sum over the n rows, which MKL shares among the threads on
    processors with AVX-512.

    Parameters
    ----------
    x : Tensor of shape (n, in_features)
    weight : Tensor of shape (out_features, in_features)
    bias : Tensor of shape (out_features,), default=None

    Returns
    -------
    Tensor of shape (n, out_features)
    """
    n_rows, n_out = x.shape[0], weight.shape[0]
    if x.is_cuda or min(n_rows, n_out) >= SAFE_WIDTH:
        return F.linear(x, weight, bias)
    if n_rows < SAFE_WIDTH:
        x = F.pad(x, (0, 0, 0, SAFE_WIDTH - n_rows))
    if n_out < SAFE_WIDTH:
        weight = F.pad(weight, (0, 0, 0, SAFE_WIDTH - n_out))
    out = F.linear(x, weight)[:n_rows, :n_out]
    return out if bias is None else out + bias


class Linear(nn.Linear):
    """y = x W^T + b, torch's linear layer with outputs that no number of threads changes.

    Takes (n, in_features) and returns (n, out_features); see :func:`linear`.
    """

    def __init__(self, in_features: int, out_features: int, bias: bool = True) -> None:
        in_features = check_width(in_features, "in_features", least=0)
        super().__init__(in_features, check_width(out_features, "out_features", least=0), bias=bias)

    def forward(self, input: Tensor) -> Tensor:
        """Return (n, out_features)."""
        return linear(input, self.weight, self.bias)


# torch computes the ends of each thread's share of these with other instructions than the rest,
# so that bits depend on the number of threads. tanh, expm1 and log1p have no such seams.
class ELU(nn.Module):
    """y = x where x > 0, else exp(x) - 1."""

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the shape of ``x``."""
        return torch.where(x > 0, x, torch.expm1(x.clamp(max=0)))


class Sigmoid(nn.Module):
    """y = 1 / (1 + exp(-x)) = (1 + tanh(x / 2)) / 2."""

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the shape of ``x``."""
        return torch.tanh(x * 0.5) * 0.5 + 0.5


class SiLU(nn.Module):
    """y = x / (1 + exp(-x))."""

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the shape of ``x``."""
        return x * (torch.tanh(x * 0.5) * 0.5 + 0.5)


class Softplus(nn.Module):
    """y = log(1 + exp(x)) = max(x, 0) + log(1 + exp(-|x|))."""

    def forward(self, x: Tensor) -> Tensor:
        """Return a tensor of the shape of ``x``."""
        # (x + |x|) / 2 is relu with the gradient 1/2 at 0, which is what softplus has there.
        return 0.5 * (x + x.abs()) + torch.log1p(torch.exp(-x.abs()))


ACTIVATIONS: dict[str, type[nn.Module]] = {
    "elu": ELU,
    "gelu": nn.GELU,
    "identity": nn.Identity,
    "leaky_relu": nn.LeakyReLU,
    "relu": nn.ReLU,
    "sigmoid": Sigmoid,
    "silu": SiLU,
    "softplus": Softplus,
    "tanh": nn.Tanh,
}


def make_activation(name: str) -> nn.Module:
    """Build an activation from its name in ``ACTIVATIONS``."""
    return ACTIVATIONS[check_name(name, ACTIVATIONS, "activation")]()


class Dropout(nn.Module):
    """Dropout that draws from a generator of its own, so that fits can be repeated.

    In training each value is zeroed with probability ``p`` and the others are divided by 1 - p.

    Parameters
    ----------
    p : float in [0, 1)
        Rounded to a multiple of 2**-16.

    Attributes
    ----------
    generator : torch.Generator or None
        Source of the draws, set from outside; None is torch's global one. Copies and pickles
        do not carry it.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import Dropout
    >>> dropout = Dropout(0.5)
    >>> dropout.generator = torch.Generator().manual_seed(0)
    >>> sorted(set(dropout(torch.ones(100)).tolist()))
    [0.0, 2.0]
    """

    def __init__(self, p: float) -> None:
        super().__init__()
        if not 0 <= p < 1:
            raise ValueError(f"dropout must be in [0, 1); found {p!r}.")
        self.p = p
        self.generator: torch.Generator | None = None

    def __getstate__(self) -> dict[str, Any]:
        # The generator belongs to the fit that set it: a copy would repeat the draws of that fit.
        return {**self.__dict__, "generator": None}

    def extra_repr(self) -> str:
        """Show ``p`` in the module's repr."""
        return f"p={self.p}"

    def forward(self, x: Tensor) -> Tensor:
        """Drop values of ``x``, of any shape."""
        if not self.training or self.p == 0:
            return x
        return x * self.mask(x)

    def mask(self, x: Tensor) -> Tensor:
        """Draw what ``x`` is multiplied with: 0, or 1 / (1 - p)."""
        n = x.numel()
        # Four numbers of 16 bits of each draw: a quarter of the time of a draw for each.
        draws = torch.empty((n + 3) // 4, dtype=torch.int64, device=x.device)
        draws.random_(-(2**63), None, generator=self.generator)
        n_dropped = min(round(self.p * LEVELS), LEVELS - 1)
        keep = draws.view(torch.int16)[:n].view(x.shape) >= n_dropped - LEVELS // 2
        return keep.to(x.dtype).mul_(LEVELS / (LEVELS - n_dropped))


class MLP(nn.Sequential):
    """A stack of linear layers, with activation and dropout after each but maybe the last.

    Parameters
    ----------
    sizes : sequence of int
        Widths, the input's first: ``(d, 64, 64)`` makes two layers, ``(d,)`` none.
    activation : str, default="relu"
        A name in ``ACTIVATIONS``.
    dropout : float, default=0.0
    last_activation : bool, default=True
        Whether activation and dropout follow the last layer too.

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import MLP
    >>> MLP((3, 8, 2), last_activation=False)(torch.rand(5, 3)).shape
    torch.Size([5, 2])
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
            layers.append(Linear(n_in, n_out))
            if last_activation or depth < len(sizes) - 2:
                layers.append(make_activation(activation))
                if isinstance(layers[-1], nn.ReLU):
                    # Nothing else reads what the linear layer returns.
                    layers[-1].inplace = True
                if dropout:
                    layers.append(Dropout(dropout))
        super().__init__(*layers)
