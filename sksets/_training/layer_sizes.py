"""The widths of the layers of a network."""

from numbers import Integral


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
    for size in sizes:
        if not isinstance(size, Integral) or size < 1:
            raise ValueError(f"{name} must hold positive integers; found {sizes!r}.")
    return tuple(map(int, sizes))
