"""scikit-learn's checks, whole, on every estimator; then the library's own on all of them."""

import copy
import json
import pickle
import subprocess
import sys

import joblib
import numpy as np
import pytest
import torch
from network_cases import (
    ELEMENT_CASES,
    ELEMENTWISE,
    NETWORKS,
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
from sklearn.utils.estimator_checks import estimator_checks_generator

from sksets import DeepSetsRegressor, SDMClassifier, SDMRegressor, SetArray, SetOutlierDetector
from sksets.preprocessing import ElementTransformer

WEIGHTS = "check_sample_weight_equivalence_on_dense_data"
ROUNDING = {WEIGHTS: "float32 rounds at 6e-8, and the check compares to 1e-7"}
DRAWN = {WEIGHTS: "which elements are put in is drawn for the sets there are"}
MEDIANS = {WEIGHTS: "gamma is a median over pairs of sets, in which a repeated set counts twice"}
LIBSVM = {WEIGHTS: "as for SVC itself: it stops at a tolerance of 1e-3"}


def check_id(part):
    """Name a check by its function and an estimator by what it was made with."""
    function = getattr(part, "func", part)
    return getattr(function, "__name__", repr(part))


def checks():
    """Yield every check of scikit-learn, of networks in both precisions."""
    for cls in NETWORKS:
        # Those of elements train for longer by default, which the checks do not need.
        shorter = {"max_epochs": 25} if cls in ELEMENTWISE else {}
        for dtype in ("float64", "float32"):
            expected = ROUNDING if dtype == "float32" else {}
            if cls is SetOutlierDetector:
                expected = DRAWN
            estimator = cls(dtype=dtype, random_state=0, **shorter)
            yield from estimator_checks_generator(
                estimator, expected_failed_checks=expected, mark="xfail"
            )
    for estimator, expected in (
        (SDMClassifier(), LIBSVM),
        (SDMRegressor(), MEDIANS),
        (SDMRegressor(gamma=1.0, element_gamma=1.0), {}),
    ):
        yield from estimator_checks_generator(
            estimator, expected_failed_checks=expected, mark="xfail"
        )


@pytest.mark.parametrize(("estimator", "check"), list(checks()), ids=check_id)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


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


@pytest.mark.parametrize("cls", NETWORKS)
def test_a_pickle_holds_weights_and_no_data(cls):
    rng = np.random.default_rng(0)
    sets = [rng.normal(size=(50, 4)) for _ in range(1000)]
    estimator = cls(max_epochs=1, random_state=0).fit(sets, make_targets(cls, sets))
    n_weights = sum(p.numel() for p in estimator.net_.module_.parameters())
    assert len(pickle.dumps(estimator)) < 4 * n_weights * 4 + 40_000


REPEAT = """
import sys, numpy as np, torch
torch.set_num_threads(int(sys.argv[1]))
import sksets
rng = np.random.default_rng(0)
sets = [rng.normal(size=(n, 3)) for n in rng.integers(1, 200, size=300)]
of_sets, of_elements = [int(s.mean() > 0) for s in sets], [(s[:, 0] > 0) * 1 for s in sets]
found = {}
for name, y, method, parameters in (
    ("DeepSetsClassifier", of_sets, "transform", {"pooling": ("sum", "max")}),
    ("DeepSetsRegressor", of_sets, "transform", {"pooling": ("sum", "max")}),
    ("DeepSetsElementClassifier", of_elements, "predict_proba", {"equivariant_form": "attention"}),
    ("DeepSetsElementRegressor", of_elements, "predict", {"residual": True, "set_norm": True}),
    ("SetOutlierDetector", None, "score_samples", {"equivariant_pooling": "sum"}),
):
    for dtype in ("float32", "float64"):
        estimator = getattr(sksets, name)(
            max_epochs=2, dropout=0.1, random_state=0, dtype=dtype, **parameters
        )
        rows = np.concatenate(list(getattr(estimator.fit(sets, y), method)(sets)))
        found[f"{name} {dtype}"] = rows.astype(np.float64)
np.savez(sys.argv[2], **found)
"""


def test_fits_repeat_across_processes_and_agree_across_thread_counts(tmp_path):
    runs = []
    for i, threads in enumerate(("1", "2", "2")):
        path = tmp_path / f"{i}.npz"
        subprocess.run([sys.executable, "-c", REPEAT, threads, path], check=True)
        with np.load(path) as saved:
            runs.append(dict(saved))
    one, two, again = runs
    assert len(one) == 2 * len(NETWORKS)
    for name, rows in two.items():
        np.testing.assert_array_equal(again[name], rows)
        if name.endswith("float64"):
            # Gradients are sums over all elements, in an order that may depend on the threads.
            np.testing.assert_allclose(one[name], rows, rtol=1e-7, atol=1e-9)


@pytest.mark.parametrize("backend", ["loky", "threading"])
def test_fits_are_equal_to_the_bit_across_joblib_backends(backend):
    sets = make_sets(60)
    networks = [cls(max_epochs=3, dropout=0.2, random_state=0) for cls in NETWORKS]
    targets = [make_targets(cls, sets) for cls in NETWORKS]
    jobs = list(zip(networks, targets, strict=True))
    with joblib.parallel_backend(backend, n_jobs=2):
        fits = joblib.Parallel()(joblib.delayed(clone(e).fit)(sets, y) for e, y in 2 * jobs)
    for (estimator, y), fit in zip(2 * jobs, fits, strict=True):
        expected = outputs(clone(estimator).fit(sets, y), sets)
        np.testing.assert_array_equal(outputs(fit, sets), expected)


@pytest.mark.parametrize("cls", NETWORKS)
def test_global_generators_are_untouched(cls):
    sets = make_sets()
    y = make_targets(cls, sets)
    np.random.seed(7)  # noqa: NPY002
    torch.manual_seed(7)
    expected = np.random.random(), torch.rand(1).item()  # noqa: NPY002
    np.random.seed(7)  # noqa: NPY002
    torch.manual_seed(7)
    outputs(cls(max_epochs=2, dropout=0.5, random_state=0).fit(sets, y), sets)
    assert (np.random.random(), torch.rand(1).item()) == expected  # noqa: NPY002


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
    reg = DeepSetsRegressor(max_epochs=2, random_state=0)
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


@pytest.mark.parametrize("cls", NETWORKS)
def test_a_failed_fit_leaves_the_estimator_as_it_was(cls):
    sets = make_sets()
    y = make_targets(cls, sets)
    estimator = cls(max_epochs=2, warm_start=True, random_state=0).fit(sets, y)
    before, state = outputs(estimator, sets), set(vars(estimator))
    with pytest.raises(ValueError, match="NaN: set 0, element 0"):
        estimator.fit([np.full((2, 3), np.nan)] * len(sets), y)
    with pytest.raises(ValueError, match="expecting 3 features"):
        estimator.fit([np.zeros((2, 5))] * len(sets), y)
    with pytest.raises(ValueError, match="y has"):
        estimator.fit(sets, y[:-1])
    estimator.set_params(learning_rate_init=1e30, learning_rate="constant", warm_start=False)
    with pytest.raises(FloatingPointError, match="epoch"):
        estimator.fit(sets, y)
    np.testing.assert_array_equal(outputs(estimator, sets), before)
    assert set(vars(estimator)) == state
    assert json.dumps(estimator.history_)


def test_dask_backend():
    distributed = pytest.importorskip("distributed")
    sets = make_sets(min_size=1)
    y = make_targets(DeepSetsRegressor, sets)
    reg = DeepSetsRegressor(max_epochs=3, random_state=0)
    grid = GridSearchCV(reg, {"pooling": ["sum", "mean"]}, cv=2)
    X = SetArray.from_sets(sets)
    expected = clone(grid).fit(X, y).cv_results_["mean_test_score"]
    with (
        distributed.Client(n_workers=2, threads_per_worker=1, dashboard_address=None),
        joblib.parallel_backend("dask"),
    ):
        found = clone(grid).set_params(n_jobs=2).fit(X, y).cv_results_["mean_test_score"]
    np.testing.assert_array_equal(found, expected)
