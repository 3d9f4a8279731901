"""Labels of outliers as targets, and the share of outliers that are found."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksets._deep_sets.outlier_labels import lies_in_its_set, mark_outliers, share_found


def test_an_index_lies_in_its_set_or_stands_for_none():
    index, sizes = np.array([-2, -1, 0, 2, 3, 0]), np.array([3, 0, 3, 3, 3, 0])
    assert lies_in_its_set(index, sizes).tolist() == [False, True, True, True, False, False]


def test_outliers_are_marked_among_all_elements():
    marked = mark_outliers(np.array([1, -1, -1, 0, 2]), np.array([2, 0, 1, 1, 3]))
    assert_array_equal(marked, [0, 1, 0, 1, 0, 0, 1])


@pytest.mark.parametrize(
    ("weight", "expected"), [(None, 2 / 3), ([1, 1, 1, 5], 6 / 7), ([0, 3, 9, 1], 1 / 4)]
)
def test_the_share_counts_sets_with_an_outlier_alone(weight, expected):
    likeliest, index = np.array([0, 1, 2, 3]), np.array([0, 0, -1, 3])
    weight = None if weight is None else np.array(weight, dtype=float)
    assert share_found(likeliest, index, weight) == pytest.approx(expected)


def test_there_must_be_an_outlier_of_weight():
    for weight in (None, np.array([0.0, 1.0])):
        index = np.array([-1, -1]) if weight is None else np.array([0, -1])
        with pytest.raises(ValueError, match="y is -1 for every set of weight"):
            share_found(np.array([0, 0]), index, weight)
