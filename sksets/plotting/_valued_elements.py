"""Sets with a value an element: as images with bars, points, or bars with words."""

import numpy as np

from sksets._arguments import as_list
from sksets._set_array import as_set_array
from sksets._validation import check_same_sizes, find_nonfinite, flatten_values
from sksets.plotting._arguments import check_colours, scale_colours
from sksets.plotting._images import are_images, displayable

_ADVICE = "Pass one array a set, with one value an element."
_IMAGE, _ROW, _PANEL, _BAR = 1.0, 1.6, 3.0, 0.28  # inches
_COLUMNS = 3
_COLOURS = "tab:orange", "tab:blue"  # below zero, and from zero on


def read_valued(X, values, name, element_kind="auto"):
    """Return sets, and one array of finite numbers a set.

    Parameters
    ----------
    X : any container of sets
    values : list of arrays, object array or SetArray
    name : str
        What messages call the values.
    element_kind : {"auto", "numeric", "token"}, default="auto"
    """
    sets = as_set_array(X, element_kind=element_kind)
    return sets, read_element_numbers(values, sets, name)


def read_element_numbers(values, sets, name):
    """Return finite numbers, one an element, as one float64 array a set; ``name`` is for errors."""
    flat, sizes = flatten_values(values, name)
    check_same_sizes(len(flat) if sizes is None else sizes, sets.sizes, name, "X", _ADVICE)
    if flat.dtype.kind not in "biuf":
        raise ValueError(f"{name} must be numbers, found {flat.dtype}. {_ADVICE}")
    if (wrong := find_nonfinite(flat)) is not None:
        i = np.searchsorted(sets.offsets, wrong.row, side="right") - 1
        raise ValueError(f"{name} must be finite; those of set {i} have {wrong.name}.")
    return np.split(flat.astype(np.float64), sets.offsets[1:-1])


def read_titles(titles, n_sets):
    """Return one title a set as str."""
    titles = [str(title) for title in as_list(titles)]
    if len(titles) != n_sets:
        raise ValueError(f"X has {n_sets} sets, titles has {len(titles)}. Pass one a set.")
    return titles


def draw_valued(figure, sets, values, *, label, cmap, titles):
    """Draw a row, or a panel, a set.

    Parameters
    ----------
    figure : matplotlib Figure, SubFigure or None
        None for a new figure.
    sets : SetArray
    values : list of ndarray
        One array a set.
    label : str
        What the values are.
    cmap : str, matplotlib Colormap or None
        Of grey images, or of the values of points.
    titles : list of str
        One a set.

    Returns
    -------
    figure : matplotlib Figure or SubFigure
    axes : ndarray of shape (n_sets,) of matplotlib Axes
        Of the bars or points of each set.
    image_axes : ndarray of shape (n_sets, n_columns) of matplotlib Axes, or None
    """
    shape = sets.element_shape
    if are_images(shape):
        return _draw_images(figure, sets, values, label, check_colours(cmap, "gray"), titles)
    if shape in ((2,), (3,)) and sets.categories is None:
        return (*_draw_points(figure, sets, values, label, cmap, titles), None)
    return (*_draw_bars(figure, sets, values, label, titles), None)


def _new_figure(width, height):
    import matplotlib.pyplot as plt

    return plt.figure(figsize=(max(width, 3.5), max(height, 2.0)), layout="constrained")


def _limits(values):
    """Return the ends of an axis of bars: zero, and all values with a margin."""
    flat = np.concatenate([*values, [0.0]])
    margin = 0.08 * np.ptp(flat) or 1.0
    low, high = flat.min(), flat.max()
    return low - margin * (low < 0), high + margin * (high > 0 or low == high)


def _limits_of_points(column):
    """Return the ends of an axis of points: all of them with a margin."""
    low, high = (column.min(), column.max()) if len(column) else (0.0, 0.0)
    margin = 0.05 * (high - low) or 1.0
    return low - margin, high + margin


def _bars(ax, values, limits, label):
    places = np.arange(len(values))
    colours = [_COLOURS[int(value >= 0)] for value in values]
    ax.bar(places, values, width=0.7, color=colours)
    ax.axhline(0, color="black", linewidth=0.8)
    ax.set(xlim=(-0.5, max(len(values), 1) - 0.5), ylim=limits, ylabel=label)
    ax.locator_params(axis="y", nbins=3)
    ax.tick_params(labelsize="small")
    ax.spines[["top", "right", "bottom"]].set_visible(False)


def _draw_bars(figure, sets, values, label, titles):
    """Draw a row of bars a set, with the words of tokens below."""
    most = max(sets.sizes.max(), 1)
    figure = _new_figure(most * _BAR + 1.5, len(sets) * _ROW) if figure is None else figure
    axes = figure.subplots(len(sets), 1, squeeze=False)[:, 0]
    limits = _limits(values)
    for ax, elements, part, title in zip(axes, sets, values, titles, strict=True):
        _bars(ax, part, limits, label)
        # As wide as those of the largest set, so that sizes can be seen.
        ax.set(xlim=(-0.5, most - 0.5), title=title)
        if sets.codes.ndim == 1:
            words = [" ".join(str(word).split())[:24] for word in elements]
            ax.set_xticks(range(len(words)), labels=words, rotation=40, ha="right")
            for tick in ax.get_xticklabels():
                tick.set_parse_math(False)
        else:
            ax.xaxis.get_major_locator().set_params(integer=True)
            ax.set_xlabel("Element")
    return figure, axes


def _draw_points(figure, sets, values, label, cmap, titles):
    """Draw a panel of coloured points a set, all in one box and on one scale of colours."""
    n_columns = min(len(sets), _COLUMNS)
    n_rows = -(-len(sets) // n_columns)
    figure = _new_figure(n_columns * _PANEL + 0.8, n_rows * _PANEL) if figure is None else figure
    norm, cmap = scale_colours(np.concatenate(values), cmap)
    is_space = sets.element_shape == (3,)
    names = list("xyz") if sets.feature_names is None else sets.feature_names.tolist()
    box = [_limits_of_points(column) for column in sets.values.astype(np.float64).T]
    grid = figure.add_gridspec(n_rows, n_columns)
    axes = np.empty(len(sets), dtype=object)
    for i, (points, part, title) in enumerate(zip(sets, values, titles, strict=True)):
        place = grid[i // n_columns, i % n_columns]
        ax = axes[i] = figure.add_subplot(place, projection="3d" if is_space else None)
        options = {"depthshade": False} if is_space else {}
        points = points.astype(np.float64).T
        drawn = ax.scatter(*points, c=part, norm=norm, cmap=cmap, s=18, **options)
        ax.set(title=title, xlabel=names[0], ylabel=names[1], xlim=box[0], ylim=box[1])
        if is_space:
            ax.set(zlabel=names[2], zlim=box[2])
        ax.locator_params(nbins=4)
        ax.tick_params(labelsize="x-small")
    figure.colorbar(drawn, ax=list(axes), label=label, fraction=0.05)
    return figure, axes


def _draw_images(figure, sets, values, label, cmap, titles):
    """Draw a row of images a set, and their bars below."""
    n_sets, n_columns = len(sets), max(sets.sizes.max(), 1)
    if figure is None:
        figure = _new_figure(n_columns * _IMAGE + 1.0, n_sets * (_IMAGE + _ROW))
    grid = figure.add_gridspec(2 * n_sets, n_columns, height_ratios=[_IMAGE, _ROW / 2] * n_sets)
    axes = np.empty(n_sets, dtype=object)
    image_axes = np.full((n_sets, n_columns), None, dtype=object)
    images, limits = displayable(sets.values), _limits(values)
    # One scale for all images: on its own, a faint one would look like a clear one.
    scale = {"vmin": images.min(), "vmax": images.max()} if images.size else {}
    for i, (part, title) in enumerate(zip(values, titles, strict=True)):
        for j, image in enumerate(images[sets.offsets[i] : sets.offsets[i + 1]]):
            ax = image_axes[i, j] = figure.add_subplot(grid[2 * i, j])
            ax.imshow(image, cmap=cmap, **scale)
            ax.set(xticks=[], yticks=[])
        axes[i] = figure.add_subplot(grid[2 * i + 1, : max(len(part), 1)])
        _bars(axes[i], part, limits, label)
        axes[i].set(xticks=[])
        (axes[i] if image_axes[i, 0] is None else image_axes[i, 0]).set_title(
            title, loc="left", fontsize="medium"
        )
    return figure, axes, image_axes
