"""Sums of digits, and of the pictures of digits that scikit-learn brings."""

import numpy as np
import pytest

from sksets.datasets import load_digit_sums, make_digit_sums


def test_digit_sums():
    X, y = make_digit_sums(200, min_size=0, max_size=3, random_state=0)
    assert X.values.ndim == 1 and set(X.sizes) == {0, 1, 2, 3} and set(X.values) == set(range(10))
    np.testing.assert_array_equal(y, [digits.sum() for digits in X])
    again, _ = make_digit_sums(200, min_size=0, max_size=3, random_state=0)
    np.testing.assert_array_equal(again.values, X.values)


@pytest.mark.parametrize("function", [make_digit_sums, load_digit_sums])
def test_sizes_are_checked(function):
    for parameters in ({"n_sets": 0}, {"min_size": -1}, {"min_size": 5, "max_size": 4}):
        with pytest.raises(ValueError, match=next(reversed(parameters))):
            function(**{"n_sets": 3} | parameters)
    with pytest.raises(TypeError, match="n_sets"):
        function(2.5)


def test_digit_images():
    train = load_digit_sums(50, random_state=0)
    np.testing.assert_array_equal(train.target, [digits.sum() for digits in train.digits])
    np.testing.assert_array_equal(train.images.values.reshape(-1, 64), train.data.values)
    X, y = load_digit_sums(50, random_state=0, return_X_y=True)
    np.testing.assert_array_equal(X.values, train.data.values)
    np.testing.assert_array_equal(y, train.target)
    test = load_digit_sums(50, subset="test", random_state=0)
    seen = {image.tobytes() for image in train.data.values}
    assert not any(image.tobytes() in seen for image in test.data.values)
    with pytest.raises(ValueError, match="subset must be 'train' or 'test', got 'all'"):
        load_digit_sums(subset="all")
