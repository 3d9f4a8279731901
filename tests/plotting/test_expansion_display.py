"""ExpansionDisplay: what it draws, and that it is what the estimator ranked."""

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from matplotlib.colors import to_rgba

from sksets import SetArray
from sksets.plotting import ExpansionDisplay

QUERIES = [["lion", "tiger"], [], ["tea"], ["oslo"]]
ITEMS = [
    ["leopard", "zebra", "puma"],
    ["sky", "sea", "sun"],
    ["milk", "cup", "sugar"],
    ["rome", "bern", "paris"],
]
SCORES = [[0.8, 0.3, 0.1], [9.0, 9.0, 0.0], [2.0, 1.0, -np.inf], [-1.0, -2.0, -4.0]]
HIDDEN = [["puma", "leopard", "lynx"], [], ["sugar", "cup"], ["vaduz"]]


@pytest.fixture(autouse=True)
def close_figures():
    yield
    plt.close("all")


class Cooccurrence:
    """Ranks the items by the number of sets that they share with those of the query."""

    def fit(self, X):
        sets = SetArray.from_sets(X)
        self.items, columns = np.unique(sets.values, return_inverse=True)
        self.member = np.zeros((len(sets), len(self.items)))
        self.member[sets.set_ids, columns] = 1
        return self

    def rank(self, X, n_items=10):
        assert isinstance(X, SetArray)
        scores = np.zeros((len(X), len(self.items)))
        for row, query in zip(scores, X, strict=True):
            asked = np.isin(self.items, query)
            row[:] = (self.member[:, asked].sum(axis=1) > 0) @ self.member
            row[asked] = -np.inf
        if X.context is not None:
            scores += X.context @ self.member[: X.context.shape[1]]
        best = np.argsort(-scores, axis=1, kind="stable")[:, :n_items]
        return self.items[best], np.take_along_axis(scores, best, axis=1)


TRAIN = [["a", "b", "c"], ["a", "b"], ["c", "d"], ["a", "d", "e"]]


def names(ax):
    return [label.get_text() for label in ax.get_yticklabels()]


def marked(ax):
    """Names of the items whose bars have the colour of hidden ones."""
    hidden, other = to_rgba("tab:blue"), to_rgba("lightgray")
    colors = [bar.get_facecolor() for bar in ax.patches]
    assert set(colors) <= {hidden, other}
    return [name for name, color in zip(names(ax), colors, strict=True) if color == hidden]


def ends(ax):
    return [bar.get_x() + bar.get_width() for bar in ax.patches]


def titles(display):
    """Lines above each panel."""
    panels = [ax.figure for ax in display.axes_]
    return [panel.get_suptitle().rstrip("\n").split("\n") for panel in panels]


# ---------------------------------------------------------------- what is drawn


@pytest.mark.parametrize("as_array", [False, True])
def test_items_bars_and_hidden_ones(as_array):
    items, scores = (np.array(ITEMS), np.array(SCORES)) if as_array else (ITEMS, SCORES)
    display = ExpansionDisplay.from_rankings(QUERIES, items, scores, HIDDEN, n_sets=None)
    assert display.axes_.shape == (4,) and len(display.figure_.axes) == 4
    assert [names(ax) for ax in display.axes_] == [ITEMS[0], ITEMS[1], ["milk", "cup"], ITEMS[3]]
    for ax, row in zip(display.axes_, SCORES, strict=True):
        assert ends(ax) == pytest.approx([score for score in row if score > -np.inf])
        middles = [bar.get_y() + bar.get_height() / 2 for bar in ax.patches]
        np.testing.assert_allclose(middles, ax.get_yticks())
        low, high = ax.get_ylim()
        assert low > high  # the first item is on top
        assert ax.get_ylim() == display.axes_[0].get_ylim()
    assert [marked(ax) for ax in display.axes_] == [["leopard", "puma"], [], ["cup"], []]
    assert titles(display) == [
        ["Query: lion, tiger", "2 of 3 hidden items shown"],
        ["Query: (empty)", "0 of 0 hidden items shown"],
        ["Query: tea", "1 of 2 hidden items shown"],
        ["Query: oslo", "0 of 1 hidden items shown"],
    ]
    (legend,) = display.figure_.legends
    assert [text.get_text() for text in legend.get_texts()] == ["hidden item", "other item"]
    expected = [to_rgba("tab:blue"), to_rgba("lightgray")]
    assert [patch.get_facecolor() for patch in legend.get_patches()] == expected


def test_without_hidden_items():
    display = ExpansionDisplay.from_rankings(QUERIES, ITEMS, SCORES)
    assert display.axes_.shape == (3,) and display.hidden is None
    assert [marked(ax) for ax in display.axes_] == [[], [], []]
    assert titles(display) == [["Query: lion, tiger"], ["Query: (empty)"], ["Query: tea"]]
    assert not display.figure_.legends


def test_bars_start_at_zero_or_below_the_least_score():
    display = ExpansionDisplay.from_rankings(QUERIES, ITEMS, SCORES, n_sets=4)
    starts = [{bar.get_x() for bar in ax.patches} for ax in display.axes_]
    assert starts[:3] == [{0.0}, {0.0}, {0.0}]
    assert starts[3] == {-4.3}  # a tenth of the range below
    for ax in display.axes_:
        low, high = ax.get_xlim()
        assert low == ax.patches[0].get_x() and high > max(ends(ax))


@pytest.mark.parametrize("scores", [[0.0, 0.0], [-3.0, -3.0], [-1e30, -1e30], [-np.inf, -np.inf]])
def test_scores_that_are_all_the_same(scores):
    display = ExpansionDisplay.from_rankings([["a"]], [["b", "c"]], [scores], [["b"]])
    display.figure_.canvas.draw()
    low, high = display.axes_[0].get_xlim()
    assert low < high
    assert len(display.axes_[0].patches) == (0 if scores[0] == -np.inf else 2)


def test_items_that_are_integers():
    display = ExpansionDisplay.from_rankings(
        [np.array([7, 9]), np.array([], dtype=int)],
        np.array([[3, 12], [0, 7]]),
        np.array([[5, 4], [2, 1]]),
        [np.array([12, 1]), np.array([0])],
    )
    assert [names(ax) for ax in display.axes_] == [["3", "12"], ["0", "7"]]
    assert [marked(ax) for ax in display.axes_] == [["12"], ["0"]]
    assert titles(display)[0] == ["Query: 7, 9", "1 of 2 hidden items shown"]


@pytest.mark.parametrize(
    "read", [SetArray.from_sets, pd.Series, lambda sets: np.array([*sets, None], dtype=object)[:-1]]
)
def test_any_container_of_queries_and_hidden_items(read):
    display = ExpansionDisplay.from_rankings(read(QUERIES), ITEMS, SCORES, read(HIDDEN), n_sets=1)
    assert titles(display) == [["Query: lion, tiger", "2 of 3 hidden items shown"]]
    assert marked(display.axes_[0]) == ["leopard", "puma"]


def test_a_hidden_item_that_is_named_twice_counts_once():
    display = ExpansionDisplay.from_rankings(
        [["a"]], [["b", "c"]], [[2, 1]], [["c", "d", "c", "d"]]
    )
    assert titles(display) == [["Query: a", "1 of 2 hidden items shown"]]


def test_one_hidden_item_a_set():
    display = ExpansionDisplay.from_rankings(
        QUERIES, ITEMS, SCORES, ["puma", "cat", "sugar", "rome"]
    )
    assert [marked(ax) for ax in display.axes_] == [["puma"], [], []]
    assert [lines[1].split(" hid")[0] for lines in titles(display)] == [
        "1 of 1",
        "0 of 1",
        "0 of 1",
    ]


# ---------------------------------------------------------------- layout


def boxes(display):
    """Extents of each panel, its title and its names as drawn, in pixels."""
    for ax in display.axes_:
        title = ax.figure.texts[0].get_window_extent()
        labels = [text.get_window_extent() for text in [*ax.get_yticklabels(), ax.xaxis.label]]
        yield ax, ax.figure.bbox, title, labels


LONG = [
    ["WHITE HANGING HEART T-LIGHT HOLDER WITH A RED RIBBON", *["a word"] * 60],
    ["$5 off $10", "x_1 ^ 2$", "a\nb  c"],
    ["W" * 300],
    ["tea"],
    [],
    ["a lot of words, one of which is long"] * 9,
]


@pytest.mark.parametrize("n_sets, given", [(1, 0), (2, 0), (2, 1), (3, 0), (4, 0), (6, 0), (6, 1)])
def test_texts_stay_in_their_panel_and_off_the_bars(n_sets, given):
    items = [["W" * 300, "$1 or $2", "a\nb", *"defghij"], *[[f"item {i}" for i in range(10)]] * 5]
    figure = plt.figure(figsize=(11, 7)) if given else None
    display = ExpansionDisplay.from_rankings(
        LONG, items, [np.arange(0.0, -10, -1)] * 6, [["d"]] * 6, n_sets=n_sets, figure=figure
    )
    display.figure_.canvas.draw()
    legend = display.figure_.legends[0].get_window_extent()
    for ax, panel, title, labels in boxes(display):
        bars = ax.get_window_extent()
        for box in [title, *labels, bars]:
            assert panel.x0 <= box.x0 and box.x1 <= panel.x1
            assert panel.y0 <= box.y0 and box.y1 <= panel.y1
        assert all(label.x1 < bars.x0 for label in labels[:-1])
        assert max(label.width for label in labels) < 0.45 * panel.width
        assert bars.y1 < title.y0
        assert bars.width > 0.3 * panel.width and bars.height > 0.3 * panel.height
        rows = sorted(label.y0 for label in labels[:-1])
        assert min(np.diff(rows)) > labels[0].height
        assert not legend.overlaps(labels[-1])


@pytest.mark.parametrize("n_sets, n_columns", [(1, 1), (2, 2), (3, 3), (4, 2), (5, 3), (7, 3)])
def test_panels_in_rows(n_sets, n_columns):
    display = ExpansionDisplay.from_rankings(
        [["a"]] * n_sets, [["b", "c"]] * n_sets, [[2, 1]] * n_sets, n_sets=None
    )
    corners = [(ax.figure.bbox.x0, -ax.figure.bbox.y1) for ax in display.axes_]
    columns, rows = (
        np.unique(np.round(values), return_inverse=True)[1] for values in zip(*corners, strict=True)
    )
    np.testing.assert_array_equal(columns, np.arange(n_sets) % n_columns)
    np.testing.assert_array_equal(rows, np.arange(n_sets) // n_columns)


def test_names_are_no_formulas():
    display = ExpansionDisplay.from_rankings([["$x$ and $y$"]], [["$1 or $2"]], [[1]])
    (ax,) = display.axes_
    texts = [ax.get_yticklabels()[0], ax.figure.texts[0]]
    assert [text.get_parse_math() for text in texts] == [False, False]


def test_long_names_and_queries_are_cut():
    display = ExpansionDisplay.from_rankings(LONG[:3], [["W" * 300, "a\nb"]] * 3, [[1, 0]] * 3)
    long, short = names(display.axes_[0])
    assert long.startswith("WWWWW") and long.endswith("W…") and short == "a b"
    first, second, third = titles(display)
    assert first[0].startswith("Query: WHITE HANG") and "…, a word," in first[0]
    assert len(first) == 3 and first[2].endswith("a word, …")
    assert second == ["Query: $5 off $10, x_1 ^ 2$, a b c"]
    assert third[0].startswith("Query: WWWWW") and third[0].endswith("W…")


def test_a_figure_that_is_given():
    figure = plt.figure(layout="constrained")
    left, right = figure.subfigures(1, 2)
    display = ExpansionDisplay.from_rankings(QUERIES, ITEMS, SCORES, HIDDEN, figure=right)
    assert display.figure_ is right and len(right.subfigs) == 3 and not left.subfigs
    assert display.plot(figure=left) is display
    assert display.figure_ is left and len(left.subfigs) == 3 and len(left.legends) == 1
    assert all(ax.figure in left.subfigs for ax in display.axes_)
    assert plt.get_fignums() == [figure.number]
    display.plot()
    assert len(plt.get_fignums()) == 2


# ---------------------------------------------------------------- from_estimator


@pytest.mark.parametrize("read", [list, SetArray.from_sets])
def test_rankings_of_an_estimator(read):
    ranker = Cooccurrence().fit(TRAIN)
    X, y = read([["a"], ["d"], [], ["b", "c"]]), [["b"], ["c", "b"], ["a"], ["e"]]
    display = ExpansionDisplay.from_estimator(ranker, X, y, n_items=3)
    assert [names(ax) for ax in display.axes_] == [["b", "c", "d"], ["a", "c", "e"], [*"abc"]]
    assert [ends(ax) for ax in display.axes_] == [[2, 1, 1], [1, 1, 1], [0, 0, 0]]
    assert [marked(ax) for ax in display.axes_] == [["b"], ["c"], ["a"]]
    items, scores = ranker.rank(SetArray.from_sets(X), n_items=3)
    np.testing.assert_array_equal(display.items, items[:3])
    np.testing.assert_array_equal(display.scores, scores[:3])
    every = ExpansionDisplay.from_estimator(ranker, X, n_sets=None)
    # the items of the query, ranked last, are not drawn
    assert [len(names(ax)) for ax in every.axes_] == [4, 4, 5, 3]


def test_the_context_of_empty_queries_goes_along():
    ranker = Cooccurrence().fit(TRAIN)
    X = SetArray(np.empty(0), [0, 0, 0], context=[[0, 0, 1], [0, 1, 0]])
    display = ExpansionDisplay.from_estimator(ranker, X, [["d"], ["e"]], n_items=2)
    assert [names(ax) for ax in display.axes_] == [["c", "d"], ["a", "b"]]
    assert [marked(ax) for ax in display.axes_] == [["d"], []]
    assert titles(display)[0] == ["Query: (empty)", "1 of 1 hidden items shown"]


# ---------------------------------------------------------------- errors


@pytest.mark.parametrize(
    "change, text",
    [
        ({"y": HIDDEN[:3]}, "y must hold the hidden items of each set.* it has 3 sets, X has 4"),
        ({"items": ITEMS[:3]}, r"queries has 4 sets, items 3\. Both need one array or row a set"),
        ({"items": ["rome"] * 4}, "Cannot read items, one array .*a flat list of strings"),
        ({"scores": SCORES[:3]}, r"queries has 4 sets, scores 3\."),
        ({"scores": [row[:2] for row in SCORES]}, "the same shape; set 0 has 3 items, 2 scores"),
        ({"items": [*ITEMS[:3], ["rome"]]}, "the same shape; set 3 has 1 items, 3 scores"),
        ({"scores": [*SCORES[:3], [1, 2, 3]]}, "best first; set 3 has scores 1 and then 2"),
        ({"scores": [*SCORES[:3], [np.inf, 2, 1]]}, "finite, or -inf .* set 3 has infinity"),
        ({"scores": [*SCORES[:3], [1, np.nan, 1]]}, "scores has NaN: set 3, column 1"),
        ({"y": [[1], [2], [3], [4]]}, "y holds integers, items strings. Pass both as ids or as n"),
        ({"items": np.arange(12).reshape(4, 3)}, "y holds strings, items integers"),
        ({"y": [["tiger"], [], [], []]}, "Item tiger of set 0 is in the query and in y"),
        ({"y": [0.5, 1.0, 2.0, 3.0]}, "y must hold the hidden items of each set, or one item a"),
        ({"queries": []}, r"Cannot read queries, .*Found 0 set\(s\)"),
        ({"n_sets": 0}, "'n_sets' parameter .* Got 0 instead"),
        ({"n_sets": -1}, "'n_sets' parameter .* Got -1 instead"),
    ],
)
def test_rankings_that_do_not_fit(change, text):
    arguments = {"queries": QUERIES, "items": ITEMS, "scores": SCORES, "y": HIDDEN} | change
    with pytest.raises(ValueError, match=text):
        ExpansionDisplay.from_rankings(**arguments)
    assert not plt.get_fignums()


def test_errors_of_an_estimator():
    ranker = Cooccurrence().fit(TRAIN)
    with pytest.raises(
        ValueError, match="y must hold the hidden items of .* it has 1 sets, X has 2"
    ):
        ExpansionDisplay.from_estimator(ranker, [["a"], ["b"]], [["c"]])
    with pytest.raises(ValueError, match="'n_sets' parameter .* Got 0 instead"):
        ExpansionDisplay.from_estimator(ranker, [["a"], ["b"]], n_sets=0)
    with pytest.raises(TypeError, match="'n_sets' parameter .* Got 1.5 instead"):
        ExpansionDisplay.from_estimator(ranker, [["a"], ["b"]], n_sets=1.5)
    with pytest.raises(TypeError, match="Cannot read X, one array of items a set: X is a int"):
        ExpansionDisplay.from_estimator(ranker, 3)
    assert not plt.get_fignums()
