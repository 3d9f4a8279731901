"""How well each item of a set belongs to the others: a query for each, which leaves it out."""

import numpy as np

from sksets._blocks import slices_by_cost
from sksets._fitting import fitted
from sksets._lazy import torch
from sksets._ranking.base import BLOCK_BYTES, exclude_items
from sksets._ranking.items import take_items
from sksets._set_array import SetArray, offsets_from_sizes


class LeaveOneOutMixin:
    """Mixin, left of :class:`BaseItemRanker`: sets are scored by what their other items say.

    The ranker knows in ``_is_known`` (n_items,) which items it can score.
    """

    @fitted
    def score_samples(self, X):
        r"""Return how well the items of each set belong together: the lower, the odder the set.

        The mean log score of each of the n items given the others,

        .. math:: \frac 1 n \sum_{x \in X} \Big(s(x | X \setminus x) -
            \log \sum_{x' \notin X \setminus x} \exp s(x' | X \setminus x)\Big),

        the inner sum over all known items but the others of the set: as in ``score``, a hidden
        item competes with all that are not in the query. Where training was by the softmax it is
        an estimate of the mean log probability of each item given the others. A set of frequent
        items scores higher than one of rare items; in :meth:`sksets.BayesianSets.score_samples`
        an item's own frequency cancels.

        Items of which nothing is known, as those that had neither training nor features, are left
        out. A vector that is no item of ``vocabulary_`` is asked about with the others, but its
        own score is not in the mean.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        scores : ndarray of shape (n_sets,)
            At most zero. NaN where there is nothing to score an item by: for a set of one item
            that has no context, and for an empty set.

        Raises
        ------
        ValueError
            For an item that is not known, unless ``unknown_items="ignore"``, or twice in a set;
            the message names it and the set.
        """
        sets, ids = self._check_query(X, allow_empty=True)
        if self.vocabulary_.ndim == 1:
            sets = ids  # their names say no more, and strings are slow to take
        known = (ids.values < 0) | self._is_known[ids.values]
        sets, ids = take_items(sets, known), take_items(ids, known)
        can_query = ids.sizes > (ids.context is None)
        elements = np.flatnonzero((ids.values >= 0) & can_query[ids.set_ids])
        log_scores = self._left_out_scores(sets, ids, elements)
        owners, n_sets = ids.set_ids[elements], len(ids)
        counts = np.bincount(owners, minlength=n_sets)
        totals = np.bincount(owners, weights=log_scores, minlength=n_sets)
        return np.divide(totals, counts, out=np.full(n_sets, np.nan), where=counts > 0)

    def _left_out_scores(self, sets, ids, elements):
        """Return the log score of each of some elements given the others of its set."""
        n_items = len(self.vocabulary_)
        everything = np.arange(n_items)
        state = self._candidate_state(everything)
        # Numbers in memory for each query: its elements, and the scores of all items.
        n_others = ids.sizes[ids.set_ids[elements]] - 1
        costs = n_items + n_others * max(1, int(np.prod(sets.element_shape)))
        log_scores = np.empty(len(elements))
        for rows in slices_by_cost(costs, BLOCK_BYTES // 8):
            left_out = elements[rows]
            queries = leave_out(ids, left_out)
            scores = self._score_block(leave_out(sets, left_out), queries, state)
            own = scores[np.arange(len(scores)), ids.values[left_out]]
            exclude_items(scores, queries, everything, n_items)
            # torch is several times as fast as numpy.
            totals = torch.logsumexp(torch.from_numpy(scores), dim=1).numpy()
            log_scores[rows] = np.minimum(own - totals, 0)  # but for rounding it is
        return log_scores


def leave_out(sets, elements):
    """Return the set of each of some elements without it, one query for each, with its context.

    Parameters
    ----------
    sets : SetArray
    elements : ndarray of shape (n_queries,)
        Rows of ``sets.values``.
    """
    owners = sets.set_ids[elements]
    sizes = sets.sizes[owners] - 1
    offsets = offsets_from_sizes(sizes)
    starts = sets.offsets[owners] - offsets[:-1]
    rows = np.arange(offsets[-1]) + np.repeat(starts, sizes)
    rows += rows >= np.repeat(elements, sizes)
    return SetArray(
        sets.values[rows], offsets, None if sets.context is None else sets.context[owners]
    )
