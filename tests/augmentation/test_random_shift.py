import numpy as np
import pytest
import torch
from augmentation_cases import make_batch, seeded

from sksets import DeepSetsElementRegressor, DeepSetsRegressor
from sksets.augmentation import RandomRotation, RandomScale, RandomShift
from sksets.nn import SetBatch


def shifted(image, down, right, fill):
    """Move an image (..., height, width) pixel by pixel."""
    moved = np.zeros_like(image)
    height, width = image.shape[-2:]
    for row in range(height):
        for column in range(width):
            i, j = row - down, column - right
            if fill == "edge":
                i, j = min(max(i, 0), height - 1), min(max(j, 0), width - 1)
            inside = 0 <= i < height and 0 <= j < width
            moved[..., row, column] = image[..., i, j] if inside else fill
    return moved


@pytest.mark.parametrize("shape", [(6, 5), (2, 6, 5)])
@pytest.mark.parametrize("fill", [0.0, 7, "edge"])
@pytest.mark.parametrize("dtype", [torch.uint8, torch.float32])
def test_each_image_is_one_of_the_moved_ones(shape, fill, dtype):
    batch = make_batch(*shape, dtype=dtype)
    moved = RandomShift(2, fill=fill)(batch, seeded()).values
    assert moved.dtype == dtype and moved.shape == batch.values.shape
    steps = set()
    for before, after in zip(batch.values.numpy(), moved.numpy(), strict=True):
        matches = [
            (down, right)
            for down in range(-2, 3)
            for right in range(-2, 3)
            if np.array_equal(shifted(before, down, right, fill), after)
        ]
        assert len(matches) == 1
        steps.update(matches)
    assert len(steps) > 15


def test_all_steps_are_equally_likely():
    images = torch.zeros(5000, 5, 5)
    images[:, 2, 2] = 1
    moved = RandomShift(1)(SetBatch(images, torch.tensor([0, 5000])), seeded()).values
    counts = moved.sum(0)
    assert counts[1:4, 1:4].sum() == 5000
    assert 480 < counts[1:4, 1:4].min() and counts[1:4, 1:4].max() < 640
    still = RandomShift(0)(SetBatch(images, torch.tensor([0, 5000])), seeded()).values
    assert torch.equal(still, images)


def test_a_shift_may_empty_an_image():
    batch = make_batch(2, 2)
    assert torch.isfinite(RandomShift(9)(batch, seeded()).values).all()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_shift": -1}, "max_shift == -1, must be >= 0"),
        ({"max_shift": 1.5}, "max_shift must be an instance of int"),
        ({"max_shift": 1, "fill": "zero"}, "fill must be a number or 'edge'; found 'zero'"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        RandomShift(**arguments)


def test_vectors_are_no_images():
    with pytest.raises(ValueError, match=r"RandomShift takes images, .* of shape \(3,\)"):
        RandomShift(1)(make_batch(3), seeded())


def test_a_fill_that_the_pixels_cannot_have():
    batch = SetBatch(torch.zeros(2, 3, 3, dtype=torch.uint8), torch.tensor([0, 2]))
    with pytest.raises(ValueError, match=r"fill must be a number that torch.uint8 has, 0 to 255"):
        RandomShift(1, fill=300.0)(batch, None)
    mask = batch.replace(batch.values.bool())
    assert RandomShift(1)(mask, None).values.dtype == torch.bool


def test_by_its_name():
    images = [np.random.default_rng(i).random((3, 28, 40)) for i in range(6)]
    options = {"element_encoder": "conv", "max_epochs": 2, "random_state": 0}
    y = np.arange(6.0)
    by_name, by_class = (
        DeepSetsRegressor(augmentation=augmentation, **options).fit(images, y).predict(images)
        for augmentation in ("shift", RandomShift(2))
    )
    np.testing.assert_array_equal(by_name, by_class)
    points = list(np.random.default_rng(0).random((4, 4, 3)))
    with pytest.raises(ValueError, match=r"'shift' is for images.*found elements of shape \(3,\)"):
        DeepSetsRegressor(augmentation="shift").fit(points, y[:4])
    for name, layer in (("rotation", RandomRotation()), ("scale", RandomScale())):
        first, second = (
            DeepSetsElementRegressor(augmentation=augmentation, max_epochs=1, random_state=0)
            .fit(points, [[0.0] * 4] * 4)
            .predict(points)
            for augmentation in (name, layer)
        )
        np.testing.assert_array_equal(np.concatenate(first), np.concatenate(second))
