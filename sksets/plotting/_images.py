"""Elements that are images, as matplotlib draws them."""

import numpy as np

_CHANNELS = (1, 3, 4)


def are_images(shape):
    """Say whether elements of a shape are images: (H, W), (C, H, W) or (H, W, C), C 1, 3 or 4."""
    return len(shape) == 2 or (len(shape) == 3 and bool({shape[0], shape[2]} & {*_CHANNELS}))


def displayable(images):
    """Return images of shape (H, W) or (H, W, C), colours as matplotlib wants them."""
    if images.ndim == 4:
        if images.shape[1] in _CHANNELS:
            images = np.moveaxis(images, 1, -1)
        if images.shape[-1] == 1:
            return images[..., 0]
        if images.dtype.kind == "f" and images.size and not 0 <= images.min() <= images.max() <= 1:
            low, high = images.min(), images.max()
            images = (images - low) / ((high - low) or 1.0)
    return images
