"""Groupby objects of pandas and polars are sets with the keys of the groups."""

import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from set_cases import assert_sets

from sksets import SDMRegressor, SetArray
from sksets._set_array.reading import as_set_array

LONG = {"jet": ["b", "a", "b", "c"], "pt": [1.0, 2.0, 3.0, 4.0], "n": [5, 6, 7, 8]}
A, B, C = [[2.0, 6.0]], [[1.0, 5.0], [3.0, 7.0]], [[4.0, 8.0]]


def test_groups_of_pandas_come_in_the_order_of_groupby():
    frame = pd.DataFrame(LONG)
    for groups, keys, sets in (
        (frame.groupby("jet"), "abc", [A, B, C]),
        (frame.groupby("jet", sort=False), "bac", [B, A, C]),
        (frame.set_index("jet").groupby(level="jet"), "abc", [A, B, C]),
        (frame.groupby("jet")[["pt", "n"]], "abc", [A, B, C]),
    ):
        X = as_set_array(groups)
        assert X.keys.tolist() == list(keys) == groups.first().index.tolist()
        assert X.feature_names.tolist() == ["pt", "n"]
        assert_sets(X, sets)
        assert_sets(SetArray.from_sets(groups), sets)


def test_columns_that_are_selected_of_groups():
    groups = pd.DataFrame(LONG).groupby("jet")
    X = as_set_array(groups[["n"]])
    assert X.feature_names.tolist() == ["n"] and X.values.tolist() == [[6], [5], [7], [8]]
    X = as_set_array(groups["n"], element_kind="token")
    assert X.values.tolist() == [6, 5, 7, 8] and X.keys.tolist() == ["a", "b", "c"]


def test_groups_by_several_keys_and_by_values():
    frame = pd.DataFrame({**LONG, "run": [1, 1, 1, 2]})
    X = as_set_array(frame.groupby(["run", "jet"]))
    assert X.keys.tolist() == [[1, "a"], [1, "b"], [2, "c"]]
    assert_sets(X, [A, B, C])
    # As pandas has it, a column from which the groups are computed is one of the features.
    X = as_set_array(frame[["pt", "n"]].groupby(frame["n"] // 2))
    assert X.keys.tolist() == [2, 3, 4] and X.feature_names.tolist() == ["pt", "n"]
    assert_sets(X, [[[1, 5]], [[2, 6], [3, 7]], [[4, 8]]])


def test_groups_of_missing_keys_and_categories_without_rows():
    frame = pd.DataFrame({**LONG, "jet": ["b", None, "b", "c"]})
    X = as_set_array(frame.groupby("jet"))
    assert X.keys.tolist() == ["b", "c"]
    assert_sets(X, [B, C])
    assert as_set_array(frame.groupby("jet", dropna=False)).sizes.tolist() == [2, 1, 1]
    frame["jet"] = pd.Categorical(["b", "a", "b", "c"], categories=["d", "c", "b", "a"])
    X = as_set_array(frame.groupby("jet", observed=False))
    assert X.keys.tolist() == ["d", "c", "b", "a"]
    assert_sets(X, [np.empty((0, 2)), C, B, A])


def test_a_y_by_group_is_aligned():
    r = np.random.default_rng(0)
    frame = pd.DataFrame({"jet": r.integers(0, 30, 300), "pt": r.normal(size=300)})
    groups = frame.groupby("jet", sort=False)
    y = frame.groupby("jet").pt.mean()
    aligned = SDMRegressor().fit(groups, y).predict(groups)
    X = SetArray.from_frame(frame, "jet", ["pt"])
    np.testing.assert_allclose(aligned, SDMRegressor().fit(X, y).predict(X))


def test_groups_of_polars_that_keep_their_order():
    frame = pl.DataFrame(LONG)
    X = as_set_array(frame.group_by("jet", maintain_order=True))
    assert X.keys.tolist() == ["b", "a", "c"] and X.feature_names.tolist() == ["pt", "n"]
    assert_sets(X, [B, A, C])
    X = as_set_array(frame.group_by("jet", pl.col("n") > 6, maintain_order=True))
    assert X.keys.tolist() == [["b", False], ["a", False], ["b", True], ["c", True]]
    assert X.feature_names.tolist() == ["pt"]
    text = pl.DataFrame({"k": [2, 1, 2], "word": ["x", "y", "z"]})
    X = as_set_array(text.group_by("k", maintain_order=True))
    assert X.values.tolist() == ["x", "z", "y"]


@pytest.mark.parametrize(
    ("groups", "message"),
    [
        (pl.DataFrame(LONG).group_by("jet"), "another order each time. Use .*maintain_order=True"),
        (pl.LazyFrame(LONG).group_by("jet"), "LazyGroupBy, which is not read as sets. Pass the fr"),
        (pa.table(LONG).group_by("jet"), "TableGroupBy, which is not read as sets"),
        (pd.DataFrame(LONG).groupby("jet", as_index=False), "with as_index=False. Leave that out"),
    ],
    ids=["polars", "lazy", "arrow", "as_index"],
)
def test_groups_without_an_order_are_refused(groups, message):
    with pytest.raises(TypeError, match=message):
        as_set_array(groups)


def test_windows_are_no_sets():
    frame = pd.DataFrame({"pt": [1.0, 2.0]}, index=pd.date_range("2020-01-01", periods=2))
    for windows in (frame.rolling(2), frame.resample("D")):
        with pytest.raises(TypeError, match="which is not known as a container of sets"):
            as_set_array(windows)


def test_groups_of_nothing_but_keys():
    keys = {"jet": ["b", "a"]}
    for groups in (
        pd.DataFrame(keys).groupby("jet"),
        pl.DataFrame(keys).group_by("jet", maintain_order=True),
    ):
        with pytest.raises(ValueError, match="without columns besides its keys"):
            as_set_array(groups)
