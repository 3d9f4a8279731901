"""What is done to training batches before the network sees them."""

import numpy as np
import pytest
import torch
from network_cases import ELEMENTWISE, make_sets, make_targets, sums
from numpy.testing import assert_allclose

from sksets import DeepSetsRegressor, SetArray
from sksets._training.transforms import Augmentation, TrainingBatch
from sksets.nn import SetBatch


def double_values(batch, generator):
    return batch.replace(2 * batch.values)


def test_augmentation_is_called_on_training_batches_only():
    X, y = sums(300)
    reg = DeepSetsRegressor(max_epochs=3, normalize=None, random_state=0)
    augmented = reg.set_params(augmentation=double_values).fit(X, y).predict(X)
    doubled = reg.set_params(augmentation=None).fit([2 * s for s in X], y).predict(X)
    assert_allclose(augmented, doubled, rtol=1e-4, atol=1e-4)


def first_elements(batch, generator):
    """Leave the first element of each set."""
    sizes = batch.sizes.clamp(max=1)
    first = batch.offsets[:-1][sizes > 0]
    offsets = torch.nn.functional.pad(sizes.cumsum(0), (1, 0))
    weight = None if batch.element_weight is None else batch.element_weight[first]
    return SetBatch(batch.values[first], offsets, batch.context, element_weight=weight)


@pytest.mark.parametrize("normalize", ["set", None])
def test_an_augmentation_may_change_sizes(normalize):
    X, y = sums(100)
    rng = np.random.default_rng(0)
    X = SetArray.from_sets(X, context=y[:, None])
    X = X.with_element_weight(rng.uniform(1, 3, size=len(X.values)))
    reg = DeepSetsRegressor(normalize=normalize, max_epochs=3, pooling="mean", random_state=0)
    changed = reg.set_params(augmentation=first_elements).fit(X, y)
    losses = [row["train_loss"] for row in changed.history_]
    first = np.flatnonzero(np.diff(X.set_ids, prepend=-1))
    offsets = np.append(0, (X.sizes > 0).cumsum())
    alone = SetArray(X.values[first], offsets, X.context, element_weight=X.element_weight[first])
    reg.set_params(augmentation=None).fit(alone, y)
    assert_allclose(losses, [row["train_loss"] for row in reg.history_], rtol=1e-5)


@pytest.mark.parametrize("cls", ELEMENTWISE)
def test_targets_of_elements_need_their_elements(cls):
    sets = make_sets(min_size=1)
    model = cls(augmentation=first_elements, max_epochs=1, random_state=0)
    with pytest.raises(ValueError, match="must not change the sizes of sets for an estimator of"):
        model.fit(sets, make_targets(cls, sets))


def training_batch(values=None, **parts):
    """Return three sets, of two, none and one element."""
    values = torch.arange(6.0).reshape(3, 2) if values is None else values
    sets = SetBatch(values, torch.tensor([0, 2, 2, 3]), **parts)
    starts, sizes = torch.tensor([0, 2, 2]), torch.tensor([2, 0, 1])
    return TrainingBatch(sets, torch.ones(3), None, starts, sizes)


def test_an_augmentation_sees_the_sets_and_its_generator():
    calls, generator = [], torch.Generator()
    batch = training_batch(context=torch.eye(3), element_weight=torch.ones(3))

    def record(*args):
        calls.append(args)
        return args[0].replace(args[0].values + 1)

    after = Augmentation(record, generator)(batch)
    ((sets, given),) = calls
    assert sets is batch.sets and given is generator
    assert torch.equal(after.sets.values, batch.sets.values + 1)
    # Nothing else of the batch is another.
    assert after.sets.offsets is batch.sets.offsets and after.sets.context is batch.sets.context
    assert after[1:] == batch[1:]


def of_offsets(*offsets, n_elements=3, dtype=torch.int64):
    return lambda batch: SetBatch(torch.zeros(n_elements, 2), torch.tensor(offsets, dtype=dtype))


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda batch: None, "must return a sksets.nn.SetBatch; found NoneType. Where elements"),
        (lambda batch: batch.values, r"SetBatch; found torch.float32 \(3, 2\) on cpu. Where"),
        (
            lambda batch: batch.replace(batch.values[:, :1]),
            r"the shape that it was given, \(2,\), .* found values of torch.float32 \(3, 1\)",
        ),
        (lambda batch: batch.replace(batch.values * 1j), r"found values of torch.complex64 \(3, 2"),
        (lambda batch: batch.replace(batch.values.numpy()), "found values of ndarray"),
        (lambda batch: batch.replace(batch.values.to("meta")), r"real tensor on cpu; .* on meta"),
        (
            lambda batch: batch.replace(batch.values[:2]),
            "returned 2 elements, but the offsets of its sets end at 3. Where sizes change",
        ),
        (of_offsets(0, 3, 4, 7), "returned 3 elements, but the offsets of its sets end at 7"),
        (of_offsets(0, 3), r"as many sets as it was given, 3, .* offsets of torch.int64 \(2,\)"),
        (of_offsets(0, 1, 2, 3, dtype=torch.int32), "found offsets of torch.int32"),
        (of_offsets(0, 2, 1, 3), "offsets that do not start at 0, or decrease"),
        (of_offsets(1, 2, 2, 3), "offsets that do not start at 0, or decrease"),
        (of_offsets(0, 1, 2, 3), "return the context with its sets, of shape .3, 4.; found None"),
        (
            lambda batch: SetBatch(batch.values, batch.offsets, torch.zeros(3, 5)),
            r"context with its sets, of shape \(3, 4\); found torch.float32 \(3, 5\)",
        ),
        (
            lambda batch: SetBatch(batch.values, batch.offsets, batch.context),
            r"element_weight with its sets, of shape \(3,\); found NoneType",
        ),
    ],
)
def test_what_an_augmentation_must_not_return(spoil, message):
    batch = training_batch(context=torch.zeros(3, 4), element_weight=torch.ones(3))
    with pytest.raises(ValueError, match=message):
        Augmentation(lambda batch, generator: spoil(batch), None)(batch)


def test_an_augmentation_adds_no_context_and_keeps_tokens_integers():
    def with_context(batch, generator):
        return SetBatch(batch.values, batch.offsets, torch.zeros(3, 1))

    with pytest.raises(ValueError, match=r"context with its sets, there was none; found torch.fl"):
        Augmentation(with_context, None)(training_batch())
    with pytest.raises(ValueError, match="as rows of a torch.int64 tensor on cpu; found values of"):
        tokens = training_batch(torch.tensor([1, 2, 3]))
        Augmentation(lambda batch, generator: batch.replace(batch.values + 0.5), None)(tokens)


@pytest.mark.parametrize("takes", [lambda batch: batch, lambda values, set_ids, generator: values])
def test_an_augmentation_takes_two_arguments(takes):
    with pytest.raises(TypeError, match="called with two arguments, a sksets.nn.SetBatch and a"):
        Augmentation(takes, None)


def test_an_augmentation_may_have_further_arguments_with_defaults():
    def shift(batch, generator, by=3.0):
        return batch.replace(batch.values + by)

    batch = training_batch()
    after = Augmentation(shift, None)(batch)
    assert torch.equal(after.sets.values, batch.sets.values + 3)


def test_indices_of_a_batch_that_was_written_to_are_made_anew():
    def drop_last(batch, generator):
        batch.values, batch.offsets = batch.values[:2], torch.tensor([0, 2, 2, 2])
        return batch

    batch = training_batch()
    assert batch.sets.set_ids.tolist() == [0, 0, 2]
    after = Augmentation(drop_last, None)(batch).sets
    assert (after.set_ids.tolist(), after.sizes.tolist()) == ([0, 0], [2, 0, 0])
