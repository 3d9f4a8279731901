"""The only file that imports names that scikit-learn keeps to itself."""

from sklearn.base import _fit_context as fit_context
from sklearn.utils import _safe_indexing as safe_indexing
from sklearn.utils._param_validation import HasMethods, Interval, StrOptions, validate_params
from sklearn.utils._set_output import _get_output_config as get_output_config
from sklearn.utils.validation import _check_feature_names_in as check_feature_names_in
from sklearn.utils.validation import _check_sample_weight as check_sample_weight


def accepts_sample_weight(scorer):
    """Return what scikit-learn's searches, from 1.7 on, ask a scorer before they pass weights."""
    return scorer._accept_sample_weight()


__all__ = [
    "HasMethods",
    "Interval",
    "StrOptions",
    "accepts_sample_weight",
    "check_feature_names_in",
    "check_sample_weight",
    "fit_context",
    "get_output_config",
    "safe_indexing",
    "validate_params",
]
