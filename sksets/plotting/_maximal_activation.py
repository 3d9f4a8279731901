"""MaximalActivationDisplay: the sets that units of a network make the most of."""

import numpy as np

from sksets._arguments import as_list
from sksets.inspection import maximal_activation
from sksets.plotting._arguments import check_displayed
from sksets.plotting._valued_elements import draw_valued, read_valued


class MaximalActivationDisplay:
    """The sets that units of a network make the most of, one a unit.

    Elements are drawn as :class:`ElementContributionDisplay` does, with what the unit makes of
    them: points by colour, images and words by bars. The figure of Zaheer et al. (2017), figure
    13. Make it with :meth:`from_estimator` or :meth:`from_result`; all parameters are stored as
    attributes.

    Parameters
    ----------
    sets : SetArray
        One set a unit.
    activations : list of ndarray
        One array a set: what the unit makes of its elements.
    units : list of int, default=None
        The numbers of the units, for the titles; by default 0, 1, ...

    Attributes
    ----------
    axes_ : ndarray of shape (n_units,) of matplotlib Axes
        Of the bars, or of the points, of each set.
    image_axes_ : ndarray of shape (n_units, n_elements) of matplotlib Axes, or None
        Of images: one an element.
    figure_ : matplotlib Figure

    See Also
    --------
    sksets.inspection.maximal_activation : What is drawn.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets import DeepSetsRegressor
    >>> from sksets.plotting import MaximalActivationDisplay
    >>> X = np.random.default_rng(0).normal(size=(50, 5, 2))
    >>> reg = DeepSetsRegressor(max_epochs=5, random_state=0).fit(X, X.max(axis=(1, 2)))
    >>> display = MaximalActivationDisplay.from_estimator(
    ...     reg, layer=0, unit=[3, 8], n_elements=20, n_steps=50, random_state=0
    ... )
    >>> [ax.get_title() for ax in display.axes_]
    ['Unit 3', 'Unit 8']
    """

    def __init__(self, *, sets, activations, units=None):
        self.sets = sets
        self.activations = activations
        self.units = units

    @classmethod
    @check_displayed("fit")
    def from_estimator(
        cls,
        estimator,
        layer,
        unit,
        n_elements,
        *,
        bounds=None,
        scale=None,
        n_steps=500,
        random_state=None,
        figure=None,
        cmap=None,
    ):
        """Find the sets and draw them.

        Parameters
        ----------
        estimator : fitted estimator
            A network estimator of sksets.
        layer : int
        unit : int or array-like of int
        n_elements : int
        bounds : tuple (low, high), default=None
        scale : float, default=None
        n_steps : int, default=500
        random_state : int, RandomState instance or None, default=None
            All of them of :func:`~sksets.inspection.maximal_activation`.
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw, best with ``layout="constrained"``; by default in a new figure.
        cmap : str or matplotlib Colormap, default=None
            Colours of grey images ("gray"), or of what the unit makes of points.

        Returns
        -------
        display : MaximalActivationDisplay
        """
        options = {"bounds": bounds, "scale": scale, "n_steps": n_steps}
        result = maximal_activation(
            estimator, layer, unit, n_elements, **options, random_state=random_state
        )
        units = np.ravel(unit).tolist()
        return cls.from_result(result, units=units, figure=figure, cmap=cmap)

    @classmethod
    @check_displayed(result=[dict], units=["array-like", None])
    def from_result(cls, result, *, units=None, figure=None, cmap=None):
        """Draw the sets that were found.

        Parameters
        ----------
        result : Bunch
            What :func:`~sksets.inspection.maximal_activation` returned.
        units : array-like of int, default=None
            The numbers of its units, for the titles; by default 0, 1, ...
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw, best with ``layout="constrained"``; by default in a new figure.
        cmap : str or matplotlib Colormap, default=None
            Colours of grey images ("gray"), or of what the unit makes of points.

        Returns
        -------
        display : MaximalActivationDisplay

        Raises
        ------
        ValueError
            If the result has no sets, or not one a unit.
        """
        if not {"sets", "activations"} <= set(result):
            raise ValueError(
                "result must be what maximal_activation returns, with sets and activations; found "
                f"{sorted(map(str, result))!r:.100}."
            )
        sets, values = read_valued(result["sets"], list(result["activations"]), "activations")
        if units is not None:
            units = as_list(units)
            if len(units) != len(sets):
                raise ValueError(f"result has {len(sets)} sets, units has {len(units)}.")
        display = cls(sets=sets, activations=values, units=units)
        return display.plot(figure=figure, cmap=cmap)

    @check_displayed()
    def plot(self, *, figure=None, cmap=None):
        """Draw the display.

        Parameters
        ----------
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw, best with ``layout="constrained"``; by default in a new figure.
        cmap : str or matplotlib Colormap, default=None
            Colours of grey images ("gray"), or of what the unit makes of points.

        Returns
        -------
        display : MaximalActivationDisplay
            This object, with the attributes set.
        """
        units = range(len(self.sets)) if self.units is None else self.units
        self.figure_, self.axes_, self.image_axes_ = draw_valued(
            figure,
            self.sets,
            self.activations,
            label="Activation",
            cmap=cmap,
            titles=[f"Unit {unit}" for unit in units],
        )
        return self
