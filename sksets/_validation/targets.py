"""Targets and weights of sets -> plain arrays, or one clear error."""

import numpy as np
from scipy import sparse
from sklearn.utils.validation import check_array, column_or_1d

from sksets._compat import check_sample_weight
from sksets._set_array import align_to_keys, find_sorted, missing_objects
from sksets._validation.nonfinite import find_nonfinite
from sksets._validation.values import (
    ONE_AN_ELEMENT,
    fill_missing,
    find_missing,
    is_mixed,
    read_targets,
    read_values,
)


def read_scored_targets(y, estimator):
    """Return y, one value or one row a set, as an array, as a score takes it.

    Raises
    ------
    ValueError
        If y is None, has a missing or infinite value, or strings beside others.
    """
    require_target(y, estimator)
    y = read_targets(y)
    if not sparse.issparse(y):
        _check_one_kind(y)
        _check_finite(y)
    return y


def _raise_nonfinite(what, position):
    raise ValueError(
        f"Input y contains {what}: set {position}. Leave such sets out of X and y, or fill y in."
    )


def require_numeric(y, name="y"):
    """Return y if it is an array of real numbers, an object array of such as float64."""
    if y.dtype.kind in "mMc":
        raise ValueError(f"{name} must be numeric, found dtype {y.dtype}.")
    # As scikit-learn's own regressors, which take no strings that look like numbers.
    if y.dtype.kind in "UST" or any(isinstance(value, str) for value in _objects(y)):
        raise ValueError(
            f"{name} must be numeric, found dtype {y.dtype}. Convert strings to numbers first."
        )
    try:
        return y if y.dtype.kind in "fiub" else y.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(
            f"{name} must be numeric, found dtype {y.dtype}: {error!s:.100}"
        ) from error


def _objects(y):
    return y.ravel().tolist() if y.dtype == object else ()


def require_target(y, estimator):
    """Raise where y is None, in scikit-learn's words."""
    if y is None:
        raise ValueError(
            f"This {type(estimator).__name__} estimator requires y to be passed, but the target y "
            "is None."
        )


def validate_targets(y, n_sets, *, keys=None, estimator=None, multi_output=False, numeric=False):
    """Check y: one value (or one row) a set.

    Parameters
    ----------
    y : array-like of shape (n_sets,) or (n_sets, n_outputs)
        The targets.
    n_sets : int
        Number of sets of X.
    keys : ndarray, default=None
        Keys of the sets, to which a pandas y is aligned by its index.
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
    require_target(y, estimator)
    y = read_targets(align_to_keys(y, keys, "y"))
    # Finiteness is checked below, in a message that names the set.
    y = check_array(
        y,
        ensure_2d=False,
        allow_nd=True,
        dtype=None,
        ensure_all_finite=False,
        ensure_min_samples=0,
        input_name="y",
        estimator=estimator,
    )
    if not multi_output:
        y = column_or_1d(y, warn=True)
    if y.ndim == 0 or len(y) != n_sets:
        n_values = y.size if y.ndim == 0 else len(y)
        raise ValueError(
            f"X has {n_sets} sets, y has {n_values} values. Pass one value of y a set."
            + (f" {ONE_AN_ELEMENT}" if n_values > n_sets else "")
        )
    if y.ndim > 2:
        raise ValueError(
            f"y must have shape (n_sets,) or (n_sets, n_outputs); found shape {y.shape}."
        )
    _check_one_kind(y)
    if numeric:
        y = require_numeric(y)
    _check_finite(y)
    return y


def _check_one_kind(y):
    """Raise where an array of objects has missing values, or strings beside others."""
    if y.dtype == object and (missing := missing_objects(y)).any():
        _raise_nonfinite("NaN", np.argwhere(missing)[0][0])
    if y.dtype == object and is_mixed(y):
        raise ValueError("y must hold labels of one kind; found strings and numbers.")


def _check_finite(y):
    if y.dtype.kind in "mM" and (missing := np.isnat(y)).any():
        _raise_nonfinite("NaT", np.argwhere(missing)[0][0])
    if (bad := find_nonfinite(y)) is not None:
        _raise_nonfinite(bad.name, bad.row)


def require_indicator(y):
    """Raise where a multilabel y holds other values than zeros and ones.

    scikit-learn calls any two whole numbers an indicator matrix, and its own classifiers disagree
    on which of them says that there is a label.
    """
    if (wrong := (y != 0) & (y != 1)).any():
        i, column = np.argwhere(wrong)[0]
        values = np.unique(y).tolist()
        raise ValueError(
            "A multilabel y must be 1 where a set has a label and 0 elsewhere; set "
            f"{i}, column {column} is {y[i, column]!s}, and all values are {values}. Pass, for "
            f"example, y == {values[-1]}."
        )


def find_classes(labels, classes=None):
    """Return the classes, sorted: those of ``labels``, or ``classes`` where they are given."""
    if classes is None:
        return np.unique(labels)
    classes = read_values(classes, "classes")
    if classes.ndim != 1:
        raise ValueError(f"classes must be 1-D; found {classes.ndim} dimensions.")
    if find_missing(classes).any() or (classes.dtype == object and is_mixed(classes)):
        raise ValueError(
            "classes must be labels of one kind, strings or numbers, none missing; found "
            f"{classes.tolist()!r:.200}."
        )
    return np.unique(classes)


def require_same_classes(classes, known):
    """Raise where ``classes``, if given, are not those of the first call."""
    if classes is None:
        return
    if not np.array_equal(classes := find_classes(None, classes), known):
        raise ValueError(
            f"classes={classes.tolist()} differ from those of the first call, {known.tolist()}."
        )


def encode_labels(labels, classes):
    """Return the place of each label among the ``classes``, which are sorted.

    Raises
    ------
    ValueError
        If a label is not one of them.
    """
    # numpy would compare numbers with strings as strings.
    kinds = {"f" if kind in "iub" else kind for kind in (labels.dtype.kind, classes.dtype.kind)}
    codes = find_sorted(classes, labels) if len(kinds) == 1 else np.full(len(labels), -1)
    if (unknown := codes < 0).any():
        raise ValueError(
            "y has classes that the estimator does not know: "
            f"{np.unique(labels[unknown]).tolist()!r:.150}. Known classes: "
            f"{classes.tolist()!r:.150}. Name all classes in the first call."
        )
    return codes


def read_sample_weight(sample_weight, sets):
    """Check the weights of sets.

    Parameters
    ----------
    sample_weight : array-like of shape (n_sets,), or one number
    sets : SetArray

    Returns
    -------
    ndarray of shape (n_sets,), float64

    Raises
    ------
    ValueError
        If a weight is negative, NaN or no number, there is not one a set, or all are zero.
    """
    sample_weight = align_to_keys(sample_weight, getattr(sets, "keys", None), "sample_weight")
    try:
        weight = read_values(sample_weight, "sample_weight")
        if weight.dtype.kind != "c":
            weight = require_numeric(fill_missing(weight), "each").astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"sample_weight must be one number a set: {error!s:.200}") from error
    if weight.ndim == 0:
        weight = np.full(len(sets), weight)
    # Their number alone counts: where scikit-learn dispatches to torch, it takes no SetArray.
    n_sets = np.empty(len(sets))
    weight = check_sample_weight(weight, n_sets, dtype=np.float64, ensure_non_negative=True)
    if not weight.max() > 0:
        raise ValueError("sample_weight sums to zero; at least one set needs a weight.")
    return weight


def validate_sample_weight(sample_weight, sets):
    """Check the weights of sets, see :func:`read_sample_weight`, and divide them by their mean."""
    weight = read_sample_weight(sample_weight, sets)
    # Divided by the largest first: a sum of huge weights would overflow.
    weight = weight / weight.max()
    return weight / weight.mean()
