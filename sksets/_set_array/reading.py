"""Anything a user may pass -> SetArray, or one clear error."""

import numpy as np
from sklearn.utils.validation import check_array

from sksets._set_array.array import SetArray
from sksets._set_array.coding import Coded, only_column
from sksets._set_array.containers import as_table, pack_container
from sksets._set_array.indexing import element_position
from sksets._set_array.integers import LARGEST_EXACT
from sksets._set_array.objects import plain_dtype
from sksets._set_array.packing import code_objects, is_plain, to_plain

ELEMENT_KINDS = ("auto", "numeric", "token")


def read_sets(X, element_kind):
    """Return X as a SetArray, or None where it is a table or holds no sets."""
    if element_kind not in ELEMENT_KINDS:
        raise ValueError(f"element_kind must be one of {ELEMENT_KINDS}, found {element_kind!r}.")
    if not isinstance(X, SetArray):
        packed = pack_container(X, tokens=element_kind == "token")
        if packed is None:
            return None
        X = SetArray(**packed._asdict())
    return _shape_elements(X, element_kind)


def _shape_elements(sets, element_kind):
    """Make tokens 1-D and numbers at least 2-D; elements of any other dtype raise."""
    sets = _without_objects(sets)
    codes, kind = sets.codes, sets.codes.dtype.kind
    if kind == "c":
        raise ValueError(f"Complex data not supported\n{codes[:3]}\n")
    if kind not in "fiubU":
        raise ValueError(
            f"Elements must be numbers or strings, found dtype {codes.dtype}. Convert them first, "
            "dates for example to days since one of them."
        )
    strings = sets.categories is not None or kind == "U"
    if strings and element_kind == "numeric":
        raise ValueError(
            "X holds strings, but element_kind='numeric'. Use element_kind='token' for tokens, and "
            "'auto' for elements with categorical columns."
        )
    if sets.categories is not None and element_kind == "auto" and len(sets.categories) > 1:
        return sets
    if strings or element_kind == "token":
        return _shape_tokens(sets, strings)
    return sets.map_values(codes[:, None]) if codes.ndim == 1 else sets


def _without_objects(sets):
    """Turn objects, bytes and fields into numbers or strings."""
    if is_plain(sets.codes.dtype):
        return sets
    values = _plain_elements(sets)
    same = values.shape == sets.codes.shape
    return sets.map_values(code_objects(values), sets.feature_names if same else None)


def _plain_elements(sets):
    """Return the elements as numbers or strings; an error names the set."""
    try:
        return to_plain(plain_dtype(sets.codes, "X"), "X")
    except (TypeError, ValueError):
        for i, elements in enumerate(sets):
            to_plain(plain_dtype(elements, f"Set {i}"), f"Set {i}")
        raise


def _shape_tokens(sets, strings):
    codes, categories = sets.codes, sets.categories
    if len(codes) == 0 and 0 in codes.shape[1:]:
        # Lists in lists without elements: the width of what is not there is read as zero.
        return sets.map_values(codes.reshape(0))
    if codes.dtype.kind == "f" and categories is None and (missing := np.isnan(codes)).any():
        where = element_position(sets.offsets, int(np.argwhere(missing)[0][0]))
        raise ValueError(f"X has a missing token: {where}. Remove it, or fill it in.")
    if not strings and codes.dtype.kind not in "iu" and len(codes):
        raise ValueError(f"Tokens must be integers or strings, found dtype {codes.dtype}.")
    if codes.ndim == 1:
        return sets
    if codes.ndim != 2 or codes.shape[1] != 1:
        raise ValueError(
            "Tokens are single integers or strings, so that a set of tokens is 1-D; found "
            f"elements of shape {codes.shape[1:]} in all sets. Convert numbers that came as "
            "strings, make each token an element of its own, or use SetArray.from_frame for "
            "categorical columns."
        )
    return sets.map_values(only_column(Coded(codes, categories)))


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
        "token" reads integers as tokens, and a 2-D array as n sets of tokens. Strings alone are
        always tokens; columns of strings beside others are categorical features.

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


def column_tokens(sets, column):
    """Return one column of 2-D elements as sets of tokens, strings or integers.

    Parameters
    ----------
    sets : SetArray
    column : int

    Raises
    ------
    ValueError
        If a number is not whole; the message names the set.
    """
    codes = sets.codes[:, column]
    names = None if sets.categories is None else sets.categories[column]
    if names is not None:
        return SetArray(Coded(codes.astype(np.int32), (names,)), sets.offsets)
    if codes.dtype.kind in "iu":
        return SetArray(codes, sets.offsets)
    with np.errstate(invalid="ignore"):
        whole = codes.astype(np.int64)
    is_whole = whole == codes
    if (is_rounded := is_whole & (np.abs(whole) >= LARGEST_EXACT)).any():
        row = int(np.argmax(is_rounded))
        raise ValueError(
            f"Column {column} holds categories as floats, which tell whole numbers apart up to "
            f"2**53; that of {element_position(sets.offsets, row)} is {codes[row]:.0f}. Make the "
            "categories strings, or integers in elements of integers alone."
        )
    if not is_whole.all():
        row = int(np.argmin(is_whole))
        raise ValueError(
            f"Categories are strings or whole numbers; column {column} of "
            f"{element_position(sets.offsets, row)} is {codes[row]}."
        )
    return SetArray(whole, sets.offsets)


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


def refuse_weights(sets, name):
    """Raise where elements have weights, which what is called ``name`` would not use."""
    if sets.element_weight is not None:
        raise ValueError(
            f"The elements have weights, which {name} does not take. Drop them with "
            "X.with_element_weight(None); of a sparse matrix, pass X != 0."
        )


def refuse_string_columns(sets, name):
    """Raise where elements have columns of strings, and ``name`` takes numbers or tokens."""
    if sets.categories is None or sets.codes.ndim == 1:
        return
    columns = [j for j, names in enumerate(sets.categories) if names is not None]
    names = columns if sets.feature_names is None else sets.feature_names[columns].tolist()
    raise ValueError(
        f"The elements have columns of strings, {names!r:.100}, but {name} takes numbers alone. "
        "Encode them first, for example with ElementTransformer(make_column_transformer("
        "(OneHotEncoder(), columns), remainder='passthrough'))."
    )
