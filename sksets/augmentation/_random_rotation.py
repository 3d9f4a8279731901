"""RandomRotation: each set turned about the origin."""

import math
from dataclasses import dataclass
from numbers import Integral

import torch

from sksets._arguments import as_list, check_number
from sksets.augmentation._blocks import check_blocks, find_blocks, replace_blocks, triangle
from sksets.augmentation._draws import draw_normal, draw_uniform, numbers_of


@dataclass(frozen=True)
class RandomRotation:
    """Turn each set by a random angle, all of its elements together.

    The angle is uniform between ``-max_angle`` and ``max_angle``, anew for each set of each batch.
    Sets are turned about the origin: centre them before, for example by
    :class:`~sksets.preprocessing.SetNormalizer`.

    Parameters
    ----------
    max_angle : float, default=pi
        In radians. pi is any angle.
    axis : int, array-like of shape (3,) or "random", default=2
        What points in space are turned about: the axis of that column, a direction, or a
        direction that is drawn for each set. Points in the plane turn about the origin.
    blocks : sequence of sequences of int, default=None
        Columns of the elements that turn with the space, where these are not all. The first block
        is a vector of d = 2 or 3 columns; each of the others is another one, or a symmetric matrix
        of d (d + 1) / 2 columns, its upper triangle row by row. Columns that are in no block
        stay. Points of space with their :class:`~sksets.preprocessing.NeighborFeatures` have the
        blocks ``((0, 1, 2), (3, 4, 5), (6, 7, 8, 9, 10, 11))``.

    Raises
    ------
    ValueError, TypeError
        If an argument is none of these.

    Examples
    --------
    >>> import torch
    >>> from sksets.augmentation import RandomRotation
    >>> from sksets.nn import SetBatch
    >>> batch = SetBatch(torch.tensor([[3.0, 4.0, 1.0]]), torch.tensor([0, 1]))
    >>> turned = RandomRotation()(batch, torch.Generator().manual_seed(0)).values[0]
    >>> round(float(turned[:2].norm()), 4), float(turned[2])
    (5.0, 1.0)
    """

    max_angle: float = math.pi
    axis: int | tuple | str = 2
    blocks: tuple | None = None

    def __post_init__(self):
        check_number(self.max_angle, "max_angle", least=0)
        object.__setattr__(self, "axis", _check_axis(self.axis))
        object.__setattr__(self, "blocks", check_blocks(self.blocks))

    def __call__(self, batch, generator):
        """Return the batch with turned sets; see :class:`sksets.nn.SetBatch`."""
        values = numbers_of(batch, "RandomRotation")
        blocks = find_blocks(self.blocks, values, "RandomRotation")
        d = len(blocks[0])
        if d not in (2, 3):
            raise ValueError(
                f"RandomRotation turns points of 2 or 3 columns, found {d}. Name the columns that "
                "are vectors by blocks."
            )
        matrices = self._draw(len(batch), d, generator, values)
        of_vectors, of_matrices = matrices, _on_symmetric(matrices)

        def turn(block):
            by_set = of_vectors if block.shape[1] == d else of_matrices
            return (by_set.index_select(0, batch.set_ids) @ block.unsqueeze(-1)).squeeze(-1)

        return batch.replace(replace_blocks(values, blocks, turn))

    def _draw(self, n_sets, d, generator, like):
        """Return rotation matrices (n_sets, d, d)."""
        angle = float(self.max_angle) * draw_uniform((n_sets, 1, 1), generator, like)
        if d == 2:
            rotation = like.new_tensor([[0.0, -1.0], [1.0, 0.0]])
            return angle.cos() * torch.eye(2).to(like) + angle.sin() * rotation
        if self.axis == "random":
            axis = draw_normal((n_sets, 3), generator, like)
        elif isinstance(self.axis, int):
            axis = torch.eye(3).to(like)[self.axis][None]
        else:
            axis = like.new_tensor([self.axis])
        x, y, z = torch.nn.functional.normalize(axis, dim=1).T
        zero = torch.zeros_like(x)
        rows = [zero, -z, y, z, zero, -x, -y, x, zero]
        cross = torch.stack(rows, dim=1).reshape(-1, 3, 3)
        # Rodrigues: the part that is crossed with the axis turns, that along the axis stays.
        return torch.eye(3).to(like) + angle.sin() * cross + (1 - angle.cos()) * (cross @ cross)


def _check_axis(axis):
    if isinstance(axis, str):
        if axis == "random":
            return axis
    elif isinstance(axis, Integral) and not isinstance(axis, bool):
        if 0 <= axis <= 2:
            return int(axis)
    elif len(numbers := as_list(axis)) == 3:
        numbers = tuple(check_number(number, "axis") for number in numbers)
        if any(numbers):
            return numbers
    raise ValueError(
        "axis must be 0, 1 or 2, a direction of three numbers that are not all 0, or 'random'; "
        f"found {axis!r:.100}."
    )


def _on_symmetric(matrices):
    """Return what R makes of the upper triangle of C in R C R': (B, d, d) -> (B, n, n)."""
    i, j = (index.to(matrices.device) for index in triangle(matrices.shape[1]))
    # An entry off the diagonal stands for two.
    products = matrices[:, i][:, :, i] * matrices[:, j][:, :, j]
    swapped = matrices[:, i][:, :, j] * matrices[:, j][:, :, i]
    return products + torch.where(i != j, swapped, 0.0)
