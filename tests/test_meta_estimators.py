"""scikit-learn's estimators of estimators hand sets on: a list of arrays, a SetArray, a frame."""

import numpy as np
import pandas as pd
import pytest
from sklearn.calibration import CalibratedClassifierCV
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import (
    BaggingRegressor,
    StackingClassifier,
    StackingRegressor,
    VotingClassifier,
    VotingRegressor,
)
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import FixedThresholdClassifier, TunedThresholdClassifierCV
from sklearn.multiclass import OneVsRestClassifier
from sklearn.multioutput import MultiOutputRegressor
from sklearn.pipeline import FeatureUnion, make_pipeline
from sklearn.preprocessing import StandardScaler

from sksets import DeepSetsClassifier, DeepSetsRegressor, SetArray
from sksets.preprocessing import MeanMapFeatures, SetSummarizer

RNG = np.random.default_rng(0)
SETS = [RNG.normal(size=(size, 2)) for size in RNG.integers(1, 5, 24)]
SUMS = np.array([s.sum() for s in SETS])
Y = {"number": SUMS, "label": np.where(SUMS > 0, "high", "low"), "two": np.stack([SUMS, -SUMS], 1)}
OPTIONS = {"phi_layer_sizes": (4,), "max_epochs": 1, "random_state": 0}
REGRESSORS = [
    ("network", DeepSetsRegressor(**OPTIONS)),
    ("summary", make_pipeline(SetSummarizer(), Ridge())),
]
CLASSIFIERS = [
    ("network", DeepSetsClassifier(**OPTIONS)),
    ("summary", make_pipeline(SetSummarizer(), LogisticRegression(max_iter=1000))),
]
REGRESSOR, CLASSIFIER = REGRESSORS[0][1], CLASSIFIERS[0][1]
UNION = FeatureUnion(
    [
        ("summary", SetSummarizer()),
        ("map", MeanMapFeatures(n_components=2, random_state=0)),
        ("network", REGRESSOR),
    ]
)
CASES = {
    "FeatureUnion": (make_pipeline(UNION, Ridge()), "number"),
    "TransformedTarget": (
        TransformedTargetRegressor(REGRESSOR, transformer=StandardScaler()),
        "number",
    ),
    "VotingRegressor": (VotingRegressor(REGRESSORS), "number"),
    "VotingClassifier": (VotingClassifier(CLASSIFIERS, voting="soft"), "label"),
    "StackingRegressor": (StackingRegressor(REGRESSORS, cv=2), "number"),
    "StackingClassifier": (StackingClassifier(CLASSIFIERS, cv=2), "label"),
    "Calibrated": (CalibratedClassifierCV(CLASSIFIER, cv=2), "label"),
    "FixedThreshold": (FixedThresholdClassifier(CLASSIFIER), "label"),
    "TunedThreshold": (TunedThresholdClassifierCV(CLASSIFIER, cv=2), "label"),
    "MultiOutput": (MultiOutputRegressor(REGRESSOR), "two"),
    "OneVsRest": (OneVsRestClassifier(CLASSIFIER), "label"),
}
FRAME = pd.DataFrame({"cells": pd.Series(SETS, dtype=object)})


@pytest.mark.parametrize("name", CASES)
def test_sets_are_handed_on(name):
    estimator, target = CASES[name]
    expected = estimator.fit(SETS, Y[target]).predict(SETS)
    for X in (SetArray.from_sets(SETS), FRAME["cells"], FRAME):
        np.testing.assert_array_equal(estimator.fit(X, Y[target]).predict(X), expected)


def test_context_comes_along():
    X = SetArray.from_sets(SETS, context=RNG.normal(size=(24, 3)))
    model = StackingRegressor(REGRESSORS, cv=2).fit(X, SUMS)
    assert model.named_estimators_["network"].n_context_features_ == 3


def test_bagging_takes_sets_as_a_column():
    """It wants a table: a frame of one column of sets is one."""
    bagging = BaggingRegressor(REGRESSOR, n_estimators=2, random_state=0)
    predicted = bagging.fit(FRAME, SUMS).predict(FRAME)
    each = [network.predict(SETS) for network in bagging.estimators_]
    assert not np.allclose(each[0], each[1])
    np.testing.assert_allclose(predicted, np.mean(each, axis=0))
    cells = np.asarray(SetArray.from_sets(SETS))[:, None]
    np.testing.assert_array_equal(bagging.fit(cells, SUMS).predict(cells), predicted)
