"""RandomScale: each set stretched along its axes."""

import math
from dataclasses import dataclass

from sksets._arguments import check_number
from sksets.augmentation._blocks import check_blocks, find_blocks, replace_blocks, triangle
from sksets.augmentation._draws import draw_uniform, numbers_of


@dataclass(frozen=True)
class RandomScale:
    """Multiply each set by random factors, one an axis, all of its elements together.

    A factor is exp(u) with u uniform between -log(``max_factor``) and log(``max_factor``), anew for
    each set of each batch: twice as large is as likely as half as large.

    Parameters
    ----------
    max_factor : float, default=1.25
        The largest factor, 1 or more; the smallest is 1 / ``max_factor``.
    per_axis : bool, default=True
        Whether each axis has a factor of its own. With one factor for all, proportions stay.
    blocks : sequence of sequences of int, default=None
        Columns of the elements that stretch with the space, where these are not all. The first
        block is a vector of d columns, two or more; each of the others is another one, or a
        symmetric matrix of d (d + 1) / 2 columns, its upper triangle row by row. Columns that are
        in no block stay. Points of space with their
        :class:`~sksets.preprocessing.NeighborFeatures` have the blocks ``((0, 1, 2), (3, 4, 5),
        (6, 7, 8, 9, 10, 11))``.

    Raises
    ------
    ValueError, TypeError
        If an argument is none of these.

    Notes
    -----
    With ``per_axis`` the features of neighbours become those of the neighbours that an element had
    before it was stretched; others may be nearer then.

    Examples
    --------
    >>> import torch
    >>> from sksets.augmentation import RandomScale
    >>> from sksets.nn import SetBatch
    >>> batch = SetBatch(torch.tensor([[3.0, 4.0]]), torch.tensor([0, 1]))
    >>> scaled = RandomScale(2.0, per_axis=False)(batch, torch.Generator().manual_seed(0)).values[0]
    >>> round(float(scaled[0] / scaled[1]), 4), bool(1.5 <= scaled[0] <= 6)
    (0.75, True)
    """

    max_factor: float = 1.25
    per_axis: bool = True
    blocks: tuple | None = None

    def __post_init__(self):
        check_number(self.max_factor, "max_factor", least=1)
        if not isinstance(self.per_axis, bool):
            raise TypeError(f"per_axis must be True or False; found {self.per_axis!r:.100}.")
        object.__setattr__(self, "blocks", check_blocks(self.blocks))

    def __call__(self, batch, generator):
        """Return the batch with stretched sets; see :class:`sksets.nn.SetBatch`."""
        values = numbers_of(batch, "RandomScale")
        blocks = find_blocks(self.blocks, values, "RandomScale")
        d = len(blocks[0])
        shape = (len(batch), d if self.per_axis else 1)
        factors = (math.log(self.max_factor) * draw_uniform(shape, generator, values)).exp()
        factors = factors.expand(len(batch), d).index_select(0, batch.set_ids)
        i, j = (index.to(values.device) for index in triangle(d))

        def stretch(block):
            return block * (factors if block.shape[1] == d else factors[:, i] * factors[:, j])

        return batch.replace(replace_blocks(values, blocks, stretch))
