"""What SetArray is turned into is read back as what it was."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksets import SetArray

RNG = np.random.default_rng(0)
VECTORS = [RNG.normal(size=(size, 3)) for size in (2, 0, 4, 1)]
CASES = {
    "vectors": SetArray.from_sets(VECTORS),
    "names": SetArray.from_sets(VECTORS).map_values(np.concatenate(VECTORS), ["pt", "eta", "phi"]),
    "integers": SetArray.from_sets([s.round().astype(np.int32) for s in VECTORS]),
    "tokens": SetArray.from_sets([["tea", "milk"], [], ["rum"]]),
    "scalars": SetArray([1.0, 2.0, 3.0], [0, 1, 1, 3]),
    "images": SetArray(RNG.normal(size=(5, 4, 2)), [0, 3, 3, 5]),
}


def assert_same(X, expected):
    assert_array_equal(X.values, expected.values)
    assert X.values.shape == expected.values.shape
    assert_array_equal(X.offsets, expected.offsets)
    names = [None if a.feature_names is None else a.feature_names.tolist() for a in (X, expected)]
    assert names[0] == names[1]


@pytest.mark.parametrize("name", CASES)
@pytest.mark.parametrize("part", [slice(None), slice(1, 3), [2, 0]], ids=["all", "slice", "list"])
@pytest.mark.parametrize("library", ["arrow", "awkward"])
def test_round_trip_of_lists(name, part, library):
    X = CASES[name][part]
    array = getattr(X, f"to_{library}")()
    assert_same(getattr(SetArray, f"from_{library}")(array), X)


@pytest.mark.parametrize("keys", [None, ["b", "a", "c"], [[1, 2], [1, 1], [0, 2]]])
@pytest.mark.parametrize("context", [None, [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]])
@pytest.mark.parametrize("names", [None, ["pt", "eta", "phi"]])
def test_round_trip_of_a_long_frame(keys, context, names):
    filled = [s for s in VECTORS if len(s)]
    X = SetArray.from_sets(filled, context=context)
    X = SetArray(X.values, X.offsets, X.context, feature_names=names, keys=keys)
    frame = X.to_frame("jet")
    key = ["jet0", "jet1"] if keys and np.ndim(keys) == 2 else "jet"
    columns = names or ["x0", "x1", "x2"]
    context_columns = None if context is None else ["context0", "context1"]
    back = SetArray.from_frame(frame, key, columns, context_columns=context_columns)
    assert_array_equal(back.values, X.values)
    assert_array_equal(back.offsets, X.offsets)
    assert back.feature_names.tolist() == columns
    assert back.keys.tolist() == (keys or [0, 1, 2])
    if context is not None:
        assert_array_equal(back.context, X.context)


def test_tokens_in_a_long_frame():
    X = SetArray.from_sets([["tea", "milk"], ["rum"]])
    frame = X.to_frame("basket")
    assert frame.to_dict("list") == {"basket": [0, 0, 1], "x": ["tea", "milk", "rum"]}
    assert_same(SetArray.from_frame(frame, "basket", "x"), X)


def test_what_a_long_frame_cannot_hold():
    with pytest.raises(ValueError, match="Set 1 is empty, and would have no row"):
        CASES["vectors"].to_frame()
    with pytest.raises(ValueError, match=r"holds vectors, found elements of shape \(4, 2\)"):
        CASES["images"].to_frame()


def test_two_columns_of_one_name():
    X = SetArray([[1.0, 2.0]], [0, 1], [[3.0]], feature_names=["set", "context0"])
    with pytest.raises(ValueError, match=r"A long frame would have two columns 'set'; they are \["):
        X.to_frame()
    with pytest.raises(ValueError, match="two columns 'context0'; .* Choose other feature_names"):
        X.to_frame("jet")
    assert list(X[:1].with_context([[3.0]], ["mass"]).to_frame("jet").columns) == [
        *("jet", "set", "context0", "mass"),
    ]
    twice = SetArray([[1.0, 2.0]], [0, 1], feature_names=["pt", "pt"])
    with pytest.raises(ValueError, match="An awkward record would have two columns 'pt'"):
        twice.to_awkward()
