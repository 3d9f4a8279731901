"""Anything a user may pass -> SetArray, or one clear error."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager

import numpy as np
from scipy import sparse
from sklearn import get_config
from sklearn.utils.validation import check_array, column_or_1d, validate_data

from sksets._containers import (
    holds_sets,
    library_of,
    pack_arrow,
    pack_awkward,
    pack_series,
)
from sksets._packing import SCALARS, pack_sets
from sksets._set_array import SetArray

ELEMENT_KINDS = ("auto", "numeric", "token")
# Large enough to be fast, small enough to leave a memory-mapped array on the disk.
SCAN_BYTES = 2**24


@contextmanager
def unchanged_on_error(estimator):
    """Leave the attributes of an estimator as they were when the block raises.

    Parameters
    ----------
    estimator : object
        The estimator that the block validates data for.
    """
    before = vars(estimator).copy()
    try:
        yield
    except BaseException:
        vars(estimator).clear()
        vars(estimator).update(before)
        raise


def _name(estimator):
    return type(estimator).__name__


def _depth(item):
    """Return how deep nested lists go, 0 for a scalar, following the deepest filled branch."""
    if not isinstance(item, (list, tuple)):
        return 0
    return 1 + max(map(_depth, item), default=0)


def _is_set_like(item):
    """Say whether an item inside a list can only be a set."""
    if isinstance(item, SCALARS):
        return False
    return isinstance(item, (set, frozenset)) or sparse.issparse(item) or np.ndim(item) > 0


def _pack_list(X, element_kind):
    """Pack a list; None when it is a table or no data at all, which scikit-learn reports."""
    kinds = set(map(type, X))
    if any(issubclass(kind, (str, bytes)) for kind in kinds):
        raise ValueError(
            "X is a flat list of strings, expected one list of tokens a set. Pass [X] if it is "
            "one set."
        )
    if not all(issubclass(kind, (list, tuple)) for kind in kinds):
        # Arrays and the like inside a list are sets; a list of bare numbers is none.
        return pack_sets(X) if any(map(_is_array, kinds)) else None
    depth = max(map(_depth, X), default=0) + 1
    flat = next((row for row in X if len(row)), ())
    strings = depth == 2 and isinstance(flat[0], (str, bytes))
    arrays = depth >= 2 and any(_is_set_like(e) and not isinstance(e, (list, tuple)) for e in flat)
    if strings or depth > 2 or arrays or element_kind == "token":
        return pack_sets(X)
    _check_table_rows(X)
    return None


def _is_array(kind):
    return not issubclass(kind, (*SCALARS, type(None), dict))


def _check_table_rows(X):
    widths = np.fromiter(map(len, X), dtype=np.int64, count=len(X))
    if len(widths) and np.any(widths != widths[0]):
        bad = int(np.flatnonzero(widths != widths[0])[0])
        raise ValueError(
            "Nested lists of numbers are rows of a table, which must have the same length; row "
            f"{bad} has {widths[bad]} numbers, row 0 has {widths[0]}. For sets, pass a list of "
            "arrays of shape (n_elements, n_features), or element_kind='token' for integer "
            "tokens."
        )


def _pack_array(X, element_kind):
    """Pack an ndarray; None when it is a table or no data at all."""
    if X.dtype.kind == "O":
        if X.size == 0 or not any(map(_is_set_like, X.ravel()[:100])):
            return None
        if X.ndim == 1 or (X.ndim == 2 and X.shape[1] == 1):
            return pack_sets(X)
        raise ValueError(
            f"X is an object array of shape {X.shape} whose cells are arrays. Expected shape "
            "(n_sets,) or (n_sets, 1), one array a set."
        )
    if X.dtype.kind in "UST" and X.ndim == 1:
        return _pack_list(X.tolist(), element_kind)
    tokens = element_kind == "token" or X.dtype.kind in "UST"
    return pack_sets(X) if X.ndim > 2 or (tokens and X.ndim == 2) else None


def _pack_foreign(X, library, element_kind):
    """Pack a container of another library; None when it is a table of numbers."""
    if library == "awkward":
        return pack_awkward(X)
    if library == "pyarrow":
        if getattr(X, "num_columns", 1) != 1 or not _arrow_lists(X):
            return None
        return pack_arrow(X)
    if getattr(X, "ndim", 1) == 2 or hasattr(X, "columns"):
        if X.shape[1] == 1:
            column = X.iloc[:, 0] if library == "pandas" else X.to_series(0)
            if holds_sets(column):
                return pack_series(column)
        return _pack_array(X.to_numpy(), "token") if element_kind == "token" else None
    return pack_series(X) if holds_sets(X) else None


def _arrow_lists(X):
    kind = X.schema.types[0] if hasattr(X, "schema") else X.type
    return "list" in str(kind) or "tensor" in str(kind)


def _check_kind_name(element_kind):
    if element_kind not in ELEMENT_KINDS:
        raise ValueError(f"element_kind must be one of {ELEMENT_KINDS}, found {element_kind!r}.")


def _read(X, element_kind):
    """Return X as a SetArray, or None when it is a table, or nothing that has sets."""
    _check_kind_name(element_kind)
    if isinstance(X, SetArray):
        return _shape_elements(X, element_kind)
    if sparse.issparse(X):
        # The first question, as a dok_matrix is also a dict: scikit-learn's error says it well.
        return None
    if isinstance(X, (Iterator, dict, set, frozenset)):
        raise TypeError(
            f"X is a {type(X).__name__}, expected a list of arrays, one a set, or another "
            "container with an order and a length."
        )
    library = library_of(X)
    if library is not None:
        packed = _pack_foreign(X, library, element_kind)
    elif isinstance(X, (np.matrix, str, bytes)):
        packed = None
    elif hasattr(X, "__array__"):
        packed = _pack_array(np.asarray(X), element_kind)
    elif isinstance(X, Sequence):
        packed = _pack_list(X, element_kind)
    else:
        packed = None
    return None if packed is None else _shape_elements(SetArray(*packed), element_kind)


def _shape_elements(sets, element_kind):
    """Make tokens 1-D and numbers at least 2-D; elements of any other dtype raise."""
    values = sets.values
    if values.dtype.kind == "O":
        values, _ = pack_sets([values])
    kind = values.dtype.kind
    if kind == "c":
        raise ValueError(f"Complex data not supported\n{values[:3]}\n")
    if kind not in "fiubUST":
        raise ValueError(f"Elements must be numbers or strings, found dtype {values.dtype}.")
    if kind in "ST":
        values = values.astype(str)
    if kind in "UST" and element_kind == "numeric":
        raise ValueError(
            "X holds strings, but element_kind='numeric'. Use element_kind='token' for tokens."
        )
    if element_kind == "token" or kind in "UST":
        if kind not in "iuUST" and len(values):
            raise ValueError(f"Tokens must be integers or strings, found dtype {values.dtype}.")
        if values.ndim == 2 and values.shape[1] == 1:
            values = values[:, 0]
        if values.ndim != 1:
            raise ValueError(
                "Tokens are single integers or strings, so that a set of tokens is 1-D; found "
                f"elements of shape {values.shape[1:]}."
            )
    elif values.ndim == 1:
        values = values[:, None]
    return sets if values is sets.values else sets.map_values(values)


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
    sets = _read(X, element_kind)
    if sets is None:
        values = check_array(X, ensure_all_finite=False, input_name="X")
        sets = SetArray(values, np.arange(len(values) + 1))
    _check_n_sets(sets, 1)
    return sets


def _check_n_sets(sets, ensure_sets, by=""):
    if sets.n_sets < ensure_sets:
        raise ValueError(
            f"Found {sets.n_sets} set(s) (n_samples={sets.n_sets}) while a minimum of "
            f"{ensure_sets} is required{by}."
        )


def _find_nonfinite(array):
    """Return row and kind of the first NaN or infinity, scanning block by block; or None."""
    if array.dtype.kind != "f" or array.size == 0:
        return None
    step = max(1, SCAN_BYTES // max(1, array.nbytes // len(array)))
    for start in range(0, len(array), step):
        block = array[start : start + step]
        with np.errstate(over="ignore", invalid="ignore"):
            if np.isfinite(np.sum(block)):
                continue
        bad = ~np.isfinite(block).reshape(len(block), -1)
        if bad.any():
            row, column = np.argwhere(bad)[0]
            value = block.reshape(len(block), -1)[row, column]
            return start + int(row), int(column), "NaN" if np.isnan(value) else "infinity"
    return None


def _check_finite(sets):
    if get_config()["assume_finite"]:
        return
    if (found := _find_nonfinite(sets.values)) is not None:
        row, _, what = found
        index = int(np.searchsorted(sets.offsets, row, side="right")) - 1
        raise ValueError(
            f"Input X contains {'NaN' if what == 'NaN' else 'infinity (inf)'}: set {index}, "
            f"element {row - sets.offsets[index]}. Remove such elements, or impute them first, "
            "for example with ElementTransformer(SimpleImputer())."
        )


def _validate_table(estimator, X, reset, dtype, ensure_sets):
    """Validate X as n sets of one element; scikit-learn records the features and their names."""
    values = validate_data(
        estimator,
        X,
        reset=reset,
        dtype=dtype,
        ensure_all_finite=False,
        ensure_min_samples=ensure_sets,
    )
    if not reset and getattr(estimator, "_fitted_on_sets", False):
        raise ValueError(
            f"X is a table of shape {values.shape}, but {_name(estimator)} was fitted on sets. "
            "A 2-D array is read as n sets of one element each: pass [X] for one set, or "
            "X[:, None, :] if each row really is a set of one element."
        )
    return SetArray(values, np.arange(len(values) + 1))


def _validate_packed(estimator, sets, reset, dtype, allow_nd):
    """Validate the packed values, so that the features and messages are scikit-learn's own."""
    if sets.values.ndim > 2 and not allow_nd:
        raise ValueError(
            f"{_name(estimator)} takes vectors as elements, found elements of shape "
            f"{sets.element_shape}. Flatten them, or use an element encoder where there is one."
        )
    fitted_shape = getattr(estimator, "_element_shape", None)
    if not reset and len(sets.values) == 0 and fitted_shape is not None:
        if sets.element_shape in ((), (1,)):
            # Only empty sets, without a width of their own.
            sets = sets.map_values(np.empty((0, *fitted_shape), dtype=sets.values.dtype))
    if reset and len(sets.values) == 0 and sets.n_sets:
        raise ValueError(
            f"All {sets.n_sets} sets of X are empty; {_name(estimator)} needs at least one "
            "element to be fitted."
        )
    if sets.values.ndim != 2:
        _record_wide_elements(estimator, sets, reset, fitted_shape)
        if isinstance(dtype, str):
            return sets
        return sets.map_values(sets.values.astype(dtype, copy=False))
    checked = validate_data(
        estimator,
        sets.values,
        reset=reset,
        dtype=dtype,
        ensure_all_finite=False,
        ensure_min_samples=0,
    )
    # Keep a memory-mapped array as such: check_array returns a plain view of it.
    same = checked.dtype == sets.values.dtype
    return sets if same else sets.map_values(checked)


def _record_wide_elements(estimator, sets, reset, fitted_shape):
    """Record or check the features of images and tokens: one row is all scikit-learn needs."""
    if not reset and fitted_shape is not None and sets.element_shape != fitted_shape:
        raise ValueError(
            f"X has elements of shape {sets.element_shape}, but {_name(estimator)} is expecting "
            f"elements of shape {fitted_shape}."
        )
    row = np.zeros((1, int(np.prod(sets.element_shape))))
    validate_data(estimator, row, reset=reset, skip_check_array=True)


def _element_kind(sets):
    kind = sets.values.dtype.kind
    if kind in "U":
        return "string tokens"
    return "integer tokens" if sets.values.ndim == 1 else "numbers"


def _check_elements_as_fitted(estimator, sets):
    """Raise where tokens come to an estimator fitted on numbers, and the like."""
    found, fitted = _element_kind(sets), getattr(estimator, "_element_kind", None)
    if fitted is None or found == fitted or len(sets.values) == 0:
        return
    raise ValueError(
        f"X holds {found}, but {_name(estimator)} was fitted on {fitted}. Pass elements of the "
        "same kind as in fit, or fit again."
    )


def _validate_context(estimator, sets, reset):
    """Record or check the side information."""
    context = sets.context
    found = 0 if context is None else context.shape[1]
    fitted = getattr(estimator, "n_context_features_", 0)
    name = _name(estimator)
    if not reset and found != fitted:
        if found == 0:
            raise ValueError(
                f"X has no context, but {name} was fitted with {fitted} context features. Pass "
                "SetArray.from_sets(X, context=Z), Z of one row a set."
            )
        if fitted == 0:
            raise ValueError(
                f"X has a context of {found} features, but {name} was fitted without a context. "
                "Drop the context, or fit again with one."
            )
        raise ValueError(
            f"X has a context of {found} features, but {name} is expecting {fitted} context "
            "features as input."
        )
    if context is not None and (bad := _find_nonfinite(context)) is not None:
        raise ValueError(
            f"The context of X contains {bad[2]}: set {bad[0]}, context feature {bad[1]}. "
            "Impute it first."
        )
    if reset:
        estimator.n_context_features_ = found


def validate_sets(
    estimator,
    X,
    *,
    reset,
    element_kind="auto",
    dtype="numeric",
    allow_nd=False,
    ensure_sets=1,
    check_context=True,
):
    """Turn X into a checked SetArray, and record (fit) or check (predict) what it looks like.

    Parameters
    ----------
    estimator : estimator instance
        Gets `n_features_in_`, `feature_names_in_` (frames), `n_context_features_` and the private
        `_element_kind`, `_element_shape` and `_fitted_on_sets` when `reset`. Left as it was when
        an error is raised.
    X : any container of sets
        See :func:`as_set_array`.
    reset : bool
        True in fit, False in predict and the like.
    element_kind : {"auto", "numeric", "token"}, default="auto"
        How to read the elements.
    dtype : "numeric", dtype or list of dtypes, default="numeric"
        As in scikit-learn's check_array; "numeric" keeps the dtype of the elements.
    allow_nd : bool, default=False
        Whether elements may have more than one dimension.
    ensure_sets : int, default=1
        Minimum number of sets.
    check_context : bool, default=True
        Whether to record and check the context; False lets it pass.

    Returns
    -------
    SetArray
        `values` are 1-D for tokens and 2-D or more for numbers, finite, of the dtype given in.

    Raises
    ------
    ValueError
        If X is empty, has NaN or infinity, sets of mixed widths, or differs from what the
        estimator was fitted on: features, element shape, element kind, context.
    TypeError
        If X is sparse, or no container of sets.
    """
    with unchanged_on_error(estimator):
        sets = _read(X, element_kind)
        if sets is None:
            if not reset and str(getattr(estimator, "_element_kind", "")).endswith("tokens"):
                raise ValueError(
                    f"X is a table of numbers, but {_name(estimator)} was fitted on "
                    f"{estimator._element_kind}. Pass a list of 1-D sequences of tokens."
                )
            sets = _validate_table(estimator, X, reset, dtype, ensure_sets)
        else:
            _check_n_sets(sets, ensure_sets, f" by {_name(estimator)}")
            if not reset:
                _check_elements_as_fitted(estimator, sets)
            sets = _validate_packed(estimator, sets, reset, dtype, allow_nd)
        _check_finite(sets)
        if check_context:
            _validate_context(estimator, sets, reset)
        if reset:
            estimator._element_kind = _element_kind(sets)
            estimator._element_shape = sets.element_shape
            estimator._fitted_on_sets = bool(np.any(sets.sizes != 1))
    return sets


def validate_targets(y, n_sets, *, estimator=None, multi_output=False, numeric=False):
    """Check y: one value (or one row) a set.

    Parameters
    ----------
    y : array-like of shape (n_sets,) or (n_sets, n_outputs)
        The targets.
    n_sets : int
        Number of sets of X.
    estimator : estimator instance, default=None
        Named in messages.
    multi_output : bool, default=False
        Whether y may have two dimensions. If not, a column is flattened with a warning.
    numeric : bool, default=False
        Whether y must be numbers; an object array of numbers becomes float64.

    Returns
    -------
    ndarray of shape (n_sets,) or (n_sets, n_outputs)

    Raises
    ------
    ValueError
        If y is None, has another length than X, has NaN or infinity, or is not numeric.
    """
    if y is None:
        raise ValueError(
            f"This {_name(estimator)} estimator requires y to be passed, but the target y is None."
        )
    if multi_output:
        y = check_array(
            y, ensure_2d=False, dtype=None, ensure_all_finite=False, ensure_min_samples=0,
            input_name="y", estimator=estimator,
        )
    else:
        y = column_or_1d(y, warn=True)
    if y.ndim == 0 or len(y) != n_sets:
        raise ValueError(
            f"X has {n_sets} sets, y has {y.size if y.ndim == 0 else len(y)} values. Pass one "
            "value of y a set."
        )
    if numeric and y.dtype.kind not in "fiub":
        try:
            y = y.astype(np.float64)
        except (TypeError, ValueError) as error:
            raise ValueError(f"y must be numeric, found dtype {y.dtype}: {error}") from error
    if y.dtype.kind == "O" and np.any(missing := (y != y) | np.equal(y, None)):
        raise ValueError(f"Input y contains NaN: set {np.argwhere(missing)[0][0]}.")
    if (found := _find_nonfinite(y)) is not None:
        raise ValueError(f"Input y contains {found[2]}: set {found[0]}.")
    return y
