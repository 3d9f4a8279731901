"""RandomShift: each image moved by some pixels."""

from dataclasses import dataclass
from numbers import Real

import torch

from sksets._arguments import check_count, check_number
from sksets.augmentation._draws import draw_uniform


@dataclass(frozen=True)
class RandomShift:
    """Move each image by a random number of whole pixels down and to the right.

    Both are uniform from ``-max_shift`` to ``max_shift``, anew for each image of each batch. Bytes
    stay bytes.

    Parameters
    ----------
    max_shift : int
        The most pixels that an image is moved by in either direction.
    fill : float or "edge", default=0.0
        What is put where the image was moved from: a number, or "edge" for the pixels of the edge.

    Raises
    ------
    ValueError, TypeError
        If an argument is none of these.

    Examples
    --------
    >>> import torch
    >>> from sksets.augmentation import RandomShift
    >>> from sksets.nn import SetBatch
    >>> images = torch.zeros(6, 5, 5, dtype=torch.uint8)
    >>> images[:, 2, 2] = 255
    >>> batch = SetBatch(images, torch.tensor([0, 4, 6]))
    >>> moved = RandomShift(1)(batch, torch.Generator().manual_seed(0)).values
    >>> moved.dtype, moved[:, 1:4, 1:4].sum(dim=(1, 2)).tolist()
    (torch.uint8, [255, 255, 255, 255, 255, 255])
    """

    max_shift: int
    fill: float | str = 0.0

    def __post_init__(self):
        check_count(self.max_shift, "max_shift", least=0)
        if not isinstance(self.fill, str):
            check_number(self.fill, "fill")
        elif self.fill != "edge":
            raise ValueError(f"fill must be a number or 'edge'; found {self.fill!r:.100}.")

    def __call__(self, batch, generator):
        """Return the batch with moved images; see :class:`sksets.nn.SetBatch`."""
        images = batch.values
        if images.ndim not in (3, 4):
            raise ValueError(
                "RandomShift takes images, (height, width) or (channels, height, width), as "
                f"elements; found elements of shape {tuple(images.shape[1:])}."
            )
        n, device = len(images), images.device
        like = torch.empty(0, device=device, dtype=torch.float64)
        # From -1 to 1: each of the whole numbers has an equal share of what is drawn.
        draws = draw_uniform((2, n, 1), generator, like) * (self.max_shift + 0.5)
        down, right = draws.round().clamp(-self.max_shift, self.max_shift).long()
        rows = torch.arange(images.shape[-2], device=device) - down
        columns = torch.arange(images.shape[-1], device=device) - right
        # A channel axis of its own, so that both kinds of images are indexed alike.
        stacked = images.reshape(n, -1, *images.shape[-2:])
        moved = stacked[
            torch.arange(n, device=device)[:, None, None, None],
            torch.arange(stacked.shape[1], device=device)[None, :, None, None],
            rows.clamp(0, images.shape[-2] - 1)[:, None, :, None],
            columns.clamp(0, images.shape[-1] - 1)[:, None, None, :],
        ]
        if isinstance(self.fill, Real):
            inside = _inside(rows, images.shape[-2])[:, None, :, None]
            inside = inside & _inside(columns, images.shape[-1])[:, None, None, :]
            moved = torch.where(inside, moved, _filling(float(self.fill), moved))
        return batch.replace(moved.reshape(images.shape))


def _filling(fill, images):
    """Return a number as a tensor of one element, of the type of the images."""
    filling = torch.tensor([fill], dtype=torch.float64, device=images.device)
    if not images.is_floating_point() and images.dtype != torch.bool:
        most = torch.iinfo(images.dtype)
        if not most.min <= fill <= most.max:
            raise ValueError(
                f"fill must be a number that {images.dtype} has, {most.min} to {most.max}, where "
                f"pixels are such numbers; found {fill:g}."
            )
    return filling.to(images.dtype)


def _inside(places, n):
    return (places >= 0) & (places < n)
