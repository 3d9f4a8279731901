"""From the elements that a user gives to those that a network pools."""

import copy
from collections.abc import Iterable, Iterator, Sequence
from typing import Self

import torch
from torch import Tensor, nn

from sksets._names import check_name
from sksets._probe import type_of
from sksets.nn._batch import SetBatch
from sksets.nn._equivariant_stack import EquivariantStack
from sksets.nn._layer_steps import conditioned_steps, layer_steps, reads_sets, unrolled
from sksets.nn._module import SetModule
from sksets.nn._normalize import FeatureScaler, SetNormalize
from sksets.nn._steps import Steps, all_pools, finish_steps, run_whole

CONTEXT_IN = ("both", "phi", "rho")


class EncodedElements(SetModule):
    """Base of the networks that read elements: normalizer -> element encoder -> phi -> stack.

    A subclass has ``phi`` and ``rho``; the parameters of rho say of which type the network is.

    Parameters
    ----------
    normalizer : FeatureScaler, SetNormalize or None
    element_encoder : Module or None
    context_features : int
        Width of the context.
    context_in : {"rho", "phi", "both"}
        What the context is given to.
    """

    phi: nn.Module
    stack: EquivariantStack
    rho: nn.Module

    def __init__(
        self,
        normalizer: FeatureScaler | SetNormalize | None,
        element_encoder: nn.Module | None,
        context_features: int,
        context_in: str,
    ) -> None:
        super().__init__()
        self.normalizer: FeatureScaler | SetNormalize | None = normalizer
        self.element_encoder = element_encoder
        check_name(context_in, CONTEXT_IN, "context_in")
        # Whether phi is phi(x | z), and the width of the context that rho takes.
        self.conditioned = context_features > 0 and context_in != "rho"
        self.rho_context = 0 if context_in == "phi" else context_features

    def _check_conditioned(self, phi_layer_sizes: Sequence[int]) -> None:
        if self.conditioned and not phi_layer_sizes:
            raise ValueError(
                "context_in='phi' gives the context to the first layer of phi, which has none: "
                "phi_layer_sizes=(). Give phi a layer, or use context_in='rho'."
            )

    def _encode(self, batch: SetBatch) -> Steps:
        h = self._cast(batch.values)
        if self.normalizer is not None:
            h = yield from self.normalizer.steps(h, batch)
        return h if self.element_encoder is None else self.element_encoder(h)

    def _cast(self, values: Tensor) -> Tensor:
        # An encoder of tokens or of bytes gets its integers as they are.
        encoded = self.element_encoder is not None and self.normalizer is None
        if encoded and not values.is_floating_point():
            return values
        return values.to(type_of(self))

    def _phi_steps(self, h: Tensor, batch: SetBatch, last: nn.Module | None = None) -> Steps:
        """Return phi(x), or phi(x | z), of the elements, and what the layer behind it makes."""
        layers = [self.phi] if last is None else [self.phi, last]
        if self.conditioned:
            return (yield from conditioned_steps(layers, h, batch))
        for layer in layers:
            h = yield from layer_steps(layer, h, batch)
        return h

    def _of_rho(self, context: Tensor | None) -> Tensor | None:
        """Return the context if rho takes it."""
        return context if self.rho_context else None

    def _in_context(self, pieces: Iterable[SetBatch], context: Tensor | None) -> Iterable[SetBatch]:
        """Return the pieces of a set with its context, if phi takes it."""
        return InContext(pieces, context) if self.conditioned else pieces

    def after_encoder(self) -> Self:
        """Return the network that takes what the encoder gives; it shares all weights."""
        other = copy.copy(self)
        other._modules = {**self._modules, "element_encoder": None}
        return other

    @property
    def elements_meet(self) -> bool:
        """Whether what is pooled of an element depends on the other elements of its set."""
        blocks = len(self.stack.blocks) > 0
        return isinstance(self.normalizer, SetNormalize) or blocks or reads_sets(self.phi)

    @property
    def n_element_layers(self) -> int:
        """Number of the layers before the pooling that element_features knows, one at least."""
        # Without a layer the encoded elements are what is pooled.
        return max(1, len(self._layers()))

    def _layers(self) -> list[nn.Module]:
        """Return the layers between encoder and pooling, each with the activation before it."""
        layers: list[nn.Module] = []
        group: list[nn.Module] = []
        for part in [*unrolled(self.phi), *self._last_of_phi()]:
            group.append(part)
            if isinstance(part, nn.Linear):
                layers.append(nn.Sequential(*group))
                group = []
        if group:
            # A phi of the user may end with an activation.
            layers.append(nn.Sequential(*group))
        return [*layers, *self.stack.blocks]

    def _last_of_phi(self) -> list[nn.Module]:
        """Return the layer of phi that may run after the pooling, if there is one."""
        return []

    def _feature_steps(self, batch: SetBatch, layer: int) -> Steps:
        layers, n_layers = self._layers(), self.n_element_layers
        if not -n_layers <= layer < n_layers:
            raise IndexError(
                f"layer must be from {-n_layers} to {n_layers - 1}: the network has {len(layers)} "
                f"layers before the pooling; found {layer}."
            )
        h = yield from self._encode(batch)
        wanted = layers[: layer % n_layers + 1]
        if wanted and self.conditioned:
            h = yield from conditioned_steps([wanted.pop(0)], h, batch)
        for part in wanted:
            h = yield from layer_steps(part, h, batch)
        return h

    def element_features(self, batch: SetBatch, layer: int = -1) -> Tensor:
        return run_whole(self._feature_steps(batch, layer), batch)

    def element_features_pieces(
        self,
        pieces: Iterable[SetBatch],
        size: Tensor,
        context: Tensor | None = None,
        layer: int = -1,
    ) -> Tensor:
        pieces = self._in_context(pieces, context)
        pools = all_pools(lambda piece: self._feature_steps(piece, layer), pieces, size)
        rows = [finish_steps(self._feature_steps(piece, layer), pools) for piece in pieces]
        return torch.cat(rows)


class InContext:
    """Pieces of one set, each with the context of the set.

    Parameters
    ----------
    pieces : iterable of SetBatch
    context : Tensor of shape (1, p) or None
    """

    def __init__(self, pieces: Iterable[SetBatch], context: Tensor | None) -> None:
        self.pieces = pieces
        self.context = context

    def __iter__(self) -> Iterator[SetBatch]:
        for piece in self.pieces:
            piece = piece.replace(piece.values)
            piece.context = self.context
            yield piece
