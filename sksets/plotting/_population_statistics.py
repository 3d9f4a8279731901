"""PopulationStatisticDisplay: predictions of a statistic of sets along its parameter."""

import numpy as np

from sksets._compat import HasMethods
from sksets._validation import read_matrix
from sksets.plotting._arguments import check_displayed


class PopulationStatisticDisplay:
    """Predictions of a statistic of sets along a parameter, with the curve of the truth.

    The top of figure 1 in Zaheer et al. (2017). Make it with :meth:`from_estimator` or
    :meth:`from_predictions`; all parameters are stored as attributes.

    Parameters
    ----------
    y_true : ndarray of shape (n_sets,)
        The statistic of the Gaussian, or other population, that each set was drawn from.
    y_pred : dict of str to ndarray of shape (n_sets,)
        Predictions of the statistic, by the name of what made them.
    parameter : ndarray of shape (n_sets,), default=None
        What varies from set to set; by default the rank of `y_true`, 0 the smallest.

    Attributes
    ----------
    ax_ : matplotlib Axes
    figure_ : matplotlib Figure
    line_ : matplotlib Line2D
        The truth, by increasing parameter.
    points_ : dict of str to matplotlib PathCollection
        The predictions, a point a set.

    See Also
    --------
    sksets.datasets.make_population_statistics : Sets, their statistics and parameters.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> from sksets.datasets import make_population_statistics
    >>> from sksets.plotting import PopulationStatisticDisplay
    >>> data = make_population_statistics("rotation", 50, random_state=0)
    >>> display = PopulationStatisticDisplay.from_predictions(
    ...     data.target, {"plug-in": data.plug_in}, parameter=data.parameter
    ... )
    >>> [text.get_text() for text in display.ax_.get_legend().get_texts()]
    ['truth', 'plug-in']
    """

    def __init__(self, *, y_true, y_pred, parameter=None):
        self.y_true = y_true
        self.y_pred = y_pred
        self.parameter = parameter

    @classmethod
    @check_displayed(estimator=[HasMethods("predict"), dict])
    def from_estimator(cls, estimator, X, y, *, parameter=None, ax=None, scatter_kwargs=None):
        """Predict the statistic of sets and draw it along the parameter.

        Parameters
        ----------
        estimator : fitted estimator or pipeline, or dict of str to them
            Their predict gives one number a set. The name of a single one is its class.
        X : any container of sets
        y : array-like of shape (n_sets,)
            The true statistic of each set.
        parameter : array-like of shape (n_sets,), default=None
            What varies from set to set; by default the rank of `y`, 0 the smallest.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        scatter_kwargs : dict, default=None
            Further arguments of :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : PopulationStatisticDisplay

        Raises
        ------
        ValueError
            If predictions, statistics and parameters do not fit, or one is not finite.
        """
        named = estimator if isinstance(estimator, dict) else {type(estimator).__name__: estimator}
        if not named:
            raise ValueError("estimator is an empty dict. Pass one fitted estimator or more.")
        return cls.from_predictions(
            y,
            {name: each.predict(X) for name, each in named.items()},
            parameter=parameter,
            ax=ax,
            scatter_kwargs=scatter_kwargs,
        )

    @classmethod
    @check_displayed()
    def from_predictions(cls, y_true, y_pred, *, parameter=None, ax=None, scatter_kwargs=None):
        """Draw given predictions along the parameter.

        Parameters
        ----------
        y_true : array-like of shape (n_sets,)
            The true statistic of each set.
        y_pred : array-like of shape (n_sets,), or dict of str to them
            Predictions of the statistic; several are drawn in colours of their own.
        parameter : array-like of shape (n_sets,), default=None
            What varies from set to set; by default the rank of `y_true`, 0 the smallest.
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        scatter_kwargs : dict, default=None
            Further arguments of :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : PopulationStatisticDisplay

        Raises
        ------
        ValueError
            If predictions, statistics and parameters do not fit, or one is not finite.
        """
        y_true = _read_numbers(y_true, "y_true")
        named = y_pred if isinstance(y_pred, dict) else {"prediction": y_pred}
        y_pred = {
            name: _read_numbers(values, f"y_pred of {name!r}", len(y_true))
            for name, values in named.items()
        }
        if parameter is not None:
            parameter = _read_numbers(parameter, "parameter", len(y_true))
        display = cls(y_true=y_true, y_pred=y_pred, parameter=parameter)
        return display.plot(ax=ax, scatter_kwargs=scatter_kwargs)

    @check_displayed()
    def plot(self, ax=None, *, scatter_kwargs=None):
        """Draw the display.

        Parameters
        ----------
        ax : matplotlib Axes, default=None
            Where to draw; by default in a new figure.
        scatter_kwargs : dict, default=None
            Further arguments of :meth:`matplotlib.axes.Axes.scatter`.

        Returns
        -------
        display : PopulationStatisticDisplay
            This object, with the attributes set.
        """
        import matplotlib.pyplot as plt

        if ax is None:
            _, ax = plt.subplots()
        parameter, label = self.parameter, "Parameter"
        if parameter is None:
            parameter = np.argsort(np.argsort(self.y_true, kind="stable"), kind="stable")
            label = "Sets by increasing statistic"
        order = np.argsort(parameter, kind="stable")
        options = {"s": 10, "alpha": 0.7, "linewidths": 0, **(scatter_kwargs or {})}
        (self.line_,) = ax.plot(
            parameter[order], self.y_true[order], color="black", linewidth=1, label="truth"
        )
        self.points_ = {
            name: ax.scatter(parameter, values, label=name, **options)
            for name, values in self.y_pred.items()
        }
        ax.set(xlabel=label, ylabel="Statistic")
        ax.legend()
        self.ax_, self.figure_ = ax, ax.figure
        return self


def _read_numbers(values, name, n_sets=None):
    """Return finite numbers, one a set, as a 1-D array."""
    values = read_matrix(values, name, ensure_2d=False, dtype=np.float64)
    if values.ndim != 1:
        raise ValueError(f"{name} must be 1-D, one value a set, found shape {values.shape}.")
    if n_sets is not None and len(values) != n_sets:
        raise ValueError(f"{name} has {len(values)} values, y_true {n_sets}. Pass one value a set.")
    return values
