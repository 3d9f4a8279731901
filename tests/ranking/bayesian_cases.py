"""Rankers in closed form to score with, and the log marginal likelihoods that say what is right."""

import numpy as np
from scipy import sparse
from scipy.special import betaln, multigammaln

from sksets import BayesianSets

NIW = "normal_inverse_wishart"
BINARY = np.array(
    [[1, 0, 0, 1], [1, 1, 0, 0], [1, 0, 1, 1], [0, 1, 1, 0], [0, 0, 1, 1], [0, 1, 0, 0]]
)
NAMES = np.array(list("abcdef"))


def log_p_binary(rows, m, c):
    """Log marginal likelihood of the rows of binary features."""
    a, b, n, s = c * m, c * (1 - m), len(rows), rows.sum(axis=0)
    return np.sum(betaln(a + s, b + n - s) - betaln(a, b))


def log_p_real(rows, mean, psi, kappa, nu):
    """Log marginal likelihood of the rows of real features, by determinants."""
    n, d = rows.shape
    off, shift = rows - rows.mean(axis=0), rows.mean(axis=0) - mean
    posterior = psi + off.T @ off + kappa * n / (kappa + n) * np.outer(shift, shift)
    return (
        multigammaln((nu + n) / 2, d)
        - multigammaln(nu / 2, d)
        + nu / 2 * np.linalg.slogdet(psi)[1]
        - (nu + n) / 2 * np.linalg.slogdet(posterior)[1]
        + d / 2 * np.log(kappa / (kappa + n))
        - n * d / 2 * np.log(np.pi)
    )


def of_real_prior(ranker):
    """Return the log marginal likelihood with the prior that a ranker has learned."""
    prior = ranker.prior_mean_, ranker.prior_scale_
    prior += ranker.prior_strength_, ranker.degrees_of_freedom_
    return lambda rows: log_p_real(rows, *prior)


def fit_real(features, **parameters):
    ranker = BayesianSets(model=NIW, vocabulary=np.arange(len(features)), **parameters)
    return ranker.fit([[0, 1]], item_features=features)


def fit_both(seed=0):
    """Yield a ranker of each model over the items 0 to 7."""
    rng = np.random.default_rng(seed)
    items = np.arange(8)
    binary = (rng.uniform(size=(8, 5)) < 0.4).astype(float)
    ranker = BayesianSets(vocabulary=items, prior_strength=4)
    yield ranker.fit([[0, 1]], item_features=sparse.csr_array(binary))
    yield fit_real(rng.normal(size=(8, 3)), degrees_of_freedom=5)
