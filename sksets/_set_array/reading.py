"""Anything a user may pass -> SetArray, or one clear error."""

import numpy as np
from sklearn.utils.validation import check_array

from sksets._set_array.array import SetArray
from sksets._set_array.containers import as_table, pack_container
from sksets._set_array.indexing import element_position
from sksets._set_array.objects import plain_dtype
from sksets._set_array.packing import is_plain, to_plain

ELEMENT_KINDS = ("auto", "numeric", "token")


def read_sets(X, element_kind):
    """Return X as a SetArray, or None where it is a table or holds no sets."""
    if element_kind not in ELEMENT_KINDS:
        raise ValueError(f"element_kind must be one of {ELEMENT_KINDS}, found {element_kind!r}.")
    if not isinstance(X, SetArray):
        packed = pack_container(X, tokens=element_kind == "token")
        if packed is None:
            return None
        X = SetArray(
            packed.values, packed.offsets, feature_names=packed.feature_names, keys=packed.keys
        )
    return _shape_elements(X, element_kind)


def _plain_elements(sets):
    """Return the elements as numbers or strings; an error names the set."""
    try:
        return to_plain(plain_dtype(sets.values, "X"), "X")
    except (TypeError, ValueError):
        for i, elements in enumerate(sets):
            to_plain(plain_dtype(elements, f"Set {i}"), f"Set {i}")
        raise


def _shape_elements(sets, element_kind):
    """Make tokens 1-D and numbers at least 2-D; elements of any other dtype raise."""
    values = sets.values if is_plain(sets.values.dtype) else _plain_elements(sets)
    kind = values.dtype.kind
    if kind == "c":
        raise ValueError(f"Complex data not supported\n{values[:3]}\n")
    if kind not in "fiubU":
        raise ValueError(
            f"Elements must be numbers or strings, found dtype {values.dtype}. Convert them first, "
            "dates for example to days since one of them."
        )
    if kind in "U" and element_kind == "numeric":
        raise ValueError(
            "X holds strings, but element_kind='numeric'. Use element_kind='token' for tokens."
        )
    if element_kind == "token" or kind in "U":
        if kind == "f" and (missing := np.isnan(values)).any():
            where = element_position(sets.offsets, int(np.argwhere(missing)[0][0]))
            raise ValueError(f"X has a missing token: {where}. Remove it, or fill it in.")
        if kind not in "iuU" and len(values):
            raise ValueError(f"Tokens must be integers or strings, found dtype {values.dtype}.")
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.ndim != 1:
            raise ValueError(
                "Tokens are single integers or strings, so that a set of tokens is 1-D; found "
                f"elements of shape {values.shape[1:]} in all sets. Convert numbers that came as "
                "strings, or make each token an element of its own."
            )
    elif values.ndim == 1:
        values = values[:, None]
    if values is sets.values:
        return sets
    same = values.shape == sets.values.shape
    return sets.map_values(values, sets.feature_names if same else None)


def as_set_array(X, *, element_kind="auto"):
    """Turn any container of sets into a SetArray.

    Parameters
    ----------
    X : list of arrays, list of lists, object array, ndarray, SetArray, frame, series, ...
        What is read as sets is decided by type, never by length. Arrays inside a list, cells of a
        1-D or (n, 1) object array, and list cells of a pandas, polars, pyarrow or awkward
        container are sets; a 1-D one is a set of scalars. Lists of lists of strings are sets of
        tokens. A table (2-D array, numeric frame, nested lists of numbers) is n sets of one
        element each; an array of 3 or more dimensions is n sets of equal size.
    element_kind : {"auto", "numeric", "token"}, default="auto"
        "token" reads integers as tokens, and a 2-D array as n sets of tokens. Strings are
        always tokens.

    Returns
    -------
    SetArray
        `values` are 1-D for tokens, 2-D or more for numbers. No copy for a SetArray.

    Raises
    ------
    ValueError
        If X is empty, ragged where it may not be, or has sets that differ in width or kind.
    TypeError
        If X is sparse, or no container of sets.
    """
    sets = read_sets(X, element_kind)
    if sets is None:
        values = read_table(X)
        sets = _shape_elements(SetArray(values, np.arange(len(values) + 1)), element_kind)
    check_n_sets(sets, 1)
    return sets


def read_table(X):
    """Return a table as scikit-learn reads it."""
    try:
        return check_array(as_table(X), ensure_all_finite=False, input_name="X")
    except OverflowError as error:
        raise ValueError(f"X holds a number that no float can: {error}.") from error


def check_n_sets(sets, ensure_sets, by=""):
    """Raise where there are fewer than ``ensure_sets`` sets; ``by`` says who needs them."""
    if sets.n_sets < ensure_sets:
        raise ValueError(
            f"Found {sets.n_sets} set(s) (n_samples={sets.n_sets}) while a minimum of "
            f"{ensure_sets} is required{by}. Pass a list with one array a set."
        )
