"""BayesianSets: which items belong to a set, in closed form."""

from numbers import Real

import numpy as np
from scipy import sparse

from sksets._blocks import slices_by_cost
from sksets._compat import Interval, StrOptions
from sksets._fitting import fitted, fitting
from sksets._ranking.base import BLOCK_BYTES, BaseItemRanker
from sksets._ranking.beta_bernoulli import beta_bernoulli_scores, beta_bernoulli_set_scores
from sksets._ranking.item_features import read_real_features
from sksets._ranking.membership import membership
from sksets._ranking.normal_inverse_wishart import (
    log_predictive,
    log_set_ratios,
    prior_scale,
    whiten,
)

# The defaults of both models were chosen on validation topics: see the notes of the class.
_STRENGTH = {"beta_bernoulli": 10_000.0, "normal_inverse_wishart": 3.0}
# Degrees of freedom for each feature.
_FREEDOM = 10.0


class BayesianSets(BaseItemRanker):
    r"""Set expansion in closed form: how much more probable the query makes an item.

    The score of an item x for a query X is

    .. math:: s(x | X) = \log p(X \cup \{x\}) - \log p(X) - \log p(\{x\}),

    p being the probability of the features of some items under one model of unknown parameters,
    integrated over their conjugate prior (Ghahramani and Heller, 2005; Zaheer et al., 2017,
    appendix D). The prior is set by the features of all items, and nothing else is learned.

    Read more in the :ref:`user guide <expansion>`.

    Parameters
    ----------
    model : {"beta_bernoulli", "normal_inverse_wishart"}, default="beta_bernoulli"
        "beta_bernoulli": binary features, by default which training sets hold an item, each with a
        beta prior. "normal_inverse_wishart": real features, ``item_features`` of ``fit`` or the
        items themselves where they are vectors; normally distributed around an unknown mean with
        an unknown covariance.

    prior_strength : float, default=None
        How many items the prior counts for. "beta_bernoulli" has the prior
        Beta(c m, c (1 - m)) of a feature that is one for a share m of the items, c being
        ``prior_strength``; in "normal_inverse_wishart" it is kappa_0, the weight of the prior
        mean. By default 10,000 and 3.

    degrees_of_freedom : float, default=None
        nu_0 of "normal_inverse_wishart", the weight of the prior covariance; more than the number
        of features less one. By default ten times the number of features.

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
    vocabulary_ : ndarray of shape (n_items,)
        The items, in the order of the columns of ``score_candidates``.

    prior_strength_ : float
        The weight of the prior.

    prior_mean_ : ndarray of shape (n_item_features,)
        Mean of each feature over the items that have features.

    degrees_of_freedom_ : float or None
        nu_0; None for "beta_bernoulli".

    prior_scale_ : ndarray of shape (n_item_features, n_item_features) or None
        Psi of "normal_inverse_wishart", zero for features that do not vary; None for
        "beta_bernoulli".

    n_features_in_ : int
        Number of features of an element. Not defined for items that are no vectors.

    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the columns of the sets have names.

    n_context_features_ : int
        Number of context features of a set, which are not used.

    See Also
    --------
    SetExpander : A network that learns which items belong to a set.
    sksets.baselines : Popularity, co-occurrence, nearest vectors.

    Notes
    -----
    With sufficient statistics phi(x), prior parameters alpha and M_0, and the logarithm h of the
    integral over the model's parameters, the score is

    .. math:: s(x | X) = h(\alpha + \phi(x) + \Phi, M_0 + n + 1) - h(\alpha + \Phi, M_0 + n)
        - h(\alpha + \phi(x), M_0 + 1) + h(\alpha, M_0)

    for the n items of X and the sum Phi of their phi. Equations 28 and 29 of Zaheer et al. (2017)
    print M + 1 where M_0 + 1 is meant, and equation 30 the gamma function where its logarithm is
    meant; h is the logarithm of the integral there too.

    A feature that is the same for all items carries nothing and is left out.

    The defaults are strong priors, chosen on the validation topics of Zaheer et al., LDA-1k and
    LDA-3k. Ghahramani and Heller take a ``prior_strength`` of 2; there the larger it was the
    better, up to 10,000, where the score is all but linear in the counts of the query's features.

    The scale Psi of "normal_inverse_wishart" is such that p({x}) is a multivariate t around the
    mean of the items with their covariance as its scale matrix; to the variance of each feature a
    millionth of it is added. A query of n items changes Psi by a matrix of rank n, so that a
    candidate costs n + 1 products of vectors.

    Items without features, where a dict or DataFrame of features does not name them, count for
    nothing in the prior and in queries, and have the score minus infinity. A query without any
    item that has features has equal scores.

    References
    ----------
    Ghahramani, Z. and Heller, K. A. (2005). Bayesian Sets. Advances in Neural Information
    Processing Systems 18.

    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> from sksets import BayesianSets
    >>> X = [["tea", "milk", "honey"], ["tea", "milk"], ["rum", "mint", "lime"], ["rum", "lime"]]
    >>> ranker = BayesianSets().fit(X)
    >>> ranker.rank([["tea"], ["rum", "mint"]], n_items=1)[0]
    array([['milk'],
           ['lime']], dtype='<U5')
    """

    _parameter_constraints: dict = {
        **BaseItemRanker._parameter_constraints,
        "model": [StrOptions(set(_STRENGTH))],
        "prior_strength": [Interval(Real, 0, None, closed="neither"), None],
        "degrees_of_freedom": [Interval(Real, 0, None, closed="neither"), None],
    }

    def __init__(
        self,
        *,
        model="beta_bernoulli",
        prior_strength=None,
        degrees_of_freedom=None,
        vocabulary=None,
        element_kind="auto",
        unknown_items="error",
    ):
        self.model = model
        self.prior_strength = prior_strength
        self.degrees_of_freedom = degrees_of_freedom
        self.vocabulary = vocabulary
        self.element_kind = element_kind
        self.unknown_items = unknown_items

    @fitting
    def fit(self, X, y=None, item_features=None):
        """Set the prior.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            Sets of items, integers or strings, each item once a set.
        y : list of arrays, SetArray, or array-like of shape (n_sets,), default=None
            Further items of each set, or one a set. Without effect where X is a table.
        item_features : array, sparse matrix, dict or pandas DataFrame, default=None
            Features of the items, zeros and ones for "beta_bernoulli": one row an item in the
            order of ``vocabulary``, or a dict or DataFrame (its index) that names the items, and
            need not name all.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For bad input; the message names the set or the item. The estimator stays as it was.
        """
        sets, ids, _ = self._fit_items(X, y, item_features)
        given = self.prior_strength
        self.prior_strength_ = float(_STRENGTH[self.model] if given is None else given)
        if self.model == "beta_bernoulli":
            self._fit_binary(ids, item_features)
        else:
            self._fit_real(item_features)
        return self

    @fitted
    def score_samples(self, X):
        r"""Return how much more probable each set is as a set than as items by themselves.

        .. math:: S(X) = \log p(X) - \sum_{x \in X} \log p(\{x\}),

        the larger, the more the items belong together; it is the sum of the scores of the items,
        each given those before it, in any order (Zaheer et al., 2017, equations 6 and 26). A set
        of fewer than two items has the score 0, and items without features count for nothing.

        The score grows with the number of items, as the evidence does: compare sets of one size,
        or divide it by the number of items.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        scores : ndarray of shape (n_sets,)

        Raises
        ------
        ValueError
            For an item that is not known, unless ``unknown_items="ignore"``, or twice in a set;
            the message names it and the set.
        """
        sets, ids = self._check_query(X, allow_empty=True)
        if self.prior_scale_ is None:
            return self._score_binary_sets(ids)
        return self._score_real_sets(sets, ids)

    def _fit_binary(self, ids, item_features):
        if item_features is None:
            features = membership(ids, len(self.vocabulary_)).T.tocsr()
            self._known = np.ones(len(self.vocabulary_), dtype=bool)
        else:
            features, self._known = self._item_features(item_features)
            self._check_binary(features)
        if sparse.issparse(features):
            features = sparse.csr_array(features)
        features = features.astype(np.float64)
        ones = np.asarray(features[self._known].sum(axis=0)).ravel()
        n_known = self._known.sum()
        self.prior_mean_ = ones / n_known
        self.degrees_of_freedom_ = self.prior_scale_ = None
        self._varies = (ones > 0) & (ones < n_known)
        self._features = features[:, self._varies]

    def _check_binary(self, features):
        values = features.data if sparse.issparse(features) else features
        if np.isin(values, (0, 1)).all():
            return
        if sparse.issparse(features):
            features = features.tocoo()
            place = np.argmax(~np.isin(features.data, (0, 1)))
            item, column = features.row[place], features.col[place]
            value = features.data[place]
        else:
            item, column = np.argwhere(~np.isin(features, (0, 1)))[0]
            value = features[item, column]
        raise ValueError(
            "item_features must be zeros and ones for model='beta_bernoulli'; the item "
            f"{self.vocabulary_[item]!s} has {value:g} in column {column}. Make them binary, or "
            "use model='normal_inverse_wishart'."
        )

    def _fit_real(self, item_features):
        features, self._known = read_real_features(self, item_features)
        if sparse.issparse(features):
            features = features.toarray()
        known = features[self._known]
        self.prior_mean_ = known.mean(axis=0)
        self._varies = varies = known.min(axis=0) < known.max(axis=0)
        freedom, d = self.degrees_of_freedom, int(varies.sum())
        if freedom is not None and freedom <= d - 1:
            raise ValueError(
                f"degrees_of_freedom must be more than {d - 1}, the number of features that vary "
                f"less one; found {freedom}."
            )
        self.degrees_of_freedom_ = float(_FREEDOM * d if freedom is None else freedom)
        self.prior_scale_ = np.zeros((len(varies), len(varies)))
        self.prior_scale_[np.ix_(varies, varies)] = prior_scale(
            known[:, varies], self.prior_strength_, self.degrees_of_freedom_
        )
        self._features = self._whiten(features)

    def _whiten(self, values):
        varies = self._varies
        scale = self.prior_scale_[np.ix_(varies, varies)]
        return whiten(values[:, varies], self.prior_mean_[varies], scale)

    def _candidate_state(self, chosen):
        features, known = self._features[chosen], self._known[chosen]
        if self.prior_scale_ is None:
            return (features.T.tocsr() if sparse.issparse(features) else features.T), known
        return (features, np.einsum("ij,ij->i", features, features)), known

    def _score_block(self, sets, ids, state):
        candidates, known = state
        score = self._score_binary if self.prior_scale_ is None else self._score_real
        scores, sizes = score(sets, ids, candidates)
        scores[:, ~known] = -np.inf
        # Without features of the query no item is better than another, known or not.
        scores[sizes == 0] = 0
        return scores

    def _score_binary(self, sets, ids, candidates):
        query = membership(ids, len(self.vocabulary_))
        sizes = query @ self._known.astype(np.float64)
        mean = self.prior_mean_[self._varies]
        return beta_bernoulli_scores(
            query @ self._features, sizes, candidates, mean, self.prior_strength_
        ), sizes

    def _score_real(self, sets, ids, candidates):
        features, squares = candidates
        queries = self._whitened(sets, ids)
        sizes = np.array([len(query) for query in queries])
        prior = self.prior_strength_, self.degrees_of_freedom_
        by_itself = log_predictive([features[:0]], features, squares, *prior)
        # The posterior of a query of n items has up to n + 2 rows, and the products of the rows of
        # several queries with all candidates are in memory at once.
        n_rows = min(sizes.max() + 1, features.shape[1]) + 1
        step = max(1, BLOCK_BYTES // (8 * len(features) * n_rows))
        scores = np.empty((len(queries), len(features)))
        for start in range(0, len(queries), step):
            part = queries[start : start + step]
            scores[start : start + step] = log_predictive(part, features, squares, *prior)
        return scores - by_itself, sizes

    def _whitened(self, sets, ids):
        """Return the whitened features of each set, a list of arrays."""
        if self.vocabulary_.ndim > 1:
            return list(sets.map_values(self._whiten(sets.values)))
        return [self._features[rows[self._known[rows]]] for rows in ids]

    def _score_binary_sets(self, ids):
        held = membership(ids, len(self.vocabulary_))
        sizes = held @ self._known.astype(np.float64)
        mean = self.prior_mean_[self._varies]
        # At most so many numbers are in the features that some item of a set has.
        width = self._features.shape[1]
        lengths = np.full(len(self.vocabulary_), width)
        if sparse.issparse(self._features):
            lengths = np.diff(self._features.indptr)
        n_numbers = np.minimum(held @ lengths, width)
        scores = np.empty(len(ids))
        for rows in slices_by_cost(n_numbers, BLOCK_BYTES // 8):
            counts = held[rows] @ self._features
            scores[rows] = beta_bernoulli_set_scores(
                counts, sizes[rows], mean, self.prior_strength_
            )
        return scores

    def _score_real_sets(self, sets, ids):
        sets = self._whitened(sets, ids)
        sizes = np.array([len(items) for items in sets])
        scores = np.zeros(len(sets))
        for size in np.unique(sizes[sizes > 1]):
            rows = np.flatnonzero(sizes == size)
            step = max(1, BLOCK_BYTES // (8 * size * max(1, sets[rows[0]].shape[1])))
            for start in range(0, len(rows), step):
                part = rows[start : start + step]
                scores[part] = log_set_ratios(
                    np.stack([sets[i] for i in part]),
                    self.prior_strength_,
                    self.degrees_of_freedom_,
                )
        return scores
