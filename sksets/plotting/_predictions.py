"""ElementPredictionDisplay: predictions of elements against their targets."""

from sklearn.metrics import mean_absolute_error

from sksets._validation import flatten_pairs
from sksets.metrics import redshift_scatter
from sksets.plotting._arguments import check_displayed

_SCATTERS = {
    "absolute": ("mean |y - p|", mean_absolute_error),
    "redshift": ("mean |y - p| / (1 + y)", redshift_scatter),
}


class ElementPredictionDisplay:
    """Predictions of elements against their targets, as a density of hexagons.

    The figure of the redshifts of galaxies in Zaheer et al. (2017), figure 11c. Make it with
    :meth:`from_estimator` or :meth:`from_predictions`; all parameters are stored as attributes.

    Parameters
    ----------
    y_true : ndarray of shape (n_elements,)
        Targets of the elements y.
    y_pred : ndarray of shape (n_elements,)
        Predictions of the elements p.
    scatter : {"absolute", "redshift"}, default="absolute"
        The figure in the corner: mean abs(y - p), or mean abs(y - p) / (1 + y).

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    hexbin_ : matplotlib PolyCollection
        The hexagons; its array is the number of elements in each.
    line_ : matplotlib Line2D
        The diagonal.
    text_ : matplotlib Text
        The figure in the corner.

    See Also
    --------
    sksets.metrics.redshift_scatter : The figure in the corner for redshifts.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.plotting import ElementPredictionDisplay
    >>> y_true = [np.array([0.0, 1.0]), np.array([3.0, np.nan])]
    >>> y_pred = [np.array([0.1, 0.8]), np.array([3.4, 0.5])]
    >>> display = ElementPredictionDisplay.from_predictions(y_true, y_pred, scatter="redshift")
    >>> display.text_.get_text()
    'mean |y - p| / (1 + y): 0.1'
    """

    def __init__(self, *, y_true, y_pred, scatter="absolute"):
        self.y_true = y_true
        self.y_pred = y_pred
        self.scatter = scatter

    @classmethod
    @check_displayed("predict")
    def from_estimator(
        cls, estimator, X, y, *, scatter="absolute", ax=None, gridsize=50, hexbin_kwargs=None
    ):
        """Predict the elements of sets and draw predictions against targets.

        Parameters
        ----------
        estimator : fitted estimator or pipeline
            Its predict gives one number an element.
        X : any container of sets
        y : list of arrays, object array, SetArray or flat array
            Targets, one value an element; those with NaN are left out.
        scatter : {"absolute", "redshift"}, default="absolute"
            The figure in the corner.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        gridsize : int, default=50
            Number of hexagons in a row.
        hexbin_kwargs : dict, default=None
            Further arguments of :meth:`matplotlib.axes.Axes.hexbin`.

        Returns
        -------
        display : ElementPredictionDisplay

        Raises
        ------
        ValueError
            If predictions and targets do not fit, or no element has a target.
        """
        return cls.from_predictions(
            y,
            estimator.predict(X),
            scatter=scatter,
            ax=ax,
            gridsize=gridsize,
            hexbin_kwargs=hexbin_kwargs,
        )

    @classmethod
    @check_displayed()
    def from_predictions(
        cls, y_true, y_pred, *, scatter="absolute", ax=None, gridsize=50, hexbin_kwargs=None
    ):
        """Draw given predictions against targets.

        Parameters
        ----------
        y_true : list of arrays, object array, SetArray or flat array
            Targets, one value an element; those with NaN are left out.
        y_pred : list of arrays, object array, SetArray or flat array
            Predictions, as `y_true`.
        scatter : {"absolute", "redshift"}, default="absolute"
            The figure in the corner.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        gridsize : int, default=50
            Number of hexagons in a row.
        hexbin_kwargs : dict, default=None
            Further arguments of :meth:`matplotlib.axes.Axes.hexbin`.

        Returns
        -------
        display : ElementPredictionDisplay

        Raises
        ------
        ValueError
            If predictions and targets do not fit, or no element has a target.
        """
        y_true, y_pred, _, _ = flatten_pairs(y_true, y_pred)
        display = cls(y_true=y_true, y_pred=y_pred, scatter=scatter)
        return display.plot(ax=ax, gridsize=gridsize, hexbin_kwargs=hexbin_kwargs)

    @check_displayed()
    def plot(self, ax=None, *, gridsize=50, hexbin_kwargs=None):
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        gridsize : int, default=50
            Number of hexagons in a row.
        hexbin_kwargs : dict, default=None
            Further arguments of :meth:`matplotlib.axes.Axes.hexbin`.

        Returns
        -------
        display : ElementPredictionDisplay
            This object, with the attributes set.

        Raises
        ------
        ValueError
            If `scatter` is unknown, or a redshift is -1 or less.
        """
        import matplotlib.pyplot as plt

        if self.scatter not in _SCATTERS:
            raise ValueError(f"scatter must be one of {sorted(_SCATTERS)}, found {self.scatter!r}.")
        label, measure = _SCATTERS[self.scatter]
        text = f"{label}: {measure(self.y_true, self.y_pred):.3g}"
        low, high = _limits(self.y_true, self.y_pred)
        if ax is None:
            _, ax = plt.subplots()
        options = {
            "gridsize": gridsize,
            "extent": (low, high, low, high),
            "bins": "log",
            "mincnt": 1,
            **(hexbin_kwargs or {}),
        }
        self.hexbin_ = ax.hexbin(self.y_true, self.y_pred, **options)
        (self.line_,) = ax.plot([low, high], [low, high], "--", color="black", linewidth=1)
        self.text_ = ax.text(0.03, 0.97, text, transform=ax.transAxes, va="top")
        ax.set(xlabel="Target", ylabel="Prediction", xlim=(low, high), ylim=(low, high))
        ax.set_aspect("equal")
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _limits(*arrays):
    """Return the least and greatest value, with a margin of 2 %."""
    low, high = min(a.min() for a in arrays), max(a.max() for a in arrays)
    margin = 0.02 * (high - low) or 1.0
    return low - margin, high + margin
