"""Values of any type that numpy, torch or pandas has become numbers or strings."""

import decimal
import fractions

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from sksets import SetArray
from sksets._set_array.reading import as_set_array
from sksets.preprocessing import SetSummarizer

VECTORS = [[[1.0, 2.5], [-3.0, 4.0]], [[0.5, 8.0]]]
TYPES = [torch.bfloat16, torch.float16, torch.float64, torch.int8, torch.bool]


@pytest.mark.parametrize("dtype", TYPES, ids=str)
@pytest.mark.parametrize("requires_grad", [False, True])
def test_tensors_of_any_type(dtype, requires_grad):
    if requires_grad and not dtype.is_floating_point:
        return
    tensors = [torch.tensor(s).to(dtype).requires_grad_(requires_grad) for s in VECTORS]
    expected = np.concatenate([t.detach().double().numpy() for t in tensors])
    for sets in (tensors, [list(t) for t in tensors], [torch.stack(list(t)) for t in tensors]):
        assert_array_equal(as_set_array(sets).values, expected)
    packed = SetArray(torch.cat(tensors), torch.tensor([0, 2, 3]), context=tensors[0])
    assert_array_equal(packed.values, expected)
    assert_array_equal(packed.context, expected[:2])


def test_a_table_that_is_a_tensor_with_a_gradient():
    table = torch.tensor([[1.0, 2.0], [3.0, 4.0]], requires_grad=True)
    assert as_set_array(table).sizes.tolist() == [1, 1]
    summarizer = SetSummarizer(statistics=("mean",), quantiles=())
    assert_array_equal(summarizer.fit_transform(table), [[1, 2], [3, 4]])
    padded = torch.ones((2, 3, 2), requires_grad=True)
    X = SetArray.from_padded(padded, torch.tensor([[True, False, True], [True, True, True]]))
    assert X.sizes.tolist() == [2, 3]


def test_bfloat16_of_jax():
    ml_dtypes = pytest.importorskip("ml_dtypes")
    sets = [np.array(s, dtype=ml_dtypes.bfloat16) for s in VECTORS]
    X = as_set_array(sets)
    assert X.values.dtype == np.float32 and X.values.tolist() == sum(VECTORS, [])


def test_numbers_in_the_byte_order_of_another_machine():
    sets = [np.array(s, dtype=">f4") for s in VECTORS]
    for X in (as_set_array(sets), as_set_array(SetArray(np.concatenate(sets), [0, 2, 3]))):
        assert X.values.dtype.isnative and X.values.tolist() == sum(VECTORS, [])


class Exported:
    """Has the protocol of arrays that numpy does not ask for by itself."""

    def __init__(self, array):
        self._array = array

    def __dlpack__(self, **kwargs):
        return self._array.__dlpack__(**kwargs)

    def __dlpack_device__(self):
        return self._array.__dlpack_device__()


def test_objects_with_dlpack_alone():
    X = as_set_array([Exported(np.array(s)) for s in VECTORS])
    assert X.values.tolist() == sum(VECTORS, [])
    assert as_set_array(Exported(np.ones((4, 3, 2)))).sizes.tolist() == [3] * 4


def test_objects_that_are_numbers():
    third = fractions.Fraction(1, 4)
    X = as_set_array([np.array([[decimal.Decimal("1.5"), third]]), np.array([[2, None]])])
    assert_array_equal(X.values, [[1.5, 0.25], [2, np.nan]])
    # Nested lists of numbers are rows of a table, of whatever numbers.
    assert as_set_array([[third, 2], [3, 4]]).values.tolist() == [[0.25, 2], [3, 4]]
    assert_array_equal(as_set_array([[None, 2], [3, 4]]).values, [[np.nan, 2], [3, 4]])


def test_objects_that_are_integers_stay_integers():
    sets = [np.array([3, 1], dtype=object), np.array([2], dtype=object)]
    X = as_set_array(sets, element_kind="token")
    assert X.values.dtype == np.int64 and X.values.tolist() == [3, 1, 2]
    assert as_set_array([np.array([2**70, 1], dtype=object)]).values.tolist() == [[2.0**70], [1]]


# ---------------------------------------------------------------- text

WORDS = [["tea", "café"], ["rum"]]
BYTES = [[word.encode() for word in words] for words in WORDS]


@pytest.mark.parametrize(
    "sets",
    [
        BYTES,
        [np.array(words) for words in BYTES],
        [np.array(words, dtype=object) for words in BYTES],
        [set(words) for words in BYTES],
        [BYTES[0], WORDS[1]],
        [np.array(WORDS[0]), np.array(BYTES[1])],
        SetArray(np.concatenate([np.array(words) for words in BYTES]), [0, 2, 3]),
        SetArray(np.array(sum(BYTES, []), dtype=object), [0, 2, 3]),
    ],
    ids=["lists", "arrays", "objects", "sets", "beside str", "arrays beside str", "S", "object"],
)
def test_bytes_are_utf8(sets):
    X = as_set_array(sets)
    assert X.values.dtype.kind == "U" and sorted(X[0].tolist()) == ["café", "tea"]
    assert X[1].tolist() == ["rum"]


def test_a_table_of_bytes():
    table = np.array([["é".encode(), b"b"], [b"c", b"d"]])
    assert as_set_array(table).values.tolist() == ["é", "b", "c", "d"]


LATIN = "é".encode("latin-1")


@pytest.mark.parametrize(
    "sets",
    [
        [[b"a"], [LATIN]],
        [np.array([b"a"]), np.array([LATIN])],
        SetArray(np.array([b"a", LATIN]), [0, 1, 2]),
        SetArray(np.array([b"a", LATIN], dtype=object), [0, 1, 2]),
    ],
    ids=["lists", "arrays", "S", "object"],
)
def test_bytes_that_are_no_utf8(sets):
    with pytest.raises(ValueError, match=r"Set 1 has a token of bytes that are no UTF-8 \(b'.xe9'"):
        as_set_array(sets)


def string_type(**kwargs):
    if not hasattr(np, "dtypes") or not hasattr(np.dtypes, "StringDType"):
        pytest.skip("numpy 1 has no StringDType")
    return np.dtypes.StringDType(**kwargs)


def test_string_dtype_of_numpy():
    arrays = [np.array(words, dtype=string_type()) for words in WORDS]
    for sets in (arrays, SetArray(np.concatenate(arrays), [0, 2, 3])):
        X = as_set_array(sets)
        assert X.values.dtype.kind == "U" and X.values.tolist() == sum(WORDS, [])
    assert as_set_array(np.array([["a", "b"]], dtype=string_type())).values.tolist() == ["a", "b"]
    missing = [arrays[0], np.array(["x", None], dtype=string_type(na_object=None))]
    with pytest.raises(ValueError, match=r"Set 1 has a missing token \(None\)"):
        as_set_array(missing)


# ---------------------------------------------------------------- missing values of pandas


@pytest.mark.parametrize("dtype", ["Int64", "Float64", "boolean", "int64[pyarrow]"])
def test_missing_values_of_pandas(dtype):
    pd = pytest.importorskip("pandas")
    if "pyarrow" in dtype:
        pytest.importorskip("pyarrow")
    full, holes = pd.array([1, 0], dtype=dtype), pd.array([1, None], dtype=dtype)
    X = as_set_array([pd.Series(full), pd.Series(holes)])
    assert_array_equal(X.values, [[1], [0], [1], [np.nan]])
    frames = [pd.DataFrame({"a": full, "b": full}), pd.DataFrame({"a": full, "b": holes})]
    with pytest.raises(ValueError, match="Input X contains NaN: set 1, element 1. Remove such"):
        SetSummarizer().fit(frames)
    context = SetArray.from_sets([np.ones((1, 1))] * 2, context=frames[1])
    with pytest.raises(ValueError, match="context of X contains NaN: set 1, context feature 1"):
        SetSummarizer().fit(context)
    with pytest.raises(ValueError, match=r"Set 1 is missing \(<NA>\). Drop the sample"):
        SetArray.from_sets([np.ones((1, 1)), pd.NA])


def test_integers_of_pandas_are_tokens():
    pd = pytest.importorskip("pandas")
    sets = [pd.Series([3, 1], dtype="Int64"), pd.Series([2], dtype="Int64")]
    assert as_set_array(sets, element_kind="token").values.tolist() == [3, 1, 2]


# ---------------------------------------------------------------- sets of Python


def test_python_sets_of_mixed_types():
    with pytest.raises(ValueError, match="Set 1 mixes strings and numbers"):
        as_set_array([{1, 2}, {1, "a"}])
    with pytest.raises(ValueError, match=r"Set 0 has a missing token \(None\)"):
        as_set_array([{"a", None}])
    with pytest.raises(ValueError, match="Set 0 is a set whose elements have no order: '<'"):
        as_set_array([{1, None}])
    assert as_set_array([{2, 1.5}, frozenset({0})]).values.tolist() == [[1.5], [2], [0]]
