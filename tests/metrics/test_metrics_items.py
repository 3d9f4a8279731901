"""Metrics of ranked items and of tags: literal tables, scipy's ranks, scikit-learn's means."""

import numpy as np
import pandas as pd
import pytest
from scipy import sparse
from scipy.stats import rankdata
from sklearn.metrics import precision_score, recall_score

from sksets import SetArray
from sksets.metrics import (
    item_ranks,
    mean_reciprocal_rank,
    median_rank,
    recall_at_k,
    tagging_scores,
)

SCORES = [[0.9, 0.5, 0.1, 0.5, 0.7], [3.0, 1.0, 2.0, 0.0, 4.0], [0.0, 0.0, 0.0, 0.0, 0.0]]
Y = [[1, 3, 0], [], [4]]


def draw_items(rng, n_sets, n_items, size):
    """Draw a query and a relevant set of each size up to ``size``, without a common item."""
    order = [rng.permutation(n_items) for _ in range(n_sets)]
    sizes = [int(rng.integers(size + 1)) for _ in range(n_sets)]
    return [o[:n] for o, n in zip(order, sizes, strict=True)], [o[size : size + 3] for o in order]


# ---------------------------------------------------------------- item_ranks


def test_ranks_literal():
    first, second, third = item_ranks(Y, SCORES)
    np.testing.assert_array_equal(first, [3.5, 3.5, 1.0])  # .9, .7, then .5 twice
    assert second.shape == (0,) and second.dtype == np.float64
    np.testing.assert_array_equal(third, [3.0])  # (1 + ... + 5) / 5


def test_ranks_without_the_query_literal():
    first, second, third = item_ranks(Y, SCORES, exclude=[[4], [0], [0, 1]])
    np.testing.assert_array_equal(first, [2.5, 2.5, 1.0])
    assert second.shape == (0,)
    np.testing.assert_array_equal(third, [2.0])  # 2, 3 and 4 tie before 0 and 1


@pytest.mark.parametrize("dtype", [np.float64, np.float32, np.float16, np.int64, np.uint8, bool])
def test_ranks_are_those_of_scipy(dtype):
    rng = np.random.default_rng(0)
    scores = rng.integers(2 if dtype is bool else 12, size=(20, 60)).astype(dtype)
    y, query = draw_items(rng, *scores.shape, 30)
    found = item_ranks(y, scores, exclude=query)
    for i, ranks in enumerate(found):
        row = scores[i].astype(np.float64)
        row[query[i]] = -np.inf
        np.testing.assert_array_equal(ranks, rankdata(-row)[y[i]])
    for i, ranks in enumerate(item_ranks(y, scores)):
        np.testing.assert_array_equal(ranks, rankdata(-scores[i].astype(np.float64))[y[i]])


def test_ranks_of_infinite_scores():
    rng = np.random.default_rng(0)
    scores = rng.normal(size=(20, 40))
    scores[rng.uniform(size=scores.shape) < 0.2] = np.inf
    scores[rng.uniform(size=scores.shape) < 0.4] = -np.inf
    y, query = draw_items(rng, *scores.shape, 20)
    for i, ranks in enumerate(item_ranks(y, scores, exclude=query)):
        row = scores[i].copy()
        row[query[i]] = -np.inf
        # scipy 1.11 takes both infinities in one array for a NaN
        expected = rankdata(-np.nan_to_num(row, posinf=9, neginf=-9))
        np.testing.assert_array_equal(ranks, expected[y[i]])


def test_perfect_and_worst_scores():
    truth = np.zeros((2, 6))
    truth[0, [1, 4]] = truth[1, [0, 2, 5]] = 1
    y = [np.flatnonzero(row) for row in truth]
    tiny = np.linspace(0, 0.1, 6)  # no ties
    best, worst = item_ranks(y, truth + tiny), item_ranks(y, -truth + tiny)
    assert [sorted(ranks) for ranks in best] == [[1, 2], [1, 2, 3]]
    assert [sorted(ranks) for ranks in worst] == [[5, 6], [4, 5, 6]]
    assert recall_at_k(best, 3) == 1 and recall_at_k(worst, 3) == 0


def test_ranks_do_not_depend_on_the_order_of_the_columns():
    rng = np.random.default_rng(0)
    scores = rng.integers(9, size=(5, 30)).astype(float)
    y, query = draw_items(rng, 5, 30, 10)
    order = rng.permutation(30)
    place = np.argsort(order)  # column j of scores is column place[j] of scores[:, order]
    found = item_ranks([place[a] for a in y], scores[:, order], exclude=[place[a] for a in query])
    for ranks, expected in zip(found, item_ranks(y, scores, exclude=query), strict=True):
        np.testing.assert_array_equal(ranks, expected)


def test_random_scores_have_their_median_in_the_middle():
    rng = np.random.default_rng(0)
    y = [rng.choice(1001, 45, replace=False) for _ in range(100)]
    ranks = item_ranks(y, rng.normal(size=(100, 1001)))
    assert median_rank(ranks) == pytest.approx(501, rel=0.05)
    assert recall_at_k(ranks, 100) == pytest.approx(0.1, rel=0.1)


def test_ranks_of_any_container():
    expected = item_ranks([[1, 3], [0, 2]], SCORES[:2])
    for y in (
        [np.array([1, 3], dtype=np.uint8), np.array([0, 2], dtype=np.uint8)],
        np.array([[1, 3], [0, 2]]),
        SetArray.from_sets([np.array([1, 3]), np.array([0, 2])]),
        pd.Series([[1, 3], [0, 2]]),
        [{3, 1}, {0, 2}],
    ):
        for scores in (SCORES[:2], pd.DataFrame(SCORES[:2])):
            for ranks, wanted in zip(item_ranks(y, scores), expected, strict=True):
                np.testing.assert_array_equal(ranks, wanted)


def test_scores_are_left_as_they_are():
    scores = np.array(SCORES)
    item_ranks(Y, scores, exclude=[[4], [0], [0, 1]])
    np.testing.assert_array_equal(scores, SCORES)
    scores.setflags(write=False)
    item_ranks(Y, scores, exclude=[[4], [0], [0, 1]])


@pytest.mark.parametrize(
    "y, scores, exclude, text",
    [
        ([[1], [5], [0]], SCORES, None, "indices of the 5 columns, from 0 to 4; set 1, element 0"),
        ([[1], [0], [2, -1]], SCORES, None, "y_true must hold.* set 2, element 1 is -1"),
        ([[1], [2, 0, 2], []], SCORES, None, "y_true has index 2 twice in set 1. Pass each column"),
        ([["a"], ["b"], []], SCORES, None, "y_true must hold indices of columns, found .*'a'"),
        ([[0.5], [1], []], SCORES, None, "Cannot read y_true, one array of items a set: Tokens mu"),
        ([1, 2, 3], SCORES, None, "Cannot read y_true, one array of items a set: Expected 2D"),
        (Y[:2], SCORES, None, r"y_true has 2 sets, scores 3\. Both need one array or row a set"),
        (Y, SCORES, [[4], []], r"y_true has 3 sets, exclude 2\."),
        (Y, SCORES, [[2], [5], []], "exclude must hold indices .* set 1, element 0 is 5"),
        (Y, SCORES, [[2], [0, 0], []], "exclude has index 0 twice in set 1"),
        (Y, SCORES, [[2], [0], [4]], "Item 4 of set 2 is in y_true and in exclude"),
        (Y, SCORES[0], None, "Expected 2D array, got 1D array"),
        (Y, [*SCORES[:2], [0, 0, np.nan, 0, 0]], None, "scores has NaN: set 2, column 2. Score ev"),
    ],
)
def test_rank_errors(y, scores, exclude, text):
    with pytest.raises(ValueError, match=text):
        item_ranks(y, scores, exclude=exclude)


def test_rank_errors_of_types():
    with pytest.raises(TypeError, match="Sparse data was passed for scores"):
        item_ranks(Y, sparse.csr_array(SCORES))
    with pytest.raises(TypeError, match="Cannot read exclude, one array of items a set: X is a in"):
        item_ranks(Y, SCORES, exclude=3)


# ---------------------------------------------------------------- summaries of ranks

RANKS = [[1.0, 10.0, 10.5], [], [2.0, 20.0]]


def test_summaries_literal():
    assert [recall_at_k(RANKS, k) for k in (1, 2, 9, 10, 11, 20)] == [0.2, 0.4, 0.4, 0.6, 0.8, 1]
    expected = (1 + 1 / 10 + 1 / 10.5 + 1 / 2 + 1 / 20) / 5
    assert mean_reciprocal_rank(RANKS) == pytest.approx(expected, rel=1e-15)
    assert median_rank(RANKS) == 10.0
    assert median_rank(RANKS[:1] + [[40]]) == 10.25


@pytest.mark.parametrize(
    "summary", [lambda r: recall_at_k(r, 10), mean_reciprocal_rank, median_rank]
)
def test_summaries_pool_the_sets(summary):
    arrays = [np.array(ranks) for ranks in RANKS]
    flat = np.concatenate(arrays)
    expected = summary(RANKS)
    assert isinstance(expected, float)
    for ranks in (arrays, flat, flat[::-1], SetArray.from_sets(arrays), [flat[:2], flat[2:]]):
        assert summary(ranks) == pytest.approx(expected, rel=1e-15)
    for empty in ([], [[]], [np.array([]), np.array([])]):
        with pytest.raises(ValueError, match="ranks has no value: no set has a relevant item"):
            summary(empty)
    with pytest.raises(ValueError, match="Ranks are 1 or more.* that of set 1, element 1 is 0.0"):
        summary([[1], [2, 0]])
    with pytest.raises(ValueError, match="Ranks are 1 or more.* that of element 2 is nan"):
        summary([1, 2, np.nan])


@pytest.mark.parametrize("k, error", [(0, ValueError), (-1, ValueError), (2.5, TypeError)])
def test_k_is_a_whole_number(k, error):
    with pytest.raises(error, match="k .*must be"):
        recall_at_k(RANKS, k)
    with pytest.raises(error, match="k .*must be"):
        tagging_scores([[0]], [[0.1, 0.2, 0.3]], k=k)


# ---------------------------------------------------------------- tagging_scores

# Two tags a set are given: {0, 1}, {0, 2}, {1, 3}. Tag 4 occurs nowhere, tag 3 is missed.
#  tag   has it   given to   correct   precision   recall
#   0    A, B     A, B       2         1           1
#   1    A, B, C  A, C       2         1           2/3
#   2    C        B          0         0           0
#   3    A, B     C          0         0           0
TAGS = [[0, 1, 3], [0, 1, 3], [1, 2]]
TAG_SCORES = [[0.9, 0.8, 0.1, 0.2, 0.0], [0.9, 0.1, 0.8, 0.2, 0.3], [0.1, 0.9, 0.3, 0.8, 0.4]]


def indicator(tags, n_tags):
    y = np.zeros((len(tags), n_tags), dtype=int)
    for row, part in zip(y, tags, strict=True):
        row[part] = 1
    return y


def test_tags_literal():
    scores = tagging_scores(TAGS, TAG_SCORES, k=2)
    assert scores.precision == pytest.approx(2 / 4)
    assert scores.recall == pytest.approx((1 + 2 / 3) / 4)
    assert scores.f1 == pytest.approx(2 * (1 / 2) * (5 / 12) / (1 / 2 + 5 / 12))
    assert scores.n_found == 2
    assert [type(scores[name]) for name in sorted(scores)] == [float, int, float, float]


def test_tags_of_any_container():
    expected = tagging_scores(TAGS, TAG_SCORES, k=2)
    y = indicator(TAGS, 5)
    for container in (
        y,
        y.astype(bool),
        y.astype(float),
        sparse.csr_array(y),
        sparse.coo_matrix(y),
        pd.DataFrame(y),
        [np.array(tags) for tags in TAGS],
        SetArray.from_sets([np.array(tags) for tags in TAGS]),
        pd.Series(TAGS),
    ):
        assert tagging_scores(container, TAG_SCORES, k=2) == expected


def test_a_list_of_lists_holds_indices():
    # As rows of zeros and ones, the only tag would be the second, which no set is given.
    scores = tagging_scores([[0, 1], [1, 0]], [[0.9, 0.1], [0.9, 0.1]], k=1)
    assert (scores.precision, scores.recall, scores.n_found) == (0.5, 0.5, 1)


@pytest.mark.parametrize("k", [1, 5, 12])
def test_tags_are_those_of_scikit_learn(k):
    rng = np.random.default_rng(0)
    y = (rng.uniform(size=(200, 12)) < np.linspace(0, 0.5, 12)).astype(int)  # tag 0 nowhere
    y[7] = 0  # a set without a tag is given k as well
    y_score = y + rng.normal(size=y.shape)
    given = (rankdata(-y_score, axis=1) <= k).astype(int)
    options = {"average": "macro", "labels": np.flatnonzero(y.any(axis=0)), "zero_division": 0}
    scores = tagging_scores(y, y_score, k=k)
    assert scores.precision == pytest.approx(precision_score(y, given, **options))
    assert scores.recall == pytest.approx(recall_score(y, given, **options))
    assert scores.n_found == np.count_nonzero((y * given).any(axis=0))


def test_tags_do_not_depend_on_the_order_of_columns_and_sets():
    rng = np.random.default_rng(0)
    y, y_score = rng.integers(2, size=(50, 20)), rng.normal(size=(50, 20))
    expected = tagging_scores(y, y_score)
    rows, columns = rng.permutation(50), rng.permutation(20)
    found = tagging_scores(y[rows][:, columns], y_score[rows][:, columns])
    assert found == {name: pytest.approx(value) for name, value in expected.items()}


def test_perfect_scores_find_all_tags():
    y = indicator([[0, 3], [1, 2], [3, 4]], 6)
    assert tagging_scores(y, y, k=2) == {"precision": 1, "recall": 1, "f1": 1, "n_found": 5}
    nothing = tagging_scores(y, -y, k=2)
    assert nothing == {"precision": 0, "recall": 0, "f1": 0, "n_found": 0}


@pytest.mark.parametrize("dtype", [np.float64, np.uint8, bool])
def test_of_tied_tags_the_lowest_index_is_given(dtype):
    y_score = np.array([[0, 1, 1, 0, 1, 0]], dtype=dtype)
    found = [tagging_scores([[tag]], y_score, k=4).n_found for tag in range(6)]
    assert found == [1, 1, 1, 0, 1, 0]
    found = [tagging_scores([[tag]], y_score, k=2).n_found for tag in range(6)]
    assert found == [0, 1, 1, 0, 0, 0]
    many = np.arange(200) % 2 == 0
    assert tagging_scores([np.arange(0, 60, 2)], [many.astype(dtype)], k=30).recall == 1


def test_infinite_tag_scores():
    y_score = [[-np.inf, 0.1, np.inf]]
    assert [tagging_scores([[tag]], y_score, k=2).recall for tag in range(3)] == [0, 1, 1]


@pytest.mark.parametrize(
    "y, y_score, k, text",
    [
        ([[], []], np.ones((2, 6)), 5, "No set has a tag in y_true"),
        (np.zeros((2, 6)), np.ones((2, 6)), 5, "No set has a tag in y_true"),
        (TAGS, TAG_SCORES, 6, "k must be at most the number of tags, 5; found 6"),
        (indicator(TAGS, 5)[:, :4], TAG_SCORES, 2, "y_true has 4 columns, y_score 5. Pass one a"),
        (indicator(TAGS, 5)[:2], TAG_SCORES, 2, "y_true has 2 sets, y_score 3"),
        (TAGS[:2], TAG_SCORES, 2, "y_true has 2 sets, y_score 3"),
        ([[0], [5], [1]], TAG_SCORES, 2, "y_true must hold indices of the 5 columns.*set 1, elem"),
        ([[0], [1, 1], [1]], TAG_SCORES, 2, "y_true has index 1 twice in set 1"),
        (2 * indicator(TAGS, 5), TAG_SCORES, 2, "must be 1 where .* set 0, column 0 is 2. For"),
        (sparse.csr_array(-indicator(TAGS, 5)), TAG_SCORES, 2, "must be 1 .*set 0, column 0 is -1"),
        (np.full((3, 5), np.nan), TAG_SCORES, 2, "must be 1 .*set 0, column 0 is nan"),
        (
            TAGS,
            np.where(np.eye(3, 5, 1), np.nan, TAG_SCORES),
            2,
            "y_score has NaN: set 0, column 1",
        ),
        (TAGS, TAG_SCORES[0], 2, "Expected 2D array, got 1D array"),
    ],
)
def test_tag_errors(y, y_score, k, text):
    with pytest.raises(ValueError, match=text):
        tagging_scores(y, y_score, k=k)
