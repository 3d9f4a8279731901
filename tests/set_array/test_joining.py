"""SetArray.concatenate and +."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksets import SetArray


def make(start, n_sets=2, **options):
    values = np.arange(start, start + 2.0 * n_sets).reshape(-1, 2)
    return SetArray(values, np.arange(n_sets + 1), **options)


def test_sets_come_one_after_another():
    parts = [
        SetArray.from_sets([np.ones((2, 2)), np.empty((0, 2))]),
        SetArray.from_sets([np.full((1, 2), 7.0)]),
    ]
    for joined in (SetArray.concatenate(parts), parts[0] + parts[1]):
        assert joined.sizes.tolist() == [2, 0, 1]
        for elements, expected in zip(joined, [*parts[0], *parts[1]], strict=True):
            assert_array_equal(elements, expected)
    assert len(SetArray.concatenate([parts[0]])) == 2


def test_slices_join_to_the_whole():
    sets = make(0, 6, context=np.arange(6), keys=list("abcdef"), feature_names=["x", "y"])
    joined = sets[:2] + sets[2:2] + sets[2:]
    assert_array_equal(joined.values, sets.values)
    assert_array_equal(joined.offsets, sets.offsets)
    assert_array_equal(joined.context, sets.context)
    assert joined.keys.tolist() == list("abcdef")
    assert joined.feature_names.tolist() == ["x", "y"]


def test_names_of_one_are_those_of_all():
    assert (make(0) + make(4, feature_names=["x", "y"])).feature_names.tolist() == ["x", "y"]


@pytest.mark.parametrize(
    "arrays, match",
    [
        ([], "at least one SetArray"),
        (
            [make(0), SetArray(np.ones((1, 3)), [0, 1])],
            r"array 1 has elements of shape \(3,\), array 0 elements of shape \(2,\)",
        ),
        ([make(0), make(0, context=[1, 2])], "array 1 has context of 1 column.*no context"),
        ([make(0, keys=[1, 2]), make(0)], "array 1 has no keys"),
        ([make(0, keys=[1, 2]), make(0, keys=[3, 1])], "The key 1 is there twice"),
        (
            [make(0, feature_names=["x", "y"]), make(0, feature_names=["y", "x"])],
            r"same feature_names in the same order; array 1 has \['y', 'x'\]",
        ),
        (
            [SetArray(["a"], [0, 1]), SetArray([1.0], [0, 1])],
            "array 1 has numbers, array 0 strings",
        ),
    ],
)
def test_arrays_that_do_not_fit(arrays, match):
    with pytest.raises(ValueError, match=match):
        SetArray.concatenate(arrays)


def test_only_set_arrays_are_joined():
    with pytest.raises(TypeError, match="found a list in place 1. Use SetArray.from_sets"):
        SetArray.concatenate([make(0), [np.ones((1, 2))]])
    with pytest.raises(TypeError):
        make(0) + 1
