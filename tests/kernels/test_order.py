"""The order of a divergence."""

import numpy as np
import pytest

from sksets.kernels import check_order


def test_check_order():
    check_order(0.5)
    check_order(1e9)  # without neighbours that it would have to fit
    check_order(3.5, 3)
    for alpha, k in ((3.5, 2), (4.0, 3), (0.0, 3), (1, 3), (np.inf, 3), (np.nan, None)):
        with pytest.raises(ValueError, match="^order"):
            check_order(alpha, k, name="order")
