"""Rankings and their score, of SetExpander and of every ranker of items."""

import copy

import numpy as np
import pytest
from expander_cases import (
    ALL,
    INTERACTIONS,
    N_ITEMS,
    TEST,
    TRAIN,
    fitted_with_context,
    make,
)
from numpy.testing import assert_allclose, assert_array_equal
from scipy.stats import rankdata

from sksets import SetArray, SetExpander
from sksets._ranking import base as ranking_base
from sksets.baselines import NearestRanker, PopularityRanker
from sksets.nn import _pair_expanders as module_file

WORDS = [["tea", "milk"], ["tea", "rum"], ["tea", "milk", "gin"], ["ale"]]


@pytest.fixture(scope="module", params=INTERACTIONS)
def fitted(request):
    return fitted_with_context(request.param)


# ---------------------------------------------------------------- rankings


def expected_ranking(scores, query, candidates, n_items, exclude_query):
    """Sort by hand: the best first, of equals the first candidate."""
    kept = {item: scores[item] for item in candidates}
    if exclude_query:
        kept.update({item: -np.inf for item in query if item in kept})
    order = sorted(range(len(candidates)), key=lambda i: (-kept[candidates[i]], i))[:n_items]
    return [candidates[i] for i in order], [kept[candidates[i]] for i in order]


@pytest.mark.parametrize("exclude_query", [False, True])
@pytest.mark.parametrize("candidates", [None, ALL[::-1].tolist(), [7, 2, 29, 0, 11, 13, 3]])
def test_rankings_are_those_of_the_scores(fitted, candidates, exclude_query):
    expander, sets = fitted
    all_scores = expander.score_candidates(sets)
    assert all_scores.shape == (len(sets), N_ITEMS) and all_scores.dtype == np.float64
    chosen = ALL.tolist() if candidates is None else candidates
    for n_items in (1, 3, len(chosen)):
        found = expander.rank(sets, n_items, candidates, exclude_query)
        assert found[0].shape == found[1].shape == (len(sets), n_items)
        for query, scores, items, ranked in zip(sets, all_scores, *found, strict=True):
            expected = expected_ranking(scores, query, chosen, n_items, exclude_query)
            # Those that are excluded have no order.
            n_finite = int(np.isfinite(expected[1]).sum())
            assert items[:n_finite].tolist() == expected[0][:n_finite]
            assert set(items[n_finite:]) <= set(query.tolist())
            assert_allclose(ranked, expected[1], rtol=1e-9)


def test_ties_are_in_the_order_of_the_candidates():
    sets = [[1, 2, 3, 4, 5, 6, 7], [5, 0]]
    ranker = PopularityRanker(vocabulary=[4, 3, 5, 9, 1, 8, 0, 2, 7, 6]).fit(sets)
    whole = [5, 4, 3, 1, 0, 2, 7, 6, 9, 8]
    for n_items in range(1, 11):
        items, scores = ranker.rank([[8]], n_items)
        assert items[0].tolist() == whole[:n_items]
        expected = [1.0, *[0.5] * 7, 0.0, -np.inf][:n_items]
        assert scores[0].tolist() == expected
    assert ranker.rank([[8]], 2, candidates=[6, 7, 4])[0].tolist() == [[6, 7]]
    assert ranker.rank([[8]], 2, candidates=[9, 8], exclude_query=False)[0].tolist() == [[9, 8]]


def test_a_ranking_literal():
    ranker = PopularityRanker().fit(WORDS)
    assert ranker.vocabulary_.tolist() == ["ale", "gin", "milk", "rum", "tea"]
    assert (
        ranker.score_candidates([["tea"], ["rum", "gin"]]).tolist()
        == [[0.25, 0.25, 0.5, 0.25, 0.75]] * 2
    )
    items, scores = ranker.rank([["tea"], ["rum", "gin"]], 2)
    assert items.tolist() == [["milk", "ale"], ["tea", "milk"]]
    assert scores.tolist() == [[0.5, 0.25], [0.75, 0.5]]
    assert ranker.rank([["tea"]], 1, exclude_query=False)[0].tolist() == [["tea"]]
    assert ranker.predict([["tea"]]).tolist() == [["milk", "ale", "gin", "rum", ""]]


def test_predictions_are_the_ten_best():
    expander = make().fit(TRAIN)
    assert_array_equal(expander.predict(TEST), expander.rank(TEST)[0])
    assert expander.predict(TEST).shape == (40, 10)
    assert SetExpander(max_epochs=1).fit(WORDS).predict([["tea"]]).shape == (1, 5)


@pytest.mark.parametrize("dtype", [np.int8, np.uint8, np.int64])
def test_what_is_left_is_filled_up_with_no_item(dtype):
    ranker = PopularityRanker().fit([np.array([4, 3, 2], dtype), np.array([4, 3]), np.array([4])])
    assert ranker.predict([[2], [3, 4], [2, 3, 4]]).tolist() == [[4, 3, -1], [2, -1, -1], [-1] * 3]
    words = PopularityRanker().fit([["tea", "gin"], ["tea"]])
    assert words.predict([["gin"], ["tea", "gin"]]).tolist() == [["tea", ""], ["", ""]]
    many = PopularityRanker().fit([np.arange(12), np.arange(11)])
    assert many.predict([[0], np.arange(12)[::-1]]).tolist() == [list(range(1, 11)), [-1] * 10]


def test_vectors_that_are_left_are_filled_up_with_nan():
    vectors = np.array([[0, 1], [1, 0], [1, 1]])
    ranker = NearestRanker().fit(vectors)
    items = ranker.predict([vectors[:1]])
    assert items.dtype == np.float64
    assert_array_equal(items, [[[1, 1], [1, 0], [np.nan, np.nan]]])
    new = ranker.predict([np.array([[2, 2]])])
    assert np.isfinite(new).all() and new.shape == (1, 3, 2)


@pytest.mark.parametrize(
    ("sets", "marker"), [([[-1, 2, 3], [2]], "-1"), ([["", "b", "c"], ["b"]], "''")]
)
def test_a_row_that_cannot_be_filled_up(sets, marker):
    ranker = PopularityRanker().fit(sets)
    with pytest.raises(ValueError, match=f"Set 0 of X leaves 2 items to rank, and {marker}, which"):
        ranker.predict(sets[1:])
    items, scores = ranker.rank(sets[1:], 3)
    assert items[0].tolist() == [*sets[0][::2], *sets[1]] and np.isneginf(scores[0, 2])


def test_scores_in_blocks_are_those_in_one(fitted, monkeypatch):
    expander, sets = fitted
    scores, (items, ranked) = expander.score_candidates(sets), expander.rank(sets, 5)
    score = expander.score(sets)
    for n_sets in (1, 7):
        monkeypatch.setattr(ranking_base, "BLOCK_BYTES", n_sets * 8 * N_ITEMS)
        monkeypatch.setattr(module_file, "PAIR_VALUES", 50)
        assert_allclose(expander.score_candidates(sets), scores, rtol=1e-9)
        assert_array_equal(expander.rank(sets, 5)[0], items)
        assert_allclose(expander.rank(sets, 5)[1], ranked, rtol=1e-9)
        assert expander.score(sets) == pytest.approx(score, rel=1e-12)


class Recorder(PopularityRanker):
    """Writes down how many sets it scores at once."""

    def _score_block(self, sets, ids, state):
        self.sizes.append(len(sets))
        return super()._score_block(sets, ids, state)


def test_blocks_are_bounded(monkeypatch):
    monkeypatch.setattr(ranking_base, "BLOCK_BYTES", 8 * 10 * 7 + 5)
    ranker = Recorder(vocabulary=ALL).fit(TRAIN)
    for n_candidates, sizes in ((10, [7] * 5 + [5]), (5, [14, 14, 12]), (30, [2] * 20)):
        ranker.sizes = []
        ranker.rank(TEST, 1, candidates=ALL[:n_candidates])
        assert ranker.sizes == sizes


def test_order_and_batch_mates_change_nothing(fitted):
    expander, sets = fitted
    whole = expander.score_candidates(sets)
    rng = np.random.default_rng(1)
    shuffled = SetArray.from_sets([rng.permutation(s) for s in sets], sets.context)
    assert_allclose(expander.score_candidates(shuffled), whole, rtol=1e-9)
    alone = [expander.score_candidates(sets[i : i + 1])[0] for i in range(len(sets))]
    assert_allclose(alone, whole, rtol=1e-9)
    order = rng.permutation(len(sets))
    assert_allclose(expander.score_candidates(sets[order]), whole[order], rtol=1e-9)


def test_queries_in_pieces_are_those_in_one(fitted):
    expander, sets = fitted
    large = SetArray(np.random.default_rng(2).permutation(30)[:25], [0, 25], [[1, 2]])
    pieces = copy.deepcopy(expander).set_params(max_elements_per_batch=4)
    for queries in (sets, large):
        expected = expander.score_candidates(queries)
        assert_allclose(pieces.score_candidates(queries), expected, rtol=1e-9)
        assert_allclose(pieces.transform(queries), expander.transform(queries), rtol=1e-9)


def test_the_embedding_is_the_pool_of_the_items(fitted):
    expander, sets = fitted
    z = np.zeros((1, 2))
    alone = expander.transform(SetArray(ALL, np.arange(31), np.tile(z, (30, 1))))
    assert alone.shape == (30, 12)
    for query, embedding in zip(sets, expander.transform(sets), strict=True):
        expected = [alone[query, :6].mean(axis=0), alone[query, 6:].max(axis=0)]
        # The last layer of phi runs before the maximum as it does before the mean.
        assert_allclose(embedding, np.concatenate(expected), rtol=1e-9, atol=1e-12)
    names = expander.get_feature_names_out()
    assert names.tolist() == [f"setexpander{i}" for i in range(12)]


# ---------------------------------------------------------------- the score


def reciprocal_ranks(scores, queries, hidden):
    """Return 1 / rank of each hidden item, the query left out and the other hidden ones left in."""
    found = []
    for row, query, items in zip(scores, queries, hidden, strict=True):
        row = row.copy()
        row[query] = -1e300
        found += (1 / rankdata(-row)[items]).tolist()
    return found


@pytest.mark.parametrize("container", [list, SetArray.from_sets])
def test_the_score_is_the_mean_reciprocal_rank(fitted, container):
    expander, sets = fitted
    queries = SetArray.from_sets([s[:2] for s in sets], sets.context)
    hidden = [s[2:] for s in sets]
    expected = reciprocal_ranks(expander.score_candidates(queries), queries, hidden)
    # The mean over items, not over sets: those differ in size.
    assert expander.score(queries, container(hidden)) == pytest.approx(np.mean(expected))
    one = [s[2] for s in sets]
    expected = reciprocal_ranks(expander.score_candidates(queries), queries, np.array(one)[:, None])
    assert expander.score(queries, one) == pytest.approx(np.mean(expected))
    some = [s if i % 2 else s[:0] for i, s in enumerate(hidden)]
    expected = reciprocal_ranks(expander.score_candidates(queries), queries, some)
    assert expander.score(queries, container(some)) == pytest.approx(np.mean(expected))


def test_the_score_literal():
    ranker = PopularityRanker().fit(WORDS)
    # For "tea": milk is first, and ale, gin and rum share the ranks 2, 3 and 4.
    assert ranker.score([["tea"]], [["milk"]]) == 1.0
    assert ranker.score([["tea"]], ["gin"]) == pytest.approx(1 / 3)
    assert ranker.score([["tea"]], [["gin", "milk"]]) == pytest.approx((1 + 1 / 3) / 2)
    found = ranker.score([["tea"], ["tea", "gin"]], [["milk"], ["milk", "rum"]])
    assert found == pytest.approx((1 + 1 + 1 / 2.5) / 3)


def test_without_y_a_half_is_hidden():
    """Only items of the set are popular, so that those hidden have the first ranks."""
    ranker = PopularityRanker(vocabulary=range(12)).fit([range(n) for n in range(1, 8)])
    for n_items in range(2, 8):
        expected = np.mean(1 / np.arange(1, n_items // 2 + 1))
        assert ranker.score([range(n_items)]) == pytest.approx(expected)
    # Of a set of one item nothing can be hidden.
    assert ranker.score([[9], [0, 1, 2, 3], [8]]) == pytest.approx((1 + 1 / 2) / 2)
    # With a context that can.
    z = np.ones((7, 1))
    ranker.fit(SetArray.from_sets([range(n) for n in range(1, 8)], z))
    found = ranker.score(SetArray.from_sets([[2], [], range(4)], z[:3]))
    assert found == pytest.approx((1 / 3 + 1 + 1 / 2) / 3)


def test_the_hidden_half_is_always_the_same():
    expander = make().fit(TRAIN)
    first = expander.score(TEST)
    np.random.seed(5)  # noqa: NPY002
    assert 0 < first < 1 and expander.score(TEST) == first


def test_each_item_may_be_hidden():
    sets = [range(5)] * 400
    # Of hidden pairs, the lower item has the rank 1 and the other 2, or an item between them.
    ranker = PopularityRanker().fit([range(n) for n in range(1, 6)])
    assert ranker.score(sets) == pytest.approx(0.75)
    hidden = ranking_base.hide_half(*[SetArray.from_sets([np.arange(5)] * 400)] * 2)[2]
    assert hidden.sizes.tolist() == [2] * 400
    assert_allclose(np.bincount(hidden.values) / 400, 2 / 5, atol=0.1)


def test_scores_of_tables_and_of_single_items_say_nothing():
    table = np.random.default_rng(0).normal(size=(6, 2))
    expander = SetExpander(max_epochs=1, random_state=0).fit(table, np.arange(6))
    assert np.isnan(expander.score(table)) and np.isnan(expander.score(table, np.arange(6)))
    assert np.isnan(make().fit(TRAIN).score([[1], [2]]))
