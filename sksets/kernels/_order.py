"""The order of Renyi's and Tsallis' divergences, and how many neighbours it takes."""

import math
from numbers import Real

from sksets._arguments import check_count

# The divergences that have an order.
ORDERED_DIVERGENCES = ("renyi", "tsallis")


def check_order(alpha, n_neighbors=None, *, name="alpha"):
    """Check the order of the divergences of Renyi and of Tsallis.

    Parameters
    ----------
    alpha : float
        The order.
    n_neighbors : int, default=None
        The smallest k that they are estimated with. None checks the order alone.
    name : str, default="alpha"
        What messages call the order.

    Raises
    ------
    ValueError
        If alpha is no number above 0 other than 1, or n_neighbors at most abs(alpha - 1), where
        the terms of the estimator have no expectation.

    See Also
    --------
    knn_divergences : The estimators.

    Examples
    --------
    >>> from sksets.kernels import check_order
    >>> check_order(0.5, 3)
    >>> check_order(4.0, 3)
    Traceback (most recent call last):
    ValueError: alpha=4.0 needs n_neighbors above 3, abs(alpha - 1); found 3.
    """
    if not isinstance(alpha, Real) or not 0 < alpha < math.inf or alpha == 1:
        raise ValueError(
            f"{name} must be a number above 0 other than 1, where Renyi's and Tsallis' divergences "
            f"are that of Kullback and Leibler ('kl'); found {alpha!r:.100}."
        )
    if n_neighbors is not None and check_count(n_neighbors, "n_neighbors", 1) <= abs(alpha - 1):
        raise ValueError(
            f"{name}={alpha} needs n_neighbors above {abs(alpha - 1):g}, abs({name} - 1); found "
            f"{n_neighbors}."
        )
