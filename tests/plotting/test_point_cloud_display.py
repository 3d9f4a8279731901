"""PointCloudDisplay: that each panel has the points and the colours it should have."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from sksets import SetArray
from sksets.plotting import PointCloudDisplay

RNG = np.random.default_rng(0)
CLOUDS = [RNG.normal(size=(size, 3)) for size in (4, 0, 7)]
VALUES = [RNG.uniform(1, 5, size=len(points)) for points in CLOUDS]
PLANES = [(0, 1), (0, 2), (1, 2)]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def drawn(ax):
    """Return the points of a panel, three numbers each in space."""
    (points,) = ax.collections
    if ax.name == "3d":
        return np.transpose([np.asarray(column, dtype=float) for column in points._offsets3d])
    return points.get_offsets()


def test_panels_are_space_and_the_three_planes():
    display = PointCloudDisplay.from_sets(CLOUDS)
    assert display.axes_.shape == (3, 4) and display.colorbar_ is None
    assert len(display.figure_.axes) == 12
    for row, points in zip(display.axes_, CLOUDS, strict=True):
        assert row[0].name == "3d"
        np.testing.assert_array_equal(drawn(row[0]), points)
        for ax, plane in zip(row[1:], PLANES, strict=True):
            np.testing.assert_array_equal(drawn(ax), points[:, plane])
            (scatter,) = ax.collections
            assert tuple(scatter.get_facecolor()[0]) == to_rgba("tab:blue")
    labels = [(ax.get_xlabel(), ax.get_ylabel()) for ax in display.axes_[0]]
    assert labels == [("x", "y"), ("x", "y"), ("x", "z"), ("y", "z")]
    assert display.axes_[0, 0].get_zlabel() == "z"
    assert [row[0].get_title() for row in display.axes_] == ["Set 0", "Set 1", "Set 2"]


def test_points_in_a_plane_have_one_panel_side_by_side():
    flat = [points[:, :2] for points in CLOUDS]
    display = PointCloudDisplay.from_sets(flat, values=VALUES)
    assert display.axes_.shape == (3, 1)
    for ax, points, values in zip(display.axes_[:, 0], flat, VALUES, strict=True):
        np.testing.assert_array_equal(drawn(ax), points)
        np.testing.assert_array_equal(ax.collections[0].get_array(), values)
        assert ax.get_aspect() == 1
    display.figure_.canvas.draw()
    left = [ax.get_window_extent().x0 for ax in display.axes_[:, 0]]
    assert left == sorted(left) and len(set(left)) == 3
    assert len({ax.get_window_extent().y0 for ax in display.axes_[:, 0]}) == 1


def test_one_scale_for_all_panels():
    clouds = [
        np.array([[0, 0, 0], [4.0, 1, 0]]),
        100 + np.array([[0, 0, 0], [1.0, 2, 0]]),
        CLOUDS[1],
    ]
    display = PointCloudDisplay.from_sets(clouds)
    half = 1.05 * 2
    for row, middle in zip(display.axes_, [(2, 0.5, 0), (100.5, 101, 100), (0, 0, 0)], strict=True):
        expected = [(m - half, m + half) for m in middle]
        space = [row[0].get_xlim(), row[0].get_ylim(), row[0].get_zlim()]
        np.testing.assert_allclose(space, expected)
        for ax, (a, b) in zip(row[1:], PLANES, strict=True):
            np.testing.assert_allclose([ax.get_xlim(), ax.get_ylim()], [expected[a], expected[b]])
            assert ax.get_aspect() == 1


def test_one_point_has_a_scale():
    display = PointCloudDisplay.from_sets([[[1.0, 2, 3]]])
    np.testing.assert_allclose(display.axes_[0, 1].get_xlim(), [1 - 1.05, 1 + 1.05])


def test_values_have_one_scale_of_colours():
    display = PointCloudDisplay.from_sets(CLOUDS, values=VALUES, label="Contribution")
    low, high = np.concatenate(VALUES).min(), np.concatenate(VALUES).max()
    for row, values in zip(display.axes_, VALUES, strict=True):
        for ax in row:
            (scatter,) = ax.collections
            np.testing.assert_array_equal(scatter.get_array(), values)
            assert scatter.get_clim() == (low, high) and scatter.get_cmap().name == "viridis"
    assert display.colorbar_.ax.get_ylabel() == "Contribution"
    assert (display.colorbar_.vmin, display.colorbar_.vmax) == (low, high)
    # Depth changes no colour of a point that has a value.
    display.figure_.canvas.draw()
    (space,) = display.axes_[0, 0].collections
    assert (space.get_facecolor()[:, 3] == 1).all()


def test_zero_is_the_middle_of_values_of_both_signs():
    values = [np.array([-3.0, 1, 0, 2]), [], np.full(7, 0.5)]
    display = PointCloudDisplay.from_sets(CLOUDS, values=values)
    (scatter,) = display.axes_[0, 1].collections
    assert scatter.get_clim() == (-3, 3) and scatter.get_cmap().name == "coolwarm"
    display = PointCloudDisplay.from_sets(CLOUDS, values=values, cmap="PuOr")
    assert display.axes_[0, 1].collections[0].get_cmap().name == "PuOr"


def test_truths_are_values():
    values = SetArray.from_sets([points[:, 0] > 0 for points in CLOUDS])
    display = PointCloudDisplay.from_sets(SetArray.from_sets(CLOUDS), values=values)
    (scatter,) = display.axes_[2, 3].collections
    np.testing.assert_array_equal(scatter.get_array(), CLOUDS[2][:, 0] > 0)
    assert scatter.get_clim() == (0, 1)


def test_the_first_sets_and_their_titles():
    names = ["cup", "jug", "pot"]
    display = PointCloudDisplay.from_sets(CLOUDS, values=VALUES, titles=np.array(names), n_sets=1)
    assert display.axes_.shape == (1, 4) and len(display.sets) == len(display.values) == 1
    assert display.axes_[0, 0].get_title() == "cup"
    # The scale is that of the sets that are shown.
    assert display.colorbar_.vmax == VALUES[0].max()
    many = [CLOUDS[0]] * 7
    assert len(PointCloudDisplay.from_sets(many).axes_) == 5
    assert len(PointCloudDisplay.from_sets(many, n_sets=None).axes_) == 7


def test_columns_name_the_axes():
    frames = [pd.DataFrame(points, columns=["east", "north", "up"]) for points in CLOUDS]
    display = PointCloudDisplay.from_sets(frames)
    labels = [(ax.get_xlabel(), ax.get_ylabel()) for ax in display.axes_[2, 1:]]
    assert labels == [("east", "north"), ("east", "up"), ("north", "up")]
    assert display.axes_[2, 0].get_zlabel() == "up"


def test_integers_and_arguments_of_scatter():
    clouds = [np.array([[0, 200, 1], [255, 3, 1]], dtype=np.uint8)]
    display = PointCloudDisplay.from_sets(clouds, scatter_kwargs={"s": 33, "color": "black"})
    for ax in display.axes_[0]:
        (scatter,) = ax.collections
        assert set(scatter.get_sizes()) == {33}
    assert tuple(scatter.get_facecolor()[0]) == to_rgba("black")
    np.testing.assert_allclose(
        display.axes_[0, 1].get_xlim(), 127.5 + 127.5 * 1.05 * np.array([-1, 1])
    )


def test_a_figure_that_is_given_holds_the_clouds():
    figure = plt.figure(layout="constrained")
    left, right = figure.subfigures(1, 2)
    display = PointCloudDisplay.from_sets(CLOUDS[:1], figure=right)
    assert display.figure_ is right and len(right.axes) == 4 and not left.axes
    assert display.plot(figure=left) is display and len(left.axes) == 4
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize("n_features", [2, 3])
def test_nothing_is_clipped_or_lies_on_another(n_features):
    clouds = [points[:, :n_features] for points in CLOUDS]
    for n_sets in (1, 3):
        values = [1000 * values for values in VALUES]
        display = PointCloudDisplay.from_sets(clouds, values=values, n_sets=n_sets)
        figure = display.figure_
        figure.canvas.draw()
        boxes = [ax.get_tightbbox() for ax in figure.axes if ax.name != "3d"]
        for i, box in enumerate(boxes):
            assert box.x0 >= 0 and box.x1 <= figure.bbox.x1, (n_sets, i)
            assert box.y0 >= 0 and box.y1 <= figure.bbox.y1, (n_sets, i)
            assert box.count_overlaps(boxes[:i]) == 0, (n_sets, i)


def with_nan(arrays):
    broken = [array.copy() for array in arrays]
    broken[2][1] = np.nan
    return broken


@pytest.mark.parametrize(
    "changes, message",
    [
        (
            {"X": [np.ones((2, 12))]},
            r"three numbers, or of two; .* \(12,\), float64. Pass the coord",
        ),
        ({"X": [np.ones((2, 3, 3))]}, r"found elements of shape \(3, 3\)"),
        ({"X": [["a", "b"]]}, r"found elements of shape \(\)"),
        (
            {"X": with_nan(CLOUDS)},
            "Points must be finite; element 1 of set 2 has NaN. Leave it out",
        ),
        ({"values": VALUES[:2]}, "values has 2 sets, X 3. Pass one array a set"),
        ({"values": [VALUES[0], [], VALUES[0]]}, r"values has 4 value\(s\) for set 2, X 7"),
        ({"values": with_nan(VALUES)}, "values must be finite; those of set 2 have NaN"),
        ({"values": [["a"] * 4, [], ["a"] * 7]}, "values must be numbers, found"),
        ({"titles": ["a"]}, "X has 3 sets, titles has 1. Pass one a set"),
        ({"titles": 3}, "The 'titles' parameter"),
        ({"label": 3}, "The 'label' parameter"),
        ({"cmap": "rainbows"}, "cmap"),
        ({"n_sets": 0}, "The 'n_sets' parameter"),
    ],
)
def test_clouds_that_cannot_be_drawn(changes, message):
    with pytest.raises(ValueError, match=message):
        PointCloudDisplay.from_sets(**{"X": CLOUDS, "values": VALUES} | changes)
    assert not plt.get_fignums()
