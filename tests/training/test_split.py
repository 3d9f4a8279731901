"""The sets that early stopping holds out."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksets import DeepSetsClassifier
from sksets._training.split import validation_split


def test_early_stopping_with_more_classes_than_held_out_sets():
    X = [np.full((2, 1), i) for i in range(12)]
    y = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    clf = DeepSetsClassifier(early_stopping=True, max_epochs=2, random_state=0).fit(X, y)
    assert_array_equal(clf.classes_, range(6))
    with pytest.raises(ValueError, match="leave none to hold out"):
        clf.fit(X[:1], y[:1])


@pytest.mark.parametrize(
    ("n_sets", "fraction", "n_valid"), [(10, 0.2, 2), (10, 0.01, 1), (3, 1, 2)]
)
def test_a_share_of_the_sets_and_one_at_least_but_never_all(n_sets, fraction, n_valid):
    train, valid = validation_split(n_sets, fraction, np.random.default_rng(0))
    assert len(valid) == n_valid
    assert_array_equal(np.sort(np.append(train, valid)), np.arange(n_sets))
    assert (np.diff(train) > 0).all() and (np.diff(valid) > 0).all()


def test_each_class_gives_its_share_and_keeps_its_last_member():
    classes = np.array([0] * 40 + [1] * 20 + [2])
    for seed in range(20):
        rng = np.random.default_rng(seed)
        train, valid = validation_split(61, 0.3, rng, classes=classes)
        assert np.abs(np.bincount(classes[valid], minlength=3) - [12, 6, 0]).max() <= 1
        assert classes[train][-1] == 2
        train, valid = validation_split(61, 1.0, rng, classes=classes)
        assert_array_equal(np.bincount(classes[train]), [1, 1, 1])


def test_candidates_alone_are_held_out():
    candidates = np.array([1, 4, 6, 7])
    train, valid = validation_split(9, 0.5, np.random.default_rng(0), candidates=candidates)
    assert len(valid) == 2 and set(valid) < set(candidates)
    assert_array_equal(np.sort(np.append(train, valid)), np.arange(9))
    classes = np.array([0, 5, 1, 1, 0, 1, 5, 0, 1])
    train, valid = validation_split(
        9, 0.5, np.random.default_rng(0), classes=classes, candidates=candidates
    )
    # One of each class of the candidates.
    assert len(set(valid) & {1, 6}) == len(set(valid) & {4, 7}) == 1


def test_every_set_is_held_out_as_often_and_a_seed_decides():
    draws = [validation_split(5, 0.4, np.random.default_rng(seed))[1] for seed in range(500)]
    counts = np.bincount(np.concatenate(draws), minlength=5)
    assert_array_equal(validation_split(5, 0.4, np.random.default_rng(7))[1], draws[7])
    # 200 expected, with a standard deviation of 11.
    assert np.abs(counts - 200).max() < 44


@pytest.mark.parametrize("classes", [None, np.arange(3)])
def test_a_split_that_leaves_none_to_hold_out(classes):
    n_sets = 1 if classes is None else 3
    message = f"last one of a class, and {n_sets} sets leave none to hold out. Pass more"
    with pytest.raises(ValueError, match=message):
        validation_split(n_sets, 0.5, np.random.default_rng(0), classes=classes)


def test_a_split_whose_candidates_are_too_few():
    with pytest.raises(ValueError, match=r"1 sets leave none .* \(8 have no label or no w"):
        validation_split(9, 0.5, np.random.default_rng(0), candidates=np.array([4]))
