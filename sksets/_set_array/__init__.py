"""The container: many sets of different sizes in one packed array."""

from sksets._set_array.alignment import align_to_keys
from sksets._set_array.array import SetArray
from sksets._set_array.coding import LARGEST_CODE, Coded
from sksets._set_array.containers import as_table
from sksets._set_array.frames import is_default_index
from sksets._set_array.indexing import element_position
from sksets._set_array.integers import find_sorted, join_arrays_exactly
from sksets._set_array.names import column_names, text_names
from sksets._set_array.objects import has_mask, library_of, missing_objects, read_array
from sksets._set_array.packing import offsets_from_sizes
from sksets._set_array.reading import (
    ELEMENT_KINDS,
    as_set_array,
    check_n_sets,
    column_tokens,
    read_sets,
    refuse_string_columns,
    refuse_weights,
)
from sksets._set_array.subsets import keep_elements
from sksets._set_array.tensors import is_nested

__all__ = [
    "Coded",
    "ELEMENT_KINDS",
    "LARGEST_CODE",
    "SetArray",
    "align_to_keys",
    "as_set_array",
    "as_table",
    "check_n_sets",
    "column_names",
    "column_tokens",
    "element_position",
    "find_sorted",
    "has_mask",
    "is_default_index",
    "is_nested",
    "join_arrays_exactly",
    "keep_elements",
    "library_of",
    "missing_objects",
    "offsets_from_sizes",
    "read_array",
    "read_sets",
    "refuse_string_columns",
    "refuse_weights",
    "text_names",
]
