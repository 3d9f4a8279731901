"""DeepSetsClassifier: classes, labels and their weights."""

import numpy as np
import pytest
from network_cases import sums
from numpy.testing import assert_allclose, assert_array_equal

from sksets import DeepSetsClassifier


def test_string_labels_probabilities_and_classes():
    X, y = sums(600)
    labels = np.where(y > 3, "many", np.where(y > 1, "few", "none"))
    clf = DeepSetsClassifier(random_state=0).fit(X[:400], labels[:400])
    assert_array_equal(clf.classes_, ["few", "many", "none"])
    proba = clf.predict_proba(X[400:])
    assert_allclose(proba.sum(axis=1), 1)
    assert_array_equal(clf.predict(X[400:]), clf.classes_[proba.argmax(axis=1)])
    assert clf.score(X[400:], labels[400:]) > 0.9


def test_multilabel_targets_go_through_a_sigmoid():
    X, y = sums(600)
    labels = np.column_stack([y > 2, [len(s) > 3 for s in X], np.zeros(len(X))]).astype(int)
    clf = DeepSetsClassifier(random_state=0).fit(X[:400], labels[:400])
    predicted = clf.predict(X[400:])
    assert predicted.shape == (200, 3)
    assert (predicted == labels[400:]).mean(axis=0).min() > 0.9
    assert not np.allclose(clf.predict_proba(X).sum(axis=1), 1)
    with pytest.raises(ValueError, match="y has 2 labels, but .* with 3"):
        clf.set_params(warm_start=True).fit(X, labels[:, :2])


def test_class_weight_moves_predictions_towards_the_rare_class():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(5, 1)) for _ in range(400)]
    y = rng.random(400) < 0.1
    plain = DeepSetsClassifier(max_epochs=60, random_state=0).fit(X, y)
    balanced = DeepSetsClassifier(max_epochs=60, class_weight="balanced", random_state=0).fit(X, y)
    by_hand = DeepSetsClassifier(max_epochs=60, class_weight={True: 1 / 0.2, False: 1 / 1.8})
    assert balanced.predict(X).mean() > 0.2 > plain.predict(X).mean()
    weight = np.where(y, len(y) / (2 * y.sum()), len(y) / (2 * (~y).sum()))
    weighted = DeepSetsClassifier(max_epochs=60, random_state=0).fit(X, y, sample_weight=weight)
    assert_array_equal(balanced.predict_proba(X), weighted.predict_proba(X))
    assert by_hand.fit(X, y).predict(X).mean() > 0.2


def three_points():
    X = [np.array([[float(i)]]) for i in (0, 1, 2)] * 8
    return X, np.array(["a", "b", "c"] * 8)


def test_label_smoothing_keeps_probabilities_from_zero_and_one():
    X, y = three_points()
    clf = DeepSetsClassifier(
        label_smoothing=0.3, early_stopping=True, n_iter_no_change=100, tol=0, random_state=0
    )
    proba = clf.fit(X, y).predict_proba(X[:3])
    assert_allclose(proba, 0.7 * np.eye(3) + 0.1, atol=0.02)
    # The validation loss is that of smoothed targets, which is never below their entropy.
    entropy = -(0.8 * np.log(0.8) + 0.2 * np.log(0.1))
    losses = [row["valid_loss"] for row in clf.history_]
    assert_allclose(min(losses), entropy, atol=0.01)
    assert min(losses) >= entropy - 1e-6


def test_label_smoothing_of_several_labels():
    X, _ = three_points()
    y = np.array([[0, 1], [1, 1], [1, 0]] * 8)
    clf = DeepSetsClassifier(label_smoothing=0.4, random_state=0, pooling="mean").fit(X, y)
    assert_allclose(clf.predict_proba(X[:3]), 0.6 * y[:3] + 0.2, atol=0.02)


def test_label_smoothing_is_a_part_of_the_network_that_was_built():
    X, y = three_points()
    clf = DeepSetsClassifier(max_epochs=1, warm_start=True, random_state=0).fit(X, y)
    with pytest.raises(ValueError, match="built with label_smoothing=0.0"):
        clf.set_params(label_smoothing=0.1).fit(X, y)


@pytest.mark.parametrize("share", [1.0, -0.1, "a"])
def test_label_smoothing_out_of_range(share):
    with pytest.raises(ValueError, match=r"'label_smoothing'.* in the range \[0.0?, 1.0?\)"):
        DeepSetsClassifier(label_smoothing=share).fit(*three_points())
