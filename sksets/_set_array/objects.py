"""Objects of any type -> arrays of numbers or of strings, or one clear error."""

from collections.abc import Sequence, Set

import numpy as np

LIBRARIES = ("pandas", "polars", "pyarrow", "awkward", "narwhals", "datasets")
SCALARS = (str, bytes, bool, int, float, complex, np.generic)


def describe_type(item):
    """Return the name of the type of ``item``, with its module unless built in."""
    return f"{type(item).__module__}.{type(item).__qualname__}".removeprefix("builtins.")


def library_of(item):
    """Return the name of the container library that the type of ``item`` derives from, or None."""
    return library_of_type(type(item))


def library_of_type(kind):
    """Return the name of the container library that a type derives from, or None."""
    modules = {base.__module__.partition(".")[0] for base in kind.__mro__}
    return next((name for name in LIBRARIES if name in modules), None)


def missing_objects(array):
    """Return a mask of the None, NaN and pandas NA in an object array."""

    def is_missing(value):
        # NaN differs from itself, and pandas NA compares as NA. An array, which compares as an
        # array, is not missing.
        equal = value == value
        if isinstance(equal, (bool, np.bool_)):
            return value is None or not equal
        return type(value).__name__ == "NAType"

    mask = np.fromiter(map(is_missing, array.ravel()), dtype=bool, count=array.size)
    return mask.reshape(array.shape)


def check_leaf_types(flat, where):
    """Raise where strings and numbers are mixed: numpy would turn the numbers into strings."""
    kinds = {issubclass(kind, (str, bytes)) for kind in set(map(type, flat))}
    if len(kinds) > 1:
        others = [leaf for leaf in flat if not isinstance(leaf, (str, bytes))]
        if missing_objects(np.array(others, dtype=object)).all():
            raise ValueError(
                f"{where} has a missing token ({others[0]}). Remove it, or fill it in."
            )
        raise ValueError(
            f"{where} mixes strings and numbers. The elements of all sets must be of one kind: "
            "use either strings (tokens) or numbers."
        )


def object_to_plain(array, where):
    """Turn an object array into one of strings or of float64."""
    flat = array.ravel().tolist()
    check_leaf_types(flat, where)
    if flat and isinstance(flat[0], str):
        return array.astype(str)
    try:
        return array.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise type(error)(
            f"{where} holds objects that are neither numbers nor strings: {error}. Expected an "
            "array of numbers of shape (n_elements, n_features), or a sequence of tokens."
        ) from error


def is_array_like(item):
    """Say whether numpy can read an object as an array, instead of asking it for item after item.

    Of a type with a length and items that are of its own type, numpy would ask for ever.
    """
    protocols = ("__array__", "__array_interface__", "__array_struct__", "__dlpack__")
    return any(hasattr(item, name) for name in protocols) or isinstance(item, Sequence | Set)


def read_array(item, where):
    """Return ``item`` as an ndarray, or say that numpy cannot read it."""
    try:
        return np.asarray(item)
    except Exception as error:
        # A tensor that requires a gradient or lies on a GPU, a ragged list, a lazy frame.
        raise TypeError(
            f"{where} is a {describe_type(item)} that numpy cannot read: {error}"
        ) from error
