"""Arguments of public functions, checked at the door as parameters of estimators are."""

import math
import os
from numbers import Integral, Real

import numpy as np
from sklearn.utils import check_scalar

from sksets._compat import validate_params

# What arguments of these names may be, in every function.
_EVERYWHERE = {
    "data_home": [str, os.PathLike, None],
    "download_if_missing": ["boolean"],
    "random_state": ["random_state"],
    "return_X_y": ["boolean"],
}
# No array is larger, whatever memory there is.
LARGEST_SIZE = 2**31 - 1


def check_arguments(**constraints):
    """Return a decorator that checks arguments of a function, or of a class method inside of its.

    Parameters
    ----------
    **constraints : list
        By the name of the argument, what it may be, as in ``_parameter_constraints``. Of the
        others, those that mean the same in every function, such as ``random_state``, are checked
        too; the rest is left to the function.

    Returns
    -------
    callable
    """
    return validate_params({**_EVERYWHERE, **constraints}, prefer_skip_nested_validation=False)


def is_auto(value):
    """Whether a parameter, which may be an array as well, is the word "auto"."""
    return isinstance(value, str) and value == "auto"


def check_count(value, name, least, most=LARGEST_SIZE):
    """Return a whole number as an int.

    Parameters
    ----------
    value : int
    name : str
        What messages call it.
    least : int
    most : int, default=2**31 - 1

    Raises
    ------
    TypeError, ValueError
        If it is no whole number, or out of range.
    """
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be an instance of int, not bool.")
    return int(check_scalar(value, name, Integral, min_val=least, max_val=most))


def check_share(value, name):
    """Return a number from 0 to 1 as a float.

    Parameters
    ----------
    value : float
    name : str
        What messages call it.

    Raises
    ------
    TypeError, ValueError
        If it is no number, or out of range.
    """
    check_scalar(value, name, Real, min_val=0, max_val=1)
    if math.isnan(value):
        raise ValueError(f"{name} == nan, must be from 0 to 1.")
    return float(value)


def check_number(value, name, least=None):
    """Return a finite number as a float.

    Parameters
    ----------
    value : float
    name : str
        What messages call it.
    least : float, default=None

    Raises
    ------
    TypeError, ValueError
        If it is no number, not finite, or below ``least``.
    """
    if isinstance(value, bool | np.bool_):
        raise TypeError(f"{name} must be an instance of float, not bool.")
    check_scalar(value, name, Real, min_val=least)
    if not math.isfinite(value):
        raise ValueError(f"{name} == {value}, must be finite.")
    return float(value)


def as_list(values):
    """Return the items of a sequence, or what is none, such as a number, as the only item."""
    try:
        return list(values)
    except (TypeError, RuntimeError):
        # torch raises the latter for nested tensors.
        return [values]
