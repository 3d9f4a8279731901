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

_ONE_SIGN, _BOTH_SIGNS = "viridis", "coolwarm"  # grey, not white, is the middle of the latter


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


def first_sets(values, n_sets, name):
    """Return the first sets of any container that can be cut."""
    try:
        return values[:n_sets]
    except Exception as error:
        raise TypeError(
            f"Cannot take the first sets of {name}, a {type(values).__name__}: {error!s:.200}. "
            "Pass a list of arrays or a SetArray."
        ) from error


def scale_colours(values, cmap):
    """Return the norm and the colours of all values; of both signs, zero is the middle."""
    from matplotlib.colors import Normalize

    low, high = (values.min(), values.max()) if len(values) else (0.0, 1.0)
    if low < 0 < high:
        high = max(-low, high)
        return Normalize(-high, high), check_colours(cmap, _BOTH_SIGNS)
    return Normalize(low, high), check_colours(cmap, _ONE_SIGN)
