"""Anything a user may pass -> SetArray, or one clear error."""

import warnings

import numpy as np
from sklearn import get_config
from sklearn.utils.validation import check_array, validate_data

from sksets._set_array import (
    SetArray,
    as_table,
    check_n_sets,
    element_position,
    library_of,
    read_sets,
    refuse_string_columns,
    refuse_weights,
)
from sksets._validation.input_spec import InputSpec
from sksets._validation.nonfinite import find_nonfinite

# How numpy and pandas say that a cell is no number.
_NOT_NUMBERS = ("could not convert string", "array element with a sequence", "too large to convert")


def _name(estimator):
    return type(estimator).__name__


def _looks_padded(sets, row):
    """Say whether sets of one size end in elements that are NaN throughout, as row ``row`` is."""
    sizes = sets.sizes
    if len(sizes) < 2 or sizes[0] < 2 or (sizes != sizes[0]).any():
        return False
    end = (row // sizes[0] + 1) * sizes[0]
    return bool(np.isnan(sets.codes[row:end]).all())


def _check_finite(sets, dtype):
    if get_config()["assume_finite"]:
        return
    if (bad := find_nonfinite(sets.codes, dtype)) is not None:
        if "large" in bad.name:
            advice = "Scale the elements, or use dtype='float64'."
        elif _looks_padded(sets, bad.row):
            advice = (
                "Where NaN is padding, use SetArray.from_padded(X, mask), the mask true for "
                "elements, such as ~np.isnan(X).any(axis=2)."
            )
        else:
            advice = (
                "Remove such elements, or impute them first, for example with "
                "ElementTransformer(SimpleImputer())."
            )
        where = element_position(sets.offsets, bad.row)
        raise ValueError(f"Input X contains {bad.name}: {where}. {advice}")


def _refuse_table(estimator, X):
    """Raise where a table comes to an estimator that was fitted on something else."""
    spec = estimator._input_spec
    if spec.kind == "numbers" and not spec.has_sets:
        return
    shape = check_array(X, dtype=None, ensure_all_finite=False, estimator=estimator).shape
    if spec.kind != "numbers":
        raise ValueError(
            f"X is a table of shape {shape}, but {_name(estimator)} was fitted on sets of "
            f"{spec.kind}. Pass one sequence of tokens a set."
        )
    raise ValueError(
        f"X is a table of shape {shape}, but {_name(estimator)} was fitted on sets. A 2-D array "
        "is read as n sets of one element each: pass [X] for one set, or X[:, None, :] if each "
        "row really is a set of one element."
    )


def _read_empty_rows(estimator, X):
    """Return a table without columns as empty sets, where fit saw sets; else None.

    So numpy reads a list of empty lists.
    """
    spec = estimator._input_spec
    if (spec.kind == "numbers" and not spec.has_sets) or library_of(X) is not None:
        return None
    shape = getattr(X, "shape", ())
    if len(shape) != 2 or shape[1] > 0:
        return None
    return SetArray(np.empty(0), np.zeros(shape[0] + 1, dtype=np.int64))


def _validate_table(estimator, X, reset, dtype, ensure_sets):
    """Validate X as n sets of one element; scikit-learn records the features and their names."""
    if not reset:
        _refuse_table(estimator, X)
    # Finiteness is checked by `_check_finite`, whose message names the set and the element.
    options = {"ensure_all_finite": False, "ensure_min_samples": ensure_sets}
    try:
        values = validate_data(estimator, X, reset=reset, dtype=dtype, **options)
        if values.dtype.kind in "OUST":
            # check_array does not convert the objects of a frame without numpy dtypes.
            values = values.astype(np.float64)
    except (TypeError, ValueError, OverflowError) as error:
        if not any(text in str(error) for text in _NOT_NUMBERS):
            raise
        raise ValueError(
            f"X is a table whose cells are not all numbers: {error}. Turn them into numbers, pass "
            "one column of sets, or element_kind='token' where each row is a set of tokens."
        ) from error
    if values.dtype.kind not in "fiub":
        raise ValueError(
            f"Elements must be numbers or strings, found dtype {values.dtype}. Convert them first, "
            "dates for example to days since one of them."
        )
    sets = SetArray(values, np.arange(len(values) + 1))
    return sets if reset else estimator._input_spec.match(sets, _name(estimator))


def _validate_packed(estimator, sets, reset, dtype, allow_nd):
    """Validate the packed values, so that the features and messages are scikit-learn's own."""
    if sets.codes.ndim > 2 and not allow_nd:
        raise ValueError(
            f"{_name(estimator)} takes vectors as elements, found elements of shape "
            f"{sets.element_shape}. Flatten them, or use an element encoder where there is one."
        )
    if not reset:
        sets = estimator._input_spec.match(sets, _name(estimator))
    elif len(sets.codes) == 0:
        raise ValueError(
            f"All {sets.n_sets} sets of X are empty; {_name(estimator)} needs at least one "
            "element to be fitted."
        )
    values = sets.codes
    options = {"ensure_all_finite": False, "ensure_min_samples": 0}
    if values.ndim == 2:
        checked = _validate_rows(estimator, sets, reset, dtype, options)
    else:
        # scikit-learn reads tables of numbers: one row of the right width stands for the images
        # or tokens, so that it records or checks the number of features.
        row = np.zeros((1, InputSpec.of(sets).width))
        validate_data(estimator, row, reset=reset)
        checked = values
        if values.ndim > 2:
            checked = check_array(values, allow_nd=True, dtype=dtype, **options)
    # check_array returns a plain view of a memory-mapped array; keep the array itself. It may not
    # cast the numbers of categories.
    if checked.dtype == values.dtype or sets.categories is not None:
        return sets
    return sets.map_values(checked, sets.feature_names)


def _validate_rows(estimator, sets, reset, dtype, options):
    """Validate vectors; their names are recorded and compared as scikit-learn does a frame's."""
    names = sets.feature_names
    fitted = None if reset else estimator._input_spec.names
    if names is not None and fitted is not None:
        estimator._input_spec.match_names(sets)
        # Their number is right then, and for arrays scikit-learn would warn of missing names.
        return check_array(sets.codes, dtype=dtype, estimator=estimator, **options)
    checked = validate_data(estimator, sets.codes, reset=reset, dtype=dtype, **options)
    if names is not None and reset:
        estimator.feature_names_in_ = names
    elif names is not None:
        warnings.warn(
            f"X has feature names, but {_name(estimator)} was fitted without feature names",
            stacklevel=2,
        )
    return checked


def _check_finite_context(sets):
    if sets.context is not None and (bad := find_nonfinite(sets.context)) is not None:
        raise ValueError(
            f"The context of X contains {bad.name}: set {bad.row}, context feature {bad.column}. "
            "Impute it first."
        )


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
    finite_in=None,
    allow_strings=False,
    allow_weights=False,
):
    """Turn X into a checked SetArray, and record (fit) or check (predict) what it looks like.

    Parameters
    ----------
    estimator : estimator instance
        Gets `n_features_in_`, `feature_names_in_` (frames), `n_context_features_` and, as the
        private `_input_spec`, the :class:`InputSpec` of the sets when `reset`. Otherwise nothing
        is written to it.
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
    finite_in : dtype, default=None
        Type in which the elements must be finite, by default their own.
    allow_strings : bool, default=False
        Whether some columns of the elements may be strings. Tokens always may.
    allow_weights : bool, default=False
        Whether the elements may have weights.

    Returns
    -------
    SetArray
        `codes` are 1-D for tokens and 2-D or more for numbers; all are finite.

    Raises
    ------
    ValueError
        If X is empty, has NaN or infinity, sets of mixed widths, or differs from what the
        estimator was fitted on: features, element shape, element kind, context.
    TypeError
        If X is sparse, or no container of sets.
    """
    sets = read_sets(X, element_kind)
    if sets is None and not reset:
        sets = _read_empty_rows(estimator, X)
    if is_table := sets is None:
        sets = _validate_table(estimator, as_table(X), reset, dtype, ensure_sets)
    else:
        check_n_sets(sets, ensure_sets, f" by {_name(estimator)}")
        if not allow_weights:
            refuse_weights(sets, _name(estimator))
        if not allow_strings:
            refuse_string_columns(sets, _name(estimator))
        sets = _validate_packed(estimator, sets, reset, dtype, allow_nd)
    _check_finite(sets, finite_in)
    if check_context:
        if not reset:
            estimator._input_spec.match_context(sets, _name(estimator))
        _check_finite_context(sets)
    if reset:
        names = getattr(estimator, "feature_names_in_", None)
        estimator._input_spec = InputSpec.of(sets, names=names, is_table=is_table)
        if check_context:
            estimator.n_context_features_ = estimator._input_spec.n_context
    return sets
