"""Structured arrays, whose fields are the features -> plain arrays."""

from sksets._set_array.coding import Coded, decode
from sksets._set_array.columns import stack_columns
from sksets._set_array.names import field_widths


def stack_fields(array, where):
    """Return the fields of a structured array of shape (n,) as an array of shape (n, d).

    Of objects, where some fields are strings.
    """
    if array.ndim != 1:
        raise ValueError(
            f"{where} is a structured array of shape {array.shape}, expected one of shape "
            "(n_elements,), whose fields are the features."
        )
    names = list(field_widths(array.dtype))
    try:
        values = stack_columns([array[name] for name in names], names)
    except ValueError as error:
        raise ValueError(f"{where} is a structured array that cannot be read. {error}") from error
    return decode(*values) if isinstance(values, Coded) else values
