"""Integers beyond 2**53, which floats do not tell apart, in whatever type they come."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksets import DeepSetsClassifier, DeepSetsElementClassifier, SetArray
from sksets.metrics import item_ranks
from sksets.preprocessing import TokenEncoder

B = 2**53
TOKENS = [B, B + 1, B + 2, 5]
TYPES = [np.int64, np.uint64]
COLUMNS = {"set": [0, 0, 1, 1], "item": [B, B + 1, B, B + 1], "price": [1.5, 2.5, 3.5, 4.5]}


def assert_exact(array, expected):
    """Compare as Python's integers: numpy would compare int64 and uint64 as floats."""
    assert array.tolist() == expected


@pytest.mark.parametrize("fitted", TYPES)
@pytest.mark.parametrize("asked", TYPES)
def test_tokens_are_looked_up_as_integers(fitted, asked):
    encoder = TokenEncoder().fit([np.array(TOKENS, dtype=fitted)])
    assert_exact(encoder.vocabulary_, sorted(TOKENS))
    (found,) = encoder.transform([np.array([B + 1, B, B + 3, 5], dtype=asked)])
    assert_array_equal(found, [3, 2, 0, 1])


def test_tokens_that_one_type_alone_holds():
    encoder = TokenEncoder().fit([np.array(TOKENS)])
    assert_array_equal(encoder.transform([np.array([2**64 - 1, 5], np.uint64)])[0], [0, 1])
    hashes = [2**63 + 1, 2**63 + 2, 5]
    encoder = TokenEncoder().fit([hashes])
    assert_exact(encoder.vocabulary_, sorted(hashes))
    assert_array_equal(encoder.transform([np.array([-1, 5])])[0], [0, 1])
    assert_array_equal(encoder.transform([hashes])[0], [2, 3, 1])
    assert_array_equal(encoder.transform([np.array([5, 300], dtype=np.int16)])[0], [1, 0])
    assert_array_equal(encoder.transform([np.array(hashes, dtype=object)])[0], [2, 3, 1])


@pytest.mark.parametrize(
    ("sets", "expected"),
    [
        ([np.array([B + 1, 5]), np.array([B], np.uint64)], [B + 1, 5, B]),
        ([np.array([5]), np.array([2**63 + 1], np.uint64)], [5, 2**63 + 1]),
        ([[5, 2**63 + 1], [B + 1]], [5, 2**63 + 1, B + 1]),
        ([np.array([5, 2**63 + 1], dtype=object), [B + 1]], [5, 2**63 + 1, B + 1]),
    ],
)
def test_sets_of_several_types_of_integers(sets, expected):
    assert_exact(SetArray.from_sets(sets).values, expected)
    joined = SetArray.concatenate([SetArray.from_sets([one]) for one in sets])
    assert_exact(joined.values, expected)


def test_integers_that_no_type_holds_are_no_tokens():
    sets = [np.array([-5]), np.array([2**63], np.uint64)]
    with pytest.raises(ValueError, match="Tokens must be integers or strings, found dtype float64"):
        TokenEncoder().fit(sets)
    with pytest.raises(ValueError, match="Tokens must be integers or strings, found dtype float64"):
        TokenEncoder().fit([[2**70, 1]])


@pytest.mark.parametrize("dtype", TYPES)
def test_categories_are_looked_up_as_integers(dtype):
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(COLUMNS).astype({"item": dtype, "price": "int8"})
    X = SetArray.from_frame(frame, "set", ["item", "price"])
    clf = DeepSetsClassifier(max_epochs=1, categorical_features=["item"]).fit(X, [0, 1])
    assert_exact(clf.categories_[0], [B, B + 1])


def test_categories_that_floats_cannot_hold():
    X = SetArray.from_frame(COLUMNS, "set")
    message = r"Column 0 holds categories as floats, .* set 0, element 0 is 9007199254740992. Make"
    with pytest.raises(ValueError, match=message):
        DeepSetsClassifier(categorical_features=["item"]).fit(X, [0, 1])


def test_labels_are_looked_up_as_integers():
    X = [np.full((1, 1), value) for value in (-1.0, 1.0)] * 20
    y = np.array([B, B + 1] * 20)
    clf = DeepSetsClassifier(max_epochs=40, warm_start=True, random_state=0).fit(X, y)
    assert_exact(clf.predict(X), y.tolist())
    unsigned = y.astype(np.uint64)
    assert_exact(clf.fit(X, unsigned).predict(X), y.tolist())
    with pytest.raises(ValueError, match=rf"does not know: \[{B + 2}\]"):
        clf.fit(X, unsigned + np.uint64(1))


def test_labels_of_elements_in_several_types():
    X = [np.zeros((2, 1)), np.ones((2, 1))]
    y = [np.array([B, B + 1]), np.array([B + 2, B], np.uint64)]
    assert_exact(DeepSetsElementClassifier(max_epochs=1).fit(X, y).classes_, [B, B + 1, B + 2])


def test_relevant_items_in_several_types():
    ranks = item_ranks([np.array([1], np.uint64), np.array([0])], [[0.1, 0.2, 0.3]] * 2)
    assert_array_equal(np.concatenate(ranks), [2, 3])
