"""The sizes of sets that a generator is asked for."""

from numbers import Integral

from sklearn.utils import check_scalar


def check_sizes(size, least):
    """Return the smallest and the largest size of a set.

    Parameters
    ----------
    size : int or (int, int)
        One size, or the smallest and the largest.
    least : int
        What no size may be below.

    Raises
    ------
    TypeError, ValueError
        If it is neither, or out of range.
    """
    pair = (size, size) if isinstance(size, Integral) else size
    if not isinstance(pair, tuple | list) or len(pair) != 2:
        raise ValueError(f"size must be an integer or a pair (min, max), got {size!r}")
    min_size, max_size = pair
    check_scalar(min_size, "size", Integral, min_val=least)
    check_scalar(max_size, "size", Integral, min_val=min_size)
    return min_size, max_size
