"""Displays of what estimators say about sets and their elements; matplotlib draws them."""

from sksets.plotting._contributions import ElementContributionDisplay
from sksets.plotting._expansion import ExpansionDisplay
from sksets.plotting._maximal_activation import MaximalActivationDisplay
from sksets.plotting._outliers import SetOutlierDisplay
from sksets.plotting._point_clouds import PointCloudDisplay
from sksets.plotting._population_statistics import PopulationStatisticDisplay
from sksets.plotting._predictions import ElementPredictionDisplay

__all__ = [
    "ElementContributionDisplay",
    "ElementPredictionDisplay",
    "ExpansionDisplay",
    "MaximalActivationDisplay",
    "PointCloudDisplay",
    "PopulationStatisticDisplay",
    "SetOutlierDisplay",
]
