"""Contributions of elements against brute force, and what theory says of their sums."""

import copy
import pickle

import numpy as np
import pytest
from contribution_cases import FAST, SIZES, assert_same, by_removal, make_sets, remove
from numpy.testing import assert_allclose
from scipy.special import logit
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from torch import nn

from sksets import (
    BayesianSets,
    DeepSetsClassifier,
    DeepSetsElementClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SetArray,
    SetExpander,
    SetOutlierDetector,
)
from sksets.inspection import element_contributions
from sksets.nn import EdgeConv, EquivariantLinear, MeanPooling
from sksets.preprocessing import SetNormalizer

POOLINGS = [
    "sum",
    "mean",
    "std",
    "log_std",
    "max",
    "min",
    "logsumexp",
    "attention",
    ("mean", "max", "std"),
]
Y = np.array([3.0, 0, -1, 7, 2, 2, 0.5, 4])
CLASSES = np.array(["a", "b", "c", "a", "b", "c", "a", "b"])
WORDS = [["a", "b", "c"], ["b"], [], ["c", "a"], ["d", "d", "a"], ["b", "c"], ["a"], ["c"]]


# ---------------------------------------------------------------- leave one out


@pytest.mark.parametrize("equivariant", [(), (4,)], ids=["apart", "meeting"])
@pytest.mark.parametrize("pooling", POOLINGS, ids=str)
def test_leave_one_out_is_the_removal(pooling, equivariant):
    for extra, X in (
        ({}, make_sets()),
        ({"size_feature": True}, make_sets(context=True, weight=True)),
    ):
        reg = DeepSetsRegressor(
            pooling=pooling, equivariant_layer_sizes=equivariant, **extra, **FAST
        ).fit(X, Y)
        expected = by_removal(reg.predict, X)
        assert_same(element_contributions(reg, X), expected)
        # In pieces: of sets that are larger, phi runs on a few elements at once.
        reg.max_elements_per_batch = 2
        assert_same(element_contributions(reg, X), expected)


@pytest.mark.parametrize("form", ["gamma", "attention"])
def test_other_layers_in_which_elements_meet(form):
    X = make_sets()
    reg = DeepSetsRegressor(equivariant_layer_sizes=(4,), equivariant_form=form, **FAST).fit(X, Y)
    assert_same(element_contributions(reg, X), by_removal(reg.predict, X))


def test_sets_that_are_normalised_together():
    X = make_sets()
    reg = DeepSetsRegressor(normalize="set", **FAST).fit(X, Y)
    assert_same(element_contributions(reg, X), by_removal(reg.predict, X))


def test_modules_of_the_user():
    X = make_sets(context=True, weight=True)
    rows = nn.Sequential(nn.Linear(3, 5), nn.ReLU())
    meeting = nn.Sequential(EquivariantLinear(3, 5), nn.ReLU(), EdgeConv(5, 4, n_neighbors=2))
    for options in (
        {"phi": rows, "pooling": ("max", MeanPooling(5))},
        {"phi": meeting, "rho": nn.Sequential(nn.Linear(6, 4), nn.Tanh(), nn.Linear(4, 1))},
    ):
        reg = DeepSetsRegressor(**{**FAST, **options}).fit(X, Y)
        assert_same(element_contributions(reg, X), by_removal(reg.predict, X))
        values = element_contributions(reg, X, method="integrated_gradients")
        assert [len(part) for part in values] == list(SIZES)


@pytest.mark.parametrize("context_in", ["phi", "both"])
@pytest.mark.parametrize("equivariant", [(), (4,)])
def test_phi_that_reads_the_context(context_in, equivariant):
    X = make_sets(context=True)
    options = {"context_in": context_in, "equivariant_layer_sizes": equivariant}
    reg = DeepSetsRegressor(**options, **FAST).fit(X, Y)
    expected = by_removal(reg.predict, X)
    assert_same(element_contributions(reg, X), expected)
    reg.max_elements_per_batch = 2
    assert_same(element_contributions(reg, X), expected)


def test_all_elements_count_where_training_saw_some():
    X = make_sets()
    reg = DeepSetsRegressor(elements_per_set=2, n_votes=3, **FAST).fit(X, Y)
    found = element_contributions(reg, X)
    reg.elements_per_set = None
    assert_same(found, by_removal(reg.predict, X))


def test_a_linear_network_adds_its_elements_up():
    X = make_sets(weight=True)
    reg = DeepSetsRegressor(**{**FAST, "rho_layer_sizes": (), "max_epochs": 20}).fit(X, Y)
    sums = [part.sum() for part in element_contributions(reg, X)]
    assert_allclose(sums, reg.predict(X) - reg.predict(X)[1], atol=1e-9)
    assert np.ptp(sums) > 1


def test_several_outputs_are_in_their_units():
    X, y = make_sets(), np.column_stack([Y, 1000 * Y**2])
    reg = DeepSetsRegressor(**FAST).fit(X, y)
    expected = by_removal(reg.predict, X)
    assert_same(element_contributions(reg, X), expected, atol=1e-6)
    second = [part.reshape(-1, 2)[:, 1] for part in expected]
    assert_same(element_contributions(reg, X, target=1), second, atol=1e-6)
    with pytest.raises(ValueError, match=r"place of an output .*, 0 to 1, .* None .*; found 2\."):
        element_contributions(reg, X, target=2)


def test_one_column_of_targets_stays_a_column():
    reg = DeepSetsRegressor(**FAST).fit(make_sets(), Y[:, None])
    assert element_contributions(reg, make_sets())[0].shape == (4, 1)


def test_rates_of_a_poisson_loss():
    X, y = make_sets(), np.abs(Y)
    reg = DeepSetsRegressor(loss="poisson", **FAST).fit(X, y)
    assert_same(element_contributions(reg, X), by_removal(reg.predict, X))


def test_log_odds_of_classes():
    X = make_sets(context=True)
    clf = DeepSetsClassifier(**FAST).fit(X, CLASSES)
    by_class = {
        label: by_removal(lambda part, k=k: logit(clf.predict_proba(part)[:, k]), X)
        for k, label in enumerate(clf.classes_)
    }
    assert_same(element_contributions(clf, X, target="b"), by_class["b"])
    for target, labels in ((None, clf.predict(X)), (CLASSES, CLASSES)):
        expected = [by_class[label][i] for i, label in enumerate(labels)]
        assert_same(element_contributions(clf, X, target=target), expected)
    with pytest.raises(ValueError, match=r"one of classes_, \['a', 'b', 'c'\]; found 'z'"):
        element_contributions(clf, X, target="z")
    with pytest.raises(ValueError, match=r"one of classes_, or one a set, 8 of them; .* \(2,\)"):
        element_contributions(clf, X, target=["a", "b"])


def test_log_odds_of_labels():
    X, labels = make_sets(), np.column_stack([Y > 0, Y > 2, Y > 3]).astype(int)
    clf = DeepSetsClassifier(**FAST).fit(X, labels)
    expected = by_removal(lambda part: logit(clf.predict_proba(part)), X)
    assert_same(element_contributions(clf, X), expected)
    one = [part.reshape(-1, 3)[:, 2] for part in expected]
    assert_same(element_contributions(clf, X, target=2), one)


@pytest.mark.parametrize("equivariant", [(), (4,)])
def test_words_categories_and_images(equivariant):
    rng = np.random.default_rng(0)
    options = {"equivariant_layer_sizes": equivariant, **FAST}
    reg = DeepSetsRegressor(**options).fit(WORDS, Y)
    X = SetArray.from_sets(WORDS)
    assert_same(element_contributions(reg, WORDS), by_removal(reg.predict, X))
    numbers = make_sets()
    values = np.column_stack([numbers.values, rng.integers(3, size=sum(SIZES))])
    mixed = numbers.map_values(values)
    reg = DeepSetsRegressor(categorical_features=[3], **options).fit(mixed, Y)
    assert_same(element_contributions(reg, mixed), by_removal(reg.predict, mixed))
    images = numbers.map_values(rng.integers(255, size=(sum(SIZES), 8, 8)).astype(np.uint8))
    reg = DeepSetsRegressor(element_encoder="conv", **options).fit(images, Y)
    # A convolution of other images at once is not the same to the last bits.
    assert_same(element_contributions(reg, images), by_removal(reg.predict, images), atol=1e-6)


def test_a_table_is_sets_of_one_element():
    table = np.random.default_rng(0).normal(size=(8, 3))
    reg = DeepSetsRegressor(**FAST).fit(table, Y)
    found = element_contributions(reg, table)
    empty = reg.predict([np.empty((0, 3))])
    assert_same(found, [[y - empty[0]] for y in reg.predict(table)])


def test_many_elements_of_one_set():
    X = [np.random.default_rng(0).normal(size=(9_000, 2)), np.zeros((1, 2))]
    reg = DeepSetsRegressor(pooling=("std", "max"), **FAST).fit(X, [0.0, 1.0])
    found = element_contributions(reg, X)[0]
    for j in (0, 4_321, 8_999):
        rest = reg.predict([np.delete(X[0], j, axis=0)])
        assert_allclose(found[j], reg.predict(X)[0] - rest[0], atol=1e-9)


def test_single_precision_is_exact_to_its_digits():
    X = make_sets()
    reg = DeepSetsRegressor(**{**FAST, "dtype": "float32"}).fit(X, Y)
    assert_same(element_contributions(reg, X), by_removal(reg.predict, X), atol=1e-4)


# ---------------------------------------------------------------- set expansion


@pytest.mark.parametrize(
    "interaction, context_in",
    [("dot", "rho"), ("dot", "phi"), ("dot", "both"), ("sum", "rho"), ("concat", "rho")],
)
def test_contributions_of_the_items_of_a_query(interaction, context_in):
    X = SetArray.from_sets([["a", "b", "c"], ["b", "d"], ["a", "d", "e"], ["c", "e"]])
    X = X.with_context(np.arange(4.0))
    options = {"embedding_dim": 8, "phi_layer_sizes": (8,), "rho_layer_sizes": (4,)}
    options |= {"interaction": interaction, "context_in": context_in}
    expander = SetExpander(max_epochs=5, dtype="float64", random_state=0, **options).fit(X)
    place = expander.vocabulary_.tolist().index
    expected = by_removal(lambda part: expander.score_candidates(part)[:, place("e")], X)
    assert_same(element_contributions(expander, X, target="e"), expected)
    best = expander.rank(X, 1)[0][:, 0]
    expected = [
        by_removal(lambda part, i=i: expander.score_candidates(part)[:, place(best[i])], X)[i]
        for i in range(4)
    ]
    for target in (None, best):
        assert_same(element_contributions(expander, X, target=target), expected)
    expander.max_elements_per_batch = 2
    assert_same(element_contributions(expander, X, target=best), expected)
    with pytest.raises(ValueError, match="candidates hold the item z"):
        element_contributions(expander, X, target="z")


def test_items_that_are_left_out_add_nothing():
    X = [["a", "b", "c"], ["b", "d"], ["a", "d"]] * 3
    expander = SetExpander(unknown_items="ignore", max_epochs=2, random_state=0).fit(X)
    known = element_contributions(expander, [["a", "b"]], target="c")[0]
    found = element_contributions(expander, [["a", "new", "b"]], target="c")[0]
    assert_allclose(found, [known[0], 0.0, known[1]])


# ---------------------------------------------------------------- outputs of elements


def test_influences_of_elements_on_each_other():
    X = make_sets(context=True)
    y = [elements[:, 0] for elements in X]
    signs = [np.where(values > 2, "high", "low") for values in y]
    reg = DeepSetsElementRegressor(**FAST).fit(X, y)
    clf = DeepSetsElementClassifier(**FAST).fit(X, signs)
    detector = SetOutlierDetector(**FAST).fit(X)

    def of_predicted(part, whole=None):
        labels = clf.predict(X)
        return [logit(p) for p in clf.predict_proba(part)], labels

    for estimator, function in ((reg, reg.predict), (detector, detector.score_samples)):
        whole, found = function(X), element_contributions(estimator, X)
        for i, size in enumerate(SIZES):
            assert found[i].shape == (size, size)
            for j in range(size):
                others = np.arange(size) != j
                assert np.isnan(found[i][j, j])
                expected = whole[i][others] - function(remove(X, i, j))[0]
                assert_allclose(found[i][j, others], expected, atol=1e-9)
    whole, labels = of_predicted(X)
    found = element_contributions(clf, X)
    high = element_contributions(clf, X, target="high")
    for j in range(4):
        rest, others = of_predicted(remove(X, 0, j))[0][0], np.arange(4) != j
        columns = (labels[0][others] == "low").astype(int)
        expected = (whole[0][others] - rest)[np.arange(3), columns]
        assert_allclose(found[0][j, others], expected, atol=1e-9)
        assert_allclose(high[0][j, others], (whole[0][others] - rest)[:, 0], atol=1e-9)


def test_what_outputs_of_elements_refuse():
    X = make_sets()
    reg = DeepSetsElementRegressor(**FAST).fit(X, [elements[:, 0] for elements in X])
    with pytest.raises(ValueError, match=r"DeepSetsElementRegressor has one an element. Use"):
        element_contributions(reg, X, method="winners")
    with pytest.raises(ValueError, match="target must be None for DeepSetsElementRegressor"):
        element_contributions(reg, X, target=0)


# ---------------------------------------------------------------- integrated gradients


def smooth(**options):
    return {**FAST, "activation": "tanh", **options}


@pytest.mark.parametrize("equivariant", [(), (4,)], ids=["apart", "meeting"])
@pytest.mark.parametrize("pooling", ["sum", "mean", "logsumexp", "attention"])
def test_integrated_gradients_are_complete(pooling, equivariant):
    X = make_sets(context=True, weight=True)
    mean = np.average(X.values, axis=0, weights=X.element_weight)
    baseline = X.map_values(np.tile(mean, (sum(SIZES), 1)))
    options = smooth(pooling=pooling, equivariant_layer_sizes=equivariant)
    # Where a rate turns linear, and in the ReLU of the attention, slopes have corners.
    smoothness = 5e-3 if pooling == "attention" else 1e-6
    for loss, atol in (("squared_error", smoothness), ("poisson", 5e-3)):
        reg = DeepSetsRegressor(loss=loss, equivariant_pooling="mean", **options).fit(X, np.abs(Y))
        found = element_contributions(reg, X, method="integrated_gradients")
        sums = [part.sum() for part in found]
        assert_allclose(sums, reg.predict(X) - reg.predict(baseline), atol=atol)


def test_integrated_gradients_of_several_outputs_and_of_classes():
    X = make_sets()
    baseline = X.map_values(np.tile(X.values.mean(axis=0), (sum(SIZES), 1)))
    reg = DeepSetsRegressor(**smooth()).fit(X, np.column_stack([Y, -Y]))
    found = element_contributions(reg, X, method="integrated_gradients")
    sums = [part.sum(axis=0) for part in found]
    assert_allclose(sums, reg.predict(X) - reg.predict(baseline), atol=1e-6)
    clf = DeepSetsClassifier(**smooth()).fit(X, CLASSES)
    found = element_contributions(clf, X, method="integrated_gradients", target="c")
    odds = [logit(clf.predict_proba(part)[:, 2]) for part in (X, baseline)]
    assert_allclose([part.sum() for part in found], odds[0] - odds[1], atol=1e-6)


def test_integrated_gradients_of_words_start_from_unknown_ones():
    reg = DeepSetsRegressor(**smooth()).fit(WORDS, Y)
    found = element_contributions(reg, WORDS, method="integrated_gradients")
    unknown = [["never seen"] * len(words) for words in WORDS]
    expected = reg.predict(WORDS) - reg.predict(unknown)
    assert_allclose([part.sum() for part in found], expected, atol=1e-6)
    assert [len(part) for part in found] == [len(words) for words in WORDS]


def test_integrated_gradients_of_categories_and_of_images():
    rng, numbers = np.random.default_rng(0), make_sets()
    values = np.column_stack([numbers.values, rng.integers(3, size=sum(SIZES))])
    reg = DeepSetsRegressor(categorical_features=[3], **smooth()).fit(numbers.map_values(values), Y)
    found = element_contributions(reg, numbers.map_values(values), method="integrated_gradients")
    origin = numbers.map_values(np.tile([*numbers.values.mean(axis=0), -7], (sum(SIZES), 1)))
    expected = reg.predict(numbers.map_values(values)) - reg.predict(origin)
    assert_allclose([part.sum() for part in found], expected, atol=1e-6)
    images = numbers.map_values(rng.integers(255, size=(sum(SIZES), 8, 8)).astype(np.uint8))
    reg = DeepSetsRegressor(element_encoder="conv", normalize=None, **smooth()).fit(images, Y)
    found = element_contributions(reg, images, method="integrated_gradients", n_steps=100)
    black = images.map_values(np.zeros_like(images.values))
    expected = reg.predict(images) - reg.predict(black)
    assert_allclose([part.sum() for part in found], expected, atol=5e-2)


def test_integrated_gradients_of_the_items_of_a_query():
    X = [["a", "b", "c"], ["b", "d"], ["a", "d", "e"], ["c", "e"]]
    expander = SetExpander(max_epochs=5, dtype="float64", random_state=0).fit(X)
    found = element_contributions(expander, X, method="integrated_gradients", target="e")
    # Of a mean and a product of vectors, each item adds its own product, but for the bias of "e".
    place = expander.vocabulary_.tolist().index("e")
    for query, part in zip(X, found, strict=True):
        scores = expander.score_candidates([[item] for item in query])[:, place]
        assert_allclose(part - part[0], (scores - scores[0]) / len(query), atol=1e-9)


# ---------------------------------------------------------------- attention, winners


def test_weights_of_attention_sum_to_one_in_each_head():
    X = make_sets(weight=True)
    reg = DeepSetsRegressor(pooling=("max", "attention"), **FAST).fit(X, Y)
    found = element_contributions(reg, X, method="attention")
    assert [part.shape for part in found] == [(size, 4) for size in SIZES]
    for part in found:
        if len(part):
            assert_allclose(part.sum(axis=0), 1.0)
    double = X.with_element_weight(X.element_weight * np.where(np.arange(sum(SIZES)) == 0, 2, 1))
    odds = logit(element_contributions(reg, double, method="attention")[0][0])
    assert_allclose(odds - logit(found[0][0]), np.log(2))


def test_winners_are_critical_elements():
    X = make_sets()
    reg = DeepSetsRegressor(pooling="max", phi_layer_sizes=(6, 5), **FAST).fit(X, Y)
    for estimator in (reg, pickle.loads(pickle.dumps(reg))):
        found = element_contributions(estimator, X, method="winners")
        assert [part.sum() for part in found] == [5 if size else 0 for size in SIZES]
    critical = [elements[part > 0] for elements, part in zip(X, found, strict=True)]
    assert sum(map(len, critical)) < sum(SIZES)
    assert_allclose(reg.predict(critical), reg.predict(X), atol=1e-12)
    # Removed, an element that won nothing changes nothing.
    others = np.concatenate(found) == 0
    assert_allclose(np.concatenate(element_contributions(reg, X))[others], 0.0, atol=1e-12)


@pytest.mark.parametrize("method, needed", [("attention", "'attention'"), ("winners", "'max' or")])
def test_a_pooling_that_has_no_such_thing(method, needed):
    reg = DeepSetsRegressor(**FAST).fit(make_sets(), Y)
    with pytest.raises(ValueError, match=f"method='{method}' needs {needed} .* has 'sum'"):
        element_contributions(reg, make_sets(), method=method)


# ---------------------------------------------------------------- at the door


def test_sets_without_any_element():
    X = make_sets()
    reg = DeepSetsRegressor(pooling=("max", "attention"), **FAST).fit(X, np.column_stack([Y, Y]))
    for method in ("leave_one_out", "integrated_gradients", "attention", "winners"):
        found = element_contributions(reg, [[], []], method=method)
        assert [len(part) for part in found] == [0, 0]


def test_what_has_no_network():
    X = make_sets()
    reg = DeepSetsRegressor(**FAST)
    pipeline = make_pipeline(SetNormalizer(), clone(reg)).fit(X, Y)
    search = GridSearchCV(reg, {"pooling": ["sum"]}, cv=2).fit(X, Y)
    for estimator, advice in (
        (pipeline, "Pass its last step, and what the steps before it make of X"),
        (search, "Pass its best_estimator_"),
        (BayesianSets(), "Pass a fitted network estimator"),
    ):
        with pytest.raises(TypeError, match=advice):
            element_contributions(estimator, X)
    # An estimator before its fit says so.
    with pytest.raises(ValueError, match="not fitted yet"):
        element_contributions(reg, X)


@pytest.mark.parametrize("method", ["leave_one_out", "integrated_gradients", "attention"])
def test_the_estimator_stays_as_it_was(method):
    X = make_sets()
    reg = DeepSetsRegressor(pooling="attention", **FAST).fit(X, Y)
    before = copy.deepcopy({k: v for k, v in vars(reg).items() if k != "net_"})
    module = reg.net_.module_
    weights = copy.deepcopy(module.state_dict())
    slopes = [copy.deepcopy(parameter.grad) for parameter in module.parameters()]
    element_contributions(reg, X, method=method)
    assert vars(reg).keys() - {"net_"} == before.keys()
    assert all(tensor.equal(weights[name]) for name, tensor in module.state_dict().items())
    for parameter, slope in zip(module.parameters(), slopes, strict=True):
        assert slope is None or parameter.grad.equal(slope)
