"""Simple rivals: what a model of sets must be able to beat."""

from sksets.baselines._cooccurrence import CooccurrenceRanker
from sksets.baselines._nearest import NearestRanker
from sksets.baselines._popularity import PopularityRanker

__all__ = ["CooccurrenceRanker", "NearestRanker", "PopularityRanker"]
