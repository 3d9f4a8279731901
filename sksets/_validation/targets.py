"""Targets and weights of sets -> plain arrays, or one clear error."""

import numpy as np
from sklearn.utils.validation import check_array, column_or_1d

from sksets._compat import check_sample_weight
from sksets._set_array import missing_objects
from sksets._validation.alignment import align_to_keys
from sksets._validation.nonfinite import find_nonfinite
from sksets._validation.values import ONE_AN_ELEMENT, is_mixed, read_targets, read_values


def _raise_nonfinite(what, position):
    raise ValueError(
        f"Input y contains {what}: set {position}. Leave such sets out of X and y, or fill y in."
    )


def require_numeric(y):
    """Return y if it is an array of real numbers, an object array of such as float64."""
    if y.dtype.kind in "mMc":
        raise ValueError(f"y must be numeric, found dtype {y.dtype}.")
    try:
        return y if y.dtype.kind in "fiub" else y.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"y must be numeric, found dtype {y.dtype}: {error!s:.100}") from error


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
    if y.dtype.kind == "O" and (missing := missing_objects(y)).any():
        _raise_nonfinite("NaN", np.argwhere(missing)[0][0])
    if y.dtype.kind == "O" and is_mixed(y):
        raise ValueError("y must hold labels of one kind; found strings and numbers.")
    if numeric:
        y = require_numeric(y)
    if (bad := find_nonfinite(y)) is not None:
        _raise_nonfinite(bad.name, bad.row)
    return y


def _read_classes(classes):
    """Return the classes that a user names, sorted, each once."""
    classes = read_values(classes, "classes")
    if classes.ndim != 1:
        raise ValueError(f"classes must be 1-D; found {classes.ndim} dimensions.")
    if classes.dtype.kind == "O":
        raise ValueError("classes must hold labels of one kind, none missing.")
    return np.unique(classes)


def find_classes(labels, classes=None):
    """Return the classes, sorted: those of ``labels``, or ``classes`` where they are given."""
    return np.unique(labels) if classes is None else _read_classes(classes)


def require_same_classes(classes, known):
    """Raise where ``classes``, if given, are not those of the first call."""
    if classes is not None and not np.array_equal(_read_classes(classes), known):
        raise ValueError(
            f"classes={_read_classes(classes).tolist()} differ from those of the first call, "
            f"{known.tolist()}."
        )


def require_known_classes(labels, known):
    """Raise where a label is not one of the ``known`` classes."""
    unknown = np.setdiff1d(labels, known)
    if len(unknown):
        raise ValueError(
            f"y has classes that the estimator does not know: {unknown.tolist()}. Known "
            f"classes: {known.tolist()}. Name all classes in the first call."
        )


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
            weight = weight.astype(np.float64)
    except (TypeError, ValueError) as error:
        raise ValueError(f"sample_weight must be one number a set: {error!s:.200}.") from error
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
