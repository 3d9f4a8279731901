"""Displays of what estimators say about sets and their elements; matplotlib draws them."""

from sksets.plotting._expansion import ExpansionDisplay
from sksets.plotting._outliers import SetOutlierDisplay
from sksets.plotting._point_clouds import PointCloudDisplay
from sksets.plotting._population_statistics import PopulationStatisticDisplay
from sksets.plotting._predictions import ElementPredictionDisplay

__all__ = [
    "ElementPredictionDisplay",
    "ExpansionDisplay",
    "PointCloudDisplay",
    "PopulationStatisticDisplay",
    "SetOutlierDisplay",
]
