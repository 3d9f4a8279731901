"""Rows of a sparse matrix -> packed sets of the columns where they have a one."""

import numpy as np
from scipy import sparse

from sksets._set_array.indexing import element_position
from sksets._set_array.objects import describe_type
from sksets._set_array.packing import Packed


def pack_sparse(matrix):
    """Pack a sparse matrix of zeros and ones; zeros that are stored are none.

    Raises
    ------
    TypeError
        If it is no sparse matrix.
    ValueError
        If a value is neither zero nor one, which a set of columns could not keep.
    """
    if not sparse.issparse(matrix):
        raise TypeError(f"Expected a sparse matrix, found a {describe_type(matrix)}.")
    if matrix.ndim != 2:
        raise ValueError(f"Expected a sparse matrix of 2 dimensions, found {matrix.ndim}.")
    rows = sparse.csr_array(matrix, copy=True)
    rows.sum_duplicates()
    rows.eliminate_zeros()
    offsets = rows.indptr.astype(np.int64)
    if not (is_one := rows.data == 1).all():
        place = int(np.argmin(is_one))
        row = element_position(offsets, place).partition(",")[0]
        raise ValueError(
            f"A sparse matrix is read as sets of the columns that are one; {row}, column "
            f"{rows.indices[place]} is {rows.data[place]:g}. Make it binary, X != 0, or use "
            "'.toarray()' where it is a table of numbers."
        )
    return Packed(rows.indices.astype(np.int64), offsets)
