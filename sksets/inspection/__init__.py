"""What a fitted estimator looks at: elements, units of its network, features."""

from sksets.inspection._contributions import element_contributions
from sksets.inspection._maximal_activation import maximal_activation
from sksets.inspection._partial_dependence import partial_dependence
from sksets.inspection._permutation_importance import permutation_importance

__all__ = [
    "element_contributions",
    "maximal_activation",
    "partial_dependence",
    "permutation_importance",
]
