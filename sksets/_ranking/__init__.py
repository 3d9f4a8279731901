"""Rankers: which items belong to a set."""

from sksets._ranking.base import BaseItemRanker
from sksets._ranking.bayesian_sets import BayesianSets
from sksets._ranking.expander import SetExpander
from sksets._ranking.item_features import read_real_features
from sksets._ranking.items import read_hidden
from sksets._ranking.membership import membership

__all__ = [
    "BaseItemRanker",
    "BayesianSets",
    "SetExpander",
    "membership",
    "read_hidden",
    "read_real_features",
]
