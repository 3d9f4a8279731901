"""Frames of every library: the types of their columns, vectors, categories, long frames."""

import awkward as ak
import narwhals as nw
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from numpy.testing import assert_array_equal
from set_cases import assert_sets

from sksets import SetArray
from sksets._set_array.columns import Categories
from sksets._set_array.frames import read_column, series_of_frame
from sksets._set_array.reading import as_set_array

FRAMES = {
    "pandas": pd.DataFrame,
    "polars": pl.DataFrame,
    "table": pa.table,
    "batch": pa.RecordBatch.from_pydict,
    "narwhals": lambda columns: nw.from_native(pl.DataFrame(columns)),
    "dict": dict,
}


@pytest.fixture(params=FRAMES.values(), ids=FRAMES)
def frame_of(request):
    return request.param


# ---------------------------------------------------------------- types of the columns


def columns_of(dtype, largest=3):
    return {
        "set": np.array([7, 3, 7]),
        "x": np.array([0.5, 1.5, 2.5], np.float32),
        "n": np.array([1, 0, largest]).astype(dtype),
    }


@pytest.mark.parametrize("dtype", ["int32", "int64", "uint8", "uint64", "bool"])
def test_integers_beside_float32_are_float32(frame_of, dtype):
    X = SetArray.from_frame(frame_of(columns_of(dtype)), "set", ["x", "n"])
    assert X.values.dtype == np.float32
    assert X.values.tolist() == [[0.5, 1], [2.5, 1 if dtype == "bool" else 3], [1.5, 0]]


@pytest.mark.parametrize(
    ("largest", "dtype"), [(2**24, "float32"), (2**24 + 1, "float64"), (-(2**24) - 1, "float64")]
)
def test_integers_that_float32_would_round_are_float64(frame_of, largest, dtype):
    columns = columns_of("int64", largest)
    values = SetArray.from_frame(frame_of(columns), "set", ["x", "n"]).values
    assert values.dtype == dtype and values[:, 1].tolist() == [1, largest, 0]


def test_other_types_of_columns_are_numpys(frame_of):
    columns = {"set": [0, 0], "i": np.array([1, 2]), "j": np.array([3, 4], np.int16)}
    assert SetArray.from_frame(frame_of(columns), "set").values.dtype == np.int64
    columns["x"] = np.array([0.5, 1.5])
    assert SetArray.from_frame(frame_of(columns), "set").values.dtype == np.float64


def test_structs_records_and_lists_of_frames_keep_float32():
    lists = {"x": [np.array([0.5], np.float32)], "n": [np.array([3])]}
    jagged = {name: ak.from_numpy(cells[0])[None] for name, cells in lists.items()}
    fields = [pa.array(cells[0]) for cells in lists.values()]
    structs = pa.StructArray.from_arrays(fields, names=["x", "n"])
    for X in (
        pd.DataFrame(lists),
        ak.zip(jagged),
        ak.zip(jagged, depth_limit=1),
        pa.ListArray.from_arrays([0, 1], structs),
        [pd.DataFrame({name: cells[0] for name, cells in lists.items()})],
        [pl.DataFrame({name: cells[0] for name, cells in lists.items()})],
    ):
        values = as_set_array(X).values
        assert values.dtype == np.float32 and values.tolist() == [[0.5, 3]]
    context = pd.DataFrame({name: cells[0] for name, cells in lists.items()})
    assert SetArray.from_sets([[[1.0]]], context).context.dtype == np.float32


def test_columns_that_may_be_missing():
    frame = pd.DataFrame({"set": [0, 0], "n": pd.array([1, 2], "Int64"), "x": [0.5, 1.5]})
    X = SetArray.from_frame(frame, "set")
    assert X.values.tolist() == [[1, 0.5], [2, 1.5]]
    frame["n"] = pd.array([1, None], "Int64")
    assert np.isnan(SetArray.from_frame(frame, "set").values[1, 0])
    for table in (pl.DataFrame, pa.table):
        values = SetArray.from_frame(table({"set": [0, 0], "n": [1, None]}), "set").values
        assert_array_equal(values, [[1], [np.nan]])


def test_contexts_are_numbers():
    sets = [[[1.0]], [[2.0]]]
    for library in (pd.DataFrame, pl.DataFrame, pa.table):
        X = SetArray.from_sets(sets, library({"age": [50, 60], "vip": [True, False]}))
        assert X.context.tolist() == [[50, 1], [60, 0]]
        assert X.context_names.tolist() == ["age", "vip"]
        with pytest.raises(ValueError, match="context must be numeric; column 'site' is .*Encode"):
            SetArray.from_sets(sets, library({"age": [50, 60], "site": ["a", "b"]}))
        frame = library({"set": [0, 1], "x": [1.0, 2.0], "site": ["a", "b"]})
        with pytest.raises(ValueError, match="context must be numeric; column 'site' is"):
            SetArray.from_frame(frame, "set", ["x"], context_columns=["site"])
    coded = pd.DataFrame({"site": pd.Categorical(["a", "b"])})
    with pytest.raises(ValueError, match="context must be numeric; column 'site' is"):
        SetArray.from_sets(sets, coded)


# ---------------------------------------------------------------- strings and categories


def coded(library):
    values = ["b", "a", "b"]
    if library == "pandas":
        return pd.DataFrame({"k": pd.Categorical(values)})
    if library == "polars":
        return pl.DataFrame({"k": pl.Series(values, dtype=pl.Categorical)})
    if library == "enum":
        return pl.DataFrame({"k": pl.Series(values, dtype=pl.Enum(["a", "b"]))})
    if library == "chunks":
        chunks = [pa.array([value]).dictionary_encode() for value in values]
        return pa.table({"k": pa.chunked_array(chunks)})
    return pa.table({"k": pa.array(values).dictionary_encode()})


@pytest.mark.parametrize("library", ["pandas", "polars", "enum", "arrow", "chunks"])
def test_categories_reach_the_stacking_as_such(library):
    column = read_column(series_of_frame(coded(library))["k"], "k")
    assert isinstance(column, Categories)
    assert column.decoded().tolist() == ["b", "a", "b"]
    frame = nw.from_native(coded(library)).with_columns(set=nw.lit(0), x=nw.lit(1.0)).to_native()
    X = SetArray.from_frame(frame, "set", "k")
    assert X.values.tolist() == ["b", "a", "b"]
    assert SetArray.from_frame(frame, "k", ["x"]).keys.tolist() == ["b", "a"]
    mixed = SetArray.from_frame(frame, "set", ["k", "x"])
    assert mixed.values.tolist() == [["b", 1.0], ["a", 1.0], ["b", 1.0]]
    assert sorted(mixed.categories[0]) == ["a", "b"] and mixed.categories[1] is None


def test_categories_that_are_missing():
    for values in (
        pd.Series(["a", None], dtype="category").to_frame("k"),
        pl.DataFrame({"k": pl.Series(["a", None], dtype=pl.Categorical)}),
        pa.table({"k": pa.array(["a", None]).dictionary_encode()}),
    ):
        frame = nw.from_native(values).with_columns(set=nw.lit(0)).to_native()
        with pytest.raises(ValueError, match="Column .k. of the frame has a missing value"):
            SetArray.from_frame(frame, "set", "k")
        with pytest.raises(ValueError, match="The set key is missing in row 1"):
            SetArray.from_frame(frame, "k", "set")


def test_categories_of_numbers_are_categories():
    frame = pd.DataFrame({"set": [0, 0], "n": pd.Categorical([7, 5]), "x": [1.0, 2.0]})
    X = SetArray.from_frame(frame, "set")
    assert X.values.tolist() == [["7", 1.0], ["5", 2.0]]


def test_strings_beside_numbers_in_structs_are_categorical_features():
    # Of dicts, pyarrow 14 sorts the fields.
    kind = pa.list_(pa.struct([("sku", pa.string()), ("price", pa.float64())]))
    structs = pa.array([[{"sku": "a", "price": 1.0}]], type=kind)
    for X in (structs, ak.Array([[{"sku": "a", "price": 1.0}]])):
        sets = as_set_array(X)
        assert sets.values.tolist() == [["a", 1.0]] and sets.categories[1] is None


# ---------------------------------------------------------------- lists of frames


def test_frames_of_other_types_and_without_rows():
    wanted = [[[1.0, 2.0]], np.empty((0, 2)), [[3.5, 4.0]]]
    columns = [{"a": [1], "b": [2]}, {"a": [], "b": []}, {"a": [3.5], "b": [4.0]}]
    for library in (pd.DataFrame, pl.DataFrame, pa.table):
        X = as_set_array([library(one) for one in columns])
        assert_sets(X, wanted)
        assert X.feature_names.tolist() == ["a", "b"]
    X = as_set_array([pd.DataFrame(columns[0]), pl.DataFrame(columns[1]), pa.table(columns[2])])
    assert_sets(X, wanted)


def test_frames_with_vectors_and_with_strings():
    frames = [pd.DataFrame({"pos": [np.array([1.0, 2.0])], "q": [3]}) for _ in range(2)]
    X = as_set_array(frames)
    assert X.feature_names.tolist() == ["pos_0", "pos_1", "q"]
    assert_sets(X, [[[1, 2, 3]]] * 2)
    words = [pd.DataFrame({"w": ["x", "y"]}), pd.DataFrame({"w": ["z"]})]
    assert as_set_array(words).values.tolist() == ["x", "y", "z"]
    for library in (pd.DataFrame, pl.DataFrame):
        mixed = [library({"w": ["x"]}), library({"w": [1.0]})]
        with pytest.raises(ValueError, match="Column 'w' of the frame mixes strings and numbers"):
            as_set_array(mixed)


def test_frames_with_a_name_twice_are_refused():
    frame = pd.DataFrame([[0, 1, 2]], columns=["set", "x", "x"])
    table = pa.Table.from_arrays([pa.array([i]) for i in range(3)], names=["set", "x", "x"])
    for twice in (frame, table):
        with pytest.raises(ValueError, match="several columns 'x'; rename them"):
            SetArray.from_frame(twice, "set")
        with pytest.raises(ValueError, match="several columns 'x'; rename them"):
            as_set_array([twice, twice])


# ---------------------------------------------------------------- long frames


VECTORS = [[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]
WIDE = {
    "pandas": pd.DataFrame({"pos": [np.array(v) for v in VECTORS]}),
    "pandas lists": pd.DataFrame({"pos": VECTORS}),
    "polars arrays": pl.DataFrame({"pos": pl.Series(VECTORS, dtype=pl.Array(pl.Float64, 2))}),
    "polars lists": pl.DataFrame({"pos": VECTORS}),
    "arrow": pa.table({"pos": pa.array(VECTORS, pa.list_(pa.float64(), 2))}),
    "tensors": pa.table({"pos": pa.FixedShapeTensorArray.from_numpy_ndarray(np.array(VECTORS))}),
}


@pytest.mark.parametrize("vectors", WIDE.values(), ids=WIDE)
def test_vector_columns_of_long_frames(vectors):
    frame = {"set": [7, 3, 7], "q": [0.5, 1.5, 2.5], "pos": vectors["pos"]}
    X = SetArray.from_frame(frame, "set", ["q", "pos"])
    assert X.feature_names.tolist() == ["q", "pos_0", "pos_1"]
    assert_sets(X, [[[0.5, 1, 2], [2.5, 5, 6]], [[1.5, 3, 4]]])
    X = SetArray.from_frame(frame, "set", "pos")
    assert X.feature_names is None
    assert_sets(X, [[[1, 2], [5, 6]], [[3, 4]]])
    X = SetArray.from_frame({**frame, "set": [0, 1, 2]}, "set", "q", context_columns=["pos"])
    assert X.context.tolist() == VECTORS and X.context_names.tolist() == ["pos_0", "pos_1"]


def test_vectors_of_different_lengths_are_refused():
    frame = pd.DataFrame({"set": [0, 0], "v": [[1.0, 2.0], [3.0]]})
    with pytest.raises(ValueError, match="'v' holds vectors of different lengths: row 1 has 1 num"):
        SetArray.from_frame(frame, "set", ["v"])


def test_vectors_that_are_missing_are_refused():
    for frame in (
        pd.DataFrame({"set": [0, 0], "v": [[1.0, 2.0], None]}),
        pl.DataFrame({"set": [0, 0], "v": [[1.0, 2.0], None]}),
        pa.table({"set": [0, 0], "v": [[1.0, 2.0], None]}),
    ):
        with pytest.raises(ValueError, match="Column 'v' has a missing vector in row 1"):
            SetArray.from_frame(frame, "set", ["v"])


def test_frames_without_rows(frame_of):
    X = SetArray.from_frame(frame_of({"set": np.array([], int), "x": np.array([])}), "set")
    assert X.n_sets == 0 and X.values.shape == (0, 1) and X.feature_names.tolist() == ["x"]
    coded = pa.table({"k": pa.chunked_array([], pa.dictionary(pa.int32(), pa.string()))})
    assert SetArray.from_frame(coded.append_column("set", [[]]), "set").n_sets == 0


def test_structs_of_long_frames_are_refused():
    columns = {"set": [0], "p": [{"x": 1.0, "y": 2.0}]}
    arrow = pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype)
    for frame in (pl.DataFrame(columns), pa.table(columns), arrow):
        with pytest.raises(ValueError, match="'p' holds structs. Make a column of each field"):
            SetArray.from_frame(frame, "set", ["p"])


def test_images_of_long_frames():
    frame = pd.DataFrame({"set": [7, 3, 7], "image": [np.full((2, 2), i) for i in range(3)]})
    X = SetArray.from_frame(frame, "set", ["image"])
    assert X.values.shape == (3, 2, 2) and X.values[:, 0, 0].tolist() == [0, 2, 1]


@pytest.mark.parametrize(
    "keys",
    [
        [5, -3, 5, 2**40],
        [2.5, 0.5, 2.5, 1.0],
        ["b", "a", "b", "c"],
        [True, False, True, True],
        np.array(["2020-02-01", "2020-01-01", "2020-02-01", "2020-03-01"], "M8[us]"),
        np.array([2**64 - 1, 3, 2**64 - 1, 2**63], np.uint64),
    ],
    ids=["int", "float", "str", "bool", "date", "uint64"],
)
def test_keys_of_any_type_come_by_first_appearance(frame_of, keys):
    X = SetArray.from_frame(frame_of({"k": keys, "row": [0, 1, 2, 3]}), "k", ["row"])
    keys = np.asarray(keys)
    assert np.asarray(X.keys == keys[sorted(np.unique(keys, return_index=True)[1])]).all()
    assert X.values.ravel().tolist() == ([0, 2, 3, 1] if keys.dtype == bool else [0, 2, 1, 3])


def test_many_keys_and_rows_agree_with_a_loop(frame_of):
    r = np.random.default_rng(0)
    n = 3000
    columns = {"a": r.integers(0, 10**6, n) // 20_000, "b": r.choice(list("xyz"), n).tolist()}
    frame = frame_of({**columns, "row": np.arange(n)})
    expected: dict = {}
    for row, key in enumerate(zip(columns["a"].tolist(), columns["b"], strict=True)):
        expected.setdefault(key, []).append(row)
    X = SetArray.from_frame(frame, ["a", "b"], "row")
    assert list(map(tuple, X.keys.tolist())) == list(expected)
    assert [rows.tolist() for rows in X] == list(expected.values())
    X = SetArray.from_frame(frame, ["a", "b", "row"], ["row"])
    assert X.sizes.tolist() == [1] * n and X.values.ravel().tolist() == list(range(n))
