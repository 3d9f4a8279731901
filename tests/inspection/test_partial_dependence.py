import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.impute import SimpleImputer
from sklearn.inspection import PartialDependenceDisplay
from sklearn.pipeline import make_pipeline
from sklearn.svm import LinearSVC

from sksets import (
    DeepSetsClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SetArray,
    SetOutlierDetector,
)
from sksets.inspection import partial_dependence
from sksets.preprocessing import ElementTransformer, SetSummarizer

FAST = {"max_epochs": 2, "random_state": 0, "dtype": "float64"}


def make_data():
    rng = np.random.default_rng(0)
    X = SetArray.from_sets([rng.normal(size=(size, 2)) for size in (3, 0, 2, 4, 1, 5)])
    return X.with_context(np.arange(6.0)), np.arange(6.0)


def test_a_feature_of_the_elements_is_set_everywhere():
    X, y = make_data()
    reg = DeepSetsRegressor(**FAST).fit(X, y)
    grid = [-1.0, 0.0, 2.0]
    result = partial_dependence(reg, X, 1, grid_values=grid, kind="both")
    assert result.feature_name == "x1"
    assert_array_equal(result.grid_values[0], grid)
    for k, value in enumerate(grid):
        changed = X.map_values(np.column_stack([X.values[:, 0], np.full(15, value)]))
        assert_allclose(result.individual[0, :, k], reg.predict(changed))
    assert_allclose(result.average, result.individual.mean(axis=1))
    assert "individual" not in partial_dependence(reg, X, 1, grid_values=grid)
    assert "average" not in partial_dependence(reg, X, 1, grid_values=grid, kind="individual")


def test_a_feature_of_the_context():
    X, y = make_data()
    reg = DeepSetsRegressor(**FAST).fit(X, y)
    result = partial_dependence(reg, X, "context0", grid_values=[7])
    assert_allclose(result.average, [[reg.predict(X.with_context(np.full(6, 7.0))).mean()]])
    assert_array_equal(partial_dependence(reg, X, 2).grid_values[0], np.arange(6.0))


def test_the_grid():
    X, y = make_data()
    reg = DeepSetsRegressor(**FAST).fit(X, y)
    result = partial_dependence(reg, X, 0, grid_resolution=5, percentiles=(0.1, 0.8))
    low, high = np.quantile(X.values[:, 0], [0.1, 0.8])
    assert_allclose(result.grid_values[0], np.linspace(low, high, 5))
    assert_allclose(result.deciles, np.quantile(X.values[:, 0], np.arange(0.1, 1, 0.1)))
    # Where fewer values occur, they are the grid.
    assert_array_equal(partial_dependence(reg, X, 0).grid_values[0], np.unique(X.values[:, 0]))
    few = X.map_values(np.repeat([[0.0, 0], [1, 1], [2, 2]], [13, 1, 1], axis=0))
    with pytest.raises(ValueError, match=r"percentiles \(0.1, 0.5\) of the feature are both 0"):
        partial_dependence(reg, few, 0, grid_resolution=2, percentiles=(0.1, 0.5))


def test_a_missing_value():
    X, y = make_data()
    values = X.values.copy()
    values[4, 1] = np.nan
    X_missing = X.map_values(values)
    reg = DeepSetsRegressor(**FAST).fit(X, y)
    for grid in (None, [0.0, 1.0]):
        with pytest.raises(ValueError, match="X contains NaN: set 2, element 1"):
            partial_dependence(reg, X_missing, 1, grid_values=grid)
    imputing = make_pipeline(ElementTransformer(SimpleImputer()), reg).fit(X_missing, y)
    result = partial_dependence(imputing, X_missing, 1)
    assert_array_equal(result.grid_values[0], np.sort(np.delete(values[:, 1], 4)))
    assert np.isfinite(result.average).all() and np.isfinite(result.deciles).all()


def test_probabilities_and_decisions():
    X, y = make_data()
    clf = DeepSetsClassifier(**FAST).fit(X, y > 2)
    result = partial_dependence(clf, X, 0, grid_values=[0.0])
    changed = X.map_values(np.column_stack([np.zeros(15), X.values[:, 1]]))
    assert_allclose(result.average, [[clf.predict_proba(changed)[:, 1].mean()]])
    clf.fit(X, ["a", "b", "c"] * 2)
    result = partial_dependence(clf, X, 0, grid_values=[0.0])
    assert_allclose(result.average[:, 0], clf.predict_proba(changed).mean(axis=0))
    clf.fit(X, np.column_stack([y > 2, y > 3]).astype(int))
    assert partial_dependence(clf, X, 0, grid_values=[0.0]).average.shape == (2, 1)
    plain = SetArray(X.values, X.offsets)
    svm = make_pipeline(SetSummarizer(), LinearSVC()).fit(plain, y > 2)
    result = partial_dependence(svm, plain, 0, grid_values=[0.0])
    rows = plain.map_values(changed.values)
    assert_allclose(result.average, [[svm.decision_function(rows).mean()]])


def test_elements_are_the_samples_where_each_has_an_output():
    X, _ = make_data()
    reg = DeepSetsElementRegressor(**FAST).fit(X, [elements[:, 0] for elements in X])
    result = partial_dependence(reg, X, 0, grid_values=[0.0, 1.0], kind="both")
    assert result.individual.shape == (1, 15, 2)
    changed = X.map_values(np.column_stack([np.ones(15), X.values[:, 1]]))
    assert_allclose(result.individual[0, :, 1], np.concatenate(reg.predict(changed)))
    detector = SetOutlierDetector(**FAST).fit(X)
    result = partial_dependence(detector, X, 0, grid_values=[1.0], kind="individual")
    expected = np.concatenate(detector.predict_proba(changed))
    assert_allclose(result.individual[0, :, 0], expected)


def test_categories_and_words():
    rng = np.random.default_rng(0)
    frames = [
        pd.DataFrame({"size": rng.normal(size=4), "colour": rng.choice(["red", "blue"], size=4)})
        for _ in range(6)
    ]
    reg = DeepSetsRegressor(**FAST).fit(frames, np.arange(6.0))
    result = partial_dependence(reg, frames, "colour")
    assert sorted(result.grid_values[0]) == ["blue", "red"] and "deciles" not in result
    red = [frame.assign(colour="red") for frame in frames]
    place = result.grid_values[0].tolist().index("red")
    assert_allclose(result.average[0, place], reg.predict(red).mean())
    one = partial_dependence(reg, frames, "colour", grid_values=["red"])
    assert_allclose(one.average, [[reg.predict(red).mean()]])
    with pytest.raises(ValueError, match=r"categories that X holds, .*'red'.*; found 'green'"):
        partial_dependence(reg, frames, "colour", grid_values=["green"])
    words = [["a", "b"], ["c"], ["a", "c"], ["b"], ["a"], ["c", "b"]]
    reg = DeepSetsRegressor(**FAST).fit(words, np.arange(6.0))
    result = partial_dependence(reg, words, "token")
    expected = [reg.predict([[w] * len(s) for s in words]).mean() for w in result.grid_values[0]]
    assert_allclose(result.average, [expected])


def test_the_display_of_scikit_learn_takes_it():
    X, y = make_data()
    reg = DeepSetsRegressor(**FAST).fit(X, y)
    result = partial_dependence(reg, X, 0, kind="both")
    display = PartialDependenceDisplay(
        [result],
        features=[(0,)],
        feature_names=[result.feature_name],
        target_idx=0,
        deciles={0: result.deciles},
        kind="both",
    ).plot()
    assert_allclose(display.lines_[0, 0, -1].get_ydata(), result.average[0])


@pytest.mark.parametrize(
    "changed, text",
    [
        ({"feature": 3}, "feature must be a name or a place from 0 to 2, .* found 3"),
        ({"feature": "x9"}, "Unknown feature 'x9'. Known: x0, x1, context0"),
        ({"grid_values": [[1]]}, r"one dimension; found an array of shape \(1, 1\)"),
        ({"grid_values": ["a"]}, r"grid_values must be numbers; found \['a'\]"),
        ({"percentiles": (1, 0), "grid_resolution": 3}, r"two shares from 0 to 1, .* \(1, 0\)"),
        ({"response_method": "predict_proba"}, "DeepSetsRegressor has no predict_proba"),
        ({"X": [[], []]}, "X must have an element"),
    ],
)
def test_what_is_refused(changed, text):
    X, y = make_data()
    reg = DeepSetsRegressor(**FAST).fit(X, y)
    with pytest.raises(ValueError, match=text):
        partial_dependence(**{"estimator": reg, "X": X, "feature": 0} | changed)


def test_labels_have_no_mean():
    X, y = make_data()
    clf = DeepSetsClassifier(**FAST).fit(X, ["a", "b", "c"] * 2)
    with pytest.raises(ValueError, match="predict of DeepSetsClassifier gives no numbers"):
        partial_dependence(clf, X, 0, response_method="predict")
