import math

import pytest
import torch
from augmentation_cases import BLOCKS, SIZES, make_batch, seeded

from sksets.augmentation import RandomScale
from sksets.nn import SetBatch


def factors(augmentation, n_sets=2000):
    batch = SetBatch(torch.ones(n_sets, 3, dtype=torch.float64), torch.arange(n_sets + 1))
    return augmentation(batch, seeded()).values


def test_logarithms_are_uniform():
    logs = factors(RandomScale(1.5)).log() / math.log(1.5)
    assert 0.99 < logs.max() <= 1 and -1 <= logs.min() < -0.99
    assert logs.mean(0).abs().max() < 0.06
    torch.testing.assert_close(logs.T @ logs / 2000, torch.eye(3).double() / 3, atol=0.04, rtol=0)
    assert torch.equal(factors(RandomScale(1)), torch.ones(2000, 3).double())


def test_one_factor_for_all_axes():
    each = factors(RandomScale(1.5, per_axis=False))
    assert torch.equal(each, each[:, :1].expand(-1, 3))
    assert each[:, 0].unique().numel() == 2000


@pytest.mark.parametrize("width", [1, 2, 5])
def test_a_set_is_stretched_as_one(width):
    batch = make_batch(width)
    ratios = RandomScale()(batch, seeded()).values / batch.values
    for part in ratios.split(SIZES):
        torch.testing.assert_close(part, part[:1].expand_as(part))


@pytest.mark.parametrize("per_axis", [True, False])
def test_matrices_are_stretched_on_both_sides(per_axis):
    batch = make_batch(13)
    scale = RandomScale(per_axis=per_axis, blocks=BLOCKS)
    ratios = scale(batch, seeded()).values / batch.values
    x, y, z = ratios[:, :3].T
    torch.testing.assert_close(ratios[:, 3:6], ratios[:, :3])
    products = torch.stack([x * x, x * y, x * z, y * y, y * z, z * z], dim=1)
    torch.testing.assert_close(ratios[:, 6:12], products)
    assert torch.equal(ratios[:, 12], torch.ones(44).double())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_factor": 0.5}, "max_factor == 0.5, must be >= 1"),
        ({"max_factor": "a"}, "max_factor must be an instance of"),
        ({"per_axis": 1}, "per_axis must be True or False; found 1"),
        ({"blocks": [[0, 1], [2]]}, "block 1 has 1 columns where the first has 2"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        RandomScale(**arguments)
