"""What is done to training batches before the network sees them."""

import pytest
from network_cases import sums
from numpy.testing import assert_allclose

from sksets import DeepSetsRegressor


def double_values(values, set_ids, generator):
    return 2 * values


def test_augmentation_is_called_on_training_batches_only():
    X, y = sums(300)
    reg = DeepSetsRegressor(max_epochs=3, normalize=None, random_state=0)
    augmented = reg.set_params(augmentation=double_values).fit(X, y).predict(X)
    doubled = reg.set_params(augmentation=None).fit([2 * s for s in X], y).predict(X)
    assert_allclose(augmented, doubled, rtol=1e-4, atol=1e-4)
    with pytest.raises(ValueError, match="augmentation must return a real tensor"):
        reg.set_params(augmentation=lambda values, set_ids, generator: values[:1]).fit(X, y)
