"""From the elements that a user gives to those that a network reads."""

from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._module import SetModule
from sksets.nn._normalize import FeatureScaler, SetNormalize
from sksets.nn._steps import Steps


class EncodedElements(SetModule):
    """Base of the networks that read elements: normalizer -> element encoder.

    A subclass has a ``rho``, whose parameters say of which type the network is.
    """

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
