"""Molecules as sets of their atoms."""

import numpy as np
import pytest
from dataset_files import MOLECULES

from sksets.datasets import fetch_qm7


@pytest.mark.parametrize("source", ["qm7"], indirect=True)
def test_qm7(source, tmp_path):
    bunch = fetch_qm7(tmp_path)
    assert bunch.data.element_shape == (8,) and len(bunch.feature_names) == 8
    assert bunch.target.tolist() == [-417.0, -219.0] and bunch.target_dftb.tolist() == [
        -431,
        -210.5,
    ]
    methane, water = bunch.data
    np.testing.assert_array_equal(water[:, :5], [[0, 0, 0, 1, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]])
    np.testing.assert_allclose(methane[:, 5:].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_array_equal(bunch.positions[1], np.float32(MOLECULES["0002.xyz"][1]))
    assert bunch.atomic_numbers[1].tolist() == [8, 1, 1]
    around = fetch_qm7(tmp_path, features="environment")
    assert around.data.element_shape == (205,) == (len(set(around.feature_names)),)
    assert around.data.feature_names.tolist() == around.feature_names
    with pytest.raises(ValueError, match="features must be one of .*, got 'distances'"):
        fetch_qm7(tmp_path, features="distances")
