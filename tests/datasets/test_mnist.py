"""Sums of handwritten digits."""

import numpy as np
import pytest

from sksets.datasets import fetch_mnist_sums


@pytest.mark.parametrize("source", ["mnist"], indirect=True)
def test_mnist_sums(source, tmp_path):
    arrays = source[-1]
    for subset in ("train", "test"):
        bunch = fetch_mnist_sums(tmp_path, n_sets=30, subset=subset, random_state=0)
        assert bunch.data.values.shape[1:] == (28, 28) and bunch.data.values.dtype == np.uint8
        np.testing.assert_array_equal(bunch.target, [digits.sum() for digits in bunch.digits])
        digit_of = {
            image.tobytes(): digit
            for image, digit in zip(arrays[f"X_{subset}"], arrays[f"y_{subset}"], strict=True)
        }
        assert [digit_of[image.tobytes()] for image in bunch.data.values] == list(
            bunch.digits.values
        )
