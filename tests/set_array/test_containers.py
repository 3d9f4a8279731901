"""Foreign containers and tables become SetArrays, or one clear error."""

import numpy as np
import pytest
import scipy.sparse
import torch
from set_cases import assert_sets

from sksets import SetArray
from sksets._set_array.reading import as_set_array
from sksets.preprocessing import SetSummarizer

# ---------------------------------------------------------------- long frames

LONG = {
    "set": [7, 3, 7, 3, 9],
    "x": [1.0, 2.0, 3.0, 4.0, 5.0],
    "y": [10.0, 20.0, 30.0, 40.0, 50.0],
    "age": [61, 35, 61, 35, 80],
    "word": ["a", "b", "c", "d", "e"],
}


@pytest.fixture(params=["pandas", "polars", "pyarrow", "dict"])
def frame_of(request):
    if request.param == "dict":
        return dict
    module = pytest.importorskip(request.param)
    return module.table if request.param == "pyarrow" else module.DataFrame


def test_from_frame(frame_of):
    frame = frame_of(LONG)
    X, keys = SetArray.from_frame(
        frame, "set", ["x", "y"], context_columns=["age"], return_keys=True
    )
    assert keys.tolist() == [7, 3, 9]
    wanted = [[[1, 10], [3, 30]], [[2, 20], [4, 40]], [[5, 50]]]
    assert_sets(X, wanted, [[61], [35], [80]])


def test_from_frame_of_tokens_and_of_several_keys(frame_of):
    frame = frame_of({name: LONG[name] for name in ("set", "age", "word")})
    X = SetArray.from_frame(frame, "set", "word")
    assert [s.tolist() for s in X] == [["a", "c"], ["b", "d"], ["e"]]
    X, keys = SetArray.from_frame(frame, ["age", "set"], return_keys=True, columns="word")
    assert keys.tolist() == [[61, 7], [35, 3], [80, 9]] and X.sizes.tolist() == [2, 2, 1]


def test_from_frame_takes_the_other_columns_by_default(frame_of):
    X = SetArray.from_frame(frame_of({k: LONG[k] for k in ("set", "x", "y")}), "set")
    assert X.values.tolist() == [[1, 10], [3, 30], [2, 20], [4, 40], [5, 50]]


def test_from_frame_with_numbered_columns():
    frame = pytest.importorskip("pandas").DataFrame([[0, 5, 1], [1, 6, 2], [0, 7, 1]])
    X = SetArray.from_frame(frame, 0, 1, context_columns=2)
    assert_sets(X, [[5, 7], [6]], [[1], [2]])


def test_from_frame_with_string_keys(frame_of):
    X, keys = SetArray.from_frame(
        frame_of({"k": list("bab"), "v": [1, 2, 3]}), "k", return_keys=True
    )
    assert list(keys) == ["b", "a"] and X.values.ravel().tolist() == [1, 3, 2]


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({"key": "nope"}, "no column 'n"),
        ({"key": "set", "columns": ["z"]}, "no column 'z'; its columns are"),
        ({"key": "set", "columns": []}, "no columns left for the elements"),
        ({"key": "set", "columns": ["x"], "context_columns": ["y"]}, r"within set 0 \(key 7\)"),
        ({"key": "set", "columns": ["x", "word"]}, "mixes strings and numbers"),
    ],
)
def test_from_frame_errors(kwargs, message):
    pandas = pytest.importorskip("pandas")
    with pytest.raises(ValueError, match=message):
        SetArray.from_frame(pandas.DataFrame(LONG), **kwargs)


@pytest.mark.parametrize("missing", [None, float("nan")])
def test_from_frame_refuses_a_missing_key(frame_of, missing):
    with pytest.raises(ValueError, match="key is missing in row 1"):
        SetArray.from_frame(frame_of({"set": [1.0, missing], "x": [1, 2]}), "set")


@pytest.mark.parametrize("dtype", ["string", "Int64", "object"])
def test_from_frame_refuses_a_missing_key_of_pandas(dtype):
    pandas = pytest.importorskip("pandas")
    key = pandas.array(["7", None], dtype="string").astype(dtype)
    with pytest.raises(ValueError, match="key is missing in row 1"):
        SetArray.from_frame(pandas.DataFrame({"set": key, "x": [1, 2]}), "set")


def test_from_frame_with_keys_in_the_index():
    frame = pytest.importorskip("pandas").DataFrame(LONG).drop(columns="word")
    by_level = frame.set_index(["set", "age"])
    X, keys = SetArray.from_frame(by_level, "set", context_columns="age", return_keys=True)
    assert keys.tolist() == [7, 3, 9]
    wanted = [[[1, 10], [3, 30]], [[2, 20], [4, 40]], [[5, 50]]]
    assert_sets(X, wanted, [[61], [35], [80]])
    # A level that is not named, such as the number of the element, is no feature.
    assert_sets(SetArray.from_frame(by_level, "set"), wanted)
    X, keys = SetArray.from_frame(by_level, ["set", "age"], return_keys=True)
    assert keys.tolist() == [[7, 61], [3, 35], [9, 80]]


def test_from_frame_with_columns_of_several_levels():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(LONG)[["set", "x", "y"]]
    frame.columns = pandas.MultiIndex.from_product([["long"], frame.columns])
    assert_sets(
        SetArray.from_frame(frame, ("long", "set"), [("long", "y")]),
        [[[10], [30]], [[20], [40]], [[50]]],
    )


def test_from_frame_with_keys_that_have_no_order():
    frame = {"k": np.array([1, "a", 1], dtype=object), "x": [1, 2, 3]}
    X, keys = SetArray.from_frame(frame, "k", return_keys=True)
    assert keys.tolist() == [1, "a"] and X.values.ravel().tolist() == [1, 3, 2]


@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (None, "a dict of columns, found a NoneType"),
        (np.ones((2, 2)), "a dict of columns, found a numpy.ndarray"),
        ({"k": [1, 2], "x": [1]}, r"must have the same length; found \[1, 2\]"),
        ({"k": [[1, 2]], "x": [1]}, "set key 'k' holds vectors. Expected one value a row"),
        ({"k": [1], "x": np.array(["2020"], "M8[D]")}, r"'x' is datetime64\[D\]"),
        ({"k": [1, 1], "x": np.array(["a", None], object)}, r"frame has a missing token \(None\)"),
    ],
)
def test_what_is_no_long_frame(frame, message):
    with pytest.raises((TypeError, ValueError), match=message):
        SetArray.from_frame(frame, "k", "x")


def test_a_lazy_frame_is_collected_first():
    lazy = pytest.importorskip("polars").LazyFrame(LONG)
    with pytest.raises(TypeError, match=r"azy.*; pass what (its )?collect\(\)"):
        SetArray.from_frame(lazy, "set")
    with pytest.raises(TypeError, match=r"azy.*; pass what (its )?collect\(\)"):
        as_set_array(lazy)
    with pytest.raises(TypeError, match=r"azy.*; pass what (its )?collect\(\)"):
        as_set_array([lazy, lazy])


# ---------------------------------------------------------------- arrow and awkward


@pytest.fixture
def pa():
    return pytest.importorskip("pyarrow")


def test_from_arrow_does_not_copy(pa):
    array = pa.array([[1.0, 2.0], [], [3.0]])
    X = SetArray.from_arrow(array, context=[1, 2, 3])
    assert_sets(X, [[1, 2], [], [3]], [[1], [2], [3]])
    assert np.shares_memory(X.values, array.values.to_numpy())
    assert not X.values.flags.writeable


@pytest.mark.parametrize("kind", ["list_", "large_list", "chunked", "sliced", "table"])
def test_from_arrow_of_vectors(pa, kind):
    sets = [[[1.0, 2.0], [3.0, 4.0]], [], [[5.0, 6.0]]]
    wide = pa.list_(pa.float64(), 2)
    if kind == "large_list":
        array = pa.array(sets, type=pa.large_list(wide))
    else:
        array = pa.array(sets, type=pa.list_(wide))
    if kind == "sliced":
        array = pa.array([[[9.0, 9.0]], *sets, [[8.0, 8.0]]], type=pa.list_(wide)).slice(1, 3)
    if kind == "chunked":
        array = pa.chunked_array([array.slice(0, 1), array.slice(1)])
    if kind == "table":
        array = pa.table({"sets": array})
    X = SetArray.from_arrow(array)
    assert X.values.tolist() == [[1, 2], [3, 4], [5, 6]] and X.sizes.tolist() == [2, 0, 1]


def test_from_arrow_of_variable_lists_structs_strings_and_fixed_sizes(pa):
    X = SetArray.from_arrow(pa.array([[[1, 2], [3, 4]], [], [[5, 6]]]))
    assert X.values.tolist() == [[1, 2], [3, 4], [5, 6]]
    X = SetArray.from_arrow(pa.array([[{"x": 1.0, "y": 2.0}], [], [{"x": 3.0, "y": 4.0}]]))
    assert X.values.tolist() == [[1, 2], [3, 4]] and X.sizes.tolist() == [1, 0, 1]
    assert SetArray.from_arrow(pa.array([["a"], [], ["b", "c"]])).values.tolist() == list("abc")
    coded = pa.array(["b", "a", "b"]).dictionary_encode()
    X = SetArray.from_arrow(pa.ListArray.from_arrays([0, 2, 3], coded))
    assert X.values.tolist() == ["b", "a", "b"]
    X = SetArray.from_arrow(pa.array([[1.0, 2.0], [3.0, 4.0]], type=pa.list_(pa.float64(), 2)))
    assert X.sizes.tolist() == [2, 2] and X.values.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([[1.0], None], r"Set 1 is missing \(null\)"),
        ([[1.0], [2.0, None]], r"Set 1 has a missing element \(null\)"),
        ([[[1, 2]], [], [[3, 4], [5]]], "an element of set 2 has 1, one of set 0 has 2"),
    ],
)
def test_from_arrow_errors(pa, cells, message):
    with pytest.raises(ValueError, match=message):
        SetArray.from_arrow(pa.array(cells))


def test_from_arrow_wants_lists(pa):
    with pytest.raises(TypeError, match="array of lists, one list a set, found type double"):
        SetArray.from_arrow(pa.array([1.0, 2.0]))
    with pytest.raises(TypeError, match="columns of lists, found columns of double, int64"):
        SetArray.from_arrow(pa.table({"a": [1.0], "b": [2]}))
    with pytest.raises(TypeError, match="Expected lists of numbers or strings"):
        SetArray.from_arrow(pa.array([[pa.scalar(1).as_py()], []], type=pa.list_(pa.decimal128(5))))


@pytest.fixture
def ak():
    return pytest.importorskip("awkward")


def test_from_awkward(ak):
    flat = np.arange(6.0)
    array = ak.unflatten(flat, [2, 0, 4])
    X = SetArray.from_awkward(array, context=[1, 2, 3])
    assert_sets(X, [[0, 1], [], [2, 3, 4, 5]], [[1], [2], [3]])
    assert np.shares_memory(X.values, flat)


def test_from_awkward_layouts(ak):
    wide = ak.unflatten(np.arange(8.0).reshape(4, 2), [3, 1])
    assert SetArray.from_awkward(wide).values.tolist() == np.arange(8).reshape(4, 2).tolist()
    X = SetArray.from_awkward(ak.Array([[[1, 2], [3, 4]], [], [[5, 6]]]))
    assert X.values.tolist() == [[1, 2], [3, 4], [5, 6]]
    X = SetArray.from_awkward(ak.Array([[{"pt": 1.0, "eta": 2.0}], [], [{"pt": 3.0, "eta": 4.0}]]))
    assert X.values.tolist() == [[1, 2], [3, 4]] and X.sizes.tolist() == [1, 0, 1]
    X = SetArray.from_awkward(ak.Array([["a", "bb"], [], ["c"]]))
    assert X.values.tolist() == ["a", "bb", "c"]
    assert SetArray.from_awkward(ak.Array(np.zeros((3, 2, 4)))).sizes.tolist() == [2, 2, 2]
    assert SetArray.from_awkward(ak.Array([[1.0], [2.0, 3.0]])[1:]).values.tolist() == [2, 3]
    assert SetArray.from_awkward(ak.Array([[1.0], [2.0, 3.0]])[[1, 0]]).values.tolist() == [2, 3, 1]


@pytest.mark.parametrize(
    ("cells", "message"),
    [
        ([[1.0], None], "Set 1 is missing"),
        ([[1.0], [2.0, None]], r"Set 1 has a missing element \(None\)"),
        ([[[1, 2]], [], [[3, 4], [5]]], "an element of set 2 has 1, one of set 0 has 2"),
    ],
)
def test_from_awkward_errors(ak, cells, message):
    with pytest.raises(ValueError, match=message):
        SetArray.from_awkward(ak.Array(cells))


def test_from_awkward_wants_lists(ak):
    with pytest.raises(TypeError, match="awkward array of sets"):
        SetArray.from_awkward(ak.Array([1.0, 2.0]))

    with pytest.raises(TypeError, match="elements of one kind, numbers or strings, found .*union"):
        SetArray.from_awkward(ak.Array([[1, "a"]]))


@pytest.mark.parametrize("X", [None, [[1, 2]], np.ones((2, 2))], ids=lambda X: type(X).__name__)
def test_from_arrow_and_from_awkward_take_their_own(X):
    pytest.importorskip("pyarrow"), pytest.importorskip("awkward")
    with pytest.raises(TypeError, match=f"a pyarrow array of lists, found a .*{type(X).__name__}"):
        SetArray.from_arrow(X)
    with pytest.raises(TypeError, match=f"an awkward array, found a .*{type(X).__name__}"):
        SetArray.from_awkward(X)


# ---------------------------------------------------------------- containers

SETS = [[[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]], [[7.0, 8.0]], [[9.0, 10.0], [11.0, 12.0]]]
EMPTY = [*SETS[:1], [], *SETS[1:]]
TOKENS = [["b", "a"], [], ["c"]]


def object_array(cells, shape=(-1,)):
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array.reshape(shape)


def arrays(sets):
    return [np.array(s).reshape(-1, 2) for s in sets]


def pandas_series(sets):
    return pytest.importorskip("pandas").Series(arrays(sets))


def pandas_lists(sets):
    return pytest.importorskip("pandas").Series(sets, index=[f"row{i}" for i in range(len(sets))])


def pandas_arrow(sets):
    pandas, pa = pytest.importorskip("pandas"), pytest.importorskip("pyarrow")
    return pandas.Series(sets, dtype=pandas.ArrowDtype(pa.list_(pa.list_(pa.float64()))))


def polars_array(sets):
    polars = pytest.importorskip("polars")
    return polars.Series(sets, dtype=polars.List(polars.Array(polars.Float64, 2)))


def polars_objects(sets):
    polars = pytest.importorskip("polars")
    return polars.Series(arrays(sets), dtype=polars.Object)


def torch_tensors(sets):
    return [torch.as_tensor(s).reshape(-1, 2) for s in sets]


CONTAINERS = {
    "list of arrays": arrays,
    "tuple of arrays": lambda sets: tuple(arrays(sets)),
    "nested lists": lambda sets: sets,
    "list of lists of arrays": lambda sets: [[np.array(e) for e in s] for s in sets],
    "1-D object array": lambda sets: object_array(arrays(sets)),
    "(n, 1) object array": lambda sets: object_array(arrays(sets), (-1, 1)),
    "object array of lists": object_array,
    "SetArray": lambda sets: SetArray.from_sets(arrays(sets)),
    "torch tensors": torch_tensors,
    "frames": lambda sets: [pytest.importorskip("pandas").DataFrame(s) for s in arrays(sets)],
    "pandas series of arrays": pandas_series,
    "pandas series of lists": pandas_lists,
    "pandas frame of arrays": lambda sets: pandas_series(sets).to_frame("sets"),
    "pandas arrow series": pandas_arrow,
    "pandas arrow frame": lambda sets: pandas_arrow(sets).to_frame("sets"),
    "polars lists": lambda sets: pytest.importorskip("polars").Series(sets),
    "polars arrays": polars_array,
    "polars objects": polars_objects,
    "polars frame": lambda sets: pytest.importorskip("polars").DataFrame({"sets": sets}),
    "pyarrow": lambda sets: pytest.importorskip("pyarrow").array(sets),
    "pyarrow chunked": lambda sets: pytest.importorskip("pyarrow").chunked_array(
        [sets[:1], sets[1:]]
    ),
    "pyarrow table": lambda sets: pytest.importorskip("pyarrow").table({"sets": sets}),
    "awkward": lambda sets: pytest.importorskip("awkward").Array(sets),
}


@pytest.mark.parametrize("sets", [SETS, EMPTY], ids=["filled", "with an empty set"])
@pytest.mark.parametrize("container", CONTAINERS.values(), ids=CONTAINERS)
def test_containers_of_vectors(container, sets):
    X = as_set_array(container(sets))
    assert X.sizes.tolist() == [len(s) for s in sets]
    np.testing.assert_array_equal(X.values, np.arange(1.0, 13.0).reshape(6, 2))


TOKEN_CONTAINERS = {
    "lists": lambda sets: sets,
    "tuples": lambda sets: [tuple(s) for s in sets],
    "arrays": lambda sets: [np.array(s, dtype=str) for s in sets],
    "object arrays": lambda sets: [np.array(s, dtype=object) for s in sets],
    "object array": object_array,
    "SetArray": SetArray.from_sets,
    "pandas": lambda sets: pytest.importorskip("pandas").Series(sets),
    "polars": lambda sets: pytest.importorskip("polars").Series(sets),
    "pyarrow": lambda sets: pytest.importorskip("pyarrow").array(sets),
    "awkward": lambda sets: pytest.importorskip("awkward").Array(sets),
}


@pytest.mark.parametrize("container", TOKEN_CONTAINERS.values(), ids=TOKEN_CONTAINERS)
def test_containers_of_tokens(container):
    X = as_set_array(container(TOKENS))
    assert X.values.tolist() == ["b", "a", "c"] and X.sizes.tolist() == [2, 0, 1]
    assert X.values.ndim == 1 and X.values.dtype.kind == "U"


@pytest.mark.parametrize("library", ["pandas", "polars", "pyarrow", "awkward"])
def test_from_sets_reads_list_columns_and_keeps_integers(library):
    module = pytest.importorskip(library)
    column = getattr(module, {"pyarrow": "array", "awkward": "Array"}.get(library, "Series"))
    X = SetArray.from_sets(column([[4, 2], [7]]), context=[1.0, 2.0])
    assert X.values.tolist() == [4, 2, 7] and X.values.dtype == np.int64
    assert X.context.tolist() == [[1], [2]]


@pytest.mark.parametrize("sets", [None, 3, "abc", {"a": [1]}, np.ones(3)], ids=repr)
def test_from_sets_of_what_holds_none(sets):
    with pytest.raises(TypeError, match="Expected a sequence of sets|Set 0 is a numpy.float64"):
        SetArray.from_sets(sets)


def test_from_sets_of_a_frame_points_to_from_frame():
    frame = pytest.importorskip("pandas").DataFrame(LONG)
    with pytest.raises(TypeError, match="no sets in its cells. For a long frame.*from_frame"):
        SetArray.from_sets(frame)


def test_integer_tokens():
    for sets in ([[4, 2], [7]], [np.array([4, 2]), np.array([7])], [{2, 4}, {7}]):
        X = as_set_array(sets, element_kind="token")
        assert X.values.ndim == 1 and sorted(X.values.tolist()) == [2, 4, 7]
        assert X.sizes.tolist() == [2, 1]
    column = [np.array([[4], [2]]), np.array([[7]])]
    assert as_set_array(column, element_kind="token").values.tolist() == [4, 2, 7]
    table = np.array([[1, 2, 3], [4, 5, 6]])
    frame = pytest.importorskip("pandas").DataFrame(table)
    columns = pytest.importorskip("pyarrow").table({"a": [1, 4], "b": [2, 5], "c": [3, 6]})
    for rows in (table, table.tolist(), frame, columns):
        assert as_set_array(rows, element_kind="token").sizes.tolist() == [3, 3]
    assert as_set_array(np.array([["a", "b"], ["c", "d"]])).sizes.tolist() == [2, 2]


def test_one_dimensional_arrays_in_a_list_are_sets_of_scalars():
    X = as_set_array([np.array([1, 2, 3]), np.array([4])])
    assert X.values.tolist() == [[1], [2], [3], [4]] and X.sizes.tolist() == [3, 1]
    # By type, never by length: equal lengths change nothing.
    assert as_set_array([np.array([1, 2]), np.array([3, 4])]).sizes.tolist() == [2, 2]
    assert as_set_array(SetArray(np.arange(3), [0, 3])).values.shape == (3, 1)
    assert as_set_array(object_array([[1, 2], [3]])).values.shape == (3, 1)
    assert as_set_array([{3, 1}, {2}]).values.ravel().tolist() == [1, 3, 2]


TABLE = np.arange(6.0).reshape(3, 2)
TABLES = {
    "2-D array": lambda: TABLE,
    "object array": lambda: TABLE.astype(object),
    "nested lists": TABLE.tolist,
    "tuples": lambda: tuple(map(tuple, TABLE.tolist())),
    "pandas": lambda: pytest.importorskip("pandas").DataFrame(TABLE),
    "polars": lambda: pytest.importorskip("polars").DataFrame(TABLE),
    "pyarrow": lambda: pytest.importorskip("pyarrow").table({"a": TABLE[:, 0], "b": TABLE[:, 1]}),
    "one set of one element each": lambda: TABLE[:, None],
}


@pytest.mark.parametrize("table", TABLES.values(), ids=TABLES)
def test_tables_are_sets_of_one_element(table):
    X = as_set_array(table())
    np.testing.assert_array_equal(X.values, TABLE)
    assert X.sizes.tolist() == [1, 1, 1]


def test_one_column_of_numbers_is_a_table():
    pandas, polars = pytest.importorskip("pandas"), pytest.importorskip("polars")
    for frame in (pandas.DataFrame({"a": [1, 2]}), polars.DataFrame({"a": [1, 2]})):
        assert as_set_array(frame).values.tolist() == [[1], [2]]


@pytest.mark.parametrize("shape", [(4, 3, 2), (4, 3, 5, 5), (4, 3, 1, 5, 5)])
def test_arrays_of_more_dimensions_are_sets_of_equal_size(shape):
    X = np.arange(np.prod(shape), dtype=np.uint8).reshape(shape)
    packed = as_set_array(X)
    assert packed.sizes.tolist() == [3] * 4 and packed.values.shape == (12, *shape[2:])
    assert packed.values.dtype == np.uint8 and np.shares_memory(packed.values, X)


def test_lists_of_images():
    images = [np.zeros((2, 5, 5, 3), np.uint8), np.zeros((0, 5, 5, 3), np.uint8)]
    X = as_set_array(images)
    assert X.values.shape == (2, 5, 5, 3) and X.values.dtype == np.uint8


def test_a_set_array_passes_untouched():
    X = SetArray(np.zeros((3, 2), np.float16), [0, 3], context=[[1]])
    assert as_set_array(X) is X


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([], r"Found 0 set\(s\) \(n_samples=0\) while a minimum of 1"),
        (np.empty((0, 3)), r"0 sample\(s\) \(shape=\(0, 3\)\) while a minimum of 1"),
        (np.empty((0, 2, 3)), r"Found 0 set\(s\) \(n_samples=0\) while a minimum of 1"),
        (np.arange(3.0), "Reshape your data"),
        ([1.0, 2.0], "Reshape your data"),
        (
            [[1, 2, 3], [4, 5]],
            "rows of a table, which must have the same length; row 1 has 2 numbers, row 0 has 3. "
            "For sets, pass a list of arrays",
        ),
        (["a", "b"], r"flat list of strings.*Pass \[X\] if it is one set"),
        (np.array(["a", "b"]), "flat list of strings"),
        (
            [np.ones((2, 4)), np.ones((2, 3))],
            "All sets must have the same number of features; set 1 has 3, set 0 has 4.",
        ),
        (object_array([np.ones(2)] * 4, (2, 2)), r"object array of shape \(2, 2\) whose cells"),
        ([np.ones((2, 2)), None], r"Set 1 is missing \(None\)"),
        (object_array([None, [1.0]]), r"Set 0 is missing \(None\)"),
        ([np.array([1 + 2j])], "Complex data not supported"),
        ([np.array(["2020-01-01"], "M8[D]")], "numbers or strings, found dtype datetime64"),
        (np.ma.masked_equal(np.ones((2, 2, 2)), 1), "X has masked values.*from_padded"),
        ([["a", 1]], "mixes strings and numbers"),
    ],
)
def test_bad_containers(X, message):
    with pytest.raises(ValueError, match=message):
        as_set_array(X)


@pytest.mark.parametrize(
    ("X", "message"),
    [
        (scipy.sparse.eye(3).tocsr(), "Sparse data was passed for X"),
        (scipy.sparse.eye(3).todok(), "Sparse data was passed for X"),
        ([scipy.sparse.eye(3).tocsr()], "Set 0 is a sparse matrix"),
        (None, r"X is a NoneType \(None\), expected a list of arrays"),
        (3.0, r"X is a float \(3.0\), expected a list of arrays"),
        ("abc", "X is a str"),
        ([np.ones((2, 1)), "abc"], r"Set 1 is a str \('abc'\)"),
        (torch.ones(2, 2, requires_grad=True), "X is a torch.Tensor that numpy cannot read"),
        ([torch.ones(2, 2, requires_grad=True)], "Set 0 is a torch.Tensor that numpy cannot read"),
        ({"a": 1}, "X is a dict, expected a list of arrays, one a set"),
        ((i for i in range(3)), "X is a generator"),
        ({(1, 2)}, "X is a set"),
        ([np.ones((2, 2)), 3.0], "Set 1 is a float"),
        (np.matrix([[1]]), "np.matrix is not supported"),
        ([{"a": 1}], "Set 0 is a dict"),
        (np.array([[{"a": 1}, 2.0]]), "float.* argument must be"),
    ],
)
def test_what_is_no_container_of_sets(X, message):
    with pytest.raises(TypeError, match=message):
        as_set_array(X)


def frame_of_strings(library):
    return pytest.importorskip(library).DataFrame({"a": ["x", "y"], "b": ["z", "w"]})


def frame_of_dates(library):
    days = np.array(["2020-01-01", "2020-01-02"], "M8[us]")
    return pytest.importorskip(library).DataFrame({"a": days})


@pytest.mark.parametrize("library", ["pandas", "polars"])
@pytest.mark.parametrize(
    ("frame", "message"),
    [
        (frame_of_strings, "table whose cells are not all numbers: could not convert string"),
        (frame_of_dates, "numbers or strings, found dtype datetime64"),
    ],
)
def test_tables_of_what_are_no_numbers(frame, message, library):
    with pytest.raises(ValueError, match=message):
        SetSummarizer().fit(frame(library))


@pytest.mark.parametrize(
    ("X", "kind", "message"),
    [
        ([["a"]], "numeric", "X holds strings, but element_kind='numeric'"),
        ([np.array([1.5])], "token", "Tokens must be integers or strings, found dtype float64"),
        ([np.ones((2, 2), int)], "token", r"set of tokens is 1-D; found elements of shape \(2,\)"),
        (
            [np.array([["1", "2"]])],
            "auto",
            r"shape \(2,\) in all sets. Convert numbers that came as",
        ),
        ([["a"]], "word", r"element_kind must be one of \('auto', 'numeric', 'token'\)"),
    ],
)
def test_element_kind_errors(X, kind, message):
    with pytest.raises(ValueError, match=message):
        as_set_array(X, element_kind=kind)


class Endless:
    """Has a length and items, which are of its own type: numpy would ask for ever."""

    def __len__(self):
        return 50

    def __getitem__(self, key):
        return Endless()


@pytest.mark.parametrize(
    "X, match",
    [
        (Endless(), "Endless, which is not known as a container of sets. Pass a list of arrays"),
        (object(), "X is a object, which is not known as a container of sets"),
        ({"a": np.ones((2, 2))}.values(), "X is a dict_values, which is not known"),
        ([np.ones((1, 2)), Endless()], "Set 1 is a .*Endless, which is not known as a set"),
        ([object()] * 3, "Set 0 is a scalar of type object"),
    ],
    ids=["endless", "object", "dict values", "endless set", "objects"],
)
def test_unknown_types_are_refused_at_once(X, match):
    with pytest.raises(TypeError, match=match) as error:
        as_set_array(X)
    assert len(str(error.value)) <= 500
