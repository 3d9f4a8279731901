"""DeepSetsElementClassifier: classes, words for no label, weights of classes."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from element_cases import above, centred, make, probabilities, rows
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError

from sksets import DeepSetsElementClassifier


@pytest.mark.parametrize("form", ["lambda_gamma", "gamma", "attention"])
def test_classifier_learns_what_only_the_set_tells(form):
    X, y = centred()
    y = above(y)
    clf = make(DeepSetsElementClassifier, equivariant_form=form, max_epochs=40)
    assert clf.fit(X[:150], y[:150]).score(X[150:], y[150:]) > 0.9
    assert_array_equal(clf.classes_, ["above", "no"])
    proba = probabilities(clf, X[150:])
    assert_allclose(proba.sum(axis=1), 1)
    predicted = np.concatenate(list(clf.predict(X[150:])))
    assert_array_equal(predicted, clf.classes_[proba.argmax(axis=1)])
    clf.set_params(equivariant_layer_sizes=()).fit(X[:150], y[:150])
    assert clf.score(X[150:], y[150:]) < 0.8


def test_the_words_for_no_label_are_equal_to_the_bit():
    X = [np.arange(3.0)[:, None], np.array([[4.0], [1.0]]), np.empty((0, 1)), np.ones((2, 1))]
    clf = make(DeepSetsElementClassifier, max_epochs=5)

    def fitted(first, last):
        fit = clf.fit(X, [first, ["no", "maybe"], [], last])
        assert_array_equal(fit.classes_, ["maybe", "no", "yes"])
        return probabilities(fit, X)

    expected = fitted(["yes", None, "no"], [None, None])
    for first in (["yes", -1, "no"], ["yes", np.nan, "no"], ("yes", pd.NA, "no"),
                  pd.Series(["yes", None, "no"], dtype="string"),
                  pl.Series(["yes", None, "no"])):  # fmt: skip
        for last in ([-1, -1], [np.nan] * 2, np.array([None, -1], dtype=object)):
            assert_array_equal(fitted(first, last), expected)


def test_the_numbers_for_no_label_are_equal_to_the_bit():
    X = [np.arange(3.0)[:, None], np.array([[4.0], [1.0]])]
    clf = make(DeepSetsElementClassifier, max_epochs=5)
    expected = probabilities(clf.fit(X, [[2, -1, 0], [0, 1]]), X)
    for first in ([2, None, 0], [2.0, np.nan, 0.0], np.array([2, -1, 0], dtype=np.int8),
                  pd.Series([2, None, 0], dtype="Int64"), pl.Series([2, None, 0])):  # fmt: skip
        assert_array_equal(probabilities(clf.fit(X, [first, [0, 1]]), X), expected)
        assert_array_equal(clf.classes_, [0, 1, 2])


def test_a_class_that_fit_did_not_see_counts_as_an_error():
    X, y = centred(40)
    clf = make(DeepSetsElementClassifier).fit(X, above(y))
    assert clf.score(X[:1], [["new"] * len(X[0])]) == 0


def test_label_smoothing_keeps_probabilities_from_zero_and_one():
    X, y = [np.array([[0.0], [1.0]])] * 8, [np.array(["a", "b"])] * 8
    clf = DeepSetsElementClassifier(label_smoothing=0.2, max_epochs=60, random_state=0).fit(X, y)
    assert_allclose(clf.predict_proba(X)[0], [[0.9, 0.1], [0.1, 0.9]], atol=0.02)


def test_class_weight_counts_labelled_elements():
    X, y = centred(60)
    rare = [np.where(part > 1.2, "rare", "common").astype(object) for part in y]
    for part in rare:
        part[0] = None
    flat = np.concatenate(rare)
    n_rare, n_common = np.sum(flat == "rare"), np.sum(flat == "common")
    n = n_rare + n_common
    by_class = {"rare": n / (2 * n_rare), "common": n / (2 * n_common)}
    weights = [[by_class.get(label, 1.0) for label in part] for part in rare]
    clf = make(DeepSetsElementClassifier, dtype="float64", max_epochs=10)
    plain = clf.fit(X, rare)
    n_plain = np.sum(np.concatenate(list(plain.predict(X))) == "rare")
    expected = rows(clf.fit(X, rare, sample_weight=weights), X)
    for class_weight in ("balanced", by_class):
        weighted = clf.set_params(class_weight=class_weight).fit(X, rare)
        assert_allclose(rows(weighted, X), expected, rtol=1e-7)
    assert np.sum(np.concatenate(list(clf.predict(X))) == "rare") > n_plain


def test_a_convolutional_encoder_reads_images():
    rng = np.random.default_rng(0)
    light = [rng.normal() + rng.normal(size=4) for _ in range(150)]
    noise = rng.normal(scale=0.5, size=(150, 4, 1, 8, 8))
    X = np.array(light)[:, :, None, None, None] + noise
    y = np.array([level > level.mean() for level in light])
    clf = make(DeepSetsElementClassifier, element_encoder="conv", max_epochs=30)
    assert clf.fit(X[:120], y[:120]).score(X[120:], y[120:]) > 0.85
    assert clf.classes_.dtype == bool
    with pytest.raises(ValueError, match="takes vectors as elements"):
        DeepSetsElementClassifier().fit(X, y)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int64, np.uint64, ">i4", "U"])
def test_labels_of_any_dtype_come_back(dtype):
    X, y = centred(40)
    y = [(part > 0).astype(dtype) for part in y]
    clf = make(DeepSetsElementClassifier, max_epochs=20).fit(X, y)
    assert clf.classes_.dtype.kind == y[0].dtype.kind and len(clf.classes_) == 2
    predicted = np.concatenate(list(clf.predict(X)))
    assert predicted.dtype.kind == y[0].dtype.kind
    assert np.mean(predicted == np.concatenate(y)) > 0.8


@pytest.mark.parametrize("method", ["predict", "predict_proba", "score"])
def test_predict_before_fit(method):
    arguments = centred(2) if method == "score" else centred(2)[:1]
    with pytest.raises(NotFittedError, match="DeepSetsElementClassifier instance is not fitted"):
        getattr(DeepSetsElementClassifier(), method)(*arguments)
