"""scikit-learn's checks, whole, on every estimator with a network and on every SDM."""

import pytest
from network_cases import ELEMENTWISE, NETWORKS
from sklearn.utils.estimator_checks import estimator_checks_generator

from sksets import SDMClassifier, SDMRegressor, SetOutlierDetector

WEIGHTS = "check_sample_weight_equivalence_on_dense_data"
ROUNDING = {WEIGHTS: "float32 rounds at 6e-8, and the check compares to 1e-7"}
DRAWN = {WEIGHTS: "which elements are put in is drawn for the sets there are"}
MEDIANS = {WEIGHTS: "gamma is a median over pairs of sets, in which a repeated set counts twice"}
LIBSVM = {WEIGHTS: "as for SVC itself: it stops at a tolerance of 1e-3"}


def check_id(part):
    """Name a check by its function and an estimator by what it was made with."""
    function = getattr(part, "func", part)
    return getattr(function, "__name__", repr(part))


def checks():
    """Yield every check of scikit-learn, of networks in both precisions."""
    for cls in NETWORKS:
        # Those of elements train for longer by default, which the checks do not need.
        shorter = {"max_epochs": 25} if cls in ELEMENTWISE else {}
        for dtype in ("float64", "float32"):
            expected = ROUNDING if dtype == "float32" else {}
            if cls is SetOutlierDetector:
                expected = DRAWN
            estimator = cls(dtype=dtype, random_state=0, **shorter)
            yield from estimator_checks_generator(
                estimator, expected_failed_checks=expected, mark="xfail"
            )
    for estimator, expected in (
        (SDMClassifier(), LIBSVM),
        (SDMRegressor(), MEDIANS),
        (SDMRegressor(gamma=1.0, element_gamma=1.0), {}),
    ):
        yield from estimator_checks_generator(
            estimator, expected_failed_checks=expected, mark="xfail"
        )


@pytest.mark.parametrize(("estimator", "check"), list(checks()), ids=check_id)
def test_scikit_learn_checks(estimator, check):
    check(estimator)
