"""What every ranker in closed form promises."""

import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from numpydoc.docscrape import NumpyDocString
from ranker_cases import ITEMS, NEED_VECTORS, QUERIES, RANKERS, VECTORS, X, every_ranker, fitted
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

import sksets._ranking.base
from sksets import SetArray
from sksets.baselines import CooccurrenceRanker, NearestRanker
from sksets.metrics import item_ranks, mean_reciprocal_rank
from sksets.preprocessing import ElementTransformer


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
    assert_array_equal(ranker.predict(QUERIES), np.where(np.isneginf(found), "", items))
    items, found = ranker.rank(QUERIES, 2, candidates=["rum", "honey", "tea"], exclude_query=False)
    few = scores[:, [3, 0, 4]]
    order = np.argsort(-few, axis=1, kind="stable")[:, :2]
    assert_array_equal(items, np.array(["rum", "honey", "tea"])[order])
    assert_allclose(found, np.take_along_axis(few, order, axis=1))
    ranks = item_ranks([[2, 0], [4], [3]], scores, exclude=ids)
    score = ranker.score(QUERIES, [["milk", "honey"], ["tea"], ["rum"]])
    assert score == pytest.approx(mean_reciprocal_rank(ranks))


@every_ranker
@pytest.mark.parametrize("candidates", [ITEMS[::-1], ["tea", "honey", "rum", "lime", "milk"]])
def test_candidates_may_be_all_items_in_any_order(name, candidates):
    ranker = fitted(name)
    scores = ranker.score_candidates(QUERIES)
    found = ranker.rank(QUERIES, 5, candidates, exclude_query=False)
    for i, (items, ranked) in enumerate(zip(*found, strict=True)):
        assert sorted(items) == ITEMS
        assert_allclose(ranked, [scores[i, ITEMS.index(item)] for item in items])


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
