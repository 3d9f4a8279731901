"""The widths of the layers of a network."""

from numbers import Integral

from sksets._arguments import LARGEST_SIZE, as_list


def check_layer_sizes(sizes, name):
    """Return widths as a tuple of int.

    Parameters
    ----------
    sizes : array-like of int
    name : str
        The parameter, for the message.

    Raises
    ------
    ValueError
        If one is no positive integer.
    """
    widths = as_list(sizes)
    for width in widths:
        if not isinstance(width, Integral) or not 1 <= int(width) <= LARGEST_SIZE:
            raise ValueError(f"{name} must hold positive integers; found {sizes!r:.200}.")
    return tuple(map(int, widths))
