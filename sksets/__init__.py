"""Machine learning on sets for scikit-learn users."""

from typing import TYPE_CHECKING

from sksets._lazy import lazy_names
from sksets._ranking import BayesianSets
from sksets._sdm import SDMClassifier, SDMRegressor
from sksets._set_array import SetArray

if TYPE_CHECKING:
    from sksets._deep_sets import (
        DeepSetsClassifier,
        DeepSetsElementClassifier,
        DeepSetsElementRegressor,
        DeepSetsRegressor,
        SetOutlierDetector,
    )
    from sksets._ranking import SetExpander

# Networks load torch, which what is above does without.
_NETWORKS = (
    "DeepSetsClassifier",
    "DeepSetsElementClassifier",
    "DeepSetsElementRegressor",
    "DeepSetsRegressor",
    "SetOutlierDetector",
)
__getattr__, __dir__ = lazy_names(
    __name__, dict.fromkeys(_NETWORKS, "sksets._deep_sets") | {"SetExpander": "sksets._ranking"}
)
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
