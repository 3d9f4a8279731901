"""Values and weights of elements -> one flat array, and whether two of them fit."""

import numpy as np
from sklearn.utils import column_or_1d

from sksets._set_array import SetArray
from sksets._validation import flatten_elements, is_one_value_a_set


def set_sizes(values):
    """Return the number of values of each set, or None where there is one value a set.

    Parameters
    ----------
    values : list of arrays, object array, SetArray or flat array

    Returns
    -------
    ndarray of shape (n_sets,) or None
    """
    if isinstance(values, SetArray):
        return values.sizes
    if is_one_value_a_set(values):
        return None
    return np.array([len(part) if np.ndim(part) else 1 for part in values])


def flatten_values(values, name):
    """Concatenate the values of all sets; a flat array stays as it is.

    Parameters
    ----------
    values : list of arrays, object array, SetArray or flat array
        One value an element.
    name : str
        What messages call it.

    Returns
    -------
    flat : ndarray of shape (n_elements,)
    sizes : ndarray of shape (n_sets,) or None
        None where `values` was flat.

    Raises
    ------
    ValueError
        If a set has no 1-D array of values; the message names the set.
    """
    sizes = set_sizes(values)
    if sizes is None:
        return column_or_1d(values), None
    return flatten_elements(values, sizes, name), sizes


def check_same_sizes(sizes, expected, name, source, advice):
    """Raise where the sets of two things differ; the message names the first that does.

    Parameters
    ----------
    sizes, expected : ndarray of shape (n_sets,), or int
        Number of values of each set; a number stands for that many sets of one value.
    name, source : str
        What messages call the one and the other.
    advice : str
        What to do.
    """
    unit = "sets" if np.ndim(sizes) or np.ndim(expected) else "values"
    sizes, expected = (s if np.ndim(s) else np.ones(s, dtype=int) for s in (sizes, expected))
    if len(sizes) != len(expected):
        raise ValueError(f"{name} has {len(sizes)} {unit}, {source} {len(expected)}. {advice}")
    if (wrong := np.flatnonzero(sizes != expected)).size:
        i = wrong[0]
        raise ValueError(
            f"{name} has {sizes[i]} value(s) for set {i}, {source} {expected[i]}. {advice}"
        )


def flatten_weight(sample_weight, n_elements, sizes):
    """Return one weight an element.

    Parameters
    ----------
    sample_weight : array-like of shape (n_sets,), or one array a set with one weight an element
    n_elements : int
    sizes : ndarray of shape (n_sets,) or None
        None where the values are flat.

    Returns
    -------
    ndarray of shape (n_elements,)

    Raises
    ------
    ValueError
        If there is neither one weight a set nor one an element.
    """
    weight, weight_sizes = flatten_values(sample_weight, "sample_weight")
    advice = "Pass one weight a set, or one array a set with one weight an element."
    if weight_sizes is None and sizes is not None:
        if len(weight) != len(sizes):
            raise ValueError(
                f"sample_weight has {len(weight)} values, y has {len(sizes)} sets. {advice}"
            )
        return np.repeat(weight, sizes)
    check_same_sizes(
        len(weight) if weight_sizes is None else weight_sizes,
        n_elements if sizes is None else sizes,
        "sample_weight",
        "y",
        advice,
    )
    return weight
