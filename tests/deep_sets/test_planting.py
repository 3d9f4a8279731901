"""Which elements are put into which sets, so that a detector can be trained without labels."""

import numpy as np
import pytest
import torch

from sksets import SetArray
from sksets._deep_sets.planting import Planting
from sksets._training.dataset import PackedDataset

SIZES = np.tile([0, 1, 2, 3, 5], 40)
IDS = np.repeat(np.arange(len(SIZES)), SIZES)


def make(seed=0):
    """Return sets whose elements name their set and their place in all, and no outliers yet."""
    values = np.stack([IDS, np.arange(len(IDS))], axis=1).astype(np.float64)
    sets = SetArray(values, np.append(0, np.cumsum(SIZES)))
    dataset = PackedDataset(
        sets,
        1 / np.repeat(SIZES, SIZES),
        device=torch.device("cpu"),
        dtype=torch.float64,
        elementwise=True,
    )
    dataset.transform = Planting(dataset, np.random.default_rng(seed))
    return dataset


def one_pass(dataset, batch_size=200):
    """Return the values and the targets of all sets, in their order."""
    n_batches = len(SIZES) // batch_size
    batches = dataset.batches(torch.arange(len(SIZES)), [batch_size] * n_batches)
    values, targets = zip(*((batch.values, target) for batch, (target, _) in batches), strict=True)
    return torch.cat(values).numpy(), torch.cat(targets).numpy()


def by_set(rows):
    return np.split(rows, np.cumsum(SIZES)[:-1])


def test_one_member_of_a_large_set_is_an_element_of_another():
    values, target = one_pass(make())
    for i, (s, t) in enumerate(zip(by_set(values), by_set(target), strict=True)):
        if len(s) >= 3:
            assert sorted(t) == [0] * (len(s) - 1) + [1]
            (put,) = s[t == 1]
            assert put[0] != i and put[0] == IDS[int(put[1])]
            assert (s[t == 0, 0] == i).all()


def test_pairs_and_the_data_stay_as_they_are():
    dataset = make()
    before = dataset.values.clone()
    values, target = one_pass(dataset)
    for i, (s, t) in enumerate(zip(by_set(values), by_set(target), strict=True)):
        if len(s) == 2:
            assert (s[:, 0] == i).all() and t.tolist() == [0.5, 0.5]
    assert torch.equal(dataset.values, before)


def test_a_single_element_is_itself_or_noise_of_features():
    values, target = one_pass(make())
    single = np.repeat(SIZES, SIZES) == 1
    is_noise = target[single] == 1
    assert set(target[single]) == {0.0, 1.0}
    # 20 of 40 expected, with a standard deviation of 3.
    assert 8 < is_noise.sum() < 32
    own, rows = values[single][:, 0], values[single][:, 1].astype(int)
    np.testing.assert_array_equal(own[~is_noise], IDS[single][~is_noise])
    # Each feature is that of another random element.
    assert np.mean(own[is_noise] == IDS[rows[is_noise]]) < 0.5


@pytest.mark.parametrize("batch_size", [1, 8, 40])
def test_draws_do_not_depend_on_the_batches(batch_size):
    values, target = one_pass(make())
    in_batches, targets = one_pass(make(), batch_size)
    np.testing.assert_array_equal(in_batches, values)
    np.testing.assert_array_equal(targets, target)


def test_each_pass_and_each_seed_puts_others_in():
    dataset = make()
    first, second = one_pass(dataset)[0], one_pass(dataset)[0]
    assert (first != second).any()
    assert (one_pass(make(seed=1))[0] != first).any()
