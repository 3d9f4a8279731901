"""Several SetArrays -> the parts of one, with the errors that name the array."""

import numpy as np

from sksets._set_array.coding import Coded, join_coded
from sksets._set_array.keys import join_keys


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
    filled = [a for a in arrays if len(a.codes)] or arrays[:1]
    _check_alike(arrays, lambda a: _kinds_of(a) if len(a.codes) else None)
    _check_alike(arrays, lambda a: _columns_of("context", a.context))
    _check_alike(arrays, lambda a: _columns_of("keys", a.keys))
    _check_alike(arrays, lambda a: f"{'no ' * (a.element_weight is None)}weights of elements")
    starts = np.cumsum([0, *(len(a.codes) for a in arrays)])
    parts = {
        "values": join_coded([Coded(a.codes, a.categories) for a in filled]),
        "offsets": np.concatenate(
            [[0], *(a.offsets[1:] + start for a, start in zip(arrays, starts, strict=False))]
        ),
        "feature_names": _one_of(arrays, "feature_names"),
        "context_names": _one_of(arrays, "context_names"),
    }
    for name in ("context", "keys", "element_weight"):
        join = join_keys if name == "keys" else np.concatenate
        known = getattr(arrays[0], name) is not None
        parts[name] = join([getattr(a, name) for a in arrays]) if known else None
    return parts


def _kinds_of(array):
    if array.categories is None:
        return "strings" if array.codes.dtype.kind in "US" else "numbers"
    if array.codes.ndim == 1:
        return "strings"
    strings = [j for j, names in enumerate(array.categories) if names is not None]
    return f"strings in the columns {strings}"


def _columns_of(what, rows):
    if rows is None:
        return f"no {what}"
    return f"{what} of {1 if rows.ndim == 1 else rows.shape[1]} column(s)"


def _check_alike(arrays, describe):
    """Raise for the first array that is not described as the first; None is no description."""
    texts = [(i, text) for i, text in enumerate(map(describe, arrays)) if text is not None]
    for i, text in texts:
        if text != texts[0][1]:
            raise ValueError(
                f"SetArrays that are joined must be alike; array {i} has {text}, array "
                f"{texts[0][0]} {texts[0][1]}."
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
