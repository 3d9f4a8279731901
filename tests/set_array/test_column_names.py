"""Names of columns and keys of sets: where they come from, and what keeps them."""

import awkward as ak
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal

from sksets import SetArray

FRAMES = [
    pd.DataFrame({"pt": [1.0, 2.0], "eta": [3.0, 4.0]}),
    pd.DataFrame({"pt": [5.0], "eta": [6.0]}),
]
ROWS = [[[1.0, 3.0], [2.0, 4.0]], [[5.0, 6.0]]]
RECORDS = [[{"pt": 1.0, "eta": 3.0}, {"pt": 2.0, "eta": 4.0}], [{"pt": 5.0, "eta": 6.0}]]
# Without a type, older versions of pyarrow sort the fields.
STRUCTS = pa.list_(pa.struct([("pt", pa.float64()), ("eta", pa.float64())]))
LONG = {"jet": [7, 3, 7], "pt": [1.0, 5.0, 2.0], "eta": [3.0, 6.0, 4.0], "year": [1, 2, 1]}


def named(**options):
    options = {"feature_names": ["pt", "eta"], "keys": ["a", "b"], **options}
    return SetArray(np.arange(6.0).reshape(3, 2), [0, 2, 3], [[1.0], [2.0]], **options)


@pytest.mark.parametrize(
    "sets",
    [
        SetArray.from_sets(FRAMES),
        SetArray.from_sets([pl.DataFrame(frame.to_dict("list")) for frame in FRAMES]),
        SetArray.from_sets([pa.table(frame.to_dict("list")) for frame in FRAMES]),
        SetArray.from_sets(pd.Series(FRAMES)),
        SetArray.from_arrow(pa.array(RECORDS, STRUCTS)),
        SetArray.from_awkward(ak.Array(RECORDS)),
        SetArray.from_sets(pl.Series(RECORDS)),
        SetArray.from_frame(LONG, "jet", ["pt", "eta"]),
        SetArray.from_frame(pd.DataFrame(LONG), "jet", context_columns=["year"]),
    ],
    ids=["pandas", "polars", "table", "series", "arrow", "awkward", "structs", "dict", "long"],
)
def test_names_come_from_the_container(sets):
    assert sets.feature_names.tolist() == ["pt", "eta"]
    for elements, rows in zip(sets, ROWS, strict=True):
        assert_array_equal(elements, rows)


def test_what_has_no_names():
    for sets in (
        [frame.to_numpy() for frame in FRAMES],
        [frame.set_axis([0, 1], axis=1) for frame in FRAMES],
        ak.Array([[(1.0, 3.0)], [(5.0, 6.0)]]),
    ):
        assert SetArray.from_sets(sets).feature_names is None
    assert SetArray.from_frame(LONG, "jet", "pt").feature_names is None  # 1-D, as for tokens


def test_names_of_the_context_and_keys():
    sets = SetArray.from_frame(LONG, "jet", ["pt"], context_columns=["year"])
    assert sets.context_names.tolist() == ["year"] and sets.keys.tolist() == [7, 3]
    context = pd.DataFrame({"age": [50, 60]})
    assert SetArray.from_sets(FRAMES, context=context).context_names.tolist() == ["age"]
    series = pd.Series(FRAMES, index=["x", "y"])
    assert SetArray.from_sets(series).keys.tolist() == ["x", "y"]
    several = SetArray.from_frame({**LONG, "run": [1, 1, 1]}, ["run", "jet"], ["pt"])
    assert several.keys.tolist() == [[1, 7], [1, 3]]


@pytest.mark.parametrize(
    "part", [slice(1, 2), [1], np.array([False, True]), slice(1, None, 2)], ids=repr
)
def test_parts_keep_names_and_keys(part):
    sets = named(context_names=["age"])[part]
    assert sets.feature_names.tolist() == ["pt", "eta"] and sets.context_names.tolist() == ["age"]
    assert sets.keys.tolist() == ["b"] and sets.context.tolist() == [[2.0]]


def test_copies_keep_names_and_keys_and_new_elements_have_new_names():
    sets = named(context_names=["age"])
    for other in (sets.copy(), SetArray.from_sets(sets), sets.take([0, 1])):
        assert other.feature_names.tolist() == ["pt", "eta"]
        assert other.context_names.tolist() == ["age"] and other.keys.tolist() == ["a", "b"]
    squared = sets.map_values(sets.values**2)
    assert squared.feature_names is None and squared.keys.tolist() == ["a", "b"]
    assert sets.map_values(sets.values, ["x", "y"]).feature_names.tolist() == ["x", "y"]
    other = sets.with_context(np.zeros((2, 3)))
    assert other.context_names is None and other.feature_names.tolist() == ["pt", "eta"]


def test_sets_that_are_drawn_repeatedly_have_no_keys():
    assert named()[[1, 1]].keys is None


@pytest.mark.parametrize(
    "options, match",
    [
        ({"feature_names": ["pt"]}, "feature_names must be 2 strings"),
        ({"feature_names": [0, 1]}, "feature_names must be 2 strings"),
        ({"context_names": ["a", "b"]}, "context_names must be 1 strings"),
        ({"keys": ["a"]}, r"Expected keys of shape \(2,\), one a set"),
        ({"keys": ["a", "a"]}, "The key 'a' is there twice"),
        ({"keys": np.array([1, 1])}, "The key 1 is there twice"),
        ({"keys": [[1, 2], [1, 2]]}, r"The key \(1, 2\) is there twice"),
    ],
)
def test_names_and_keys_that_do_not_fit(options, match):
    with pytest.raises(ValueError, match=match):
        named(**options)


def test_frames_with_other_columns():
    reordered = [FRAMES[0], FRAMES[1][["eta", "pt"]]]
    with pytest.raises(ValueError, match=r"same order; set 1 has \['eta', 'pt'\], set 0 has"):
        SetArray.from_sets(reordered)
    with pytest.raises(ValueError, match="Set 1 is a numpy.ndarray without names of columns"):
        SetArray.from_sets([FRAMES[0], FRAMES[1].to_numpy()])
    sets = SetArray.from_sets([FRAMES[0], np.empty((0, 2))])  # an empty set needs no names
    assert sets.feature_names.tolist() == ["pt", "eta"]
