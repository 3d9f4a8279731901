"""Scores of elements, of ranked items and of tags, and scorers for scikit-learn's searches."""

from sksets.metrics._element_scorer import element_scorer
from sksets.metrics._redshift_scatter import redshift_scatter
from sksets.metrics._retrieval import item_ranks, mean_reciprocal_rank, median_rank, recall_at_k
from sksets.metrics._tagging import tagging_scores

__all__ = [
    "element_scorer",
    "item_ranks",
    "mean_reciprocal_rank",
    "median_rank",
    "recall_at_k",
    "redshift_scatter",
    "tagging_scores",
]
