"""Objects of any type -> arrays of numbers or of strings, or one clear error."""

from collections.abc import Sequence, Set
from numbers import Integral

import numpy as np

from sksets._lazy import is_tensor
from sksets._set_array.integers import integer_type_of, list_to_array
from sksets._set_array.tensors import tensor_to_array

LIBRARIES = ("pandas", "polars", "pyarrow", "awkward", "xarray", "narwhals", "datasets")
SCALARS = (str, bytes, bytearray, bool, int, float, complex, np.generic)
# What to do with objects that are known, and yet are no sets.
_ADVICE = {
    "AnnData": (
        "Use SetArray.from_anndata(adata, key), where key is a column of obs that says which set "
        "each cell is of."
    ),
    "DataLoader": "A loader yields batches: pass its dataset, or the list of all sets.",
    "IterableDataset": "Pass the list of all sets.",
}


def advice_for(item, otherwise):
    """Return what to do with an object that cannot be read as sets."""
    names = [kind.__name__ for kind in type(item).__mro__]
    return next((_ADVICE[name] for name in names if name in _ADVICE), otherwise)


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


def has_mask(item):
    """Say whether an array of numpy has masked values; those of pandas have NA, not masks."""
    return isinstance(item, np.ma.MaskedArray) and np.ma.is_masked(item)


def is_missing(value):
    """Say whether a value is None, NaN, or the NA or NaT of pandas."""
    if value is None or hasattr(value, "__len__"):
        # An array compares as an array, and is not missing.
        return value is None
    # NaN differs from itself, and pandas NA compares as NA.
    equal = value == value
    return not equal if isinstance(equal, (bool, np.bool_)) else type(value).__name__ == "NAType"


def missing_objects(array):
    """Return a mask of the None, NaN and pandas NA in an object array."""
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


def _differ_in_kind(array):
    """Say whether some columns hold strings, and others do not; missing values are neither."""
    firsts = (next((v for v in column if not is_missing(v)), None) for column in array.T)
    return len({isinstance(value, (str, bytes)) for value in firsts}) > 1


def _decoded(token, where):
    if isinstance(token, str):
        return token
    try:
        return token.decode()
    except UnicodeDecodeError as error:
        raise ValueError(
            f"{where} has a token of bytes that are no UTF-8 ({token!r:.40}). Decode such tokens "
            "first, for example by token.decode('latin-1')."
        ) from error


def text_to_plain(array, where):
    """Turn an array of strings, or of bytes that are UTF-8, into one of numpy's str."""
    if array.dtype.kind == "U":
        return array
    if array.dtype.kind == "S":
        try:
            # ASCII, all that numpy itself can decode, takes a fraction of the time.
            return array.astype(str)
        except UnicodeDecodeError:
            pass
    tokens = array.ravel().tolist()
    check_leaf_types(tokens, where)
    plain = np.array([_decoded(token, where) for token in tokens], dtype=str)
    return plain.reshape(array.shape)


def _numbers_to_plain(array, flat):
    kinds = set(map(type, flat))
    if all(issubclass(kind, Integral) and kind is not bool for kind in kinds):
        # Integers stay integers, which may be tokens.
        if (dtype := integer_type_of(flat)) is not None:
            return array.astype(dtype)
    try:
        return array.astype(np.float64)
    except TypeError:
        # NA of pandas is no number for numpy, as None and NaN are.
        if not (missing := missing_objects(array)).any():
            raise
        return np.where(missing, np.nan, array).astype(np.float64)


def object_to_plain(array, where):
    """Turn an object array into one of strings, int64 or float64; one of both keeps its columns."""
    if array.ndim == 2 and len(array) and _differ_in_kind(array):
        columns = [object_to_plain(c, f"{where}, column {j},") for j, c in enumerate(array.T)]
        return np.stack([column.astype(object) for column in columns], axis=1)
    flat = array.ravel().tolist()
    check_leaf_types(flat, where)
    if flat and isinstance(flat[0], (str, bytes)):
        return text_to_plain(array, where)
    try:
        return _numbers_to_plain(array, flat)
    except (TypeError, ValueError, OverflowError) as error:
        kind = TypeError if isinstance(error, TypeError) else ValueError
        raise kind(
            f"{where} holds objects that are neither numbers nor strings: {error!s:.150}. Expected "
            "an array of numbers of shape (n_elements, n_features), or a sequence of tokens."
        ) from error


def is_array_like(item):
    """Say whether numpy can read an object as an array, instead of asking it for item after item.

    Of a type with a length and items that are of its own type, numpy would ask for ever.
    """
    if isinstance(item, type):
        return False
    protocols = ("__array__", "__array_interface__", "__array_struct__", "__dlpack__")
    return any(hasattr(item, name) for name in protocols) or isinstance(item, Sequence | Set)


def _as_numpy(item):
    if is_tensor(item):
        return tensor_to_array(item)
    if hasattr(item, "__dlpack__") and not hasattr(item, "__array__"):
        return np.from_dlpack(item)
    if not isinstance(item, (list, tuple)):
        return np.asarray(item)
    if any(is_tensor(part) for part in item):
        return np.asarray([_as_numpy(part) for part in item])
    return list_to_array(item)


def plain_dtype(array, where):
    """Return an array whose type is one of numpy's own, in the byte order of the machine."""
    dtype = array.dtype
    if dtype.kind in "ST":
        return text_to_plain(array, where)
    if dtype.kind == "V" and dtype.names is None and "float" in dtype.name:
        # bfloat16 and the floats of 8 bits, as JAX has them.
        return array.astype(np.float32)
    return array if dtype.isnative else array.astype(dtype.newbyteorder("="))


def read_array(item, where):
    """Return ``item`` as an ndarray of one of numpy's own types, or say why there is none."""
    if has_mask(item):
        # As an array it would show what lies below its mask.
        raise ValueError(f"{where} has masked values. Fill them in, or leave them out.")
    try:
        array = _as_numpy(item)
    except Exception as error:
        # A ragged list, a tensor that is sparse.
        raise TypeError(
            f"{where} is a {describe_type(item)} that numpy cannot read: {error!s:.200}"
        ) from error
    return plain_dtype(array, where)
