"""Displays of sets with a value an element: contributions, and maximal activations."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from numpy.testing import assert_allclose

from sksets import DeepSetsClassifier, DeepSetsRegressor, SetArray, SetExpander
from sksets.inspection import element_contributions, maximal_activation
from sksets.plotting import ElementContributionDisplay, MaximalActivationDisplay

FAST = {"max_epochs": 2, "random_state": 0}
SIZES = (3, 0, 2)


@pytest.fixture(autouse=True)
def close():
    yield
    plt.close("all")


def make_sets(*shape):
    rng = np.random.default_rng(0)
    return SetArray(rng.uniform(size=(5, *shape)), np.cumsum([0, *SIZES]))


def heights(ax):
    return [bar.get_height() for bar in ax.patches]


VALUES = [[0.5, -0.2, 0.1], [], [0.3, 0.0]]


@pytest.mark.parametrize("shape", [(1,), (5,)])
def test_vectors_are_bars(shape):
    display = ElementContributionDisplay.from_contributions(make_sets(*shape), VALUES)
    assert display.axes_.shape == (3,) and display.image_axes_ is None
    for ax, part in zip(display.axes_, VALUES, strict=True):
        assert heights(ax) == part
        assert ax.get_ylim() == display.axes_[0].get_ylim()
    # What is above zero and what is below differ in colour as well.
    assert len({bar.get_facecolor() for bar in display.axes_[0].patches}) == 2
    display.figure_.canvas.draw()


def test_words_stand_below_their_bars():
    words = [["tea", "$milk$", "rum"], [], ["a" * 99, "b"]]
    display = ElementContributionDisplay.from_contributions(words, VALUES, titles=["x", "y", "z"])
    assert [tick.get_text() for tick in display.axes_[0].get_xticklabels()] == words[0]
    assert display.axes_[2].get_xticklabels()[0].get_text() == "a" * 24
    assert [ax.get_title() for ax in display.axes_] == ["x", "y", "z"]
    display.figure_.canvas.draw()


@pytest.mark.parametrize("shape", [(4, 4), (3, 4, 4), (4, 4, 1)])
def test_images_stand_above_their_bars(shape):
    display = ElementContributionDisplay.from_contributions(make_sets(*shape), VALUES)
    assert display.image_axes_.shape == (3, 3)
    shown = [[ax is not None for ax in row] for row in display.image_axes_]
    assert shown == [[True] * 3, [False] * 3, [True, True, False]]
    assert [heights(ax) for ax in display.axes_] == VALUES
    display.figure_.canvas.draw()


@pytest.mark.parametrize("n_features", [2, 3])
def test_points_are_coloured_where_they_lie(n_features):
    sets = make_sets(n_features)
    display = ElementContributionDisplay.from_contributions(sets, VALUES)
    for ax, part in zip(display.axes_, VALUES, strict=True):
        (drawn,) = ax.collections
        assert drawn.get_array().tolist() == part
        # Zero is the middle of the colours of all sets.
        assert drawn.norm.vmin == -0.5 and drawn.norm.vmax == 0.5
    if n_features == 2:
        points = display.axes_[2].collections[0].get_offsets()
        assert_allclose(points, sets[2])
    display.figure_.canvas.draw()


def test_an_estimator_is_explained():
    X = make_sets(2)
    reg = DeepSetsRegressor(pooling="max", **FAST).fit(X, [1.0, 2.0, 3.0])
    display = ElementContributionDisplay.from_estimator(reg, X, method="winners", n_sets=1)
    expected = element_contributions(reg, X, method="winners")[0]
    assert display.axes_[0].collections[0].get_array().tolist() == expected.tolist()
    two = DeepSetsRegressor(**FAST).fit(X, np.eye(3)[:, :2])
    with pytest.raises(ValueError, match="one value an element"):
        ElementContributionDisplay.from_estimator(two, X)
    display = ElementContributionDisplay.from_estimator(two, X, target=1, n_sets=None)
    assert len(display.axes_) == 3
    items = [[1, 2], [2, 3, 4]] * 3
    expander = SetExpander(**FAST).fit(items)
    display = ElementContributionDisplay.from_estimator(expander, items, target=4, titles=["x"] * 6)
    assert [tick.get_text() for tick in display.axes_[1].get_xticklabels()] == ["2", "3", "4"]
    table = np.arange(6).reshape(3, 2)
    tokens = DeepSetsClassifier(element_kind="token", **FAST).fit(table, [0, 1, 1])
    display = ElementContributionDisplay.from_estimator(tokens, table)
    assert len(display.axes_) == 3


@pytest.mark.parametrize(
    "values, titles, text",
    [
        ([[1.0], [], [1, 2]], None, "contributions"),
        ([[1.0, 2, np.nan], [], [1, 2]], None, "must be finite; those of set 0 have NaN"),
        ([["a", "b", "c"], [], ["d", "e"]], None, "contributions must be numbers"),
        (VALUES, ["one"], "X has 3 sets, titles has 1"),
    ],
)
def test_what_does_not_fit(values, titles, text):
    with pytest.raises(ValueError, match=text):
        ElementContributionDisplay.from_contributions(make_sets(2), values, titles=titles)


def test_sets_of_maximal_activation():
    X = make_sets(2)
    reg = DeepSetsRegressor(**FAST).fit(X, [1.0, 2.0, 3.0])
    options = {"layer": 0, "n_elements": 6, "n_steps": 5, "random_state": 0}
    display = MaximalActivationDisplay.from_estimator(reg, unit=[4, 2], **options)
    result = maximal_activation(reg, unit=[4, 2], **options)
    assert [ax.get_title() for ax in display.axes_] == ["Unit 4", "Unit 2"]
    for ax, activations in zip(display.axes_, result.activations, strict=True):
        assert_allclose(ax.collections[0].get_array(), activations)
    again = MaximalActivationDisplay.from_result(result, figure=plt.figure())
    assert [ax.get_title() for ax in again.axes_] == ["Unit 0", "Unit 1"]
    one = MaximalActivationDisplay.from_estimator(reg, unit=4, **options)
    assert [ax.get_title() for ax in one.axes_] == ["Unit 4"]
    with pytest.raises(ValueError, match="result has 2 sets, units has 1"):
        MaximalActivationDisplay.from_result(result, units=[1])
    with pytest.raises(ValueError, match=r"result must be what .*; found \['a'\]"):
        MaximalActivationDisplay.from_result({"a": 1})
