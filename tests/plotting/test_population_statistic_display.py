"""PopulationStatisticDisplay: what it draws, and that it is what the estimators said."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from sklearn.dummy import DummyRegressor
from sklearn.linear_model import LinearRegression
from sklearn.pipeline import make_pipeline

from sksets.datasets import make_population_statistics
from sksets.plotting import PopulationStatisticDisplay
from sksets.preprocessing import SetSummarizer

PARAMETER = np.array([0.5, 0.0, 1.0, 0.25])
TRUE = np.array([3.0, 1.0, 2.0, 4.0])
PRED = np.array([3.5, 1.5, 1.0, 4.0])


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def labels(display):
    return [text.get_text() for text in display.ax_.get_legend().get_texts()]


def test_points_and_the_curve_of_the_truth():
    display = PopulationStatisticDisplay.from_predictions(TRUE, PRED, parameter=PARAMETER)
    np.testing.assert_array_equal(display.line_.get_xydata(), [[0, 1], [0.25, 4], [0.5, 3], [1, 2]])
    (points,) = display.points_.values()
    np.testing.assert_array_equal(points.get_offsets(), np.column_stack([PARAMETER, PRED]))
    assert display.ax_.get_xlabel() == "Parameter"
    assert labels(display) == ["truth", "prediction"]
    assert display.line_ in display.ax_.lines and points in display.ax_.collections


def test_by_default_sets_are_in_the_order_of_their_statistic():
    display = PopulationStatisticDisplay.from_predictions(TRUE, PRED)
    np.testing.assert_array_equal(display.line_.get_xydata(), [[0, 1], [1, 2], [2, 3], [3, 4]])
    (points,) = display.points_.values()
    np.testing.assert_array_equal(points.get_offsets(), [[2, 3.5], [0, 1.5], [1, 1], [3, 4]])
    assert display.ax_.get_xlabel() == "Sets by increasing statistic"


def test_equal_statistics_have_places_of_their_own():
    display = PopulationStatisticDisplay.from_predictions([1, 1, 0], [5, 6, 7])
    (points,) = display.points_.values()
    np.testing.assert_array_equal(points.get_offsets(), [[1, 5], [2, 6], [0, 7]])


def test_several_predictions_by_name():
    named = {"SDM": PRED, "DeepSets": TRUE + 1}
    display = PopulationStatisticDisplay.from_predictions(
        TRUE.tolist(), named, parameter=PARAMETER, scatter_kwargs={"s": 99, "marker": "x"}
    )
    assert list(display.points_) == ["SDM", "DeepSets"]
    assert labels(display) == ["truth", "SDM", "DeepSets"]
    for name, points in display.points_.items():
        np.testing.assert_array_equal(points.get_offsets()[:, 1], named[name])
        assert points.get_sizes() == [99]
    colours = [tuple(points.get_facecolor()[0]) for points in display.points_.values()]
    assert colours[0] != colours[1]
    assert to_rgba("black") not in colours


def test_predictions_of_estimators():
    data = make_population_statistics("rotation", 30, size=20, random_state=0)
    X, y = data.data, data.target
    summary = make_pipeline(SetSummarizer(), LinearRegression()).fit(X, y)
    constant = make_pipeline(SetSummarizer(), DummyRegressor()).fit(X, y)
    figure, ax = plt.subplots()
    display = PopulationStatisticDisplay.from_estimator(
        {"linear": summary, "mean": constant}, X, y, parameter=data.parameter, ax=ax
    )
    assert display.ax_ is ax and display.figure_ is figure
    np.testing.assert_array_equal(display.y_pred["linear"], summary.predict(X))
    np.testing.assert_array_equal(display.points_["mean"].get_offsets()[:, 1], y.mean())
    display = PopulationStatisticDisplay.from_estimator(summary, X, y)
    assert labels(display) == ["truth", "Pipeline"]
    np.testing.assert_array_equal(
        display.points_["Pipeline"].get_offsets()[:, 1], summary.predict(X)
    )


def test_predictions_are_drawn_again_elsewhere():
    display = PopulationStatisticDisplay.from_predictions(TRUE, PRED, parameter=PARAMETER)
    first = display.ax_
    assert display.plot() is display
    assert display.ax_ is not first and display.figure_ is not first.figure


@pytest.mark.parametrize(
    "change, text",
    [
        ({"y_pred": PRED[:3]}, "y_pred of 'prediction' has 3 values, y_true 4. Pass one value a"),
        ({"y_pred": {"SDM": PRED[:3]}}, "y_pred of 'SDM' has 3 values, y_true 4"),
        ({"parameter": [1, 2]}, "parameter has 2 values, y_true 4"),
        ({"y_pred": {"SDM": PRED * np.nan}}, "Input y_pred of 'SDM' contains NaN"),
        ({"y_true": [1, 2, np.inf, 3]}, "Input y_true contains infinity"),
        ({"y_pred": PRED[:, None]}, r"must be 1-D, one value a set, found shape \(4, 1\)"),
        ({"y_true": []}, "0 sample"),
    ],
)
def test_predictions_that_do_not_fit(change, text):
    arguments = {"y_true": TRUE, "y_pred": PRED, "parameter": PARAMETER} | change
    with pytest.raises(ValueError, match=text):
        PopulationStatisticDisplay.from_predictions(**arguments)
    assert not plt.get_fignums()
