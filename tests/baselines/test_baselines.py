"""The simple rivals, and what every ranker in closed form promises."""

import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpydoc.docscrape import NumpyDocString
from scipy import sparse
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

import sksets._ranking.base
from sksets import BayesianSets, SetArray
from sksets.baselines import CooccurrenceRanker, NearestRanker, PopularityRanker
from sksets.metrics import item_ranks, mean_reciprocal_rank
from sksets.preprocessing import ElementTransformer

RANKERS = {
    "popularity": PopularityRanker(),
    "cooccurrence": CooccurrenceRanker(),
    "cooccurrence-log": CooccurrenceRanker(weighting="log"),
    "nearest": NearestRanker(),
    "nearest-euclidean": NearestRanker(metric="euclidean"),
    "binary": BayesianSets(),
    "real": BayesianSets(model="normal_inverse_wishart"),
}
NEED_VECTORS = {"nearest", "nearest-euclidean", "real"}
X = [["tea", "milk"], ["tea", "rum"], ["tea", "milk", "honey"], ["rum", "lime"], []]
ITEMS = ["honey", "lime", "milk", "rum", "tea"]
VECTORS = np.random.default_rng(0).normal(size=(5, 3))
QUERIES = [["tea"], ["milk", "rum"], ["lime", "honey", "tea"]]

every_ranker = pytest.mark.parametrize("name", RANKERS)


def fitted(name, sets=X, **parameters):
    features = None
    if name in NEED_VECTORS:
        features = dict(zip(ITEMS, VECTORS, strict=True))
    return clone(RANKERS[name]).set_params(**parameters).fit(sets, item_features=features)


# ---------------------------------------------------------------- popularity


def test_popularity_is_the_share_of_sets():
    ranker = fitted("popularity")
    assert_array_equal(ranker.vocabulary_, ITEMS)
    assert_allclose(ranker.popularity_, [0.2, 0.2, 0.4, 0.4, 0.6])
    assert_array_equal(ranker.score_candidates(QUERIES), np.tile(ranker.popularity_, (3, 1)))
    items, scores = ranker.rank(QUERIES[:2], 3)
    assert_array_equal(items, [["milk", "rum", "honey"], ["tea", "honey", "lime"]])
    assert_allclose(scores, [[0.4, 0.4, 0.2], [0.6, 0.2, 0.2]])


# ---------------------------------------------------------------- co-occurrence


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


# ---------------------------------------------------------------- nearest


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


# ---------------------------------------------------------------- every ranker


def checks():
    for ranker in RANKERS.values():
        yield from estimator_checks_generator(ranker, mark="xfail")


def check_id(part):
    function = getattr(part, "func", part)
    return getattr(function, "__name__", repr(part))


@pytest.mark.parametrize(("estimator", "check"), list(checks()), ids=check_id)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


@every_ranker
def test_documented_attributes_are_the_learned_ones(name):
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(6, 2)), columns=["p", "q"])
    ranker = clone(RANKERS[name])
    documented = NumpyDocString(inspect.cleandoc(type(ranker).__doc__))["Attributes"]
    learned = {attribute for attribute in vars(ranker.fit(table)) if attribute.endswith("_")}
    assert learned == {entry.name for entry in documented}


@every_ranker
def test_rank_predict_and_score_agree_with_the_scores(name):
    ranker = fitted(name)
    scores = ranker.score_candidates(QUERIES)
    assert scores.shape == (3, 5) and np.isfinite(scores).all()
    ids = [[ITEMS.index(item) for item in query] for query in QUERIES]
    shown = scores.copy()
    for row, query in zip(shown, ids, strict=True):
        row[query] = -np.inf
    order = np.argsort(-shown, axis=1, kind="stable")
    items, found = ranker.rank(QUERIES, 5)
    assert_array_equal(items, np.array(ITEMS)[order])
    assert_allclose(found, np.take_along_axis(shown, order, axis=1))
    assert_array_equal(ranker.predict(QUERIES), items)
    items, found = ranker.rank(QUERIES, 2, candidates=["rum", "honey", "tea"], exclude_query=False)
    few = scores[:, [3, 0, 4]]
    order = np.argsort(-few, axis=1, kind="stable")[:, :2]
    assert_array_equal(items, np.array(["rum", "honey", "tea"])[order])
    assert_allclose(found, np.take_along_axis(few, order, axis=1))
    ranks = item_ranks([[2, 0], [4], [3]], scores, exclude=ids)
    score = ranker.score(QUERIES, [["milk", "honey"], ["tea"], ["rum"]])
    assert score == pytest.approx(mean_reciprocal_rank(ranks))


@every_ranker
def test_order_batch_mates_and_blocks_change_nothing(name, monkeypatch):
    ranker = fitted(name)
    scores = ranker.score_candidates(QUERIES)
    reverse = ranker.score_candidates([query[::-1] for query in QUERIES[::-1]])[::-1]
    assert_allclose(reverse, scores, rtol=1e-10, atol=1e-12)
    alone = np.concatenate([ranker.score_candidates([query]) for query in QUERIES])
    assert_allclose(alone, scores, rtol=1e-10, atol=1e-12)
    monkeypatch.setattr(sksets._ranking.base, "BLOCK_BYTES", 2 * 5 * 8)
    assert_allclose(ranker.score_candidates(QUERIES), scores, rtol=1e-10, atol=1e-12)


@every_ranker
def test_order_and_containers_of_the_training_sets_change_nothing(name):
    filled = X[:4]
    expected = fitted(name, filled).score_candidates(QUERIES)
    packed = SetArray.from_sets(filled)
    frame = pd.DataFrame({"basket": packed.set_ids, "item": packed.values})
    arrays = [np.array(s[::-1]) for s in filled[::-1]]
    for sets in (packed, arrays, SetArray.from_frame(frame, "basket", "item")):
        ranker = fitted(name, sets)
        assert_allclose(ranker.score_candidates(QUERIES), expected, rtol=1e-9, atol=1e-12)


@every_ranker
def test_items_may_be_integers_in_an_order_of_ones_own(name):
    expected = fitted(name).score_candidates(QUERIES)
    number = dict(zip(ITEMS, [30, -4, 12, 7, 0], strict=True))
    X_, Q_ = ([[number[item] for item in s] for s in sets] for sets in (X, QUERIES))
    vocabulary = [7, 30, 12, 0, -4]
    order = [3, 0, 2, 4, 1]
    features = VECTORS[order] if name in NEED_VECTORS else None
    ranker = clone(RANKERS[name]).set_params(vocabulary=vocabulary)
    ranker.fit(X_, item_features=features)
    assert_array_equal(ranker.vocabulary_, vocabulary)
    assert_allclose(ranker.score_candidates(Q_), expected[:, order], rtol=1e-9, atol=1e-12)


@every_ranker
def test_empty_queries_are_legal_with_a_context(name):
    sets = SetArray.from_sets(X, context=np.eye(5))
    ranker = fitted(name, sets)
    assert ranker.n_context_features_ == 5
    scores = ranker.score_candidates(SetArray.from_sets([[], ["tea"]], context=np.eye(5)[:2]))
    if name == "popularity":
        assert_array_equal(scores[0], scores[1])
    else:
        assert_array_equal(scores[0], 0)
        assert np.ptp(scores[1]) > 0


@every_ranker
def test_bad_input(name):
    ranker = fitted(name)
    with pytest.raises(ValueError, match="Set 1 of X holds the item gin, which is not among the 5"):
        ranker.rank([["tea"], ["rum", "gin"]], 1)
    with pytest.raises(ValueError, match="Set 0 of X holds the item tea twice"):
        ranker.score_candidates([["tea", "rum", "tea"]])
    with pytest.raises(ValueError, match="Set 1 of X is an empty query, and X has no context"):
        ranker.predict([["tea"], []])
    with pytest.raises(ValueError, match="candidates hold the item gin, which is not among"):
        ranker.rank([["tea"]], 1, candidates=["rum", "gin"])
    with pytest.raises(ValueError, match="n_items must be an integer from 1 to 5"):
        ranker.rank([["tea"]], 6)
    with pytest.raises(ValueError, match="Set 1 of X and y holds the item rum twice"):
        ranker.score([["tea"], ["rum"]], [["milk"], ["rum"]])
    before, state = ranker.score_candidates(QUERIES), set(vars(ranker))
    with pytest.raises(ValueError, match="Set 1 of X holds the item b twice"):
        ranker.fit([["a"], ["b", "b"]], item_features={"a": [0], "b": [1]})
    with pytest.raises(ValueError, match="item_features has 3 rows, but there are 2 items"):
        ranker.fit([["a", "b"]], item_features=np.eye(3))
    with pytest.raises(ValueError, match="y must hold the hidden items of each set of X.* 1 sets"):
        ranker.fit([["a"], ["b"]], [["c"]])
    assert_array_equal(ranker.score_candidates(QUERIES), before)
    assert set(vars(ranker)) == state
    with pytest.raises(NotFittedError):
        clone(ranker).rank([["tea"]])


@every_ranker
def test_pickle_and_clone(name):
    ranker = fitted(name)
    again = pickle.loads(pickle.dumps(ranker))
    assert_array_equal(again.score_candidates(QUERIES), ranker.score_candidates(QUERIES))
    assert repr(clone(ranker)) == repr(ranker)


@every_ranker
def test_cross_validation_with_hidden_items(name):
    rng = np.random.default_rng(0)
    sets = [rng.choice(12, 5, replace=False) for _ in range(30)]
    shown, hidden = [s[:3] for s in sets], [s[3:] for s in sets]
    features = rng.normal(size=(12, 4)) if name in NEED_VECTORS else None
    ranker = clone(RANKERS[name]).set_params(vocabulary=np.arange(12))
    params = {"item_features": features}
    scores = cross_val_score(ranker, shown, hidden, cv=3, params=params)
    by_hand = [
        clone(ranker)
        .fit(*((part[:a] + part[b:]) for part in (shown, hidden)), item_features=features)
        .score(shown[a:b], hidden[a:b])
        for a, b in ((0, 10), (10, 20), (20, 30))
    ]
    assert_allclose(scores, by_hand)


def test_searches_over_what_the_rivals_have():
    shown, hidden = [s[:1] for s in X[:4]] * 3, [s[1:] for s in X[:4]] * 3
    for ranker, name, values in (
        (CooccurrenceRanker(vocabulary=ITEMS), "weighting", ["count", "log"]),
        (NearestRanker(vocabulary=ITEMS), "metric", ["cosine", "euclidean"]),
    ):
        features = VECTORS if name == "metric" else None
        grid = GridSearchCV(ranker, {name: values}, cv=2)
        grid.fit(shown, hidden, item_features=features)
        assert np.isfinite(grid.cv_results_["mean_test_score"]).all()
        assert grid.predict([["tea"]]).shape == (1, 5)


def test_pipeline_of_vectors():
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(4, 2)) * [1, 1000] for _ in range(5)]
    pipe = make_pipeline(ElementTransformer(StandardScaler()), NearestRanker(metric="euclidean"))
    scaled = pipe.fit(sets)[0].transform(sets)
    assert_array_equal(pipe.predict(sets), clone(pipe[1]).fit(scaled).predict(scaled))
    assert not np.array_equal(pipe.predict(sets), clone(pipe[1]).fit(sets).predict(sets))
