"""ElementContributionDisplay: sets, and what each of their elements contributes."""

from sksets._compat import StrOptions
from sksets._set_array import ELEMENT_KINDS
from sksets.inspection import element_contributions
from sksets.plotting._arguments import check_displayed, first_sets
from sksets.plotting._valued_elements import draw_valued, read_titles, read_valued


class ElementContributionDisplay:
    """Sets with what each of their elements contributes to a prediction.

    A row a set. Elements that are images stand side by side above bars of their contributions;
    words, and vectors of one or of more than three features, are bars alone. Points in a plane or
    in space are drawn where they lie, coloured by contribution. Make it with
    :meth:`from_estimator` or :meth:`from_contributions`; all parameters are stored as attributes.

    Parameters
    ----------
    sets : SetArray
        The sets to show.
    contributions : list of ndarray
        One array a set, with one number an element.
    titles : list of str, default=None
        The title of each set; by default ``"Set 0"``, ``"Set 1"``, ...

    Attributes
    ----------
    axes_ : ndarray of shape (n_sets,) of matplotlib Axes
        Of the bars, or of the points, of each set.
    image_axes_ : ndarray of shape (n_sets, n_columns) of matplotlib Axes, or None
        Of images: one an element, None past the end of a set.
    figure_ : matplotlib Figure

    See Also
    --------
    sksets.inspection.element_contributions : What is drawn.
    sksets.plotting.PointCloudDisplay : Points in space, from three sides.

    Examples
    --------
    >>> from sksets.plotting import ElementContributionDisplay
    >>> display = ElementContributionDisplay.from_contributions(
    ...     [["tea", "milk"], ["rum"]], [[0.5, -0.2], [0.1]]
    ... )
    >>> [float(bar.get_height()) for bar in display.axes_[0].patches]
    [0.5, -0.2]
    >>> [word.get_text() for word in display.axes_[0].get_xticklabels()]
    ['tea', 'milk']
    """

    def __init__(self, *, sets, contributions, titles=None):
        self.sets = sets
        self.contributions = contributions
        self.titles = titles

    @classmethod
    @check_displayed("fit", titles=["array-like", None])
    def from_estimator(
        cls,
        estimator,
        X,
        *,
        method="leave_one_out",
        target=None,
        titles=None,
        n_sets=5,
        figure=None,
        cmap=None,
    ):
        """Explain the first sets and draw them.

        Parameters
        ----------
        estimator : fitted estimator
            A network estimator of one output a set, or SetExpander.
        X : any container of sets
        method : str, default="leave_one_out"
            Of :func:`~sksets.inspection.element_contributions`.
        target : int, label or item, default=None
            One output of several, a class or an item, for all sets.
        titles : array-like of str of shape (n_sets,), default=None
            What each set is; by default its number.
        n_sets : int or None, default=5
            How many sets to show; all if None.
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw, best with ``layout="constrained"``; by default in a new figure.
        cmap : str or matplotlib Colormap, default=None
            Colours of grey images ("gray"), or of the contributions of points.

        Returns
        -------
        display : ElementContributionDisplay

        Raises
        ------
        ValueError
            If there are several contributions an element: choose one by ``target``.
        """
        shown = first_sets(X, n_sets, "X")
        contributions = element_contributions(estimator, shown, method=method, target=target)
        return cls.from_contributions(
            shown,
            contributions,
            titles=None if titles is None else first_sets(titles, n_sets, "titles"),
            n_sets=None,
            # Lists of integers are items to SetExpander alone.
            element_kind="token" if estimator._input_spec.shape == () else estimator.element_kind,
            figure=figure,
            cmap=cmap,
        )

    @classmethod
    @check_displayed(titles=["array-like", None], element_kind=[StrOptions(set(ELEMENT_KINDS))])
    def from_contributions(
        cls,
        X,
        contributions,
        *,
        titles=None,
        n_sets=5,
        element_kind="auto",
        figure=None,
        cmap=None,
    ):
        """Draw the first of given sets and contributions.

        Parameters
        ----------
        X : any container of sets
        contributions : list of arrays, object array or SetArray
            One array a set, with one number an element.
        titles : array-like of str of shape (n_sets,), default=None
            What each set is; by default its number.
        n_sets : int or None, default=5
            How many sets to show; all if None.
        element_kind : {"auto", "numeric", "token"}, default="auto"
            How X is read, as in the estimators.
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw, best with ``layout="constrained"``; by default in a new figure.
        cmap : str or matplotlib Colormap, default=None
            Colours of grey images ("gray"), or of the contributions of points.

        Returns
        -------
        display : ElementContributionDisplay

        Raises
        ------
        ValueError
            If contributions or titles do not fit the sets.
        """
        sets, values = read_valued(X, contributions, "contributions", element_kind)
        if titles is not None:
            titles = read_titles(titles, len(sets))[:n_sets]
        display = cls(sets=sets[:n_sets], contributions=values[:n_sets], titles=titles)
        return display.plot(figure=figure, cmap=cmap)

    @check_displayed()
    def plot(self, *, figure=None, cmap=None):
        """Draw the display.

        Parameters
        ----------
        figure : matplotlib Figure or SubFigure, default=None
            Where to draw, best with ``layout="constrained"``; by default in a new figure.
        cmap : str or matplotlib Colormap, default=None
            Colours of grey images ("gray"), or of the contributions of points.

        Returns
        -------
        display : ElementContributionDisplay
            This object, with the attributes set.
        """
        titles = self.titles or [f"Set {i}" for i in range(len(self.sets))]
        self.figure_, self.axes_, self.image_axes_ = draw_valued(
            figure, self.sets, self.contributions, label="Contribution", cmap=cmap, titles=titles
        )
        return self
