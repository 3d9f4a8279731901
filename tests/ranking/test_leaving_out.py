"""SetExpander.score_samples: what the items of a set say of each other."""

import pickle

import numpy as np
import pandas as pd
import pytest
from expander_cases import (
    ALL,
    CONCEPTS,
    INTERACTIONS,
    TEST,
    TRAIN,
    fitted_with_context,
    make,
    strong,
)
from numpy.testing import assert_allclose, assert_array_equal
from scipy.special import logsumexp
from sklearn.metrics import roc_auc_score

import sksets._ranking.leaving_out
from sksets import SetArray, SetExpander


def log_score(scores, item, others):
    """Return the log softmax of an item over all but the others of its set."""
    scores = scores.astype(np.float64)
    scores[others] = -np.inf
    return scores[item] - logsumexp(scores)


def by_hand(expander, sets):
    """Return the scores of sets of the items 0 to 29, one query after the other."""
    means = []
    for i in range(len(sets)):
        one = sets[[i]]
        items, of_items = one.values, []
        for item in items:
            others = items[items != item]
            query = SetArray(others, [0, len(others)], one.context)
            of_items.append(log_score(expander.score_candidates(query)[0], item, others))
        means.append(np.mean(of_items))
    return means


# ---------------------------------------------------------------- the formula


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_each_item_is_scored_given_the_others_and_the_context(interaction):
    expander, sets = fitted_with_context(interaction)
    one = SetArray(np.array([7]), [0, 1], sets.context[:1])
    sets = SetArray.concatenate([sets[:6], one])
    assert_allclose(expander.score_samples(sets), by_hand(expander, sets), rtol=1e-9)


@pytest.mark.parametrize(
    ("interaction", "pooling"),
    [
        ("dot", "sum"),
        ("dot", "attention"),
        ("dot", ("std", "min")),
        ("sum", "max"),
        ("sum", "logsumexp"),
        ("concat", "log_std"),
    ],
)
@pytest.mark.parametrize("loss", ["softmax", "margin"])
def test_every_pooling_and_both_losses(interaction, pooling, loss):
    expander = make(interaction=interaction, pooling=pooling, loss=loss, dtype="float64")
    expander.fit(TRAIN)
    assert_allclose(expander.score_samples(TEST[:5]), by_hand(expander, TEST[:5]), rtol=1e-9)


def test_two_items_by_hand():
    expander = make(dtype="float64").fit(TRAIN)
    given_3, given_5 = expander.score_candidates([[3], [5]])
    expected = (log_score(given_3, 5, [3]) + log_score(given_5, 3, [5])) / 2
    assert_allclose(expander.score_samples([[3, 5]]), [expected])
    assert_allclose(expander.score_samples([[5, 3]]), [expected])


def test_a_set_of_all_items_leaves_no_choice():
    expander = make().fit(TRAIN)
    assert_array_equal(expander.score_samples([ALL]), [0])


def test_batch_mates_blocks_and_pieces_change_nothing(monkeypatch):
    expander = make(dtype="float64").fit(TRAIN)
    whole = expander.score_samples(TEST)
    alone = np.concatenate([expander.score_samples([items]) for items in TEST])
    assert_allclose(alone, whole, rtol=1e-12)
    monkeypatch.setattr(sksets._ranking.leaving_out, "BLOCK_BYTES", 8 * 100)
    assert_allclose(expander.score_samples(TEST), whole, rtol=1e-12)
    expander.set_params(max_elements_per_batch=2)
    assert_allclose(expander.score_samples(TEST), whole, rtol=1e-12)
    assert_array_equal(pickle.loads(pickle.dumps(expander)).score_samples(TEST), alone)


# ---------------------------------------------------------------- small sets, unknown items


def test_sets_with_nothing_to_score_by_are_nan():
    expander = make().fit(TRAIN)
    scores = expander.score_samples([[], [3], [3, 5], [5, 7, 9]])
    assert np.isnan(scores).tolist() == [True, True, False, False]
    assert np.isnan(expander.score_samples([[], [2]])).all()
    with_context, sets = fitted_with_context("dot")
    empty = SetArray(np.empty(0, dtype=np.int64), [0, 0], sets.context[:1])
    assert np.isnan(with_context.score_samples(empty)).all()


@pytest.mark.parametrize("featured", [False, True])
def test_items_of_which_nothing_is_known_are_left_out(featured):
    sets = [items[items >= 4] for items in TRAIN]
    rows = {i: CONCEPTS.item_features[i] for i in (1, *range(4, 20))} if featured else None
    expander = make().fit(sets, item_features=rows)
    known, more = expander.score_samples([[5, 6, 9], [0, 5, 6, 2, 9]])
    assert known == more
    one, by_features = expander.score_samples([[5, 0], [5, 1]])
    assert np.isnan(one) and np.isnan(by_features) != featured
    with pytest.raises(ValueError, match="Set 1 of X holds the item 77, which is not among"):
        expander.score_samples([[5, 6], [5, 77]])
    expander.set_params(unknown_items="ignore")
    assert_array_equal(expander.score_samples([[77, 5, 6, 9], [77, 5]]), [known, np.nan])
    with pytest.raises(ValueError, match="Set 0 of X holds the item 5 twice"):
        expander.score_samples([[5, 5]])


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_vectors_as_items(interaction):
    f = CONCEPTS.item_features
    expander = make(interaction=interaction, vocabulary=f, dtype="float64")
    expander.fit([f[items] for items in TRAIN])
    new = np.full((1, f.shape[1]), 0.3)
    queries = [f[[5]], f[[3]], np.vstack([f[[5]], new]), np.vstack([f[[3]], new])]
    given_5, given_3, given_5_new, given_3_new = expander.score_candidates(queries)
    two = (log_score(given_5, 3, [5]) + log_score(given_3, 5, [3])) / 2
    # A vector that is no item is asked about, and not scored itself.
    three = (log_score(given_5_new, 3, [5]) + log_score(given_3_new, 5, [3])) / 2
    found = expander.score_samples([f[[3, 5]], np.vstack([f[[3, 5]], new]), np.vstack([new, new])])
    assert_allclose(found, [two, three, np.nan], rtol=1e-9)


def test_containers_of_words_give_the_same():
    words = [[f"w{i:02}" for i in items] for items in TRAIN]
    expander = make(vocabulary=None).fit(words)
    expected = expander.score_samples(words[:9])
    assert expected.shape == (9,)
    keyed = pd.Series(words[:9], index=[f"b{i}" for i in range(9)])
    assert_array_equal(expander.score_samples(keyed), expected)
    assert_array_equal(expander.score_samples(SetArray.from_sets(words[:9])), expected)


# ---------------------------------------------------------------- what it is for


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_sets_of_one_concept_score_above_mixed_ones(interaction):
    expander = strong(interaction=interaction).fit(TRAIN)
    rng, concepts = np.random.default_rng(0), CONCEPTS.item_concepts
    real = [rng.choice(np.flatnonzero(concepts == i % 3), 5, replace=False) for i in range(30)]
    odd = [
        np.append(items[:3], rng.choice(np.flatnonzero(concepts == (i + 1) % 3), 2, replace=False))
        for i, items in enumerate(real)
    ]
    scores = expander.score_samples([*real, *odd])
    assert (scores <= 0).all()
    assert roc_auc_score(np.repeat([1, 0], 30), scores) > 0.9
    # Without training, items are worth the same whatever is beside them.
    start = SetExpander(vocabulary=ALL, max_epochs=1, learning_rate_init=1e-30, random_state=0)
    of_start = start.fit(TRAIN).score_samples([*real, *odd])
    assert_allclose(of_start, -np.log(30 - 4), atol=0.02)
