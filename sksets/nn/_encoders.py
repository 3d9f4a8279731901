"""From elements of any shape to vectors."""

from collections.abc import Sequence

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sksets.nn._mlp import Linear
from sksets.nn._widths import check_width

# Channels of a group that is normalised together; sides of an image that a convolution leaves at
# least, and beyond which a maximum halves it.
GROUP, SMALLEST, LARGEST = 8, 3, 4


class ConvEncoder(nn.Sequential):
    """A small convolutional network for images: (M, H, W) or (M, C, H, W) -> (M, out_features).

    A convolution of 5 x 5 pixels and further ones of 3 x 3, each with a maximum over 2 x 2, group
    normalisation of eight channels a group (Wu and He, 2018; not after the first, or brightness
    would be lost) and ReLU; then a linear layer and tanh, so that outputs are in (-1, 1). A
    convolution that would leave less than 3 pixels a side pads the image, and 4 pixels a side are
    not halved. Bytes (uint8) are divided by 255. On a CPU the gradients of torch's convolutions
    depend on the number of threads in their last bits.

    Parameters
    ----------
    element_shape : (H, W) or (C, H, W)
        Height and width of 8 pixels at least.
    out_features : int, default=64
    channels : sequence of int, default=(16, 32, 64)

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import ConvEncoder
    >>> ConvEncoder((28, 28), out_features=10)(torch.rand(5, 28, 28)).shape
    torch.Size([5, 10])
    """

    def __init__(
        self,
        element_shape: Sequence[int],
        out_features: int = 64,
        channels: Sequence[int] = (16, 32, 64),
    ) -> None:
        shape = tuple(element_shape)
        if len(shape) not in (2, 3) or min(shape[-2:]) < 8:
            raise ValueError(
                f"ConvEncoder takes images of 8 x 8 pixels at least, (height, width) or (channels, "
                f"height, width); found elements of shape {shape}."
            )
        n_in = 1 if len(shape) == 2 else shape[0]
        sides = list(shape[-2:])
        layers: list[nn.Module] = []
        for n_out in channels:
            is_first = not layers
            width = 5 if is_first else 3
            padding = 0 if min(sides) - (width - 1) >= SMALLEST else width // 2
            # A norm takes out any bias.
            layers.append(nn.Conv2d(n_in, n_out, width, padding=padding, bias=is_first))
            sides = [side - (width - 1) + 2 * padding for side in sides]
            if min(sides) > LARGEST:
                # Before the rest, which then runs on a quarter of the pixels.
                layers.append(nn.MaxPool2d(2))
                sides = [side // 2 for side in sides]
            if not is_first:
                layers.append(nn.GroupNorm(1 if n_out % GROUP else n_out // GROUP, n_out))
            layers.append(nn.ReLU(inplace=True))
            n_in = n_out
        # Features that saturate make errors small or whole, so that they do not add up in a sum.
        layers += [nn.Flatten(), Linear(n_in * sides[0] * sides[1], out_features), nn.Tanh()]
        super().__init__(*layers)
        # On a CPU convolutions are half again as fast with the channels last in memory.
        self.to(memory_format=torch.channels_last)  # type: ignore[call-overload]

    def forward(self, images: Tensor) -> Tensor:
        """Map (M, H, W) or (M, C, H, W) to (M, out_features)."""
        x = images.to(next(self.parameters()).dtype)
        if images.dtype == torch.uint8:
            x = x / 255
        x = x.unsqueeze(1) if x.ndim == 3 else x
        return super().forward(x.contiguous(memory_format=torch.channels_last))


class TokenEmbedding(nn.Module):
    """A learned vector a token; unknown tokens get the mean of the learned vectors.

    Parameters
    ----------
    n_tokens : int
        Number of known tokens; they are 1 to ``n_tokens``, and 0 is an unknown one.
    dim : int

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import TokenEmbedding
    >>> TokenEmbedding(10, 4)(torch.tensor([1, 10, 0])).shape
    torch.Size([3, 4])
    """

    def __init__(self, n_tokens: int, dim: int) -> None:
        super().__init__()
        n_tokens, dim = check_width(n_tokens, "n_tokens", least=0), check_width(dim, "dim")
        self.weight = nn.Parameter(torch.randn(n_tokens, dim))

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (M,) int64 to (M, dim)."""
        # The mean and a copy of all vectors take longer than the rest of a step where there are
        # many tokens, and unknown ones are rare. A GPU is not waited for.
        if not tokens.is_cuda and not bool((tokens == 0).any()):
            return F.embedding(tokens - 1, self.weight)
        unknown = self.weight.mean(dim=0, keepdim=True)
        return F.embedding(tokens, torch.cat([unknown, self.weight]))


class CategoryEmbedding(nn.Module):
    """Elements with categorical features: the numbers, then a learned vector a category.

    An unknown category gets the mean of the learned vectors of its feature.

    Parameters
    ----------
    in_features : int
    n_categories : dict of int to int
        Number of known categories of each categorical feature, by its place. They are 1 to that
        number, and 0 is an unknown one.
    dim : int
        Length of the vector of a category.

    Attributes
    ----------
    out_features : int

    Examples
    --------
    >>> import torch
    >>> from sksets.nn import CategoryEmbedding
    >>> embedding = CategoryEmbedding(3, {1: 10}, dim=4)
    >>> embedding(torch.tensor([[0.5, 10.0, 1.5], [0.1, 0.0, 0.2]])).shape
    torch.Size([2, 6])
    """

    numeric: Tensor

    def __init__(self, in_features: int, n_categories: dict[int, int], dim: int) -> None:
        super().__init__()
        self.categorical = tuple(n_categories)
        numeric = [j for j in range(in_features) if j not in n_categories]
        self.register_buffer("numeric", torch.tensor(numeric, dtype=torch.int64))
        self.embeddings = nn.ModuleList(TokenEmbedding(n, dim) for n in n_categories.values())
        self.out_features = len(numeric) + len(self.categorical) * dim

    def forward(self, values: Tensor) -> Tensor:
        """Map (M, in_features) to (M, out_features)."""
        parts = [values.index_select(1, self.numeric)]
        for column, embedding in zip(self.categorical, self.embeddings, strict=True):
            parts.append(embedding(values[:, column].long()))
        return torch.cat(parts, dim=1)
