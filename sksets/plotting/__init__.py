"""Displays of what estimators say about the elements of sets; matplotlib draws them."""

from sksets.plotting._outliers import SetOutlierDisplay
from sksets.plotting._predictions import ElementPredictionDisplay

__all__ = ["ElementPredictionDisplay", "SetOutlierDisplay"]
