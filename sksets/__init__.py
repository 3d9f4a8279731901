"""Machine learning on sets for scikit-learn users."""

from sksets._bayesian_sets import BayesianSets
from sksets._deep_sets_classifier import DeepSetsClassifier
from sksets._deep_sets_regressor import DeepSetsRegressor
from sksets._element_classifier import DeepSetsElementClassifier
from sksets._element_regressor import DeepSetsElementRegressor
from sksets._expander import SetExpander
from sksets._outlier import SetOutlierDetector
from sksets._sdm_classifier import SDMClassifier
from sksets._sdm_regressor import SDMRegressor
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
