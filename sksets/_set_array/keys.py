"""Keys of sets -> an array of one row a set, each key as it was given."""

from collections import Counter

import numpy as np

from sksets._set_array.integers import common_integer_type, join_arrays_exactly
from sksets._set_array.objects import read_array


def read_keys(keys):
    """Return keys as an array; those of a list that differ in type stay objects.

    As one of numpy's types, 1 beside "a" would be the key "1", and beside 2.5 a float.
    """
    if not isinstance(keys, (list, tuple)):
        return read_array(keys, "keys")
    array = np.array(keys, dtype=object)
    kinds = set(map(type, array.ravel().tolist()))
    plain = len(kinds) == 1 and issubclass(next(iter(kinds)), (str, int, float, np.generic))
    return read_array(keys, "keys") if plain else array


def check_keys(keys, n_sets):
    """Return the keys of the sets as an array of one row a set, or None."""
    if keys is None:
        return None
    keys = read_keys(keys)
    if keys.ndim not in (1, 2) or len(keys) != n_sets:
        raise ValueError(
            f"Expected keys of shape ({n_sets},), one a set, or ({n_sets}, n_keys); found shape "
            f"{keys.shape}."
        )
    if keys.dtype.kind == "f" and np.isnan(keys).sum() > keys.ndim:
        raise ValueError("The key nan is there twice. A key tells one set from all others.")
    # Hashed, not sorted: keys of an object array, 1 and "a", may have no order.
    rows = [tuple(row) if keys.ndim == 2 else row for row in keys.tolist()]
    if len(set(rows)) < n_sets:
        twice = next(row for row, count in Counter(rows).items() if count > 1)
        raise ValueError(f"The key {twice!r} is there twice. A key tells one set from all others.")
    return keys


def join_keys(parts):
    """Return the keys of several arrays of sets, one after another."""
    kinds = {part.dtype.kind for part in parts}
    one_type = len(kinds) == 1 or common_integer_type(parts) is not None
    # As objects, a number beside strings stays one, and integers beside floats keep all digits.
    return join_arrays_exactly(parts if one_type else [part.astype(object) for part in parts])
