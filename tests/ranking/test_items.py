"""Items of any container and vocabularies, as the rankers of items read them."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal

from sksets import SetArray
from sksets.baselines import PopularityRanker

ak, pa = pytest.importorskip("awkward"), pytest.importorskip("pyarrow")
pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
INTS = [[3, 1], [1, 7, 3], [], [1]]
WORDS = [["rum", "tea"], ["tea", "milk", "rum"], [], ["tea"]]


def objects(cells):
    array = np.empty(len(cells), dtype=object)
    array[:] = cells
    return array


def popularities(X, y=None, **parameters):
    """Return item -> share of the sets that hold it."""
    ranker = PopularityRanker(**parameters).fit(X, y)
    return dict(zip(ranker.vocabulary_.tolist(), ranker.popularity_.tolist(), strict=True))


# ---------------------------------------------------------------- containers


def containers(sets, dtype):
    arrays = [np.array(s, dtype=dtype) for s in sets]
    return {
        "lists": sets,
        "tuples": tuple(map(tuple, sets)),
        "arrays": arrays,
        "columns": [a[:, None] for a in arrays],
        "Python sets": [set(s) for s in sets],
        "frozen sets": [frozenset(s) for s in sets],
        "object array of lists": objects(sets),
        "object array of arrays": objects(arrays),
        "one column of objects": objects(arrays)[:, None],
        "SetArray": SetArray.from_sets(arrays),
        "pandas": pd.Series(sets),
        "pandas frame": pd.DataFrame({"items": sets}),
        "pandas arrow": pd.Series(sets, dtype=pd.ArrowDtype(pa.list_(pa.array(sets[0]).type))),
        "polars": pl.Series(sets),
        "polars frame": pl.DataFrame({"items": sets}),
        "pyarrow": pa.array(sets),
        "awkward": ak.Array(sets),
        "objects in lists": [np.array(s, dtype=object) for s in sets]
        if dtype is str
        else [a.astype(np.int16) for a in arrays],
    }


CONTAINERS = [(kind, name) for kind in ("ints", "words") for name in containers(INTS, int)]
EXPECTED = {"ints": {1: 0.75, 3: 0.5, 7: 0.25}, "words": {"milk": 0.25, "rum": 0.5, "tea": 0.75}}


@pytest.mark.parametrize(("kind", "name"), CONTAINERS)
def test_containers_of_items(kind, name):
    sets, dtype = (INTS, int) if kind == "ints" else (WORDS, str)
    X = containers(sets, dtype)[name]
    assert popularities(X) == EXPECTED[kind]
    ranker = PopularityRanker().fit(sets)
    queries = [s or sets[0] for s in sets]
    expected = ranker.rank(queries, 2)
    found = ranker.rank(containers(queries, dtype)[name], 2)
    assert_array_equal(found[0], expected[0])
    assert_array_equal(found[1], expected[1])


@pytest.mark.parametrize(
    "name", ["lists", "Python sets", "SetArray", "pandas", "polars", "awkward", "pyarrow"]
)
def test_containers_of_hidden_items(name):
    X = [[5], [6], [5, 6], [6]]
    expected = {1: 0.75, 3: 0.5, 5: 0.5, 6: 0.75, 7: 0.25}
    assert popularities(X, containers(INTS, int)[name]) == expected
    words = [["gin"], ["gin", "ale"], ["ale"], ["gin"]]
    found = popularities(words, containers(WORDS, str)[name])
    assert found == {**EXPECTED["words"], "ale": 0.5, "gin": 0.75}


@pytest.mark.parametrize(
    "y",
    [
        [8, 9, 8, 8],
        (8, 9, 8, 8),
        np.array([8, 9, 8, 8], dtype=np.uint8),
        np.array([[8], [9], [8], [8]]),
        pd.Series([8, 9, 8, 8], index=list("dcba")),
        pl.Series([8, 9, 8, 8]),
        [[8], [9], (8,), np.array([8])],
    ],
)
def test_one_hidden_item_a_set(y):
    assert popularities(INTS, y) == {**EXPECTED["ints"], 8: 0.75, 9: 0.25}
    names = np.array(["", "ale", "gin"])[np.ravel(np.asarray(y, dtype=int)) - 7]
    for words in (names, names.tolist(), names.astype(object), pd.Series(names)):
        assert popularities(WORDS, words) == {**EXPECTED["words"], "ale": 0.75, "gin": 0.25}


def test_tables_of_tokens():
    table = np.array([[3, 1], [1, 7]])
    expected = {1: 1.0, 3: 0.5, 7: 0.5}
    assert popularities(table, element_kind="token") == expected
    assert popularities(table[:, :, None]) == expected
    words = np.array([["rum", "tea"], ["tea", "milk"]])
    assert popularities(words) == {"milk": 0.5, "rum": 0.5, "tea": 1.0}
    frame = pd.DataFrame(words, columns=["first", "second"])
    assert popularities(frame, element_kind="token") == {"milk": 0.5, "rum": 0.5, "tea": 1.0}


def test_vectors_are_items_too():
    rows = np.array([[0.5, 1.0], [0.0, 2.0], [0.5, -1.0]])
    sets = [rows[[2, 0]], rows[[1]], rows[[0]]]
    for X in (sets, SetArray.from_sets(sets), objects(sets)):
        ranker = PopularityRanker().fit(X)
        assert_array_equal(ranker.vocabulary_, rows[[1, 2, 0]])
        assert_allclose(ranker.popularity_, [1 / 3, 1 / 3, 2 / 3])
    items, _ = ranker.rank([rows[[0]], [[9.0, 9.0]]], 2)
    assert_array_equal(items, [rows[[1, 2]], rows[[0, 1]]])
    # A table is n sets of one vector; three dimensions are sets of equal size.
    table = PopularityRanker().fit(rows[[0, 1, 0]])
    assert_array_equal(table.vocabulary_, rows[[1, 0]])
    assert_allclose(table.popularity_, [1 / 3, 2 / 3])
    cube = PopularityRanker().fit(rows[[[0, 1], [1, 2]]])
    assert_allclose(cube.popularity_, [1.0, 0.5, 0.5])
    # Integers are items where nobody says otherwise.
    assert PopularityRanker().fit([np.array([4, 2])]).vocabulary_.shape == (2,)
    numbers = PopularityRanker(element_kind="numeric").fit([np.array([4, 2])])
    assert numbers.vocabulary_.shape == (2, 1)


# ---------------------------------------------------------------- the vocabulary


@pytest.mark.parametrize(
    "order",
    [[7, 9, 3, 1], np.array([7, 9, 3, 1], dtype=np.uint16), pd.Index([7, 9, 3, 1]), range(9)],
)
def test_a_vocabulary_in_an_order_of_its_own(order):
    ranker = PopularityRanker(vocabulary=order).fit(INTS)
    assert_array_equal(ranker.vocabulary_, order)
    expected = [EXPECTED["ints"].get(item, 0.0) for item in order]
    assert ranker.popularity_.tolist() == expected
    assert_array_equal(ranker.score_candidates([[1]]), [expected])
    assert_array_equal(ranker.rank([[1]], 1)[0], [[3]])


@pytest.mark.parametrize("make", [list, np.array, pd.Index, pd.Series, objects, pl.Series])
def test_a_vocabulary_of_strings(make):
    words = ["tea", "a word longer than all others", "milk", "rum"]
    ranker = PopularityRanker(vocabulary=make(words)).fit(WORDS)
    assert ranker.vocabulary_.tolist() == words
    assert ranker.popularity_.tolist() == [0.75, 0.0, 0.25, 0.5]
    items, scores = ranker.rank([["milk"]], 2, candidates=make(words[:0:-1]))
    assert items.tolist() == [["rum", "a word longer than all others"]]
    assert scores.tolist() == [[0.5, 0.0]]


def test_longer_words_than_those_of_fit_are_not_cut():
    ranker = PopularityRanker().fit([["te", "rum"]])
    with pytest.raises(ValueError, match="Set 0 of X holds the item tea,"):
        ranker.rank([["tea"]], 1)


def test_negative_and_large_integers():
    X = [[-5, 2**62], [2**62 + 1, -5], [0, -1]]
    ranker = PopularityRanker().fit(X)
    assert ranker.vocabulary_.tolist() == [-5, -1, 0, 2**62, 2**62 + 1]
    assert ranker.rank([[2**62]], 1)[0].tolist() == [[-5]]
    # As floats these two would be one.
    scores = ranker.rank([[2**62]], 5)[1]
    assert np.isneginf(scores).sum() == 1


@pytest.mark.parametrize("fitted", [np.int64, np.uint64, np.int8, np.uint8])
@pytest.mark.parametrize("asked", [np.int64, np.uint64, np.int16])
def test_integers_of_different_types_are_the_same_items(fitted, asked):
    X = [np.array(s, dtype=fitted) for s in ([3, 1], [1, 7, 3], [1])]
    y = np.array([50, 51, 50], dtype=asked)
    ranker = PopularityRanker(vocabulary=np.array([51, 50, 7, 1, 3], dtype=asked)).fit(X, y)
    assert ranker.popularity_.tolist() == [1 / 3, 2 / 3, 1 / 3, 1.0, 2 / 3]
    items, _ = ranker.rank([np.array([1], dtype=asked)], 2)
    assert items.tolist() == [[50, 3]]
    assert PopularityRanker().fit(X, y).vocabulary_.tolist() == [1, 3, 7, 50, 51]
    assert 0 < ranker.score(X, y) < 1


def test_unsigned_integers_beyond_2_to_the_53():
    large = np.array([2**60 + 1, 2**60, 5], dtype=np.uint64)
    ranker = PopularityRanker().fit([large, large[1:]], [2, 2**60 + 3])
    assert ranker.vocabulary_.tolist() == [2, 5, 2**60, 2**60 + 1, 2**60 + 3]
    assert ranker.popularity_.tolist() == [0.5, 1.0, 1.0, 0.5, 0.5]
    with pytest.raises(ValueError, match=rf"less than 2\*\*63; found {2**63 + 5}"):
        ranker.fit([np.array([2**63 + 5], dtype=np.uint64)])
