"""Contributions of elements: what is predicted with them, less what is predicted without."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sksets._deep_sets import DeepSetsElementClassifier, DeepSetsElementRegressor
from sksets._set_array import SetArray
from sksets.inspection._explained import explain, find_classes_of, log_odds

# Numbers in the elements of sets without one of them that are made at once.
_COPIED = 2**21


def leave_one_out(estimator, X, target):
    """Return the contributions of elements to the output of their set, as :class:`SetArray`."""
    explained = explain(estimator, X, target)
    sets = explained.sets
    rows = np.arange(len(sets))
    whole = explained.numbers(explained.outputs(sets, rows), rows, sets.total_weight)
    weight = 1 if sets.element_weight is None else sets.element_weight
    of_element = sets.set_ids
    if len(of_element) == 0:
        return explained.of_numbers(np.empty((0, whole.shape[1])))
    left = sets.total_weight[of_element] - weight
    if explained.elements_meet:
        parts = [
            explained.numbers(explained.outputs(part, of_element[e]), of_element[e], left[e])
            for part, e in remove_each(sets)
        ]
        without = np.concatenate(parts)
    else:
        without = explained.numbers(explained.outputs_without_each(), of_element, left)
    return explained.of_numbers(whole[of_element] - without)


def remove_each(sets):
    """Yield sets without one of their elements.

    Parameters
    ----------
    sets : SetArray

    Yields
    ------
    rest : SetArray
    missing : ndarray of int of shape (n,)
        Which element is missing in each of the sets.
    """
    set_ids, sizes = sets.set_ids, sets.sizes
    ends = np.cumsum(sizes[set_ids])
    width = max(1, int(np.prod(sets.element_shape)))
    start = 0
    while start < len(set_ids):
        before = ends[start - 1] if start else 0
        fitting = int(np.searchsorted(ends, before + _COPIED // width, side="right"))
        stop = max(start + 1, fitting)
        missing = np.arange(start, stop)
        yield _without(sets, missing), missing
        start = stop


def _rows_without(sets, elements):
    """Return, for each of some elements, the rows of the others of its set, and the offsets."""
    of_element = sets.set_ids[elements]
    left = sets.sizes[of_element] - 1
    offsets = np.concatenate([[0], np.cumsum(left)])
    rows = np.arange(offsets[-1]) + np.repeat(sets.offsets[of_element] - offsets[:-1], left)
    return rows + (rows >= np.repeat(elements, left)), offsets


def _without(sets, elements):
    """Return, for each of some elements, its set without it."""
    rows, offsets = _rows_without(sets, elements)
    context, weight = sets.context, sets.element_weight
    return SetArray(
        sets.codes[rows],
        offsets,
        None if context is None else context[sets.set_ids[elements]],
        element_weight=None if weight is None else weight[rows],
    )


def influences(estimator, X, target):
    """Return what each element adds to the output of each other one of its set.

    Returns
    -------
    object array of shape (n_sets,)
        Of arrays (n_i, n_i): row j is what is predicted for the elements less what is predicted
        without element j; nan on the diagonal.
    """
    check_is_fitted(estimator)
    sets = estimator._read_fitted(X)
    predict = _element_numbers(estimator, sets, target)
    whole = predict(sets, np.arange(len(sets.codes)))
    set_ids = sets.set_ids
    matrices = [np.full((size, size), np.nan) for size in sets.sizes]
    # A table is read as sets of one element, which has no others.
    alone = sets if (sets.sizes > 1).any() else sets[:0]
    for rest, missing in remove_each(alone):
        rows, offsets = _rows_without(sets, missing)
        differences = np.split(whole[rows] - predict(rest, rows), offsets[1:-1])
        for element, part in zip(missing, differences, strict=True):
            i = set_ids[element]
            j = element - sets.offsets[i]
            matrices[i][j, np.arange(len(matrices[i])) != j] = part
    result = np.empty(len(sets), dtype=object)
    for i, matrix in enumerate(matrices):
        result[i] = matrix
    return result


def _element_numbers(estimator, sets, target):
    """Return a function of sets, and of which element each one is: a number an element."""
    if isinstance(estimator, DeepSetsElementClassifier):
        if target is None:
            classes = np.argmax(estimator._element_outputs(sets), axis=1)
        else:
            classes = find_classes_of(target, estimator.classes_, len(sets.codes), "element")
        return lambda part, rows: log_odds(estimator._element_outputs(part), classes[rows])
    if target is not None:
        raise ValueError(
            f"target must be None for {type(estimator).__name__}, which has one output an "
            f"element; found {target!r:.100}."
        )
    if isinstance(estimator, DeepSetsElementRegressor):
        return lambda part, rows: estimator._predict(part)
    return lambda part, rows: estimator._scores(part)
