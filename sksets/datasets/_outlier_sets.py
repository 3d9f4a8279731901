"""Sets that share a label or attributes, and one element in each that does not."""

from itertools import combinations

import numpy as np
from sklearn.utils import check_random_state

from sksets._arguments import check_arguments, check_count, check_share
from sksets._set_array import SetArray, offsets_from_sizes, read_array
from sksets.datasets._sizes import check_sizes

_MIN_SIZE = 3  # of two elements that differ, either may be the outlier


def _check_labels(elements, labels, n_shared):
    """Return elements and labels as arrays that fit each other."""
    elements, labels = read_array(elements, "elements"), read_array(labels, "labels")
    if labels.ndim not in (1, 2):
        raise ValueError(
            "labels must be 1-D (one label an element) or 2-D (one column an attribute), got "
            f"{labels.ndim} dimensions"
        )
    if elements.ndim == 0 or len(elements) != len(labels):
        raise ValueError(
            "elements and labels must have the same length, got arrays of shape "
            f"{elements.shape} and {labels.shape}"
        )
    if labels.dtype.kind == "f" and np.isnan(labels).any():
        raise ValueError(
            f"labels hold NaN, first at {np.argwhere(np.isnan(labels))[0].tolist()}; leave out "
            "the elements whose label is not known"
        )
    if labels.ndim == 2:
        check_count(n_shared, "n_shared", 1, most=labels.shape[1])
        if wrong := set(np.unique(labels).tolist()) - {0, 1}:
            raise ValueError(f"attributes must be 0 or 1, found {min(wrong)!r}")
        # Column by column, as combinations of attributes read them.
        labels = np.asfortranarray(labels, dtype=bool)
    elif len(np.unique(labels)) == 1:
        raise ValueError(f"labels must have two values or more, found only {labels[0].item()!r}")
    return elements, labels


def _split(labels, shared):
    """Tell which elements share a label or attributes, and which may be the outlier."""
    if labels.ndim == 1:
        inside = labels == shared
        return inside, ~inside
    attributes = labels[:, shared]
    return attributes.all(axis=1), ~attributes.any(axis=1)


def _usable(labels, n_shared, n_needed):
    """List the labels, or tuples of attributes, of which sets can be made."""
    if labels.ndim == 1:
        candidates = np.unique(labels)
    else:
        candidates = list(combinations(range(labels.shape[1]), n_shared))
    counts = np.array([[mask.sum() for mask in _split(labels, shared)] for shared in candidates])
    counts = counts.reshape(-1, 2)
    usable = np.flatnonzero((counts[:, 0] >= n_needed) & (counts[:, 1] >= 1))
    if len(usable) == 0:
        what, lack = ("a label", "has another")
        if labels.ndim == 2:
            what, lack = (f"the same {n_shared} attributes", "has none of them")
        raise ValueError(
            f"No set can be made: the largest need {n_needed} elements that share {what} and one "
            f"that {lack}. Of {len(candidates)} possibilities none has both; the most frequent is "
            f"shared by {counts[:, 0].max(initial=0)} elements. Give more elements or a smaller "
            "size."
        )
    return [candidates[i] for i in usable]


def _draw_distinct(rng, n_rows, n_columns, n_items):
    """Draw rows of distinct items; what a row already holds is drawn again."""
    drawn = np.empty((n_rows, n_columns), dtype=np.int64)
    for column in range(n_columns):
        pending = np.arange(n_rows)
        while len(pending):
            drawn[pending, column] = rng.randint(n_items, size=len(pending))
            held = drawn[pending, :column] == drawn[pending, column, None]
            pending = pending[held.any(axis=1)]
    return drawn


def _draw_indices(rng, labels, usable, has_outlier, max_size, n_needed):
    """Draw the elements of each set, the outlier (where there is one) in the first column."""
    indices = np.empty((len(has_outlier), max_size), dtype=np.int64)
    of_set = rng.randint(len(usable), size=len(has_outlier))
    for number, shared in enumerate(usable):
        rows = np.flatnonzero(of_set == number)
        if len(rows) == 0:
            continue
        inside, outside = (np.flatnonzero(mask) for mask in _split(labels, shared))
        drawn = _draw_distinct(rng, len(rows), n_needed, len(inside))
        indices[rows, max_size - n_needed :] = inside[drawn]
        rows = rows[has_outlier[rows]]
        indices[rows, 0] = outside[rng.randint(len(outside), size=len(rows))]
    return indices


@check_arguments()
def make_outlier_sets(
    elements,
    labels,
    *,
    n_sets=1000,
    size=16,
    n_shared=2,
    outlier_fraction=1.0,
    random_state=None,
):
    """Make sets of elements that share a label or attributes, but for one outlier.

    Finding the element that does not belong, without being told what the others share, is the
    task of section 4.3 of [1]_: there sets of 16 photographs of faces, of which 15 share two
    attributes that the outlier lacks.

    Parameters
    ----------
    elements : array-like of shape (n_elements, ...)
        What the sets are made of: images, vectors, tokens. They are copied into the sets.
    labels : array-like of shape (n_elements,) or (n_elements, n_attributes)
        1-D: one label an element; a set shares a label, the outlier has another one. 2-D: 0 or 1
        (or boolean), one column an attribute; a set shares `n_shared` attributes, the outlier has
        none of them. All other attributes vary freely.
    n_sets : int, default=1000
        Number of sets.
    size : int or (int, int), default=16
        Elements of a set, with the outlier: a number, or the smallest and largest of sizes that
        are drawn uniformly, both included. At least 3.
    n_shared : int, default=2
        Number of attributes that a set shares. Ignored for 1-D `labels`.
    outlier_fraction : float, default=1.0
        The probability of a set to have an outlier at all.
    random_state : int, RandomState instance or None, default=None
        Give an int for the same sets on every call.

    Returns
    -------
    X : SetArray of shape (n_sets,)
        A set is (n_i, ...), of the dtype of `elements`. What it shares is drawn uniformly from
        the labels (or combinations of attributes) that have enough elements; its elements are
        drawn without replacement, and the outlier takes a random place.
    y : ndarray of shape (n_sets,)
        The place of the outlier in its set, from 0; -1 for a set without one. Integers.

    Raises
    ------
    TypeError, ValueError
        A number is not an integer or out of range; `labels` are of another length than
        `elements`, hold NaN, have one value only or, in two dimensions, others than 0 and 1; or
        no label has enough elements for the largest sets.

    Notes
    -----
    A label with too few elements is left out: it needs one element fewer than the largest set
    has, and as many where `outlier_fraction` is below 1. All combinations of `n_shared`
    attributes are counted: with 40 attributes there are 780 pairs and 9,880 triples.

    References
    ----------
    .. [1] Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov, Smola, "Deep Sets", Advances in
       Neural Information Processing Systems 30, 2017.

    Examples
    --------
    >>> from sklearn.datasets import load_digits
    >>> from sksets.datasets import make_outlier_sets
    >>> images, digits = load_digits(return_X_y=True)
    >>> X, y = make_outlier_sets(images, digits, n_sets=100, size=(5, 8), random_state=0)
    >>> X
    SetArray(n_sets=100, n_elements=..., sizes 5 to 8, elements float64 (64,))
    >>> y.shape, bool((y < X.sizes).all())
    ((100,), True)
    """
    check_count(n_sets, "n_sets", 1)
    check_share(outlier_fraction, "outlier_fraction")
    min_size, max_size = check_sizes(size, _MIN_SIZE)
    elements, labels = _check_labels(elements, labels, n_shared)
    n_needed = max_size - 1 if outlier_fraction == 1 else max_size
    usable = _usable(labels, n_shared, n_needed)

    rng = check_random_state(random_state)
    sizes = rng.randint(min_size, max_size + 1, size=n_sets)
    has_outlier = rng.random_sample(n_sets) < outlier_fraction
    indices = _draw_indices(rng, labels, usable, has_outlier, max_size, n_needed)
    places = rng.randint(sizes)
    sets = np.arange(n_sets)
    indices[sets, 0], indices[sets, places] = indices[sets, places], indices[sets, 0]

    offsets = offsets_from_sizes(sizes)
    chosen = indices[np.arange(max_size) < sizes[:, None]]
    return SetArray(elements[chosen], offsets), np.where(has_outlier, places, -1)
