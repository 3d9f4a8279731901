"""The checks that all kernels and divergences of sets share."""

import math
from numbers import Real

import numpy as np

from sksets._set_array import (
    as_set_array,
    element_position,
    refuse_string_columns,
    refuse_weights,
)
from sksets._validation import find_nonfinite


def check_positive(value, name, also=""):
    """Return a positive, finite number as a float.

    Parameters
    ----------
    value : float
    name : str
        What messages call it.
    also : str, default=""
        What else would be valid, such as "None or ".

    Raises
    ------
    ValueError
    """
    if not isinstance(value, Real) or not 0 < value < math.inf:
        raise ValueError(f"{name} must be {also}a positive number, found {value!r:.100}.")
    return float(value)


def _read(sets, name):
    """Return sets of vectors as a SetArray, or raise with the reason why they are none."""
    try:
        sets = as_set_array(sets)
    except (TypeError, ValueError) as error:
        raise type(error)(f"Cannot read {name}, one array of elements a set: {error}") from error
    refuse_weights(sets, "a kernel of sets")
    refuse_string_columns(sets, "a kernel of sets")
    if sets.codes.ndim == 1:
        raise ValueError(
            f"{name} holds string tokens, but a kernel of sets takes numbers. Encode them first, "
            "for example with ElementTransformer(OneHotEncoder())."
        )
    if sets.values.ndim > 2 or sets.element_shape == (0,):
        raise ValueError(
            f"A kernel of sets takes vectors of one feature or more as elements, {name} has "
            f"elements of shape {sets.element_shape}. Flatten them, or summarize them first."
        )
    if not (filled := sets.sizes > 0).all():
        raise ValueError(
            f"Set {np.argmin(filled)} of {name} is empty; a kernel of sets needs an element in "
            "each. Drop it, and its target."
        )
    if (nonfinite := find_nonfinite(sets.values, np.float64)) is not None:
        row, _, kind = nonfinite
        raise ValueError(
            f"{name} contains {kind}: {element_position(sets.offsets, row)}. Remove such elements, "
            "or impute them first, for example with ElementTransformer(SimpleImputer())."
        )
    return sets


def check_kernel_sets(X, Y=None):
    """Return one or two collections of sets as SetArrays of one float dtype.

    Parameters
    ----------
    X, Y : any container of sets
        Sets of vectors; Y may be None.

    Returns
    -------
    X, Y : SetArray
        `values` are contiguous and of shape (n_elements, n_features), float32 where those of both
        were, float64 otherwise. Y stays None.

    Raises
    ------
    ValueError, TypeError
        If X or Y is no container of sets, holds tokens or elements that are no vectors, or has an
        empty set or a value that is not finite; or if their numbers of features differ.
    """
    X = _read(X, "X")
    both = [X]
    if Y is not None:
        both.append(_read(Y, "Y"))
        n_features = [sets.values.shape[1] for sets in both]
        if n_features[0] != n_features[1]:
            raise ValueError(
                f"X and Y must have the same number of features; X has {n_features[0]}, Y has "
                f"{n_features[1]}. Give both the same columns."
            )
    # Products take one dtype, and single precision would lose digits of the other side.
    single = all(sets.values.dtype == np.float32 for sets in both)
    dtype = np.float32 if single else np.float64
    both = [sets.map_values(np.ascontiguousarray(sets.values, dtype=dtype)) for sets in both]
    return both[0], both[1] if Y is not None else None
