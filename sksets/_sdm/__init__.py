"""Support distribution machines: kernels between sets in solvers of scikit-learn."""

from sksets._sdm.classifier import SDMClassifier
from sksets._sdm.regressor import SDMRegressor

__all__ = [
    "SDMClassifier",
    "SDMRegressor",
]
