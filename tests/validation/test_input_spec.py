"""InputSpec: the record of what fit saw, and what it says of other sets."""

import dataclasses
import pickle

import numpy as np
import pytest
from sklearn.base import BaseEstimator

from sksets._set_array import SetArray, as_set_array
from sksets._validation import validate_sets
from sksets._validation.input_spec import InputSpec

TABLE = np.arange(6.0).reshape(3, 2)
SETS = [TABLE, TABLE[:1], TABLE[:0]]
TOKENS = [["b", "a"], [], ["c"]]


class AnySets(BaseEstimator):
    def __init__(self, element_kind="auto"):
        self.element_kind = element_kind

    def fit(self, X, y=None):
        validate_sets(self, X, reset=True, element_kind=self.element_kind, allow_nd=True)
        return self


def spec(kind="numbers", shape=(2,), names=None, n_context=0, is_table=False, has_sets=True):
    return InputSpec(kind, shape, names, n_context, is_table, has_sets)


@pytest.mark.parametrize(
    ("X", "element_kind", "expected", "width"),
    [
        (SETS, "auto", spec(), 2),
        (SetArray.from_sets(SETS, context=np.ones((3, 4))), "auto", spec(n_context=4), 2),
        (TABLE, "auto", spec(is_table=True, has_sets=False), 2),
        (TABLE[:, None], "auto", spec(has_sets=False), 2),
        ([np.array([1.0, 2.0]), np.array([3.0])], "auto", spec(shape=(1,)), 1),
        (np.zeros((3, 2, 5, 4)), "auto", spec(shape=(5, 4)), 20),
        (TOKENS, "auto", spec("string tokens", ()), 1),
        ([["a"], ["b"]], "auto", spec("string tokens", (), has_sets=False), 1),
        ([[1], [2, 3]], "token", spec("integer tokens", ()), 1),
        ([np.array([["1"]])], "token", spec("string tokens", (), has_sets=False), 1),
    ],
)
def test_what_fit_records(X, element_kind, expected, width):
    estimator = AnySets(element_kind).fit(X)
    assert estimator._input_spec == expected
    assert estimator._input_spec.width == estimator.n_features_in_ == width
    assert estimator.n_context_features_ == expected.n_context


def test_names_of_a_frame_are_recorded_and_go_with_the_next_fit():
    pandas = pytest.importorskip("pandas")
    estimator = AnySets().fit(pandas.DataFrame(TABLE, columns=["a", "b"]))
    assert estimator._input_spec == spec(names=("a", "b"), is_table=True, has_sets=False)
    assert estimator.fit(TABLE)._input_spec.names is None


def test_a_record_is_not_changed_and_can_be_pickled():
    with pytest.raises(dataclasses.FrozenInstanceError):
        spec().kind = "string tokens"
    assert pickle.loads(pickle.dumps(spec())) == spec()


def test_sets_like_those_of_fit_are_given_back():
    sets = as_set_array(SETS)
    assert spec().match(sets, "Model") is sets
    spec().match_context(sets, "Model")


@pytest.mark.parametrize(
    ("fitted", "dtype"),
    [
        (spec(), "float64"),
        (spec(shape=(5, 4)), "float64"),
        (spec("integer tokens", ()), "int64"),
        (spec("string tokens", ()), "<U1"),
    ],
)
def test_empty_sets_take_kind_and_shape_of_fit(fitted, dtype):
    sets = fitted.match(as_set_array([[], np.empty(0)]), "Model")
    assert (sets.element_shape, sets.values.dtype) == (fitted.shape, np.dtype(dtype))
    assert sets.sizes.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("fitted", "X", "message"),
    [
        (spec(), TOKENS, "X holds string tokens, but Model was fitted on numbers. Pass elements"),
        (spec("string tokens", ()), SETS, "X holds numbers, but Model was fitted on string tokens"),
        (spec(), [np.ones(2)], r"X has 1 features, but Model is expecting 2 .* \(n_elements, 2\)"),
        (spec(), np.ones((1, 2, 5, 4)), r"of shape \(5, 4\), but Model is expecting .* \(2,\)"),
        (spec(shape=(5, 4)), SETS, r"of shape \(2,\), but Model is expecting .* \(5, 4\)"),
    ],
)
def test_elements_other_than_those_of_fit(fitted, X, message):
    with pytest.raises(ValueError, match=message):
        fitted.match(as_set_array(X), "Model")


@pytest.mark.parametrize(
    ("fitted", "given", "message"),
    [
        (2, 0, "X has no context, but Model was fitted with 2 context features. Pass SetArray"),
        (0, 2, "X has a context of 2 features, but Model was fitted without a context. Drop"),
        (2, 3, "context of 3 features, but Model is expecting 2 context features as input"),
    ],
)
def test_context_other_than_that_of_fit(fitted, given, message):
    sets = SetArray.from_sets(SETS, context=np.ones((3, given)) if given else None)
    with pytest.raises(ValueError, match=message):
        spec(n_context=fitted).match_context(sets, "Model")
