import pytest
import torch
from augmentation_cases import make_batch, seeded

from sksets.augmentation import Jitter
from sksets.nn import SetBatch


def noise(augmentation, *shape):
    batch = SetBatch(torch.zeros(4000, *shape, dtype=torch.float64), torch.tensor([0, 1000, 4000]))
    return augmentation(batch, seeded()).values


def test_noise_is_normal_and_each_number_has_its_own():
    moved = noise(Jitter(0.5), 3)
    torch.testing.assert_close(moved.T @ moved / 4000, torch.eye(3).double() / 4, atol=0.02, rtol=0)
    assert moved.abs().max() > 1.5
    assert noise(Jitter(0.5), 3, 2).shape == (4000, 3, 2)


def test_noise_is_clipped():
    moved, free = noise(Jitter(0.5, clip=0.6), 3), noise(Jitter(0.5), 3)
    assert torch.equal(moved, free.clamp(-0.6, 0.6))


def test_other_columns_stay():
    batch = make_batch(4)
    moved = Jitter(1.0, columns=[3, 1])(batch, seeded()).values
    assert torch.equal(moved[:, [0, 2]], batch.values[:, [0, 2]])
    assert (moved[:, [1, 3]] != batch.values[:, [1, 3]]).all()
    with pytest.raises(ValueError, match=r"moves the columns \[3, 1\], counted .* shape \(3,\)"):
        Jitter(1.0, columns=[3, 1])(make_batch(3), seeded())


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"scale": -0.1}, "scale == -0.1, must be >= 0"),
        ({"scale": 1.0, "clip": float("inf")}, "clip == inf, must be finite"),
        ({"scale": 1.0, "columns": [0, 0]}, r"integers from 0 on, each of .*; found \[0, 0\]"),
        ({"scale": 1.0, "columns": []}, r"columns must be integers .* found \[\]"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        Jitter(**arguments)
