"""An element of weight k is k such elements, in every network and in summaries."""

import numpy as np
import pytest
from network_cases import (
    ELEMENT_CASES,
    POOLED_CASES,
    DeepSetsClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SetOutlierDetector,
    case_id,
)
from numpy.testing import assert_allclose
from sklearn.model_selection import cross_val_predict
from sklearn.preprocessing import StandardScaler

from sksets import SDMRegressor, SetArray, SetExpander
from sksets.kernels import mean_map_kernel
from sksets.preprocessing import ElementTransformer, SetNormalizer, SetSummarizer

FAST = {"max_epochs": 3, "random_state": 0, "dtype": "float64", "batch_size": 8}


def make_sets(n_sets=20):
    """Sets with weights of 1, 2 and 3, and the sets in which each element is there as often."""
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(size, 3)) for size in rng.integers(2, 6, size=n_sets)]
    sets[4] = np.empty((0, 3))
    counts = [rng.integers(1, 4, size=len(elements)) for elements in sets]
    weighted = SetArray.from_sets(sets).with_element_weight(np.concatenate(counts))
    repeated = [np.repeat(elements, k, axis=0) for elements, k in zip(sets, counts, strict=True)]
    return weighted, SetArray.from_sets(repeated), counts


@pytest.mark.parametrize("case", POOLED_CASES, ids=case_id)
def test_outputs_of_sets_are_those_of_repeated_elements(case):
    cls, _, parameters = case
    weighted, repeated, _ = make_sets()
    y = np.arange(20) % 2
    fitted = [cls(**parameters, **FAST).fit(X, y) for X in (weighted, repeated)]
    assert_allclose(fitted[0].transform(weighted), fitted[1].transform(repeated), atol=1e-9)
    expected = fitted[1].predict(repeated)
    assert_allclose(fitted[0].predict(weighted), expected, atol=1e-9)
    # In pieces too, of which one has a set of its own.
    fitted[0].max_elements_per_batch = 2
    assert_allclose(fitted[0].predict(weighted), expected, atol=1e-9)
    assert_allclose(fitted[0].predict(weighted[[3, 1]]), expected[[3, 1]], atol=1e-9)


@pytest.mark.parametrize("case", ELEMENT_CASES, ids=case_id)
def test_outputs_of_elements_are_those_of_repeated_elements(case):
    cls, _, parameters = case
    weighted, repeated, counts = make_sets()
    method = "score_samples" if cls is SetOutlierDetector else "predict"
    outputs, scores = [], []
    for X in (weighted, repeated):
        y = [np.where(elements[:, 0] > 0, 1, -2 + (cls is SetOutlierDetector)) for elements in X]
        model = cls(**parameters, **FAST).fit(X, y)
        outputs.append(getattr(model, method)(X))
        scores.append(model.score(X, y))
    for by_weight, k, by_repeats in zip(outputs[0], counts, outputs[1], strict=True):
        assert_allclose(np.repeat(by_weight, k), by_repeats, atol=1e-9)
    assert_allclose(scores[0], scores[1])


@pytest.mark.parametrize("y", [None, np.zeros(16, dtype=int)], ids=["none", "index"])
def test_weights_of_members_do_not_weigh_their_set_in_the_loss(y):
    rng = np.random.default_rng(0)
    X = SetArray.from_sets(rng.normal(size=(16, 4, 2)))
    detector = SetOutlierDetector(equivariant_layer_sizes=(), **FAST)
    # Without layers that pool, and with the same weights in each set, nothing is left to weigh.
    expected = detector.set_params(normalize=None).fit(X, y).score_samples(X)
    heavy = X.with_element_weight(np.repeat(rng.uniform(1, 9, size=16), 4))
    for a, b in zip(detector.fit(heavy, y).score_samples(heavy), expected, strict=True):
        assert_allclose(a, b, rtol=1e-9)


def test_weights_times_sample_weights():
    weighted, repeated, _ = make_sets()
    y = np.random.default_rng(1).normal(size=20)
    sample_weight = np.random.default_rng(2).uniform(1, 2, size=20)
    found, expected = (
        DeepSetsRegressor(**FAST).fit(X, y, sample_weight).predict(X) for X in (weighted, repeated)
    )
    assert_allclose(found, expected, atol=1e-9)


def test_weights_need_not_be_whole_and_go_through_searches_and_transformers():
    weighted, _, _ = make_sets()
    y = np.arange(20) % 2
    halved = weighted.with_element_weight(weighted.element_weight / 2)
    model = DeepSetsClassifier(pooling="mean", **FAST)
    # A mean does not change where all weights are halved; a sum does.
    assert_allclose(
        model.fit(halved, y).predict_proba(halved), model.fit(weighted, y).predict_proba(weighted)
    )
    assert cross_val_predict(model, weighted, y, cv=2).shape == (20,)
    encoded = ElementTransformer(StandardScaler()).fit_transform(weighted)
    assert encoded.element_weight.tolist() == weighted.element_weight.tolist()


def test_summaries_and_normalised_sets_are_those_of_repeated_elements():
    weighted, repeated, counts = make_sets()
    summarizer = SetSummarizer(("count", "sum", "mean", "std", "min", "max"), quantiles=())
    assert_allclose(
        summarizer.fit_transform(weighted), summarizer.fit_transform(repeated), atol=1e-12
    )
    normalised = SetNormalizer().fit_transform(weighted)
    assert normalised.element_weight.tolist() == weighted.element_weight.tolist()
    of_repeats = SetNormalizer().fit_transform(repeated)
    for a, k, b in zip(normalised, counts, of_repeats, strict=True):
        assert_allclose(np.repeat(a, k, axis=0), b, atol=1e-12)
    with pytest.raises(ValueError, match=r"takes no quantiles. Use quantiles=\(\)"):
        SetSummarizer().fit(weighted)


def test_predict_wants_weights_where_fit_had_them():
    weighted, repeated, _ = make_sets()
    y = np.arange(20) % 2
    with pytest.raises(ValueError, match="of X have no weights, but .* was fitted with weights"):
        DeepSetsClassifier(**FAST).fit(weighted, y).predict(repeated)
    with pytest.raises(ValueError, match="of X have weights, but .* was fitted without weights"):
        DeepSetsClassifier(**FAST).fit(repeated, y).predict(weighted)


@pytest.mark.parametrize(
    "use",
    [
        lambda X: SDMRegressor().fit(X, np.zeros(20)),
        lambda X: mean_map_kernel(X),
        lambda X: SetExpander().fit(X),
    ],
)
def test_who_takes_no_weights_says_so(use):
    with pytest.raises(ValueError, match=r"have weights, which .* does not take. Drop them with"):
        use(make_sets()[0][:4])


def test_weights_of_tokens():
    baskets = [["tea", "tea", "rum"], ["rum"]]
    repeated = DeepSetsRegressor(**FAST).fit(baskets, [1.0, 2.0]).predict(baskets)
    X = SetArray.from_sets([["tea", "rum"], ["rum"]]).with_element_weight([2, 1, 1])
    assert_allclose(DeepSetsRegressor(**FAST).fit(X, [1.0, 2.0]).predict(X), repeated)


def test_sample_weights_that_are_no_numbers_beside_weights_of_elements():
    X = make_sets()[0][:4]
    y = [elements[:, 0] for elements in X]
    names = [np.full(len(elements), "a") for elements in X]
    with pytest.raises(ValueError, match="sample_weight must be one number a set"):
        DeepSetsElementRegressor(**FAST).fit(X, y, names)
