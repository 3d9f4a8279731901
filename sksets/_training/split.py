"""The sets that early stopping holds out."""

import numpy as np


def validation_split(n_sets, fraction, rng, classes=None):
    """Draw the sets held out for early stopping, stratified where ``classes`` is given.

    No class loses its last member to the held-out part, and the part may be smaller than the
    number of classes, where scikit-learn's splitters raise.

    Returns
    -------
    train, valid : ndarrays of int
        Sorted positions.
    """
    n_valid = max(1, round(fraction * n_sets))
    order = rng.permutation(n_sets)
    codes = np.zeros(n_sets, dtype=np.int64) if classes is None else classes[order]
    by_class = np.argsort(codes, kind="stable")
    counts = np.bincount(codes)
    ranks = np.empty(n_sets)
    ranks[by_class] = np.concatenate([(np.arange(c) + 0.5) / max(c, 1) for c in counts])
    last = ranks > 1 - 1 / counts[codes]
    candidates = np.flatnonzero(~last)
    chosen = candidates[np.argsort(ranks[candidates], kind="stable")][:n_valid]
    if len(chosen) == 0:
        raise ValueError(
            f"early_stopping=True holds sets out of training, but never the last one of a class, "
            f"and {n_sets} sets leave none to hold out. Pass more sets or early_stopping=False."
        )
    valid = np.sort(order[chosen])
    return np.setdiff1d(np.arange(n_sets), valid), valid
