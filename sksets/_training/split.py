"""The sets that early stopping holds out."""

import numpy as np


def validation_split(n_sets, fraction, rng, *, classes=None, candidates=None):
    """Draw the sets held out for early stopping.

    No class loses its last member to the held-out part, and the part may be smaller than the
    number of classes, where scikit-learn's splitters raise.

    Parameters
    ----------
    n_sets : int
    fraction : float
        Share of the sets, or of the candidates, that is held out.
    rng : numpy Generator
    classes : ndarray of int of shape (n_sets,), default=None
        Codes by which the held-out part is stratified.
    candidates : ndarray of int of shape (n_candidates,), default=None
        Sorted positions of the sets that have a loss, and may be held out; None for all.

    Returns
    -------
    train, valid : ndarrays of int
        Sorted positions.
    """
    candidates = np.arange(n_sets) if candidates is None else candidates
    n = len(candidates)
    order = rng.permutation(n)
    codes = np.zeros(n, dtype=np.int64) if classes is None else classes[candidates[order]]
    by_class = np.argsort(codes, kind="stable")
    counts = np.bincount(codes)
    # Where each set stands in its class, as a share: the sets that come first in all classes are
    # held out, so that each class gives the same share of its own.
    ranks = np.empty(n)
    ranks[by_class] = np.concatenate([(np.arange(c) + 0.5) / max(c, 1) for c in counts])
    # The last of the c members of a class has the rank 1 - 1 / (2 c): it is never held out.
    free = np.flatnonzero(ranks <= 1 - 1 / counts[codes])
    n_valid = max(1, round(fraction * n))
    chosen = free[np.argsort(ranks[free], kind="stable")][:n_valid]
    if len(chosen) == 0:
        without = f" ({n_sets - n} have no label or no weight)" if n < n_sets else ""
        raise ValueError(
            f"early_stopping=True holds sets out of training, but never the last one of a class, "
            f"and {n} sets leave none to hold out{without}. Pass more sets or early_stopping=False."
        )
    valid = candidates[np.sort(order[chosen])]
    return np.setdiff1d(np.arange(n_sets), valid), valid
