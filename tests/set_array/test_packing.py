"""The numpy constructors of SetArray: sets of any type, and padded ones."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal
from set_cases import SIZES, assert_sets, loop_sets

from sksets import SetArray
from sksets._set_array.packing import pack_sets


@pytest.fixture
def sets():
    return loop_sets()


@pytest.fixture
def X(sets):
    return SetArray.from_sets(sets, context=np.arange(8.0).reshape(4, 2))


def test_from_sets_of_another_container(X, sets):
    cells = np.empty((4, 1), dtype=object)
    cells[:, 0] = sets
    for container in (tuple(sets), cells, cells[:, 0], [s.tolist() for s in sets], X):
        assert_sets(SetArray.from_sets(container, context=X.context), sets, X.context)
    assert SetArray.from_sets(X).context is X.context


def test_from_sets_keeps_one_dimensional_sets():
    assert SetArray.from_sets([np.array([1, 2]), np.array([], dtype=int)]).values.shape == (2,)
    X = SetArray.from_sets([["b", "a"], [], ("c",)])
    assert X.values.tolist() == ["b", "a", "c"] and X.sizes.tolist() == [2, 0, 1]
    assert SetArray.from_sets([[3, 1], [2]]).values.tolist() == [3, 1, 2]
    assert SetArray.from_sets(np.arange(6).reshape(2, 3)).sizes.tolist() == [3, 3]


def test_from_sets_of_a_generator(sets):
    assert_sets(SetArray.from_sets(s for s in sets), sets)


def test_python_sets_are_sorted_so_that_no_hash_seed_matters():
    assert SetArray.from_sets([{"b", "a", "c"}, frozenset("z")]).values.tolist() == list("abcz")


def test_an_empty_set_takes_the_width_and_dtype_of_the_others():
    empties = [np.empty(0), [], np.empty((0, 3))]
    X = SetArray.from_sets([*empties, np.ones((2, 3), dtype=np.uint8)])
    assert X.values.dtype == np.uint8 and X.sizes.tolist() == [0, 0, 0, 2]
    assert SetArray.from_sets([np.empty((0, 3))]).values.shape == (0, 3)
    assert len(SetArray.from_sets([])) == 0


def test_one_set_is_not_copied():
    values = np.ones((5, 2))
    assert np.shares_memory(SetArray.from_sets([values]).values, values)


@pytest.mark.parametrize(
    ("sets", "message"),
    [
        (
            [np.ones((2, 4)), np.ones((1, 4)), np.ones((2, 3))],
            "All sets must have the same number of features; set 2 has 3, set 0 has 4.",
        ),
        (
            [np.empty((0, 4)), np.ones((2, 3))],
            "All sets must have the same number of features; set 1 has 3, set 0 has 4.",
        ),
        (
            [np.empty(0), np.ones((2, 3)), np.ones(3)],
            "All sets must have the same number of dimensions; set 2 is 1-D, set 1 is 2-D. Use "
            "arrays of shape (n_elements, n_features)",
        ),
        (
            [np.ones((2, 4, 4)), np.ones((2, 4, 5))],
            "All elements must have the same shape; those of set 1 have (4, 5), those of set 0 "
            "have (4, 4).",
        ),
        (
            [np.array(["a"]), np.array([1.0])],
            "of one kind; set 1 holds numbers, set 0 strings.",
        ),
        ([["a", 1], ["b"]], "mixes strings and numbers"),
        ([["b"], ["a", 1]], "Set 1 mixes strings and numbers"),
        ([["b"], ["a", None]], "Set 1 has a missing token (None)"),
        ([["a"], [1]], "of one kind; set 1 holds numbers, set 0 strings."),
        ([np.ones((2, 2)), [[1, 2], [3]]], "Set 1 is ragged"),
        ([np.ones((2, 2)), None], "Set 1 is missing (None)"),
        ([np.ones((2, 2)), float("nan")], "Set 1 is missing (nan)"),
        ([np.ma.masked_equal(np.ones((2, 2)), 1)], "Set 0 has masked values"),
        (
            [np.ones((2, 2)), np.array([[1, "x"]], dtype=object)],
            "those of set 1 hold ['numbers', 'strings'], those of set 0 ['numbers', 'numbers']",
        ),
        (
            [np.array([[1, "x"], [2, 3]], dtype=object)],
            "Set 0, column 1, mixes strings and numbers",
        ),
    ],
)
def test_from_sets_names_the_bad_set(sets, message):
    with pytest.raises(ValueError) as error:
        SetArray.from_sets(sets)
    assert message in str(error.value)


@pytest.mark.parametrize(
    ("item", "message"),
    [
        (3.0, r"Set 1 is a float \(3.0\), expected an array of shape \(n_elements, n_features\)"),
        ("abc", "Set 1 is a str"),
        ({"a": 1}, "Set 1 is a dict"),
        (np.array(3.0), "Set 1 is a scalar of type numpy.ndarray"),
        (np.array([[object(), 1]]), "Set 1 holds objects that are neither numbers nor strings"),
    ],
)
def test_from_sets_refuses_what_is_no_set(item, message):
    with pytest.raises(TypeError, match=message):
        SetArray.from_sets([np.ones((2, 2)), item])


def test_from_sets_refuses_sparse_sets():
    sparse = pytest.importorskip("scipy.sparse")
    with pytest.raises(TypeError, match="Set 1 is a sparse matrix.*toarray"):
        SetArray.from_sets([np.ones((2, 2)), sparse.eye(2).tocsr()])


def test_many_small_sets_are_packed_without_work_by_element():
    sets = [np.zeros((i % 5, 3)) for i in range(1000)]
    values, offsets = pack_sets(sets)
    assert values.shape == (2000, 3) and offsets[-1] == 2000


def test_from_padded_round_trip(X):
    padded, mask = X.to_padded(fill_value=-7)
    assert padded.shape == (4, 3, 2) and mask.sum(axis=1).tolist() == list(SIZES)
    assert np.all(padded[~mask] == -7)
    for kwargs in ({"mask": mask}, {"sizes": X.sizes}):
        assert_sets(SetArray.from_padded(padded, **kwargs, context=X.context), list(X), X.context)


def test_from_padded_takes_holes_and_tokens():
    mask = np.array([[True, False, True], [False, True, False]])
    X = SetArray.from_padded([[1, 0, 3], [0, 5, 0]], mask)
    assert X.values.tolist() == [1, 3, 5] and X.sizes.tolist() == [2, 1]


@pytest.mark.parametrize(
    ("kwargs", "message"),
    [
        ({}, "exactly one of mask and sizes"),
        ({"mask": np.ones((2, 3), bool), "sizes": [1, 2]}, "exactly one of mask and sizes"),
        ({"mask": np.ones((2, 2), bool)}, r"boolean mask of shape \(2, 3\).*found shape \(2, 2\)"),
        ({"mask": np.ones((2, 3))}, "found shape .* and dtype float64"),
        ({"sizes": [1]}, r"sizes of 2 integers, one a set, found shape \(1,\)"),
        ({"sizes": [1.0, 2.0]}, "dtype float64"),
        ({"sizes": [1, 4]}, "between 0 and 3; set 1 has size 4"),
        ({"sizes": [-1, 2]}, "between 0 and 3; set 0 has size -1"),
    ],
)
def test_from_padded_errors(kwargs, message):
    with pytest.raises(ValueError, match=message):
        SetArray.from_padded(np.zeros((2, 3, 1)), **kwargs)


def test_from_padded_wants_two_dimensions():
    with pytest.raises(ValueError, match=r"shape \(n_sets, max_size, ...\), found shape \(3,\)"):
        SetArray.from_padded(np.zeros(3), sizes=[1])


@pytest.mark.parametrize(
    "sets, fill_value, expected",
    [
        ([["a"], ["b", "cd"]], "<pad>", [["a", "<pad>"], ["b", "cd"]]),
        ([np.array([1]), np.array([2, 3])], np.nan, [[1.0, np.nan], [2.0, 3.0]]),
        ([np.array([1], np.uint8), np.array([2, 3], np.uint8)], -1, [[1, -1], [2, 3]]),
        ([np.array([1]), np.array([2, 3])], 7.0, [[1, 7], [2, 3]]),
        ([np.array([1.5]), np.array([2, 3])], 0, [[1.5, 0], [2, 3]]),
    ],
    ids=["string", "nan", "sign", "whole", "zero"],
)
def test_padding_is_what_was_asked_for(sets, fill_value, expected):
    X = SetArray.from_sets(sets)
    padded, mask = X.to_padded(fill_value)
    assert_array_equal(padded, expected)
    back = SetArray.from_padded(padded, mask)
    for elements, original in zip(back, X, strict=True):
        assert_array_equal(elements, original)


def test_padding_keeps_the_type_where_it_can():
    X = SetArray(np.ones((3, 2), np.float32), [0, 1, 3])
    assert X.to_padded(np.nan)[0].dtype == X.to_padded()[0].dtype == np.float32
    with pytest.raises(ValueError, match="fill_value must be a number, as the elements are"):
        X.to_padded("<pad>")


def test_masked_values_are_no_elements():
    padded = np.ma.masked_equal([[1, 2], [3, 9]], 9)
    assert SetArray.from_padded(padded, sizes=[2, 1]).values.tolist() == [1, 2, 3]
    with pytest.raises(ValueError, match="masked values among the elements: set 1, element 1"):
        SetArray.from_padded(padded, sizes=[2, 2])
    with pytest.raises(ValueError, match="Pass exactly one of mask and sizes"):
        SetArray.from_padded(padded)
