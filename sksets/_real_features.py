"""Real features of items: given by the user, or the items themselves where they are vectors."""

import numpy as np


def read_real_features(ranker, item_features):
    """Return the real features of the items of a ranker, and which items have them.

    Parameters
    ----------
    ranker : BaseItemRanker
        After ``_fit_items``.
    item_features : array, sparse matrix, dict, pandas DataFrame or None
        As given to fit.

    Returns
    -------
    features : ndarray or CSR array of shape (n_items, n_features), float64
    known : ndarray of shape (n_items,), bool

    Raises
    ------
    ValueError
        Where there are none.
    """
    found = ranker._item_features(item_features)
    if found is not None:
        features, known = found
        return features.astype(np.float64), known
    if ranker.vocabulary_.ndim == 1:
        raise ValueError(
            f"{ranker} needs a vector of each item, and the items are single values. Pass "
            "item_features to fit: an array in the order of vocabulary, or a dict or DataFrame "
            "that names the items."
        )
    return ranker.vocabulary_.astype(np.float64), np.ones(len(ranker.vocabulary_), dtype=bool)
