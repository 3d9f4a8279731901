"""Bayesian Sets of binary features: the closed form of a beta prior and Bernoulli features."""

import numpy as np
from scipy import sparse


def beta_bernoulli_scores(counts, sizes, candidates, prior_mean, prior_strength):
    """Return log p(x | X) - log p(x) of each candidate x for each query X.

    Feature j of an item is one with the probability theta_j ~ Beta(c m_j, c (1 - m_j)), c being
    ``prior_strength`` and m ``prior_mean``; features are independent.

    Parameters
    ----------
    counts : CSR array or ndarray of shape (n_queries, n_features)
        How many items of each query have each feature.
    sizes : ndarray of shape (n_queries,)
        Number of items of each query.
    candidates : CSR array or ndarray of shape (n_features, n_candidates)
        Zeros and ones.
    prior_mean : ndarray of shape (n_features,)
        Above zero and below one.
    prior_strength : float

    Returns
    -------
    scores : ndarray of shape (n_queries, n_candidates)
    """
    alpha, beta = prior_strength * prior_mean, prior_strength * (1 - prior_mean)
    # A feature that no item of the query has contributes what depends on the query's size alone: it
    # is added last, for all queries of a size at once. What remains is as sparse as the features.
    counts = sparse.csr_array(counts)
    n, s = np.repeat(sizes, np.diff(counts.indptr)), counts.data
    a, b = alpha[counts.indices], beta[counts.indices]
    zero = _like(counts, np.log1p((n - s) / b) - np.log1p(n / b))
    one = _like(counts, np.log1p(s / a))
    if sparse.issparse(candidates):
        scores = ((one - zero) @ candidates).toarray()
    else:
        scores = (one - zero).toarray() @ candidates
    scores += np.asarray(zero.sum(axis=1)).reshape(-1, 1)
    for size in np.unique(sizes):
        absent = np.log1p(size / beta)
        constant = absent.sum() - len(absent) * np.log1p(size / prior_strength)
        scores[sizes == size] += constant - candidates.T @ absent
    return scores


def beta_bernoulli_set_scores(counts, sizes, prior_mean, prior_strength):
    """Return log p(X) - sum over x in X of log p({x}) of each set X.

    Parameters
    ----------
    counts : CSR array or ndarray of shape (n_sets, n_features)
        How many items of each set have each feature.
    sizes : ndarray of shape (n_sets,)
        Number of items of each set.
    prior_mean : ndarray of shape (n_features,)
        Above zero and below one.
    prior_strength : float

    Returns
    -------
    scores : ndarray of shape (n_sets,)
    """
    alpha, beta = prior_strength * prior_mean, prior_strength * (1 - prior_mean)
    # Rising factorials, term by term: the difference of two log-gammas has lost its digits where
    # the prior is strong. As above, what a feature has that no item has depends on the size alone.
    counts = sparse.csr_array(counts)
    n, s = np.repeat(sizes, np.diff(counts.indptr)), counts.data
    a, b = alpha[counts.indices], beta[counts.indices]
    present, rows, k = np.zeros(len(s)), np.arange(len(s)), 0
    while len(rows):
        present[rows] += np.log1p(k / a[rows]) - np.log1p((n[rows] - 1 - k) / b[rows])
        k += 1
        rows = rows[s[rows] > k]
    absent = [
        np.sum(np.log1p(k / beta)) - len(beta) * np.log1p(k / prior_strength)
        for k in range(int(sizes.max()))
    ]
    of_size = np.concatenate([[0.0], np.cumsum(absent)])[sizes.astype(np.int64)]
    return np.asarray(_like(counts, present).sum(axis=1)).ravel() + of_size


def _like(matrix, data):
    """Return a CSR array with other values in the places of ``matrix``."""
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
