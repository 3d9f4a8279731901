"""The door: what users pass to an estimator -> checked arrays, or one clear error."""

from sksets._validation.element_targets import (
    find_element_classes,
    is_labelled,
    validate_labels,
    validate_real_elements,
)
from sksets._validation.element_values import (
    check_same_sizes,
    flatten_elements,
    flatten_pairs,
    flatten_values,
    is_one_value_a_set,
    set_sizes,
)
from sksets._validation.element_weights import flatten_weight, validate_element_weight
from sksets._validation.feature_names import (
    NumberedFeaturesOutMixin,
    index_by_keys,
    name_features_in,
    set_column,
)
from sksets._validation.item_sets import (
    check_same_n_sets,
    check_scores,
    read_indices,
    read_item_sets,
)
from sksets._validation.keyed_score import KeyedScore
from sksets._validation.nonfinite import find_nonfinite
from sksets._validation.sets import validate_sets
from sksets._validation.targets import (
    encode_labels,
    find_classes,
    read_sample_weight,
    require_indicator,
    require_same_classes,
    require_target,
    validate_sample_weight,
    validate_targets,
)
from sksets._validation.values import read_matrix, read_values

__all__ = [
    "KeyedScore",
    "NumberedFeaturesOutMixin",
    "check_same_n_sets",
    "check_same_sizes",
    "check_scores",
    "encode_labels",
    "find_classes",
    "find_element_classes",
    "find_nonfinite",
    "flatten_elements",
    "flatten_pairs",
    "flatten_values",
    "flatten_weight",
    "index_by_keys",
    "is_labelled",
    "is_one_value_a_set",
    "name_features_in",
    "read_indices",
    "read_item_sets",
    "read_matrix",
    "read_sample_weight",
    "read_values",
    "require_indicator",
    "require_same_classes",
    "require_target",
    "set_column",
    "set_sizes",
    "validate_element_weight",
    "validate_labels",
    "validate_real_elements",
    "validate_sample_weight",
    "validate_sets",
    "validate_targets",
]
