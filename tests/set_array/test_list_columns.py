"""Frames, structs and records that have one column of lists a feature."""

import awkward as ak
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
from set_cases import assert_sets

from sksets import DeepSetsRegressor, SetArray
from sksets._set_array.reading import as_set_array

LISTS = {"pt": [[1.0, 2.0], [], [5.0]], "eta": [[3.0, 4.0], [], [6.0]]}
SETS = [[[1.0, 3.0], [2.0, 4.0]], np.empty((0, 2)), [[5.0, 6.0]]]
STRUCTS = pa.struct([(name, pa.list_(pa.float64())) for name in LISTS])


def rows(columns):
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


def awkward_record(columns):
    return ak.zip({k: ak.Array(v) for k, v in columns.items()}, depth_limit=1)


def pandas_arrays(columns):
    return pd.DataFrame({k: [np.array(cell) for cell in v] for k, v in columns.items()})


CONTAINERS = {
    "pandas lists": pd.DataFrame,
    "pandas arrays": pandas_arrays,
    "pandas of arrow": lambda columns: pa.table(columns).to_pandas(types_mapper=pd.ArrowDtype),
    "polars": pl.DataFrame,
    "polars structs": lambda columns: pl.Series(rows(columns)),
    "table": pa.table,
    "record batch": pa.RecordBatch.from_pydict,
    "structs": lambda columns: pa.array(rows(columns), STRUCTS),
    "chunked structs": lambda columns: pa.chunked_array(
        [pa.array(rows(columns)[:1], STRUCTS), pa.array(rows(columns)[1:], STRUCTS)]
    ),
    "awkward": awkward_record,
    "awkward, sliced": lambda columns: awkward_record(columns)[[2, 1, 0]][[2, 1, 0]],
}


@pytest.fixture(params=CONTAINERS.values(), ids=CONTAINERS)
def container(request):
    return request.param


def test_columns_of_lists_are_the_features_of_one_set(container):
    for X in (as_set_array(container(LISTS)), SetArray.from_sets(container(LISTS))):
        assert_sets(X, SETS)
        assert X.feature_names.tolist() == ["pt", "eta"]


def test_lists_of_one_row_that_differ_in_length(container):
    ragged = {**LISTS, "eta": [[3.0, 4.0], [7.0], [6.0]]}
    with pytest.raises(ValueError, match="in row 1, 'pt' has 0 elements and 'eta' has 1"):
        as_set_array(container(ragged))


@pytest.mark.parametrize(
    "X",
    [
        pd.DataFrame({**LISTS, "met": [0.5, 0.6, 0.7]}),
        pl.DataFrame({**LISTS, "met": [0.5, 0.6, 0.7]}),
        pa.table({**LISTS, "met": [0.5, 0.6, 0.7]}),
        awkward_record({**LISTS, "met": [0.5, 0.6, 0.7]}),
    ],
    ids=["pandas", "polars", "table", "awkward"],
)
def test_lists_beside_one_value_a_row(X):
    message = r"\['pt', 'eta'\], beside columns of one value a row, \['met'\].*as context"
    with pytest.raises(ValueError, match=message) as error:
        as_set_array(X)
    assert len(str(error.value)) <= 500
    # What the message advises.
    select = X.select if isinstance(X, pa.Table) else X.__getitem__
    lists, scalars = select(["pt", "eta"]), select(["met"])
    if isinstance(X, ak.Array):
        scalars = X["met"]
    assert_sets(SetArray.from_sets(lists, context=scalars), SETS, [[0.5], [0.6], [0.7]])


def test_a_pandas_frame_of_lists_has_the_keys_of_its_index():
    X = as_set_array(pd.DataFrame(LISTS, index=["x", "y", "z"]))
    assert X.keys.tolist() == ["x", "y", "z"]


def test_what_group_by_of_polars_collects():
    frame = pl.DataFrame({"jet": [7, 3, 7], "pt": [1.0, 5.0, 2.0], "eta": [3.0, 6.0, 4.0]})
    agg = frame.group_by("jet", maintain_order=True).agg("pt", "eta")
    X = as_set_array(agg.drop("jet"))
    assert_sets(X, [SETS[0], SETS[2]])
    with pytest.raises(ValueError, match=r"one value a row, \['jet'\]"):
        as_set_array(agg)


def test_vectors_and_structs_among_columns_of_lists():
    vectors = [[[1.0, 2.0], [3.0, 4.0]], [[5.0, 6.0]]]
    frame = pl.DataFrame(
        {
            "pos": pl.Series(vectors, dtype=pl.List(pl.Array(pl.Float64, 2))),
            "p": [[{"x": 7.0}, {"x": 8.0}], [{"x": 9.0}]],
            "q": [[0.1, 0.2], [0.3]],
        }
    )
    X = as_set_array(frame)
    assert X.feature_names.tolist() == ["pos_0", "pos_1", "p_x", "q"]
    assert_sets(X, [[[1, 2, 7, 0.1], [3, 4, 8, 0.2]], [[5, 6, 9, 0.3]]])
    record = ak.zip({"p": ak.Array([[{"x": 7.0}], []]), "q": ak.Array([[1.0], []])}, depth_limit=1)
    assert as_set_array(record).feature_names.tolist() == ["p_x", "q"]
    images = pd.DataFrame({"a": [np.ones((2, 3, 3))], "b": [np.ones(2)]})
    with pytest.raises(ValueError, match=r"'a' holds arrays of shape \(3, 3\).*Pass it alone"):
        as_set_array(images)


def test_tuples_of_jagged_arrays_have_no_names():
    X = SetArray.from_awkward(ak.zip((ak.Array([[1.0], []]), ak.Array([[2], []])), depth_limit=1))
    assert X.feature_names is None
    assert_sets(X, [[[1, 2]], np.empty((0, 2))])


def test_strings_beside_numbers_are_categorical_features():
    mixed = {"sku": [["a", "b"], ["c"]], "price": [[1.0, 2.0], [3.0]]}
    for X in (pd.DataFrame(mixed), pl.DataFrame(mixed), pa.table(mixed), awkward_record(mixed)):
        sets = as_set_array(X)
        assert sets.values.tolist() == [["a", 1.0], ["b", 2.0], ["c", 3.0]]
        assert sets.feature_names.tolist() == ["sku", "price"] and sets.sizes.tolist() == [2, 1]


NESTED = [[[1.0, 2.0], [3.0, 4.0]], [], [[5.0, 6.0]]]


def object_cells(sets):
    """Nest object arrays as pandas does when it reads lists of lists from parquet."""
    cells = []
    for elements in sets:
        cell = np.empty(len(elements), dtype=object)
        cell[:] = [np.array(element) for element in elements]
        cells.append(cell)
    return cells


@pytest.mark.parametrize(
    "X",
    [
        pd.Series(object_cells(NESTED)),
        pa.table({"a": NESTED}).to_pandas(),
        pl.DataFrame({"a": NESTED}),
        pl.DataFrame({"a": pl.Series(NESTED, dtype=pl.List(pl.Array(pl.Float64, 2)))}),
        object_cells(NESTED),
    ],
    ids=["objects", "table to pandas", "polars lists", "polars arrays", "list of objects"],
)
def test_nested_lists(X):
    assert_sets(as_set_array(X), [np.reshape(s, (-1, 2)) for s in NESTED])


def test_nested_lists_of_parquet(tmp_path):
    pa.parquet = pytest.importorskip("pyarrow.parquet")
    pa.parquet.write_table(pa.table({"a": NESTED}), tmp_path / "sets.parquet")
    for read in (pd.read_parquet, pl.read_parquet):
        assert_sets(
            as_set_array(read(tmp_path / "sets.parquet")), [np.reshape(s, (-1, 2)) for s in NESTED]
        )


def test_nested_objects_of_more_axes_and_ragged_ones():
    images = object_cells([[[[1.0, 2.0], [3.0, 4.0]]], [[[5.0, 6.0], [7.0, 8.0]]] * 2])
    nested = [np.array([None]), np.array([None, None])]
    for cell, image in zip(nested, images, strict=True):
        for i, rows_of_image in enumerate(image):
            inner = np.empty(2, dtype=object)
            inner[:] = list(rows_of_image)
            cell[i] = inner
    assert as_set_array(pd.Series(nested)).values.shape == (3, 2, 2)
    ragged = object_cells([[[1.0, 2.0]], [[3.0], [4.0, 5.0]]])
    with pytest.raises(ValueError, match="Set 1 is ragged: its elements must all have the same"):
        as_set_array(pd.Series(ragged))


TENSORS = np.arange(24.0).reshape(2, 3, 4)


def test_arrow_tensors_are_sets_of_equal_size():
    array = pa.FixedShapeTensorArray.from_numpy_ndarray(TENSORS)
    for X in (array, pa.chunked_array([array]), pa.table({"t": array})):
        assert_sets(as_set_array(X), TENSORS)
        assert_sets(SetArray.from_arrow(X), TENSORS)
    assert_sets(SetArray.from_arrow(array.slice(1)), TENSORS[1:])
    permuted = pa.fixed_shape_tensor(pa.float64(), [3, 4], permutation=[1, 0])
    array = pa.ExtensionArray.from_storage(permuted, array.storage)
    assert_sets(SetArray.from_arrow(array), TENSORS.transpose(0, 2, 1))


def test_arrow_tensors_as_elements_and_missing_ones():
    flat = pa.FixedShapeTensorArray.from_numpy_ndarray(TENSORS)
    X = SetArray.from_arrow(pa.ListArray.from_arrays([0, 2], flat))
    np.testing.assert_array_equal(X.values, TENSORS)
    storage = pa.array([[1.0, 2.0], None], pa.list_(pa.float64(), 2))
    array = pa.ExtensionArray.from_storage(pa.fixed_shape_tensor(pa.float64(), [2]), storage)
    with pytest.raises(ValueError, match="Set 1 is missing"):
        SetArray.from_arrow(array)


def test_estimators_know_the_columns_of_lists():
    r = np.random.default_rng(0)
    lists = {name: [r.normal(size=n).tolist() for n in range(1, 9)] for name in ("a", "b")}
    model = DeepSetsRegressor(max_epochs=1).fit(pl.DataFrame(lists), range(8))
    assert model.feature_names_in_.tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="feature names should match"):
        model.predict(pl.DataFrame(lists).select("b", "a"))
