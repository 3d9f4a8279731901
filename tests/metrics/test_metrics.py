"""Metrics and scorers of elements: scikit-learn's own on the concatenated arrays."""

import pickle

import numpy as np
import pandas as pd
import pytest
from sklearn import config_context
from sklearn.base import BaseEstimator, ClassifierMixin, OutlierMixin, RegressorMixin, clone
from sklearn.metrics import (
    accuracy_score,
    average_precision_score,
    f1_score,
    fbeta_score,
    log_loss,
    make_scorer,
    max_error,
    mean_absolute_error,
    r2_score,
    roc_auc_score,
)
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline

from sksets import (
    DeepSetsElementClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SetArray,
    SetOutlierDetector,
)
from sksets.metrics import element_scorer, redshift_scatter
from sksets.preprocessing import SetNormalizer

TINY = {"max_epochs": 3, "equivariant_layer_sizes": (8,), "phi_layer_sizes": (8,)}


@pytest.fixture(scope="module")
def sets():
    rng = np.random.default_rng(0)
    return [rng.normal(size=(size, 3)) for size in (3, 0, 1, 4, 2, 5, 3, 2, 6, 3)]


@pytest.fixture(scope="module")
def real(sets):
    return [elements.sum(axis=1) for elements in sets]


@pytest.fixture(scope="module")
def binary(sets):
    return [(elements[:, 0] > 0).astype(int) for elements in sets]


@pytest.fixture(scope="module")
def regressor(sets, real):
    return DeepSetsElementRegressor(**TINY, random_state=0).fit(sets, real)


@pytest.fixture(scope="module")
def classifier(sets, binary):
    return DeepSetsElementClassifier(**TINY, random_state=0).fit(sets, binary)


class Given(BaseEstimator):
    """Predicts what it is given as X."""

    def fit(self, X, y=None):
        return self

    def __sklearn_is_fitted__(self):
        return True

    def predict(self, X):
        return X


class GivenRegressor(RegressorMixin, Given):
    pass


class GivenLabels(ClassifierMixin, Given):
    classes_ = np.array(["a", "b"])


class GivenScores(OutlierMixin, Given):
    def decision_function(self, X):
        return X

    def predict_proba(self, X):
        return X


# ---------------------------------------------------------------- element_scorer


@pytest.mark.parametrize(
    "name, metric", [("r2", r2_score), ("neg_mean_absolute_error", mean_absolute_error)]
)
def test_scores_of_a_regressor_are_those_of_the_concatenated_arrays(
    name, metric, regressor, sets, real
):
    expected = metric(np.concatenate(real), np.concatenate(list(regressor.predict(sets))))
    expected = -expected if name.startswith("neg") else expected
    for container in (real, np.asarray(SetArray.from_sets(real)), SetArray.from_sets(real)):
        score = element_scorer(name)(regressor, sets, container)
        assert score == pytest.approx(expected, rel=1e-12)


@pytest.mark.parametrize(
    "name, metric, response",
    [
        ("accuracy", accuracy_score, "predict"),
        ("f1_macro", lambda y, p: f1_score(y, p, average="macro"), "predict"),
        ("roc_auc", lambda y, p: roc_auc_score(y, p[:, 1]), "predict_proba"),
        ("average_precision", lambda y, p: average_precision_score(y, p[:, 1]), "predict_proba"),
        ("neg_log_loss", lambda y, p: -log_loss(y, p), "predict_proba"),
    ],
)
def test_scores_of_a_classifier_are_those_of_the_concatenated_arrays(
    name, metric, response, classifier, sets, binary
):
    flat = np.concatenate(list(getattr(classifier, response)(sets)))
    expected = metric(np.concatenate(binary), flat)
    assert element_scorer(name)(classifier, sets, binary) == pytest.approx(expected, rel=1e-12)


def test_scores_of_many_classes(sets):
    y = [(elements[:, 0] > 0) + (elements[:, 1] > 0).astype(int) for elements in sets]
    clf = DeepSetsElementClassifier(**TINY, random_state=0).fit(sets, y)
    flat = np.concatenate(list(clf.predict_proba(sets)))
    expected = roc_auc_score(np.concatenate(y), flat, multi_class="ovr")
    score = element_scorer("roc_auc_ovr")(clf, sets, y)
    assert score == pytest.approx(expected, rel=1e-12)


def test_literal_example():
    predictions = [np.array([1.0, 2.0]), np.array([]), np.array([5.0])]
    y = [np.array([1.5, np.nan]), np.array([]), np.array([3.0])]
    score = element_scorer("neg_mean_absolute_error")(GivenRegressor(), predictions, y)
    assert score == -1.25


def test_an_array_of_two_dimensions_is_sets_of_equal_size():
    predictions = [np.array([0.0, 1.0]), np.array([2.0, 4.0])]
    y = np.array([[0.0, 2.0], [2.0, 2.0]])
    assert element_scorer("neg_mean_absolute_error")(GivenRegressor(), predictions, y) == -0.75


@pytest.mark.parametrize("missing", [None, np.nan, -1])
def test_unlabelled_strings(missing):
    predictions = [np.array(["a", "b", "a"]), np.array(["b"])]
    y = [np.array(["a", missing, "b"], dtype=object), ["b"]]
    assert element_scorer("accuracy")(GivenLabels(), predictions, y) == 2 / 3


@pytest.mark.parametrize("missing", [-1, -1.0, np.nan, None])
def test_unlabelled_integers(missing, classifier, sets, binary):
    y = [labels.astype(object if missing is None else type(missing)) for labels in binary]
    y[0][1] = y[3][0] = missing
    keep = np.ones(len(np.concatenate(y)), dtype=bool)
    keep[[1, 4]] = False
    flat = np.concatenate(list(classifier.predict_proba(sets)))
    expected = -log_loss(np.concatenate(binary)[keep], flat[keep])
    assert element_scorer("neg_log_loss")(classifier, sets, y) == pytest.approx(expected)


def test_minus_one_is_a_target_of_a_regressor():
    predictions = [np.array([0.0, 1.0]), np.array([2.0])]
    for y in ([np.array([-1, 1]), np.array([2])], [np.array([-1.0, 1.0]), np.array([2.0])]):
        score = element_scorer("neg_mean_absolute_error")(GivenRegressor(), predictions, y)
        assert score == -1 / 3


def test_minus_one_is_an_outlier_of_a_detector():
    scores = [np.array([0.5, -2.0, 0.1]), np.array([-1.0, 0.3])]
    y = [np.array([1, -1, 1]), np.array([-1, 1])]
    assert element_scorer("roc_auc")(GivenScores(), scores, y) == 1.0
    assert element_scorer("roc_auc")(GivenScores(), scores, [-labels for labels in y]) == 0.0
    with pytest.raises(AttributeError, match="predict_proba"):
        element_scorer("neg_log_loss")(GivenScores(), scores, y)


def test_outlier_detector():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(size, 2)) for size in (4, 5, 3, 6)]
    y = [np.ones(len(elements), dtype=int) for elements in X]
    for labels in y:
        labels[0] = -1
    detector = SetOutlierDetector(**TINY, random_state=0).fit(X, [0, 0, 0, 0])
    flat = np.concatenate(list(detector.decision_function(X)))
    expected = roc_auc_score(np.concatenate(y), flat)
    assert element_scorer("roc_auc")(detector, X, y) == pytest.approx(expected)
    found = np.concatenate(list(detector.predict(X)))
    expected = accuracy_score(np.concatenate(y), found)
    assert element_scorer("accuracy")(detector, X, y) == expected


def test_weights_of_sets_and_of_elements(regressor, sets, real):
    y = [targets.copy() for targets in real]
    y[0][0] = np.nan
    by_set = np.arange(1.0, 11.0)
    by_element = [np.full(len(targets), w) for targets, w in zip(y, by_set, strict=True)]
    flat, predicted = np.concatenate(y)[1:], np.concatenate(list(regressor.predict(sets)))[1:]
    expected = r2_score(flat, predicted, sample_weight=np.concatenate(by_element)[1:])
    scorer = element_scorer("r2")
    assert scorer(regressor, sets, y, sample_weight=by_set) == pytest.approx(expected)
    assert scorer(regressor, sets, y, sample_weight=by_element) == pytest.approx(expected)
    with pytest.raises(ValueError, match=r"weight has 3 values, y has 10 sets\. Pass one weight a"):
        scorer(regressor, sets, y, sample_weight=by_set[:3])
    with pytest.raises(ValueError, match=r"sample_weight has 2 value\(s\) for set 0, y 3\. Pass"):
        scorer(regressor, sets, y, sample_weight=[by_element[0][:2], *by_element[1:]])


def test_a_flat_y_passes_through():
    X = np.random.default_rng(0).normal(size=(40, 3))
    y = X.sum(axis=1)
    reg = DeepSetsElementRegressor(**TINY, random_state=0).fit(X, y)
    score = element_scorer("r2")(reg, X, y, sample_weight=np.ones(40))
    assert score == pytest.approx(r2_score(y, reg.predict(X)))
    labels = np.where(y > 0, 1, -1)
    clf = DeepSetsElementClassifier(**TINY, random_state=0).fit(X, labels)
    score = element_scorer("roc_auc")(clf, X, pd.Series(labels))
    assert score == pytest.approx(roc_auc_score(labels, clf.predict_proba(X)[:, 1]))


def test_a_scorer_made_by_make_scorer(classifier, sets, binary):
    scorer = element_scorer(make_scorer(fbeta_score, beta=2))
    flat = np.concatenate(list(classifier.predict(sets)))
    expected = fbeta_score(np.concatenate(binary), flat, beta=2)
    assert scorer(classifier, sets, binary) == expected


def test_grid_search_finds_the_better_setting(sets, real):
    X, y = sets * 3, real * 3
    y[0] = np.full(len(y[0]), np.nan)
    est = DeepSetsElementRegressor(**TINY, random_state=0)
    grid = {"learning_rate_init": [1e-9, 1e-2]}
    search = GridSearchCV(est, grid, scoring=element_scorer("r2"), cv=3, error_score="raise")
    search = clone(search).fit(X, y)
    assert search.best_params_ == {"learning_rate_init": 1e-2}
    expected = r2_score(np.concatenate(y[1:]), np.concatenate(list(search.predict(X[1:]))))
    assert element_scorer("r2")(search, X, y) == pytest.approx(expected)
    assert search.score(X, y) == pytest.approx(expected)


def test_pipeline(sets, binary):
    y = [labels.copy() for labels in binary]
    y[0][0] = -1
    est = DeepSetsElementClassifier(**TINY, random_state=0)
    pipeline = make_pipeline(SetNormalizer(), est).fit(sets, y)
    flat = np.concatenate(list(pipeline.predict_proba(sets)))[1:, 1]
    expected = roc_auc_score(np.concatenate(y)[1:], flat)
    scorer = element_scorer("roc_auc")
    assert scorer(pipeline, sets, y) == pytest.approx(expected)
    scores = cross_val_score(pipeline, sets * 2, y * 2, scoring=scorer, cv=2, error_score="raise")
    assert scores.shape == (2,) and ((0 <= scores) & (scores <= 1)).all()


def test_a_search_of_several_scorers_with_weights(sets, real):
    est = DeepSetsElementRegressor(**TINY, random_state=0)
    scoring = {"r2": element_scorer("r2"), "auto": element_scorer("neg_mean_absolute_error")}
    search = GridSearchCV(est, {}, scoring=scoring, refit="r2", cv=2, error_score="raise")
    search.fit(sets, real, sample_weight=np.arange(1.0, 11.0))
    assert np.isfinite(search.cv_results_["mean_test_auto"]).all()


@pytest.mark.filterwarnings("ignore:The scoring .* does not support sample_weight")
def test_a_search_passes_no_weights_to_a_scorer_that_takes_none(sets, real):
    est = DeepSetsElementRegressor(**TINY, random_state=0)
    scorer = element_scorer(make_scorer(max_error, greater_is_better=False))
    search = GridSearchCV(est, {}, scoring=scorer, cv=2, error_score="raise")
    search.fit(sets, real, sample_weight=np.arange(1.0, 11.0))
    assert search.best_score_ < 0


def test_metadata_routing(sets, real):
    with config_context(enable_metadata_routing=True):
        scorer = element_scorer("r2").set_score_request(sample_weight=True)
        est = DeepSetsElementRegressor(**TINY, random_state=0).set_fit_request(sample_weight=False)
        weight = np.zeros(10)
        weight[5:] = 1.0
        options = {"cv": [(np.arange(10), np.arange(10))], "error_score": "raise"}
        weighted = cross_val_score(
            est, sets, real, scoring=scorer, params={"sample_weight": weight}, **options
        )
    fitted = est.fit(sets, real)
    assert weighted[0] == pytest.approx(element_scorer("r2")(fitted, sets[5:], real[5:]))


def test_pickle(regressor, sets, real):
    scorer = pickle.loads(pickle.dumps(element_scorer("r2")))
    assert repr(scorer) == "element_scorer('r2')"
    assert scorer(regressor, sets, real) == element_scorer("r2")(regressor, sets, real)


def test_unknown_names():
    with pytest.raises(
        ValueError, match=r"Unknown scoring value 'acuracy'; did you mean 'accuracy'"
    ):
        element_scorer("acuracy")
    with pytest.raises(ValueError, match="must be the name of a scorer, or a scorer; found None"):
        element_scorer(None)


@pytest.mark.parametrize(
    "change, text",
    [
        (lambda y: y[:9], r"y has 9 sets, predict of DeepSetsElementRegressor 10\. Pass one array"),
        (
            lambda y: [*y[:3], y[3][:2], *y[4:]],
            r"y has 2 value\(s\) for set 3, predict of DeepSetsElementRegressor 4\. Pass one array "
            r"a set in y, with one value an element \(NaN",
        ),
        (
            lambda y: np.zeros(10),
            r"y has 1 value\(s\) for set 0, predict of DeepSetsElementRegressor 3\. Pass one array",
        ),
        (
            lambda y: [np.full(len(targets), np.nan) for targets in y],
            "No element of y has a label, so there is nothing to score: 29 elements",
        ),
        (lambda y: [*y[:2], 1.0, *y[3:]], "y must hold one array a set.*one value.* for set 2"),
        (lambda y: None, "y should be a 1d array"),
    ],
)
def test_errors_of_y(change, text, regressor, sets, real):
    with pytest.raises(ValueError, match=text):
        element_scorer("r2")(regressor, sets, change(real))


def test_an_estimator_with_one_output_a_set(sets, real):
    reg = DeepSetsRegressor(max_epochs=1, random_state=0).fit(sets, np.zeros(10))
    with pytest.raises(ValueError, match=r"y has 3 value\(s\) for set 0, predict of DeepSetsRegr"):
        element_scorer("r2")(reg, sets, real)


# ---------------------------------------------------------------- redshift_scatter


def test_redshift_scatter_literal():
    # |0 - .1| / 1, |1 - .8| / 2, |3 - 3.4| / 4: .1 each; |1 - 2| / 2: .5
    assert redshift_scatter([0.0, 1.0, 3.0, 1.0], [0.1, 0.8, 3.4, 2.0]) == pytest.approx(0.2)


def test_redshift_scatter_of_sets_is_that_of_the_concatenated_arrays():
    rng = np.random.default_rng(0)
    y = [rng.uniform(size=size) for size in (3, 0, 1, 4)]
    p = [targets + rng.normal(size=len(targets)) for targets in y]
    weight = [rng.uniform(size=len(targets)) for targets in y]
    flat = [np.concatenate(arrays) for arrays in (y, p, weight)]
    expected = np.average(np.abs(flat[0] - flat[1]) / (1 + flat[0]), weights=flat[2])
    assert redshift_scatter(y, p, sample_weight=weight) == pytest.approx(expected)
    assert redshift_scatter(*flat[:2], sample_weight=flat[2]) == pytest.approx(expected)
    packed = SetArray.from_sets(y), np.asarray(SetArray.from_sets(p))
    assert redshift_scatter(*packed) == pytest.approx(redshift_scatter(*flat[:2]))
    by_set = redshift_scatter(y, p, sample_weight=[1.0, 5.0, 0.0, 0.0])
    assert by_set == pytest.approx(redshift_scatter(y[0], p[0]))


def test_redshift_scatter_skips_nan():
    y, p = [np.array([0.0, np.nan]), np.array([np.nan])], [np.array([0.1, 7.0]), np.array([9.0])]
    assert redshift_scatter(y, p) == pytest.approx(0.1)
    assert redshift_scatter(y, p, sample_weight=[1.0, 2.0]) == pytest.approx(0.1)


def test_redshift_scatter_scores_in_a_search(sets):
    y = [np.exp(elements.sum(axis=1)) for elements in sets]
    y[0][0] = np.nan
    scorer = make_scorer(redshift_scatter, greater_is_better=False)
    est = DeepSetsElementRegressor(**TINY, random_state=0)
    options = {"cv": [(np.arange(10), np.arange(10))], "error_score": "raise"}
    scores = cross_val_score(est, sets, y, scoring=scorer, **options)
    assert scores[0] == -redshift_scatter(y, est.fit(sets, y).predict(sets))


@pytest.mark.parametrize(
    "y_true, y_pred, text",
    [
        ([0.1, 0.2], [0.1], r"y_pred has 1 values, y_true 2\. Both need one value an element"),
        ([[0.1], [0.2, 0.3]], [[0.1], [0.2]], r"y_pred has 1 value\(s\) for set 1, y_true 2\."),
        ([[0.1], [0.2, 0.3]], [[0.1]], r"y_pred has 1 sets, y_true 2\."),
        ([[0.1], [0.2, 0.3]], [0.1, 0.2, 0.3], r"y_pred has 3 sets, y_true 2\."),
        ([0.1, -1.0], [0.1, 0.1], "must be above -1; y_true of element 1 is -1"),
        ([[0.1], [np.nan, -3.0]], [[0.1], [0, 0]], "y_true of set 1, element 1 is -3"),
        ([0.1, 0.2], [0.1, np.nan], "Input y_pred contains NaN"),
        ([0.1, np.inf], [0.1, 0.2], "Input y_true contains infinity"),
        ([np.nan, np.nan], [0.1, 0.2], "No element has a target"),
        ([[[0.1, 0.2]]], [[[0.1, 0.2]]], "found an array of shape"),
    ],
)
def test_redshift_scatter_errors(y_true, y_pred, text):
    with pytest.raises(ValueError, match=text):
        redshift_scatter(y_true, y_pred)


@pytest.mark.parametrize(
    "weight, text",
    [([1.0], "sample_weight has 1 values, y 2"), ([-1.0, 1.0], "Negative"), ([0, 0], "zero")],
)
def test_redshift_scatter_errors_of_weights(weight, text):
    with pytest.raises(ValueError, match=text):
        redshift_scatter([0.1, 0.2], [0.1, 0.2], sample_weight=weight)
