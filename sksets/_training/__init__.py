"""How a network is trained on packed sets, and asked for its outputs."""

from sksets._training.batches import batch_size_of
from sksets._training.device import DTYPES
from sksets._training.estimator import BaseNetworkEstimator, require_finite
from sksets._training.extremes import level_of_user
from sksets._training.layer_sizes import check_layer_sizes
from sksets._training.parameters import NETWORK_ATTRIBUTES, TRAINING_PARAMETERS
from sksets._training.split import validation_split

__all__ = [
    "BaseNetworkEstimator",
    "DTYPES",
    "NETWORK_ATTRIBUTES",
    "TRAINING_PARAMETERS",
    "batch_size_of",
    "check_layer_sizes",
    "level_of_user",
    "require_finite",
    "validation_split",
]
