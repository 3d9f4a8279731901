"""Items by their distance from the mean of a query, by hand and in any container."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from ranker_cases import ITEMS, QUERIES, RANKERS, VECTORS, X
from scipy import sparse
from sklearn.base import clone

from sksets.baselines import NearestRanker


def test_nearest_by_hand():
    vectors = {"a": [1, 0], "b": [0, 2], "c": [3, 3], "d": [0, 0]}
    ranker = NearestRanker().fit([["a", "b", "c", "d"]], item_features=vectors)
    half = np.sqrt(0.5)
    assert_allclose(ranker.score_candidates([["a"]]), [[1, 0, half, 0]])
    mean = ranker.score_candidates([["a", "b"]])
    assert_allclose(mean, [[1 / np.sqrt(5), 2 / np.sqrt(5), 3 * half / np.sqrt(5), 0]])
    assert_array_equal(ranker.score_candidates([["d"]]), [[0, 0, 0, 0]])
    ranker.set_params(metric="euclidean").fit([["a", "b", "c", "d"]], item_features=vectors)
    near, far = np.hypot(0.5, 1), np.hypot(2.5, 2)
    assert_allclose(ranker.score_candidates([["a", "b"]]), [[-near, -near, -far, -near]])


def test_nearest_takes_vectors_in_any_container():
    vectors = VECTORS * (np.abs(VECTORS) > 0.5)
    for name in ("nearest", "nearest-euclidean"):
        ranker = clone(RANKERS[name])
        expected = ranker.fit(X, item_features=vectors).score_candidates(QUERIES)
        for given in (
            sparse.csr_matrix(vectors),
            sparse.csc_array(vectors),
            dict(zip(ITEMS, vectors, strict=True)),
            pd.DataFrame(vectors, index=ITEMS).iloc[::-1],
        ):
            found = ranker.fit(X, item_features=given).score_candidates(QUERIES)
            assert_allclose(found, expected, rtol=1e-7, atol=1e-12)


@pytest.mark.parametrize("name", ["nearest", "nearest-euclidean"])
def test_items_without_a_vector_come_last_and_count_for_nothing(name):
    known = clone(RANKERS[name]).fit([ITEMS], item_features=VECTORS)
    named = dict(zip(ITEMS, VECTORS, strict=True))
    ranker = clone(RANKERS[name]).fit([[*ITEMS, "zinc"], ["xenon"]], item_features=named)
    scores = ranker.score_candidates([["tea", "milk"], ["tea", "zinc", "milk"], ["zinc", "xenon"]])
    assert_allclose(scores[:2, :5], np.tile(known.score_candidates([["tea", "milk"]]), (2, 1)))
    assert_array_equal(scores[:2, 5:], -np.inf)
    assert_array_equal(scores[2], 0)


def test_nearest_vectors_to_vectors():
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(size, 2)) for size in (3, 1, 4)]
    ranker = NearestRanker(metric="euclidean").fit(sets)
    query = rng.normal(size=(2, 2))
    distances = np.linalg.norm(ranker.vocabulary_ - query.mean(axis=0), axis=1)
    assert_allclose(ranker.score_candidates([query, sets[1]])[0], -distances)
    items, scores = ranker.rank([query], 3)
    assert_array_equal(items[0], ranker.vocabulary_[np.argsort(distances)[:3]])
    assert_allclose(scores[0], -np.sort(distances)[:3])


def test_nearest_needs_vectors():
    with pytest.raises(ValueError, match=r"NearestRanker\(\) needs a vector of each item.*Pass"):
        NearestRanker().fit(X)
