"""What both estimators with one output an element promise, through their public interface."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from element_cases import BOTH, above, centred, make, probabilities, rows, targets
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.metrics import accuracy_score, r2_score

from sksets import DeepSetsElementClassifier, DeepSetsElementRegressor, SetArray

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


@pytest.mark.parametrize("cls", BOTH)
def test_early_stopping_holds_out_sets_with_labels_of_weight(cls):
    """All sets have labels, but of 100 sets 4 have elements of weight among the labelled ones."""
    X, y = centred(100)
    weight = [np.full(len(part), float(i % 25 == 0)) for i, part in enumerate(y)]
    y = targets(cls, y)
    for part, own in zip(y[1::2], weight[1::2], strict=True):
        # An element of weight without a label counts as little.
        part[0], own[0] = (-1 if cls is DeepSetsElementClassifier else np.nan), 1.0
    estimator = make(cls, early_stopping=True, max_epochs=10, validation_fraction=0.5)
    weight[25][1:] = 1.0
    estimator.fit(X, y, sample_weight=weight)
    assert min(row["valid_loss"] for row in estimator.history_) > 0
    with pytest.raises(ValueError, match=r"1 sets leave none to hold out \(99 have no label or no"):
        estimator.fit(X, y, sample_weight=np.eye(100)[0])


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


def double_values(batch, generator):
    return batch.replace(2 * batch.values)


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
