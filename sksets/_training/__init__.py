"""How a network is trained on packed sets, and asked for its outputs."""

from sksets._training.dataset import PackedDataset
from sksets._training.estimator import DTYPES, BaseSetEstimator
from sksets._training.net import SetLoss
from sksets._training.split import validation_split

__all__ = [
    "BaseSetEstimator",
    "DTYPES",
    "PackedDataset",
    "SetLoss",
    "validation_split",
]
