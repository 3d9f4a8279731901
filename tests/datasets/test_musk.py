"""Molecules as sets of their shapes."""

import numpy as np
import pytest

from sksets.datasets import fetch_musk


@pytest.mark.parametrize("source", ["musk"], indirect=True)
def test_musk(source, tmp_path):
    arrays = source[-1]
    bunch = fetch_musk(2, tmp_path)
    assert bunch.data.sizes.tolist() == [2, 1, 2] and bunch.target.tolist() == [1, 0, 1]
    np.testing.assert_array_equal(bunch.data.values, arrays["musk2_X"])
    assert bunch.data.feature_names.tolist() == bunch.feature_names
    assert len(bunch.feature_names) == 166 and "MUSK version 2" in bunch.DESCR
    with pytest.raises(ValueError, match="version must be 1 or 2, got 3"):
        fetch_musk(3, tmp_path)
