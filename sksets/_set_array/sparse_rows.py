"""Rows of a sparse matrix -> packed sets of their columns, weighed by the values."""

import numpy as np
from scipy import sparse

from sksets._set_array.indexing import element_position
from sksets._set_array.objects import describe_type
from sksets._set_array.packing import Packed


def pack_sparse(matrix):
    """Pack a sparse matrix of numbers above zero; zeros that are stored are none.

    Values that are not all one are the weights of the elements.

    Raises
    ------
    TypeError
        If it is no sparse matrix.
    ValueError
        If a value is below zero or not finite.
    """
    if not sparse.issparse(matrix):
        raise TypeError(f"Expected a sparse matrix, found a {describe_type(matrix)}.")
    if matrix.ndim != 2:
        raise ValueError(f"Expected a sparse matrix of 2 dimensions, found {matrix.ndim}.")
    rows = sparse.csr_array(matrix, copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    offsets = rows.indptr.astype(np.int64)
    weight = None if (rows.data == 1).all() else rows.data.astype(np.float64)
    if weight is not None and not (is_weight := (weight > 0) & np.isfinite(weight)).all():
        place = int(np.argmin(is_weight))
        row = element_position(offsets, place).partition(",")[0]
        raise ValueError(
            "A sparse matrix is read as sets of the columns that are not zero, weighed by its "
            f"values; {row}, column {rows.indices[place]} is {rows.data[place]:g}. Make it binary, "
            "X != 0, or use '.toarray()' where it is a table of numbers."
        )
    return Packed(rows.indices.astype(np.int64), offsets, element_weight=weight)
