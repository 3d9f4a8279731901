"""BayesianSets: the closed forms against integrals and brute force, and what it promises."""

import inspect
import pickle

import numpy as np
import pandas as pd
import pytest
from bayesian_cases import (
    BINARY,
    NAMES,
    NIW,
    fit_both,
    fit_real,
    integral_prior,
    log_p_binary,
    of_real_prior,
)
from numpy.testing import assert_allclose, assert_array_equal
from numpydoc.docscrape import NumpyDocString
from scipy import sparse
from scipy.integrate import quad
from scipy.stats import beta
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

import sksets._ranking.base
import sksets._ranking.bayesian_sets
from sksets import BayesianSets, SetArray
from sksets.preprocessing import ElementTransformer

QUERIES = [["a", "b"], ["d"], ["f", "e", "c"], list("abcdef")]
ROWS = [[0, 1], [3], [5, 4, 2], [0, 1, 2, 3, 4, 5]]


def ratios(log_p, queries, candidates):
    """Return log p(X and x) - log p(X) - log p(x) for all queries and candidates."""
    return np.array(
        [
            [log_p(np.vstack([X, x])) - log_p(X) - log_p(x[None]) for x in candidates]
            for X in queries
        ]
    )


# ---------------------------------------------------------------- closed forms, binary


def test_a_uniform_prior_by_hand():
    """Half of the items have the feature: theta is uniform, then Beta(2, 1)."""
    ranker = BayesianSets(prior_strength=2).fit([["a", "b"]], item_features=[[1.0], [0.0]])
    assert_allclose(ranker.score_candidates([["a"]]), [[np.log(4 / 3), np.log(2 / 3)]])
    assert_allclose(ranker.score_candidates([["a", "b"]]), [[0, 0]], atol=1e-14)


@pytest.mark.parametrize("strength", [0.3, 2, 20, 1e4])
def test_binary_scores_are_differences_of_log_marginals(strength):
    ranker = BayesianSets(prior_strength=strength).fit([NAMES], item_features=BINARY)
    expected = ratios(
        lambda rows: log_p_binary(rows, BINARY.mean(axis=0), strength),
        [BINARY[rows] for rows in ROWS],
        BINARY,
    )
    # The differences of logarithms lose digits, the scores do not.
    assert_allclose(ranker.score_candidates(QUERIES), expected, rtol=1e-9, atol=2e-10)
    assert_allclose(ranker.prior_mean_, BINARY.mean(axis=0))
    assert ranker.prior_strength_ == strength


def test_binary_scores_are_ratios_of_integrals():
    c, m = 3, BINARY.mean(axis=0)

    def log_p(rows):
        def likelihood(theta, j):
            return np.prod(np.where(rows[:, j], theta, 1 - theta))

        integrals = [
            quad(lambda t, j=j: likelihood(t, j) * beta.pdf(t, c * m[j], c * (1 - m[j])), 0, 1)[0]
            for j in range(len(m))
        ]
        return np.log(integrals).sum()

    ranker = BayesianSets(prior_strength=c).fit([NAMES], item_features=BINARY)
    expected = ratios(log_p, [BINARY[[0, 1]]], BINARY[[2, 5]])
    assert_allclose(ranker.score_candidates([["a", "b"]])[:, [2, 5]], expected, rtol=1e-6)


def test_features_in_any_container_give_the_same():
    named = dict(zip(NAMES, BINARY.tolist(), strict=True))
    with_zeros = sparse.csr_array(np.ones(BINARY.shape))
    with_zeros.data[:] = BINARY.ravel()
    shuffled = pd.DataFrame(BINARY, index=NAMES).iloc[[3, 1, 5, 0, 2, 4]]
    expected = BayesianSets().fit([NAMES], item_features=BINARY).score_candidates(QUERIES)
    for features in (
        BINARY.astype(bool),
        BINARY.astype(np.float32),
        BINARY.tolist(),
        sparse.csr_array(BINARY),
        sparse.csc_matrix(BINARY),
        with_zeros,
        named,
        shuffled,
    ):
        ranker = BayesianSets().fit([NAMES], item_features=features)
        assert_allclose(ranker.score_candidates(QUERIES), expected, rtol=1e-12)


def test_default_features_are_the_training_sets_that_hold_an_item():
    X = [["a", "b"], ["b", "c"], ["d"], ["a", "d", "e"]]
    held = np.array([[item in held for held in X] for item in "abcde"])
    expected = BayesianSets().fit(X, item_features=held).score_candidates([["a", "c"]])
    assert_allclose(BayesianSets().fit(X).score_candidates([["a", "c"]]), expected, rtol=1e-12)
    joined = BayesianSets().fit([["a"], ["b"], [], ["a"]], [["b"], ["c"], ["d"], ["d", "e"]])
    assert_allclose(joined.score_candidates([["a", "c"]]), expected, rtol=1e-12)


# ---------------------------------------------------------------- closed forms, real


@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("freedom", [None, 0.3, 3.0])
def test_real_scores_are_differences_of_log_marginals(d, freedom):
    rng = np.random.default_rng(d)
    features = rng.normal(size=(30, d)) @ rng.normal(size=(d, d)) + 3
    freedom = None if freedom is None else d - 1 + freedom
    ranker = fit_real(features, prior_strength=0.7, degrees_of_freedom=freedom)
    queries = [[0], [1, 2], [5, 4, 3], np.arange(30), np.arange(7)]
    expected = ratios(of_real_prior(ranker), [features[q] for q in queries], features)
    assert_allclose(ranker.score_candidates(queries), expected, rtol=1e-8, atol=1e-9)


def test_real_scores_are_ratios_of_integrals():
    features = np.array([[-1.0], [0.5], [0.9], [2.0]])
    ranker = fit_real(features, prior_strength=0.5, degrees_of_freedom=4)
    expected = ratios(integral_prior(ranker), [features[[0, 2]]], features[[1, 3]])
    assert_allclose(ranker.score_candidates([[0, 2]])[:, [1, 3]], expected, rtol=1e-6)


def test_the_prior_predictive_has_the_covariance_of_the_items():
    features = np.random.default_rng(0).normal(size=(50, 3)) * [1, 10, 100] + [1, 2, 3]
    ranker = fit_real(features, prior_strength=2, degrees_of_freedom=7)
    assert_allclose(ranker.prior_mean_, features.mean(axis=0))
    scale = ranker.prior_scale_ * (2 + 1) / (2 * (7 - 3 + 1))
    expected = np.cov(features.T, bias=True)
    assert_allclose(scale, expected + 1e-6 * np.diag(np.diag(expected)))
    assert fit_real(features).degrees_of_freedom_ == 30
    assert fit_real(features).prior_strength_ == 3


def test_units_of_real_features_change_nothing():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(40, 4)) @ rng.normal(size=(4, 4))
    queries = [[0], [3, 7], np.arange(20)]
    expected = fit_real(features).score_candidates(queries)
    other = features * [1e-6, 1, 1e3, 1e6] + [0, 1, -1e4, 1e6]
    assert_allclose(fit_real(other).score_candidates(queries), expected, rtol=1e-6, atol=1e-8)


def test_nearly_collinear_features_and_more_features_than_items():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 3))
    collinear = np.column_stack([features, features.sum(axis=1) + 1e-9 * rng.normal(size=30)])
    ranker = fit_real(collinear, degrees_of_freedom=30)
    queries = [[0], [1, 2, 3], np.arange(25)]
    expected = ratios(of_real_prior(ranker), [collinear[q] for q in queries], collinear)
    assert_allclose(ranker.score_candidates(queries), expected, rtol=1e-6, atol=1e-7)
    wide = rng.normal(size=(6, 20))
    ranker = fit_real(wide)
    expected = ratios(of_real_prior(ranker), [wide[[0, 1]]], wide)
    assert_allclose(ranker.score_candidates([[0, 1]]), expected, rtol=1e-6, atol=1e-7)


# ---------------------------------------------------------------- identities of both models


@pytest.mark.parametrize("which", [0, 1], ids=["binary", "real"])
def test_identities(which):
    ranker = list(fit_both())[which]
    one = ranker.score_candidates([[i] for i in range(8)])
    assert_allclose(one, one.T, atol=1e-12)
    # log p(a, b, c) does not depend on which of them comes first.
    two = ranker.score_candidates([[0, 1], [0, 2]])
    assert_allclose(one[0, 1] + two[0, 2], one[0, 2] + two[1, 1], rtol=1e-10)
    orders = ranker.score_candidates([[0, 3, 5, 1], [5, 1, 0, 3], [1, 3, 5, 0]])
    assert_allclose(orders, orders[[1, 2, 0]], rtol=1e-10, atol=1e-12)


@pytest.mark.parametrize("which", [0, 1], ids=["binary", "real"])
def test_batch_mates_blocks_and_candidates_change_nothing(which, monkeypatch):
    ranker = list(fit_both())[which]
    queries = [[0], [1, 2, 3], [7, 5], [0, 1, 2, 3, 4, 5, 6, 7], [6]]
    whole = ranker.score_candidates(queries)
    alone = np.concatenate([ranker.score_candidates([query]) for query in queries])
    assert_allclose(alone, whole, rtol=1e-11, atol=1e-12)
    for module in (sksets._ranking.base, sksets._ranking.bayesian_sets):
        monkeypatch.setattr(module, "BLOCK_BYTES", 2 * 8 * 8)
    assert_allclose(ranker.score_candidates(queries), whole, rtol=1e-11, atol=1e-12)
    items, scores = ranker.rank(queries, 3, candidates=[6, 2, 4], exclude_query=False)
    for row, found, values in zip(whole, items, scores, strict=True):
        assert_array_equal(found, sorted([6, 2, 4], key=lambda i: -row[i]))
        assert_allclose(values, row[found], rtol=1e-11, atol=1e-12)


@pytest.mark.parametrize("which", [0, 1], ids=["binary", "real"])
def test_features_that_are_the_same_for_all_items_carry_nothing(which):
    rng = np.random.default_rng(0)
    features = (rng.uniform(size=(8, 5)) < 0.4) * 1.0 if which == 0 else rng.normal(size=(8, 3))
    model = ["beta_bernoulli", NIW][which]
    ranker = BayesianSets(model=model, vocabulary=np.arange(8))
    expected = ranker.fit([[0]], item_features=features).score_candidates([[0], [1, 2]])
    constant = np.column_stack([np.ones(8), features, np.zeros(8)])
    ranker.fit([[0]], item_features=constant)
    assert_allclose(ranker.score_candidates([[0], [1, 2]]), expected, rtol=1e-12)
    assert_array_equal(ranker.prior_mean_[[0, -1]], [1, 0])
    if which:
        assert_array_equal(ranker.prior_scale_[:, [0, -1]], 0)
    ranker.fit([[0]], item_features=np.ones((8, 2)))
    assert_array_equal(ranker.score_candidates([[0], [1, 2]]), np.zeros((2, 8)))


def test_clear_concepts_are_found():
    rng = np.random.default_rng(0)
    concepts = np.arange(60).reshape(6, 10)
    X = [rng.choice(c, 6, replace=False) for c in concepts for _ in range(12)]
    features = np.repeat(np.eye(6) * 8, 10, axis=0) + rng.normal(size=(60, 6))
    queries = [c[:3] for c in concepts]
    for ranker in (
        BayesianSets(prior_strength=2, vocabulary=np.arange(60)).fit(X),
        BayesianSets(vocabulary=np.arange(60)).fit(X),
        BayesianSets(model=NIW, vocabulary=np.arange(60)).fit(X, item_features=features),
    ):
        found = ranker.rank(queries, 7)[0]
        assert_array_equal(np.sort(found, axis=1), concepts[:, 3:])
        assert ranker.score(queries, concepts[:, 3:]) == pytest.approx(
            np.mean(1 / np.arange(1, 8)), abs=0.005
        )


# ---------------------------------------------------------------- items without features, vectors


@pytest.mark.parametrize("model", ["beta_bernoulli", NIW])
def test_items_without_features_come_last_and_count_for_nothing(model):
    features = {"a": [1, 0, 0], "b": [1, 1, 0], "c": [0, 1, 1], "d": [0, 0, 1]}
    known = BayesianSets(model=model).fit([list("abcd")], item_features=features)
    ranker = BayesianSets(model=model).fit([list("abcdx"), ["a", "y"]], item_features=features)
    assert_array_equal(ranker.vocabulary_, list("abcdxy"))
    assert_allclose(ranker.prior_mean_, [0.5, 0.5, 0.5])
    scores = ranker.score_candidates([["a", "b"], ["a", "x", "b"], ["x", "y"]])
    assert_allclose(scores[:2, :4], np.tile(known.score_candidates([["a", "b"]]), (2, 1)))
    assert_array_equal(scores[:2, 4:], -np.inf)
    assert_array_equal(scores[2], 0)
    assert set(ranker.rank([["a", "b"]], 4)[0][0, :2]) == {"c", "d"}


def test_vectors_are_their_own_features():
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(size, 2)) for size in (3, 4, 5)]
    ranker = BayesianSets(model=NIW).fit(sets)
    items = ranker.vocabulary_
    assert items.shape == (12, 2)
    new = rng.normal(size=(2, 2))
    queries = [sets[0], new, np.vstack([new, sets[1][:1]])]
    expected = ratios(of_real_prior(ranker), queries, items)
    assert_allclose(ranker.score_candidates(queries), expected, rtol=1e-8, atol=1e-9)
    with pytest.raises(ValueError, match="item_features must be None where the items are vectors"):
        ranker.fit(sets, item_features=items)


def test_unknown_vectors_count_for_nothing_in_memberships():
    sets = [np.array([[0.0, 1], [1, 0]]), np.array([[1.0, 0], [2, 2]])]
    ranker = BayesianSets().fit(sets)
    known, both, unknown = ranker.score_candidates(
        [sets[0][:1], np.vstack([sets[0][:1], [[9, 9]]]), np.array([[9.0, 9]])]
    )
    assert_array_equal(known, both)
    assert known[0] == known.max() > 0
    assert_array_equal(unknown, 0)


def test_empty_queries_with_a_context_have_equal_scores():
    X = SetArray.from_sets([["a", "b"], ["c"]], context=np.eye(2))
    ranker = BayesianSets().fit(X)
    assert_array_equal(
        ranker.score_candidates(SetArray.from_sets([[], []], context=np.eye(2))), np.zeros((2, 3))
    )


# ---------------------------------------------------------------- errors, searches, state


@pytest.mark.parametrize(
    ("features", "found"),
    [
        (np.array([[1, 0], [0.5, 1]]), "b has 0.5 in column 0"),
        (sparse.csr_array([[1.0, 0], [0, -1]]), "b has -1 in column 1"),
        ({"b": [1, 0], "a": [0, 2]}, "a has 2 in column 1"),
    ],
    ids=["dense", "sparse", "dict"],
)
def test_features_that_are_not_binary(features, found):
    with pytest.raises(
        ValueError, match=f"zeros and ones for model='beta_bernoulli'.*item {found}"
    ):
        BayesianSets().fit([["a", "b"]], item_features=features)


def test_real_model_needs_features_and_freedom():
    with pytest.raises(ValueError, match="needs a vector of each item.*Pass item_features"):
        BayesianSets(model=NIW).fit([["a", "b"]])
    features = np.random.default_rng(0).normal(size=(9, 3))
    with pytest.raises(ValueError, match="must be more than 2, the number of features that vary"):
        fit_real(features, degrees_of_freedom=2)
    fit_real(features, degrees_of_freedom=2.01)
    fit_real(np.column_stack([features[:, :2], np.ones(9)]), degrees_of_freedom=1.5)


def test_a_failed_fit_leaves_the_estimator_as_it_was():
    ranker = BayesianSets().fit([["a", "b"], ["b", "c"]])
    before, state = ranker.score_candidates([["a"]]), set(vars(ranker))
    with pytest.raises(ValueError, match="zeros and ones"):
        ranker.fit([["a", "b", "z"]], item_features=np.full((3, 1), 0.5))
    ranker.set_params(model=NIW)
    with pytest.raises(ValueError, match="needs a vector"):
        ranker.fit([["a", "z"]])
    assert_array_equal(ranker.score_candidates([["a"]]), before)
    assert set(vars(ranker)) == state


def test_a_fit_with_the_other_model_leaves_nothing_behind():
    features = np.random.default_rng(0).normal(size=(3, 2))
    X = [["a", "b"], ["b", "c"]]
    both = BayesianSets(model=NIW).fit(X, item_features=features)
    both.set_params(model="beta_bernoulli").fit(X)
    assert both.prior_scale_ is None and both.degrees_of_freedom_ is None
    expected = BayesianSets().fit(X).score_candidates([["a"]])
    assert_array_equal(both.score_candidates([["a"]]), expected)


def test_grid_search_over_the_strength_of_the_prior():
    rng = np.random.default_rng(0)
    concepts = rng.permutation(40).reshape(4, 10)
    X = [rng.choice(concepts[i % 4], 6, replace=False) for i in range(60)]
    shown, hidden = [x[:3] for x in X], [x[3:] for x in X]
    ranker = BayesianSets(vocabulary=np.arange(40))
    grid = GridSearchCV(ranker, {"prior_strength": [0.01, 100]}, cv=3).fit(shown, hidden)
    by_hand = [
        cross_val_score(clone(ranker).set_params(prior_strength=c), shown, hidden, cv=3).mean()
        for c in (0.01, 100)
    ]
    assert_allclose(grid.cv_results_["mean_test_score"], by_hand)
    assert by_hand[0] > by_hand[1] + 0.005
    assert grid.best_params_ == {"prior_strength": 0.01}


def test_pipeline_of_vectors():
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(4, 2)) * [1, 1000] for _ in range(5)]
    pipe = make_pipeline(ElementTransformer(StandardScaler()), BayesianSets(model=NIW)).fit(sets)
    scaled = pipe[0].transform(sets)
    assert_array_equal(pipe.predict(sets), clone(pipe[1]).fit(scaled).predict(scaled))
    assert 0 < pipe.score(sets) < 1


@pytest.mark.parametrize("which", [0, 1], ids=["binary", "real"])
def test_pickle(which):
    ranker = list(fit_both())[which]
    again = pickle.loads(pickle.dumps(ranker))
    assert_array_equal(again.score_candidates([[0, 1]]), ranker.score_candidates([[0, 1]]))


def test_documented_attributes_are_the_learned_ones():
    table = pd.DataFrame(np.random.default_rng(0).normal(size=(6, 2)), columns=["p", "q"])
    documented = NumpyDocString(inspect.cleandoc(BayesianSets.__doc__))["Attributes"]
    for model in ("beta_bernoulli", NIW):
        learned = vars(BayesianSets(model=model).fit(table))
        assert {name for name in learned if name.endswith("_")} == {e.name for e in documented}
