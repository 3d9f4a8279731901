"""Items that fit did not see, in queries and beside a vocabulary, refused or left out."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.model_selection import cross_val_score

from sksets import BayesianSets, SetArray, SetExpander
from sksets.baselines import CooccurrenceRanker, NearestRanker, PopularityRanker

X = [["tea", "milk"], ["tea", "rum"], ["tea", "milk", "honey"], ["rum", "lime"]]
ITEMS = ["honey", "lime", "milk", "rum", "tea"]
VECTORS = dict(zip(ITEMS, np.random.default_rng(0).normal(size=(5, 3)), strict=True))
QUERIES = [["tea", "cola", "milk"], ["ale"], ["rum"]]
RANKERS = {
    "popularity": PopularityRanker(),
    "cooccurrence": CooccurrenceRanker(),
    "nearest": NearestRanker(),
    "binary": BayesianSets(),
    "real": BayesianSets(model="normal_inverse_wishart"),
    "expander": SetExpander(max_epochs=2, random_state=0),
}
every_ranker = pytest.mark.parametrize("name", RANKERS)


def fit(name, sets=X, **parameters):
    features = VECTORS if name in ("nearest", "real") else None
    return RANKERS[name].set_params(**parameters).fit(sets, item_features=features)


@every_ranker
def test_unknown_items_of_a_query(name):
    ranker = fit(name, unknown_items="error")
    known = ranker.score_candidates([["tea", "milk"], ["rum"]])
    message = "Set 0 of X holds the item cola, .* 5 items of fit. .* use unknown_items='ignore', or"
    for ask in (ranker.rank, ranker.predict, ranker.score_candidates):
        with pytest.raises(ValueError, match=message):
            ask(QUERIES)
    # It may be changed after fit.
    scores = ranker.set_params(unknown_items="ignore").score_candidates(QUERIES)
    assert_allclose(scores[[0, 2]], known, rtol=1e-6)
    assert np.isfinite(scores).all()
    assert_allclose(ranker.score_candidates([[], ["ale"]]), scores[[1, 1]], rtol=1e-6)
    items, ranked = ranker.rank(QUERIES, 5)
    assert set(items[0, 3:]) == {"tea", "milk"} and np.isneginf(ranked[0, 3:]).all()
    assert np.isfinite(ranked[1]).all() and set(items[1]) == set(ITEMS)
    assert set(ranker.predict(QUERIES)[1]) == set(ITEMS)


@every_ranker
def test_unknown_items_of_training_sets(name):
    few = ["tea", "milk", "rum"]
    known = [["tea", "milk"], ["tea", "rum"], ["tea", "milk"], ["rum"]]
    options = {"vocabulary": few, "unknown_items": "ignore"}
    ignoring = fit(name, **options).score_candidates(QUERIES)
    assert_array_equal(fit(name, known, **options).score_candidates(QUERIES), ignoring)
    with pytest.raises(ValueError, match="X holds none of the 1 items of vocabulary"):
        fit(name, vocabulary=["cola"], unknown_items="ignore")
    with pytest.raises(ValueError, match="Set 2 of X holds the item honey"):
        fit(name, vocabulary=few, unknown_items="error")
    RANKERS[name].set_params(vocabulary=None)


def test_unknown_items_of_y_are_left_out_too():
    y = [["lime"], [], ["rum"], ["tea"]]
    options = {"vocabulary": ["tea", "milk", "rum"], "unknown_items": "ignore", "random_state": 0}
    expander = SetExpander(max_epochs=3, **options)
    expected = expander.fit(
        [["tea", "milk"], ["tea", "rum"], ["tea", "milk"], ["rum"]], [[], [], ["rum"], ["tea"]]
    ).history_
    assert expander.fit(X, y).history_ == expected


def test_scores_of_unknown_items():
    ranker = PopularityRanker(unknown_items="ignore").fit(X)
    assert ranker.score([["tea", "cola"]], [["milk"]]) == ranker.score([["tea"]], [["milk"]])
    # What cannot be ranked would make the score of what can be look better than it is.
    with pytest.raises(ValueError, match="Set 0 of y holds the item cola, .* Leave it out, or"):
        ranker.score([["tea"]], [["cola"]])
    with pytest.raises(ValueError, match="candidates hold the item cola, .* Leave it out, or make"):
        ranker.rank([["tea"]], 1, candidates=["cola"])
    sets = [[i, i + 1, i + 2] for i in range(30)]
    scores = cross_val_score(CooccurrenceRanker(unknown_items="ignore"), sets, cv=3)
    assert np.isfinite(scores).all()


def test_what_sets_are_known_by_stays():
    sets = {"a": ["tea", "cola"], "b": ["ale"]}
    ranker = SetExpander(max_epochs=2, unknown_items="ignore", random_state=0).fit(X)
    embedding = ranker.set_output(transform="pandas").transform(SetArray.from_sets(sets))
    assert embedding.index.tolist() == ["a", "b"]


def test_the_parameter_is_checked():
    with pytest.raises(ValueError, match="'unknown_items' parameter of PopularityRanker must be"):
        PopularityRanker(unknown_items="drop").fit(X)


@pytest.mark.parametrize("lists", [[[1, 2], [2, 3], [1, 3]], [[1, 2], [3]]])
@every_ranker
def test_integers_that_are_objects_are_items(name, lists):
    """Of lists of one length numpy makes a table of objects, of others an array of lists."""
    if name in ("nearest", "real"):
        features = {i: [i, i % 2] for i in (1, 2, 3)}
    else:
        features = None
    ranker = RANKERS[name].set_params(vocabulary=None, unknown_items="error")
    expected = ranker.fit(lists, item_features=features).score_candidates([[1, 2]])
    ranker.fit(np.array(lists, dtype=object), item_features=features)
    assert ranker.vocabulary_.tolist() == [1, 2, 3]
    for query in (np.array([[1, 2]], dtype=object), [np.array([1, 2], dtype=object)]):
        assert_array_equal(ranker.score_candidates(query), expected)


def test_masked_items():
    masked = np.ma.masked_equal([1, 2, 3], 3)
    with pytest.raises(ValueError, match="vocabulary has masked values"):
        PopularityRanker(vocabulary=masked).fit([[1, 2], [3]])
    ranker = PopularityRanker().fit([[1, 2], [3]])
    with pytest.raises(ValueError, match="candidates has masked values"):
        ranker.rank([[1]], 1, candidates=masked)
    with pytest.raises(ValueError, match="y has masked values. Fill them in, or leave"):
        ranker.score([[1], [1], [1]], masked)


def test_features_whose_index_only_counts_rows_name_no_items():
    """Row 0 of a frame without an index of its own is not the item 0."""
    pd = pytest.importorskip("pandas")
    features = pd.DataFrame([[1.0, 0.0], [0.0, 1.0], [1.0, 1.0]])
    message = "default index, which names the items 0 to 2, but 3 is an item. Make the items its"
    with pytest.raises(ValueError, match=message):
        NearestRanker().fit([[1, 2], [3]], item_features=features)
    with pytest.raises(ValueError, match=message):
        NearestRanker(vocabulary=[3, 1, 2]).fit([[1, 2]], item_features=features)
    by_name = NearestRanker().fit([[1, 2], [3]], item_features=features.set_axis([1, 2, 3]))
    in_order = NearestRanker().fit([[1, 2], [3]], item_features=features.to_numpy())
    assert_array_equal(by_name.score_candidates([[1]]), in_order.score_candidates([[1]]))
    # Items that are 0, 1 and 2 are named by it.
    counted = NearestRanker().fit([[0, 1], [2]], item_features=features)
    assert_array_equal(counted.score_candidates([[0]]), in_order.score_candidates([[1]]))


@pytest.mark.parametrize(
    ("sets", "y", "message"),
    [
        ([[1, 2]], ["2"], "y holds strings, but the items of fit are integers"),
        ([["1", "2"]], [2], "y holds integers, but the items of fit are strings"),
    ],
)
def test_hidden_items_of_another_kind(sets, y, message):
    with pytest.raises(ValueError, match=message):
        PopularityRanker().fit(sets).score([sets[0][:1]], y)
