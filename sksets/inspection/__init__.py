"""What a fitted estimator looks at: elements, units of its network, features."""

from sksets.inspection._contributions import element_contributions

__all__ = ["element_contributions"]
