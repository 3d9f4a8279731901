"""Anything a user may pass -> SetArray, or one clear error."""

import numpy as np
from sklearn import get_config
from sklearn.utils.validation import check_array, validate_data

from sksets._fitting import unchanged_on_error
from sksets._set_array import (
    SetArray,
    check_n_sets,
    element_position,
    read_sets,
)
from sksets._validation.nonfinite import find_nonfinite

# How numpy and pandas say so.
_NOT_NUMBERS = ("could not convert string", "array element with a sequence")


def _name(estimator):
    return type(estimator).__name__


def _check_finite(sets, dtype):
    if get_config()["assume_finite"]:
        return
    if (found := find_nonfinite(sets.values, dtype)) is not None:
        row, _, name = found
        advice = (
            "Scale the elements, or use dtype='float64'."
            if "large" in name
            else "Remove such elements, or impute them first, for example with "
            "ElementTransformer(SimpleImputer())."
        )
        where = element_position(sets.offsets, row)
        raise ValueError(f"Input X contains {name}: {where}. {advice}")


def _refuse_table(estimator, X):
    """Raise where a table comes to an estimator that was fitted on something else."""
    kind = getattr(estimator, "_element_kind", "numbers")
    if kind == "numbers" and not getattr(estimator, "_fitted_on_sets", False):
        return
    shape = check_array(X, dtype=None, ensure_all_finite=False, estimator=estimator).shape
    if kind != "numbers":
        raise ValueError(
            f"X is a table of shape {shape}, but {_name(estimator)} was fitted on sets of {kind}. "
            "Pass one sequence of tokens a set."
        )
    raise ValueError(
        f"X is a table of shape {shape}, but {_name(estimator)} was fitted on sets. A 2-D array "
        "is read as n sets of one element each: pass [X] for one set, or X[:, None, :] if each "
        "row really is a set of one element."
    )


def _validate_table(estimator, X, reset, dtype, ensure_sets):
    """Validate X as n sets of one element; scikit-learn records the features and their names."""
    if not reset:
        _refuse_table(estimator, X)
    options = {"ensure_all_finite": False, "ensure_min_samples": ensure_sets}
    try:
        values = validate_data(estimator, X, reset=reset, dtype=dtype, **options)
        if values.dtype.kind in "OUST":
            # Of a frame without numpy dtypes, check_array does not convert the objects.
            values = values.astype(np.float64)
    except (TypeError, ValueError) as error:
        if not any(text in str(error) for text in _NOT_NUMBERS):
            raise
        raise ValueError(
            f"X is a table whose cells are not all numbers: {error}. Turn them into numbers, pass "
            "one column of sets, or element_kind='token' where each row is a set of tokens."
        ) from error
    if values.dtype.kind not in "fiub":
        raise ValueError(f"Elements must be numbers or strings, found dtype {values.dtype}.")
    sets = SetArray(values, np.arange(len(values) + 1))
    return sets if reset else _match_fitted(estimator, sets)


def _validate_packed(estimator, sets, reset, dtype, allow_nd):
    """Validate the packed values, so that the features and messages are scikit-learn's own."""
    if sets.values.ndim > 2 and not allow_nd:
        raise ValueError(
            f"{_name(estimator)} takes vectors as elements, found elements of shape "
            f"{sets.element_shape}. Flatten them, or use an element encoder where there is one."
        )
    if not reset:
        sets = _match_fitted(estimator, sets)
    elif len(sets.values) == 0:
        raise ValueError(
            f"All {sets.n_sets} sets of X are empty; {_name(estimator)} needs at least one "
            "element to be fitted."
        )
    values = sets.values
    options = {"ensure_all_finite": False, "ensure_min_samples": 0}
    if values.ndim == 2:
        checked = validate_data(estimator, values, reset=reset, dtype=dtype, **options)
    else:
        # Of images and tokens, scikit-learn needs one row to record or check the features.
        row = np.zeros((1, int(np.prod(sets.element_shape))))
        validate_data(estimator, row, reset=reset)
        checked = values
        if values.ndim > 2:
            checked = check_array(values, allow_nd=True, dtype=dtype, **options)
    # check_array returns a plain view of a memory-mapped array; keep the array itself.
    return sets if checked.dtype == values.dtype else sets.map_values(checked)


def _element_kind(sets):
    if sets.values.dtype.kind == "U":
        return "string tokens"
    return "integer tokens" if sets.values.ndim == 1 else "numbers"


def _match_fitted(estimator, sets):
    """Check kind and shape of the elements against those of fit; shape those of empty sets."""
    name, fitted_kind = _name(estimator), getattr(estimator, "_element_kind", None)
    if fitted_kind is None:
        return sets
    kind, shape, fitted_shape = _element_kind(sets), sets.element_shape, estimator._element_shape
    if len(sets.values) == 0 and shape in ((), (1,)):
        # Only empty sets, which have no kind and no width of their own.
        dtype = {"string tokens": "U1", "integer tokens": "i8", "numbers": "f8"}[fitted_kind]
        return sets.map_values(np.empty((0, *fitted_shape), dtype=dtype))
    if kind != fitted_kind:
        raise ValueError(
            f"X holds {kind}, but {name} was fitted on {fitted_kind}. Pass elements of the same "
            "kind as in fit, or fit again."
        )
    if shape == (1,) and len(fitted_shape) == 1 and shape != fitted_shape:
        raise ValueError(
            f"X has 1 features, but {name} is expecting {fitted_shape[0]} features as input. A "
            "1-D array in a list is a set of scalars: pass arrays of shape (n_elements, "
            f"{fitted_shape[0]})."
        )
    if shape != fitted_shape and len(shape + fitted_shape) > 2:
        raise ValueError(
            f"X has elements of shape {shape}, but {name} is expecting elements of shape "
            f"{fitted_shape}."
        )
    return sets


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
    if context is not None and (bad := find_nonfinite(context)) is not None:
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
    finite_in=None,
):
    """Turn X into a checked SetArray, and record (fit) or check (predict) what it looks like.

    Parameters
    ----------
    estimator : estimator instance
        Gets `n_features_in_`, `feature_names_in_` (frames), `n_context_features_` and the private
        `_element_kind`, `_element_shape`, `_fitted_on_sets` and `_fitted_on_table` when `reset`.
        Left as it was when an error is raised.
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
        sets = read_sets(X, element_kind)
        if is_table := sets is None:
            sets = _validate_table(estimator, X, reset, dtype, ensure_sets)
        else:
            check_n_sets(sets, ensure_sets, f" by {_name(estimator)}")
            sets = _validate_packed(estimator, sets, reset, dtype, allow_nd)
        _check_finite(sets, finite_in)
        if check_context:
            _validate_context(estimator, sets, reset)
        if reset:
            estimator._element_kind = _element_kind(sets)
            estimator._element_shape = sets.element_shape
            estimator._fitted_on_sets = bool(np.any(sets.sizes != 1))
            estimator._fitted_on_table = is_table
    return sets
