"""Rankers: which items belong to a set."""

from typing import TYPE_CHECKING

from sksets._lazy import lazy_names
from sksets._ranking.base import BaseItemRanker
from sksets._ranking.bayesian_sets import BayesianSets
from sksets._ranking.item_features import read_real_features
from sksets._ranking.items import read_hidden
from sksets._ranking.membership import membership

if TYPE_CHECKING:
    from sksets._ranking.expander import SetExpander

__getattr__, __dir__ = lazy_names(__name__, {"SetExpander": "sksets._ranking.expander"})

__all__ = [
    "BaseItemRanker",
    "BayesianSets",
    "SetExpander",
    "membership",
    "read_hidden",
    "read_real_features",
]
