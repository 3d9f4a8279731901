"""Which items are in which sets."""

import numpy as np
from numpy.testing import assert_array_equal

from sksets import SetArray
from sksets._ranking.membership import membership


def test_a_row_a_set_and_a_column_an_item():
    ids = SetArray(np.array([2, 0, 1, 2]), [0, 2, 2, 4])
    matrix = membership(ids, 4)
    assert matrix.format == "csr"
    assert_array_equal(matrix.toarray(), [[1, 0, 1, 0], [0, 0, 0, 0], [0, 1, 1, 0]])


def test_what_is_no_item_counts_for_nothing():
    ids = SetArray(np.array([-1, 0, -1, 1, -1]), [0, 2, 3, 5])
    assert_array_equal(membership(ids, 2).toarray(), [[1, 0], [0, 0], [0, 1]])
    assert membership(SetArray(np.empty(0, dtype=int), [0]), 3).shape == (0, 3)
