"""Batches for augmentations, and one of each kind."""

import torch

from sksets.augmentation import (
    Compose,
    DropElements,
    Jitter,
    RandomRotation,
    RandomScale,
    RandomShift,
)
from sksets.nn import SetBatch

SIZES = (3, 0, 1, 40)
AUGMENTATIONS = [
    RandomRotation(0.5, axis=(1, 2, 3)),
    RandomScale(1.5),
    Jitter(0.1, clip=0.2),
    RandomShift(2),
    DropElements(0.5),
    Compose([RandomScale(1.2, per_axis=False), DropElements(0.3)]),
]
# Turns, and stretches, of points of space with their neighbours.
BLOCKS = ((0, 1, 2), (3, 4, 5), (6, 7, 8, 9, 10, 11))


def make_batch(*element_shape, dtype=torch.float64, **parts):
    """Return four sets, one of them empty, of random elements."""
    generator = torch.Generator().manual_seed(1)
    offsets = torch.tensor([0, *SIZES]).cumsum(0)
    shape = (int(offsets[-1]), *element_shape)
    values = torch.randn(shape, generator=generator, dtype=torch.float64)
    if dtype == torch.uint8:
        values = (values.abs() * 100).clamp(max=255)
    return SetBatch(values.to(dtype), offsets, **parts)


def batch_for(augmentation, dtype=torch.float64, **parts):
    shape = (6, 5) if isinstance(augmentation, RandomShift) else (3,)
    return make_batch(*shape, dtype=dtype, **parts)


def seeded(seed=0):
    return torch.Generator().manual_seed(seed)
