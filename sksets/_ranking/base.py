"""What the estimators that rank items share: rank, predict, score_candidates, score."""

from abc import ABCMeta, abstractmethod
from numbers import Integral

import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils.validation import check_is_fitted

from sksets._arguments import check_arguments
from sksets._compat import StrOptions
from sksets._fitting import fitted
from sksets._lazy import torch
from sksets._ranking.item_features import named_items, read_item_features
from sksets._ranking.items import (
    as_items,
    check_no_repeats,
    distinct_items,
    encode_items,
    fill_up,
    join_sets,
    learn_items,
    read_hidden,
    read_items,
    take_items,
)
from sksets._set_array import ELEMENT_KINDS, SetArray, refuse_weights
from sksets._validation import validate_sets
from sksets.metrics import item_ranks, mean_reciprocal_rank

# Scores of a block of sets that are in memory at once.
BLOCK_BYTES = 2**25
N_PREDICTED = 10
_NO_HIDDEN_VECTORS = (
    "y must be None where the items are vectors: put them into X, of which a part is hidden."
)


def hide_half(sets, ids, seed=0):
    """Split sets into queries and hidden items, a half of each, rounded down.

    Returns
    -------
    sets, ids, hidden : SetArray
        Of the sets that have an item to hide, and one to show where they have no context.
    """
    keep = np.flatnonzero(sets.sizes >= (2 if sets.context is None else 1))
    sets, ids = sets[keep], ids[keep]
    # From one seed: every score of the same sets is of the same queries.
    keys = np.random.default_rng(seed).uniform(size=len(ids.values))
    place = np.empty(len(keys))
    place[np.lexsort((keys, ids.set_ids))] = np.arange(len(keys)) - np.repeat(
        ids.offsets[:-1], ids.sizes
    )
    # The one item of a set that has a context is hidden.
    shown = place >= np.repeat((ids.sizes + (sets.sizes == 1)) // 2, ids.sizes)
    return take_items(sets, shown), take_items(ids, shown), take_items(ids, ~shown)


class BaseItemRanker(BaseEstimator, metaclass=ABCMeta):
    """Base of the estimators that rank items by how well they belong to a set.

    A subclass calls ``_fit_items`` first in its fit and writes ``_score_block``. It has the
    parameters ``vocabulary``, ``element_kind`` and ``unknown_items``.
    """

    _parameter_constraints: dict = {
        "vocabulary": ["array-like", None],
        "element_kind": [StrOptions(set(ELEMENT_KINDS))],
        "unknown_items": [StrOptions({"error", "ignore"})],
    }

    @fitted
    @check_arguments(exclude_query=["boolean"])
    def rank(self, X, n_items=N_PREDICTED, candidates=None, exclude_query=True):
        """Return the items that belong best to each set.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            The queries: sets of items, of integers or strings as in fit.
        n_items : int, default=10
            How many items to return.
        candidates : array-like of shape (n_candidates,), default=None
            The items to choose from, without repeats; by default all of ``vocabulary_``.
        exclude_query : bool, default=True
            Whether the items of a query come last, with a score of minus infinity.

        Returns
        -------
        items : ndarray of shape (n_sets, n_items)
            Best first.
        scores : ndarray of shape (n_sets, n_items)
            Their scores.

        Raises
        ------
        ValueError
            For an item that is not known, unless ``unknown_items="ignore"``, or twice in a query
            (the message names it and the set), an empty query without a context, candidates that
            are not known, or more ``n_items`` than there are candidates.
        """
        sets, ids = self._check_query(X)
        chosen = self._check_candidates(candidates)
        integer = isinstance(n_items, Integral) and not isinstance(n_items, bool)
        if not integer or not 1 <= n_items <= len(chosen):
            raise ValueError(
                f"n_items must be an integer from 1 to {len(chosen)}, the number of candidates; "
                f"found {n_items!r}."
            )
        best = np.empty((len(sets), n_items), dtype=np.int64)
        scores = np.empty((len(sets), n_items))
        for rows, block in self._score_blocks(sets, ids, chosen):
            if exclude_query:
                exclude_items(block, ids[rows], chosen, len(self.vocabulary_))
            best[rows], scores[rows] = _top(block, n_items)
        return self.vocabulary_[chosen[best]], scores

    @fitted
    def predict(self, X):
        """Return the ten items that belong best to each set, without those of the set itself.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        items : ndarray of shape (n_sets, min(10, n_items))
            Best first. Where fewer are left, the row ends in -1 for items that are integers, in ""
            for strings and in NaN for vectors; so it does for items whose score is minus infinity,
            of which nothing is known.

        Raises
        ------
        ValueError
            As ``rank`` does, or if a row must be filled up and -1, or "", is an item itself.
        """
        check_is_fitted(self)
        items, scores = self.rank(X, min(N_PREDICTED, len(self.vocabulary_)))
        return fill_up(items, np.isneginf(scores), self.vocabulary_)

    @fitted
    def score_candidates(self, X):
        """Return the scores of all items for each set, those of the query included.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        scores : ndarray of shape (n_sets, n_items)
            In the order of ``vocabulary_``. Larger is better.
        """
        sets, ids = self._check_query(X)
        chosen = self._check_candidates(None)
        return np.concatenate([block for _, block in self._score_blocks(sets, ids, chosen)])

    @fitted
    def score(self, X, y=None):
        """Return the mean reciprocal rank of hidden items.

        Each hidden item is ranked among all items but those of the query; the other hidden items
        stay in as competitors, and ties get their mean rank (Zaheer et al., 2017, section 4.2.1).

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            The queries.
        y : list of arrays, SetArray, or array-like of shape (n_sets,), default=None
            The hidden items of each set, or one a set. By default a half of the items of each set
            of X is hidden, always the same half.

        Returns
        -------
        score : float
            Mean over all hidden items of 1 / rank, at most 1.
        """
        check_is_fitted(self)
        # What is hidden must be an item of fit. Of the single vectors of a table nothing is hidden.
        table = self._input_spec.is_table
        sets, ids = self._check_query(X, allow_empty=y is None, allow_unknown=table)
        if y is None or table:
            sets, ids, hidden = hide_half(sets, ids)
            if len(hidden.values) == 0:
                return np.nan
        else:
            if self._input_spec.kind == "numbers":
                raise ValueError(_NO_HIDDEN_VECTORS)
            hidden = encode_items(self._index, read_hidden(y, len(sets), sets.keys), "y")
            if len(hidden.values) == 0:
                raise ValueError("y must hold a hidden item of at least one set; found none.")
            check_no_repeats(self._index, join_sets(ids, hidden)[0], "X and y")
        chosen = self._check_candidates(None)
        ranks = []
        for rows, block in self._score_blocks(sets, ids, chosen):
            ranks += item_ranks(hidden[rows], block, exclude=ids[rows])
        return mean_reciprocal_rank(ranks)

    def _fit_items(self, X, y=None, item_features=None, *, reset=True, finite_in=None):
        """Learn the vocabulary, or with ``reset=False`` check the items against it.

        Parameters
        ----------
        X, y, item_features
            As given to fit.
        reset : bool, default=True
        finite_in : dtype, default=None
            Type in which vectors must be finite, by default their own.

        Returns
        -------
        sets, ids : SetArray
            The training sets, X and y together, as given and as positions of items.
        is_hidden : ndarray of shape (n_elements,), bool
            Which elements are from y.
        """
        sets, kind = read_items(X, self.element_kind)
        is_hidden, name = None, "X"
        if sets is not None:
            refuse_weights(sets, type(self).__name__)
        if sets is not None and y is not None:
            if kind != "token" and len(sets.values):
                raise ValueError(_NO_HIDDEN_VECTORS)
            sets, is_hidden = join_sets(sets, read_hidden(y, len(sets), sets.keys))
            kind, name = "token", "X and y"
        sets = validate_sets(
            self,
            X if sets is None else sets,
            reset=reset,
            element_kind=kind,
            finite_in=finite_in,
        )
        if item_features is not None and sets.values.ndim > 1:
            raise ValueError(
                "item_features must be None where the items are vectors, which are their features."
            )
        if reset:
            self._index = learn_items(
                distinct_items(sets), self.vocabulary, named_items(item_features)
            )
            self.vocabulary_ = self._index.items
        ignore = self.unknown_items == "ignore"
        ids = encode_items(self._index, sets, name, allow_unknown=ignore)
        if is_hidden is None:
            is_hidden = np.zeros(len(ids.values), dtype=bool)
        if ignore and not (known := ids.values >= 0).all():
            if not known.any():
                raise ValueError(
                    f"{name} holds none of the {len(self._index)} items of vocabulary."
                )
            sets, ids, is_hidden = take_items(sets, known), take_items(ids, known), is_hidden[known]
        return sets, ids, is_hidden

    def _item_features(self, item_features):
        """Return the features of the items and which items have them, or None."""
        return None if item_features is None else read_item_features(item_features, self._index)

    def _check_query(self, X, *, allow_empty=False, allow_unknown=True):
        check_is_fitted(self)
        numbers = self._input_spec.kind == "numbers"
        sets = validate_sets(self, X, reset=False, element_kind="auto" if numbers else "token")
        # A vector that is no item can be asked about, but cannot be ranked.
        keep = numbers and allow_unknown
        ignore = self.unknown_items == "ignore" and not keep
        ids = encode_items(self._index, sets, allow_unknown=keep or ignore)
        if ignore and not (known := ids.values >= 0).all():
            sets, ids = take_items(sets, known), take_items(ids, known)
        allow_empty = allow_empty or self.unknown_items == "ignore"
        if not allow_empty and sets.context is None and not sets.sizes.all():
            raise ValueError(
                f"Set {np.argmin(sets.sizes)} of X is an empty query, and X has no context: there "
                "is nothing to rank by. Leave it out, or fit and rank with a context."
            )
        return sets, ids

    def _check_candidates(self, candidates):
        """Return the positions of the candidates."""
        if candidates is None:
            return np.arange(len(self._index))
        candidates = as_items(candidates, self.vocabulary_, "candidates")
        one_set = SetArray(candidates, [0, len(candidates)])
        try:
            return encode_items(self._index, one_set, "candidates").values
        except ValueError as error:
            message = str(error).replace("Set 0 of candidates holds", "candidates hold")
            raise ValueError(message) from None

    def _score_blocks(self, sets, ids, chosen):
        """Yield slices of the sets and their scores (n, n_candidates), in bounded memory."""
        state = self._candidate_state(chosen)
        step = max(1, BLOCK_BYTES // (8 * len(chosen)))
        for start in range(0, len(sets), step):
            rows = slice(start, min(start + step, len(sets)))
            yield rows, self._score_block(sets[rows], ids[rows], state)

    def _candidate_state(self, chosen):
        """Return what ``_score_block`` needs of the candidates, computed once a call."""
        return chosen

    @abstractmethod
    def _score_block(self, sets, ids, state):
        """Return a new array (n_sets, n_candidates) of scores; larger is better.

        Parameters
        ----------
        sets : SetArray
            The queries, as they were given.
        ids : SetArray
            The positions of their items in ``vocabulary_``; -1 for a vector that is no item of
            fit.
        state : object
            What ``_candidate_state`` returned, by default the candidates' positions.
        """

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.input_tags.string = True
        tags.target_tags.required = False
        return tags


def exclude_items(scores, ids, chosen, n_items):
    """Set the scores of a query's own items to minus infinity."""
    column = np.full(n_items + 1, -1)  # the last one for vectors that are no items
    column[chosen] = np.arange(len(chosen))
    columns = column[ids.values]
    # Items of a query need not be candidates.
    is_candidate = columns >= 0
    scores[ids.set_ids[is_candidate], columns[is_candidate]] = -np.inf


def _top(scores, k):
    """Return the columns of the k largest scores of each row and these scores, largest first.

    Of equal scores the first columns are taken, in their order.
    """
    n = min(k + 1, scores.shape[1])
    # torch selects several times as fast as numpy.
    largest, columns = (part.numpy() for part in torch.topk(torch.from_numpy(scores), n))
    order = np.lexsort((columns, -largest), axis=1)[:, :k]
    best = np.take_along_axis(columns, order, axis=1)
    if n > k:
        # Where the k-th score is that of the next too, torch may have taken any of the equal ones.
        for row in np.flatnonzero(largest[:, k - 1] == largest[:, k]):
            among = np.flatnonzero(scores[row] >= largest[row, k - 1])
            best[row] = among[np.argsort(-scores[row, among], kind="stable")[:k]]
    return best, np.take_along_axis(scores, best, axis=1)
