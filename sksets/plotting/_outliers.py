"""SetOutlierDisplay: the members of sets with their probabilities of being the outlier."""

import numpy as np

from sksets._deep_sets import lies_in_its_set, mark_outliers
from sksets._set_array import as_set_array
from sksets._validation import check_same_sizes, flatten_values
from sksets.plotting._arguments import check_colours, check_displayed, first_sets
from sksets.plotting._images import are_images, displayable

_GAP = 0.08  # between the columns, in widths of a column
_IMAGE_HEIGHT, _BAR_HEIGHT, _SPACE, _SCATTER_HEIGHT = 1.0, 0.4, 0.3, 2.5  # inches
_ADVICE = "Pass one array a set, with one probability an element."


class SetOutlierDisplay:
    """The members of sets, how probable each is the outlier, and which is the likeliest.

    A row a set. Members that are images stand side by side, each with a bar of its probability
    below; the likeliest outlier is framed in red, and the true one has a title. Members that are
    2-D vectors are points of one scatter plot, coloured by probability; the likeliest outlier has
    a red ring, the true one a green cross. The figure of Zaheer et al. (2017), figure 3. Make it
    with :meth:`from_estimator` or :meth:`from_predictions`; all parameters are stored as
    attributes.

    Parameters
    ----------
    sets : SetArray
        The sets to show: elements of shape (2,), (H, W), (C, H, W) or (H, W, C), C 1, 3 or 4. Of
        two readings of three dimensions, channels come first.
    probabilities : list of ndarray
        One array a set: how probable each of its elements is the outlier.
    outliers : list of ndarray, default=None
        One array a set: indices of its true outliers.

    Attributes
    ----------
    axes_ : ndarray of shape (n_sets, n_columns) of matplotlib Axes
        Of images: one a member, None past the end of a set. Of 2-D vectors: one a set.
    bar_axes_ : ndarray of shape (n_sets,) of matplotlib Axes
        Of images: the bars of each set, None for an empty one. Of 2-D vectors: None.
    figure_ : matplotlib Figure

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.plotting import SetOutlierDisplay
    >>> images = np.random.default_rng(0).uniform(size=(5, 8, 8))
    >>> display = SetOutlierDisplay.from_predictions(
    ...     [images[:3], images[3:]], [[0.1, 0.7, 0.2], [0.5, 0.5]], y=[1, 0]
    ... )
    >>> display.axes_.shape
    (2, 3)
    >>> [float(bar.get_height()) for bar in display.bar_axes_[0].patches]
    [0.1, 0.7, 0.2]
    """

    def __init__(self, *, sets, probabilities, outliers=None):
        self.sets = sets
        self.probabilities = probabilities
        self.outliers = outliers

    @classmethod
    @check_displayed("predict_proba")
    def from_estimator(cls, estimator, X, *, y=None, n_sets=5, figure=None, cmap=None):
        """Find the outliers of the first sets and draw them.

        Parameters
        ----------
        estimator : fitted SetOutlierDetector or pipeline
            Its predict_proba gives one probability an element.
        X : any container of sets
        y : array-like of shape (n_sets,), or list of arrays, default=None
            The true outliers: the index of one in each set, -1 where there is none; or arrays
            with -1 for an outlier and +1 for any other element.
        n_sets : int or None, default=5
            How many sets to show; all if None.
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw; by default in a new figure.
        cmap : str or matplotlib Colormap, default=None
            Colours of grey images ("gray") or of the probabilities of vectors ("viridis").

        Returns
        -------
        display : SetOutlierDisplay

        Raises
        ------
        ValueError
            If elements are neither images nor 2-D vectors, or y does not fit.
        """
        shown, y = first_sets(X, n_sets, "X"), None if y is None else first_sets(y, n_sets, "y")
        probabilities = estimator.predict_proba(shown)
        return cls.from_predictions(shown, probabilities, y=y, figure=figure, cmap=cmap)

    @classmethod
    @check_displayed()
    def from_predictions(cls, X, probabilities, *, y=None, figure=None, cmap=None):
        """Draw sets with given probabilities.

        Parameters
        ----------
        X : any container of sets
        probabilities : list of arrays, object array or SetArray
            One array a set: how probable each element is the outlier.
        y : array-like of shape (n_sets,), or list of arrays, default=None
            The true outliers: the index of one in each set, -1 where there is none; or arrays
            with -1 for an outlier and +1 for any other element.
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw; by default in a new figure.
        cmap : str or matplotlib Colormap, default=None
            Colours of grey images ("gray") or of the probabilities of vectors ("viridis").

        Returns
        -------
        display : SetOutlierDisplay

        Raises
        ------
        ValueError
            If elements are neither images nor 2-D vectors, or the arguments do not fit.
        """
        sets = as_set_array(X)
        flat, sizes = flatten_values(probabilities, "probabilities")
        own_sizes = len(flat) if sizes is None else sizes
        check_same_sizes(own_sizes, sets.sizes, "probabilities", "X", _ADVICE)
        display = cls(
            sets=sets,
            probabilities=np.split(flat, sets.offsets[1:-1]),
            outliers=None if y is None else _true_outliers(y, sets.sizes),
        )
        return display.plot(figure=figure, cmap=cmap)

    @check_displayed()
    def plot(self, *, figure=None, cmap=None):
        """Draw the display.

        Parameters
        ----------
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw; by default in a new figure.
        cmap : str or matplotlib Colormap, default=None
            Colours of grey images ("gray") or of the probabilities of vectors ("viridis").

        Returns
        -------
        display : SetOutlierDisplay
            This object, with the attributes set.

        Raises
        ------
        ValueError
            If elements are neither images nor 2-D vectors.
        """
        shape = self.sets.element_shape
        if shape == (2,):
            return self._plot_vectors(figure, check_colours(cmap, "viridis"))
        if not are_images(shape):
            raise ValueError(
                "Elements must be images, of shape (H, W), (C, H, W) or (H, W, C) with C 1, 3 or "
                f"4, or vectors of two features; found elements of shape {shape}. Plot two "
                "features or two principal components of longer vectors."
            )
        return self._plot_images(figure, check_colours(cmap, "gray"))

    def _true(self, i):
        return [] if self.outliers is None else self.outliers[i]

    def _plot_images(self, figure, cmap):
        n_sets, n_columns = len(self.sets), max(1, self.sets.sizes.max())
        heights = [_IMAGE_HEIGHT, _BAR_HEIGHT, _SPACE] * n_sets
        self.figure_ = (
            _new_figure(n_columns * _IMAGE_HEIGHT, sum(heights)) if figure is None else figure
        )
        grid = self.figure_.add_gridspec(
            3 * n_sets, n_columns, height_ratios=heights, wspace=_GAP, hspace=0.1
        )
        self.axes_ = np.full((n_sets, n_columns), None, dtype=object)
        self.bar_axes_ = np.full(n_sets, None, dtype=object)
        images = displayable(self.sets.values)
        for i, p in enumerate(self.probabilities):
            if len(p) == 0:
                continue
            for j, image in enumerate(images[self.sets.offsets[i] : self.sets.offsets[i + 1]]):
                ax = self.axes_[i, j] = self.figure_.add_subplot(grid[3 * i, j])
                # One scale for all images: on its own, a faint one would look like a clear one.
                ax.imshow(image, cmap=cmap, vmin=images.min(), vmax=images.max())
                _frame(ax, is_likeliest=j == np.argmax(p), is_true=j in self._true(i))
            ax = self.bar_axes_[i] = self.figure_.add_subplot(grid[3 * i + 1, : len(p)])
            _draw_bars(ax, p)
        return self

    def _plot_vectors(self, figure, cmap):
        n_sets = len(self.sets)
        self.figure_ = _new_figure(4.0, n_sets * _SCATTER_HEIGHT) if figure is None else figure
        self.axes_ = self.figure_.subplots(n_sets, 1, squeeze=False)
        self.bar_axes_ = None
        largest = max((p.max() for p in self.probabilities if len(p)), default=1.0)
        for i, (ax, points, p) in enumerate(
            zip(self.axes_[:, 0], self.sets, self.probabilities, strict=True)
        ):
            drawn = ax.scatter(*points.T, c=p, cmap=cmap, vmin=0, vmax=largest)
            self.figure_.colorbar(drawn, ax=ax, label="Probability")
            likeliest = points[[np.argmax(p)]] if len(p) else points
            ring = {"facecolors": "none", "edgecolors": "red", "linewidths": 2}
            ax.scatter(*likeliest.T, s=150, label="likeliest outlier", **ring)
            if self.outliers is not None:
                true = points[self._true(i)]
                ax.scatter(*true.T, s=80, c="tab:green", marker="x", label="true outlier")
            ax.set_ylabel(f"Set {i}")
        self.axes_[0, 0].legend(fontsize="small")
        return self


def _new_figure(width, height):
    import matplotlib.pyplot as plt

    return plt.figure(figsize=(max(width, 3.0), max(height, 1.5)))


def _true_outliers(y, sizes):
    """Return the indices of the true outliers of each set."""
    flat, array_sizes = flatten_values(y, "y")
    if array_sizes is None:
        is_outlier = mark_outliers(_check_index(flat, sizes), sizes)
    else:
        check_same_sizes(array_sizes, sizes, "y", "X", "Pass +1 or -1 for each element.")
        if wrong := set(flat.tolist()) - {-1, 1}:
            raise ValueError(
                f"y must be -1 for an outlier and +1 for any other element; found {min(wrong)}."
            )
        is_outlier = flat == -1
    return [np.flatnonzero(part) for part in np.split(is_outlier, np.cumsum(sizes)[:-1])]


def _check_index(index, sizes):
    """Check what a picture needs: it may show what a detector cannot learn from."""
    if len(index) != len(sizes):
        raise ValueError(f"X has {len(sizes)} sets, y has {len(index)} values. Pass one a set.")
    if not (inside := lies_in_its_set(index, sizes)).all():
        i = np.argmin(inside)
        raise ValueError(
            f"y must be the index of the outlier of each set, -1 where there is none; set {i} has "
            f"{sizes[i]} elements, its y is {index[i]}."
        )
    return index.astype(np.int64)


def _frame(ax, is_likeliest, is_true):
    ax.set(xticks=[], yticks=[])
    for spine in ax.spines.values():
        spine.set(
            edgecolor="red" if is_likeliest else "lightgray", linewidth=3 if is_likeliest else 0.5
        )
    if is_true:
        ax.set_title("outlier", color="tab:green", fontsize="small", pad=3)


def _draw_bars(ax, p):
    """Draw one bar an element, each below the middle of its image."""
    colors = np.where(np.arange(len(p)) == np.argmax(p), "red", "tab:gray")
    ax.bar(np.arange(len(p)), p, width=0.6, color=colors)
    margin = 0.5 / (1 + _GAP)
    ax.set(xlim=(-margin, len(p) - 1 + margin), ylim=(0, 1), xticks=[], yticks=[0, 1])
    ax.tick_params(labelsize="x-small")
    ax.spines[["top", "right"]].set_visible(False)
