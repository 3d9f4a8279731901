"""PopularityRanker: the same ranking for every query, the most frequent items first."""

import numpy as np

from sksets._fitting import fitting
from sksets._ranking import BaseItemRanker


class PopularityRanker(BaseItemRanker):
    """Ranks items by the share of the training sets that hold them, whatever the query.

    Parameters
    ----------
    vocabulary : array-like of shape (n_items,), default=None
        The items that may be ranked, in this order; by default those of the training sets, sorted.

    element_kind : {"auto", "numeric", "token"}, default="auto"
        What the elements are. "auto" takes strings and single integers for items, and a 2-D array
        for n sets of one vector; "token" takes the rows of a 2-D array for sets of items.

    unknown_items : {"error", "ignore"}, default="error"
        What to do with items of a query, or of the training sets, that are not in ``vocabulary_``:
        raise, or leave them out. A query of which nothing is left is ranked as an empty set.

    Attributes
    ----------
    vocabulary_ : ndarray of shape (n_items,)
        The items, in the order of the columns of ``score_candidates``.

    popularity_ : ndarray of shape (n_items,)
        Share of the training sets that hold each item.

    n_features_in_ : int
        Number of features of an element. Not defined for items that are no vectors.

    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the columns of the sets have names.

    n_context_features_ : int
        Number of context features of a set, which are not used.

    See Also
    --------
    CooccurrenceRanker : Counts of pairs of items.
    sksets.SetExpander : A network that learns which items belong to a set.

    Examples
    --------
    >>> from sksets.baselines import PopularityRanker
    >>> ranker = PopularityRanker().fit([["tea", "milk"], ["tea", "rum"], ["tea", "milk"]])
    >>> ranker.rank([["tea"]], n_items=2)[0]
    array([['milk', 'rum']], dtype='<U4')
    """

    def __init__(self, *, vocabulary=None, element_kind="auto", unknown_items="error"):
        self.vocabulary = vocabulary
        self.element_kind = element_kind
        self.unknown_items = unknown_items

    @fitting
    def fit(self, X, y=None, item_features=None):
        """Count the items.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            Sets of items, integers or strings, each item once a set.
        y : list of arrays, SetArray, or array-like of shape (n_sets,), default=None
            Further items of each set, or one a set. Without effect where X is a table.
        item_features : array, sparse matrix, dict or pandas DataFrame, default=None
            Used only for the items that a dict or a DataFrame names.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For bad input; the message names the set. The estimator stays as it was.
        """
        sets, ids, _ = self._fit_items(X, y, item_features)
        self._item_features(item_features)
        counts = np.bincount(ids.values, minlength=len(self.vocabulary_))
        self.popularity_ = counts / len(sets)
        return self

    def _score_block(self, sets, ids, chosen):
        return np.tile(self.popularity_[chosen], (len(sets), 1))
