"""FastTag: tags from features by two linear maps that regularise each other.

M. Chen, A. Zheng and K. Weinberger, "Fast Image Tagging", ICML 2013. With the objects as rows of
X (n, d) and of the tags Y (n, K), W maps features to tags and B completes tags. They minimise

    ||Y B' - X W||^2 / n + penalty ||W||^2 + weight r(B),   r(B) = E ||Y - Z B'||^2 / n,

where Z is Y with each tag removed with probability ``corruption``: with S = Y' Y and q the
probability of a tag to stay, r(B) needs no draws but the two moments P = E[Y' Z] = q S and
Q = E[Z' Z] = q^2 S + q (1 - q) diag(S).

The paper alternates W = (X' X + n penalty I)^-1 X' Y B' and B = (W' X' Y + weight P) (S + weight
Q)^-1. The loss is convex in both, and W put into the second equation gives the limit at once,

    B = weight P (S + weight Q - A)^-1,   A = Y' X (X' X + n penalty I)^-1 X' Y,

which is what is computed here. The paper's bootstrapping, a further layer that is learned on the
completed tags Y B', is here; its treatment of rare tags, stages that go on with the tags of low
recall on validation data, is not. Made from the paper's formulas, not compared with the authors'
code.
"""

import numpy as np
from scipy.linalg import solve


def _fit_layer(X, Y, penalty, weight, corruption):
    """Return W (d, K) and B (K, K)."""
    n_objects, n_tags = Y.shape
    S, products = Y.T @ Y, X.T @ Y
    gram = X.T @ X + n_objects * penalty * np.eye(X.shape[1])
    projected = solve(gram, products, assume_a="pos")
    q = 1 - corruption
    P, Q = q * S, q * q * S + q * (1 - q) * np.diag(np.diag(S))
    # A tag that no object has makes the matrix singular.
    total = S + weight * Q - products.T @ projected + 1e-6 * np.eye(n_tags)
    B = weight * solve(total, P.T, assume_a="sym").T
    return projected @ B.T, B


def fast_tag(X, Y, *, penalty, weight, corruption, n_layers=1):
    """Return W (d, K): the scores of the tags of objects X are X W.

    Parameters
    ----------
    X : ndarray of shape (n_objects, d)
        Features, with a constant among them.
    Y : ndarray of shape (n_objects, n_tags)
        1 where an object has a tag, else 0.
    penalty, weight : float
        Of W, and of the completion of tags.
    corruption : float
        Probability that a tag is removed.
    n_layers : int, default=1
        How often tags are completed.
    """
    X, Y = X.astype(np.float64), Y.astype(np.float64)
    for _ in range(n_layers):
        W, B = _fit_layer(X, Y, penalty, weight, corruption)
        Y = Y @ B.T
    return W
