"""Rankers in closed form to score with, and the log marginal likelihoods that say what is right."""

import numpy as np
from scipy import sparse
from scipy.integrate import dblquad
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


def integral_prior(ranker):
    """Return the log marginal likelihood of one feature, nu_0 = 4, by integrating over the model.

    The variance is inverse gamma, and the mean normal given the variance.
    """
    mean, rate = ranker.prior_mean_[0], ranker.prior_scale_[0, 0] / 2
    kappa, shape = ranker.prior_strength_, ranker.degrees_of_freedom_ / 2

    def log_p(rows):
        def joint(t, u):
            """Density of the rows, of mu = mean + t sqrt(variance / kappa) and of the variance."""
            variance = np.exp(u)
            squares = np.sum((rows - mean - t * np.sqrt(variance / kappa)) ** 2)
            likelihood = np.exp(-squares / (2 * variance))
            likelihood /= (2 * np.pi * variance) ** (len(rows) / 2)
            of_t = np.exp(-t * t / 2) / np.sqrt(2 * np.pi)
            # The constant 1 / Gamma(2) = 1 of the density of u is left out.
            of_u = (rate / variance) ** shape * np.exp(-rate / variance)
            return likelihood * of_t * of_u

        return np.log(dblquad(joint, -5, 7, -8, 8, epsabs=1e-11, epsrel=1e-9)[0])

    return log_p


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
