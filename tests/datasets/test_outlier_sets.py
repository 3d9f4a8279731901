"""Sets with one member that does not belong."""

import numpy as np
import pytest

from sksets.datasets import make_outlier_sets

LABELS = np.repeat(["a", "b", "c"], [20, 30, 5])
INDICES = np.arange(len(LABELS))


def test_all_but_the_outlier_share_their_label():
    X, y = make_outlier_sets(INDICES, LABELS, n_sets=300, size=(3, 7), random_state=0)
    assert set(X.sizes) == {3, 4, 5, 6, 7} and y.shape == (300,) and y.dtype == np.int64
    shared = set()
    for indices, place in zip(X, y, strict=True):
        assert len(set(indices)) == len(indices)
        others = np.delete(LABELS[indices], place)
        assert len(set(others)) == 1 and LABELS[indices[place]] != others[0]
        shared.add(others[0])
    # "c" has 5 elements: too few for the 6 that share a label in a set of 7
    assert shared == {"a", "b"}


def test_smallest_label_that_is_enough():
    X, y = make_outlier_sets(INDICES, LABELS, n_sets=50, size=6, random_state=0)
    shared = [LABELS[np.delete(indices, place)][0] for indices, place in zip(X, y, strict=True)]
    assert set(shared) == {"a", "b", "c"}


def test_the_outlier_shares_no_attribute():
    attributes = np.random.RandomState(0).random_sample((400, 6)) < 0.5
    X, y = make_outlier_sets(
        np.arange(400), attributes.astype(int), n_sets=200, size=8, n_shared=2, random_state=0
    )
    pairs = set()
    for indices, place in zip(X, y, strict=True):
        common = attributes[np.delete(indices, place)].all(axis=0)
        lacking = common & ~attributes[indices[place]]
        assert lacking.sum() >= 2
        pairs.add(tuple(np.flatnonzero(lacking)[:2]))
    assert len(pairs) > 10  # of 15


def test_places_are_uniform():
    _, y = make_outlier_sets(INDICES, LABELS, n_sets=6000, size=6, random_state=0)
    counts = np.bincount(y, minlength=6)
    assert abs(counts - 1000).max() < 150  # 5 standard deviations


def test_elements_are_drawn_uniformly():
    X, y = make_outlier_sets(INDICES, LABELS, n_sets=4000, size=(3, 4), random_state=0)
    members = np.concatenate([np.delete(s, place) for s, place in zip(X, y, strict=True)])
    for label in "abc":
        counts = np.bincount(members, minlength=len(LABELS))[label == LABELS]
        assert abs(counts / counts.mean() - 1).max() < 0.35


def test_sets_without_outlier():
    X, y = make_outlier_sets(
        INDICES, LABELS, n_sets=2000, size=5, outlier_fraction=0.25, random_state=0
    )
    assert abs((y >= 0).mean() - 0.25) < 0.05 and y.min() == -1
    for indices, place in zip(X, y, strict=True):
        assert len(set(indices)) == 5
        assert len(set(LABELS[indices])) == (1 if place < 0 else 2)
    _, y = make_outlier_sets(INDICES, LABELS, n_sets=20, size=5, outlier_fraction=0)
    assert set(y) == {-1}


def test_outlier_sets_repeat_and_keep_the_elements():
    images = np.arange(55 * 4, dtype=np.uint8).reshape(55, 2, 2)
    X, y = make_outlier_sets(images, LABELS, n_sets=30, size=4, random_state=1)
    again, y_again = make_outlier_sets(images, LABELS, n_sets=30, size=4, random_state=1)
    other, _ = make_outlier_sets(images, LABELS, n_sets=30, size=4, random_state=2)
    assert X.element_shape == (2, 2) and X.values.dtype == np.uint8
    np.testing.assert_array_equal(X.values, again.values)
    np.testing.assert_array_equal(y, y_again)
    assert (X.values != other.values).any()
    ignored, _ = make_outlier_sets(images, LABELS, n_sets=30, size=4, n_shared=9, random_state=1)
    np.testing.assert_array_equal(X.values, ignored.values)


@pytest.mark.parametrize(
    "labels, parameters, message",
    [
        (LABELS[:-1], {}, r"same length, got arrays of shape \(55,\) and \(54,\)"),
        (np.zeros((55, 2, 2)), {}, "must be 1-D .* or 2-D .*, got 3 dimensions"),
        (np.zeros(55), {}, "two values or more, found only 0.0"),
        (np.where(INDICES == 7, np.nan, 1.0), {}, r"hold NaN, first at \[7\]"),
        (np.full((55, 3), 2), {}, "attributes must be 0 or 1, found 2"),
        (np.eye(55)[:, :3], {"n_shared": 4}, "n_shared == 4, must be <= 3"),
        (LABELS, {"size": 2}, "size == 2, must be >= 3"),
        (LABELS, {"size": (5, 4)}, "size == 4, must be >= 5"),
        (LABELS, {"size": "all"}, "integer or a pair"),
        (LABELS, {"n_sets": 0}, "n_sets == 0"),
        (LABELS, {"outlier_fraction": 1.5}, "outlier_fraction == 1.5"),
        (
            LABELS,
            {"size": 32},
            "need 31 elements that share a label and one that has another. Of 3 possibilities "
            "none has both; the most frequent is shared by 30 elements. Give more elements or a "
            "smaller size",
        ),
        (
            np.ones((55, 3)),
            {"size": 4},
            "need 3 elements that share the same 2 attributes and one that has none of them",
        ),
    ],
)
def test_outlier_sets_say_what_is_wrong(labels, parameters, message):
    with pytest.raises(ValueError, match=message):
        make_outlier_sets(INDICES, labels, **parameters)
