"""Keys stay what they were given as: 1 beside "a" is no string, and large integers no floats."""

import numpy as np
import pandas as pd
import pytest

from sksets import DeepSetsRegressor, SetArray

B = 2**53


def keyed(keys):
    return SetArray(np.arange(float(len(keys)))[:, None], np.arange(len(keys) + 1), keys=keys)


@pytest.mark.parametrize(
    "keys",
    [
        [1, "a"],
        [1, "1"],
        [1, 2.5],
        [B + 1, 2.5],
        [B, B + 1, 2**63],
        [-1, 2**63],
        [("a", 1), ("b", 2)],
        [(B + 1, 1.5), (B, 1.5)],
    ],
)
def test_keys_of_a_list(keys):
    found = keyed(keys).keys.tolist()
    # As text, since 1 is equal to 1.0.
    assert str([tuple(key) if isinstance(key, list) else key for key in found]) == str(keys)
    halves = [keyed(keys[:1]), keyed(keys[1:])]
    assert SetArray.concatenate(halves).keys.tolist() == found


def test_keys_of_a_dict():
    sets = {-1: np.zeros((1, 2)), 2**63: np.ones((2, 2))}
    assert SetArray.from_sets(sets).keys.tolist() == [-1, 2**63]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (np.array([B, B + 1]), np.array([B + 2, B + 3], np.uint64)),
        (np.array([B, B + 1]), np.array([1.5, 2.5])),
        (np.array([1, 2]), np.array(["1", "2"])),
        (np.array([-1]), np.array([2**63], np.uint64)),
    ],
)
def test_keys_of_several_types_are_joined(first, second):
    joined = SetArray.concatenate([keyed(first), keyed(second)])
    assert joined.keys.tolist() == first.tolist() + second.tolist()


def test_a_key_that_is_missing_twice():
    with pytest.raises(ValueError, match="The key nan is there twice"):
        keyed(np.array([np.nan, 1.0, np.nan]))


@pytest.mark.parametrize("dtype", [np.int64, np.uint64])
def test_targets_are_aligned_by_large_keys(dtype):
    X = keyed(np.arange(B, B + 6))
    y = pd.Series(np.arange(6.0), index=np.arange(B, B + 6).astype(dtype))
    model = DeepSetsRegressor(max_epochs=1, random_state=0)
    expected = model.fit(X, y.to_numpy(), sample_weight=np.ones(6)).predict(X)
    assert model.fit(X, y[::-1]).predict(X).tolist() == expected.tolist()


def test_a_context_is_aligned_to_the_keys():
    sets = {"x": [[1.0]], "y": [[2.0]], "z": [[3.0]]}
    frame = pd.DataFrame({"age": [30.0, 10.0, 20.0]}, index=["z", "x", "y"])
    expected = [[10.0], [20.0], [30.0]]
    for context in (frame, frame.age, frame.to_dict()["age"]):
        later = SetArray.from_sets(sets).with_context(context)
        for X in (SetArray.from_sets(sets, context), later):
            assert X.context.tolist() == expected
    assert SetArray.from_sets(sets, frame).context_names.tolist() == ["age"]
    by_position = SetArray.from_sets(sets, frame.to_numpy())
    assert by_position.context.tolist() == [[30.0], [10.0], [20.0]]
    with pytest.raises(ValueError, match="The index of context holds keys .* of set 1, .y"):
        SetArray.from_sets(sets, frame.drop(index="y"))
    with pytest.warns(UserWarning, match="context is read by position: its index"):
        SetArray.from_sets(sets, frame.reset_index(drop=True))
    # Without keys there is nothing to align to.
    plain = SetArray.from_sets(list(sets.values()), frame)
    assert plain.context.tolist() == by_position.context.tolist()
