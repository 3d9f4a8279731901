"""What the estimators of elements say of every wrong input, and that they stay as they were."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal

from sksets import (
    DeepSetsElementClassifier,
    DeepSetsElementRegressor,
    SetArray,
    SetOutlierDetector,
)

REGRESSOR, CLASSIFIER, DETECTOR = (
    DeepSetsElementRegressor,
    DeepSetsElementClassifier,
    SetOutlierDetector,
)
EVERY = [REGRESSOR, CLASSIFIER, DETECTOR]
SIZES = (3, 0, 1, 2) * 2
SETS = [np.arange(2.0 * size).reshape(size, 2) + i for i, size in enumerate(SIZES)]
OFFSETS = np.append(0, np.cumsum(SIZES))
Y = [np.arange(size) / 2 + i for i, size in enumerate(SIZES)]
LABELS = [np.resize(["a", "bc"], size) for size in SIZES]
INDEX = np.array([2, -1, -1, 0] * 2)
SIGNS = [np.where(np.arange(size) == i, -1, 1) for size, i in zip(SIZES, INDEX, strict=True)]
TARGETS = {REGRESSOR: Y, CLASSIFIER: LABELS, DETECTOR: INDEX}
FLAT = "one array a set, with one value an element; found one value a set. .* SetArray"


def swapped(parts, i, part):
    """Return a list of arrays with another one for set ``i``."""
    return [*parts[:i], part, *parts[i + 1 :]]


def fitted(cls, y=None):
    model = cls(max_epochs=2, warm_start=True, random_state=0)
    return model.fit(SETS, TARGETS[cls] if y is None else y)


def assert_unchanged(model, before, predicted):
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)
    assert_array_equal(np.concatenate(list(model.predict(SETS))), predicted)


def assert_refuses(model, X, y, message, error=(TypeError, ValueError), **fit_params):
    """Fit anew and on; both must raise and leave attributes and predictions alone."""
    before, predicted = dict(vars(model)), np.concatenate(list(model.predict(SETS)))
    for warm_start in (False, True):
        model.warm_start = before["warm_start"] = warm_start
        with pytest.raises(error, match=message):
            model.fit(X, y, **fit_params)
        assert_unchanged(model, before, predicted)
    if hasattr(model, "partial_fit"):
        with pytest.raises(error, match=message):
            model.partial_fit(X, y, **fit_params)
        assert_unchanged(model, before, predicted)


# ---------------------------------------------------------------- y of elements

# One value an element, of whatever kind.
BAD_SHAPES = [
    (lambda y: y[:-1], "X has 8 sets, y has 7. Pass one array a set"),
    (lambda y: swapped(y, 3, y[0]), "y of set 3 has 3 values, but the set has 2 elements"),
    (lambda y: swapped(y, 1, y[2]), "y of set 1 has 1 values, but the set has 0 elements"),
    (lambda y: y[::-1], "y of set 0 has 2 values, but the set has 3 elements"),
    (lambda y: swapped(y, 3, np.stack([y[3], y[3]], 1)), r"found an array of shape \(2, 2\) for s"),
    (lambda y: swapped(y, 2, y[2][0]), "one array a set, .*; found one value, .* for set 2"),
    (lambda y: swapped(y, 7, None), "found one value, None for set 7"),
    (lambda y: [None] * 8, FLAT),
    (lambda y: np.concatenate(y), FLAT),
    (lambda y: [part[0] if len(part) else part for part in y], FLAT),
    (lambda y: y[0][0], FLAT),
    (lambda y: [], FLAT),
    (lambda y: (part for part in y), FLAT),
    (lambda y: None, "requires y to be passed, but the target y is None"),
    (lambda y: swapped(y, 3, np.ma.masked_array(y[3], [1, 0])), "y of set 3 has masked values. F"),
    (lambda y: np.ma.masked_array(np.zeros((8, 2)), np.ones((8, 2))), "y has masked values. Fill"),
]


@pytest.mark.parametrize("cls", [REGRESSOR, CLASSIFIER])
@pytest.mark.parametrize(("spoil", "message"), BAD_SHAPES)
def test_targets_of_another_shape(cls, spoil, message):
    model = fitted(cls)
    before, predicted = dict(vars(model)), np.concatenate(list(model.predict(SETS)))
    for method in (model.fit, model.partial_fit, model.score):
        with pytest.raises(ValueError, match=message):
            method(SETS, spoil(TARGETS[cls]))
        assert_unchanged(model, before, predicted)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([np.full(size, np.nan) for size in SIZES], "All labels are missing: y has NaN for every"),
        (swapped(Y, 3, [1.0, np.inf]), "y contains infinity: set 3, element 1. Use NaN for an ele"),
        (swapped(Y, 4, [-np.inf, 1, 2]), "y contains infinity: set 4, element 0"),
        (LABELS, "y must be numeric, found dtype <U2. Convert strings to numbers first"),
        (swapped(Y, 3, ["a", "b"]), "y must be numeric, found dtype object. Convert strings"),
        (swapped(Y, 3, ["1", "2"]), "y must be numeric, found dtype object. Convert strings"),
        ([np.full(size, "2020", "M8[Y]") for size in SIZES], "numeric, found dtype datetime64"),
        ([np.full(size, 3, "m8[D]") for size in SIZES], "numeric, found dtype timedelta64"),
        ([part * 1j for part in Y], "y must be numeric, found dtype complex128"),
        ([np.full(size, object()) for size in SIZES], "y must be numeric, found dtype object"),
    ],
)
def test_targets_that_are_no_numbers(y, message):
    assert_refuses(fitted(REGRESSOR), SETS, y, message)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([[-1] * size for size in SIZES], "All labels are missing: y has -1 for every element"),
        ([[None] * size for size in SIZES], "All labels are missing: y has -1 for every element"),
        ([np.full(size, np.nan) for size in SIZES], "All labels are missing"),
        (Y, "Unknown label type: continuous"),
        (swapped(Y, 0, [0, np.inf, 1]), "y contains infinity: set 0, element 1. Use NaN"),
        (swapped(LABELS, 3, [1, 2]), "labels of one kind; found strings and numbers"),
        (swapped(LABELS, 3, ["a", 2.5]), "labels of one kind; found strings and numbers"),
        ([part * 1j for part in Y], "Complex data not supported"),
    ],
)
def test_labels_that_are_no_classes(y, message):
    assert_refuses(fitted(CLASSIFIER), SETS, y, message)


def test_minus_one_is_no_class_of_elements():
    y = [np.array([1, -1, 1])[:size] for size in SIZES]
    words = [["a", -1, None][:size] for size in SIZES]
    for method in (CLASSIFIER().fit, CLASSIFIER().partial_fit):
        with pytest.raises(ValueError, match="y has one class, 1, beside -1. -1 means that an ele"):
            method(SETS, y)
        with pytest.raises(ValueError, match="y has one class, 'a', beside -1. .*has no label"):
            method(SETS, words)
    with pytest.raises(ValueError, match=r"classes=\[-1, 1\] name -1. -1 means .* has no label"):
        CLASSIFIER().partial_fit(SETS, y, classes=[-1, 1])
    clf = CLASSIFIER(max_epochs=1).partial_fit(SETS, y, classes=[0, 1])
    assert_array_equal(clf.classes_, [0, 1])
    assert set(np.concatenate(list(clf.predict(SETS)))) <= {0, 1}
    # Of a table, -1 is a class as any other.
    table, flat = np.array([[0.0], [1.0]]), np.array([-1, 1])
    assert_array_equal(CLASSIFIER(max_epochs=1).fit(table, flat).classes_, [-1, 1])
    assert_array_equal(CLASSIFIER().partial_fit(table, flat, classes=[-1, 1]).classes_, [-1, 1])


def test_dates_that_are_missing_are_no_labels():
    y = [np.array(["2020", "NaT", "2021"], "M8[Y]")[:size] for size in SIZES]
    clf = CLASSIFIER(max_epochs=1).fit(SETS, y)
    assert_array_equal(clf.classes_, np.array(["2020", "2021"], "M8[Y]"))


def test_classes_that_come_too_late():
    model = fitted(CLASSIFIER)
    before, predicted = dict(vars(model)), np.concatenate(list(model.predict(SETS)))
    new = swapped(LABELS, 3, ["bc", "zebra"])
    message = r"does not know: \['zebra'\]. Known classes: \['a', 'bc'\]. Name all classes"
    for fit in (model.fit, model.partial_fit):
        with pytest.raises(ValueError, match=message):
            fit(SETS, new)
        assert_unchanged(model, before, predicted)
    with pytest.raises(ValueError, match=r"classes=\['a', 'c'\] differ from those of the first"):
        model.partial_fit(SETS, LABELS, classes=["a", "c"])
    assert_unchanged(model, before, predicted)
    with pytest.raises(ValueError, match="classes must be 1-D; found 2 dimensions"):
        CLASSIFIER().partial_fit(SETS, LABELS, classes=[["a", "bc"]])
    with pytest.raises(ValueError, match=r"does not know: \['bc'\]"):
        CLASSIFIER().partial_fit(SETS, LABELS, classes=["a", "zebra"])


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ({"z": 1}, "class_weight={'z': 1}: .*not in class_weight"),
        ({"a": -1}, "class_weight={'a': -1}: Negative"),
        ({"a": "x"}, "class_weight={'a': 'x'}: could not convert"),
        ({"a": 0, "bc": 0}, "class_weight={'a': 0, 'bc': 0}: .*zero"),
    ],
)
def test_bad_class_weight(weight, message):
    model = fitted(CLASSIFIER)
    model.class_weight = weight
    assert_refuses(model, SETS, LABELS, message)


# ---------------------------------------------------------------- labels of outliers


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (swapped(INDEX, 0, 3), "y of set 0 is 3, but the set has 3 elements. Pass the index of t"),
        (swapped(INDEX, 1, 0), "y of set 1 is 0, but the set has 0 elements"),
        (swapped(INDEX, 3, -2), "y of set 3 is -2, but the set has 2 elements"),
        (
            swapped(INDEX, 6, 0),
            "Set 6 has one member, which cannot be an outlier .* y is 0. Use -1",
        ),
        (np.full(8, -1), "y is -1 for every set, so that there is no outlier .* Use fit"),
        (INDEX[:-1], "X has 8 sets, y has 7 values. Pass the index of one outlier a set"),
        (np.concatenate(SIGNS), r"X has 8 sets, y has 12 values. .*SetArray\(y, X.offsets\)"),
        (INDEX + 0.5, "an integer, -1 for none, .*; found 2.5 for set 0"),
        (swapped(INDEX, 3, np.nan), "an integer, -1 for none, .*; found nan for set 3"),
        (swapped(INDEX, 3, np.inf), "an integer, -1 for none, .*; found inf for set 3"),
        (swapped(INDEX, 3, None), "an integer, -1 for none, .*; found None for set 3"),
        (swapped(INDEX, 3, [1, -1]), "an integer, -1 for none, .*; found numbers and arrays"),
        (INDEX > 0, "an integer, -1 for none, .*; found bool values"),
        (["a"] * 8, "an integer, -1 for none, .*; found <U1 values"),
        (3, "an integer, -1 for none, .*; found one value, 3"),
        (np.ma.masked_equal(INDEX, 2), "an integer, -1 for none, .*; found masked values. Use -1"),
    ],
)
def test_bad_indices_of_outliers(y, message):
    assert_refuses(fitted(DETECTOR), SETS, y, message)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([(part < 0) * 1 for part in SIGNS], r"\+1 .* and -1 .*; found 0 for set 0, element 0"),
        (swapped(SIGNS, 3, [-1, 2]), r"\+1 .* and -1 .*; found 2 for set 3, element 1"),
        (swapped(SIGNS, 4, [1, np.nan, 1]), r"and -1 .*; found nan for set 4, element 1"),
        (swapped(SIGNS, 3, [-1, None]), r"and -1 .*; found None for set 3, element 1"),
        ([part > 0 for part in SIGNS], r"and -1 .*; found False for set 0, element 2"),
        (LABELS, r"and -1 .*; found 'a' for set 0, element 0"),
        ([np.ones(size) for size in SIZES], "y calls every element a member, .* Use fit"),
        ([-np.ones(size) for size in SIZES], "y calls every element an outlier, .* Use fit"),
        (swapped(SIGNS, 6, [-1]), "Set 6 has one member, which cannot be an .* Use \\+1, or leave"),
        (SIGNS[:-1], "X has 8 sets, y has 7. Pass one array a set"),
        (swapped(SIGNS, 3, [1, 1, -1]), "y of set 3 has 3 values, but the set has 2 elements"),
        (SetArray(np.concatenate(SIGNS)[:-1], [0, *OFFSETS[1:-1], 11]), "y of set 7 has 1 values"),
        (swapped(SIGNS, 3, np.ma.masked_array([1, -1], [1, 0])), "y of set 3 has masked values"),
    ],
)
def test_bad_arrays_of_outliers(y, message):
    assert_refuses(fitted(DETECTOR, SIGNS), SETS, y, message)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (SETS[:2], "Found 1 set.* while a minimum of 2 .* Pass more sets, or y"),
        ([s[:2] for s in SETS if len(s) > 1], "No set of X has three elements .* Pass larger sets"),
    ],
)
def test_sets_that_nothing_can_be_put_into(X, message):
    before = dict(vars(detector := DETECTOR(max_epochs=1)))
    with pytest.raises(ValueError, match=message):
        detector.fit(X)
    assert vars(detector) == before


def test_warm_start_with_labels_of_another_kind():
    kinds = {"index": INDEX, "arrays": SIGNS, "none": None}
    for kind, y in kinds.items():
        model = DETECTOR(max_epochs=1, warm_start=True, random_state=0).fit(SETS, y)
        before, predicted = dict(vars(model)), np.concatenate(list(model.predict(SETS)))
        for other in kinds.keys() - {kind}:
            message = f"labels of the kind '{kind}', .*; found '{other}'. Use fit with warm_start=F"
            with pytest.raises(ValueError, match=message):
                model.fit(SETS, kinds[other])
            assert_unchanged(model, before, predicted)


@pytest.mark.parametrize(
    ("y", "options", "message"),
    [
        (None, {}, "requires y to be passed, but the target y is None"),
        ([-1] * 8, {}, "share of outliers .* y is -1 for every set .* Pass a set with an outlier"),
        (INDEX, {"sample_weight": [0, 1, 1, 0] * 2}, "-1 for every set of weight. Pass a set"),
        (swapped(INDEX, 0, 3), {}, "y of set 0 is 3, but the set has 3 elements"),
        (swapped(SIGNS, 3, [-1, 2]), {}, "found 2 for set 3, element 1"),
        (INDEX, {"sample_weight": [1] * 7}, "sample_weight.shape"),
    ],
)
def test_bad_labels_at_score(y, options, message):
    with pytest.raises(ValueError, match=message):
        fitted(DETECTOR).score(SETS, y, **options)


# ---------------------------------------------------------------- weights, sets, context


@pytest.mark.parametrize("cls", EVERY)
@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(7), "sample_weight.shape"),
        (np.ones(12), "sample_weight.shape"),
        (-np.ones(8), "Negative values"),
        (np.zeros(8), "zero"),
        ([0, 1, 0, 0] * 2, "zero"),
        (np.full(8, np.nan), "sample_weight contains NaN"),
        (["a"] * 8, "sample_weight must be one number a set: each must be numeric"),
        ({}, "sample_weight must be one number a set"),
        ([np.ones(size) for size in SIZES[:-1]], "X has 8 sets, sample_weight has 7. Pass one arr"),
        ([np.ones(size + 1) for size in SIZES], "sample_weight of set 0 has 4 values, but the set"),
        ([-np.ones(size) for size in SIZES], "Negative values"),
        ([np.zeros(size) for size in SIZES], "zero"),
        ([np.full(size, np.nan) for size in SIZES], "sample_weight contains NaN"),
        ([["a"] * size for size in SIZES], "sample_weight must be one number .*: each must be nu"),
        (
            [np.ma.masked_array(np.ones(size), np.ones(size)) for size in SIZES],
            "sample_weight of set 0 has masked values",
        ),
    ],
)
def test_bad_sample_weight(cls, weight, message):
    assert_refuses(fitted(cls), SETS, TARGETS[cls], message, sample_weight=weight)


@pytest.mark.parametrize("cls", [REGRESSOR, CLASSIFIER])
def test_no_weight_for_what_has_a_label(cls):
    y = swapped([[np.nan] * size for size in SIZES], 3, TARGETS[cls][3])
    weight = np.where(np.arange(8) == 3, 0, 1)
    message = "sample_weight is zero for every labelled element; at least one needs a weight"
    assert_refuses(fitted(cls), SETS, y, message, sample_weight=weight)


@pytest.mark.parametrize("cls", EVERY)
@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([np.empty((0, 2))] * 8, "All 8 sets of X are empty"),
        (swapped(SETS, 3, np.array([[1.0, 2.0], [np.nan, 4.0]])), "NaN: set 3, element 1"),
        (swapped(SETS, 3, np.ones((2, 3))), "same number of features; set 3 has 3, set 0 has 2"),
        ([], "Found 0 set"),
    ],
)
def test_bad_sets(cls, X, message):
    model = fitted(cls)
    before, predicted = dict(vars(model)), np.concatenate(list(model.predict(SETS)))
    with pytest.raises(ValueError, match=message):
        model.set_params(warm_start=False).fit(X, TARGETS[cls])
    model.warm_start = True
    assert_unchanged(model, before, predicted)


@pytest.mark.parametrize("cls", EVERY)
def test_a_context_that_is_missing_or_of_another_width(cls):
    model = fitted(cls)
    with_context = SetArray.from_sets(SETS, context=np.arange(8.0))
    with pytest.raises(ValueError, match="context of 1 features, .* fitted without a context"):
        model.predict(with_context)
    model.set_params(warm_start=False).fit(with_context, TARGETS[cls])
    with pytest.raises(ValueError, match="no context, but .* fitted with 1 .*from_sets"):
        model.predict(SETS)
    with pytest.raises(ValueError, match="context of 2 features, .* expecting 1"):
        model.predict(SetArray.from_sets(SETS, context=np.ones((8, 2))))


@pytest.mark.parametrize("cls", EVERY)
def test_a_diverging_fit_stops(cls):
    model = fitted(cls)
    model.set_params(learning_rate="constant", learning_rate_init=1e38)
    message = r"in epoch \d. Lower learning_rate_init \(now 1e\+38\), set or lower max_grad_norm"
    before, predicted = dict(vars(model)), np.concatenate(list(model.predict(SETS)))
    with pytest.raises(FloatingPointError, match=message):
        model.fit(SETS, TARGETS[cls])
    assert_unchanged(model, before, predicted)


@pytest.mark.parametrize("cls", EVERY)
@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        ({"equivariant_pooling": "logsumexp"}, "equivariant_pooling"),
        ({"equivariant_pooling": ("max", "mean")}, "equivariant_pooling"),
        ({"equivariant_form": "lambda"}, "equivariant_form"),
        ({"residual": 2}, "residual"),
        ({"set_norm": None}, "set_norm"),
        ({"equivariant_layer_sizes": (0,)}, "equivariant_layer_sizes must hold positive integers"),
        ({"rho_layer_sizes": "ab"}, "rho_layer_sizes"),
    ],
)
def test_unknown_parameters_are_named(cls, parameter, text):
    with pytest.raises(ValueError, match=text):
        cls(**parameter).fit(SETS, TARGETS[cls])


@pytest.mark.parametrize("contamination", [0, 0.6, -0.1, "some", None])
def test_bad_contamination(contamination):
    with pytest.raises(ValueError, match="'contamination' parameter of SetOutlierDetector must be"):
        DETECTOR(contamination=contamination).fit(SETS)


def test_one_set_or_one_label_is_enough():
    frame = pd.Series([[1.0, np.nan, np.nan]])
    reg = REGRESSOR(max_epochs=1, random_state=0).fit(SETS[:1], frame)
    assert np.isfinite(np.concatenate(list(reg.predict(SETS)))).all()
    clf = CLASSIFIER(max_epochs=1, random_state=0).fit(SETS[:1], [["a", None, None]])
    assert_array_equal(np.concatenate(list(clf.predict(SETS))), "a")
    detector = DETECTOR(max_epochs=1, random_state=0).fit(SETS[:1], [0])
    assert np.isfinite(np.concatenate(list(detector.score_samples(SETS)))).all()
