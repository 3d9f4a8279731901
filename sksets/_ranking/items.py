"""Items: elements that have an identity, and their positions in a vocabulary."""

from collections.abc import KeysView, Mapping, ValuesView
from numbers import Integral, Real

import numpy as np
from scipy import sparse

from sksets._set_array import (
    SetArray,
    align_to_keys,
    as_set_array,
    offsets_from_sizes,
    read_array,
    read_sets,
    refuse_weights,
)
from sksets._validation import is_one_value_a_set, read_values


def _holds_integers(X):
    """Say whether X is a list of lists of integers, which are items here and numbers elsewhere.

    Or a dict of such lists, or of arrays, and its values; or what numpy makes of lists of one
    length as objects.
    """
    if isinstance(X, np.ndarray) and X.dtype == object and X.ndim == 2:
        kinds = set(map(type, X.ravel().tolist()))
        return all(issubclass(kind, Integral) and kind is not bool for kind in kinds)
    if isinstance(X, (Mapping, ValuesView)):
        rows = X.values() if isinstance(X, Mapping) else X
        X = [row.tolist() if isinstance(row, np.ndarray) else row for row in rows]
    if not isinstance(X, (list, tuple)) or not all(isinstance(row, (list, tuple)) for row in X):
        return False
    first = next((row[0] for row in X if len(row)), None)
    return isinstance(first, Integral) and not isinstance(first, (bool, np.bool_))


def read_items(X, element_kind="auto"):
    """Return X as sets, None where it is a table, and how to read the elements.

    Sets of single integers are sets of items, as are lists of lists of integers. A 2-D array is n
    sets of one element, unless ``element_kind`` is "token".

    Returns
    -------
    sets : SetArray or None
    element_kind : {"auto", "numeric", "token"}
    """
    if element_kind == "auto" and (sparse.issparse(X) or _holds_integers(X)):
        element_kind = "token"
    sets = read_sets(X, element_kind)
    if sets is not None and element_kind == "auto":
        single = sets.values.dtype.kind in "iuU" and sets.element_shape in ((), (1,))
        element_kind = "token" if single else "auto"
    return sets, element_kind


def read_hidden(y, n_sets, keys=None):
    """Return y, one item or some items a set, as a SetArray of tokens.

    Parameters
    ----------
    y : any container of sets of items, or array-like of shape (n_sets,)
    n_sets : int
    keys : ndarray, default=None
        Keys of the sets, to which a pandas y is aligned by its index.
    """
    y = align_to_keys(y, keys, "y")
    if is_one_value_a_set(y):
        values = read_values(y, "y")
        if values.dtype.kind not in "iuUSTO" or values.ndim != 1:
            raise ValueError(
                "y must hold the hidden items of each set, or one item a set: integers or strings; "
                f"found {values.dtype} of shape {values.shape}."
            )
        # Python's own sets are no sequences, and so they come here too.
        y = [v if isinstance(v, (set, frozenset)) else [v] for v in values.tolist()]
    try:
        hidden = as_set_array(y, element_kind="token")
        refuse_weights(hidden, "y")
    except (TypeError, ValueError) as error:
        raise type(error)(f"Cannot read y, the hidden items of each set: {error}") from error
    if len(hidden) != n_sets:
        raise ValueError(
            f"y must hold the hidden items of each set of X: it has {len(hidden)} sets, X has "
            f"{n_sets}."
        )
    return hidden


def fill_up(items, is_missing, vocabulary):
    """Return ranked items with a marker where there was no item to rank.

    Parameters
    ----------
    items : ndarray of shape (n_sets, k), or (n_sets, k, n_features) for vectors
    is_missing : ndarray of shape (n_sets, k), bool
    vocabulary : ndarray of shape (n_items,), or (n_items, n_features) for vectors

    Returns
    -------
    ndarray of the shape of ``items``
        With -1 for integers, "" for strings and NaN for vectors, which are floats.

    Raises
    ------
    ValueError
        If the marker is one of the items.
    """
    if items.ndim > 2:
        vectors = items.astype(np.result_type(items, np.float16))
        vectors[is_missing] = np.nan
        return vectors
    marker = "" if items.dtype.kind == "U" else -1
    if is_missing.any() and (vocabulary == marker).any():
        i = int(np.argmax(is_missing.any(axis=1)))
        raise ValueError(
            f"Set {i} of X leaves {int(np.sum(~is_missing[i]))} items to rank, and {marker!r}, "
            "which would stand for the others, is an item. Use rank, which scores them."
        )
    return np.where(is_missing, np.array(marker, dtype=items.dtype), items)


def _as_int64(values):
    """Return integer items as int64: numpy would compare int64 and uint64 as floats."""
    if values.ndim > 1 or values.dtype.kind != "u":
        return values
    if len(values) and values.max() > np.iinfo(np.int64).max:
        raise ValueError(f"Items that are integers must be less than 2**63; found {values.max()}.")
    return values.astype(np.int64)


def join_sets(sets, hidden):
    """Return the unions of sets and hidden items, with the context of ``sets``.

    Returns
    -------
    union : SetArray
    is_hidden : ndarray of shape (n_elements,), bool
        Which elements of the union are from ``hidden``.
    """
    values = [_as_int64(part.values.reshape(len(part.values))) for part in (sets, hidden)]
    # Of only empty sets, the dtype says nothing.
    filled = [part for part in values if len(part)]
    if len({part.dtype.kind in "UST" for part in filled}) > 1:
        raise ValueError("X and y must hold items of one kind, integers or strings; found both.")
    order = np.argsort(np.concatenate([sets.set_ids, hidden.set_ids]), kind="stable")
    is_hidden = np.repeat([False, True], [len(part) for part in values])
    joined = np.concatenate(filled) if filled else values[0]
    offsets = sets.offsets + hidden.offsets
    union = SetArray(
        joined[order], offsets, sets.context, context_names=sets.context_names, keys=sets.keys
    )
    return union, is_hidden[order]


def take_items(sets, rows):
    """Return the sets with the elements that ``rows`` marks, a mask (n_elements,)."""
    return SetArray(
        sets.values[rows],
        offsets_from_sizes(rows)[sets.offsets],
        sets.context,
        feature_names=sets.feature_names,
        context_names=sets.context_names,
        keys=sets.keys,
    )


class ItemIndex:
    """The items that are known, in their order, and the position of each.

    Parameters
    ----------
    items : ndarray of shape (n_items,), or (n_items, n_features) for vectors
        Without repeats.
    """

    def __init__(self, items):
        self.items = _as_int64(items)
        self._order = np.argsort(self.items, kind="stable") if items.ndim == 1 else None

    def __len__(self):
        return len(self.items)

    def positions(self, values):
        """Return the position of each value, -1 where it is not known."""
        if len(values) == 0:
            return np.empty(0, dtype=np.int64)
        if self._order is None:
            return self._row_positions(values)
        values = _as_int64(values)
        place = np.searchsorted(self.items, values, sorter=self._order)
        nearest = self._order[place.clip(max=len(self.items) - 1)]
        return np.where(self.items[nearest] == values, nearest, -1)

    def _row_positions(self, values):
        rows = np.concatenate([self.items, values])
        unique, codes = np.unique(rows, axis=0, return_inverse=True)
        codes = codes.reshape(-1)  # numpy 2.0 gives them another shape
        known = np.full(len(unique), -1)
        known[codes[: len(self.items)]] = np.arange(len(self.items))
        return known[codes[len(self.items) :]]


def as_items(values, like, name):
    """Return items that a user lists as an array of the kind of ``like``.

    Parameters
    ----------
    values : array-like
    like : ndarray of shape (n,), or (n, n_features) for vectors
        Items of the sets.
    name : str
        What messages call them.

    Raises
    ------
    ValueError
        If they are of another kind, if there is none, or one twice.
    """
    strings, vectors = like.dtype.kind == "U", like.ndim > 1
    if isinstance(values, (KeysView, ValuesView)):
        values = list(values)
    # Numpy would turn the numbers of a list into strings where one of them is a string.
    is_array = hasattr(values, "__array__")
    items = read_array(values, name) if is_array else np.asarray(values, dtype=object)
    given = items.dtype
    if items.dtype == object:
        # So are the strings of pandas.
        wanted = (str, bytes) if strings else Real if vectors else Integral
        kinds = set(map(type, items.ravel().tolist()))
        if bool not in kinds and all(issubclass(kind, wanted) for kind in kinds):
            items = read_array(np.array(items.tolist()), name)
        given = ", ".join(sorted(kind.__name__ for kind in kinds)) or "no"
    fits = items.dtype.kind in ("UST" if strings else "fiu" if vectors else "iu")
    if not fits or items.ndim != like.ndim or items.shape[1:] != like.shape[1:] or not len(items):
        kind = "strings" if strings else "integers"
        kind = f"vectors of {like.shape[1]} features" if vectors else kind
        raise ValueError(
            f"{name} must list items of the kind that the sets hold, {kind}; found {given} values "
            f"in an array of shape {items.shape}."
        )
    if vectors and not np.isfinite(items).all():
        raise ValueError(f"A vector in {name} has NaN or infinity. Leave it out.")
    unique, counts = np.unique(items, axis=0, return_counts=True)
    if len(unique) < len(items):
        twice = unique[counts.argmax()]
        raise ValueError(f"The item {twice!s} is twice in {name}. Name each item once.")
    return items


def learn_items(values, given=None, named=None):
    """Return the :class:`ItemIndex` of a fit.

    Parameters
    ----------
    values : ndarray
        The elements of the training sets.
    given : array-like, default=None
        The vocabulary that the user asks for, in its order.
    named : array-like, default=None
        Further items, those that have features.
    """
    if given is not None:
        return ItemIndex(as_items(given, values, "vocabulary"))
    if named is not None:
        named = as_items(named, values, "item_features")
        values = np.concatenate([_as_int64(values), _as_int64(named)])
    return ItemIndex(np.unique(values, axis=0))


def distinct_items(sets):
    """Return the elements of sets, strings without repeats."""
    if sets.categories is None:
        return sets.codes
    return sets.categories[0][np.unique(sets.codes)].astype(str)


def _positions(index, sets):
    """Return the position of each element, -1 where it is not known."""
    if sets.categories is None:
        return index.positions(sets.codes)
    # Looked up are the strings that differ, not all elements.
    return index.positions(sets.categories[0].astype(str))[sets.codes]


def encode_items(index, sets, name="X", *, allow_unknown=False):
    """Return the positions of the elements of sets as a SetArray.

    Raises
    ------
    ValueError
        For an item that is not known, or an item twice in a set; the message names both.
    """
    strings = sets.categories is not None
    if len(sets.codes) and index.items.ndim == 1 and strings != (index.items.dtype.kind == "U"):
        kinds = ("strings", "integers")[:: 1 if strings else -1]
        raise ValueError(f"{name} holds {kinds[0]}, but the items of fit are {kinds[1]}.")
    ids = _positions(index, sets)
    if not allow_unknown and (unknown := ids < 0).any():
        row = int(np.argmax(unknown))
        ignore = ", use unknown_items='ignore'" if "X" in name else ""
        raise ValueError(
            f"Set {sets.set_ids[row]} of {name} holds the item {sets.values[row]!s}, which is not "
            f"among the {len(index)} items of fit. Leave it out{ignore}, or make it known to fit: "
            "name it in vocabulary or item_features."
        )
    sets = sets.map_values(ids)
    check_no_repeats(index, sets, name)
    return sets


def check_no_repeats(index, ids, name):
    """Raise where a set has an item twice; positions below zero are no items."""
    order = np.lexsort((ids.values, ids.set_ids))
    ordered, owner = ids.values[order], ids.set_ids[order]
    twice = (ordered[1:] == ordered[:-1]) & (owner[1:] == owner[:-1]) & (ordered[1:] >= 0)
    if twice.any():
        row = int(np.argmax(twice))
        raise ValueError(
            f"Set {owner[row]} of {name} holds the item {index.items[ordered[row]]!s} twice. A set "
            "has each of its items once; drop the repeats, for example with numpy.unique."
        )
