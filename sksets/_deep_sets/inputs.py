"""What stands before phi: augmentation, the encoder of the elements and their normaliser."""

import copy

import numpy as np
import torch

from sksets._moments import weighted_moments
from sksets._probe import output_width
from sksets.augmentation import RandomRotation, RandomScale, RandomShift
from sksets.nn import (
    CategoryEmbedding,
    ConvEncoder,
    FeatureScaler,
    SetNormalize,
    TokenEmbedding,
)

AUGMENTATIONS = ("rotation", "scale", "shift")
# Side of an image over the pixels that "shift" moves it by at most: two of 28.
SIDE_PER_SHIFT = 14


def build_augmentation(augmentation, shape):
    """Return what changes training batches, or None.

    Parameters
    ----------
    augmentation : callable, one of AUGMENTATIONS, or None
    shape : tuple of int
        Shape of an element.
    """
    if not isinstance(augmentation, str):
        return augmentation
    if augmentation == "shift":
        if len(shape) not in (2, 3):
            raise ValueError(
                "augmentation='shift' is for images, (height, width) or (channels, height, width); "
                f"found elements of shape {shape}."
            )
        return RandomShift(max(1, min(shape[-2:]) // SIDE_PER_SHIFT))
    return RandomRotation() if augmentation == "rotation" else RandomScale()


def build_encoder(
    encoder, shape, dtype, *, n_tokens=0, embedding_dim=None, token_std=1.0, n_categories=None
):
    """Return the module that makes vectors of elements, or None, and the width of the vectors.

    Parameters
    ----------
    encoder : "conv", torch.nn.Module or None
        A module is copied.
    shape : tuple of int
        Shape of an element, () for tokens.
    dtype : torch.dtype
        Type of the network.
    n_tokens, embedding_dim : int
        Size of the vocabulary and of the embeddings of tokens.
    token_std : float
        Standard deviation of the embeddings of tokens at first.
    n_categories : dict of int to int, default=None
        Number of categories of each categorical column, by its place.
    """
    if shape == ():
        if encoder is not None:
            raise ValueError(
                "element_encoder is for elements that are numbers; tokens are embedded. Use "
                "element_encoder=None and embedding_dim."
            )
        embedding = TokenEmbedding(n_tokens, embedding_dim)
        with torch.no_grad():
            embedding.weight *= token_std
        return embedding, embedding_dim
    if n_categories:
        if encoder is not None:
            raise ValueError(
                "element_encoder is for elements that are numbers; categorical features are "
                "embedded. Use element_encoder=None and embedding_dim."
            )
        embedding = CategoryEmbedding(shape[0], n_categories, embedding_dim)
        return embedding, embedding.out_features
    if encoder is None:
        return None, shape[0]
    encoder = ConvEncoder(shape) if encoder == "conv" else copy.deepcopy(encoder)
    encoder = encoder.to(dtype)
    return encoder, _encoded_width(encoder, shape, dtype)


def _encoded_width(encoder, shape, dtype):
    """Return h of an encoder (M, *shape) -> (M, h), found by giving it two elements."""
    expected = f"element_encoder must map (M, {', '.join(map(str, shape))}) to (M, h)"
    return output_width(encoder, encoder, torch.zeros(2, *shape, dtype=dtype), expected)


def build_normalizer(normalize, sets, weight=None, categorical=(), encoder=None):
    """Return the layer that scales elements before they are cast, or None.

    Parameters
    ----------
    normalize : {"features", "set"} or None
    sets : SetArray
        The training sets, from which the scales are learned.
    weight : ndarray of shape (n_elements,), default=None
    categorical : sequence of int, default=()
        Columns that are left as they are.
    encoder : "conv", torch.nn.Module or None, default=None
        What the elements are given to: a ConvEncoder takes bytes as shares of 255.
    """
    values = sets.codes
    if values.ndim == 1 or len(categorical) == values.shape[1]:
        return None
    if normalize is None:
        if values.dtype == np.uint8 and (encoder == "conv" or isinstance(encoder, ConvEncoder)):
            return FeatureScaler(*torch.tensor([0.0, 255.0], dtype=torch.float64))
        return None
    if normalize == "set":
        numeric = [j for j in range(values.shape[1]) if j not in categorical]
        # Of two axes, an element may as well be a point with its neighbours.
        images = encoder == "conv" or isinstance(encoder, ConvEncoder) or values.ndim > 3
        return SetNormalize(numeric if len(categorical) else None, images)
    mean, scale = weighted_moments(values, weight)
    mean[list(categorical)], scale[list(categorical)] = 0.0, 1.0
    if values.ndim > 2:
        # Pixels share one scale, as a convolution shares its weights between them.
        scale = np.sqrt(np.mean(scale**2 + (mean - mean.mean()) ** 2))
        mean = mean.mean()
    return FeatureScaler(torch.as_tensor(mean), torch.as_tensor(scale))
