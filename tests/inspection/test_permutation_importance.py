import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.ensemble import RandomForestRegressor
from sklearn.inspection import permutation_importance as of_a_table
from sklearn.linear_model import LinearRegression
from sklearn.metrics import make_scorer, mean_absolute_error
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

from sksets import (
    DeepSetsClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SDMRegressor,
    SetArray,
    SetOutlierDetector,
)
from sksets.inspection import permutation_importance
from sksets.preprocessing import SetSummarizer


def make_data(n_sets=60, context=True):
    """Targets are sums of the first feature, and ten times the second context feature."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(0, 5, size=n_sets)
    X = SetArray.from_sets([rng.normal(size=(size, 3)) for size in sizes])
    y = np.bincount(X.set_ids, X.values[:, 0], minlength=n_sets)
    if context:
        X = X.with_context(rng.normal(size=(n_sets, 2)))
        y = y + 10 * X.context[:, 1]
    return X, y


class Sums(LinearRegression):
    """A linear model of the sums of the features and of the context."""

    def fit(self, X, y, sample_weight=None):
        return super().fit(self._rows(X), y, sample_weight)

    def predict(self, X):
        return super().predict(self._rows(X))

    def score(self, X, y, sample_weight=None):
        return super().score(X, y, sample_weight)

    @staticmethod
    def _rows(X):
        sums = np.stack([elements.sum(axis=0) for elements in X])
        return sums if X.context is None else np.column_stack([sums, X.context])


def test_only_what_the_targets_are_made_of_is_important():
    X, y = make_data()
    model = Sums().fit(X, y)
    result = permutation_importance(model, X, y, n_repeats=4, random_state=0)
    assert result.feature_names == ["x0", "x1", "x2", "context0", "context1"]
    assert result.importances.shape == (5, 4)
    assert_allclose(result.importances[[1, 2, 3]], 0, atol=1e-12)
    assert result.importances_mean[4] > result.importances_mean[0] > 0.005
    assert_allclose(result.importances_mean, result.importances.mean(axis=1))
    assert_allclose(result.importances_std, result.importances.std(axis=1))


def test_sets_of_one_element_are_rows_of_a_table():
    rng = np.random.default_rng(0)
    table = rng.normal(size=(400, 3))
    y = table @ [1.0, 2, 0] + table[:, 0] * table[:, 1]
    forest = RandomForestRegressor(n_estimators=10, random_state=0).fit(table, y)
    expected = of_a_table(forest, table, y, n_repeats=20, random_state=0).importances_mean

    class OfSets(RandomForestRegressor):
        def predict(self, X):
            return forest.predict(X.values)

    found = permutation_importance(OfSets(), table, y, n_repeats=20, random_state=0)
    assert_allclose(found.importances_mean, expected, rtol=0.05, atol=0.01)


def test_repeatable_by_any_number_of_processes():
    X, y = make_data()
    reg = DeepSetsRegressor(max_epochs=2, random_state=0).fit(X, y)
    one, again, two = (
        permutation_importance(reg, X, y, n_repeats=2, random_state=0, n_jobs=n) for n in (1, 1, 2)
    )
    assert_array_equal(one.importances, again.importances)
    assert_array_equal(one.importances, two.importances)


def test_scores_and_weights_as_in_scikit_learn():
    X, y = make_data()
    model = Sums().fit(X, y)
    scoring = {"r2": "r2", "error": make_scorer(mean_absolute_error, greater_is_better=False)}
    both = permutation_importance(model, X, y, scoring=scoring, random_state=0)
    assert list(both) == ["r2", "error"]
    for name, score in scoring.items():
        one = permutation_importance(model, X, y, scoring=score, random_state=0)
        assert_array_equal(one.importances, both[name].importances)
    # Sets of weight zero do not count.
    weight = np.arange(len(y)) % 2
    changed = np.where(weight, y, 1e6)
    options = {"sample_weight": weight, "random_state": 0}
    found = permutation_importance(model, X, changed, **options)
    assert_allclose(found.importances, permutation_importance(model, X, y, **options).importances)


def test_some_of_the_sets():
    X, y = make_data()
    model = Sums().fit(X, y)
    for most in (20, 1 / 3):
        found = permutation_importance(model, X, y, max_samples=most, random_state=0)
        assert_allclose(found.importances[1:4], 0, atol=1e-9)
        assert found.importances_mean[4] > 0.5
    with pytest.raises(ValueError, match="max_samples must be at most 60, the number of sets"):
        permutation_importance(model, X, y, max_samples=61)


def test_targets_are_aligned_by_keys():
    X, y = make_data()
    X = SetArray(X.values, X.offsets, X.context, keys=[f"set{i}" for i in range(60)])
    model = Sums().fit(X, y)
    shuffled = pd.Series(y, index=X.keys).sample(frac=1, random_state=0)
    options = {"max_samples": 0.5, "random_state": 0}
    found = permutation_importance(model, X, shuffled, **options)
    expected = permutation_importance(model, X, y, **options)
    assert_allclose(found.importances, expected.importances)


def test_any_estimator_of_sets():
    X, y = make_data(context=False)
    pipeline = make_pipeline(SetSummarizer(), RandomForestRegressor(10, random_state=0))
    search = GridSearchCV(pipeline, {"randomforestregressor__max_depth": [4]}, cv=2)
    full = X.sizes > 0
    for model, sets, target in (
        (pipeline, list(X), y),
        (search, X, y),
        (SDMRegressor(), X[full], y[full]),
    ):
        found = permutation_importance(model.fit(sets, target), sets, target, random_state=0)
        assert found.importances_mean[0] > np.abs(found.importances_mean[1:]).max()


def test_outputs_of_elements_and_outliers():
    X, _ = make_data()
    y = [elements[:, 2] for elements in X]
    reg = DeepSetsElementRegressor(max_epochs=20, random_state=0).fit(X, y)
    found = permutation_importance(reg, X, y, random_state=0, max_samples=0.5)
    assert found.importances_mean.argmax() == 2
    rng = np.random.default_rng(0)
    sets = rng.normal(size=(60, 5, 2))
    index = rng.integers(5, size=60)
    sets[np.arange(60), index, 0] += 9
    detector = SetOutlierDetector(max_epochs=20, random_state=0).fit(sets, index)
    found = permutation_importance(detector, sets, index, random_state=0)
    assert found.importances_mean[0] > 0.3 > abs(found.importances_mean[1])


def test_categories_words_and_frames():
    rng = np.random.default_rng(0)
    frames = [
        pd.DataFrame({"size": rng.normal(size=4), "colour": rng.choice(["red", "blue"], size=4)})
        for _ in range(60)
    ]
    y = [int((frame["colour"] == "red").sum() > 1) for frame in frames]
    clf = DeepSetsClassifier(max_epochs=20, random_state=0).fit(frames, y)
    found = permutation_importance(clf, frames, y, random_state=0)
    assert found.feature_names == ["size", "colour"]
    assert found.importances_mean[1] > 0.15 > abs(found.importances_mean[0])
    words = [list(frame["colour"]) for frame in frames]
    clf = DeepSetsClassifier(max_epochs=20, random_state=0).fit(words, y)
    found = permutation_importance(clf, words, y, random_state=0)
    assert found.feature_names == ["token"] and found.importances_mean[0] > 0.15
    table = pd.DataFrame({"a": rng.normal(size=50), "b": rng.normal(size=50)})
    reg = DeepSetsRegressor(max_epochs=2, random_state=0).fit(table, table["a"])
    found = permutation_importance(reg, table, table["a"], random_state=0)
    assert found.feature_names == ["a", "b"]


def test_images_are_refused():
    images = np.zeros((4, 2, 8, 8))
    reg = DeepSetsRegressor(element_encoder="conv", max_epochs=1).fit(images, np.arange(4.0))
    with pytest.raises(ValueError, match=r"vectors or tokens; found elements of shape \(8, 8\)"):
        permutation_importance(reg, images, np.arange(4.0))


@pytest.mark.parametrize(
    "changed, text",
    [
        ({"scoring": "r_2"}, "Unknown scoring 'r_2'; did you mean 'r2'"),
        ({"scoring": ["r2", "maximal"]}, "Unknown scoring 'maximal'"),
        ({"scoring": 3}, "scoring must be the name of a score, .* found 3"),
        ({"n_repeats": 0}, "n_repeats == 0, must be >= 1"),
        ({"n_jobs": 0}, "'n_jobs' parameter of permutation_importance must be"),
        ({"sample_weight": [1, 2]}, "sample_weight"),
    ],
)
def test_what_is_refused(changed, text):
    X, y = make_data()
    with pytest.raises(ValueError, match=text):
        permutation_importance(**{"estimator": Sums().fit(X, y), "X": X, "y": y} | changed)


def test_targets_of_another_length():
    X = [np.ones((2, 1)), np.zeros((3, 1))]
    reg = DeepSetsRegressor(max_epochs=1).fit(X, [2.0, 0.0])
    with pytest.raises(ValueError, match=r"X has 2 sets, y has 3\. Pass the targets of each set"):
        permutation_importance(reg, X, [1.0, 2.0, 3.0])
