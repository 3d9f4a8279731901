"""The widths that layers are built with."""

from numbers import Integral

# Beyond it torch has no tensor, whatever memory there is.
_WIDEST = 2**31 - 1


def check_width(width: object, name: str, least: int = 1) -> int:
    """Return a width as an int.

    Parameters
    ----------
    width : int
    name : str
        What the message calls it.
    least : int, default=1

    Raises
    ------
    ValueError
        If it is no whole number, a tensor of one number included, or out of range.
    """
    if not isinstance(width, Integral) or not least <= int(width) <= _WIDEST:
        raise ValueError(f"{name} must be a whole number of {least} or more; found {width!r:.100}.")
    return int(width)
