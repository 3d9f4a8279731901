"""Where a sequence of sets is cut into batches."""

import numpy as np
import pytest

from sksets._training.batches import batch_bounds


@pytest.mark.parametrize(
    ("sizes", "batch_size", "max_elements", "expected"),
    [
        ([], 2, None, []),
        ([1, 1, 1, 1, 1], None, None, [(0, 5)]),
        ([1, 1, 1, 1, 1], 2, None, [(0, 2), (2, 4), (4, 5)]),
        ([1, 1, 1, 1, 1], 9, None, [(0, 5)]),
        ([3, 2, 4, 1, 1], None, 5, [(0, 2), (2, 4), (4, 5)]),
        ([3, 2, 4, 1, 1], 1, 5, [(0, 1), (1, 2), (2, 3), (3, 4), (4, 5)]),
        # A set that is too large is a batch by itself, and takes no empty neighbour along.
        ([1, 9, 0, 2], None, 3, [(0, 1), (1, 2), (2, 4)]),
        ([9, 9], None, 1, [(0, 1), (1, 2)]),
        # Empty sets cost nothing.
        ([3, 0, 0, 3], None, 3, [(0, 3), (3, 4)]),
        ([0, 0, 0], 2, 1, [(0, 2), (2, 3)]),
    ],
)
def test_batch_bounds(sizes, batch_size, max_elements, expected):
    bounds = list(batch_bounds(np.array(sizes, dtype=int), batch_size, max_elements))
    assert bounds == expected
