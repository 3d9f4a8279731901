"""Sets without some of their elements."""


def keep_elements(sets, rows, offsets):
    """Return the same sets with some of their elements: same context, names and keys.

    Parameters
    ----------
    sets : SetArray
    rows : int64 ndarray of shape (n_elements_kept,)
        Of the elements that stay, set after set; their weights go along.
    offsets : int64 ndarray of shape (n_sets + 1,)
        Where each set starts among them.

    Returns
    -------
    SetArray
    """
    return sets._rows(rows, offsets, slice(0, len(sets)))
