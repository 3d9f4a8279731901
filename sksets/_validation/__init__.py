"""The door: what users pass to an estimator -> checked arrays, or one clear error."""

from sksets._validation.element_targets import (
    flatten_elements,
    is_labelled,
    is_one_value_a_set,
    validate_element_weight,
    validate_labels,
    validate_real_elements,
)
from sksets._validation.input_spec import InputSpec
from sksets._validation.nonfinite import find_nonfinite
from sksets._validation.sets import validate_sets
from sksets._validation.targets import (
    find_classes,
    require_known_classes,
    require_same_classes,
    require_target,
    validate_sample_weight,
    validate_targets,
)

__all__ = [
    "InputSpec",
    "find_classes",
    "find_nonfinite",
    "flatten_elements",
    "is_labelled",
    "is_one_value_a_set",
    "require_known_classes",
    "require_same_classes",
    "require_target",
    "validate_element_weight",
    "validate_labels",
    "validate_real_elements",
    "validate_sample_weight",
    "validate_sets",
    "validate_targets",
]
