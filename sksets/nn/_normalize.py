"""Scaling of the elements, inside the network so that it is saved and moved with it."""

from collections.abc import Generator

import torch
from torch import Tensor, nn

from sksets.nn._batch import SetBatch
from sksets.nn._pooling import MeanPooling, SetPooling

Request = tuple[SetPooling, Tensor]


class FeatureScaler(nn.Module):
    """(x - mean) / scale, with fixed mean and scale.

    Parameters
    ----------
    mean, scale : Tensor of shape (*element_shape) or ()
    """

    mean: Tensor
    scale: Tensor

    def __init__(self, mean: Tensor, scale: Tensor) -> None:
        super().__init__()
        self.register_buffer("mean", mean)
        self.register_buffer("scale", scale)

    def steps(self, h: Tensor, batch: SetBatch) -> Generator[Request, Tensor, Tensor]:
        """Return the scaled elements; asks for no pooled term."""
        return (h - self.mean) / self.scale
        yield


class SetNormalize(nn.Module):
    """Each set by itself: zero mean of each axis, unit global variance.

    y_i = (x_i - mean(x)) / sqrt(mean over elements and axes of (x - mean(x))^2). A set whose
    elements are equal becomes zeros.
    """

    def __init__(self) -> None:
        super().__init__()
        self.pool = MeanPooling(1)

    def steps(self, h: Tensor, batch: SetBatch) -> Generator[Request, Tensor, Tensor]:
        """Return the normalised elements (M, d); asks for the mean and for the variance."""
        mean = yield self.pool, h
        centred = h - mean[batch.set_ids]
        variance = yield self.pool, centred.square().mean(dim=1, keepdim=True)
        scale = torch.where(variance > 0, variance, 1.0).sqrt()
        return centred / scale[batch.set_ids]
