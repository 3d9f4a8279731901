"""Features of items, in any container and in the order of the vocabulary."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from sksets import SetExpander
from sksets.baselines import PopularityRanker
from sksets.datasets import make_concept_sets

pd, pl = pytest.importorskip("pandas"), pytest.importorskip("polars")
INTS = [[3, 1], [1, 7, 3], [], [1]]
WORDS = [["rum", "tea"], ["tea", "milk", "rum"], [], ["tea"]]
CONCEPTS = make_concept_sets(60, n_items=20, n_concepts=2, n_features=3, random_state=0)
ITEMS = np.arange(20)
TABLE = CONCEPTS.item_features
SHUFFLED = np.random.default_rng(0).permutation(20)


def expander_scores(item_features, vocabulary=ITEMS):
    expander = SetExpander(
        max_epochs=1, embedding_dim=4, vocabulary=vocabulary, random_state=0, dtype="float64"
    )
    return expander.fit(CONCEPTS.data, item_features=item_features).score_candidates([[0, 3]])


@pytest.mark.parametrize(
    "item_features",
    [
        TABLE.tolist(),
        pd.DataFrame(TABLE[SHUFFLED], index=SHUFFLED),
        pd.DataFrame(TABLE[SHUFFLED], index=SHUFFLED.astype(object), columns=list("abc")),
        pl.DataFrame(TABLE),
        {int(i): TABLE[i] for i in SHUFFLED},
        {i: TABLE[i].tolist() for i in SHUFFLED},
        sparse.csr_matrix(TABLE),
        sparse.coo_array(TABLE),
    ],
    ids=["list", "DataFrame", "objects", "polars", "dict", "dict of lists", "csr", "coo"],
)
def test_containers_of_features(item_features):
    expected = expander_scores(TABLE)
    assert np.abs(expected - expander_scores(None)).max() > 0.1
    assert_allclose(expander_scores(item_features), expected)


def test_features_follow_the_vocabulary():
    expected = expander_scores(TABLE)
    found = expander_scores(TABLE[SHUFFLED], SHUFFLED)
    assert_allclose(found, expected[:, SHUFFLED])
    words = np.array([f"item {i:02}" for i in ITEMS])
    X = CONCEPTS.data.map_values(words[CONCEPTS.data.values])
    expander = SetExpander(max_epochs=1, embedding_dim=4, random_state=0, dtype="float64")
    for named in (dict(zip(words, TABLE, strict=True)), pd.DataFrame(TABLE, index=words)):
        expander.fit(X, item_features=named)
        assert_allclose(expander.score_candidates([words[[0, 3]]]), expected)


@pytest.mark.parametrize("named", [dict, pd.DataFrame])
def test_features_need_not_name_all_items_and_may_name_others(named):
    def features(items):
        rows = {int(i): TABLE[i % 20] for i in items}
        return rows if named is dict else pd.DataFrame.from_dict(rows, orient="index")

    some, more = features([11, 4, 6, 2]), features([11, 4, 6, 2, 31, 44])
    expander = SetExpander(max_epochs=1, embedding_dim=4, random_state=0, dtype="float64")
    known = np.unique(CONCEPTS.data.values)
    expander.fit(CONCEPTS.data, item_features=some)
    assert_array_equal(expander.vocabulary_, known)
    expander.fit(CONCEPTS.data, item_features=more)
    assert_array_equal(expander.vocabulary_, [*known, 31, 44])
    assert np.isfinite(expander.score_candidates([[31], [44, 2]])).all()
    # What the vocabulary does not hold is not asked about.
    expander.set_params(vocabulary=known).fit(CONCEPTS.data, item_features=more)
    assert_array_equal(expander.vocabulary_, known)


def test_a_baseline_learns_the_items_that_features_name():
    ranker = PopularityRanker().fit(WORDS, item_features={"gin": [1.0], "tea": [2.0]})
    assert ranker.vocabulary_.tolist() == ["gin", "milk", "rum", "tea"]
    assert ranker.popularity_.tolist() == [0.0, 0.25, 0.5, 0.75]
    assert PopularityRanker().fit(INTS, item_features={2**40: [1.0]}).vocabulary_[-1] == 2**40
