"""The sizes of sets that a generator is asked for."""

from numbers import Integral

from sksets._arguments import check_count


def check_sizes(size, least, name="size"):
    """Return the smallest and the largest size of a set.

    Parameters
    ----------
    size : int or (int, int)
        One size, or the smallest and the largest.
    least : int
        What no size may be below.
    name : str, default="size"
        What messages call it.

    Raises
    ------
    TypeError, ValueError
        If it is neither, or out of range.
    """
    pair = (size, size) if isinstance(size, Integral) else size
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError(f"{name} must be an integer or a pair (min, max), got {size!r}")
    min_size, max_size = pair
    min_size = check_count(min_size, name, least)
    return min_size, check_count(max_size, name, min_size)
