"""From the elements that a user gives to those that a network pools."""

import copy
from collections.abc import Iterable
from typing import Self

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._equivariant_stack import EquivariantStack
from sksets.nn._mlp import Linear
from sksets.nn._module import SetModule
from sksets.nn._normalize import FeatureScaler, SetNormalize
from sksets.nn._steps import SteppedLayer, Steps, all_pools, finish_steps, run_whole


class EncodedElements(SetModule):
    """Base of the networks that read elements: normalizer -> element encoder -> phi -> stack.

    A subclass has a ``rho``, whose parameters say of which type the network is.
    """

    phi: nn.Sequential
    stack: EquivariantStack
    rho: nn.Module

    def __init__(
        self, normalizer: FeatureScaler | SetNormalize | None, element_encoder: nn.Module | None
    ) -> None:
        super().__init__()
        self.normalizer: FeatureScaler | SetNormalize | None = normalizer
        self.element_encoder = element_encoder

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
        return values.to(next(self.rho.parameters()).dtype)

    def after_encoder(self) -> Self:
        """Return the network that takes what the encoder gives; it shares all weights."""
        other = copy.copy(self)
        other._modules = {**self._modules, "element_encoder": None}
        return other

    @property
    def elements_meet(self) -> bool:
        """Whether what is pooled of an element depends on the other elements of its set."""
        # A scaler and a stack without blocks ask for no pool.
        return any(
            isinstance(layer, SteppedLayer)
            and not isinstance(layer, FeatureScaler | EquivariantStack)
            for layer in self.modules()
        )

    @property
    def n_element_layers(self) -> int:
        """Number of the layers before the pooling that element_features knows, one at least."""
        # Without a layer the encoded elements are what is pooled.
        return max(1, len(self._layers()))

    def _layers(self) -> list[nn.Module]:
        """Return the layers between encoder and pooling, each with the activation before it."""
        layers: list[nn.Module] = []
        group: list[nn.Module] = []
        for part in [*self.phi, *self._last_of_phi()]:
            group.append(part)
            if isinstance(part, Linear):
                layers.append(nn.Sequential(*group))
                group = []
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
        for part in layers[: layer % n_layers + 1]:
            h = (yield from part.steps(h, batch)) if isinstance(part, SteppedLayer) else part(h)
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
        pools = all_pools(lambda piece: self._feature_steps(piece, layer), pieces, size)
        rows = [finish_steps(self._feature_steps(piece, layer), pools) for piece in pieces]
        return torch.cat(rows)
