"""What the displays take, checked before anything is drawn."""

from numbers import Integral

from sksets._arguments import check_arguments
from sksets._compat import HasMethods, Interval
from sksets._names import check_name

# By their methods, as matplotlib is not imported before something is drawn.
_DISPLAYED = {
    "ax": [HasMethods(["plot", "scatter", "hexbin"]), None],
    "cmap": [str, HasMethods("is_gray"), None],
    "figure": [HasMethods(["add_subplot", "subfigures"]), None],
    "gridsize": [Interval(Integral, 1, 10_000, closed="both")],
    "hexbin_kwargs": [dict, None],
    "n_sets": [Interval(Integral, 1, None, closed="left"), None],
    "scatter_kwargs": [dict, None],
}


def check_displayed(*methods, **constraints):
    """Return a decorator that checks what a display takes.

    Parameters
    ----------
    *methods : str
        What ``estimator`` must be able to do.
    **constraints : list
        What else an argument may be.

    Returns
    -------
    callable
    """
    estimator = {"estimator": [HasMethods(list(methods))]} if methods else {}
    return check_arguments(**{**_DISPLAYED, **estimator, **constraints})


def check_colours(cmap, default):
    """Return a colour map, the default one for None; refuse names that matplotlib does not know."""
    import matplotlib

    if isinstance(cmap, str):
        check_name(cmap, matplotlib.colormaps, "cmap")
    return default if cmap is None else cmap
