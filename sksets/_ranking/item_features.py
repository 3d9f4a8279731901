"""Features of items: given by the user, or the items themselves where they are vectors."""

from collections.abc import Mapping

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_array

from sksets._ranking.items import ItemIndex, as_items
from sksets._set_array import is_default_index, library_of, read_array


def named_items(item_features):
    """Return the items that a dict or a DataFrame of features names, else None."""
    if isinstance(item_features, Mapping):
        return list(item_features)
    if library_of(item_features) == "pandas" and hasattr(item_features, "index"):
        return item_features.index
    return None


def read_item_features(item_features, index):
    """Return the features of the items of ``index``.

    Parameters
    ----------
    item_features : array, sparse matrix, dict or pandas DataFrame
        One row an item; a dict and a DataFrame name the items, and need not name all.
    index : ItemIndex

    Returns
    -------
    features : ndarray or CSR array of shape (n_items, n_features)
        Zero for the items that have none.
    known : ndarray of shape (n_items,), bool
        Which items have features.
    """
    names = named_items(item_features)
    if isinstance(item_features, Mapping):
        widths = {np.shape(row) for row in item_features.values()}
        if len(widths) != 1 or len(next(iter(widths))) != 1:
            raise ValueError(
                "item_features must give each item a vector of the same length; found shapes "
                f"{sorted(widths)[:3]}."
            )
        item_features = list(item_features.values())
    dtypes = [np.float64, np.float32]
    try:
        if library_of(item_features) is None and not sparse.issparse(item_features):
            item_features = read_array(item_features, "item_features")
        features = check_array(
            item_features, accept_sparse="csr", dtype=dtypes, input_name="item_features"
        )
    except (TypeError, ValueError, NotImplementedError) as error:
        # Of a table that no matrix can be made of, pyarrow raises an error of its own.
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(f"Cannot read item_features, one vector an item: {error}") from error
    if names is None:
        if features.shape[0] != len(index):
            raise ValueError(
                f"item_features has {features.shape[0]} rows, but there are {len(index)} items. "
                "Give one row an item in the order of vocabulary, or a dict or DataFrame that "
                "names the items."
            )
        return features, np.ones(len(index), dtype=bool)
    rows = ItemIndex(as_items(names, index.items, "item_features")).positions(index.items)
    known = rows >= 0
    if is_default_index(names) and not known.all():
        # Rows in the order of the vocabulary, most likely, whose numbers would name other items.
        raise ValueError(
            "item_features has pandas' default index, which names the items 0 to "
            f"{len(names) - 1}, but {index.items[np.argmin(known)]!s} is an item. Make the items "
            "its index, or pass item_features.to_numpy() with a row an item in the order of "
            "vocabulary."
        )
    if not known.any():
        raise ValueError("item_features names none of the items of the sets.")
    features = features[rows.clip(min=0)]
    # Unknown items, at row -1, were given the features of row 0.
    if sparse.issparse(features):
        return features.multiply(known[:, None]).tocsr(), known
    return features * known[:, None], known


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
    given = ranker._item_features(item_features)
    if given is not None:
        features, known = given
        return features.astype(np.float64), known
    if ranker.vocabulary_.ndim == 1:
        raise ValueError(
            f"{ranker} needs a vector of each item, and the items are single values. Pass "
            "item_features to fit: an array in the order of vocabulary, or a dict or DataFrame "
            "that names the items."
        )
    return ranker.vocabulary_.astype(np.float64), np.ones(len(ranker.vocabulary_), dtype=bool)
