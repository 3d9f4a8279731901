"""Bayesian Sets of binary features: the closed form of a beta prior and Bernoulli features."""

import numpy as np
from scipy import sparse
from scipy.special import gammaln

# From there on, these terms of Stirling's series give all digits of a double.
_LARGE = 16.0
_STIRLING = (1 / 12, -1 / 360, 1 / 1260, -1 / 1680, 1 / 1188)


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
    # As above: what a feature has that no item has depends on the size alone.
    counts = sparse.csr_array(counts)
    n, s = np.repeat(sizes, np.diff(counts.indptr)), counts.data
    a, b = alpha[counts.indices], beta[counts.indices]
    present = _like(counts, _log_rising(a, s) + _log_rising(b, n - s) - _log_rising(b, n))
    scores = np.asarray(present.sum(axis=1), dtype=np.float64).ravel()
    for size in np.unique(sizes):
        absent = _log_rising(beta, size) - _log_rising(prior_strength, size)
        scores[sizes == size] += absent.sum()
    scores[sizes < 2] = 0  # but for rounding it is
    return scores


def _log_rising(a, n):
    """Return the logarithm of a (a + 1) ... (a + n - 1) / a^n.

    The difference of two log-gammas, without the large terms that cancel in it: where the prior is
    strong, they are a million times as large as the whole.
    """
    return (a + n - 0.5) * np.log1p(n / a) - n + _stirling_rest(a + n) - _stirling_rest(a)


def _stirling_rest(z):
    """Return log gamma(z) less Stirling's (z - 1/2) log z - z + log(2 pi) / 2."""
    z = np.asarray(z, dtype=np.float64)
    low, high = np.minimum(z, _LARGE), np.maximum(z, _LARGE)
    direct = gammaln(low) - ((low - 0.5) * np.log(low) - low + np.log(2 * np.pi) / 2)
    series = sum(term / high ** (2 * i + 1) for i, term in enumerate(_STIRLING))
    return np.where(z < _LARGE, direct, series)


def _like(matrix, data):
    """Return a CSR array with other values in the places of ``matrix``."""
    return sparse.csr_array((data, matrix.indices, matrix.indptr), shape=matrix.shape)
