"""Zero mean and unit variance in each set."""

import numpy as np
import pytest
import torch

from sksets import SetArray
from sksets.nn import SetBatch
from sksets.nn._normalize import SetNormalize
from sksets.preprocessing import SetNormalizer, SetSummarizer


def test_each_set_has_zero_mean_and_unit_global_variance(sets):
    for found, x in zip(SetNormalizer().fit_transform(sets), sets, strict=True):
        if len(x) > 1:
            np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
            np.testing.assert_allclose(np.mean(found**2), 1)
            # Proportions of the axes stay.
            np.testing.assert_allclose(
                found * np.sqrt(np.mean((x - x.mean(0)) ** 2)), x - x.mean(0)
            )
        else:
            np.testing.assert_array_equal(found, np.zeros_like(x))


def test_normalizer_is_the_networks_layer(sets):
    X = SetArray.from_sets(sets)
    batch = SetBatch(torch.as_tensor(X.values), torch.as_tensor(X.offsets))
    steps = SetNormalize().steps(batch.values, batch)
    pool, h = next(steps)
    with pytest.raises(StopIteration) as stop:
        while True:
            pool, h = steps.send(pool(h, batch))
    expected = stop.value.value.numpy()
    np.testing.assert_allclose(SetNormalizer().fit_transform(X).values, expected, atol=1e-12)


def test_equal_elements_become_zeros_and_dtype_is_kept():
    x = np.full((7, 3), 0.1, dtype=np.float32)
    (found,) = SetNormalizer().fit_transform([x])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.zeros((7, 3)))
    (pixels,) = SetNormalizer().fit_transform([np.array([[0], [255]], dtype=np.uint8)])
    np.testing.assert_array_equal(pixels, [[-1.0], [1.0]])


@pytest.mark.parametrize("unit", [1e200, 1e-200])
def test_numbers_whose_squares_are_none(unit, sets):
    expected = SetNormalizer().fit_transform(sets)
    scaled = [x * unit for x in sets[:2]] + list(sets[2:])
    for normalised, rows in zip(SetNormalizer().fit_transform(scaled), expected, strict=True):
        np.testing.assert_allclose(normalised, rows, rtol=1e-9, atol=1e-12)
    deviations = SetSummarizer(("std",), quantiles=()).fit_transform(scaled)
    ordinary = SetSummarizer(("std",), quantiles=()).fit_transform(sets)
    ordinary[:2] *= unit
    np.testing.assert_allclose(deviations, ordinary, rtol=1e-12)
