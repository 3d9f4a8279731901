"""Weights of sets or of elements -> one weight an element."""

import numpy as np

from sksets._validation.element_values import (
    check_same_sizes,
    flatten_elements,
    flatten_values,
    is_one_value_a_set,
)
from sksets._validation.targets import validate_sample_weight


def validate_element_weight(sample_weight, sets):
    """Return what each element counts in a loss or a score, with a mean of one over elements.

    Parameters
    ----------
    sample_weight : array-like of shape (n_sets,), or one array a set, or None
        Weights of sets, or with one value an element of elements.
    sets : SetArray
        An element that has a weight there counts as that many elements.

    Returns
    -------
    ndarray of shape (n_elements,), float64, or None where neither has weights
    """
    own = sets.element_weight
    if sample_weight is None:
        return None if own is None else own / own.mean()
    if is_one_value_a_set(sample_weight):
        weight = np.repeat(validate_sample_weight(sample_weight, sets), sets.sizes)
    else:
        weight = flatten_elements(sample_weight, sets.sizes, "sample_weight")
    # Checked before the product, in which numpy would meet what is no number.
    weight = validate_sample_weight(weight, sets.codes)
    if own is None:
        return weight
    weight = weight * own
    return weight / weight.mean()


def flatten_weight(sample_weight, n_elements, sizes):
    """Return one weight an element, for a score: weights keep their scale.

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
