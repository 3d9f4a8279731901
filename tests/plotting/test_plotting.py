"""Displays: what they draw, and that it is what the estimator said."""

import matplotlib.pyplot as plt
import numpy as np
import pytest
from matplotlib.colors import to_rgba
from sklearn.pipeline import make_pipeline

from sksets import DeepSetsElementRegressor, SetArray, SetOutlierDetector
from sksets.metrics import redshift_scatter
from sksets.plotting import ElementPredictionDisplay, SetOutlierDisplay
from sksets.preprocessing import SetNormalizer

TINY = {"max_epochs": 2, "equivariant_layer_sizes": (8,), "phi_layer_sizes": (8,)}
PROBABILITIES = [[0.1, 0.7, 0.2], [], [0.4, 0.6]]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


def draw_sets(*element_shape):
    rng = np.random.default_rng(0)
    return [rng.uniform(size=(size, *element_shape)) for size in (3, 0, 2)]


def framed(row):
    """Indices of the images of a row that are framed in red."""
    red = to_rgba("red")
    return [
        j
        for j, ax in enumerate(row)
        if ax is not None and all(s.get_edgecolor() == red for s in ax.spines.values())
    ]


def titled(row):
    return [j for j, ax in enumerate(row) if ax is not None and ax.get_title() == "outlier"]


def heights(ax):
    return [bar.get_height() for bar in ax.patches]


# ---------------------------------------------------------------- SetOutlierDisplay


@pytest.mark.parametrize("as_array", [False, True])
def test_images_their_bars_and_the_frame(as_array):
    sets = draw_sets(8, 9)
    X = SetArray.from_sets(sets) if as_array else sets
    display = SetOutlierDisplay.from_predictions(X, PROBABILITIES, y=[2, -1, 1])
    assert [[ax is not None for ax in row] for row in display.axes_] == [
        [True, True, True],
        [False, False, False],
        [True, True, False],
    ]
    assert len(display.figure_.axes) == 5 + 2
    assert display.bar_axes_[1] is None
    assert [heights(display.bar_axes_[i]) for i in (0, 2)] == [[0.1, 0.7, 0.2], [0.4, 0.6]]
    assert [framed(row) for row in display.axes_] == [[1], [], [1]]
    assert [titled(row) for row in display.axes_] == [[2], [], [1]]
    drawn = display.axes_[2, 1].images[0]
    np.testing.assert_array_equal(drawn.get_array(), sets[2][1])
    values = np.concatenate(sets)
    assert drawn.get_clim() == (values.min(), values.max())
    assert drawn.get_cmap().name == "gray"


def test_each_bar_is_below_its_image():
    display = SetOutlierDisplay.from_predictions(draw_sets(8, 8), PROBABILITIES)
    display.figure_.canvas.draw()
    for i in (0, 2):
        bars = display.bar_axes_[i]
        for image, bar in zip(display.axes_[i], bars.patches, strict=False):
            box = image.get_window_extent()
            middle, top = bars.transData.transform((bar.get_x() + bar.get_width() / 2, 1))
            assert middle == pytest.approx((box.x0 + box.x1) / 2, abs=0.1)
            assert top < box.y0


def test_true_outliers_as_arrays():
    y = [np.array([-1, 1, -1]), np.array([]), np.array([1, 1])]
    display = SetOutlierDisplay.from_predictions(draw_sets(8, 8), PROBABILITIES, y=y)
    assert [titled(row) for row in display.axes_] == [[0, 2], [], []]
    display = SetOutlierDisplay.from_predictions(draw_sets(8, 8), PROBABILITIES)
    assert [titled(row) for row in display.axes_] == [[], [], []]


@pytest.mark.parametrize(
    "shape, move",
    [
        ((3, 8, 9), lambda image: np.moveaxis(image, 0, -1)),
        ((8, 9, 3), lambda image: image),
        ((8, 9, 4), lambda image: image),
        ((1, 8, 9), lambda image: image[0]),
        ((8, 9, 1), lambda image: image[..., 0]),
        ((3, 8, 3), lambda image: np.moveaxis(image, 0, -1)),
    ],
)
def test_channels_first_or_last(shape, move):
    sets = draw_sets(*shape)
    display = SetOutlierDisplay.from_predictions(sets, PROBABILITIES)
    np.testing.assert_array_equal(display.axes_[0, 1].images[0].get_array(), move(sets[0][1]))


def test_colours_beyond_one_are_scaled_bytes_are_not():
    sets = [4 * images - 2 for images in draw_sets(3, 8, 8)]
    display = SetOutlierDisplay.from_predictions(sets, PROBABILITIES)
    values = np.concatenate(sets)
    expected = (np.moveaxis(sets[0][0], 0, -1) - values.min()) / np.ptp(values)
    np.testing.assert_allclose(display.axes_[0, 0].images[0].get_array(), expected)
    sets = [(255 * images).astype(np.uint8) for images in draw_sets(8, 8, 3)]
    display = SetOutlierDisplay.from_predictions(sets, PROBABILITIES)
    np.testing.assert_array_equal(display.axes_[0, 0].images[0].get_array(), sets[0][0])


def test_vectors_are_points():
    sets = draw_sets(2)
    display = SetOutlierDisplay.from_predictions(sets, PROBABILITIES, y=[2, -1, 1], cmap="plasma")
    assert display.axes_.shape == (3, 1) and display.bar_axes_ is None
    assert len(display.figure_.axes) == 3 + 3  # with the colour bars
    for i, true in ((0, [2]), (1, []), (2, [1])):
        points, ring, cross = display.axes_[i, 0].collections
        np.testing.assert_array_equal(points.get_offsets(), sets[i])
        np.testing.assert_array_equal(points.get_array(), PROBABILITIES[i])
        assert points.get_clim() == (0, 0.7) and points.get_cmap().name == "plasma"
        np.testing.assert_array_equal(ring.get_offsets(), sets[i][1:2])
        assert tuple(ring.get_edgecolor()[0]) == to_rgba("red")
        np.testing.assert_array_equal(cross.get_offsets(), sets[i][true])
    names = [text.get_text() for text in display.axes_[0, 0].get_legend().get_texts()]
    assert names == ["likeliest outlier", "true outlier"]


def test_outliers_of_a_detector():
    rng = np.random.default_rng(0)
    X = [rng.uniform(size=(size, 8, 8)) for size in (3, 4, 5, 3)]
    y = np.array([0, 1, 2, 0])
    detector = SetOutlierDetector(**TINY, element_encoder="conv", random_state=0).fit(X, y)
    display = SetOutlierDisplay.from_estimator(detector, X, y=y, n_sets=3)
    assert display.axes_.shape == (3, 5) and len(display.sets) == 3
    for i, p in enumerate(detector.predict_proba(X[:3])):
        np.testing.assert_array_equal(heights(display.bar_axes_[i]), p)
        assert sum(heights(display.bar_axes_[i])) == pytest.approx(1)
        assert framed(display.axes_[i]) == [detector.predict_index(X)[i]]
        assert titled(display.axes_[i]) == [y[i]]
    assert len(SetOutlierDisplay.from_estimator(detector, X, n_sets=None).sets) == 4


def test_outliers_of_a_pipeline():
    rng = np.random.default_rng(0)
    X = SetArray.from_sets([rng.normal(size=(size, 2)) for size in (3, 4, 5)])
    pipeline = make_pipeline(SetNormalizer(), SetOutlierDetector(**TINY, random_state=0)).fit(X)
    display = SetOutlierDisplay.from_estimator(pipeline, X)
    drawn = [ax.collections[0].get_array() for ax in display.axes_[:, 0]]
    for found, p in zip(drawn, pipeline.predict_proba(X), strict=True):
        np.testing.assert_array_equal(found, p)
    np.testing.assert_array_equal(display.axes_[1, 0].collections[0].get_offsets(), X[1])


def test_a_figure_that_is_given():
    figure = plt.figure()
    left, right = figure.subfigures(1, 2)
    display = SetOutlierDisplay.from_predictions(draw_sets(8, 8), PROBABILITIES, figure=right)
    assert display.figure_ is right and len(right.axes) == 7 and not left.axes
    assert display.plot(figure=left) is display
    assert display.figure_ is left and len(left.axes) == 7
    assert plt.get_fignums() == [figure.number]


@pytest.mark.parametrize("shape", [(3,), (), (8, 9, 5), (2, 8, 9), (3, 8, 9, 2)])
def test_elements_that_cannot_be_drawn(shape):
    with pytest.raises(ValueError, match=r"Elements must be images.*or vectors of two features; f"):
        SetOutlierDisplay.from_predictions(draw_sets(*shape), PROBABILITIES)
    assert not plt.get_fignums()


@pytest.mark.parametrize(
    "probabilities, y, text",
    [
        (PROBABILITIES[:2], None, r"probabilities has 2 sets, X 3\. Pass one array a set"),
        ([[0.5, 0.5], [], [0.4, 0.6]], None, r"probabilities has 2 value\(s\) for set 0, X 3\."),
        ([0.5, 0.5, 0.5], None, r"probabilities has 1 value\(s\) for set 0, X 3\."),
        (PROBABILITIES, [0, 0], r"X has 3 sets, y has 2 values\. Pass one a set"),
        (PROBABILITIES, [0, -1, 2], r"set 2 has 2 elements, its y is 2\."),
        (PROBABILITIES, [-2, -1, 0], r"set 0 has 3 elements, its y is -2\."),
        (PROBABILITIES, [[1, 1], [], [1, 1]], r"y has 2 value\(s\) for set 0, X 3\. Pass \+1 or -"),
        (PROBABILITIES, [[1, 1, 0], [], [1, 1]], r"y must be -1 for an outlier and \+1.*found 0"),
    ],
)
def test_outlier_arguments_that_do_not_fit(probabilities, y, text):
    with pytest.raises(ValueError, match=text):
        SetOutlierDisplay.from_predictions(draw_sets(8, 8), probabilities, y=y)


# ---------------------------------------------------------------- ElementPredictionDisplay


@pytest.fixture
def pairs():
    rng = np.random.default_rng(0)
    y = [rng.uniform(size=size) for size in (30, 0, 1, 40)]
    p = [targets + 0.1 * rng.normal(size=len(targets)) for targets in y]
    y[0][:5] = np.nan
    return y, p


@pytest.mark.parametrize("gridsize", [5, 50])
def test_every_labelled_element_is_in_one_hexagon(gridsize, pairs):
    display = ElementPredictionDisplay.from_predictions(*pairs, gridsize=gridsize)
    assert display.hexbin_.get_array().sum() == 71 - 5
    assert len(display.y_true) == len(display.y_pred) == 71 - 5
    low, high = display.ax_.get_xlim()
    assert display.ax_.get_ylim() == (low, high)
    drawn = np.concatenate([display.y_true, display.y_pred])
    assert low < drawn.min() and drawn.max() < high
    np.testing.assert_array_equal(display.line_.get_xydata(), [[low, low], [high, high]])


def test_hexagons_are_where_the_elements_are():
    y_true, y_pred = np.array([0.0, 0.0, 10.0]), np.array([0.0, 0.0, 5.0])
    display = ElementPredictionDisplay.from_predictions(y_true, y_pred, gridsize=20)
    counts = display.hexbin_.get_array()
    places = display.hexbin_.get_offsets()[np.argsort(counts)]
    assert sorted(counts) == [1, 2]
    np.testing.assert_allclose(places, [[10, 5], [0, 0]], atol=0.5)


def test_the_figure_in_the_corner(pairs):
    y, p = np.concatenate(pairs[0])[5:], np.concatenate(pairs[1])[5:]
    display = ElementPredictionDisplay.from_predictions(*pairs)
    assert display.text_.get_text() == f"mean |y - p|: {np.mean(np.abs(y - p)):.3g}"
    display = ElementPredictionDisplay.from_predictions(*pairs, scatter="redshift")
    assert display.text_.get_text() == f"mean |y - p| / (1 + y): {redshift_scatter(y, p):.3g}"
    assert display.text_ in display.ax_.texts


def test_predictions_of_an_estimator():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(size, 2)) for size in (3, 4, 5, 3)]
    y = [np.exp(elements[:, 0]) for elements in X]
    y[1][2] = np.nan
    reg = DeepSetsElementRegressor(**TINY, random_state=0).fit(X, y)
    figure, ax = plt.subplots()
    display = ElementPredictionDisplay.from_estimator(
        reg, X, y, scatter="redshift", ax=ax, gridsize=9, hexbin_kwargs={"cmap": "plasma"}
    )
    assert display.ax_ is ax and display.figure_ is figure
    assert display.hexbin_.get_cmap().name == "plasma"
    assert display.hexbin_.get_array().sum() == 14
    np.testing.assert_array_equal(
        display.y_pred, np.delete(np.concatenate(list(reg.predict(X))), 5)
    )
    expected = redshift_scatter(y, reg.predict(X))
    assert display.text_.get_text() == f"mean |y - p| / (1 + y): {expected:.3g}"


def test_predictions_of_a_table_and_of_one_element():
    display = ElementPredictionDisplay.from_predictions(np.array([1.0]), np.array([1.0]))
    assert display.hexbin_.get_array().sum() == 1
    assert display.text_.get_text() == "mean |y - p|: 0"
    assert display.ax_.get_xlim() == (0, 2)


def test_predictions_are_drawn_again_elsewhere(pairs):
    display = ElementPredictionDisplay.from_predictions(*pairs)
    first = display.ax_
    assert display.plot() is display
    assert display.ax_ is not first and display.figure_ is not first.figure


def test_prediction_errors(pairs):
    y, p = pairs
    with pytest.raises(ValueError, match=r"scatter must be one of \['absolute', 'redshift'\], fou"):
        ElementPredictionDisplay.from_predictions(y, p, scatter="relative")
    with pytest.raises(ValueError, match=r"y_pred has 3 sets, y_true 4\."):
        ElementPredictionDisplay.from_predictions(y, p[:3])
    with pytest.raises(ValueError, match="No element has a target"):
        ElementPredictionDisplay.from_predictions([[np.nan]], [[1.0]])
    with pytest.raises(ValueError, match="must be above -1"):
        ElementPredictionDisplay.from_predictions([[-2.0]], [[1.0]], scatter="redshift")
    assert not plt.get_fignums()
