"""Arrays in blocks of rows."""

import numpy as np
import pytest

from sksets import _blocks
from sksets._blocks import row_slices, slices_by_cost


@pytest.mark.parametrize(
    ("n_bytes", "starts"), [(1, [0, 1, 2, 3, 4]), (16, [0, 1, 2, 3, 4]), (32, [0, 2, 4]), (99, [0])]
)
def test_blocks_hold_all_rows_once_in_their_order(n_bytes, starts, monkeypatch):
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", n_bytes)
    rows = np.arange(10.0).reshape(5, 2)
    slices = list(row_slices(rows))
    assert [part.start for part in slices] == starts
    np.testing.assert_array_equal(np.concatenate([rows[part] for part in slices]), rows)


@pytest.mark.parametrize("shape", [(0, 2), (0,), (3, 0)])
def test_arrays_without_numbers(shape):
    empty = np.empty(shape)
    assert sum(len(empty[part]) for part in row_slices(empty)) == len(empty)


@pytest.mark.parametrize(
    ("costs", "limit", "stops"),
    [
        ([2, 2, 2, 2], 4, [2, 4]),
        ([2, 2, 2, 2], 1, [1, 2, 3, 4]),
        ([1, 9, 0, 1, 1, 1], 2, [1, 2, 5, 6]),
        ([0, 0, 0], 0, [3]),
        ([], 5, []),
    ],
)
def test_slices_by_cost(costs, limit, stops):
    slices = list(slices_by_cost(np.array(costs, dtype=np.int64), limit))
    assert [part.stop for part in slices] == stops
    assert [part.start for part in slices] == [0, *stops][: len(stops)]
