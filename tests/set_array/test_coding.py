"""Strings in a SetArray are codes and categories."""

import copy
import pickle

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksets import SetArray
from sksets.preprocessing import TokenEncoder

pd = pytest.importorskip("pandas")

BASKETS = pd.DataFrame(
    {"basket": [7, 3, 7, 7], "sku": ["tea", "rum", "rum", "tea"], "price": [1.5, 9.0, 8.0, 2.5]}
)


@pytest.fixture
def mixed():
    return SetArray.from_frame(BASKETS, "basket", ["sku", "price"])


def test_tokens_are_numbers_and_what_they_stand_for():
    X = SetArray.from_sets([["tea", "rum"], [], ["tea"]])
    assert X.codes.tolist() == [0, 1, 0] and X.codes.dtype == np.int32
    assert [names.tolist() for names in X.categories] == [["tea", "rum"]]
    assert X.values.tolist() == ["tea", "rum", "tea"] and X.values.dtype == "<U3"
    assert [tokens.tolist() for tokens in X] == [["tea", "rum"], [], ["tea"]]
    assert X[2].tolist() == ["tea"] and X[::2].values.tolist() == ["tea", "rum", "tea"]


@pytest.mark.parametrize(
    "sets",
    [
        [["a"] * 20_000, ["b" * 2_000]],
        [np.array(["a"] * 20_000), np.array(["b" * 2_000])],
    ],
    ids=["lists", "arrays"],
)
def test_one_long_token_does_not_widen_the_others(sets):
    X = SetArray.from_sets(sets)
    # As one array of strings they would take 160 MB.
    assert X.nbytes < 100_000
    assert X[1].tolist() == ["b" * 2_000] and set(X[0].tolist()) == {"a"}


def test_numbers_have_no_categories():
    values = np.ones((3, 2))
    X = SetArray(values, [0, 3])
    assert X.codes is values and X.values is values and X.categories is None


def test_parts_share_the_categories_and_a_vocabulary_is_of_what_occurs():
    X = SetArray.from_sets([["c", "a"], ["b"], ["a"]])
    part = X[[0, 2]]
    assert part.categories is X.categories
    assert TokenEncoder().fit(part).vocabulary_.tolist() == ["a", "c"]
    assert TokenEncoder(min_frequency=2).fit(X).vocabulary_.tolist() == ["a"]


def test_arrays_with_other_categories_are_joined():
    X = SetArray.from_sets([["b", "a"]]) + SetArray.from_sets([["c"], ["a", "b"]])
    assert X.values.tolist() == ["b", "a", "c", "a", "b"]
    assert X.categories[0].tolist() == ["b", "a", "c"]


def test_mixed_elements(mixed):
    assert mixed.values.tolist() == [["tea", 1.5], ["rum", 8.0], ["tea", 2.5], ["rum", 9.0]]
    assert mixed.codes.tolist() == [[0, 1.5], [1, 8.0], [0, 2.5], [1, 9.0]]
    assert mixed.categories[0].tolist() == ["tea", "rum"] and mixed.categories[1] is None
    sku, price = mixed.columns()
    assert sku.tolist() == ["tea", "rum", "tea", "rum"] and price.tolist() == [1.5, 8.0, 2.5, 9.0]
    assert mixed[1].tolist() == [["rum", 9.0]]
    assert repr(mixed).endswith("elements mixed (2,))")


def test_mixed_elements_of_lists_of_frames_and_of_arrays_of_objects(mixed):
    frames = [part[["sku", "price"]] for _, part in BASKETS.groupby("basket", sort=False)]
    for sets in (frames, list(mixed), SetArray.from_sets(list(mixed))):
        X = SetArray.from_sets(sets)
        assert X.values.tolist() == mixed.values.tolist()
        assert X.categories[0].tolist() == ["tea", "rum"] and X.categories[1] is None
    assert SetArray.from_sets(frames).feature_names.tolist() == ["sku", "price"]


def test_mixed_elements_of_lists_of_rows(mixed):
    rows = [[("tea", 1.5), ("rum", 8.0), ("tea", 2.5)], [("rum", 9.0)]]
    for sets in (rows, [[list(row) for row in part] for part in rows]):
        X = SetArray.from_sets(sets)
        assert X.values.tolist() == mixed.values.tolist() and X.categories[1] is None


@pytest.mark.parametrize(
    ("rows", "message"),
    [
        ([["a", 1.0], ["b", "x"]], "Set 0, column 1, mixes strings and numbers"),
        ([[None, 1.0], ["b", 2.0]], r"Set 0, column 0, has a missing token \(None\)"),
        ([["a", {}]], "Set 0, column 1, holds objects that are neither numbers nor strings"),
    ],
)
def test_columns_of_one_set_are_of_one_kind(rows, message):
    with pytest.raises((TypeError, ValueError), match=message):
        SetArray.from_sets([np.array(rows, dtype=object)])


def test_columns_of_strings_alone():
    frame = pd.DataFrame({"k": [0, 0], "sku": ["tea", "rum"], "shop": ["x", "x"]})
    X = SetArray.from_frame(frame, "k", ["sku", "shop"])
    assert X.values.tolist() == [["tea", "x"], ["rum", "x"]] and X.codes.dtype == np.int32
    assert SetArray.from_frame(frame, "k", "sku").values.tolist() == ["tea", "rum"]


@pytest.mark.parametrize("carry", [copy.copy, copy.deepcopy, SetArray.copy, lambda X: X[:]])
def test_copies_keep_the_categories(mixed, carry):
    X = carry(mixed)
    assert X.values.tolist() == mixed.values.tolist() and X.keys.tolist() == [7, 3]
    assert pickle.loads(pickle.dumps(X)).values.tolist() == mixed.values.tolist()


def test_mixed_arrays_are_joined_by_their_strings(mixed):
    other = SetArray.from_frame(
        pd.DataFrame({"basket": [1], "sku": ["gin"], "price": [7.0]}), "basket", ["sku", "price"]
    )
    X = other + mixed
    assert X.values.tolist() == [["gin", 7.0], *mixed.values.tolist()]
    with pytest.raises(ValueError, match=r"array 1 has numbers, array 0 strings in the columns"):
        mixed + SetArray(np.ones((1, 2)), [0, 1], keys=[9])


def test_exports_of_mixed_elements(mixed):
    frame = mixed.to_frame("basket")
    assert frame.sku.tolist() == ["tea", "rum", "tea", "rum"] and frame.price.dtype == np.float64
    back = SetArray.from_frame(frame, "basket", ["sku", "price"])
    assert back.values.tolist() == mixed.values.tolist() and back.keys.tolist() == [7, 3]
    for export, read in [("to_arrow", "from_arrow"), ("to_awkward", "from_awkward")]:
        pytest.importorskip({"to_arrow": "pyarrow", "to_awkward": "awkward"}[export])
        back = getattr(SetArray, read)(getattr(mixed, export)())
        assert back.values.tolist() == mixed.values.tolist()
        assert back.feature_names.tolist() == ["sku", "price"]
    padded, mask = mixed.to_padded()
    assert padded[mask].tolist() == mixed.values.tolist()


def test_a_missing_category_is_an_error():
    frame = BASKETS.assign(sku=["tea", None, "rum", "tea"])
    with pytest.raises(ValueError, match="Column 'sku' of the frame has a missing token"):
        SetArray.from_frame(frame, "basket", ["sku", "price"])


def test_tokens_as_arrow_dictionaries_stay_codes():
    pa = pytest.importorskip("pyarrow")
    words = pa.array(["tea", "rum", "tea"]).dictionary_encode()
    X = SetArray.from_arrow(pa.ListArray.from_arrays([0, 2, 3], words))
    assert X.codes.tolist() == [0, 1, 0] and X.values.tolist() == ["tea", "rum", "tea"]
    back = X.to_arrow()
    assert pa.types.is_dictionary(back.type.value_type)
    assert back.to_pylist() == [["tea", "rum"], ["tea"]]
    assert_array_equal(SetArray.from_arrow(back).values, X.values)
