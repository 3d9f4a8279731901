"""Ranks of the relevant items of sets among all candidates, and their summaries."""

import numpy as np

from sksets._arguments import check_count
from sksets._set_array import element_position, offsets_from_sizes
from sksets._validation import check_same_n_sets, check_scores, flatten_values, read_indices


def item_ranks(y_true, scores, *, exclude=None):
    """Ranks of the relevant items of each set among all candidates.

    The other relevant items of a set are candidates as well, so that at most one of them has
    rank 1. This is how Zaheer et al. (2017), section 4.2.1, rank the words of a vocabulary: the
    query is the first five words of a set, the relevant ones are the others of that set.

    Parameters
    ----------
    y_true : list of int arrays, or any container of sets
        The relevant items of each set: indices of columns of `scores`.
    scores : array-like of shape (n_sets, n_items)
        A score of each candidate for each set, higher for better. Infinite scores are allowed.
    exclude : as `y_true`, default=None
        Items that are no candidates, such as those of the query: they count as scored -inf.

    Returns
    -------
    ranks : list of ndarray
        One array a set, in the order of `y_true`; 1 is the best. Items with equal scores share
        the mean of their ranks, as ``scipy.stats.rankdata(-scores)`` does. A set without a
        relevant item has an empty array.

    Raises
    ------
    ValueError
        If the numbers of sets differ, an index is out of range, twice in a set, or both relevant
        and excluded, or a score is NaN.

    See Also
    --------
    recall_at_k, mean_reciprocal_rank, median_rank : Summaries of the ranks.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> from sksets.metrics import item_ranks
    >>> item_ranks([[1, 3], [0]], [[0.9, 0.5, 0.1, 0.2], [0.3, 0.3, 0.1, 0.9]], exclude=[[0], []])
    [array([1., 2.]), array([2.5])]
    """
    scores = check_scores(scores, "scores")
    n_items = scores.shape[1]
    y_true, relevant_keys = read_indices(y_true, n_items, "y_true")
    check_same_n_sets(len(scores), len(y_true), "scores", "y_true")
    if exclude is not None:
        exclude, excluded_keys = read_indices(exclude, n_items, "exclude")
        check_same_n_sets(len(exclude), len(y_true), "exclude", "y_true")
        if (both := np.intersect1d(relevant_keys, excluded_keys)).size:
            i, column = divmod(int(both[0]), n_items)
            raise ValueError(
                f"Item {column} of set {i} is in y_true and in exclude. An excluded item has no "
                "rank: leave it out of one of them."
            )
    ranks = []
    for i, relevant in enumerate(y_true):
        row = scores[i]
        if exclude is not None:
            row = row.copy()
            row[exclude[i]] = -np.inf
        # Sorted once a set. Items of one score have the ranks from better + 1 to as_good: theirs is
        # the mean of these.
        ordered = np.sort(row)
        better = n_items - np.searchsorted(ordered, row[relevant], side="right")
        as_good = n_items - np.searchsorted(ordered, row[relevant], side="left")
        ranks.append((better + 1 + as_good) / 2)
    return ranks


def _pool(ranks):
    """Return the ranks of all sets in one array."""
    flat, sizes = flatten_values(ranks, "ranks")
    if not len(flat):
        raise ValueError("ranks has no value: no set has a relevant item.")
    flat = flat.astype(np.float64)
    if (wrong := ~(flat >= 1)).any():
        index = int(np.argmax(wrong))
        where = f"element {index}"
        if sizes is not None:
            where = element_position(offsets_from_sizes(sizes), index)
        raise ValueError(f"Ranks are 1 or more, 1 for the best; that of {where} is {flat[index]}.")
    return flat


def recall_at_k(ranks, k):
    """Share of the relevant items of all sets that are among the first k.

    Parameters
    ----------
    ranks : list of arrays, or flat array
        What :func:`item_ranks` returns; the ranks of all sets are pooled.
    k : int
        The greatest rank that counts, 1 or more. Items whose tied rank is above k, 10.5 for k 10,
        do not count.

    Returns
    -------
    recall : float
        Between 0 and 1. It cannot reach 1 where a set has more than k relevant items.

    Raises
    ------
    ValueError
        If there is no rank, one is below 1, or k is.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30. Table 3.

    Examples
    --------
    >>> from sksets.metrics import recall_at_k
    >>> recall_at_k([[1, 12], [3, 10]], k=10)
    0.75
    """
    k = check_count(k, "k", 1)
    return float(np.mean(_pool(ranks) <= k))


def mean_reciprocal_rank(ranks):
    """Mean of 1 / rank over the relevant items of all sets.

    All relevant items count, not only the best one of each set. The measure of Zaheer et al.
    (2017), Table 3.

    Parameters
    ----------
    ranks : list of arrays, or flat array
        What :func:`item_ranks` returns; the ranks of all sets are pooled.

    Returns
    -------
    mrr : float
        Above 0, at most 1; higher is better.

    Raises
    ------
    ValueError
        If there is no rank, or one is below 1.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> from sksets.metrics import mean_reciprocal_rank
    >>> mean_reciprocal_rank([[1, 4], [2, 4]])
    0.5
    """
    return float(np.mean(1 / _pool(ranks)))


def median_rank(ranks):
    """Median of the ranks of the relevant items of all sets.

    Parameters
    ----------
    ranks : list of arrays, or flat array
        What :func:`item_ranks` returns; the ranks of all sets are pooled.

    Returns
    -------
    median : float
        1 or more; lower is better.

    Raises
    ------
    ValueError
        If there is no rank, or one is below 1.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30. Table 3.

    Examples
    --------
    >>> from sksets.metrics import median_rank
    >>> median_rank([[1, 700], [20, 30]])
    25.0
    """
    return float(np.median(_pool(ranks)))
