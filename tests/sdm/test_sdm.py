"""Support distribution machines: by hand, approximated, remembered, and in scikit-learn."""

import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
import sklearn
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_predict, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import KernelCenterer, StandardScaler
from sklearn.svm import SVC, SVR, LinearSVC, LinearSVR

from sksets import SDMClassifier, SDMRegressor, SetArray
from sksets.kernels import (
    PSDProjection,
    element_median_gamma,
    knn_divergence,
    median_gamma,
    mmd_kernel,
    mmd_squared,
)
from sksets.preprocessing import ElementTransformer, MeanMapFeatures

DIVERGENCES = ["bhattacharyya", "hellinger", "jensen_shannon", "kl", "l2", "renyi", "tsallis"]
KERNELS = ["mean_map", "mmd", *DIVERGENCES]
PSD = ["clip", "flip", "shift", "square"]
BOTH = [SDMRegressor, SDMClassifier]


def make_sets(n_sets=60, seed=0, smallest=12):
    """Return sets of 2-D Gaussians, and the standard deviation of each set."""
    rng = np.random.default_rng(seed)
    scales = rng.uniform(0.5, 2, size=n_sets)
    sizes = rng.integers(smallest, 2 * smallest, size=n_sets)
    return [rng.normal(scale=s, size=(n, 2)) for s, n in zip(scales, sizes, strict=True)], scales


def make_classes(n_sets=60, seed=0):
    """Return sets of three classes: by their mean, by their variance."""
    rng = np.random.default_rng(seed)
    y = np.array(["far", "near", "wide"])[np.arange(n_sets) % 3]
    mean, scale = {"far": 1.5}, {"wide": 3.0}
    return [
        rng.normal(mean.get(c, 0), scale.get(c, 1), size=(rng.integers(15, 30), 2)) for c in y
    ], y


def targets(cls, scales):
    return np.where(scales > 1.2, "wide", "narrow") if cls is SDMClassifier else scales


X, Y = make_sets()
OTHERS, _ = make_sets(7, seed=1)


def centred_ridge(K, rows, y, alpha):
    """Predict by kernel ridge regression with centred kernel and targets."""
    centerer = KernelCenterer().fit(K)
    ridge = KernelRidge(kernel="precomputed", alpha=alpha)
    ridge.fit(centerer.transform(K), y - y.mean(axis=0))
    return ridge.predict(centerer.transform(rows)) + y.mean(axis=0)


# ---------------------------------------------------------------- exact


@pytest.mark.parametrize("parameters", [
    {},
    {"gamma": 2.0, "element_gamma": 0.3},
    {"element_kernel": "laplacian"},
    {"element_kernel": "polynomial", "element_gamma": 0.2, "degree": 2, "coef0": 0.5},
])  # fmt: skip
def test_ridge_on_the_kernel_of_the_mmd_by_hand(parameters):
    reg = SDMRegressor(alpha=0.1, **parameters).fit(X, Y)
    options = {"gamma": reg.gamma_, "element_gamma": reg.element_gamma_}
    given = {k: v for k, v in parameters.items() if "gamma" not in k}
    K, rows = mmd_kernel(X, **options, **given), mmd_kernel(OTHERS, X, **options, **given)
    assert_allclose(reg.predict(OTHERS), centred_ridge(K, rows, Y, 0.1), rtol=1e-9)
    svr = SDMRegressor(solver="svr", C=3.0, epsilon=0.01, **parameters).fit(X, Y)
    by_hand = SVR(kernel="precomputed", C=3.0, epsilon=0.01).fit(K, Y)
    assert_allclose(svr.predict(OTHERS), by_hand.predict(rows), rtol=1e-9)


def test_medians_of_distances():
    reg = SDMRegressor().fit(X, Y)
    assert reg.element_gamma_ == element_median_gamma(X, random_state=0)
    distances = mmd_squared(X, element_gamma=reg.element_gamma_)
    assert_allclose(reg.gamma_, 1 / np.median(distances[np.triu_indices(len(X), 1)]))
    assert_allclose(reg.gamma_, median_gamma(distances))
    laplacian = SDMRegressor(element_kernel="laplacian").fit(X, Y).element_gamma_
    assert laplacian == element_median_gamma(X, element_kernel="laplacian", random_state=0)
    reg = SDMRegressor(kernel="mean_map", element_kernel="polynomial").fit(X, Y)
    assert (reg.gamma_, reg.element_gamma_) == (None, 0.5)
    assert SDMRegressor(element_kernel="linear").fit(X, Y).element_gamma_ is None


def test_a_linear_kernel_is_ridge_on_the_means_of_the_sets():
    """Far from the origin too: the intercept is not penalised."""
    rng = np.random.default_rng(0)
    sets = [s + rng.normal(100, 3, size=2) for s in X]
    means = np.array([s.mean(axis=0) for s in sets])
    y = np.column_stack([means @ [1, 2], means @ [-1, 0.5]]) + rng.normal(size=(len(sets), 2))
    weight = rng.uniform(0, 3, size=len(sets))
    reg = SDMRegressor(kernel="mean_map", element_kernel="linear", alpha=20.0)
    for target in (y, y[:, 0]):
        for options in ({}, {"sample_weight": weight}):
            by_hand = Ridge(alpha=20.0).fit(means, target, **options).predict(means[:9])
            found = reg.fit(sets, target, **options).predict(sets[:9])
            assert_allclose(found, by_hand, rtol=1e-6)


def test_a_classifier_by_hand():
    sets, y = make_classes()
    others, _ = make_classes(11, seed=1)
    clf = SDMClassifier(C=2.0).fit(sets, y)
    options = {"gamma": clf.gamma_, "element_gamma": clf.element_gamma_}
    by_hand = SVC(kernel="precomputed", C=2.0).fit(mmd_kernel(sets, **options), y)
    rows = mmd_kernel(others, sets, **options)
    assert_allclose(clf.decision_function(others), by_hand.decision_function(rows), rtol=1e-7)
    assert_array_equal(clf.classes_, ["far", "near", "wide"])
    assert_array_equal(clf.predict(others), clf.classes_[clf.decision_function(others).argmax(1)])
    two = SDMClassifier().fit(sets[:40], y[:40] == "wide")
    assert_array_equal(two.predict(others), two.decision_function(others) > 0)


@pytest.mark.parametrize("psd", PSD)
@pytest.mark.parametrize("kernel", ["kl", "renyi"])
def test_a_divergence_by_hand(kernel, psd):
    parameters = {"n_neighbors": 2, **({"alpha": 0.8} if kernel == "renyi" else {})}
    D, rows = (
        np.maximum(knn_divergence(*sets, divergence=kernel, symmetric=True, **parameters), 0)
        for sets in ((X,), (OTHERS, X))
    )
    gamma, projection = median_gamma(D), PSDProjection(psd)
    K = projection.fit_transform(np.exp(-gamma * D))
    rows = projection.transform(np.exp(-gamma * rows))
    reg = SDMRegressor(kernel=kernel, n_neighbors=2, divergence_alpha=0.8, psd=psd, alpha=0.1)
    assert_allclose(reg.fit(X, Y).predict(OTHERS), centred_ridge(K, rows, Y, 0.1), rtol=1e-6)
    assert reg.gamma_ == pytest.approx(gamma) and reg.element_gamma_ is None


@pytest.mark.parametrize("kernel", KERNELS)
def test_every_kernel_learns(kernel):
    sets, y = make_classes(90)
    clf = SDMClassifier(kernel=kernel).fit(sets[:60], y[:60])
    assert clf.score(sets[60:], y[60:]) > 0.8
    sets, y = make_sets(120, smallest=30)
    reg = SDMRegressor(kernel=kernel, alpha=1.0).fit(sets[:80], y[:80])
    assert reg.score(sets[80:], y[80:]) > 0.8


# ---------------------------------------------------------------- approximations


@pytest.mark.parametrize("kernel", KERNELS)
def test_with_all_sets_as_landmarks_nothing_is_lost(kernel):
    parameters = {"kernel": kernel, "alpha": 0.1}
    exact = SDMRegressor(**parameters).fit(X, Y)
    nystroem = SDMRegressor(approximation="nystroem", n_components=len(X), **parameters)
    nystroem.fit(X, Y)
    assert nystroem.gamma_ == exact.gamma_
    assert_allclose(nystroem.predict(OTHERS), exact.predict(OTHERS), rtol=1e-6)


@pytest.mark.parametrize("kernel", ["mean_map", "mmd", "hellinger"])
def test_a_few_landmarks(kernel):
    sets, y = make_sets(150, smallest=30)
    parameters = {"kernel": kernel, "alpha": 0.1}
    exact = SDMRegressor(**parameters).fit(sets[:100], y[:100])
    reg = SDMRegressor(approximation="nystroem", n_components=20, random_state=0, **parameters)
    reg.fit(sets[:100], y[:100])
    assert len(reg.X_fit_) == 20
    distinct = {s.tobytes() for s in reg.X_fit_}
    assert len(distinct) == 20 and distinct <= {s.tobytes() for s in sets[:100]}
    assert reg.score(sets[100:], y[100:]) > exact.score(sets[100:], y[100:]) - 0.05


@pytest.mark.parametrize("element_kernel", ["rbf", "laplacian"])
@pytest.mark.parametrize("kernel", ["mean_map", "mmd"])
def test_random_features_come_close_to_the_kernel(kernel, element_kernel):
    sets, y = make_sets(120, smallest=30)
    parameters = {"kernel": kernel, "element_kernel": element_kernel, "alpha": 0.1}
    exact = SDMRegressor(**parameters).fit(sets[:80], y[:80])
    reg = SDMRegressor(approximation="rff", n_components=1000, random_state=0, **parameters)
    reg.fit(sets[:80], y[:80])
    assert reg.X_fit_ is None
    assert reg.element_gamma_ == exact.element_gamma_
    assert (reg.gamma_ is None) == (kernel == "mean_map")
    if kernel == "mmd":
        assert reg.gamma_ == pytest.approx(exact.gamma_, rel=0.1)
    assert_allclose(reg.predict(sets[80:]), exact.predict(sets[80:]), atol=0.1)


def test_random_features_are_those_of_the_transformer():
    reg = SDMRegressor(approximation="rff", n_components=30, random_state=3).fit(X, Y)
    features = MeanMapFeatures(
        element_gamma=reg.element_gamma_,
        n_components=30,
        gamma="median",
        n_outer_components=60,
        random_state=3,
    )
    by_hand = make_pipeline(features, Ridge(alpha=1e-2)).fit(X, Y)
    assert_allclose(reg.predict(OTHERS), by_hand.predict(OTHERS), rtol=1e-7)


@pytest.mark.parametrize("approximation", ["rff", "nystroem"])
def test_support_vector_machines_on_features(approximation):
    sets, y = make_sets(120, smallest=30)
    options = {"approximation": approximation, "n_components": 50, "random_state": 0}
    reg = SDMRegressor(solver="svr", C=10.0, epsilon=0.01, **options)
    # The intercept is the mean of y, which may be far from zero.
    assert reg.fit(sets[:80], y[:80] + 1000).score(sets[80:], y[80:] + 1000) > 0.8
    assert isinstance(reg.estimator_, LinearSVR)
    sets, y = make_classes(90)
    clf = SDMClassifier(C=10.0, **options).fit(sets[:60], y[:60])
    assert clf.score(sets[60:], y[60:]) > 0.8
    assert isinstance(clf.estimator_, LinearSVC)
    assert clf.decision_function(sets[60:]).shape == (30, 3)


@pytest.mark.parametrize("approximation", ["rff", "nystroem"])
def test_random_state_repeats_a_fit(approximation):
    reg = SDMRegressor(approximation=approximation, n_components=10, random_state=0)
    expected = reg.fit(X, Y).predict(OTHERS)
    assert_array_equal(clone(reg).fit(X, Y).predict(OTHERS), expected)
    other = clone(reg).set_params(random_state=1).fit(X, Y).predict(OTHERS)
    assert np.abs(other - expected).max() > 1e-6


# ---------------------------------------------------------------- weights and targets


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize("kernel", ["mean_map", "mmd"])
def test_a_weight_of_two_is_two_sets(cls, kernel):
    rng = np.random.default_rng(0)
    weight = rng.integers(0, 3, size=len(X))
    y = targets(cls, Y)
    # The medians depend on which sets there are, and not on their weights.
    model = cls(gamma=0.5, element_gamma=0.5, kernel=kernel)
    weighted = model.fit(X, y, sample_weight=weight)
    method = "decision_function" if cls is SDMClassifier else "predict"
    found = getattr(weighted, method)(OTHERS)
    repeated = np.repeat(np.arange(len(X)), weight)
    again = clone(model).fit([X[i] for i in repeated], y[repeated])
    assert_allclose(found, getattr(again, method)(OTHERS), atol=2e-3)


def test_several_outputs():
    y = np.column_stack([Y, -2 * Y])
    for approximation in (None, "rff", "nystroem"):
        reg = SDMRegressor(approximation=approximation, n_components=20, random_state=0)
        found = reg.fit(X, y).predict(OTHERS)
        assert found.shape == (7, 2)
        assert_allclose(found[:, 1], -2 * clone(reg).fit(X, Y).predict(OTHERS), rtol=1e-6)
    with pytest.raises(ValueError, match="1d array"):
        SDMRegressor(solver="svr").fit(X, y)


def test_class_weight():
    y = targets(SDMClassifier, Y)
    weight = np.where(y == "wide", 5.0, 1.0)
    by_class = SDMClassifier(class_weight={"wide": 5.0}).fit(X, y).decision_function(OTHERS)
    by_set = SDMClassifier().fit(X, y, sample_weight=weight).decision_function(OTHERS)
    assert_allclose(by_class, by_set, rtol=1e-6)


# ---------------------------------------------------------------- memory


def comparisons(location):
    """Return when each comparison in the store was computed."""
    return {path: path.stat().st_mtime_ns for path in location.rglob("output.pkl")}


@pytest.mark.parametrize("as_object", [False, True])
def test_a_grid_search_compares_once(tmp_path, as_object):
    memory = joblib.Memory(tmp_path, verbose=0) if as_object else str(tmp_path)
    reg = SDMRegressor(kernel="kl", memory=memory)
    grid = {"alpha": [1e-3, 0.1], "gamma": ["median", 0.1], "psd": ["clip", "shift"]}
    search = GridSearchCV(reg, grid, cv=2).fit(X, Y)
    # Of each fold the training sets and the others with them, and of the last fit all sets.
    assert len(comparisons(tmp_path)) == 2 * 2 + 1
    expected = GridSearchCV(clone(reg).set_params(memory=None), grid, cv=2).fit(X, Y)
    assert_array_equal(
        search.cv_results_["mean_test_score"], expected.cv_results_["mean_test_score"]
    )


def test_what_is_compared_again(tmp_path):
    reg = SDMRegressor(memory=str(tmp_path)).fit(X, Y)
    first = comparisons(tmp_path)
    assert len(first) == 1
    # The same elements in other objects, and parameters that no comparison depends on.
    for parameters in ({"alpha": 1.0}, {"gamma": 3.0}, {"degree": 2}, {"solver": "svr"},
                       {"n_jobs": 1}, {"n_neighbors": 2}, {"random_state": 1}):  # fmt: skip
        clone(reg).set_params(**parameters).fit([s.copy() for s in X], Y)
    assert comparisons(tmp_path) == first
    for n, parameters in enumerate(
        ({"element_gamma": 0.1}, {"element_kernel": "laplacian"}, {"kernel": "mean_map"},
         {"kernel": "renyi"}, {"kernel": "renyi", "divergence_alpha": 0.8})
    ):  # fmt: skip
        clone(reg).set_params(**parameters).fit(X, Y)
        assert len(comparisons(tmp_path)) == n + 2
    moved = [X[0] + 1e-9, *X[1:]]
    fresh = SDMRegressor(element_gamma=reg.element_gamma_).fit(moved, Y)
    kept = clone(reg).set_params(element_gamma=reg.element_gamma_).fit(moved, Y)
    assert len(comparisons(tmp_path)) == 7
    assert_array_equal(kept.predict(OTHERS), fresh.predict(OTHERS))


def test_landmarks_are_remembered(tmp_path):
    reg = SDMRegressor(approximation="nystroem", n_components=9, random_state=0)
    reg.set_params(memory=str(tmp_path)).fit(X, Y)
    first = comparisons(tmp_path)
    assert len(first) == 2
    clone(reg).set_params(alpha=1.0, gamma=2.0).fit(X, Y)
    assert comparisons(tmp_path) == first


# ---------------------------------------------------------------- in scikit-learn


VARIANTS = [{}, {"kernel": "kl"}, {"approximation": "rff", "n_components": 20},
            {"approximation": "nystroem", "n_components": 20}]  # fmt: skip


@pytest.mark.parametrize("mmap_mode", ["r", "r+", "c"])
@pytest.mark.parametrize("kernel", ["mean_map", "mmd", "hellinger"])
def test_a_comparison_that_is_mapped_from_its_file_stays_as_it_is(tmp_path, kernel, mmap_mode):
    memory = joblib.Memory(tmp_path, mmap_mode=mmap_mode, verbose=0)
    model = SDMRegressor(kernel=kernel, approximation="nystroem", n_components=8, random_state=0)
    expected = clone(model).fit(X, Y).predict(X)
    model.set_params(memory=memory)
    model.fit(X, Y)
    files = {path: path.read_bytes() for path in tmp_path.rglob("output.pkl")}
    assert len(files) == 2
    for _ in range(2):
        assert_array_equal(model.fit(X, Y).predict(X), expected)
        assert files.items() <= {p: p.read_bytes() for p in tmp_path.rglob("output.pkl")}.items()


@pytest.fixture(params=[(cls, variant) for cls in BOTH for variant in VARIANTS], ids=str)
def fitted(request):
    cls, variant = request.param
    return cls(random_state=0, **variant).fit(X, targets(cls, Y))


def scores(model, sets):
    method = "decision_function" if hasattr(model, "decision_function") else "predict"
    return getattr(model, method)(sets)


def test_order_of_elements_and_batch_mates_change_nothing(fitted):
    rng = np.random.default_rng(0)
    expected = scores(fitted, OTHERS)
    shuffled = [rng.permutation(s) for s in OTHERS]
    assert_allclose(scores(fitted, shuffled), expected, rtol=1e-7, atol=1e-9)
    alone = np.concatenate([scores(fitted, [s]) for s in OTHERS])
    assert_allclose(alone, expected, rtol=1e-7, atol=1e-9)


def test_containers_are_equivalent(fitted):
    expected = scores(fitted, OTHERS)
    packed = SetArray.from_sets(OTHERS)
    objects = np.asarray(packed)
    for sets in (tuple(OTHERS), packed, objects, objects[:, None], pd.Series(OTHERS)):
        assert_array_equal(scores(fitted, sets), expected)
    again = clone(fitted).fit(SetArray.from_sets(X), targets(type(fitted), Y))
    assert_array_equal(scores(again, OTHERS), expected)


def test_pickle_clone_and_single_precision(fitted):
    expected = scores(fitted, OTHERS)
    assert_array_equal(scores(pickle.loads(pickle.dumps(fitted)), OTHERS), expected)
    assert not hasattr(clone(fitted), "estimator_")
    single = [s.astype(np.float32) for s in X]
    found = scores(clone(fitted).fit(single, targets(type(fitted), Y)), OTHERS)
    assert found.dtype == np.float64
    assert_allclose(found, expected, atol=0.02)


def test_frames_as_output_of_transformers_change_nothing(fitted):
    expected = scores(fitted, OTHERS)
    with sklearn.config_context(transform_output="pandas"):
        again = clone(fitted).fit(X, targets(type(fitted), Y))
        assert_array_equal(scores(again, OTHERS), expected)
    assert not hasattr(again.estimator_, "feature_names_in_")


@pytest.mark.parametrize("cls", BOTH)
def test_pipeline_grid_search_and_cross_validation(cls):
    y = targets(cls, Y)
    pipe = make_pipeline(ElementTransformer(StandardScaler()), cls())
    grid = GridSearchCV(pipe, {f"{cls.__name__.lower()}__kernel": ["mmd", "kl"]}, cv=2)
    assert grid.fit(X, y).score(OTHERS, targets(cls, make_sets(7, seed=1)[1])) > 0.7
    predicted = cross_val_predict(pipe, SetArray.from_sets(X), y, cv=3)
    assert predicted.shape == y.shape
    assert cross_val_score(pipe, X, y, cv=3).mean() > 0.7


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize("cls", BOTH)
@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"approximation": "rff", "kernel": "kl"}, "found kernel='kl'. Use approximation='nyst"),
        (
            {"approximation": "rff", "element_kernel": "linear"},
            "needs element_kernel='rbf' or 'laplacian'; found element_kernel='linear'",
        ),
        ({"kernel": "rbf"}, "'kernel' parameter of SDM.* must be a str among"),
        ({"gamma": 0}, "'gamma' parameter"),
        ({"element_gamma": "scale"}, "'element_gamma' parameter"),
        ({"psd": None}, "'psd' parameter"),
        ({"memory": 3}, "'memory' parameter"),
        ({"C": -1}, "'C' parameter"),
        ({"kernel": "kl", "n_neighbors": 12}, "(?i)neighbo.*12.*set "),
        ({"divergence_alpha": 0}, "'divergence_alpha' parameter"),
        (
            {"kernel": "renyi", "divergence_alpha": 1.0},
            "divergence_alpha must be a number above 0 other than 1, .*'kl'.*found 1.0",
        ),
        (
            {"kernel": "tsallis", "divergence_alpha": 4.0},
            "divergence_alpha=4.0 needs n_neighbors above 3.*; found 3",
        ),
    ],
)
def test_bad_parameters(cls, parameters, message):
    with pytest.raises(ValueError, match=message):
        cls(**parameters).fit(X, targets(cls, Y))


@pytest.mark.parametrize("cls", BOTH)
def test_a_failed_fit_leaves_the_estimator_as_it_was(cls):
    y = targets(cls, Y)
    model = cls().fit(X, y)
    before, expected = dict(vars(model)), scores(model, OTHERS)
    context = SetArray.from_sets(X, context=Y)
    hole = [*X[:3], np.full((2, 2), np.nan), *X[4:]]
    for sets, target, message in (
        (context, y, r"context of 1 features, .* Drop it with SetArray\(X.values, X.offsets\)"),
        ([np.empty((0, 2)), *X[1:]], y, "Set 0 of X is empty"),
        (hole, y, "NaN: set 3, element 0"),
        ([["a", "b"], ["c"]] * 30, y, "tokens"),
        (X, y[:-1], "X has 60 sets, y has 59 values"),
        (X, None, "requires y to be passed"),
    ):
        with pytest.raises(ValueError, match=message):
            model.fit(sets, target)
    for weight, message in ((np.zeros(60), "zero"), (np.ones(3), "sample_weight.shape"),
                            (-np.ones(60), "Negative")):  # fmt: skip
        with pytest.raises(ValueError, match=message):
            model.fit(X, y, sample_weight=weight)
    assert vars(model).keys() == before.keys()
    assert all(vars(model)[name] is before[name] for name in before)
    assert_array_equal(scores(model, OTHERS), expected)


@pytest.mark.parametrize("cls", BOTH)
def test_bad_sets_at_predict(cls):
    with pytest.raises(NotFittedError, match=f"{cls.__name__} instance is not fitted"):
        cls().predict(X)
    model = cls(kernel="kl").fit(X, targets(cls, Y))
    for sets, message in (
        ([X[0], np.empty((0, 2))], "Set 1 of X is empty"),
        ([np.ones((4, 3))], "X has 3 features, but SDM.* is expecting 2"),
        (np.ones((3, 2)), r"table of shape \(3, 2\), .* pass \[X\] for one set"),
        (SetArray.from_sets(OTHERS, context=np.ones(7)), "compare elements alone"),
        ([OTHERS[0], OTHERS[1][:1]], "(?i)set 1"),
    ):
        with pytest.raises(ValueError, match=message):
            model.predict(sets)


def test_bad_targets():
    with pytest.raises(ValueError, match="Unknown label type: continuous"):
        SDMClassifier().fit(X, Y)
    with pytest.raises(ValueError, match="y contains NaN: set 2"):
        SDMRegressor().fit(X, np.where(np.arange(60) == 2, np.nan, Y))
    with pytest.raises(ValueError, match="y must be numeric"):
        SDMRegressor().fit(X, targets(SDMClassifier, Y))


@pytest.mark.parametrize("approximation", [None, "rff", "nystroem"])
def test_one_class(approximation):
    model = SDMClassifier(approximation=approximation)
    message = r"SDMClassifier needs samples of at least 2 classes; y has one class, near\."
    with pytest.raises(ValueError, match=message):
        model.fit(X, ["near"] * len(X))
    y, weight = np.array(["far"] + ["near"] * (len(X) - 1)), np.ones(len(X))
    weight[0] = 0
    with pytest.raises(ValueError, match=r"sets whose weight is above zero have one class, near\."):
        model.fit(X, y, sample_weight=weight)
    assert model.fit(X, y).classes_.tolist() == ["far", "near"]


def test_sets_that_are_all_alike_have_a_kernel():
    for kernel in ("mean_map", "mmd"):
        reg = SDMRegressor(kernel=kernel).fit([np.ones((3, 2))] * 4, [1.0, 2.0, 3.0, 4.0])
        assert_allclose(reg.predict([np.ones((1, 2))]), [2.5])
    assert SDMRegressor().fit([X[0]], [3.0]).predict(OTHERS) == pytest.approx([3.0] * 7)
