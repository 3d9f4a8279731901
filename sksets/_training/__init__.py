"""How a network is trained on packed sets, and asked for its outputs."""

from sksets._training.batches import PackedIterator
from sksets._training.dataset import PackedDataset
from sksets._training.estimator import DTYPES, BaseSetEstimator
from sksets._training.net import SetLoss
from sksets._training.parameters import NETWORK_ATTRIBUTES, TRAINING_PARAMETERS
from sksets._training.split import validation_split

__all__ = [
    "BaseSetEstimator",
    "DTYPES",
    "NETWORK_ATTRIBUTES",
    "PackedDataset",
    "PackedIterator",
    "SetLoss",
    "TRAINING_PARAMETERS",
    "validation_split",
]
