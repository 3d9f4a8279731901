"""The five figures by which the paper judges a ranking (Zaheer et al., 2017, Table 3)."""

from sksets.metrics import mean_reciprocal_rank, median_rank, recall_at_k


def figures(ranks):
    """Return recall at 10, 100 and 1,000 (%), mean reciprocal rank and median rank."""
    recalls = [100 * recall_at_k(ranks, k) for k in (10, 100, 1000)]
    return [*recalls, mean_reciprocal_rank(ranks), median_rank(ranks)]
