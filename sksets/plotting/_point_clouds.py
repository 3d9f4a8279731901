"""PointCloudDisplay: sets of points in space, and their projections onto the planes."""

from itertools import combinations

import numpy as np

from sksets._set_array import as_set_array
from sksets._validation import find_nonfinite
from sksets.plotting._arguments import check_displayed, scale_colours
from sksets.plotting._valued_elements import read_element_numbers, read_titles

_PANEL, _COLOUR_BAR = 2.3, 0.8  # inches, as are the margins
_LEFT, _RIGHT, _BOTTOM, _TOP = 0.6, 0.15, 0.5, 0.35
_COLOUR = "tab:blue"
_MARGIN = 1.05


class PointCloudDisplay:
    """Sets of points in space: as a scatter in three dimensions, and from three sides.

    A row a set. The first panel shows its points in space; the others are the projections onto
    the planes xy, xz and yz, as in figure 12 of Zaheer et al. (2017). Points in a plane have one
    panel a set, side by side. All panels have one scale, so that sizes can be compared; each is
    centred on its set. Make it with :meth:`from_sets`; all parameters are stored as attributes.

    Parameters
    ----------
    sets : SetArray
        The sets to show: elements of shape (3,) or (2,).
    values : list of ndarray, default=None
        One array a set: what colours its elements.
    titles : list of str, default=None
        The title of each set; by default ``"Set 0"``, ``"Set 1"``, ...

    Attributes
    ----------
    axes_ : ndarray of shape (n_sets, n_panels) of matplotlib Axes
        Of points in space: in space, xy, xz, yz. Of points in a plane: one panel a set.
    colorbar_ : matplotlib Colorbar, or None
        The scale of the values.
    figure_ : matplotlib Figure

    See Also
    --------
    sksets.datasets.make_shapes : Solids to draw.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> from sksets.datasets import make_shapes
    >>> from sksets.plotting import PointCloudDisplay
    >>> shapes = make_shapes(2, kinds=["torus", "cone"], random_state=0)
    >>> display = PointCloudDisplay.from_sets(
    ...     shapes.data, titles=[shapes.target_names[i] for i in shapes.target]
    ... )
    >>> display.axes_.shape
    (2, 4)
    >>> display.axes_[0, 2].get_xlabel(), display.axes_[0, 2].get_ylabel()
    ('x', 'z')
    """

    def __init__(self, *, sets, values=None, titles=None):
        self.sets = sets
        self.values = values
        self.titles = titles

    @classmethod
    @check_displayed(label=[str], titles=["array-like", None])
    def from_sets(
        cls,
        X,
        *,
        values=None,
        titles=None,
        n_sets=5,
        figure=None,
        cmap=None,
        label="Value",
        scatter_kwargs=None,
    ):
        """Draw the first sets of points.

        Parameters
        ----------
        X : any container of sets
            Elements of three numbers, or of two. A single set is a list of one array.
        values : list of arrays, object array or SetArray, default=None
            One number an element, one array a set, such as its contribution to a prediction. It
            colours the points, on one scale for all sets.
        titles : array-like of str of shape (n_sets,), default=None
            What each set is; by default its number.
        n_sets : int or None, default=5
            How many sets to show; all if None.
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw; by default in a new figure.
        cmap : str or matplotlib Colormap, default=None
            Colours of the values. By default "viridis", or "coolwarm" with its middle at zero
            where values have both signs; colour-blind readers tell both apart.
        label : str, default="Value"
            What the values are: the label of their scale.
        scatter_kwargs : dict, default=None
            Further arguments of :meth:`matplotlib.axes.Axes.scatter`, for all panels.

        Returns
        -------
        display : PointCloudDisplay

        Raises
        ------
        ValueError
            If elements are no points of two or three finite numbers, or the values or titles do
            not fit them.
        """
        sets = as_set_array(X)
        _check_points(sets)
        if values is not None:
            values = read_element_numbers(values, sets, "values")[:n_sets]
        if titles is not None:
            titles = read_titles(titles, len(sets))[:n_sets]
        display = cls(sets=sets[:n_sets], values=values, titles=titles)
        return display.plot(figure=figure, cmap=cmap, label=label, scatter_kwargs=scatter_kwargs)

    @check_displayed(label=[str])
    def plot(self, *, figure=None, cmap=None, label="Value", scatter_kwargs=None):
        """Draw the display.

        Parameters
        ----------
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw; by default in a new figure.
        cmap : str or matplotlib Colormap, default=None
            Colours of the values. By default "viridis", or "coolwarm" with its middle at zero
            where values have both signs; colour-blind readers tell both apart.
        label : str, default="Value"
            What the values are: the label of their scale.
        scatter_kwargs : dict, default=None
            Further arguments of :meth:`matplotlib.axes.Axes.scatter`, for all panels.

        Returns
        -------
        display : PointCloudDisplay
            This object, with the attributes set.
        """
        names = self.sets.feature_names
        names = list("xyz"[: self.sets.element_shape[0]] if names is None else names)
        options = {"s": 5.0, "linewidths": 0, "color": _COLOUR}
        norm = None
        if self.values is not None:
            norm, cmap = scale_colours(np.concatenate(self.values), cmap)
            options = {"s": 5.0, "linewidths": 0, "norm": norm, "cmap": cmap}
        options |= scatter_kwargs or {}
        shape = (len(self.sets), len(names))
        self.figure_ = _new_figure(*shape, norm is not None) if figure is None else figure
        self.axes_ = _add_axes(self.figure_, *shape)
        half = _largest_half_extent(self.sets)
        for i, (row, points) in enumerate(zip(self.axes_, self.sets, strict=True)):
            if self.values is not None:
                options["c"] = self.values[i]
            _draw_set(row, points, names, half, options)
            row[0].set_title(f"Set {i}" if self.titles is None else self.titles[i])
        self.colorbar_ = None
        if norm is not None:
            self.colorbar_ = self.figure_.colorbar(
                row[0].collections[0],
                ax=list(self.axes_.flat),
                label=label,
                fraction=0.05,
                pad=0.03,
            )
        return self


def _check_points(sets):
    if sets.element_shape not in ((2,), (3,)) or sets.codes.dtype.kind not in "biuf":
        raise ValueError(
            "Elements must be points of three numbers, or of two; found elements of shape "
            f"{sets.element_shape}, {sets.codes.dtype}. Pass the coordinates alone, such as "
            "X.map_values(X.values[:, :3])."
        )
    if (wrong := find_nonfinite(sets.values)) is not None:
        i = np.searchsorted(sets.offsets, wrong.row, side="right") - 1
        raise ValueError(
            f"Points must be finite; element {wrong.row - sets.offsets[i]} of set {i} has "
            f"{wrong.name}. Leave it out."
        )


def _largest_half_extent(sets):
    """Return half of the largest extent of a set along an axis, 1 where there is none."""
    extents = [np.ptp(points.astype(np.float64), axis=0).max() for points in sets if len(points)]
    return max(extents, default=0.0) / 2 or 1.0


def _new_figure(n_sets, n_features, has_values):
    import matplotlib.pyplot as plt

    n_rows, n_columns = (n_sets, 4) if n_features == 3 else (1, n_sets)
    colour_bar = _COLOUR_BAR * has_values
    width, height = max(n_columns * _PANEL + colour_bar, 3.0), n_rows * _PANEL
    figure = plt.figure(figsize=(width, height))
    # By hand: the constrained layout of matplotlib 3.8 finds no room for several axes in space.
    figure.subplots_adjust(
        left=_LEFT / width,
        right=1 - (_RIGHT + colour_bar) / width,
        bottom=_BOTTOM / height,
        top=1 - _TOP / height,
        wspace=0.45,
        hspace=0.4,
    )
    return figure


def _add_axes(figure, n_sets, n_features):
    """Add the axes: a row a set of points in space, side by side for points in a plane."""
    if n_features == 2:
        return figure.subplots(1, n_sets, squeeze=False).T
    grid = figure.add_gridspec(n_sets, 4)
    kinds = ["3d", None, None, None]
    return np.array(
        [
            [figure.add_subplot(grid[i, j], projection=kind) for j, kind in enumerate(kinds)]
            for i in range(n_sets)
        ]
    )


def _draw_set(row, points, names, half, options):
    """Draw one set in each of its panels, all of one scale."""
    points = points.astype(np.float64)
    middle = (points.min(axis=0) + points.max(axis=0)) / 2 if len(points) else 0 * np.arange(3)
    limits = [(m - _MARGIN * half, m + _MARGIN * half) for m in middle]
    planes = list(combinations(range(len(names)), 2))
    if len(names) == 3:
        # Shading by depth would change the colours that the scale shows.
        shading = {"depthshade": "c" not in options}
        row[0].scatter(*points.T, **shading, **options)
        row[0].set(xlim=limits[0], ylim=limits[1], zlim=limits[2])
        row[0].set_box_aspect((1, 1, 1), zoom=1.15)
        for axis, name in zip("xyz", names, strict=True):
            row[0].set(**{f"{axis}label": name, f"{axis}ticklabels": []})
            row[0].tick_params(axis=axis, labelsize="x-small")
        row[0].xaxis.labelpad = row[0].yaxis.labelpad = row[0].zaxis.labelpad = -12
    for ax, (a, b) in zip(row[-len(planes) :], planes, strict=True):
        ax.scatter(points[:, a], points[:, b], **options)
        ax.set(xlim=limits[a], ylim=limits[b], xlabel=names[a], ylabel=names[b])
        ax.set_aspect("equal")
        ax.locator_params(nbins=4)
        ax.tick_params(labelsize="x-small")
