"""BayesianSets.score_samples: against integrals, marginals and the scores of item after item."""

import numpy as np
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
from scipy import sparse
from scipy.integrate import quad
from scipy.stats import beta
from sklearn.metrics import roc_auc_score

import sksets._ranking.bayesian_sets
from sksets import BayesianSets

SETS = [["a", "b"], ["f", "e", "c"], list("abcdef"), ["d"], []]
ROWS = [[0, 1], [5, 4, 2], [0, 1, 2, 3, 4, 5], [3], []]
MODELS = pytest.mark.parametrize("which", [0, 1], ids=["binary", "real"])


def set_scores(log_p, sets):
    """Return log p(X) less the sum of log p(x) for each set of rows."""
    return [log_p(X) - sum(log_p(x[None]) for x in X) for X in sets]


# ---------------------------------------------------------------- closed forms


def test_a_uniform_prior_by_hand():
    """Half of the items have the feature: p(1) = 1/2, p(1, 1) = 1/3, p(1, 0) = 1/6."""
    features = [[1.0], [0.0], [1.0], [0.0]]
    ranker = BayesianSets(prior_strength=2).fit([list("abcd")], item_features=features)
    sets = [["a", "c"], ["a", "b"], ["a", "c", "b", "d"]]
    expected = np.log([4 / 3, 2 / 3, 2**4 / 30])
    assert_allclose(ranker.score_samples(sets), expected, rtol=1e-13)


@pytest.mark.parametrize("strength", [0.3, 2, 20, 1e4])
@pytest.mark.parametrize("container", [np.array, sparse.csr_array])
def test_binary_scores_are_differences_of_log_marginals(strength, container):
    ranker = BayesianSets(prior_strength=strength).fit([NAMES], item_features=container(BINARY))
    mean = BINARY.mean(axis=0)
    expected = set_scores(
        lambda rows: log_p_binary(rows, mean, strength), [BINARY[rows] for rows in ROWS]
    )
    assert_allclose(ranker.score_samples(SETS), expected, rtol=1e-9, atol=2e-10)


def test_binary_scores_of_a_strong_prior_keep_their_digits():
    """Of two items: log(1 + 1/a) or log(1 + 1/b) where they are equal, less log(1 + 1/c)."""
    c = 1e9
    ranker = BayesianSets(prior_strength=c).fit([NAMES], item_features=BINARY)
    a, b = c * BINARY.mean(axis=0), c * (1 - BINARY.mean(axis=0))
    both = np.log1p(np.where(BINARY[0], 1 / a, 1 / b))
    expected = np.where(BINARY[0] == BINARY[2], both, 0).sum() - len(a) * np.log1p(1 / c)
    assert_allclose(ranker.score_samples([["a", "c"]]), expected, rtol=1e-5)
    assert 1e-10 < expected < 1e-8


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
    expected = set_scores(log_p, [BINARY[rows] for rows in ROWS[:2]])
    assert_allclose(ranker.score_samples(SETS[:2]), expected, rtol=1e-6)


@pytest.mark.parametrize("d", [1, 2, 4])
@pytest.mark.parametrize("freedom", [None, 0.3, 3.0])
def test_real_scores_are_differences_of_log_marginals(d, freedom):
    rng = np.random.default_rng(d)
    features = rng.normal(size=(30, d)) @ rng.normal(size=(d, d)) * 1e3 + 3
    freedom = None if freedom is None else d - 1 + freedom
    ranker = fit_real(features, prior_strength=0.7, degrees_of_freedom=freedom)
    sets = [[1, 2], [5, 4, 3], np.arange(30), [7, 8, 9], np.arange(7)]
    expected = set_scores(of_real_prior(ranker), [features[items] for items in sets])
    assert_allclose(ranker.score_samples(sets), expected, rtol=1e-8, atol=1e-9)


def test_real_scores_are_ratios_of_integrals():
    features = np.array([[-1.0], [0.5], [0.9], [2.0]])
    ranker = fit_real(features, prior_strength=0.5, degrees_of_freedom=4)
    expected = set_scores(integral_prior(ranker), [features[[0, 2, 3]], features[[1, 2]]])
    assert_allclose(ranker.score_samples([[0, 2, 3], [1, 2]]), expected, rtol=1e-5)


def test_nearly_collinear_features_and_more_features_than_items():
    rng = np.random.default_rng(0)
    features = rng.normal(size=(30, 3))
    collinear = np.column_stack([features, features.sum(axis=1) + 1e-9 * rng.normal(size=30)])
    wide = rng.normal(size=(6, 20))
    for rows, ranker in ((collinear, fit_real(collinear)), (wide, fit_real(wide))):
        sets = [[0, 1], [2, 3, 4, 5]]
        expected = set_scores(of_real_prior(ranker), [rows[items] for items in sets])
        assert_allclose(ranker.score_samples(sets), expected, rtol=1e-6, atol=1e-7)


# ---------------------------------------------------------------- identities of both models


@MODELS
@pytest.mark.parametrize("order", [[0, 3, 5, 1, 6], [6, 5, 1, 0, 3]])
def test_the_score_is_the_sum_of_those_of_items_given_those_before(which, order):
    ranker = list(fit_both())[which]
    steps = ranker.score_candidates([order[:k] for k in range(1, 5)])
    expected = steps[np.arange(4), order[1:]].sum()
    assert_allclose(ranker.score_samples([order]), [expected], rtol=1e-10)
    assert_allclose(ranker.score_samples([[0, 1, 3, 5, 6]]), [expected], rtol=1e-10)


@MODELS
def test_sets_of_fewer_than_two_items_have_the_score_zero(which):
    ranker = list(fit_both())[which]
    assert_array_equal(ranker.score_samples([[], [3], [0], []]), np.zeros(4))


@MODELS
def test_batch_mates_and_blocks_change_nothing(which, monkeypatch):
    ranker = list(fit_both())[which]
    sets = [[0, 4], [1, 2, 3], [], [7, 5], [0, 1, 2, 3, 4, 5, 6, 7], [6]]
    whole = ranker.score_samples(sets)
    alone = np.concatenate([ranker.score_samples([items]) for items in sets])
    assert_allclose(alone, whole, rtol=1e-12, atol=1e-14)
    monkeypatch.setattr(sksets._ranking.bayesian_sets, "BLOCK_BYTES", 8)
    assert_allclose(ranker.score_samples(sets), whole, rtol=1e-12, atol=1e-14)


@pytest.mark.parametrize("model", ["beta_bernoulli", NIW])
def test_items_without_features_and_unknown_ones_count_for_nothing(model):
    features = {"a": [1, 0, 0], "b": [1, 1, 0], "c": [0, 1, 1], "d": [0, 0, 1]}
    ranker = BayesianSets(model=model).fit([list("abcdx"), ["a", "y"]], item_features=features)
    two, more, one = ranker.score_samples([["a", "b"], ["x", "a", "y", "b"], ["a", "x"]])
    assert two == more != 0 and one == 0
    with pytest.raises(ValueError, match="Set 1 of X holds the item q, which is not among"):
        ranker.score_samples([["a"], ["a", "q"]])
    with pytest.raises(ValueError, match="Set 0 of X holds the item a twice"):
        ranker.score_samples([["a", "a"]])
    ranker.set_params(unknown_items="ignore")
    assert_array_equal(ranker.score_samples([["a", "q", "b"], ["q"]]), [two, 0])


def test_vectors_are_their_own_features():
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(size, 2)) for size in (3, 4, 5)]
    ranker = BayesianSets(model=NIW).fit(sets)
    new = [rng.normal(size=(3, 2)), sets[0]]
    expected = [*set_scores(of_real_prior(ranker), new), 0]
    assert_allclose(ranker.score_samples([*new, new[0][:0]]), expected, rtol=1e-8)
    # Of memberships, which a new vector has none of, it counts for nothing.
    both = np.vstack([sets[0], new[0]])
    known = BayesianSets().fit(sets)
    assert_array_equal(*np.split(known.score_samples([both, sets[0]]), 2))


def test_features_that_are_the_same_for_all_items_leave_nothing_to_score():
    for model in ("beta_bernoulli", NIW):
        ranker = BayesianSets(model=model).fit([list("abc")], item_features=np.ones((3, 2)))
        assert_array_equal(ranker.score_samples([["a", "b"], ["c"]]), [0, 0])


# ---------------------------------------------------------------- what it is for


def test_sets_of_one_concept_score_above_mixed_ones():
    rng = np.random.default_rng(0)
    concepts = np.arange(60).reshape(6, 10)
    X = [rng.choice(c, 6, replace=False) for c in concepts for _ in range(12)]
    features = np.repeat(np.eye(6) * 8, 10, axis=0) + rng.normal(size=(60, 6))
    real = [rng.choice(c, 4, replace=False) for c in concepts for _ in range(3)]
    odd = [np.append(items[:3], rng.choice(concepts[i // 3 - 1])) for i, items in enumerate(real)]
    for ranker in (
        BayesianSets(vocabulary=np.arange(60)).fit(X),
        BayesianSets(model=NIW, vocabulary=np.arange(60)).fit(X, item_features=features),
    ):
        scores = ranker.score_samples([*real, *odd])
        assert roc_auc_score(np.repeat([1, 0], 18), scores) > 0.99
