"""Dicts of sets, and the values of dicts."""

from collections import OrderedDict, UserDict

import numpy as np
import pytest

from sksets import SDMRegressor, SetArray, SetExpander
from sksets._set_array.reading import as_set_array

PATIENTS = {"p2": np.array([[1.0, 2.0], [3.0, 4.0]]), "p1": np.array([[5.0, 6.0]])}


@pytest.mark.parametrize("kind", [dict, OrderedDict, UserDict])
@pytest.mark.parametrize("read", [as_set_array, SetArray.from_sets])
def test_a_dict_of_sets_has_keys(kind, read):
    for X in (read(kind(PATIENTS)), read(kind(PATIENTS).values())):
        assert X.sizes.tolist() == [2, 1] and X.values.tolist() == [[1, 2], [3, 4], [5, 6]]
        if kind is not UserDict:  # its values do not say which dict they are of
            assert X.keys.tolist() == ["p2", "p1"]
    assert read(kind(PATIENTS)).keys.tolist() == ["p2", "p1"]


@pytest.mark.parametrize(
    ("keys", "expected"),
    [
        ([7, 3], [7, 3]),
        ([("p1", 0), ("p1", 1)], [["p1", 0], ["p1", 1]]),
        ([1, "a"], [1, "a"]),
        ([("p1", 0), "p1"], [("p1", 0), "p1"]),
    ],
    ids=["numbers", "tuples", "mixed", "tuples and others"],
)
def test_keys_keep_their_type(keys, expected):
    X = as_set_array(dict(zip(keys, PATIENTS.values(), strict=True)))
    assert X.keys.tolist() == expected


def test_a_dict_of_frames_has_names_too():
    pd = pytest.importorskip("pandas")
    X = as_set_array({k: pd.DataFrame(v, columns=["cd4", "cd8"]) for k, v in PATIENTS.items()})
    assert X.feature_names.tolist() == ["cd4", "cd8"] and X.keys.tolist() == ["p2", "p1"]


def test_a_y_with_the_keys_in_its_index_is_aligned():
    pd = pytest.importorskip("pandas")
    sets = {f"p{i}": np.full((3, 1), float(i)) for i in range(20)}
    y = pd.Series({key: values[0, 0] for key, values in sets.items()})
    fitted = SDMRegressor(random_state=0).fit(sets, y)
    shuffled = SDMRegressor(random_state=0).fit(sets, y.sample(frac=1, random_state=0))
    np.testing.assert_array_equal(fitted.predict(sets), shuffled.predict(sets))
    np.testing.assert_array_equal(fitted.predict(sets), fitted.predict(list(sets.values())))


def test_a_dict_of_baskets():
    baskets = {"ann": ["tea", "milk"], "bob": ["rum"], "eve": []}
    X = as_set_array(baskets)
    assert X.values.tolist() == ["tea", "milk", "rum"] and X.sizes.tolist() == [2, 1, 0]
    numbers = {"ann": [3, 1], "bob": [2, 1]}
    assert as_set_array(numbers, element_kind="token").values.tolist() == [3, 1, 2, 1]
    assert SetArray.from_sets(numbers).values.tolist() == [3, 1, 2, 1]
    arrays = {name: np.array(items) for name, items in numbers.items()}
    for items in (numbers, numbers.values(), arrays):
        assert SetExpander(max_epochs=1).fit(items).vocabulary_.tolist() == [1, 2, 3]


COLUMNS = {"x": np.array([1.0, 2.0]), "y": np.array([3.0, 4.0])}


@pytest.mark.parametrize("X", [COLUMNS, COLUMNS.values(), {"x": [1, 2]}, {"x": [1.0]}.values()])
def test_columns_are_no_sets(X):
    with pytest.raises(TypeError, match=r"1-D arrays or lists of numbers. For columns.*from_frame"):
        as_set_array(X)


def test_from_sets_of_columns_of_floats():
    with pytest.raises(TypeError, match="X is a dict of 1-D arrays or lists of numbers"):
        SetArray.from_sets(COLUMNS)


def test_an_error_names_the_set():
    with pytest.raises(ValueError, match="set 1 has 1, set 0 has 2"):
        as_set_array(PATIENTS | {"p1": np.ones((2, 1))})
    with pytest.raises(TypeError, match=r"Set 0 is a dict \(\{\}\), expected an array"):
        as_set_array({"a": {}})
