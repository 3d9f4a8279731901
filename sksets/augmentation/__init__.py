"""Random changes of training batches, which the estimators take as ``augmentation``."""

from sksets.augmentation._compose import Compose
from sksets.augmentation._drop_elements import DropElements
from sksets.augmentation._jitter import Jitter
from sksets.augmentation._random_rotation import RandomRotation
from sksets.augmentation._random_scale import RandomScale
from sksets.augmentation._random_shift import RandomShift

__all__ = [
    "Compose",
    "DropElements",
    "Jitter",
    "RandomRotation",
    "RandomScale",
    "RandomShift",
]
