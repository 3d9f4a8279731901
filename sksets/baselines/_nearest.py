"""NearestRanker: the items whose vectors are nearest to the mean of the query's."""

import numpy as np
from scipy import sparse
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.preprocessing import normalize
from sklearn.utils.extmath import safe_sparse_dot

from sksets._compat import StrOptions
from sksets._fitting import fitting
from sksets._ranking import BaseItemRanker, membership, read_real_features


class NearestRanker(BaseItemRanker):
    """Ranks items by how near their vectors are to the mean vector of the query.

    With vectors of words this is w2v-Near of Zaheer et al. (2017), Table 3. From the training sets
    nothing but the items is learned.

    Parameters
    ----------
    metric : {"cosine", "euclidean"}, default="cosine"
        The score: the cosine of the angle between both vectors, 0 where one is zero; or the
        distance, negated.

    vocabulary : array-like of shape (n_items,), default=None
        The items that may be ranked, in this order; by default those of the training sets and
        those that ``item_features`` names, sorted.

    element_kind : {"auto", "numeric", "token"}, default="auto"
        What the elements are. "auto" takes strings and single integers for items, and a 2-D array
        for n sets of one vector; "token" takes the rows of a 2-D array for sets of items.

    unknown_items : {"error", "ignore"}, default="error"
        What to do with items of a query, or of the training sets, that are not in ``vocabulary_``:
        raise, or leave them out. A query of which nothing is left is ranked as an empty set.

    Attributes
    ----------
    vocabulary_ : ndarray of shape (n_items,), or (n_items, n_features) for vectors
        The items, in the order of the columns of ``score_candidates``.

    n_features_in_ : int
        Number of features of an element. Not defined for items that are no vectors.

    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the columns of the sets have names.

    n_context_features_ : int
        Number of context features of a set, which are not used.

    See Also
    --------
    sksets.BayesianSets : With ``model="normal_inverse_wishart"``, the same vectors as features.
    sksets.SetExpander : Learns from sets and vectors.

    Notes
    -----
    Items without a vector, where a dict or DataFrame does not name them, count for nothing in
    queries and have the score minus infinity. A query without any vector has equal scores.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> from sksets.baselines import NearestRanker
    >>> vectors = {"tea": [1, 0.1], "milk": [1, 0.2], "rum": [0, 1], "lime": [0.2, 1]}
    >>> ranker = NearestRanker().fit([["tea", "milk"], ["rum", "lime"]], item_features=vectors)
    >>> ranker.rank([["tea"], ["rum"]], n_items=1)[0]
    array([['milk'],
           ['lime']], dtype='<U4')
    """

    _parameter_constraints: dict = {
        **BaseItemRanker._parameter_constraints,
        "metric": [StrOptions({"cosine", "euclidean"})],
    }

    def __init__(
        self, *, metric="cosine", vocabulary=None, element_kind="auto", unknown_items="error"
    ):
        self.metric = metric
        self.vocabulary = vocabulary
        self.element_kind = element_kind
        self.unknown_items = unknown_items

    @fitting
    def fit(self, X, y=None, item_features=None):
        """Learn the items and their vectors.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            Sets of items: integers or strings, each once a set, or vectors.
        y : list of arrays, SetArray, or array-like of shape (n_sets,), default=None
            Further items of each set, or one a set. Without effect where X is a table.
        item_features : array, sparse matrix, dict or pandas DataFrame, default=None
            The vectors of the items: one row an item in the order of ``vocabulary``, or a dict or
            DataFrame (its index) that names the items, and need not name all. None only where the
            items are vectors themselves.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For bad input; the message names the set. The estimator stays as it was.
        """
        self._fit_items(X, y, item_features)
        self._vectors, self._known = read_real_features(self, item_features)
        return self

    def _candidate_state(self, chosen):
        vectors = self._vectors[chosen]
        return normalize(vectors) if self.metric == "cosine" else vectors, self._known[chosen]

    def _score_block(self, sets, ids, state):
        candidates, known = state
        vectors = self._vectors
        if self.vocabulary_.ndim > 1:
            # The vectors of a query need not be among those of fit.
            vectors, places = sets.values, sets.map_values(np.arange(len(sets.values)))
            query = membership(places, len(vectors))
        else:
            query = membership(ids, len(self._known)) * self._known
        sizes = np.asarray(query.sum(axis=1)).ravel()
        total = query @ vectors
        total = total.toarray() if sparse.issparse(total) else total
        mean = total / sizes.clip(min=1)[:, None]
        if self.metric == "cosine":
            scores = safe_sparse_dot(normalize(mean), candidates.T, dense_output=True)
        else:
            scores = -euclidean_distances(mean, candidates)
        scores[:, ~known] = -np.inf
        # Without vectors of the query no item is better than another, known or not.
        scores[sizes == 0] = 0
        return scores
