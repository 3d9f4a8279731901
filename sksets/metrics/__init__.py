"""Scores of predictions, one value an element, and scorers for scikit-learn's searches."""

from sksets.metrics._element_scorer import element_scorer
from sksets.metrics._redshift_scatter import redshift_scatter

__all__ = ["element_scorer", "redshift_scatter"]
