"""CooccurrenceRanker: the items that were in a set together with those of the query."""

import numpy as np
from scipy import sparse

from sksets._compat import StrOptions
from sksets._fitting import fitting
from sksets._ranking import BaseItemRanker, membership


class CooccurrenceRanker(BaseItemRanker):
    r"""Ranks items by the number of training sets that they share with the items of the query.

    .. math:: s(x | X) = \sum_{x' \in X, x' \ne x} f(C_{x x'})

    where C counts the training sets that hold both items.

    Parameters
    ----------
    weighting : {"count", "log"}, default="count"
        f: the count itself, or the logarithm of one more than it, so that a single pair that is
        frequent does not outweigh many others. In the benchmarks of tags, of concepts and of
        shopping baskets the logarithm was better.

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

    cooccurrence_ : CSR array of shape (n_items, n_items)
        Number of training sets that hold both items; zero on the diagonal. One number is stored
        for each pair of items that share a set.

    n_features_in_ : int
        Number of features of an element. Not defined for items that are no vectors.

    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the columns of the sets have names.

    n_context_features_ : int
        Number of context features of a set, which are not used.

    See Also
    --------
    PopularityRanker : Counts of single items.
    sksets.BayesianSets : Which training sets hold an item, as features of a closed form.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> from sksets.baselines import CooccurrenceRanker
    >>> ranker = CooccurrenceRanker().fit([["tea", "milk"], ["tea", "rum"], ["tea", "milk"]])
    >>> items, scores = ranker.rank([["tea"], ["rum"]], n_items=2)
    >>> items
    array([['milk', 'rum'],
           ['tea', 'milk']], dtype='<U4')
    >>> scores
    array([[2., 1.],
           [1., 0.]])
    """

    _parameter_constraints: dict = {
        **BaseItemRanker._parameter_constraints,
        "weighting": [StrOptions({"count", "log"})],
    }

    def __init__(
        self, *, weighting="count", vocabulary=None, element_kind="auto", unknown_items="error"
    ):
        self.weighting = weighting
        self.vocabulary = vocabulary
        self.element_kind = element_kind
        self.unknown_items = unknown_items

    @fitting
    def fit(self, X, y=None, item_features=None):
        """Count the pairs of items.

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
        _, ids, _ = self._fit_items(X, y, item_features)
        self._item_features(item_features)
        member = membership(ids, len(self.vocabulary_))
        counts = (member.T @ member).tocsr()
        alone = sparse.dia_array((counts.diagonal()[None], [0]), shape=counts.shape)
        self.cooccurrence_ = (counts - alone).tocsr()
        self.cooccurrence_.eliminate_zeros()
        self._weights = self.cooccurrence_
        if self.weighting == "log":
            self._weights = self.cooccurrence_.log1p()
        return self

    def _candidate_state(self, chosen):
        # The columns of all items, in their order, need no copy.
        all_items = np.array_equal(chosen, np.arange(len(self._index)))
        return self._weights if all_items else self._weights[:, chosen]

    def _score_block(self, sets, ids, weights):
        return (membership(ids, len(self.vocabulary_)) @ weights).toarray()
