"""Items by how often they are in a set together, by hand and by a loop."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from ranker_cases import QUERIES, fitted

from sksets.baselines import CooccurrenceRanker


def test_cooccurrence_by_hand():
    ranker = fitted("cooccurrence")
    table = [[0, 0, 1, 0, 1], [0, 0, 0, 1, 0], [1, 0, 0, 0, 2], [0, 1, 0, 0, 1], [1, 0, 2, 1, 0]]
    assert_array_equal(ranker.cooccurrence_.toarray(), table)
    assert ranker.cooccurrence_.format == "csr" and ranker.cooccurrence_.nnz == 10
    expected = [[1, 0, 2, 1, 0], [1, 1, 0, 0, 3], [1, 0, 3, 2, 1]]
    assert_array_equal(ranker.score_candidates(QUERIES), expected)
    log = fitted("cooccurrence-log").score_candidates(QUERIES)
    assert_allclose(log[1], np.log([2, 2, 1, 1, 6]))
    assert_allclose(log[2], np.log([2, 1, 6, 4, 2]))


@pytest.mark.parametrize("weighting", ["count", "log"])
def test_cooccurrence_is_a_sum_over_pairs(weighting):
    rng = np.random.default_rng(0)
    sets = [set(rng.choice(30, rng.integers(1, 8), replace=False).tolist()) for _ in range(50)]
    queries = [rng.choice(30, size, replace=False).tolist() for size in (1, 2, 5, 9)]
    ranker = CooccurrenceRanker(weighting=weighting, vocabulary=np.arange(31))
    ranker.fit([sorted(s) for s in sets])
    f = {"count": float, "log": np.log1p}[weighting]
    expected = [
        [sum(f(sum({i, j} <= s for s in sets)) for j in query if j != i) for i in range(31)]
        for query in queries
    ]
    assert_allclose(ranker.score_candidates(queries), expected)


def test_cooccurrence_counts_the_items_of_y_too():
    joined = CooccurrenceRanker().fit([["a"], ["a", "b"], []], [["b"], ["c"], ["a", "d"]])
    expected = CooccurrenceRanker().fit([["a", "b"], ["a", "b", "c"], ["a", "d"]])
    assert_array_equal(joined.vocabulary_, expected.vocabulary_)
    assert_array_equal(joined.cooccurrence_.toarray(), expected.cooccurrence_.toarray())
