"""Numbers that lie far outside of what a fit has seen."""

import os
import sys
import warnings
from pathlib import Path

import numpy as np
import sklearn

from sksets._blocks import row_slices

# Standard deviations of fit. One number among n lies within sqrt(n) of them, so that none of a fit
# on less than 1e8 elements lies beyond.
LARGEST_DEVIATION = 1e4

_FOLDERS = Path(__file__).parents[1], Path(sklearn.__file__).parent
_LIBRARIES = tuple(f"{folder}{os.sep}" for folder in _FOLDERS)


def warn_of_extremes(sets, dataset, scaler, spec, skipped=()):
    """Warn where a feature of elements or of the context lies far outside of that of fit.

    A feature that hardly varied in fit may do so later: in its standard deviation, a small change
    is then an enormous number, and so is what the network makes of it.

    Parameters
    ----------
    sets : SetArray
        What is predicted for, or learned from after the first fit.
    dataset : PackedDataset
        The sets as the network took them.
    scaler : FeatureScaler or None
        What scaled the elements; None where they were not scaled by features.
    spec : InputSpec
        It has the names of the features.
    skipped : sequence of int, default=()
        Features of elements that are categories.
    """
    context = dataset.context
    if context is not None and len(context) and float(context.abs().max()) > LARGEST_DEVIATION:
        row, column = divmod(int(context.abs().argmax()), context.shape[1])
        deviation = float(context[row, column].abs())
        _warn("context", column, spec.context_names, deviation, row)
    if scaler is not None and float(dataset.furthest) > LARGEST_DEVIATION:
        moments = scaler.mean.numpy(), scaler.scale.numpy()
        deviation, element, column = _furthest(sets.codes, *moments, skipped)
        if deviation > LARGEST_DEVIATION:
            row = int(np.searchsorted(sets.offsets, element, side="right")) - 1
            _warn("elements", column, spec.names, deviation, row)


def _furthest(values, mean, scale, skipped):
    """Return by how many deviations the furthest number lies off, its row and its column."""
    furthest = (0.0, 0, 0)
    for rows in row_slices(values):
        deviations = np.abs((values[rows] - mean) / scale)
        deviations = deviations.reshape(len(deviations), -1)
        deviations[:, list(skipped)] = 0.0
        row, column = divmod(int(deviations.argmax()), deviations.shape[1])
        furthest = max(furthest, (float(deviations[row, column]), rows.start + row, column))
    return furthest


def _warn(what, column, names, deviation, row):
    warnings.warn(
        f"Feature {column if names is None else repr(names[column])} of the {what} lies up to "
        f"{deviation:.1e} standard deviations of fit from its mean, in set {row}: it hardly varied "
        "in fit, or came in another unit. What is predicted there is no more than a guess. Leave "
        "the feature out, or fit on sets in which it varies.",
        UserWarning,
        stacklevel=level_of_user(),
    )


def level_of_user():
    """Return the stack level, for the caller's warning, of the line that called into libraries."""
    frame, level = sys._getframe(1), 1
    # Wrappers, votes and cross-validation lie between, a different number for each method.
    while frame.f_back is not None and frame.f_code.co_filename.startswith(_LIBRARIES):
        frame, level = frame.f_back, level + 1
    return level
