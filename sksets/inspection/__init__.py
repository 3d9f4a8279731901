"""What a fitted estimator looks at: elements, units of its network, features."""

from sksets.inspection._contributions import element_contributions
from sksets.inspection._maximal_activation import maximal_activation

__all__ = ["element_contributions", "maximal_activation"]
