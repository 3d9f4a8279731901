"""Deep Sets: one output a set, or one output an element."""

from sksets._deep_sets.classifier import DeepSetsClassifier
from sksets._deep_sets.element_classifier import DeepSetsElementClassifier
from sksets._deep_sets.element_regressor import DeepSetsElementRegressor
from sksets._deep_sets.outlier_detector import SetOutlierDetector
from sksets._deep_sets.outlier_labels import lies_in_its_set, mark_outliers
from sksets._deep_sets.regressor import DeepSetsRegressor

__all__ = [
    "DeepSetsClassifier",
    "DeepSetsElementClassifier",
    "DeepSetsElementRegressor",
    "DeepSetsRegressor",
    "SetOutlierDetector",
    "lies_in_its_set",
    "mark_outliers",
]
