"""Entropy and mutual information of Gaussians, from covariances that are true or estimated."""

import numpy as np
from scipy.special import digamma


def log_determinant(covariances, dof=None):
    """Return log|S| of covariances S, or estimate it from sample covariances without bias.

    Of a sample covariance C of nu degrees of freedom in k dimensions, nu C has a Wishart
    distribution, and E log|C| = log|S| + sum over i < k of digamma((nu - i) / 2) - log(nu / 2).

    Parameters
    ----------
    covariances : ndarray of shape (n, k, k)
    dof : ndarray of shape (n,), default=None
        Degrees of freedom, at least k, whose bias is taken away; none by default.

    Returns
    -------
    ndarray of shape (n,)
    """
    log_determinants = np.linalg.slogdet(covariances)[1]
    if dof is None:
        return log_determinants
    half = (dof[:, None] - np.arange(covariances.shape[-1])) / 2
    return log_determinants - (digamma(half) - np.log(dof[:, None] / 2)).sum(axis=1)


def first_entropy(covariances, dof=None):
    """Return the entropy of the first coordinate, log(2 pi e s_11) / 2."""
    return (np.log(2 * np.pi * np.e) + log_determinant(covariances[:, :1, :1], dof)) / 2


def mutual_information(covariances, block_size, dof=None):
    """Return the mutual information of blocks of coordinates, (sum log|S_bb| - log|S|) / 2.

    Of two blocks it is the usual one, of blocks of one coordinate the total correlation.

    Parameters
    ----------
    covariances : ndarray of shape (n, k, k)
    block_size : int
        Coordinates of a block; a divisor of k.
    dof : ndarray of shape (n,), default=None
        See :func:`log_determinant`.

    Returns
    -------
    ndarray of shape (n,)
    """
    starts = range(0, covariances.shape[-1], block_size)
    blocks = [slice(start, start + block_size) for start in starts]
    parts = sum(log_determinant(covariances[:, block, block], dof) for block in blocks)
    return (parts - log_determinant(covariances, dof)) / 2
