"""Four families of Gaussians, each with its statistic and with the best estimator that knows it."""

import numpy as np
from scipy.special import softmax
from sklearn.linear_model import LinearRegression

from sksets.datasets._gaussian_information import (
    first_entropy,
    log_determinant,
    mutual_information,
)

_MAX_CORRELATION = 0.99
_HALVINGS = 60  # of an interval of length 2: to the last bit
_N_NODES = 400  # of the posterior of lambda, whose standard deviation is sqrt(2 / size) or more
_N_SIMULATED = 2000


def _random_covariances(rng, n, n_features):
    """Draw (A A^T + I) / sum(A^2), A uniform in [0, 1)."""
    A = rng.random_sample((n, n_features, n_features))
    squares = (A**2).sum(axis=(1, 2))[:, None, None]
    return (A @ A.transpose(0, 2, 1) + np.eye(n_features)) / squares


def _main_axis(covariances):
    """Return the angle of the first principal axis of covariances in two dimensions."""
    difference = covariances[..., 0, 0] - covariances[..., 1, 1]
    return np.arctan2(2 * covariances[..., 0, 1], difference) / 2


class Rotation:
    """N(0, R(a) S R(a)^T) in two dimensions, a in [0, pi]; the entropy of the first marginal."""

    n_features = 2

    def __init__(self, rng, min_size, max_size):
        A = rng.random_sample((2, 2))
        self.fixed = A @ A.T

    def draw(self, rng, n):
        """Draw parameters, and return them with their covariances."""
        angle = rng.uniform(0, np.pi, size=n)
        return angle, self.covariances(angle)

    def covariances(self, angle):
        cos, sin = np.cos(angle), np.sin(angle)
        rotation = np.array([[cos, -sin], [sin, cos]]).transpose(2, 0, 1)
        return rotation @ self.fixed @ rotation.transpose(0, 2, 1)

    def statistic(self, covariances, dof=None):
        return first_entropy(covariances, dof)

    def oracle(self, moments, sizes):
        """Lay the main axis of S on that of the set: the angle of maximum likelihood."""
        angle = _main_axis(moments) - _main_axis(self.fixed)
        return self.statistic(self.covariances(angle))


class Correlation:
    """N(0, [S, a S; a S, S]), S 16 x 16, abs(a) <= .99; the mutual information of the halves."""

    n_features = 32
    _half = 16

    def __init__(self, rng, min_size, max_size):
        self.fixed = _random_covariances(rng, 1, self._half)[0]

    def draw(self, rng, n):
        """Draw parameters, and return them with their covariances."""
        a = rng.uniform(-_MAX_CORRELATION, _MAX_CORRELATION, size=n)
        return a, self.covariances(a)

    def covariances(self, a):
        ones = np.ones_like(a)
        blocks = np.array([[ones, a], [a, ones]]).transpose(2, 0, 1)
        return np.kron(blocks, self.fixed)

    def statistic(self, covariances, dof=None):
        return mutual_information(covariances, self._half, dof)

    def oracle(self, moments, sizes):
        """Find the correlation of maximum likelihood, a root of a polynomial.

        With p and q the sums of squares of S^(-1/2) (x + x') / sqrt(2) and of (x - x') for the
        halves x and x' of k = 16 coordinates, over their expectations at a = 0, the derivative
        of the log-likelihood has the sign of 2 a (1 - a^2) + p (1 - a)^2 - q (1 + a)^2.
        """
        half, inverse = self._half, np.linalg.inv(self.fixed)
        own = moments[:, :half, :half] + moments[:, half:, half:]
        cross = moments[:, :half, half:] + moments[:, half:, :half]
        own, cross = ((inverse * block).sum(axis=(1, 2)) / (2 * half) for block in (own, cross))
        p, q = own + cross, own - cross
        low, high = np.full(len(p), -_MAX_CORRELATION), np.full(len(p), _MAX_CORRELATION)
        for _ in range(_HALVINGS):
            a = (low + high) / 2
            rising = 2 * a * (1 - a**2) + p * (1 - a) ** 2 > q * (1 + a) ** 2
            low, high = np.where(rising, a, low), np.where(rising, high, a)
        return self.statistic(self.covariances(low))


class RankOne:
    """N(0, I + l v v^T) in 32 dimensions, l in [0, 1]; the total correlation."""

    n_features = 32

    def __init__(self, rng, min_size, max_size):
        v = rng.random_sample(self.n_features)
        self.fixed = v / np.linalg.norm(v)

    def draw(self, rng, n):
        """Draw parameters, and return them with their covariances."""
        strength = rng.random_sample(n)
        return strength, self.covariances(strength)

    def covariances(self, strength):
        outer = np.outer(self.fixed, self.fixed)
        return np.eye(self.n_features) + strength[:, None, None] * outer

    def statistic(self, covariances, dof=None):
        return mutual_information(covariances, 1, dof)

    def oracle(self, moments, sizes):
        """Average the statistic over the posterior of l, of which v^T x is sufficient."""
        nodes = (np.arange(_N_NODES) + 0.5) / _N_NODES
        variance = np.einsum("nij,i,j->n", moments, self.fixed, self.fixed)
        misfit = np.log1p(nodes) + variance[:, None] / (1 + nodes)
        weights = softmax(-sizes[:, None] / 2 * misfit, axis=1)
        return weights @ self.statistic(self.covariances(nodes))


class RandomCovariance:
    """N(0, S), S a random covariance a set, in 32 dimensions; the total correlation.

    The oracle is the linear function of the estimates of log|S| and of sum log s_ii that is best
    for simulated sets: S varies so little that s_ii is nearly known, its estimates are not.
    """

    n_features = 32
    fixed = None

    def __init__(self, rng, min_size, max_size):
        _, covariances = self.draw(rng, _N_SIMULATED)
        sizes = rng.randint(min_size, max_size + 1, size=_N_SIMULATED)
        moments = _draw_moments(rng, covariances, sizes)
        self._regression = LinearRegression().fit(
            self._features(moments, sizes), self.statistic(covariances)
        )

    def draw(self, rng, n):
        """Draw covariances, which have no parameter."""
        return None, _random_covariances(rng, n, self.n_features)

    def statistic(self, covariances, dof=None):
        return mutual_information(covariances, 1, dof)

    def _features(self, moments, sizes):
        total = log_determinant(moments, sizes)
        return np.column_stack([total, total + 2 * self.statistic(moments, sizes)])

    def oracle(self, moments, sizes):
        return self._regression.predict(self._features(moments, sizes))


def _draw_moments(rng, covariances, sizes):
    """Draw second moments of sets by Bartlett's decomposition, without drawing the sets."""
    n, n_features, _ = covariances.shape
    factors = np.tril(rng.standard_normal(covariances.shape), -1)
    diagonal = np.arange(n_features)
    factors[:, diagonal, diagonal] = np.sqrt(rng.chisquare(sizes[:, None] - diagonal))
    factors = np.linalg.cholesky(covariances) @ factors
    return factors @ factors.transpose(0, 2, 1) / sizes[:, None, None]


FAMILIES = {
    "correlation": Correlation,
    "random": RandomCovariance,
    "rank1": RankOne,
    "rotation": Rotation,
}
