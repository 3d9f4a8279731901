"""What the two estimators of elements promise, through their public interface."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.metrics import accuracy_score, r2_score

from sksets import DeepSetsElementClassifier, DeepSetsElementRegressor, SetArray

BOTH = [DeepSetsElementClassifier, DeepSetsElementRegressor]


def centred(n_sets=200, seed=0, min_size=2, max_size=8):
    """Numbers around a centre that is another in each set, and how far from its mean they are."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(min_size, max_size + 1, size=n_sets)
    X = [3 * rng.normal() + rng.normal(size=(size, 1)) for size in sizes]
    return X, [s[:, 0] - s.sum() / max(len(s), 1) for s in X]


def above(y):
    return [np.where(part > 0, "above", "no") for part in y]


def targets(cls, y):
    return y if cls is DeepSetsElementRegressor else above(y)


def make(cls, **parameters):
    return cls(**{"max_epochs": 2, "random_state": 0, **parameters})


def probabilities(clf, X):
    return np.concatenate(list(clf.predict_proba(X)))


def rows(estimator, X):
    if isinstance(estimator, DeepSetsElementClassifier):
        return probabilities(estimator, X)
    return np.concatenate(list(estimator.predict(X)))


# ---------------------------------------------------------------- what is learned


@pytest.mark.parametrize("loss", ["squared_error", "absolute_error", "huber"])
def test_regressor_learns_what_only_the_set_tells(loss):
    X, y = centred()
    reg = make(DeepSetsElementRegressor, loss=loss, max_epochs=60).fit(X[:150], y[:150])
    assert reg.score(X[150:], y[150:]) > 0.95
    reg.set_params(equivariant_layer_sizes=()).fit(X[:150], y[:150])
    assert reg.score(X[150:], y[150:]) < 0.3


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


def test_losses_have_their_minimum_in_mean_and_median():
    """Of equal elements the best prediction is one number; 0, 0, 0, 0, 10 have several middles."""
    X, y = [np.ones((5, 1))] * 40, [np.array([0.0, 0, 0, 0, 10])] * 40
    found = {}
    for loss in ("squared_error", "absolute_error", "huber"):
        reg = make(DeepSetsElementRegressor, loss=loss, max_epochs=100, normalize=None)
        found[loss] = reg.fit(X, y).predict(X[:1])[0]
        assert np.ptp(found[loss]) < 1e-5
    assert_allclose(found["squared_error"], 2, atol=0.05)
    assert_allclose(found["absolute_error"], 0, atol=0.05)
    # Four residuals r of 0 and one beyond delta = sd = 4: 4 r = 4.
    assert_allclose(found["huber"], 1, atol=0.05)


def test_scale_and_shift_of_the_target_do_not_matter():
    X, y = centred(60)
    reg = make(DeepSetsElementRegressor, dtype="float64", max_epochs=5)
    small = rows(reg.fit(X, y), X)
    large = rows(reg.fit(X, [1e6 * part - 3e7 for part in y]), X)
    assert_allclose(large, 1e6 * small - 3e7, rtol=1e-6)
    huge = rows(reg.fit(X, [2.0**1000 * part for part in y]), X)
    assert_allclose(huge, 2.0**1000 * small, rtol=1e-6, atol=2.0**980)


def test_equal_targets_are_predicted():
    X, y = centred(30)
    reg = make(DeepSetsElementRegressor, max_epochs=60)
    assert_allclose(rows(reg.fit(X, [np.full(len(s), 7) for s in X]), X), 7, atol=0.1)


# ---------------------------------------------------------------- elements without a label


def test_one_label_a_set_is_enough():
    X, y = centred(300)
    partly = [np.where(np.arange(len(part)) == 0, part, np.nan) for part in y]
    reg = make(DeepSetsElementRegressor, max_epochs=60).fit(X[:250], partly[:250])
    assert reg.score(X[250:], y[250:]) > 0.9
    labels = [
        [label, *[None] * (len(part) - 1)]
        for label, part in zip((part[0] for part in above(y)), y, strict=True)
    ]
    clf = make(DeepSetsElementClassifier, max_epochs=40).fit(X[:250], labels[:250])
    assert clf.score(X[250:], above(y)[250:]) > 0.85


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("normalize", ["set", None])
def test_an_element_without_a_label_is_one_of_weight_zero(cls, normalize):
    X, y = centred(40)
    y = targets(cls, y)
    hidden = [np.arange(len(part)) % 3 == 0 for part in y]
    estimator = make(cls, normalize=normalize, dtype="float64", batch_size=8, max_epochs=5)
    nothing, wrong = (None, "no") if cls is DeepSetsElementClassifier else (np.nan, 1e6)
    missing = [np.where(h, nothing, part.astype(object)) for part, h in zip(y, hidden, strict=True)]
    wrong = [np.where(h, wrong, part) for part, h in zip(y, hidden, strict=True)]
    expected = rows(estimator.fit(X, missing), X)
    weighted = estimator.fit(X, wrong, sample_weight=[1.0 - h for h in hidden])
    assert_allclose(rows(weighted, X), expected, rtol=1e-7, atol=1e-9)


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


@pytest.mark.parametrize("cls", BOTH)
def test_features_of_an_element_without_a_label_inform_the_others(cls):
    X, y = centred(60)
    y = targets(cls, y)
    nothing = None if cls is DeepSetsElementClassifier else np.nan
    y = [np.append(part[:-1].astype(object), nothing) for part in y]
    moved = [np.append(s[:-1], [[50.0]], axis=0) for s in X]
    estimator = make(cls, max_epochs=5, normalize=None)
    first = rows(estimator.fit(X, y), [X[0][:2]])
    assert (rows(estimator.fit(moved, y), [X[0][:2]]) != first).any()
    before, after = (rows(estimator, [s[0]])[0] for s in (X, moved))
    assert not np.allclose(before, after)


# ---------------------------------------------------------------- weights and scores


@pytest.mark.parametrize("cls", BOTH)
def test_the_weight_of_a_set_is_that_of_its_elements(cls):
    X, y = centred(40, min_size=0)
    y = targets(cls, y)
    weight = np.random.default_rng(1).integers(1, 5, size=40)
    estimator = make(cls, dtype="float64", max_epochs=5)
    expected = rows(estimator.fit(X, y, sample_weight=weight), X)
    by_element = [np.full(len(part), w) for part, w in zip(y, weight, strict=True)]
    for sample_weight in (by_element, [[1e3 * w for w in part] for part in by_element]):
        found = rows(estimator.fit(X, y, sample_weight=sample_weight), X)
        assert_allclose(found, expected, rtol=1e-7)
    assert not np.allclose(rows(estimator.fit(X, y), X), expected)


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("normalize", ["features", "set", None])
def test_a_weight_of_zero_is_removal_and_of_two_repetition(cls, normalize):
    X, y = centred(30)
    y = targets(cls, y)
    weight = np.arange(30) % 3
    estimator = make(cls, batch_size=1000, dtype="float64", max_epochs=10, normalize=normalize)
    weighted = rows(estimator.fit(X, y, sample_weight=weight), X)
    index = np.repeat(np.arange(30), weight)
    repeated = rows(estimator.fit([X[i] for i in index], [y[i] for i in index]), X)
    assert_allclose(weighted, repeated, rtol=1e-6)


@pytest.mark.parametrize("weighted", [False, True])
def test_score_is_that_of_all_labelled_elements_in_a_row(weighted):
    X, y = centred(40, min_size=0)
    partly = [np.where(np.arange(len(part)) == 0, np.nan, part) for part in y]
    flat, weights = np.concatenate(partly), [1.0 + np.arange(len(part)) for part in y]
    there = ~np.isnan(flat)
    weight = np.concatenate(weights)[there] if weighted else None
    options = {"sample_weight": weights if weighted else None}
    reg = make(DeepSetsElementRegressor, max_epochs=10).fit(X, partly)
    expected = r2_score(flat[there], rows(reg, X)[there], sample_weight=weight)
    assert reg.score(X, partly, **options) == pytest.approx(expected, rel=1e-12)
    labels = [np.where(np.isnan(part), -1, part > 0) for part in partly]
    clf = make(DeepSetsElementClassifier, max_epochs=10).fit(X, labels)
    predicted = np.concatenate(list(clf.predict(X)))[there]
    expected = accuracy_score(np.concatenate(labels)[there], predicted, sample_weight=weight)
    assert clf.score(X, labels, **options) == pytest.approx(expected, rel=1e-12)
    assert 0.5 < expected < 1


def test_a_class_that_fit_did_not_see_counts_as_an_error():
    X, y = centred(40)
    clf = make(DeepSetsElementClassifier).fit(X, above(y))
    assert clf.score(X[:1], [["new"] * len(X[0])]) == 0


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


# ---------------------------------------------------------------- going on


def test_partial_fit_learns_from_a_stream():
    X, y = centred(300)
    reg, clf = make(DeepSetsElementRegressor), make(DeepSetsElementClassifier)
    for _ in range(25):
        for part in (slice(0, 100), slice(100, 200)):
            reg.partial_fit(X[part], y[part])
            clf.partial_fit(X[part], above(y)[part], classes=["above", "never", "no"])
    assert reg.n_iter_ == 50
    assert reg.score(X[200:], y[200:]) > 0.9
    assert clf.score(X[200:], above(y)[200:]) > 0.85
    assert probabilities(clf, X).shape[1] == 3
    assert probabilities(clf, X)[:, 1].max() < 0.1


@pytest.mark.parametrize("cls", BOTH)
def test_warm_start_goes_on(cls):
    X, y = centred(60)
    y = targets(cls, y)
    estimator = make(cls, max_epochs=10, warm_start=True).fit(X, y)
    first = estimator.history_[-1]["train_loss"]
    estimator.fit(X, y)
    assert estimator.n_iter_ == 20
    assert estimator.history_[-1]["train_loss"] < first
    with pytest.raises(ValueError, match="built with set_norm=False.*Use fit with warm_start=Fa"):
        estimator.set_params(set_norm=True).fit(X, y)


@pytest.mark.parametrize("cls", BOTH)
def test_early_stopping_holds_out_sets_with_labels(cls):
    """Of 100 sets 4 have labels; without them the loss of what is held out would be zero."""
    X, y = centred(100)
    y = [part if i % 25 == 0 else np.full(len(part), np.nan) for i, part in enumerate(y)]
    if cls is DeepSetsElementClassifier:
        y = [np.where(np.isnan(part), -1, part > 0) for part in y]
    estimator = make(cls, early_stopping=True, max_epochs=40, n_iter_no_change=3).fit(X, y)
    losses = [row["valid_loss"] for row in estimator.history_]
    assert min(losses) > 0
    assert min(row["train_loss"] for row in estimator.history_) > 0
    one = [part if i == 0 else y[1][:1].repeat(len(part)) for i, part in enumerate(y)]
    with pytest.raises(ValueError, match="early_stopping=True .* 1 sets leave none to hold out"):
        estimator.fit(X, one)


# ---------------------------------------------------------------- kinds of elements


@pytest.mark.parametrize("kind", ["string", "integer"])
def test_tokens(kind):
    rng = np.random.default_rng(0)
    sets = [rng.integers(0, 10, size=n) for n in rng.integers(1, 6, size=300)]
    y = [s - s.mean() for s in sets]
    X = [[f"w{t}" for t in s] for s in sets] if kind == "string" else sets
    kind = "auto" if kind == "string" else "token"
    reg = make(DeepSetsElementRegressor, element_kind=kind, max_epochs=60)
    assert reg.fit(X[:250], y[:250]).score(X[250:], y[250:]) > 0.95
    assert len(reg.vocabulary_) == 10
    one, other = (["new"], ["newer"]) if kind == "auto" else ([99], [98])
    assert_array_equal(reg.predict([np.asarray(one)])[0], reg.predict([np.asarray(other)])[0])


def test_a_convolutional_encoder_reads_images():
    rng = np.random.default_rng(0)
    light = [rng.normal() + rng.normal(size=4) for _ in range(150)]
    X = np.array([level[:, None, None, None] + rng.normal(size=(4, 1, 8, 8)) for level in light])
    y = np.array([level > level.mean() for level in light])
    clf = make(DeepSetsElementClassifier, element_encoder="conv", max_epochs=15)
    assert clf.fit(X[:120], y[:120]).score(X[120:], y[120:]) > 0.85
    assert clf.classes_.dtype == bool
    with pytest.raises(ValueError, match="takes vectors as elements"):
        DeepSetsElementClassifier().fit(X, y)


def test_context_reaches_the_elements():
    X, y = centred(300)
    z = np.random.default_rng(2).normal(size=300)
    y = [part + 2 * shift for part, shift in zip(y, z, strict=True)]
    X = SetArray.from_sets(X, context=100 * z)
    reg = make(DeepSetsElementRegressor, max_epochs=60, learning_rate_init=0.01)
    assert reg.fit(X[:250], y[:250]).score(X[250:], y[250:]) > 0.95
    with pytest.raises(
        ValueError, match="no context, but DeepSetsElementRegressor was fitted with"
    ):
        reg.predict(SetArray(X.values, X.offsets))


def double_values(values, set_ids, generator):
    return 2 * values


def test_augmentation_is_called_on_training_batches_only():
    X, y = centred(60)
    reg = make(DeepSetsElementRegressor, normalize=None)
    augmented = rows(reg.set_params(augmentation=double_values).fit(X, y), X)
    doubled = rows(reg.set_params(augmentation=None).fit([2 * s for s in X], y), X)
    assert_allclose(augmented, doubled, rtol=1e-4, atol=1e-4)


# ---------------------------------------------------------------- containers


def containers_of_targets(y):
    objects = np.empty(len(y), dtype=object)
    objects[:] = list(y)
    offsets = np.append(0, np.cumsum([len(part) for part in y]))
    lists = [part.tolist() for part in y]
    return {
        "lists": lists,
        "tuples": tuple(map(tuple, lists)),
        "columns": [part[:, None] for part in y],
        "objects": objects,
        "SetArray": SetArray(np.concatenate(y), offsets),
        "column of a SetArray": SetArray(np.concatenate(y)[:, None], offsets),
        "pandas": pd.Series(list(y), index=np.arange(len(y))[::-1]),
        "pandas parts": [pd.Series(part, index=np.arange(len(part)) + 7) for part in y],
        "polars": pl.Series(lists),
        "polars parts": [pl.Series(part.tolist()) for part in y],
        "read-only": [np.broadcast_to(part, part.shape) for part in y],
    }


@pytest.mark.parametrize("cls", BOTH)
def test_containers_of_targets_are_equal_to_the_bit(cls):
    X, y = centred(20)
    X, y = [*X[:10], np.empty((0, 1)), *X[10:]], [*y[:10], np.empty(0), *y[10:]]
    if cls is DeepSetsElementClassifier:
        y = [np.where(part > 0, "above", "no") for part in y]
    estimator = make(cls, learning_rate_init=0.1)
    expected = rows(estimator.fit(X, y), X)
    for name, container in containers_of_targets(y).items():
        assert_array_equal(rows(estimator.fit(X, container), X), expected, err_msg=name)
    weights = [np.arange(len(part)) + 1.0 for part in y]
    expected = rows(estimator.fit(X, y, sample_weight=weights), X)
    for name, container in containers_of_targets(weights).items():
        found = rows(estimator.fit(X, y, sample_weight=container), X)
        assert_array_equal(found, expected, err_msg=name)


@pytest.mark.parametrize("cls", BOTH)
def test_sets_of_equal_size_take_arrays(cls):
    X = np.random.default_rng(0).normal(size=(20, 4, 2))
    y = X[:, :, 0] - X[:, :, 0].mean(axis=1, keepdims=True)
    y = y > 0 if cls is DeepSetsElementClassifier else y
    estimator = make(cls, learning_rate_init=0.1)
    expected = rows(estimator.fit(list(X), list(y)), X)
    for container in (y, y[:, :, None], y.astype(object)):
        assert_array_equal(rows(estimator.fit(X, container), X), expected)


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int8, np.int64, np.uint64, ">i4", "U"])
def test_labels_of_any_dtype_come_back(dtype):
    X, y = centred(40)
    y = [(part > 0).astype(dtype) for part in y]
    clf = make(DeepSetsElementClassifier, max_epochs=20).fit(X, y)
    assert clf.classes_.dtype.kind == y[0].dtype.kind and len(clf.classes_) == 2
    predicted = np.concatenate(list(clf.predict(X)))
    assert predicted.dtype.kind == y[0].dtype.kind
    assert np.mean(predicted == np.concatenate(y)) > 0.8


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, ">f8", np.longdouble, "O"])
def test_targets_of_any_real_dtype_are_numbers(dtype):
    X, y = centred(20)
    y = [np.round(part).clip(0, 1).astype(int) for part in y]
    reg = make(DeepSetsElementRegressor, learning_rate_init=0.1)
    expected = reg.fit(X, y).predict(X)
    assert expected[0].dtype == np.float64
    found = reg.fit(X, [part.astype(dtype) for part in y])
    assert_array_equal(rows(found, X), np.concatenate(list(expected)))


@pytest.mark.parametrize("cls", BOTH)
def test_a_memory_mapped_array_is_fitted_as_one_in_memory(cls, tmp_path):
    X, y = centred(60)
    y, X = targets(cls, y), SetArray.from_sets(X)
    np.save(tmp_path / "values.npy", X.values)
    mapped = SetArray(np.load(tmp_path / "values.npy", mmap_mode="r"), X.offsets)
    estimator = make(cls, max_elements_per_batch=50)
    expected = rows(estimator.fit(X, y), X)
    assert_array_equal(rows(estimator.fit(mapped, y), mapped), expected)


def test_a_table_is_n_sets_of_one_element():
    rng = np.random.default_rng(0)
    table = pd.DataFrame(rng.normal(size=(300, 2)), columns=["a", "b"])
    y = table["a"] * table["b"]
    reg = make(DeepSetsElementRegressor, max_epochs=60).fit(table[:200], y[:200])
    assert_array_equal(reg.feature_names_in_, ["a", "b"])
    assert reg.predict(table).shape == (300,)
    assert reg.score(table[200:], y[200:]) > 0.9
    clf = make(DeepSetsElementClassifier, max_epochs=40).fit(table[:200], np.sign(y[:200]))
    # -1 is a class like any other where y is flat, as scikit-learn's own have it.
    assert_array_equal(clf.classes_, [-1, 1])
    assert clf.predict_proba(table).shape == (300, 2)
    assert clf.score(table[200:], np.sign(y[200:])) > 0.9
    with pytest.raises(ValueError, match="y contains NaN: set 1"):
        reg.fit(table[:3], [1.0, np.nan, 2.0])


# ---------------------------------------------------------------- numbers out of range


@pytest.mark.parametrize("cls", BOTH)
def test_no_prediction_is_nan(cls):
    X, y = centred(20)
    estimator = make(cls).fit(X, targets(cls, y))
    far = [X[0], np.empty((0, 1)), np.full((100, 1), 3e38, dtype=np.float32)]
    with pytest.raises(FloatingPointError, match="output for set 2 is not finite"):
        estimator.predict(far)


def test_huge_elements_are_scaled():
    X, y = centred(40)
    reg = make(DeepSetsElementRegressor, max_epochs=5, dtype="float64")
    expected = rows(reg.fit(X, y), X)
    large = [2.0**1000 * s for s in X]
    assert_allclose(rows(reg.fit(large, y), large), expected, rtol=1e-9)


@pytest.mark.parametrize("method", ["predict", "predict_proba", "score"])
def test_predict_before_fit(method):
    arguments = centred(2) if method == "score" else centred(2)[:1]
    with pytest.raises(NotFittedError, match="DeepSetsElementClassifier instance is not fitted"):
        getattr(DeepSetsElementClassifier(), method)(*arguments)


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("where", ["first", "last", "both"])
def test_empty_sets_at_the_ends_change_nothing(cls, where):
    X, y = centred(20)
    y = targets(cls, y)
    before, after = [np.empty((0, 1))] * (where != "last"), [np.empty((0, 1))] * (where != "first")
    nothing = [[]] * len(before), [[]] * len(after)
    estimator = make(cls, dtype="float64", batch_size=1000, max_epochs=5)
    expected = rows(estimator.fit(X, y), X)
    found = estimator.fit([*before, *X, *after], [*nothing[0], *y, *nothing[1]])
    assert_allclose(rows(found, X), expected, rtol=1e-7)
    assert_allclose(rows(found, [*before, *X, *after]), expected, rtol=1e-7)
