import math

import numpy as np
import pytest
import torch
from augmentation_cases import BLOCKS, make_batch, seeded

from sksets.augmentation import RandomRotation
from sksets.nn import SetBatch


def matrices(augmentation, d, n_sets=500):
    """Return what turns each set: the images of the unit vectors are its columns."""
    values = torch.eye(d, dtype=torch.float64).repeat(n_sets, 1)
    batch = SetBatch(values, torch.arange(0, n_sets * d + 1, d))
    return augmentation(batch, seeded()).values.reshape(n_sets, d, d).transpose(1, 2)


@pytest.mark.parametrize("axis", [0, 1, 2, (0, 0, -3), (1, 2, 3), "random"])
def test_turns_about_an_axis(axis):
    turns = matrices(RandomRotation(0.7, axis), 3)
    eye = torch.eye(3, dtype=torch.float64).expand_as(turns)
    torch.testing.assert_close(turns @ turns.transpose(1, 2), eye)
    torch.testing.assert_close(torch.linalg.det(turns), torch.ones(500, dtype=torch.float64))
    angles = torch.acos((turns.diagonal(dim1=1, dim2=2).sum(1) - 1) / 2)
    # The size of an angle that is uniform from -.7 to .7.
    assert 0.69 < angles.max() <= 0.7 and 0.32 < angles.mean() < 0.38
    if axis != "random":
        direction = torch.eye(3)[axis] if isinstance(axis, int) else torch.tensor(axis)
        kept = direction.double().expand(500, 3)
        torch.testing.assert_close((turns @ kept.unsqueeze(2)).squeeze(2), kept)
    else:
        axes = turns - turns.transpose(1, 2)
        axes = torch.stack([axes[:, 2, 1], axes[:, 0, 2], axes[:, 1, 0]], dim=1)
        axes = torch.nn.functional.normalize(axes, dim=1)
        # All directions alike: the mean is 0, the second moment a third in each.
        assert axes.mean(0).abs().max() < 0.1
        moments = axes.T @ axes / 500
        torch.testing.assert_close(moments, torch.eye(3).double() / 3, atol=0.06, rtol=0)


def test_a_table():
    """A generator that draws the same again: a turn by the angle that it draws."""
    angle = 0.9 * float(torch.rand(1, generator=seeded(), dtype=torch.float64) * 2 - 1)
    batch = SetBatch(torch.tensor([[1.0, 0.0], [0.0, 2.0]]).double(), torch.tensor([0, 2]))
    turned = RandomRotation(0.9)(batch, seeded()).values
    expected = [[math.cos(angle), math.sin(angle)], [-2 * math.sin(angle), 2 * math.cos(angle)]]
    torch.testing.assert_close(turned, torch.tensor(expected).double())
    batch = SetBatch(torch.tensor([[1.0, 0.0, 5.0]]).double(), torch.tensor([0, 1]))
    turned = RandomRotation(0.9)(batch, seeded()).values
    torch.testing.assert_close(
        turned, torch.tensor([[math.cos(angle), math.sin(angle), 5.0]]).double()
    )


def test_a_set_turns_as_one():
    batch = make_batch(3)
    turned = RandomRotation(axis="random")(batch, seeded()).values
    for start, stop in ((0, 3), (4, 44)):
        before, after = batch.values[start:stop], turned[start:stop]
        torch.testing.assert_close(before @ before.T, after @ after.T)
    both = torch.cat([batch.values[:1], batch.values[-1:]])
    assert not torch.allclose(both @ both.T, turned[[0, -1]] @ turned[[0, -1]].T)


def test_matrices_turn_on_both_sides():
    batch = make_batch(14)
    turned = RandomRotation(axis="random", blocks=BLOCKS)(batch, seeded()).values
    turns = matrices(RandomRotation(axis="random"), 3, n_sets=4)
    upper = np.triu_indices(3)
    for i in range(44):
        turn = turns[batch.set_ids[i]].numpy()
        before, after = batch.values[i].numpy(), turned[i].numpy()
        for block in BLOCKS[:2]:
            np.testing.assert_allclose(after[list(block)], turn @ before[list(block)], atol=1e-12)
        matrix = np.zeros((3, 3))
        matrix[upper] = before[6:12]
        matrix = matrix + np.triu(matrix, 1).T
        np.testing.assert_allclose(after[6:12], (turn @ matrix @ turn.T)[upper], atol=1e-12)
        # What is in no block stays.
        np.testing.assert_array_equal(after[12:], before[12:])


def test_matrices_in_the_plane():
    batch = make_batch(5)
    turned = RandomRotation(blocks=[[0, 1], [2, 3, 4]])(batch, seeded()).values.numpy()
    turns = matrices(RandomRotation(), 2, n_sets=4)
    for i, (xx, xy, yy) in enumerate(batch.values[:, 2:].tolist()):
        turn = turns[batch.set_ids[i]].numpy()
        expected = turn @ np.array([[xx, xy], [xy, yy]]) @ turn.T
        np.testing.assert_allclose(turned[i, 2:], expected[np.triu_indices(2)], atol=1e-12)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"max_angle": -1}, "max_angle == -1, must be >= 0"),
        ({"max_angle": float("nan")}, "max_angle == nan, must be finite"),
        ({"max_angle": True}, "max_angle must be an instance of float, not bool"),
        ({"axis": 3}, "axis must be 0, 1 or 2, a direction of three .*; found 3"),
        ({"axis": "z"}, "or 'random'; found 'z'"),
        ({"axis": (0, 0, 0)}, r"that are not all 0, or 'random'; found \(0, 0, 0\)"),
        ({"blocks": (0, 1)}, None),
        ({"blocks": ()}, r"blocks must be sequences of columns, .*; found \(\)"),
        ({"blocks": ((0, 1), (1, 2))}, "each of them once"),
        ({"blocks": ((0, 1), (2, -1))}, "integers from 0 on"),
        ({"blocks": ((0, 1), (2, 3, 4, 5))}, "block 1 has 4 columns where the first has 2"),
        ({"blocks": ((0,), (1,))}, "block 0 has 1 columns"),
    ],
)
def test_bad_arguments(arguments, message):
    with pytest.raises((ValueError, TypeError), match=message):
        RandomRotation(**arguments)


def test_elements_of_other_widths():
    with pytest.raises(ValueError, match="points of 2 or 3 columns, found 12. Name the columns"):
        RandomRotation()(make_batch(12), seeded())
    with pytest.raises(ValueError, match="have the column 11, counted from 0, but elements have 3"):
        RandomRotation(blocks=BLOCKS)(make_batch(3), seeded())
