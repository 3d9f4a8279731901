"""SetArray: the container, and scikit-learn's tools on it."""

import copy
import pickle
import sys

import joblib
import numpy as np
import pytest
import scipy.sparse
from set_cases import SIZES, assert_sets, loop_sets
from sklearn.model_selection import KFold, StratifiedKFold, train_test_split
from sklearn.utils import resample, shuffle

from sksets import SetArray


@pytest.fixture
def sets():
    return loop_sets()


@pytest.fixture
def X(sets):
    return SetArray.from_sets(sets, context=np.arange(8.0).reshape(4, 2))


# ---------------------------------------------------------------- the container


def test_attributes(X, sets):
    np.testing.assert_array_equal(X.values, np.concatenate(sets))
    assert X.offsets.tolist() == [0, 2, 2, 5, 6] and X.offsets.dtype == np.int64
    assert X.sizes.tolist() == list(SIZES)
    assert X.set_ids.tolist() == [0, 0, 2, 2, 2, 3]
    assert (X.n_sets, len(X), X.shape, X.ndim, X.dtype) == (4, 4, (4,), 1, object)
    assert X.element_shape == (2,)


def test_repr():
    assert repr(SetArray(np.zeros((3, 2), "f4"), [0, 1, 3], context=[[1], [2]])) == (
        "SetArray(n_sets=2, n_elements=3, sizes 1 to 2, elements float32 (2,), context (1,))"
    )
    assert repr(SetArray(np.zeros(0, int), [0])) == (
        "SetArray(n_sets=0, n_elements=0, elements int64 ())"
    )


@pytest.mark.parametrize(
    ("offsets", "message"),
    [
        ([0, 1], r"run from 0 to the number of elements, 3; found 0 to 1"),
        ([1, 3], r"run from 0 to the number of elements, 3; found 1 to 3"),
        ([0, 2, 1, 3], r"must not decrease; set 1 starts at 2 and ends at 1"),
        ([0.0, 3.0], r"integer dtype, found shape \(2,\) and dtype float64"),
        ([[0, 3]], r"shape \(n_sets \+ 1,\) and integer dtype, found shape \(1, 2\)"),
        ([], r"found shape \(0,\)"),
    ],
)
def test_offsets_are_checked(offsets, message):
    with pytest.raises(ValueError, match=message):
        SetArray(np.zeros((3, 1)), offsets)


@pytest.mark.parametrize(
    ("context", "message"),
    [
        (np.zeros((3, 1)), "X has 2 sets, the context has 3 rows"),
        (np.zeros((2, 1, 1)), r"shape \(n_sets, n_context_features\), found shape \(2, 1, 1\)"),
        ([["a"], ["b"]], "context must be numeric, found dtype <U1"),
        (np.ma.masked_equal([1.0, 2.0], 1), "context has masked values"),
        ([[1], [1, 2]], "context is a list that numpy cannot read"),
        (np.array([[{}], [1]], dtype=object), "The context holds objects that are neither"),
    ],
)
def test_context_is_checked(context, message):
    with pytest.raises((ValueError, TypeError), match=message):
        SetArray(np.zeros((3, 1)), [0, 1, 3], context=context)


def test_context_of_one_dimension_is_one_feature():
    assert SetArray(np.zeros((3, 1)), [0, 1, 3], context=[5, 6]).context.tolist() == [[5], [6]]


@pytest.mark.parametrize(
    ("values", "message"),
    [
        (3.0, "found a scalar of type float"),
        (None, "found a scalar of type NoneType"),
        (scipy.sparse.eye(1).tocsr(), "found a scalar of type scipy.sparse"),
        (np.ma.masked_equal([[1.0]], 1), "values are masked"),
        ([[1, 2], [3]], "values is a list that numpy cannot read"),
    ],
)
def test_values_are_checked(values, message):
    with pytest.raises((TypeError, ValueError), match=message):
        SetArray(values, [0, 1])


@pytest.mark.parametrize("key", [0, 1, 3, -1, -4, np.int32(2), np.array(2)[()], (2, ...), (2,)])
def test_index_by_int_is_a_view(X, sets, key):
    index = key[0] if isinstance(key, tuple) else key
    np.testing.assert_array_equal(X[key], sets[index])
    assert X[key].base is not None and np.shares_memory(X.values, X.values[:])
    if len(X[key]):
        assert np.shares_memory(X[key], X.values)


KEYS = [
    slice(1, 3),
    slice(None),
    slice(3, 1),
    slice(None, None, 2),
    slice(None, None, -1),
    slice(-2, None),
    [2, 0, 0],
    [-1, 1],
    [],
    np.array([3, 2], dtype=np.uint8),
    np.array([True, False, True, False]),
    [True, False, False, True],
    range(1, 3),
]


@pytest.mark.parametrize("ellipsis", [False, True])
@pytest.mark.parametrize("key", KEYS, ids=repr)
def test_index_matches_object_array(X, key, ellipsis):
    wanted = np.arange(4)[
        key
        if isinstance(key, slice)
        else np.asarray(key, dtype=None).astype(bool if np.asarray(key).dtype == bool else int)
    ]
    found = X[(key, ...) if ellipsis else key]
    assert isinstance(found, SetArray)
    assert_sets(found, [X[i] for i in wanted], X.context[wanted])


def test_slice_of_step_1_is_a_view_and_the_rest_are_copies(X):
    assert np.shares_memory(X[1:4].values, X.values)
    assert np.shares_memory(X[1:4].context, X.context)
    assert not np.shares_memory(X[::2].values, X.values)
    assert not np.shares_memory(X[[0, 1]].values, X.values)


@pytest.mark.parametrize(
    ("key", "message"),
    [
        (4, "Set 4 is out of bounds: there are 4 sets"),
        (-5, "Set -5 is out of bounds"),
        ([0, 7], "Set 7 is out of bounds"),
        ([0, -7], "Set -7 is out of bounds"),
        ([True, False], "The mask has 2 values, but there are 4 sets"),
        ((0, 1), "one dimension, over sets; index the elements through X.i. or X.values"),
        (([0], slice(None)), "Found 2 indices"),
        ([0.5], "Indices must be integers or booleans, found float64"),
        (["a"], "Indices must be integers or booleans"),
        ([[0, 1]], "1-D array of integers or booleans; found list of 2 dimensions"),
        (None, "found NoneType of 0 dimensions"),
        (True, "found bool of 0 dimensions"),
    ],
)
def test_bad_index(X, key, message):
    with pytest.raises(IndexError, match=message):
        X[key]


@pytest.mark.parametrize("shape", [(), (3,), (2, 4), (1, 2, 2)])
@pytest.mark.parametrize("dtype", [np.uint8, np.float32, np.int64])
def test_take_matches_a_loop(shape, dtype):
    sets = loop_sets(shape, dtype)
    X = SetArray.from_sets(sets)
    order = [3, 0, 1, 1, 2, -1]
    taken = X.take(order)
    assert taken.values.dtype == dtype and taken.values.shape[1:] == shape
    assert_sets(taken, [sets[i] for i in order])


def test_take_of_values_that_are_not_contiguous(sets):
    wide = np.concatenate(sets)
    X = SetArray(np.asfortranarray(wide)[:, ::-1], [0, 2, 2, 5, 6])
    assert_sets(X.take([2, 0]), [sets[2][:, ::-1], sets[0][:, ::-1]])


def test_numpy_sees_a_one_dimensional_object_array(X, sets):
    array = np.asarray(X)
    assert array.shape == (4,) and array.dtype == object
    assert_sets(X, list(array), X.context)
    # Sets of equal size must not become a 2-D or 3-D array.
    equal = np.asarray(SetArray.from_sets(np.zeros((3, 2, 2))))
    assert equal.shape == (3,) and equal[0].shape == (2, 2)


def test_numeric_cast_and_arithmetic_are_refused(X):
    with pytest.raises(TypeError, match="cannot become an array of float64. Use X.values"):
        np.asarray(X, dtype=np.float64)
    with pytest.raises(ValueError, match="without a copy"):
        X.__array__(copy=False)
    for operation in (lambda: X + 1, lambda: np.ones(4) * X, lambda: np.exp(X)):
        with pytest.raises(TypeError):
            operation()


def test_map_values(X):
    doubled = X.map_values(X.values[:, :1] * 2)
    assert doubled.element_shape == (1,) and doubled.offsets is X.offsets
    assert doubled.context is X.context
    with pytest.raises(ValueError, match="number of elements, 5"):
        X.map_values(X.values[1:])


def test_copies_share_nothing(X):
    for other in (X.copy(), copy.deepcopy(X)):
        assert_sets(other, list(X), X.context)
        for name in ("values", "offsets", "context"):
            assert not np.shares_memory(getattr(other, name), getattr(X, name))


@pytest.mark.parametrize("protocol", range(2, pickle.HIGHEST_PROTOCOL + 1))
def test_pickle(X, protocol):
    assert_sets(pickle.loads(pickle.dumps(X, protocol)), list(X), X.context)


def test_pickle_of_a_slice_holds_only_the_slice():
    X = SetArray(np.zeros((100_000, 4)), np.arange(0, 100_001, 100))
    assert len(pickle.dumps(X[:2])) < 10_000


def test_size_in_bytes(X):
    assert X.nbytes == X.values.nbytes + X.offsets.nbytes + X.context.nbytes
    assert sys.getsizeof(X) >= X.nbytes


def test_dask_sizeof_counts_the_data():
    sizeof = pytest.importorskip("dask.sizeof").sizeof
    X = SetArray(np.zeros((100_000, 4)), [0, 100_000])
    assert 3_200_000 <= sizeof(X) < 3_300_000


# ---------------------------------------------------------------- memory-mapped and read-only


@pytest.fixture
def mapped(tmp_path):
    path = tmp_path / "values.dat"
    values = np.memmap(path, dtype=np.uint8, mode="w+", shape=(6, 2, 2))
    values[:] = np.arange(24).reshape(6, 2, 2)
    values.flush()
    return np.memmap(path, dtype=np.uint8, mode="r", shape=(6, 2, 2))


def test_memory_mapped_values_stay_on_disk(mapped):
    X = SetArray(mapped, [0, 2, 2, 5, 6])
    assert X.values is mapped
    assert isinstance(X[1:3].values, np.memmap) and isinstance(X[2], np.memmap)
    taken = X[[2, 0]]
    assert type(taken.values) is np.ndarray and taken.values.flags.writeable
    assert_sets(taken, [mapped[2:5], mapped[:2]])


def test_read_only_values_are_kept():
    values = np.arange(6.0).reshape(3, 2)
    values.flags.writeable = False
    X = SetArray(values, [0, 1, 3])
    assert X.values is values and not X[:1].values.flags.writeable
    assert X.copy().values.flags.writeable


def test_joblib_workers_see_the_same_sets(mapped):
    X = SetArray(mapped, [0, 2, 2, 5, 6], context=np.arange(4.0))
    parts = joblib.Parallel(n_jobs=2)(joblib.delayed(_total)(X[[i]]) for i in range(4))
    assert parts == [_total(X[[i]]) for i in range(4)]
    assert joblib.hash(X) == joblib.hash(
        SetArray(np.memmap(mapped.filename, np.uint8, "r", 0, (6, 2, 2)), X.offsets, X.context)
    )


def _total(X):
    return int(X.values.sum()), X.context.tolist()


# ---------------------------------------------------------------- scikit-learn's tools


def test_train_test_split_keeps_the_container(X):
    y = np.arange(4)
    train, test, y_train, y_test = train_test_split(X, y, test_size=2, random_state=0)
    assert isinstance(train, SetArray) and isinstance(test, SetArray)
    assert_sets(train, [X[i] for i in y_train], X.context[y_train])
    assert_sets(test, [X[i] for i in y_test], X.context[y_test])


@pytest.mark.parametrize("splitter", [KFold(2), KFold(3, shuffle=True, random_state=0)])
def test_splitters(X, splitter):
    for train, test in splitter.split(X):
        assert_sets(X[train], [X[i] for i in train], X.context[train])
        assert_sets(X[test], [X[i] for i in test], X.context[test])


def test_stratified_splitter_shuffle_and_resample(X):
    assert len(list(StratifiedKFold(2).split(X, [0, 0, 1, 1]))) == 2
    shuffled, order = shuffle(X, np.arange(4), random_state=0)
    assert_sets(shuffled, [X[i] for i in order], X.context[order])
    drawn, order = resample(X, np.arange(4), random_state=0)
    assert_sets(drawn, [X[i] for i in order], X.context[order])
