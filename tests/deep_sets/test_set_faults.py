"""What an estimator says of every wrong input, and that it stays as it was."""

import numpy as np
import pandas as pd
import pytest
import scipy.sparse
import torch
from numpy.testing import assert_array_equal
from sklearn.exceptions import NotFittedError
from skorch.callbacks import Callback, EarlyStopping

from sksets import DeepSetsClassifier, DeepSetsRegressor, SDMClassifier, SetArray

SETS = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.empty((0, 2)), np.array([[5.0, 6.0]])] * 3
Y = np.arange(9.0)
LABELS = np.array(["a", "b", "a"] * 3)
INDICATOR = np.array([[0, 1], [1, 1], [1, 0]] * 3)
HOLE = [SETS[0], np.array([[1.0, 2.0], [np.nan, 4.0]]), *SETS[2:]]
ENDLESS = [SETS[0], np.array([[1.0, 2.0], [3.0, -np.inf]]), *SETS[2:]]
# None for a message: legal at predict.
BAD_SETS = [
    ([], "Found 0 set"),
    (None, "X is a NoneType"),
    (3.0, "X is a float"),
    ("abc", "X is a str"),
    ({"a": SETS[0][0]}, "X is a dict of 1-D arrays or lists of numbers"),
    (HOLE, "X contains NaN: set 1, element 1. Remove such elements, or impute"),
    (ENDLESS, "X contains infinity: set 1, element 1"),
    ([*SETS[:-1], [[1e39, 0.0]]], "too large for float32: set 8, element 0. Scale the elements"),
    ([*SETS[:-1], np.ones((1, 3))], "same number of features; set 8 has 3, set 0 has 2"),
    ([*SETS[:-1], None], "Set 8 is missing"),
    ([*SETS[:-1], 3.0], "Set 8 is a float"),
    ([*SETS[:-1], scipy.sparse.eye(2).tocsr()], "Set 8 is a sparse matrix.*toarray"),
    (scipy.sparse.eye(9, 2).tocsr(), "dense data is required"),
    ([[1, 2], [1], *[[1, 2]] * 7], "rows of a table, .* row 1 has 1 numbers, row 0 has 2"),
    ([np.full((1, 2), object())] * 9, "Set 0 holds objects that are neither numbers nor strings"),
    ([np.full((1, 2), 1j)] * 9, "Complex data not supported"),
    ([np.full((1, 2), "2020", "M8[Y]")] * 9, "numbers or strings, found dtype datetime64"),
    (pd.DataFrame({"a": ["x"] * 9}), "table"),
    ([np.empty((0, 2))] * 9, None),
]


def fitted(cls=DeepSetsRegressor, **parameters):
    model = cls(max_epochs=2, warm_start=True, random_state=0).set_params(**parameters)
    return model.fit(SETS, LABELS if cls is DeepSetsClassifier else Y)


def assert_refuses(model, X, y, message, error=(TypeError, ValueError), **fit_params):
    """Fit anew and on; both must raise and leave attributes and predictions alone."""
    before, predicted = dict(vars(model)), model.predict(SETS)
    for warm_start in (False, True):
        model.warm_start = warm_start
        with pytest.raises(error, match=message):
            model.fit(X, y, **fit_params)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)
    assert_array_equal(model.predict(SETS), predicted)


@pytest.mark.parametrize(("X", "message"), BAD_SETS)
def test_bad_sets_at_fit_and_predict(X, message):
    model = fitted()
    if message is None:
        assert np.isfinite(model.predict(X)).all()
        return
    assert_refuses(model, X, Y, message)
    with pytest.raises((TypeError, ValueError), match=message):
        model.predict(X)


def test_only_empty_sets_cannot_be_fitted():
    with pytest.raises(ValueError, match="All 9 sets of X are empty; .* at least one element"):
        DeepSetsRegressor().fit([np.empty((0, 2))] * 9, Y)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([np.ones((2, 3))], "X has 3 features, but DeepSetsRegressor is expecting 2"),
        ([np.ones(2)], r"X has 1 features, .* expecting 2 .* shape \(n_elements, 2\)"),
        ([["a", "b"]], "X holds string tokens, but DeepSetsRegressor was fitted on numbers"),
        (np.ones((3, 2)), r"table of shape \(3, 2\), .* pass \[X\] for one set"),
        (SetArray.from_sets(SETS, context=Y), "context of 1 features, .* without a context"),
    ],
)
def test_sets_that_differ_from_those_of_fit(X, message):
    with pytest.raises(ValueError, match=message):
        fitted().predict(X)


def test_numbers_where_tokens_were_fitted():
    model = DeepSetsRegressor(max_epochs=1).fit([["a", "b"], [], ["c"]], [1.0, 2.0, 3.0])
    for X in ([np.ones((2, 1))], [np.array([1, 2])]):
        with pytest.raises(ValueError, match="X holds numbers, .* was fitted on string tokens"):
            model.predict(X)


@pytest.mark.parametrize("context", [None, np.ones((9, 3))])
def test_a_context_that_is_missing_or_of_another_width(context):
    X = SetArray.from_sets(SETS, context=np.ones((9, 2)))
    model = DeepSetsRegressor(max_epochs=1).fit(X, Y)
    message = (
        "no context, but .* fitted with 2" if context is None else "3 features, .* expecting 2"
    )
    with pytest.raises(ValueError, match=message):
        model.predict(SetArray.from_sets(SETS, context=context))


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (Y[:-1], "X has 9 sets, y has 8 values"),
        (None, "requires y to be passed"),
        (3, "X has 9 sets, y has 1 values"),
        ([*Y[:-1], np.nan], "y contains NaN: set 8"),
        ([*Y[:-1], np.inf], "y contains infinity: set 8"),
        ([*Y[:-1], None], "y contains NaN: set 8"),
        (pd.Series([1, None] + [2] * 7, dtype="Int64"), "y contains NaN: set 1"),
        (LABELS, "y must be numeric, found dtype <U1. Convert strings to numbers first"),
        ([str(value) for value in Y], "y must be numeric, found dtype <U3. Convert strings"),
        (np.array(list(map(str, Y)), dtype=object), "y must be numeric, found dtype <U3"),
        ([np.ones(i) for i in range(9)], "y is ragged"),
        (np.ones((9, 2, 2)), r"y must have shape .*; found shape \(9, 2, 2\)"),
        (np.full(9, "2020", "M8[Y]"), r"y must be numeric, found dtype datetime64\[Y\]"),
        (np.full(9, 3, "m8[D]"), r"y must be numeric, found dtype timedelta64\[D\]"),
        (np.full(9, object()), "y must be numeric, found dtype object"),
        (np.ma.masked_equal(Y, 3), "y has masked values"),
        (Y * 1j, "Complex data not supported"),
        (scipy.sparse.csr_matrix(Y[:, None]), "Sparse data was passed for y"),
    ],
)
def test_bad_targets_of_a_regressor(y, message):
    assert_refuses(fitted(), SETS, y, message)


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (LABELS[:-1], "X has 9 sets, y has 8 values"),
        (Y + 0.5, "Unknown label type: continuous"),
        ([None, *LABELS[1:]], "y contains NaN: set 0"),
        (pd.Series([None, *LABELS[1:]], dtype="string"), "y contains NaN: set 0"),
        ([["a", "b"], ["c"], *[["a"]] * 7], "y is ragged"),
        (np.stack([Y, Y], axis=1), "several columns of several classes"),
        ([*LABELS[1:], np.nan], "y contains NaN: set 8"),
        ([*LABELS[1:], pd.NaT], "y contains NaN: set 8"),
        ([*LABELS[1:], 1], "labels of one kind; found strings and numbers"),
        (np.array(["2020", "NaT", "2021"] * 3, "M8[Y]"), "y contains NaT: set 1"),
        (2 * INDICATOR - 1, r"A multilabel y must be 1 .*and 0 elsewhere; set 0, column 0 is -1"),
        (255 * INDICATOR.astype(np.uint8), r"column 1 is 255, and all values are \[0, 255\]. Pass"),
        (1 + INDICATOR, r"column 1 is 2, and all values are \[1, 2\]. Pass, for example, y == 2"),
    ],
)
def test_bad_targets_of_a_classifier(y, message):
    assert_refuses(fitted(DeepSetsClassifier), SETS, y, message)


@pytest.mark.parametrize("cls", [DeepSetsRegressor, DeepSetsClassifier])
@pytest.mark.parametrize(
    ("weight", "message"),
    [
        (np.ones(8), "sample_weight.shape"),
        (-np.ones(9), "Negative values"),
        (np.zeros(9), "zero"),
        (np.full(9, np.nan), "sample_weight contains NaN"),
        (
            ["a"] * 9,
            "sample_weight must be one number a set: each must be numeric, found dtype <U1",
        ),
        (
            ["1"] * 9,
            "sample_weight must be one number a set: each must be numeric, found dtype <U1",
        ),
        (np.full(9, 3, "m8[D]"), "sample_weight must be one number a set: each must be numeric"),
        (np.ma.masked_equal(Y, 3), "sample_weight has masked values. Fill them in, or leave them"),
        ({}, "sample_weight must be one number a set"),
    ],
)
def test_bad_sample_weight(cls, weight, message):
    model = fitted(cls)
    if cls is DeepSetsClassifier:
        model.set_params(class_weight="balanced")
    y = LABELS if cls is DeepSetsClassifier else Y
    assert_refuses(model, SETS, y, message, sample_weight=weight)


def test_huge_weights_are_weights():
    equal = fitted().predict(SETS)
    model = DeepSetsRegressor(max_epochs=2, random_state=0)
    assert_array_equal(model.fit(SETS, Y, sample_weight=np.full(9, 1e308)).predict(SETS), equal)
    assert_array_equal(model.fit(SETS, Y, sample_weight=2.0).predict(SETS), equal)


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ({"z": 1}, "class_weight={'z': 1}: .*not in class_weight"),
        ({"a": -1}, "class_weight={'a': -1}: Negative"),
        ({"a": "x"}, "class_weight={'a': 'x'}: could not convert"),
    ],
)
def test_bad_class_weight(weight, message):
    model = fitted(DeepSetsClassifier)
    model.class_weight = weight
    assert_refuses(model, SETS, LABELS, message)


def test_class_weight_of_labels():
    y = np.array([[0, 1], [1, 1], [1, 0]] * 3)
    clf = DeepSetsClassifier(max_epochs=2, random_state=0)
    by_hand = clf.fit(SETS, y, sample_weight=[1, 3, 6] * 3).predict_proba(SETS)
    weighted = clf.set_params(class_weight=[{0: 1, 1: 3}, {0: 2, 1: 1}]).fit(SETS, y)
    assert_array_equal(weighted.predict_proba(SETS), by_hand)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        (["a", "c"], "differ from those of the first call"),
        ("ab", "classes must be 1-D"),
        ([["a"]], "classes must be 1-D"),
        (["a", np.nan], "labels of one kind, strings or numbers, none missing; found .'a', nan"),
    ],
)
def test_other_classes_in_a_later_call(classes, message):
    with pytest.raises(ValueError, match=message):
        fitted(DeepSetsClassifier).partial_fit(SETS, LABELS, classes=classes)


@pytest.mark.parametrize(
    ("classes", "message"),
    [
        ([["a", "b"]], "classes must be 1-D; found 2 dimensions"),
        (["a", "b", np.nan], "labels of one kind, strings or numbers, none missing; found .'a'"),
        (["a", "b", None], "none missing; found .'a', 'b', None"),
        (["a", "b", 1], "labels of one kind, strings or numbers"),
        ([1.0, 2.0, np.nan], "none missing; found .1.0, 2.0, nan"),
        ([1, 2], r"does not know: \['a', 'b'\]. Known classes: \[1, 2\]"),
    ],
)
def test_classes_that_are_none(classes, message):
    with pytest.raises(ValueError, match=message):
        DeepSetsClassifier().partial_fit(SETS, LABELS, classes=classes)


def test_classes_of_a_multilabel_y_are_its_columns():
    with pytest.raises(ValueError, match=r"y has 2 columns, .* classes=\[0, 1, 2\]. Leave classes"):
        DeepSetsClassifier().partial_fit(SETS, INDICATOR, classes=[0, 1, 2])
    clf = DeepSetsClassifier().partial_fit(SETS, INDICATOR, classes=[0, 1])
    assert_array_equal(clf.classes_, [0, 1])


@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([*LABELS[1:], np.nan], "y contains NaN: set 8"),
        ([None, *LABELS[1:]], "y contains NaN: set 0"),
        ([*LABELS[1:], 1], "labels of one kind; found strings and numbers"),
        (np.ma.masked_equal(Y, 3), "y has masked values"),
        (None, "requires y to be passed"),
    ],
)
@pytest.mark.parametrize("cls", [DeepSetsClassifier, SDMClassifier])
def test_targets_that_cannot_be_scored(cls, y, message):
    filled = [elements for elements in SETS if len(elements)]
    model = cls(max_epochs=1) if cls is DeepSetsClassifier else cls()
    model.fit(filled, ["a", "b"] * 3)
    with pytest.raises(ValueError, match=message):
        model.score(SETS, y)


def test_a_multilabel_score_needs_zeros_and_ones():
    clf = DeepSetsClassifier(max_epochs=1, random_state=0).fit(SETS, INDICATOR)
    assert clf.score(SETS, clf.predict(SETS)) == clf.score(SETS, clf.predict(SETS) == 1) == 1
    with pytest.raises(ValueError, match="A multilabel y must be 1 where a set has a label"):
        clf.score(SETS, 2 * clf.predict(SETS) - 1)


# ---------------------------------------------------------------- parameters


class Encoder(torch.nn.Module):
    """A linear layer, and what a careless author makes of its output."""

    def __init__(self, spoil):
        super().__init__()
        self.linear, self.spoil = torch.nn.Linear(2, 3), spoil

    def forward(self, values):
        return self.spoil(self.linear(values))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda out: out.flatten(), r"must map \(M, 2\) to \(M, h\); .* to shape \(6,\)"),
        (lambda out: out[:1], r"to shape \(1, 3\)"),
        (lambda out: torch.cat([out, out]), r"to shape \(4, 3\)"),
        (lambda out: out[:, :0], r"to shape \(2, 0\)"),
        (lambda out: None, "it returned a NoneType"),
        (lambda out: out.numpy(), "it returned a ndarray"),
        (lambda out: out.long(), "of torch.float32, as the network; it returned torch.int64"),
        (lambda out: out.no_such_method(), "it raised: .*no_such_method"),
    ],
)
def test_bad_element_encoder(spoil, message):
    model = fitted().set_params(element_encoder=Encoder(spoil), warm_start=False)
    with pytest.raises(ValueError, match=message):
        model.fit(SETS, Y)


def test_an_encoder_takes_the_type_of_the_network():
    for dtype in ("float32", "float64"):
        reg = DeepSetsRegressor(element_encoder=torch.nn.Linear(2, 3).double(), max_epochs=1)
        assert np.isfinite(reg.set_params(dtype=dtype).fit(SETS, Y).predict(SETS)).all()


def test_an_encoder_is_not_for_tokens():
    reg = DeepSetsRegressor(element_encoder=torch.nn.Linear(2, 3))
    with pytest.raises(ValueError, match="element_encoder is for elements that are numbers"):
        reg.fit([["a"], ["b"]], [0.0, 1.0])


@pytest.mark.parametrize(
    ("augmentation", "message"),
    [
        (lambda batch, generator: batch.values, r"SetBatch; found torch.float32 \(9, 2"),
        (lambda batch, generator: batch.replace(batch.values * 1j), "values of torch.complex"),
        (lambda batch: batch, r"^augmentation is called with two .* takes others\. W"),
        (lambda values, set_ids, generator: values, "Write def augmentation.batch, generator"),
        (lambda *args: 1 // 0, "(?s)division.*by zero.*Raised in epoch 1 of the training"),
    ],
)
def test_bad_augmentation(augmentation, message):
    model = fitted(max_epochs=1)
    model.augmentation, model.learning_rate = augmentation, "constant"
    assert_refuses(model, SETS, Y, message.replace("epoch 1", r"epoch \d"), error=Exception)


class Broken(Callback):
    def on_batch_end(self, net, **kwargs):
        raise RuntimeError("mine")


@pytest.mark.parametrize(
    ("callbacks", "message"),
    [
        ([()], r"callbacks must be skorch callbacks, or pairs of a name and one; found \(\)"),
        ([("a", "b", Callback())], "callbacks must be skorch callbacks, or pairs"),
        ([(3, Callback())], "callbacks must be skorch callbacks, or pairs"),
        ([None], "found None"),
        ([("a", Callback()), ("a", Callback())], "callbacks cannot be used: .*duplicate"),
        ([Broken()], r"(?s)mine.*Raised in epoch \d of the training, by the network or by an"),
        ([EarlyStopping()], "(?s)valid_loss.*recorded with early_stopping=True only"),
    ],
)
def test_bad_callbacks(callbacks, message):
    model = fitted()
    model.callbacks = callbacks
    assert_refuses(model, SETS, Y, message, error=Exception)


# ---------------------------------------------------------------- numbers out of range


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int64, np.float16, np.longdouble, ">f8"])
def test_any_real_dtype_is_fitted(dtype):
    sets = [s.astype(dtype) for s in SETS]
    reg = DeepSetsRegressor(max_epochs=2, random_state=0).fit(sets, Y)
    expected = DeepSetsRegressor(max_epochs=2, random_state=0)
    expected.fit([s.astype(dtype).astype(float) for s in SETS], Y)
    np.testing.assert_allclose(reg.predict(sets), expected.predict(sets), rtol=1e-5, atol=1e-5)


def test_huge_elements_are_scaled():
    reg = DeepSetsRegressor(max_epochs=2, random_state=0)
    expected = reg.fit(SETS, Y).predict(SETS)
    large = [2.0**100 * s for s in SETS]
    np.testing.assert_allclose(reg.fit(large, Y).predict(large), expected, rtol=1e-4, atol=1e-4)
    reg.set_params(dtype="float64")
    expected = reg.fit(SETS, Y).predict(SETS)
    large = [2.0**1000 * s for s in SETS]
    np.testing.assert_allclose(reg.fit(large, Y).predict(large), expected, rtol=1e-9)


def test_huge_targets_are_scaled():
    reg = DeepSetsRegressor(max_epochs=2, random_state=0)
    expected = reg.fit(SETS, Y).predict(SETS)
    large = reg.fit(SETS, 2.0**1000 * Y).predict(SETS)
    np.testing.assert_allclose(large, 2.0**1000 * expected, rtol=1e-5, atol=2.0**980)


def test_no_prediction_is_nan():
    far = [SETS[0], np.full((4, 2), 3e38, dtype=np.float32)]
    for model in (fitted(), fitted(DeepSetsClassifier)):
        for method in (model.predict, model.transform):
            with pytest.raises(FloatingPointError, match="output for set 1 is not finite"):
                method(far)


@pytest.mark.parametrize(("max_epochs", "what"), [(1, "Weights .* became inf"), (9, "The train l")])
def test_a_diverging_fit_stops(max_epochs, what):
    model = fitted()
    model.max_epochs, model.learning_rate, model.learning_rate_init = max_epochs, "constant", 1e38
    message = rf"{what}.* in epoch \d. Lower learning_rate_init \(now 1e\+38\), set or lower"
    assert_refuses(model, SETS, Y, message, error=FloatingPointError)


# ---------------------------------------------------------------- too few of anything


@pytest.mark.parametrize("method", ["predict", "predict_proba", "transform", "score"])
def test_predict_before_fit(method):
    arguments = (SETS, LABELS) if method == "score" else (SETS,)
    with pytest.raises(NotFittedError, match="DeepSetsClassifier instance is not fitted yet"):
        getattr(DeepSetsClassifier(), method)(*arguments)


def test_one_set_one_element_one_class():
    one = DeepSetsRegressor(max_epochs=2, random_state=0).fit([SETS[0]], [3.0])
    assert one.predict(SETS).shape == (9,)
    assert one.predict([SETS[0]]) == pytest.approx([3.0], abs=1)
    single = DeepSetsRegressor(max_epochs=2, random_state=0).fit([np.ones((1, 1))] * 4, Y[:4])
    assert np.isfinite(single.predict([np.empty((0, 1)), np.ones((3, 1))])).all()
    sole = DeepSetsClassifier(max_epochs=2, random_state=0).fit(SETS, ["a"] * 9)
    assert_array_equal(sole.predict_proba(SETS), np.ones((9, 1)))


def test_early_stopping_with_one_member_a_class():
    clf = DeepSetsClassifier(max_epochs=2, early_stopping=True, random_state=0)
    with pytest.raises(ValueError, match="never the last one of a class, and 2 sets leave none"):
        clf.fit([SETS[0], SETS[2]], ["a", "b"])
    assert len(clf.fit(SETS[:3], LABELS[:3]).history_) == 2


def test_a_batch_of_no_sets():
    with pytest.raises(ValueError, match="'batch_size' parameter of DeepSetsRegressor must be"):
        DeepSetsRegressor(batch_size=0).fit(SETS, Y)


GARBAGE = [-1, 1.5, np.nan, "garbage", (-3,), ("a",), object(), np.array([1, 2]), {1: 2}, b"x"]


@pytest.mark.parametrize("name", sorted(DeepSetsClassifier().get_params()))
def test_garbage_for_a_parameter_is_named_or_harmless(name):
    for value in GARBAGE:
        clf = DeepSetsClassifier(max_epochs=1, random_state=0).set_params(**{name: value})
        try:
            clf.fit(SETS, LABELS)
        except ValueError as error:
            assert name in str(error)
