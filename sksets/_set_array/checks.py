"""Parts of a SetArray -> numpy arrays, or one clear error."""

import numpy as np

from sksets._set_array.alignment import align_to_keys
from sksets._set_array.coding import Coded, code_tokens
from sksets._set_array.frames import series_of_frame, stack_context
from sksets._set_array.indexing import element_position
from sksets._set_array.names import column_names, is_frame_type
from sksets._set_array.objects import describe_type, has_mask, object_to_plain, read_array
from sksets._set_array.structured import stack_fields


def check_offsets(offsets, n_elements):
    """Return offsets as int64, or say why they do not cut ``n_elements`` elements into sets."""
    offsets = read_array(offsets, "offsets")
    if offsets.ndim != 1 or len(offsets) == 0 or offsets.dtype.kind not in "iu":
        raise ValueError(
            "Expected offsets of shape (n_sets + 1,) and integer dtype, found shape "
            f"{offsets.shape} and dtype {offsets.dtype}."
        )
    offsets = offsets.astype(np.int64, copy=False)
    if offsets[0] != 0 or offsets[-1] != n_elements:
        raise ValueError(
            f"Offsets must run from 0 to the number of elements, {n_elements}; found "
            f"{offsets[0]} to {offsets[-1]}."
        )
    if np.any(decreasing := offsets[1:] < offsets[:-1]):
        bad = int(np.flatnonzero(decreasing)[0])
        raise ValueError(
            f"Offsets must not decrease; set {bad} starts at {offsets[bad]} and ends at "
            f"{offsets[bad + 1]}."
        )
    return offsets


def check_values(values):
    """Return the elements of all sets as an array of one dimension or more, strings as codes."""
    if isinstance(values, Coded):
        return values
    if has_mask(values):
        raise ValueError("The values are masked; impute them or remove their elements.")
    array = values if isinstance(values, np.ndarray) else read_array(values, "values")
    if array.dtype.names is not None:
        array = stack_fields(array, "values")
    if array.ndim == 0:
        raise ValueError(
            "Expected values of shape (n_elements, ...), found a scalar of type "
            f"{describe_type(values)}."
        )
    if array.ndim == 1 and array.dtype.kind in "UT":
        return code_tokens(array.tolist())
    return Coded(array, None)


def check_context(context, n_sets, keys=None):
    """Return the side information as a numeric 2-D array of one row a set, or None.

    Rows that are known by keys come in the order of the ``keys`` of the sets. None too where it has
    no columns, as where none of a frame's were selected.
    """
    context = align_to_keys(context, keys, "context")
    if context is None:
        return None
    if has_mask(context):
        raise ValueError("The context has masked values. Fill them in first.")
    if is_frame_type(type(context)):
        # Of some libraries, a frame without columns has no rows either.
        if not column_names(context):
            return None
        context, _ = stack_context(series_of_frame(context, "The context"))
    context = read_array(context, "context")
    if context.dtype.names is not None:
        context = stack_fields(context, "context")
    if context.ndim == 1:
        context = context[:, None]
    if context.ndim != 2:
        raise ValueError(
            "Expected a context of shape (n_sets, n_context_features), found shape "
            f"{context.shape}."
        )
    if len(context) != n_sets:
        raise ValueError(
            f"The context must have one row a set: X has {n_sets} sets, the context has "
            f"{len(context)} rows."
        )
    if context.shape[1] == 0:
        return None
    if context.dtype.kind == "O":
        context = object_to_plain(context, "The context")
    if context.dtype.kind not in "fiub":
        raise ValueError(f"The context must be numeric, found dtype {context.dtype}.")
    return context


def check_element_weight(weight, offsets):
    """Return positive weights of the elements as float64, or None."""
    if weight is None:
        return None
    weight = weight if isinstance(weight, np.ndarray) else read_array(weight, "element_weight")
    if has_mask(weight) or weight.shape != (offsets[-1],) or weight.dtype.kind not in "fiub":
        raise ValueError(
            f"Expected element_weight of {offsets[-1]} numbers, one an element of all sets in a "
            f"row, none masked; found shape {weight.shape} and dtype {weight.dtype}."
        )
    weight = weight.astype(np.float64, copy=False)
    if not (positive := (weight > 0) & np.isfinite(weight)).all():
        row = int(np.argmin(positive))
        raise ValueError(
            f"element_weight must be positive and finite; {element_position(offsets, row)} has "
            f"{weight[row]:g}. Leave out elements that do not count."
        )
    return weight
