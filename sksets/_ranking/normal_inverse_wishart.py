"""Bayesian Sets of real features: the closed form of a normal-inverse-Wishart prior."""

import numpy as np
from scipy.linalg import solve_triangular
from scipy.special import gammaln, multigammaln

# Added to the variance of each feature, as a share of it, so that no direction has none.
RIDGE = 1e-6


def prior_scale(features, prior_strength, degrees_of_freedom):
    """Return Psi such that the prior predictive is a t with the covariance of the features.

    The predictive distribution of an item is a multivariate t around the mean of the features; its
    scale matrix is Psi (kappa_0 + 1) / (kappa_0 (nu_0 - d + 1)). Psi makes this the covariance of
    the features.

    Parameters
    ----------
    features : ndarray of shape (n_items, n_features)
        Each feature takes more than one value.
    prior_strength, degrees_of_freedom : float
        kappa_0 and nu_0.

    Returns
    -------
    scale : ndarray of shape (n_features, n_features)
    """
    n, d = features.shape
    spread = features.std(axis=0)
    standard = (features - features.mean(axis=0)) / spread
    correlation = standard.T @ standard / n + RIDGE * np.eye(d)
    share = prior_strength / (prior_strength + 1) * (degrees_of_freedom - d + 1)
    return share * correlation * spread[:, None] * spread


def whiten(values, mean, scale):
    """Return L^-1 (x - mean) of each row x, for scale = L L^T."""
    if len(mean) == 0:
        return values  # older versions of scipy solve no empty system
    factor = np.linalg.cholesky(scale)
    return solve_triangular(factor, (values - mean).T, lower=True).T


def log_predictive(queries, candidates, squares, prior_strength, degrees_of_freedom):
    """Return log p(x | X) of each candidate x for each query X, up to a constant.

    The constant is the same for all X. For the empty query, p(x) is returned.

    Parameters
    ----------
    queries : list of ndarray of shape (n, n_features)
        The items of each X, whitened by the prior's mean and Psi, which are then zero and the
        identity.
    candidates : ndarray of shape (n_candidates, n_features)
        Whitened likewise.
    squares : ndarray of shape (n_candidates,)
        Their squared lengths.
    prior_strength, degrees_of_freedom : float
        kappa_0 and nu_0.

    Returns
    -------
    log_p : ndarray of shape (n_queries, n_candidates)
    """
    d = candidates.shape[1]
    posteriors = [_posterior(query, prior_strength) for query in queries]
    ends = np.cumsum([len(rows) for rows, _ in posteriors])
    products = np.concatenate([rows for rows, _ in posteriors]) @ candidates.T
    log_p = np.empty((len(queries), len(candidates)))
    for i, (rows, log_determinant) in enumerate(posteriors):
        n = len(queries[i])
        kappa, nu = prior_strength + n, degrees_of_freedom + n
        centre, weights = rows[0], rows[1:]
        own = products[ends[i] - len(rows) : ends[i]]
        reduced = own[1:] - (weights @ centre)[:, None]
        distances = squares - 2 * own[0] + centre @ centre - (reduced * reduced).sum(axis=0)
        log_p[i] = -(nu + 1) / 2 * np.log1p(kappa / (kappa + 1) * distances.clip(min=0))
        log_p[i] += gammaln((nu + 1) / 2) - gammaln((nu + 1 - d) / 2)
        log_p[i] += (d * np.log(kappa / (kappa + 1)) - log_determinant) / 2
    return log_p


def log_set_ratios(sets, prior_strength, degrees_of_freedom):
    """Return log p(X) - sum over x in X of log p({x}) of sets X of one size.

    Parameters
    ----------
    sets : ndarray of shape (n_sets, n, n_features)
        Items, whitened by the prior's mean and Psi, which are then zero and the identity.
    prior_strength, degrees_of_freedom : float
        kappa_0 and nu_0.

    Returns
    -------
    scores : ndarray of shape (n_sets,)
    """
    _, n, d = sets.shape
    kappa, nu = prior_strength, degrees_of_freedom

    def log_constant(size):
        gammas = multigammaln((nu + size) / 2, d) - multigammaln(nu / 2, d)
        return gammas - d / 2 * np.log1p(size / kappa)

    _, rows = _mean_and_rows(sets, prior_strength)
    # log det(I + R^T R) from the lengths of R: no product of R with itself loses digits.
    lengths = np.linalg.svd(rows, compute_uv=False)
    of_sets = (nu + n) / 2 * np.log1p(lengths**2).sum(axis=-1)
    distances = kappa / (kappa + 1) * np.einsum("sij,sij->si", sets, sets)
    of_items = (nu + 1) / 2 * np.log1p(distances).sum(axis=-1)
    return log_constant(n) - n * log_constant(1) + of_items - of_sets


def _posterior(query, prior_strength):
    """Return the mean and, below it, W of a whitened query, and log det Psi.

    The posterior's Psi is I + R^T R, and its inverse I - W^T W, both of the rank of the query.
    """
    n = len(query)
    mean, rows = _mean_and_rows(query, prior_strength)
    _, lengths, axes = np.linalg.svd(rows, full_matrices=False)
    weights = axes * (lengths / np.hypot(1, lengths))[:, None]
    return np.vstack([n / (prior_strength + n) * mean, weights]), np.log1p(lengths**2).sum()


def _mean_and_rows(sets, prior_strength):
    """Return the mean (..., 1, d) and R (..., n + 1, d) of whitened sets (..., n, d)."""
    n = sets.shape[-2]
    mean = sets.sum(axis=-2, keepdims=True) / max(n, 1)
    weight = np.sqrt(prior_strength * n / (prior_strength + n))
    return mean, np.concatenate([sets - mean, weight * mean], axis=-2)
