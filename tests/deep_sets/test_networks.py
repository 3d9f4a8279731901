"""What every network promises of its outputs, in all its variants."""

import copy
import pickle

import numpy as np
import pytest
from network_cases import (
    ELEMENT_CASES,
    POOLED,
    POOLED_CASES,
    case_id,
    make_sets,
    make_targets,
    outputs,
)
from sklearn.base import clone
from sklearn.compose import ColumnTransformer
from sklearn.ensemble import BaggingRegressor
from sklearn.inspection import permutation_importance
from sklearn.model_selection import GridSearchCV, KFold, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksets import DeepSetsRegressor, SetArray
from sksets.preprocessing import ElementTransformer


@pytest.fixture(scope="module", params=POOLED_CASES + ELEMENT_CASES, ids=case_id)
def fitted(request):
    cls, _, parameters = request.param
    sets = make_sets()
    estimator = cls(max_epochs=5, random_state=0, **parameters)
    return estimator.fit(sets, make_targets(cls, sets)), sets


def only(cases):
    """Fit these cases alone."""
    return pytest.mark.parametrize("fitted", cases, ids=case_id, indirect=True)


@only(POOLED_CASES)
def test_permutation_of_elements_changes_nothing(fitted):
    estimator, sets = fitted
    rng = np.random.default_rng(1)
    shuffled = [rng.permutation(s, axis=0) for s in sets]
    np.testing.assert_allclose(outputs(estimator, shuffled), outputs(estimator, sets), atol=1e-5)


@only(ELEMENT_CASES)
def test_outputs_are_permuted_as_elements_are(fitted):
    estimator, sets = fitted
    rng = np.random.default_rng(1)
    orders = [rng.permutation(len(s)) for s in sets]
    rows = np.split(outputs(estimator, sets), np.cumsum([len(s) for s in sets])[:-1])
    expected = np.concatenate([r[order] for r, order in zip(rows, orders, strict=True)])
    shuffled = [s[order] for s, order in zip(sets, orders, strict=True)]
    np.testing.assert_allclose(outputs(estimator, shuffled), expected, atol=1e-5)


def test_batch_mates_and_batch_size_change_nothing(fitted):
    estimator, sets = fitted
    whole = outputs(estimator, sets)
    alone = np.concatenate([outputs(estimator, [s]) for s in sets])
    np.testing.assert_allclose(alone, whole, atol=1e-5)
    pieces = copy.deepcopy(estimator).set_params(max_elements_per_batch=2)
    np.testing.assert_allclose(outputs(pieces, sets), whole, atol=1e-5)


@only(POOLED_CASES)
def test_embeddings_are_the_same_in_pieces(fitted):
    estimator, sets = fitted
    pieces = copy.deepcopy(estimator).set_params(max_elements_per_batch=2)
    np.testing.assert_allclose(pieces.transform(sets), estimator.transform(sets), atol=1e-4)


def test_containers_are_equivalent(fitted):
    estimator, sets = fitted
    expected = outputs(estimator, sets)
    packed = SetArray.from_sets(sets)
    objects = np.empty(len(sets), dtype=object)
    objects[:] = sets
    read_only = packed.copy()
    read_only.values.setflags(write=False)
    wide = [s.astype(np.float64) for s in sets]
    for X in (tuple(sets), packed, objects, objects[:, None], read_only, wide):
        np.testing.assert_array_equal(outputs(estimator, X), expected)


def test_empty_and_singleton_sets_are_legal(fitted):
    estimator, sets = fitted
    mixed = [np.empty((0, 3)), sets[0][:1], sets[0]]
    result = outputs(estimator, mixed)
    assert np.isfinite(result).all()
    alone = np.concatenate([outputs(estimator, [s]) for s in mixed])
    np.testing.assert_allclose(alone, result, atol=1e-6)


def test_pickle_and_clone(fitted):
    estimator, sets = fitted
    again = pickle.loads(pickle.dumps(estimator))
    np.testing.assert_array_equal(outputs(again, sets), outputs(estimator, sets))
    assert not hasattr(clone(estimator), "net_")
    assert repr(clone(estimator)) == repr(estimator)


@pytest.mark.parametrize("cls", POOLED)
def test_pipeline_grid_search_and_cross_validation(cls):
    sets = make_sets(min_size=1)
    context = np.arange(len(sets), dtype=float)[:, None]
    X = SetArray.from_sets(sets, context=context)
    y = make_targets(cls, sets)
    pipe = make_pipeline(ElementTransformer(StandardScaler()), cls(max_epochs=3, random_state=0))
    name = f"{cls.__name__.lower()}__"
    grid = GridSearchCV(pipe, {f"{name}phi_layer_sizes": [(4,), (8, 8)]}, cv=2, n_jobs=2)
    grid.fit(X, y)
    assert grid.best_estimator_[-1].n_context_features_ == 1
    assert len(grid.predict(X)) == len(sets)
    folds = KFold(3)
    predicted = cross_val_predict(pipe, X, y, cv=folds)
    by_hand = np.empty_like(predicted)
    for train, test in folds.split(X):
        by_hand[test] = clone(pipe).fit(X[train], y[train]).predict(X[test])
    np.testing.assert_array_equal(predicted, by_hand)
    assert np.isfinite(cross_val_score(pipe, list(sets), y, cv=2)).all()


def test_the_ways_round_what_scikit_learn_cannot_do_with_sets():
    sets = make_sets()
    y = make_targets(DeepSetsRegressor, sets)
    reg = DeepSetsRegressor(max_epochs=20, random_state=0)
    cells = np.empty((len(sets), 1), dtype=object)
    cells[:, 0] = sets
    bagged = BaggingRegressor(reg, n_estimators=3, random_state=0).fit(cells, y)
    members = [member.predict(cells) for member in bagged.estimators_]
    np.testing.assert_allclose(bagged.predict(cells), np.mean(members, axis=0))
    found = permutation_importance(clone(reg).fit(cells, y), cells, y, n_repeats=2, random_state=0)
    assert found.importances_mean[0] > 0
    frame = pytest.importorskip("pandas").DataFrame({"sets": sets, "other": y})
    columns = ColumnTransformer(
        [("embed", clone(reg), ["sets"]), ("keep", "passthrough", ["other"])]
    )
    table = columns.fit_transform(frame, y)
    np.testing.assert_array_equal(table[:, :-1], clone(reg).fit(sets, y).transform(sets))
