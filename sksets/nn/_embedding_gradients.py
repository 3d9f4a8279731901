"""Vectors of tokens with their gradients written out; see :mod:`sksets.nn._by_hand`.

A batch has few of many tokens, and autograd makes a gradient of all of them in each step.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional as F

from sksets.nn._encoders import TokenEmbedding

aten = torch.ops.aten


class EmbeddingByHand:
    """y_i = E[t_i - 1], the mean of E where t_i is 0; dE[t - 1] = sum of dy_i over all t_i = t.

    Attributes
    ----------
    gradient : Tensor of shape (n_tokens, dim)
        It is zero but for what was written to it since it was last cleared.
    """

    def __init__(self, embedding: TokenEmbedding) -> None:
        self.weight = embedding.weight
        self.gradient = torch.zeros_like(embedding.weight)
        self.written: list[Tensor] = []
        self.all_written = False

    def clear(self, written: bool = False) -> None:
        """Set the gradient to zero, or what was ``written`` to it alone."""
        if written and not self.all_written:
            for rows in self.written:
                self.gradient.index_fill_(0, rows, 0.0)
        else:
            self.gradient.zero_()
        self.written, self.all_written = [], False
        self.weight.grad = self.gradient

    def forward(self, tokens: Tensor) -> Tensor:
        """Map (M,) int64 to (M, dim)."""
        unknown = tokens == 0
        self.unknown = unknown if bool(unknown.any()) else None
        self.rows = tokens - 1
        if self.unknown is None:
            return F.embedding(self.rows, self.weight)
        self.rows.clamp_(min=0)
        y = F.embedding(self.rows, self.weight)
        y[self.unknown] = self.weight.mean(dim=0)
        return y

    def add_gradients(self, dy: Tensor) -> None:
        """Add the gradient of E; may write to dy."""
        if self.unknown is not None:
            self.gradient += dy[self.unknown].sum(0) / len(self.weight)
            dy[self.unknown] = 0.0
            self.all_written = True
        rows, places = torch.unique(self.rows, return_inverse=True)
        sums = aten.embedding_dense_backward(dy, places, len(rows), -1, False)
        if self.written or self.all_written:
            sums += self.gradient.index_select(0, rows)
        self.gradient.index_copy_(0, rows, sums)
        self.written.append(rows)

    def norm(self) -> Tensor:
        """Return the norm of the gradient."""
        return torch.linalg.vector_norm(self._written()[1])

    def scale(self, factor: Tensor) -> None:
        """Multiply the gradient by a number."""
        rows, values = self._written()
        if rows is None:
            values.mul_(factor)
        else:
            self.gradient.index_copy_(0, rows, values.mul_(factor))

    def _written(self) -> tuple[Tensor | None, Tensor]:
        """Return the rows that may differ from zero, None for all, and their values."""
        if self.all_written or not self.written:
            return None, self.gradient
        rows = self.written[0] if len(self.written) == 1 else torch.cat(self.written).unique()
        return rows, self.gradient.index_select(0, rows)


def is_embedding(encoder: nn.Module | None) -> bool:
    """Whether the gradient of an encoder is written out here."""
    # To know which tokens there are, a GPU would be waited for.
    return (
        type(encoder) is TokenEmbedding
        and encoder.weight.device.type == "cpu"
        and encoder.weight.requires_grad
        # Without any token that is known there is no vector to look up.
        and len(encoder.weight) > 0
    )
