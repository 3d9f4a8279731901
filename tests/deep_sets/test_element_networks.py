"""What all networks of elements promise, beyond what test_networks.py asks of every network."""

import copy

import numpy as np
import pytest
from network_cases import ELEMENT_CASES, ELEMENTWISE, case_id, make_sets, make_targets, outputs
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksets import SetArray, SetOutlierDetector
from sksets.preprocessing import ElementTransformer

every_class = pytest.mark.parametrize("cls", ELEMENTWISE)


def assert_same_sets(found, expected):
    """Compare arrays of sets, which must agree to the bit."""
    assert len(found) == len(expected)
    for one, other in zip(found, expected, strict=True):
        np.testing.assert_array_equal(one, other)


@every_class
def test_one_array_a_set(cls):
    sets = make_sets()
    estimator = cls(max_epochs=1, random_state=0).fit(sets, make_targets(cls, sets))
    for X in (sets, sets[:1], [s[:2] for s in sets if len(s) > 1], [np.empty((0, 3))] * 2):
        predicted = estimator.predict(X)
        assert isinstance(predicted, np.ndarray) and predicted.dtype == object
        assert [part.shape for part in predicted] == [(len(s),) for s in X]


@every_class
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_predictions_do_not_depend_on_the_pieces(cls, dtype):
    """Of one large set, by the default network, with a bound that no set of the fit reached."""
    sets = make_sets()
    estimator = cls(max_epochs=2, dtype=dtype, random_state=0).fit(sets, make_targets(cls, sets))
    large = np.random.default_rng(0).normal(size=(5_000, 3))
    whole = outputs(estimator.set_params(max_elements_per_batch=10_000), [large, sets[0]])
    pieces = outputs(estimator.set_params(max_elements_per_batch=128), [large, sets[0]])
    np.testing.assert_allclose(pieces, whole, rtol=1e-3, atol=1e-7)


@pytest.mark.parametrize("case", ELEMENT_CASES, ids=case_id)
def test_two_fits_are_equal_to_the_bit(case):
    cls, _, parameters = case
    sets = make_sets()
    y = make_targets(cls, sets)
    estimator = cls(max_epochs=3, batch_size=8, random_state=0, **parameters)
    first, second = (outputs(clone(estimator).fit(sets, y), sets) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    other = clone(estimator).set_params(random_state=1)
    assert (outputs(other.fit(sets, y), sets) != first).any()


@every_class
def test_a_bound_of_elements_cuts_batches_of_training(cls):
    sets = [s for s in make_sets() if len(s)]
    y = make_targets(cls, sets)
    estimator = cls(max_epochs=2, random_state=0)
    by_sets = clone(estimator).set_params(batch_size=1).fit(sets, y)
    by_elements = clone(estimator).set_params(max_elements_per_batch=1).fit(sets, y)
    assert by_elements.history_ == by_sets.history_


@every_class
def test_pipeline_grid_search_and_cross_validation(cls):
    sets = make_sets(min_size=1)
    X = SetArray.from_sets(sets, context=np.arange(len(sets), dtype=float)[:, None])
    y = make_targets(cls, sets)
    pipe = make_pipeline(ElementTransformer(StandardScaler()), cls(max_epochs=3, random_state=0))
    folds = KFold(3)
    grid = GridSearchCV(
        pipe, {f"{cls.__name__.lower()}__equivariant_pooling": ["max", "mean"]}, cv=folds
    )
    grid.fit(X, y)
    assert grid.best_estimator_[-1].n_context_features_ == 1
    assert [len(part) for part in grid.predict(X)] == [len(s) for s in sets]
    predicted = cross_val_predict(pipe, X, y, cv=folds)
    by_hand = np.empty_like(predicted)
    for train, test in folds.split(X):
        by_hand[test] = clone(pipe).fit(X[train], y[train]).predict(X[test])
    assert_same_sets(predicted, by_hand)
    scores = cross_val_score(pipe, list(sets), y, cv=folds)
    for score, (train, test) in zip(scores, folds.split(X), strict=True):
        fold = clone(pipe).fit([sets[i] for i in train], y[train])
        assert score == fold.score([sets[i] for i in test], y[test])


@every_class
def test_context_reaches_every_element(cls):
    sets = make_sets(min_size=1)
    y = make_targets(cls, sets)
    z = np.random.default_rng(1).normal(size=(len(sets), 2))
    X = SetArray.from_sets(sets, context=z)
    # Not linear anywhere: what is the same for all members of a set drops out of a softmax.
    estimator = cls(max_epochs=2, random_state=0, rho_layer_sizes=(8,), activation="tanh")
    estimator.fit(X, y)
    assert estimator.n_context_features_ == 2
    moved = SetArray.from_sets(sets, context=np.where(np.arange(len(sets)) == 3, 9, 1)[:, None] * z)
    assert outputs_differ(estimator, X, moved) == {3}


def outputs_differ(estimator, X, other):
    """Return the positions of sets of which the scores differ between two containers."""
    method = "score_samples" if isinstance(estimator, SetOutlierDetector) else "predict_proba"
    method = method if hasattr(estimator, method) else "predict"
    pairs = zip(getattr(estimator, method)(X), getattr(estimator, method)(other), strict=True)
    return {i for i, (a, b) in enumerate(pairs) if not np.allclose(a, b, atol=1e-6)}


@every_class
def test_a_table_is_flat_in_and_out(cls):
    table = np.random.default_rng(0).normal(size=(30, 2))
    y = table[:, 0] if "Regressor" in cls.__name__ else (table[:, 0] > 0) * 1
    estimator = cls(max_epochs=3, random_state=0).fit(table, y)
    flat = estimator.predict(table)
    assert flat.shape == (30,) and flat.dtype != object
    np.testing.assert_array_equal(estimator.predict([row[None] for row in table]), flat)


@every_class
@pytest.mark.parametrize("method", ["fit", "predict"])
def test_a_fit_on_a_table_is_of_no_use_for_sets(cls, method):
    table = np.random.default_rng(0).normal(size=(30, 2))
    estimator = cls(max_epochs=1, warm_start=True, random_state=0).fit(table, np.arange(30) % 2)
    before = estimator.predict(table)
    message = "fitted on a table, .* one element each; set 1 of X has 3 elements. Fit it on a list"
    with pytest.raises(ValueError, match=message):
        sets = [table[:1], table[:3]]
        estimator.fit(sets, [0, 1]) if method == "fit" else estimator.predict(sets)
    np.testing.assert_array_equal(estimator.predict(table), before)
    sets = make_sets()
    estimator.set_params(warm_start=False).fit(sets, make_targets(cls, sets))
    assert estimator.predict(sets).dtype == object


@every_class
def test_a_table_is_none_of_the_sets_that_were_fitted(cls):
    sets = make_sets()
    estimator = cls(max_epochs=1, random_state=0).fit(sets, make_targets(cls, sets))
    with pytest.raises(ValueError, match=r"X is a table of shape \(4, 3\), .* pass \[X\] for one"):
        estimator.predict(sets[0])


@every_class
def test_a_module_that_was_fitted_is_not_shared(cls):
    """A copy that goes on learning leaves the original alone."""
    sets = make_sets()
    y = make_targets(cls, sets)
    estimator = cls(max_epochs=2, warm_start=True, random_state=0).fit(sets, y)
    before = outputs(estimator, sets)
    copy.copy(estimator).fit(sets, y)
    np.testing.assert_array_equal(outputs(estimator, sets), before)
