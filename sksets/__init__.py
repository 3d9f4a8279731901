"""Machine learning on sets for scikit-learn users."""

from sksets._deep_sets import (
    DeepSetsClassifier,
    DeepSetsElementClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SetOutlierDetector,
)
from sksets._ranking import BayesianSets, SetExpander
from sksets._sdm import SDMClassifier, SDMRegressor
from sksets._set_array import SetArray

__version__ = "0.1.0.dev0"

__all__ = [
    "BayesianSets",
    "DeepSetsClassifier",
    "DeepSetsElementClassifier",
    "DeepSetsElementRegressor",
    "DeepSetsRegressor",
    "SDMClassifier",
    "SDMRegressor",
    "SetArray",
    "SetExpander",
    "SetOutlierDetector",
]
