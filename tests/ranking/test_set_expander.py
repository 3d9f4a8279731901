"""What SetExpander promises, through its public interface; rankings are in test_ranking.py."""

import pickle

import joblib
import numpy as np
import pytest
import torch
from expander_cases import (
    ALL,
    CONCEPTS,
    INTERACTIONS,
    N_ITEMS,
    TEST,
    TRAIN,
    X,
    fitted_with_context,
    make,
    strong,
)
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import estimator_checks_generator

from sksets import SetArray, SetExpander
from sksets._ranking import expander_network
from sksets.baselines import PopularityRanker
from sksets.datasets import make_concept_sets
from sksets.nn import HiddenItems, sampled_softmax_ranking
from sksets.preprocessing import ElementTransformer, TokenEncoder


@pytest.fixture(scope="module", params=INTERACTIONS)
def fitted(request):
    return fitted_with_context(request.param)


def checks():
    for dtype in ("float64", "float32"):
        yield from estimator_checks_generator(
            SetExpander(dtype=dtype, max_epochs=2, random_state=0), mark="xfail"
        )


@pytest.mark.parametrize(
    ("estimator", "check"),
    list(checks()),
    ids=lambda part: getattr(getattr(part, "func", part), "__name__", repr(part)),
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


# ---------------------------------------------------------------- what is learned


@pytest.mark.parametrize("interaction", INTERACTIONS)
@pytest.mark.parametrize(
    "loss",
    [
        {"loss": "softmax"},
        {"loss": "softmax", "n_negatives": 10, "negative_sampling": "popularity"},
        {"loss": "margin", "n_negatives": 30},
        {"targets": "all"},
        {"loss": "margin", "n_negatives": 30, "targets": "all"},
    ],
    ids=["softmax", "sampled", "margin", "softmax-all", "margin-all"],
)
def test_the_items_of_a_concept_are_found(interaction, loss):
    popular = PopularityRanker(vocabulary=ALL).fit(TRAIN)
    expander = strong(interaction=interaction, **loss).fit(TRAIN)
    assert expander.score(TEST) > 1.5 * popular.score(TEST)
    found = CONCEPTS.item_concepts[expander.rank(TEST, 5)[0]]
    of_chance = CONCEPTS.item_concepts[popular.rank(TEST, 5)[0]]
    own = CONCEPTS.set_concepts[80:, None]
    assert np.mean(found == own) > 4 * np.mean(of_chance == own)
    losses = [row["train_loss"] for row in expander.history_]
    assert losses[-1] < losses[0]


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_items_of_y_are_learned_and_never_shown(interaction):
    """Each set has one label among its hidden items, that of its concept."""
    labels = 100 + CONCEPTS.set_concepts
    known = {"interaction": interaction, "vocabulary": [*ALL, 100, 101, 102]}
    expander = strong(**known).fit(TRAIN, labels[:80])
    found = expander.rank(TEST, 1, candidates=[102, 100, 101])[0][:, 0]
    assert np.mean(found == labels[80:]) > 0.9
    assert expander.score(TEST, labels[80:]) > 0.8
    # Nothing was learned of what it means to be shown a label: its vector is as it started.
    before = strong(**known, max_epochs=1, learning_rate_init=1e-30).fit(TRAIN, labels[:80])
    if interaction == "dot":
        queries = [[100], [101], [102]]
        assert_allclose(expander.transform(queries), before.transform(queries), atol=1e-6)
        assert np.abs(expander.transform([[0]]) - before.transform([[0]])).max() > 1e-3


def test_queries_of_training_are_no_larger_than_may_be():
    fits = [make(max_query_size=size).fit(X) for size in (None, 7, 3)]
    any_size, same, small = (fit.score_candidates(X) for fit in fits)
    assert X.sizes.max() == 8  # of which seven are shown at most
    np.testing.assert_array_equal(any_size, same)
    assert np.abs(any_size - small).max() > 1e-4


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_a_context_changes_the_ranking(interaction):
    z = np.eye(3)[CONCEPTS.set_concepts]
    expander = strong(interaction=interaction, phi_layer_sizes=())
    expander.fit(SetArray(TRAIN.values, TRAIN.offsets, z[:80]))
    nothing = SetArray(np.empty(0, dtype=np.int64), [0, 0, 0, 0], np.eye(3))
    found = CONCEPTS.item_concepts[expander.rank(nothing, 5)[0]]
    assert np.mean(found == np.arange(3)[:, None]) > 0.9
    one = SetArray([4, 4], [0, 1, 2], np.eye(3)[:2])
    first, second = expander.score_candidates(one)
    assert np.abs(first - second).max() > 0.5
    # Of a context, sets of one item and empty ones are queries too.
    assert 0 < expander.score(SetArray(np.array([3, 5]), [0, 1, 2, 2], np.eye(3))) <= 1


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_items_without_training_are_ranked_by_their_features(interaction):
    unseen = np.concatenate([np.flatnonzero(CONCEPTS.item_concepts == c)[:3] for c in range(3)])
    sets = [s[~np.isin(s, unseen)] for s in X]
    expander = strong(interaction=interaction, pooling="mean", max_epochs=10)
    expander.fit(sets, item_features=CONCEPTS.item_features)
    assert not np.isin(unseen, np.concatenate(sets)).any()
    found = expander.rank([s for s in sets if len(s)], 3, candidates=unseen)[0]
    own = CONCEPTS.set_concepts[[len(s) > 0 for s in sets], None]
    assert np.mean(CONCEPTS.item_concepts[found] == own) > 0.6
    # They can be asked about, too.
    asked = CONCEPTS.item_concepts[expander.rank(unseen[:, None, None], 5)[0]]
    assert np.mean(asked == CONCEPTS.item_concepts[unseen, None]) > 0.55


def test_the_scale_of_features_changes_nothing():
    """That of those items which have some; the others are as the mean."""
    rows = dict(enumerate(CONCEPTS.item_features[:20]))
    moved = {i: 100 + 1000 * row for i, row in rows.items()}
    for interaction in INTERACTIONS:
        expander = make(interaction=interaction, dtype="float64")
        expected = expander.fit(TRAIN, item_features=rows).score_candidates(TEST)
        found = expander.fit(TRAIN, item_features=moved).score_candidates(TEST)
        assert_allclose(found, expected, rtol=1e-6, atol=1e-9)


@pytest.mark.parametrize("as_vectors", [False, True])
def test_scores_start_as_products_of_features(as_vectors):
    """Of a mean item that is zero, and of the same spread however many features there are."""
    rows, spreads = CONCEPTS.item_features, []
    for n_features in (1, 3, 4):
        f = rows[:, :n_features]
        expander = make(max_epochs=1, learning_rate_init=1e-30, dtype="float64")
        if as_vectors:
            expander.set_params(vocabulary=f).fit([f, f[:4]])
            scores = expander.score_candidates(f[:, None])
        else:
            scores = expander.fit(TRAIN, item_features=f).score_candidates(ALL[:, None, None])
        f = (f - f.mean(axis=0)) / f.std(axis=0)
        products = f @ f.T
        ratio = np.sum(scores * products) / np.sum(products**2)
        assert_allclose(scores, ratio * products, atol=1e-6)
        spreads.append(np.sqrt(np.mean(scores**2)))
    assert_allclose(spreads, spreads[0], rtol=1e-5)


@pytest.mark.parametrize("interaction", INTERACTIONS)
@pytest.mark.parametrize("featured", [False, True])
def test_items_of_which_nothing_is_known_come_last(interaction, featured):
    sets = [s[s >= 4] for s in X]
    rows = {i: CONCEPTS.item_features[i] for i in (1, 3, *range(4, 20))} if featured else None
    expander = make(interaction=interaction).fit(sets, item_features=rows)
    scores = expander.score_candidates([[5, 6]])[0]
    unknown = [0, 2] if featured else [0, 1, 2, 3]
    assert np.flatnonzero(np.isneginf(scores)).tolist() == unknown
    items, ranked = expander.rank([[5, 6]], N_ITEMS)
    assert set(items[0, -len(unknown) - 2 :]) == {*unknown, 5, 6}
    assert_array_equal(np.isneginf(ranked[0]), np.arange(N_ITEMS) >= N_ITEMS - len(unknown) - 2)
    ranked = expander.rank([[5, 6]], 4, candidates=[9, 0, 5, 8])
    assert np.isneginf(ranked[1]).tolist() == [[False, False, True, True]]
    assert set(ranked[0][0, :2]) == {9, 8}
    # A hidden item that nobody can know of shares the last ranks with the others and the query.
    last = N_ITEMS - (len(unknown) + 2 - 1) / 2
    assert expander.score([[5, 6]], [[0]]) == pytest.approx(1 / last)


@pytest.mark.parametrize(
    "parameters",
    [{}, {"n_negatives": 5}, {"loss": "margin"}, {"interaction": "sum", "n_negatives": 5}],
)
def test_further_items_of_the_vocabulary_change_nothing(parameters):
    parameters = {"negative_sampling": "popularity", **parameters}
    wide = [-3, -2, *range(10), -1, *range(10, 30), 77]
    expected = make(**parameters).fit(TRAIN).score_candidates(TEST)
    found = make(**parameters, vocabulary=wide).fit(TRAIN).score_candidates(TEST)
    kept = np.isin(wide, ALL)
    assert_array_equal(found[:, kept], expected)
    assert np.isneginf(found[:, ~kept]).all()


# ---------------------------------------------------------------- scikit-learn's tools


@pytest.mark.parametrize("y", ["none", "lists", "one"])
def test_searches_and_cross_validation(y):
    sets = [s.tolist() for s in X]
    y = {"none": None, "lists": [s[:2] for s in sets], "one": np.array([s[0] for s in sets])}[y]
    if y is not None:
        sets = [s[2:] for s in sets]
    folds = KFold(3)
    scores = cross_val_score(make(), sets, y, cv=folds)
    predicted = cross_val_predict(make(), sets, y, cv=folds, method="predict")
    assert predicted.shape == (120, 10)
    for score, (train, test) in zip(scores, folds.split(sets), strict=True):
        here, there = ([sets[i] for i in part] for part in (train, test))
        of_train, of_test = (
            (None, None) if y is None else ([y[i] for i in part] for part in (train, test))
        )
        fold = make().fit(here, of_train)
        assert fold.score(there, of_test) == pytest.approx(score)
        assert_array_equal(predicted[test], fold.predict(there))
    grid = GridSearchCV(make(), {"interaction": ["dot", "sum"]}, cv=folds).fit(sets, y)
    assert np.isfinite(grid.cv_results_["mean_test_score"]).all()
    assert grid.predict(sets).shape == (120, 10)


def test_pipelines():
    words = [[f"w{i:02}" for i in s] for s in X]
    pipe = make_pipeline(TokenEncoder(), make(vocabulary=None)).fit(words)
    found = make(vocabulary=None).fit(TokenEncoder().fit_transform(words))
    assert_array_equal(pipe.predict(words), found.predict(TokenEncoder().fit_transform(words)))
    assert pipe.score(words) == found.score(TokenEncoder().fit_transform(words))
    embedded = make_pipeline(make(vocabulary=None), clone(make(vocabulary=None)))
    assert embedded.fit(words).predict(words).shape == (120, 10, 8)


def test_clone_and_pickle(fitted):
    expander, sets = fitted
    again = pickle.loads(pickle.dumps(expander))
    assert_array_equal(again.score_candidates(sets), expander.score_candidates(sets))
    assert_array_equal(again.rank(sets, 3, [4, 9, 2])[0], expander.rank(sets, 3, [4, 9, 2])[0])
    copied = clone(expander)
    assert not hasattr(copied, "net_") and repr(copied) == repr(expander)
    for name, value in copied.get_params().items():
        assert_array_equal(value, expander.get_params()[name])


def test_a_pickle_holds_no_training_sets():
    sets = make_concept_sets(5000, n_items=50, n_concepts=2, random_state=0).data
    few, many = (len(pickle.dumps(make(vocabulary=None).fit(s))) for s in (sets[:500], sets))
    assert abs(many - few) < 1000


# ---------------------------------------------------------------- randomness


def test_random_state_decides_on_everything():
    for parameters in ({}, {"loss": "margin"}, {"n_negatives": 5}):
        first = make(**parameters).fit(TRAIN).score_candidates(TEST)
        assert_array_equal(make(**parameters).fit(TRAIN).score_candidates(TEST), first)
        other = make(**parameters, random_state=1).fit(TRAIN).score_candidates(TEST)
        assert (other != first).any()


@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"rho_layer_sizes": (32,), "n_negatives": 600},
        {"loss": "margin", "n_negatives": 60},
        {"interaction": "sum", "n_negatives": 40, "rho_layer_sizes": (16,)},
        {"interaction": "concat", "loss": "margin", "n_negatives": 9, "rho_layer_sizes": (16,)},
    ],
    ids=["dot", "dot-sampled", "dot-margin", "sum", "concat-margin"],
)
def test_fits_agree_across_thread_counts(parameters):
    """Of tensors that are large enough for torch to share them among threads."""
    sets = make_concept_sets(64, n_items=600, min_size=20, max_size=30, random_state=0).data
    before, found = torch.get_num_threads(), []
    try:
        for n_threads in (1, 2):
            torch.set_num_threads(n_threads)
            expander = SetExpander(
                max_epochs=1, embedding_dim=64, dtype="float64", random_state=0, **parameters
            ).fit(sets)
            found.append(expander.score_candidates(sets[:4]))
    finally:
        torch.set_num_threads(before)
    assert_allclose(*found, rtol=1e-7, atol=1e-9)


def test_gradients_of_many_hidden_items_are_equal_to_the_bit():
    generator = torch.Generator().manual_seed(0)
    positive, negative = (torch.rand(*n, generator=generator) for n in ((80_000,), (400, 20)))
    hidden = HiddenItems(
        torch.zeros(80_000, dtype=torch.int64),
        torch.randint(400, (80_000,), generator=generator),
        torch.arange(20),
        torch.zeros(400, 20, dtype=torch.bool),
        torch.zeros(20),
    )
    before, found = torch.get_num_threads(), []
    try:
        for n_threads in (1, *[2] * 9):
            torch.set_num_threads(n_threads)
            x = negative.clone().requires_grad_()
            sampled_softmax_ranking(positive, x, hidden).sum().backward()
            found.append(x.grad)
    finally:
        torch.set_num_threads(before)
    assert all(torch.equal(found[0], gradient) for gradient in found[1:])


def test_fits_are_equal_to_the_bit_across_joblib_backends():
    jobs = [(make(interaction=interaction), TRAIN) for interaction in INTERACTIONS]
    expected = [expander.fit(sets).score_candidates(TEST) for expander, sets in jobs]
    for backend in ("loky", "threading"):
        with joblib.parallel_backend(backend, n_jobs=2):
            fits = joblib.Parallel()(joblib.delayed(clone(e).fit)(sets) for e, sets in jobs)
        for fit, scores in zip(fits, expected, strict=True):
            assert_array_equal(fit.score_candidates(TEST), scores)


@pytest.mark.parametrize("loss", ["softmax", "margin"])
def test_global_generators_are_untouched(loss):
    def draw(fit):
        np.random.seed(7)  # noqa: NPY002
        torch.manual_seed(7)
        if fit:
            make(loss=loss).fit(TRAIN).score(TEST)
        return np.random.random(), torch.rand(1).item()  # noqa: NPY002

    assert draw(True) == draw(False)


# ---------------------------------------------------------------- training


def test_warm_start_goes_on():
    expander = make(warm_start=True, learning_rate="constant").fit(TRAIN)
    first = expander.history_
    expander.fit(TRAIN)
    assert expander.n_iter_ == 4 and expander.history_[:2] == first
    # With the same draws, and a rate of nothing, the losses would repeat themselves.
    still = make(warm_start=True, learning_rate="constant", learning_rate_init=1e-30)
    losses = [row["train_loss"] for row in still.fit(TRAIN).fit(TRAIN).history_]
    assert len(set(losses)) == 4
    expander.set_params(warm_start=False).fit(TRAIN)
    assert expander.history_ == first


def test_early_stopping():
    expander = strong(early_stopping=True, n_iter_no_change=3, max_epochs=60, tol=1e-2)
    losses = [row["valid_loss"] for row in expander.fit(X).history_]
    assert len(losses) < 60 and min(losses) < 0.9 * losses[0]


def test_early_stopping_holds_out_no_empty_set():
    sets = [[]] * 60 + [[1, 2, 3], [2, 3, 4], [1, 3, 4], [2, 4]]
    for seed in range(5):
        expander = make(early_stopping=True, validation_fraction=0.1, random_state=seed)
        losses = [row["valid_loss"] for row in expander.fit(sets).history_]
        assert min(losses) > 0


@pytest.mark.parametrize("loss", ["softmax", "margin"])
def test_a_bound_of_elements_cuts_batches_of_training(loss):
    by_sets = make(loss=loss, batch_size=1).fit(TRAIN)
    by_elements = make(loss=loss, max_elements_per_batch=1).fit(TRAIN)
    assert by_elements.history_ == by_sets.history_


@pytest.mark.parametrize("parameter", [{"margin": 2.0}, {"n_negatives": 4}])
def test_parameters_of_the_margin_reach_the_loss(parameter):
    losses = [
        make(loss="margin", learning_rate_init=1e-30, **options).fit(TRAIN).history_[0]
        for options in ({}, parameter)
    ]
    assert losses[0] != losses[1]
    # Of scores near zero, the loss of an item is the margin, but for negatives of the set.
    assert losses[0]["train_loss"] == pytest.approx(0.1, abs=0.03)
    assert losses[1]["train_loss"] == pytest.approx(parameter.get("margin", 0.1), rel=0.3)


def test_the_numbers_of_negatives_by_default(monkeypatch):
    def losses(**options):
        return make(**options).fit(TRAIN).history_

    assert losses(loss="margin") == losses(loss="margin", n_negatives=100)
    whole, sampled = losses(), losses(n_negatives=7)
    monkeypatch.setattr(expander_network, "_SAMPLED", {"dot": 7, "sum": 9, "concat": 9})
    assert losses() == whole != sampled
    assert losses(interaction="concat") == losses(interaction="concat", n_negatives=9)
    n_trained = len(np.unique(TRAIN.values))
    monkeypatch.setattr(expander_network, "_WHOLE_SOFTMAX", n_trained)
    assert losses() == whole
    monkeypatch.setattr(expander_network, "_WHOLE_SOFTMAX", n_trained - 1)
    assert losses() == sampled


def test_the_softmax_starts_at_the_log_of_the_number_of_items():
    sets = SetArray(X.values, X.offsets)
    for options in ({}, {"n_negatives": 2000}, {"n_negatives": 2000, "interaction": "concat"}):
        expander = make(learning_rate_init=1e-30, max_epochs=1, **options).fit(sets)
        expected = np.log(N_ITEMS) if not options else np.log(N_ITEMS - X.sizes.mean() + 1)
        assert expander.history_[0]["train_loss"] == pytest.approx(expected, abs=0.05)


def test_popular_negatives_lower_the_scores_of_popular_items():
    rng = np.random.default_rng(0)
    sets = [np.append(rng.permutation(20)[:3], 20) for _ in range(200)]
    found = [
        strong(loss="margin", n_negatives=5, negative_sampling=sampling, vocabulary=None)
        .fit(sets[:60])
        .score_candidates([[0], [1]])
        for sampling in ("uniform", "popularity")
    ]
    # The item that is in every set is never a wrong one: it stays the first.
    assert all((scores.argmax(axis=1) == 20).all() for scores in found)
    assert np.abs(found[0] - found[1]).max() > 1e-3


def test_items_with_categories_are_encoded_first():
    rng = np.random.default_rng(0)
    # Of two colours, a set holds one alone, at any price.
    sets = [
        np.column_stack([np.full(4, colour, dtype=object), rng.permutation(12)[:4].astype(object)])
        for colour in rng.choice(["red", "blue"], size=60)
    ]
    with pytest.raises(ValueError, match=r"of strings, \[0\], but SetExpander takes numbers"):
        SetExpander().fit(sets)
    encode = make_column_transformer((OneHotEncoder(), [0]), remainder=StandardScaler())
    encoded = SetArray.from_sets(ElementTransformer(encode).fit_transform(sets))
    model = SetExpander(max_epochs=20, random_state=0).fit(encoded)
    items, _ = model.rank(encoded, n_items=3)
    # The first two columns are those of the colour.
    same = (items[:, :, :2] == encoded.values[encoded.offsets[:-1]][:, None, :2]).all(axis=2)
    assert same.mean() > 0.95
