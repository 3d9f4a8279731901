"""Elements with categorical columns: which columns these are, and their categories as numbers."""

import numpy as np

from sksets._arguments import is_auto
from sksets._set_array import LARGEST_CODE, column_tokens, read_array
from sksets.preprocessing import TokenEncoder


def find_categorical(spec, sets):
    """Return which columns of the elements are categorical, as a tuple of their places.

    Parameters
    ----------
    spec : "auto" or array-like
        The parameter ``categorical_features``.
    sets : SetArray

    Raises
    ------
    ValueError
        If it names no column, leaves out a column of strings, or elements are no vectors.
    """
    if sets.codes.ndim != 2:
        if spec is None or is_auto(spec):
            return ()
        raise ValueError(
            f"categorical_features={spec!r:.100} is for elements that are vectors; found tokens or "
            "arrays. Use 'auto'."
        )
    n_features = sets.codes.shape[1]
    names = sets.categories or (None,) * n_features
    strings = tuple(j for j, categories in enumerate(names) if categories is not None)
    if is_auto(spec):
        return strings
    columns = tuple(np.flatnonzero(_as_mask(spec, sets.feature_names, n_features)).tolist())
    if missing := sorted(set(strings) - set(columns)):
        raise ValueError(
            f"Column {_name(sets, missing[0])} of the elements holds strings, and "
            f"categorical_features={spec!r:.100} leaves it out. Name it, or use 'auto'."
        )
    return columns


def _as_mask(spec, names, n_features):
    spec = read_array([] if spec is None else spec, "categorical_features")
    if spec.ndim != 1:
        raise ValueError(
            f"categorical_features must be 'auto', or 1-D; found an array of shape {spec.shape}."
        )
    if spec.dtype.kind == "b":
        if len(spec) != n_features:
            raise ValueError(
                f"categorical_features must have one value a feature, {n_features}; found "
                f"{len(spec)}."
            )
        return spec
    known = range(n_features)
    if spec.dtype.kind in "UO":
        if names is None:
            raise ValueError(
                f"categorical_features={spec.tolist()!r:.100} are names, but the elements have no "
                "feature_names. Use places or a mask, or SetArray(..., feature_names=...)."
            )
        known = names.tolist()
    elif spec.dtype.kind not in "iu" and len(spec):
        raise ValueError(
            "categorical_features must be 'auto', names, places or a mask of features; found "
            f"{spec.tolist()!r:.100}."
        )
    if unknown := [column for column in spec.tolist() if column not in known]:
        raise ValueError(
            f"categorical_features names {unknown[0]!r}, which is no feature; they are "
            f"{list(known)!r:.200}."
        )
    mask = np.zeros(n_features, dtype=bool)
    mask[[known.index(column) for column in spec.tolist()]] = True
    return mask


def _name(sets, column):
    return column if sets.feature_names is None else repr(sets.feature_names[column])


def learn_categories(sets, columns):
    """Return a fitted encoder for each categorical column.

    Returns
    -------
    list of TokenEncoder
    """
    encoders = [TokenEncoder().fit(column_tokens(sets, column)) for column in columns]
    for column, encoder in zip(columns, encoders, strict=True):
        if len(encoder.vocabulary_) >= LARGEST_CODE:
            raise ValueError(
                f"Column {_name(sets, column)} has {len(encoder.vocabulary_)} categories, more "
                f"than {LARGEST_CODE}. Make it a number, or group its categories."
            )
    return encoders


def number_categories(sets, columns, encoders):
    """Return the sets with the numbers of their categories: 1 and on, 0 for an unknown one."""
    values = sets.codes.astype(np.result_type(np.float32, sets.codes))
    for column, encoder in zip(columns, encoders, strict=True):
        values[:, column] = encoder.transform(column_tokens(sets, column)).codes
    return sets.map_values(values, sets.feature_names)
