"""Several SetArrays -> the parts of one, with the errors that name the array."""

import numpy as np

from sksets._set_array.packing import check_one_kind


def join_arrays(arrays):
    """Return the parts of the SetArray that has the sets of several, by name.

    Raises
    ------
    ValueError
        If there is none, or elements, names, contexts or keys do not fit.
    """
    arrays = list(arrays)
    if not arrays:
        raise ValueError("Expected at least one SetArray, found none.")
    _check_alike(arrays, lambda a: f"elements of shape {a.element_shape}")
    # Of only empty sets, the dtype says nothing.
    filled = [a for a in arrays if len(a.values)] or arrays[:1]
    check_one_kind([a.values for a in filled])
    _check_alike(arrays, lambda a: _columns_of("context", a.context))
    _check_alike(arrays, lambda a: _columns_of("keys", a.keys))
    starts = np.cumsum([0, *(len(a.values) for a in arrays)])
    parts = {
        "values": np.concatenate([a.values for a in filled]),
        "offsets": np.concatenate(
            [[0], *(a.offsets[1:] + start for a, start in zip(arrays, starts, strict=False))]
        ),
        "feature_names": _one_of(arrays, "feature_names"),
        "context_names": _one_of(arrays, "context_names"),
    }
    for name in ("context", "keys"):
        known = getattr(arrays[0], name) is not None
        parts[name] = np.concatenate([getattr(a, name) for a in arrays]) if known else None
    return parts


def _columns_of(what, rows):
    if rows is None:
        return f"no {what}"
    return f"{what} of {1 if rows.ndim == 1 else rows.shape[1]} column(s)"


def _check_alike(arrays, describe):
    """Raise for the first array that is not described as array 0 is."""
    for i, array in enumerate(arrays):
        if describe(array) != describe(arrays[0]):
            raise ValueError(
                f"SetArrays that are joined must be alike; array {i} has {describe(array)}, array "
                f"0 {describe(arrays[0])}."
            )


def _one_of(arrays, name):
    """Return the names that all arrays that have any have in common, or None."""
    named = [(i, getattr(a, name)) for i, a in enumerate(arrays) if getattr(a, name) is not None]
    for i, names in named:
        if not np.array_equal(names, named[0][1]):
            raise ValueError(
                f"SetArrays that are joined must have the same {name} in the same order; array {i} "
                f"has {list(names)!r:.100}, array {named[0][0]} {list(named[0][1])!r:.100}."
            )
    return named[0][1] if named else None
