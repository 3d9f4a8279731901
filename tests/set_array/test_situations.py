"""What users pass is read rightly, or refused at once in one error of at most 500 characters."""

import array
import collections
import ctypes
import datetime
import decimal
import fractions
import io
import pathlib
import time
import types
from unittest.mock import MagicMock

import numpy as np
import pytest
import scipy.sparse
import torch
from numpy.testing import assert_array_equal
from torch.utils.data import DataLoader

from sksets import DeepSetsRegressor, SetArray
from sksets._set_array.reading import as_set_array

ARRAYS = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0]]), np.array([[7.0, 8.0]] * 3)]
VALUES = np.concatenate(ARRAYS)
SIZES = [2, 1, 3]
Y = [1.0, 2.0, 3.0]
CUBE = np.arange(12.0).reshape(3, 2, 2)


class Holder:
    """An object with one protocol of arrays, by which numpy reads it."""

    def __init__(self, values):
        self.values = values


class WithArray(Holder):
    def __array__(self, dtype=None, copy=None):
        return self.values


class WithInterface(Holder):
    @property
    def __array_interface__(self):
        return self.values.__array_interface__


class EagerTensor(WithArray):
    """As those of TensorFlow: a length, and items of its own type."""

    def __len__(self):
        return len(self.values)

    def __getitem__(self, key):
        return EagerTensor(self.values[key])


class Sized:
    """A length and items, and no end when it is iterated over."""

    def __len__(self):
        return 3

    def __getitem__(self, key):
        return ARRAYS[key % 3]


class Iterable:
    def __iter__(self):
        return iter(ARRAYS)


class Everything:
    """Has every attribute, and a length."""

    def __getattr__(self, name):
        return Everything()

    def __len__(self):
        return 3

    def __getitem__(self, key):
        return Everything()


def objects(cells):
    cells_of = np.empty(len(cells), dtype=object)
    cells_of[:] = cells
    return cells_of


def each(make):
    return lambda: [make(a) for a in ARRAYS]


def library(name):
    return pytest.importorskip(name)


# ---------------------------------------------------------------- read by fit and by from_sets

SETS = {
    "tuple": lambda: tuple(ARRAYS),
    "deque": lambda: collections.deque(ARRAYS),
    "UserList": lambda: collections.UserList(ARRAYS),
    "dict": lambda: dict(enumerate(ARRAYS)),
    "dict values": lambda: dict(enumerate(ARRAYS)).values(),
    "object array": lambda: objects(ARRAYS),
    "memoryviews": each(memoryview),
    "tensors": each(torch.tensor),
    "parameters": each(lambda a: torch.nn.Parameter(torch.tensor(a))),
    "float16": each(lambda a: a.astype(np.float16)),
    "long double": each(lambda a: a.astype(np.longdouble)),
    "matrices": each(np.asmatrix),
    "masked arrays without a mask": each(np.ma.array),
    "__array__": each(WithArray),
    "__array__ of objects": lambda: WithArray(objects(ARRAYS)),
    "__array_interface__": each(WithInterface),
    "eager tensors": each(EagerTensor),
    "decimals": each(lambda a: np.array([[decimal.Decimal(v) for v in row] for row in a])),
    "fractions": each(lambda a: [[fractions.Fraction(v) for v in row] for row in a]),
    "pandas": lambda: library("pandas").Series(ARRAYS),
    "arrow scalars": each(lambda a: library("pyarrow").scalar(a.tolist())),
    "sets of tuples": each(lambda a: set(map(tuple, a + np.arange(len(a))[:, None] * 1e-9))),
}


@pytest.mark.parametrize("make", SETS.values(), ids=SETS)
def test_sets_of_vectors(make):
    for X in (as_set_array(make()), SetArray.from_sets(make())):
        assert X.sizes.tolist() == SIZES
        np.testing.assert_allclose(X.values.astype(float), VALUES, atol=1e-6)
    assert DeepSetsRegressor(max_epochs=1).fit(make(), Y).n_features_in_ == 2


CUBES = {
    "array": lambda: CUBE,
    "memoryview": lambda: memoryview(CUBE),
    "__array__": lambda: WithArray(CUBE),
    "__array_interface__": lambda: WithInterface(CUBE),
    "eager tensor": lambda: EagerTensor(CUBE),
    "tensor": lambda: torch.tensor(CUBE, requires_grad=True),
    "array of arrays": lambda: np.array(list(CUBE)),
    "masked array without a mask": lambda: np.ma.array(CUBE),
}


@pytest.mark.parametrize("make", CUBES.values(), ids=CUBES)
def test_sets_of_one_size(make):
    for X in (as_set_array(make()), SetArray.from_sets(make())):
        assert X.sizes.tolist() == [2, 2, 2]
        assert_array_equal(X.values, CUBE.reshape(6, 2))


@pytest.mark.parametrize(
    "make",
    [
        lambda: memoryview(VALUES),
        lambda: VALUES.astype(object),
        lambda: [[decimal.Decimal(v) for v in row] for row in VALUES.tolist()],
        lambda: [[fractions.Fraction(v) for v in row] for row in VALUES.tolist()],
        lambda: [torch.tensor(row).unbind() for row in VALUES],
    ],
    ids=["memoryview", "objects", "decimals", "fractions", "scalar tensors"],
)
def test_tables(make):
    X = as_set_array(make())
    assert X.sizes.tolist() == [1] * 6
    assert_array_equal(X.values, VALUES)


@pytest.mark.parametrize(
    "make",
    [
        lambda: [range(2), range(1)],
        lambda: [array.array("d", [0, 1]), array.array("d", [0])],
        lambda: [{0, 1}, {0}],
        lambda: [collections.deque([0, 1]), collections.deque([0])],
        lambda: [np.array([0, 1], dtype=object), [0]],
    ],
    ids=["ranges", "machine arrays", "sets", "deques", "objects"],
)
def test_sets_of_scalars(make):
    assert as_set_array(make()).values.tolist() == [[0], [1], [0]]
    assert SetArray.from_sets(make()).sizes.tolist() == [2, 1]


@pytest.mark.parametrize(
    "make", [lambda: (a for a in ARRAYS), lambda: map(np.array, ARRAYS), lambda: iter(ARRAYS)]
)
def test_iterators_are_read_by_from_sets_alone(make):
    assert_array_equal(SetArray.from_sets(make()).values, VALUES)
    with pytest.raises(TypeError, match="expected a list of arrays, one a set, or another contain"):
        as_set_array(make())


# ---------------------------------------------------------------- refused

UNKNOWN = "which is not known as a container of sets"
ONE_DIMENSION = "Expected 2D array, got 1D array instead: X holds .* single values. Reshape your"
IS_A = "expected a list of arrays of shape|Expected a sequence of sets, one array a set, found a"
NOT_A_SET = "expected an array of shape"
NEITHER = "holds objects that are neither numbers nor strings"
FLAT = f"flat list of strings|{NOT_A_SET}"
SCALARS_ONLY = f"{ONE_DIMENSION}|{NOT_A_SET}"
recursive: list = []
recursive.append(recursive)

REFUSED = {
    "None": (lambda: None, IS_A),
    "int": (lambda: 3, IS_A),
    "huge int": (lambda: 10**400, IS_A),
    "bool": (lambda: True, IS_A),
    "nan": (lambda: float("nan"), IS_A),
    "complex": (lambda: 1j, IS_A),
    "str": (lambda: "cells.csv", IS_A),
    "bytes": (lambda: b"abc", IS_A),
    "bytearray": (lambda: bytearray(6), IS_A),
    "path": (lambda: pathlib.Path("cells.csv"), UNKNOWN),
    "ellipsis": (lambda: ..., UNKNOWN),
    "module": (lambda: np, UNKNOWN),
    "function": (lambda: len, UNKNOWN),
    "class": (lambda: SetArray, UNKNOWN),
    "estimator": (DeepSetsRegressor, UNKNOWN),
    "namespace": (lambda: types.SimpleNamespace(sets=ARRAYS), UNKNOWN),
    "sized": (Sized, UNKNOWN),
    "iterable": (Iterable, UNKNOWN),
    "module of torch": (lambda: torch.nn.Linear(2, 2), UNKNOWN),
    "list of modules": (lambda: torch.nn.ModuleList([torch.nn.Linear(1, 1)]), UNKNOWN),
    "loader": (lambda: DataLoader(ARRAYS), "A loader yields batches: pass its dataset"),
    "ctypes": (lambda: (ctypes.c_double * 6)(), UNKNOWN),
    "everything": (Everything, "that numpy cannot read"),
    "mock": (MagicMock, "Expected offsets of shape"),
    "mocks": (lambda: [MagicMock()] * 3, "Set 0 is a .*MagicMock that holds several graphs"),
    "a set": (lambda: {1, 2}, f"expected a list of arrays, one a set|{UNKNOWN}"),
    "dict items": (lambda: dict(enumerate(ARRAYS)).items(), "expected a list of arrays"),
    "dict keys": (lambda: dict(enumerate(ARRAYS)).keys(), "expected a list of arrays"),
    "file": (lambda: io.StringIO("a"), f"X is a StringIO, expected a list|{NOT_A_SET}"),
    "packed sequence": (
        lambda: torch.nn.utils.rnn.pack_sequence([torch.ones(3, 2)]),
        "X is a named tuple PackedSequence",
    ),
    "range": (lambda: range(6), SCALARS_ONLY),
    "machine array": (lambda: array.array("d", range(6)), SCALARS_ONLY),
    "memoryview": (lambda: memoryview(np.ones(6)), SCALARS_ONLY),
    "torch.Size": (lambda: torch.Size([2, 3]), SCALARS_ONLY),
    "many numbers": (lambda: list(range(1000)), SCALARS_ONLY),
    "long array": (lambda: np.arange(10.0**5), SCALARS_ONLY),
    "one tensor": (lambda: torch.ones(1000, requires_grad=True), SCALARS_ONLY),
    "scalar array": (lambda: np.array(1.0), "got scalar array instead|found a scalar, 1.0"),
    "strings": (lambda: ["a"] * 3, FLAT),
    "bytes in a list": (lambda: [b"abc"] * 3, FLAT),
    "bytearrays": (lambda: [bytearray(3)] * 3, f"Set 0 is a bytearray|{ONE_DIMENSION}"),
    "paths": (lambda: [pathlib.Path("a")] * 3, NOT_A_SET),
    "namespaces": (lambda: [types.SimpleNamespace(a=a) for a in ARRAYS], NOT_A_SET),
    "scalar arrays": (lambda: [np.array(1.0)] * 3, NOT_A_SET),
    "dicts": (lambda: [{"a": 1}] * 3, "Set 0 is a dict"),
    "counters": (lambda: [collections.Counter("ab")] * 3, "Set 0 is a collections.Counter"),
    "lists of dicts": (lambda: [[{"a": 1}]] * 3, NEITHER),
    "objects": (lambda: [[object()]] * 3, NEITHER),
    "dates": (lambda: [[datetime.datetime(2020, 1, 1)]] * 3, NEITHER),
    "huge integers": (lambda: [np.array([[10**400, 1]], dtype=object)] * 3, "too large"),
    "pairs": (lambda: list(zip(ARRAYS, Y, strict=True)), "Set 0 is ragged.*pair of a set and its"),
    "recursive list": (lambda: recursive, "Set 0 is ragged"),
    "a set that is missing": (lambda: [*ARRAYS, None], r"Set 3 is missing \(None\)"),
    "a scalar beside sets": (lambda: [*ARRAYS, 3.0], "Set 3 is a float"),
    "a long string beside sets": (lambda: [*ARRAYS, "x" * 10**6], "Set 3 is a str"),
    "mixed widths": (lambda: objects([ARRAYS[0], ARRAYS[1][:, :1], ARRAYS[2]]), "set 1 has 1, set"),
    "masked sets": (lambda: [np.ma.masked_less(a, 4) for a in ARRAYS], "Set 0 has masked values"),
    "mixed tokens": (lambda: [["a", 1]] * 3, "Set 0 mixes strings and numbers"),
    "missing tokens": (lambda: [["a", float("nan")]] * 3, r"Set 0 has a missing token \(nan\)"),
    "mixed sets": (lambda: [{1, "a"}] * 3, "Set 0 mixes strings and numbers"),
    "sparse matrix": (lambda: scipy.sparse.eye(3).tocsr(), f"Sparse data was passed|{UNKNOWN}"),
    "sparse sets": (lambda: [scipy.sparse.eye(2).tocsr()] * 3, "Set 0 is a sparse matrix"),
    "sparse tensor": (lambda: torch.eye(3).to_sparse(), "numpy cannot read: can't convert Sparse"),
    "sparse tensors": (lambda: [torch.eye(3).to_sparse()] * 3, "Set 0 .* numpy cannot read"),
    "tensors without data": (lambda: [torch.ones(2, 2, device="meta")], "Set 0 .* cannot read"),
    "pandas index": (
        lambda: library("pandas").Index(range(999)),
        f"{ONE_DIMENSION}|no sets in its",
    ),
    "pandas levels": (
        lambda: library("pandas").MultiIndex.from_tuples([(1, 2)] * 3),
        f"{ONE_DIMENSION}|no sets in its cells",
    ),
    "pandas numbers": (
        lambda: library("pandas").Series(np.arange(999.0)),
        f"{ONE_DIMENSION}|no sets in its cells",
    ),
    "polars numbers": (
        lambda: library("polars").Series(np.arange(999.0)),
        f"{ONE_DIMENSION}|no sets in its cells",
    ),
    "polars expression": (lambda: library("polars").col("a"), UNKNOWN),
    "arrow numbers": (
        lambda: library("pyarrow").array(np.arange(999.0)),
        f"{ONE_DIMENSION}|no sets in its cells",
    ),
    "arrow scalar": (lambda: library("pyarrow").scalar([1.0]), f"{UNKNOWN}|{NOT_A_SET}"),
    "awkward numbers": (lambda: library("awkward").Array(Y), "Expected an awkward array of sets"),
}


@pytest.mark.parametrize(("make", "message"), REFUSED.values(), ids=REFUSED)
def test_refused_at_once(make, message):
    for read in (lambda X: DeepSetsRegressor().fit(X, Y), SetArray.from_sets):
        X, start = make(), time.perf_counter()
        with pytest.raises((TypeError, ValueError), match=message) as error:
            read(X)
        assert time.perf_counter() - start < 5  # a second, on a machine that does nothing else
        assert len(str(error.value)) <= 500


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([[10**400, 1]] * 3, "too large to convert|no float can"),
        ([np.array(["2020"], "M8[D]")] * 3, "dtype datetime64.*Convert them first, dates for"),
        ([np.ones((2, 2), complex)] * 3, "Complex data not supported"),
        ([np.zeros(2, "V4")] * 3, "Elements must be numbers or strings, found dtype .V4"),
        (np.matrix(np.ones((3, 2))), "np.matrix is not supported"),
        ([], r"Found 0 set\(s\)"),
        ([[]] * 3, "All 3 sets of X are empty"),
        (objects(ARRAYS * 2).reshape(3, 2), r"object array of shape \(3, 2\) whose cells are"),
        (np.where(np.arange(4)[:, None] < 2, 1.0, np.nan) * np.ones((3, 4, 2)), "from_padded"),
    ],
    ids=["huge integers", "dates", "complex", "void", "matrix", "none", "empty", "2-D", "padded"],
)
def test_refused_by_fit(X, message):
    with pytest.raises((TypeError, ValueError), match=message) as error:
        DeepSetsRegressor().fit(X, Y)
    assert len(str(error.value)) <= 500
