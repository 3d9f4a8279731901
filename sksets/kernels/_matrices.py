"""Checks of square matrices of kernels or distances."""

import numpy as np

from sksets._validation import read_matrix

FLOATS = [np.float64, np.float32]


def check_square(matrix, name):
    """Return a finite square matrix of floats.

    Parameters
    ----------
    matrix : array-like of shape (n, n)
    name : str
        What messages call it.

    Raises
    ------
    ValueError
        If it is not square, or an entry is not finite.
    """
    matrix = read_matrix(matrix, name, dtype=FLOATS)
    if matrix.shape[0] != matrix.shape[1]:
        raise ValueError(
            f"{name} must be square, one row and one column a set; found shape {matrix.shape}."
        )
    return matrix


def make_symmetric(K, name):
    """Return (K + K^T) / 2 of a square matrix, where they differ by rounding alone.

    Parameters
    ----------
    K : ndarray of shape (n, n)
    name : str
        What messages call it.

    Raises
    ------
    ValueError
        If two entries differ by more than the square root of the precision, of the largest one.
    """
    difference = np.abs(K - K.T)
    if difference.max() > np.sqrt(np.finfo(K.dtype).eps) * np.abs(K).max():
        i, j = np.unravel_index(np.argmax(difference), K.shape)
        raise ValueError(
            f"{name} must be symmetric; entry ({i}, {j}) is {K[i, j]:.6g}, ({j}, {i}) is "
            f"{K[j, i]:.6g}. Take the mean of {name} and its transpose first."
        )
    return (K + K.T) / 2
