"""ExpansionDisplay: sets, the items ranked to expand them, and the hidden ones among these."""

from bisect import bisect

import numpy as np

from sksets._ranking import read_hidden
from sksets._validation import check_same_n_sets, check_scores, read_item_sets
from sksets.plotting._arguments import check_displayed

_COLUMNS = 3
_WIDTH, _BAR, _AROUND, _LEGEND = 3.6, 0.22, 1.2, 0.3  # inches: panel, bar, title and axis
_TITLE_SIZE, _NAME_SIZE = "medium", "small"
_LINES = 3  # of a query
_NAME_SHARE = 0.45  # of the width of a panel, at most
_MARGINS = {"left": 0.48, "right": 0.95, "bottom": 0.22, "top": 0.76}  # of a figure without layout
_COLORS = {"hidden item": "tab:blue", "other item": "lightgray"}


class ExpansionDisplay:
    """Sets with the items ranked to expand them; the items that were hidden are marked.

    A panel a set: above, the items of the query; below, a bar of the score of each ranked item,
    the best on top. Hidden items have another colour, and a line says how many of them are among
    the items drawn. Bars start at zero, or below the least score where a score is negative. Make
    it with :meth:`from_estimator` or :meth:`from_rankings`; all parameters are stored as
    attributes.

    Parameters
    ----------
    queries : SetArray, or list of arrays
        The items of each set to show; an empty query is legal.
    items : ndarray of shape (n_sets, n_items)
        The items ranked for each set, ids or strings, the best first.
    scores : ndarray of shape (n_sets, n_items)
        Their scores. Items scored -inf, which are no candidates, are not drawn.
    hidden : SetArray, or list of arrays, default=None
        The hidden items of each set.

    Attributes
    ----------
    axes_ : ndarray of shape (n_sets,) of matplotlib Axes
        The bars of each set.
    figure_ : matplotlib Figure

    See Also
    --------
    sksets.metrics.item_ranks : The ranks of all hidden items.

    Examples
    --------
    >>> from sksets.plotting import ExpansionDisplay
    >>> display = ExpansionDisplay.from_rankings(
    ...     queries=[["lion", "tiger"], ["bread"]],
    ...     items=[["leopard", "zebra"], ["milk", "butter"]],
    ...     scores=[[0.8, 0.3], [0.5, 0.4]],
    ...     y=[["leopard", "puma"], ["butter"]],
    ... )
    >>> [name.get_text() for name in display.axes_[0].get_yticklabels()]
    ['leopard', 'zebra']
    """

    def __init__(self, *, queries, items, scores, hidden=None):
        self.queries = queries
        self.items = items
        self.scores = scores
        self.hidden = hidden

    @classmethod
    @check_displayed("rank")
    def from_estimator(cls, estimator, X, y=None, *, n_items=10, n_sets=3, figure=None):
        """Rank items for the first sets and draw them.

        Parameters
        ----------
        estimator : fitted estimator
            Its ``rank(X, n_items=n_items)`` gives items and their scores, the best first.
        X : any container of sets of items
            The queries.
        y : any container of sets of items, or array-like of shape (n_sets,), default=None
            The hidden items, or the one hidden item, of each set, ids or strings as in `X`.
        n_items : int, default=10
            How many items to show for each set.
        n_sets : int or None, default=3
            How many sets to show; all if None.
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw, best with ``layout="constrained"``; by default in a new figure.

        Returns
        -------
        display : ExpansionDisplay

        Raises
        ------
        ValueError
            If `X` and `y` do not fit, or `n_sets` is below 1.
        """
        queries, hidden = _first_sets(X, y, n_sets, "X")
        items, scores = estimator.rank(queries, n_items=n_items)
        return cls.from_rankings(queries, items, scores, hidden, n_sets=None, figure=figure)

    @classmethod
    @check_displayed()
    def from_rankings(cls, queries, items, scores, y=None, *, n_sets=3, figure=None):
        """Draw the first of given rankings.

        Parameters
        ----------
        queries : any container of sets of items
            The items of each set; an empty query is legal.
        items : array-like of shape (n_sets, n_items)
            The items ranked for each set, ids or strings, the best first.
        scores : array-like of shape (n_sets, n_items)
            Their scores; those of items that are no candidates are -inf.
        y : any container of sets of items, or array-like of shape (n_sets,), default=None
            The hidden items, or the one hidden item, of each set, ids or strings as in `items`.
        n_sets : int or None, default=3
            How many sets to show; all if None.
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw, best with ``layout="constrained"``; by default in a new figure.

        Returns
        -------
        display : ExpansionDisplay

        Raises
        ------
        ValueError
            If the arguments do not fit, a score is NaN, infinite or above the one before it, or
            `n_sets` is below 1.
        """
        queries = read_item_sets(queries, "queries")
        items, scores = _read_rankings(items, scores, len(queries))
        queries, hidden = _first_sets(queries, y, n_sets, "queries")
        items, scores = items[:n_sets], scores[:n_sets]
        if hidden is not None:
            _check_hidden(hidden, queries, items)
        return cls(queries=queries, items=items, scores=scores, hidden=hidden).plot(figure=figure)

    @check_displayed()
    def plot(self, *, figure=None):
        """Draw the display.

        Parameters
        ----------
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw, best with ``layout="constrained"``; by default in a new figure.

        Returns
        -------
        display : ExpansionDisplay
            This object, with the attributes set.
        """
        n_sets, n_items = self.items.shape
        # Four sets look better in two rows of two.
        n_columns = 2 if n_sets == 4 else min(n_sets, _COLUMNS)
        n_rows = -(-n_sets // n_columns)
        height = n_rows * (n_items * _BAR + _AROUND) + _LEGEND
        self.figure_ = _new_figure(n_columns * _WIDTH, height) if figure is None else figure
        panels = self.figure_.subfigures(n_rows, n_columns, squeeze=False).ravel()[:n_sets]
        width = 0.93 * panels[0].bbox.width * 72 / panels[0].dpi  # points, less a margin
        hidden = [None] * n_sets if self.hidden is None else self.hidden
        rows = list(zip(self.queries, self.items, self.scores, hidden, strict=True))
        titles = [_title(*row, width) for row in rows]
        n_lines = max(map(len, titles))
        self.axes_ = np.array([panel.subplots(gridspec_kw=_MARGINS) for panel in panels])
        for panel, ax, title, row in zip(panels, self.axes_, titles, rows, strict=True):
            # Titles of as many lines leave the bars of a row at one height.
            text = "\n".join(title + [""] * (n_lines - len(title)))
            panel.suptitle(text, x=0.02, ha="left", fontsize=_TITLE_SIZE, parse_math=False)
            _draw_bars(ax, *row[1:], width)
        if self.hidden is not None:
            _draw_legend(self.figure_)
        return self


def _first_sets(queries, y, n_sets, name):
    """Return the first queries and hidden items as SetArrays, or None for no hidden items."""
    queries = read_item_sets(queries, name)
    if y is not None:
        y = read_hidden(y, len(queries), queries.keys)[:n_sets]
    return queries[:n_sets], y


def _read_rankings(items, scores, n_sets):
    """Return items and scores as arrays of shape (n_sets, n_items), the best first."""
    ranked, scores = read_item_sets(items, "items"), check_scores(scores, "scores")
    check_same_n_sets(len(ranked), n_sets, "items", "queries")
    check_same_n_sets(len(scores), n_sets, "scores", "queries")
    if (wrong := ranked.sizes != scores.shape[1]).any():
        i = np.argmax(wrong)
        raise ValueError(
            f"items and scores must have the same shape; set {i} has {ranked.sizes[i]} items, "
            f"{scores.shape[1]} scores."
        )
    if (infinite := (scores == np.inf).any(axis=1)).any():
        raise ValueError(
            "Scores must be finite, or -inf for an item that is no candidate; set "
            f"{np.argmax(infinite)} has infinity."
        )
    if (rising := scores[:, 1:] > scores[:, :-1]).any():
        i, j = np.argwhere(rising)[0]
        raise ValueError(
            f"Items must be ranked, the best first; set {i} has scores {scores[i, j]:g} and then "
            f"{scores[i, j + 1]:g}."
        )
    return ranked.values.reshape(scores.shape), scores


def _check_hidden(hidden, queries, items):
    """Raise where hidden items are of another kind than those ranked, or in the query."""
    if len(hidden.values) and (hidden.values.dtype.kind == "U") != (items.dtype.kind == "U"):
        kinds = ["strings" if a.dtype.kind == "U" else "integers" for a in (hidden.values, items)]
        raise ValueError(f"y holds {kinds[0]}, items {kinds[1]}. Pass both as ids or as names.")
    for i, (query, part) in enumerate(zip(queries, hidden, strict=True)):
        if (both := np.intersect1d(query, part)).size:
            raise ValueError(
                f"Item {both[0]} of set {i} is in the query and in y. Pass as y only the items "
                "that the query hides."
            )


def _new_figure(width, height):
    import matplotlib.pyplot as plt

    return plt.figure(figsize=(max(width, 5.0), max(height, 2.0)), layout="constrained")


def _measure(text, size):
    """Return the width of a text in points."""
    from matplotlib.font_manager import FontProperties
    from matplotlib.textpath import text_to_path

    font = FontProperties(size=size)
    return text_to_path.get_text_width_height_descent(text, font, ismath=False)[0]


def _cut(item, width, size):
    """Return the name of an item, the end left out where it is wider than `width` points."""
    name = " ".join(str(item).split())
    if _measure(name, size) <= width:
        return name
    n = bisect(range(len(name)), width, key=lambda n: _measure(f"{name[:n]}…", size))
    return f"{name[: max(n - 1, 0)].rstrip()}…"


def _title(query, items, scores, hidden, width):
    """Return the lines above a panel: the query, and how many hidden items are drawn."""
    lines = ["Query:" if len(query) else "Query: (empty)"]
    for item in query:
        name = _cut(item, _NAME_SHARE * width, _TITLE_SIZE) + ","
        if _measure(f"{lines[-1]} {name} …", _TITLE_SIZE) <= width:
            lines[-1] += f" {name}"
        elif len(lines) < _LINES:
            lines.append(name)
        else:
            lines[-1] += " …"
            break
    lines[-1] = lines[-1].removesuffix(",")
    if hidden is not None:
        hidden = np.unique(hidden)
        n_drawn = np.isin(hidden, items[scores > -np.inf]).sum()
        lines.append(f"{n_drawn} of {len(hidden)} hidden items shown")
    return lines


def _limits(scores):
    """Return where bars of these scores start, and where their axis ends."""
    if not len(scores):
        return 0.0, 1.0
    low, high = scores.min(), scores.max()
    start = 0.0 if low >= 0 else low - 0.1 * ((high - low) or abs(low))
    return start, high + 0.05 * ((high - start) or 1.0)


def _draw_bars(ax, items, scores, hidden, width):
    """Draw one bar an item, the best on top, in axes with room for all items, drawn or not."""
    n_items, drawn = len(items), scores > -np.inf
    items, scores = items[drawn], scores[drawn].astype(np.float64)
    is_hidden = np.zeros(len(items), dtype=bool) if hidden is None else np.isin(items, hidden)
    places, (start, end) = np.arange(len(items)), _limits(scores)
    colors = np.where(is_hidden, _COLORS["hidden item"], _COLORS["other item"])
    ax.barh(places, scores - start, left=start, height=0.8, color=colors)
    names = [_cut(item, _NAME_SHARE * width, _NAME_SIZE) for item in items]
    ax.set_yticks(places, labels=names, parse_math=False)
    ax.set(xlim=(start, end), ylim=(n_items - 0.5, -0.5), xlabel="Score")
    ax.locator_params(axis="x", nbins=4)
    ax.tick_params(labelsize=_NAME_SIZE)
    ax.tick_params(axis="y", length=0)
    ax.spines[["top", "right"]].set_visible(False)


def _draw_legend(figure):
    from matplotlib.patches import Patch

    handles = [Patch(color=color, label=label) for label, color in _COLORS.items()]
    figure.legend(handles=handles, loc="outside lower center", ncols=2, frameon=False)
