"""What is done to training batches before the network sees them."""

import pytest
import torch
from network_cases import sums
from numpy.testing import assert_allclose

from sksets import DeepSetsRegressor
from sksets._training.transforms import Augmentation, TrainingBatch
from sksets.nn import SetBatch


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


def training_batch():
    """Return three sets, of two, none and one element."""
    sets = SetBatch(torch.arange(6.0).reshape(3, 2), torch.tensor([0, 2, 2, 3]))
    starts, sizes = torch.tensor([0, 2, 2]), torch.tensor([2, 0, 1])
    return TrainingBatch(sets, torch.ones(3), None, starts, sizes)


def test_an_augmentation_sees_elements_sets_and_its_generator():
    calls, generator, batch = [], torch.Generator(), training_batch()

    def record(*args):
        calls.append(args)
        return args[0] + 1

    after = Augmentation(record, generator)(batch)
    ((values, set_ids, given),) = calls
    assert values is batch.sets.values and given is generator
    assert set_ids.tolist() == [0, 0, 2]
    assert torch.equal(after.sets.values, batch.sets.values + 1)
    # Nothing else of the batch is another.
    assert after.sets.offsets is batch.sets.offsets
    assert after[1:] == batch[1:]


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda values: values[:2], r"given, \(3, 2\); found torch.float32 \(2, 2\)"),
        (lambda values: values[:, :1], r"found torch.float32 \(3, 1\)"),
        (lambda values: values * 1j, r"found torch.complex64 \(3, 2\)"),
        (lambda values: values.numpy(), "found ndarray"),
        (lambda values: None, "found NoneType"),
    ],
)
def test_what_an_augmentation_must_not_return(spoil, message):
    with pytest.raises(ValueError, match=message):
        Augmentation(lambda values, *_: spoil(values), None)(training_batch())
