"""Which items are in which sets, as a sparse matrix."""

import numpy as np
from scipy import sparse

from sksets._set_array import offsets_from_sizes


def membership(ids, n_items):
    """Return the CSR array (n_sets, n_items) that is one where a set holds an item.

    Parameters
    ----------
    ids : SetArray
        Positions of items, each once a set; -1 for what is no item, which counts for nothing.
    n_items : int
    """
    known = ids.values >= 0
    offsets = offsets_from_sizes(known)[ids.offsets]
    ones = np.ones(offsets[-1])
    return sparse.csr_array((ones, ids.values[known], offsets), shape=(len(ids), n_items))
