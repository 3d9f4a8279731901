"""Items by the share of sets that hold them."""

import numpy as np
from numpy.testing import assert_allclose, assert_array_equal
from ranker_cases import ITEMS, QUERIES, fitted


def test_popularity_is_the_share_of_sets():
    ranker = fitted("popularity")
    assert_array_equal(ranker.vocabulary_, ITEMS)
    assert_allclose(ranker.popularity_, [0.2, 0.2, 0.4, 0.4, 0.6])
    assert_array_equal(ranker.score_candidates(QUERIES), np.tile(ranker.popularity_, (3, 1)))
    items, scores = ranker.rank(QUERIES[:2], 3)
    assert_array_equal(items, [["milk", "rum", "honey"], ["tea", "honey", "lime"]])
    assert_allclose(scores, [[0.4, 0.4, 0.2], [0.6, 0.2, 0.2]])
