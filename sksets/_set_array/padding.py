"""Padded arrays -> packed sets, and back; a value never means padding."""

import warnings

import numpy as np

from sksets._set_array.indexing import element_position
from sksets._set_array.objects import read_array
from sksets._set_array.packing import offsets_from_sizes


def pack_padded(padded, mask, sizes):
    """Pack sets padded to one size; exactly one of ``mask`` and ``sizes`` marks the elements."""
    is_masked = np.ma.getmaskarray(padded) if np.ma.is_masked(padded) else None
    padded = read_array(
        np.ma.getdata(padded) if is_masked is not None else padded, "The padded array"
    )
    if padded.ndim < 2:
        raise ValueError(
            f"Expected a padded array of shape (n_sets, max_size, ...), found shape {padded.shape}."
        )
    if (mask is None) == (sizes is None):
        raise ValueError("Pass exactly one of mask and sizes: a value never means padding.")
    n_sets, max_size = padded.shape[:2]
    if mask is None:
        sizes = read_array(sizes, "sizes")
        if sizes.shape != (n_sets,) or sizes.dtype.kind not in "iu":
            raise ValueError(
                f"Expected sizes of {n_sets} integers, one a set, found shape {sizes.shape} and "
                f"dtype {sizes.dtype}."
            )
        if np.any((sizes < 0) | (sizes > max_size)):
            bad = int(np.flatnonzero((sizes < 0) | (sizes > max_size))[0])
            raise ValueError(
                f"Sizes must lie between 0 and {max_size}; set {bad} has size {sizes[bad]}."
            )
        mask = np.arange(max_size) < sizes[:, None]
    mask = read_array(mask, "mask")
    if mask.shape != (n_sets, max_size) or mask.dtype != bool:
        raise ValueError(
            f"Expected a boolean mask of shape {(n_sets, max_size)}, True for an element, found "
            f"shape {mask.shape} and dtype {mask.dtype}."
        )
    offsets = offsets_from_sizes(mask.sum(axis=1))
    if is_masked is not None and (hidden := is_masked[mask].reshape(offsets[-1], -1)).any():
        where = element_position(offsets, int(np.argmax(hidden.any(axis=1))))
        raise ValueError(
            f"The padded array has masked values among the elements: {where}. Impute them, or "
            "leave such elements out of mask and sizes."
        )
    return padded[mask], offsets


def pad_sets(values, sizes, fill_value):
    """Return sets padded to the largest size, and the mask of their elements.

    Numbers that the type of ``values`` cannot hold, such as NaN beside integers, give a wider type.
    """
    mask = np.arange(sizes.max(initial=0)) < sizes[:, None]
    if values.dtype.kind in "UST":
        fill_value = str(fill_value)
    fill = read_array(fill_value, "fill_value")
    if values.dtype.kind not in "USTO" and (fill.dtype.kind not in "fiubc" or fill.ndim):
        raise ValueError(
            f"fill_value must be a number, as the elements are ({values.dtype}); found "
            f"{fill_value!r:.100}."
        )
    dtype = values.dtype
    with np.errstate(invalid="ignore", over="ignore"), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        kept = fill.astype(dtype)
    if not np.array_equal(kept, fill, equal_nan=kept.dtype.kind == "f"):
        dtype = np.result_type(dtype, fill.dtype)
    padded = np.full((*mask.shape, *values.shape[1:]), fill_value, dtype=dtype)
    padded[mask] = values
    return padded, mask
