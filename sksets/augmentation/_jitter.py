"""Jitter: noise that is added to elements."""

from dataclasses import dataclass

from sksets._arguments import as_list, check_number
from sksets.augmentation._blocks import are_columns
from sksets.augmentation._draws import draw_normal, numbers_of


@dataclass(frozen=True)
class Jitter:
    """Add normal noise to each number of each element.

    Parameters
    ----------
    scale : float
        Standard deviation of the noise, in the units of the elements.
    clip : float, default=None
        The most that a number may move; None for no bound.
    columns : sequence of int, default=None
        The columns of elements that are vectors which are moved; None for all numbers of elements
        of any shape. Columns that are categories must not be among them.

    Raises
    ------
    ValueError, TypeError
        If an argument is none of these.

    Examples
    --------
    >>> import torch
    >>> from sksets.augmentation import Jitter
    >>> from sksets.nn import SetBatch
    >>> batch = SetBatch(torch.zeros(4, 2), torch.tensor([0, 1, 4]))
    >>> moved = Jitter(0.1, clip=0.2, columns=[0])(batch, torch.Generator().manual_seed(0)).values
    >>> bool(0 < moved[:, 0].abs().max() <= 0.2), moved[:, 1].tolist()
    (True, [0.0, 0.0, 0.0, 0.0])
    """

    scale: float
    clip: float | None = None
    columns: tuple | None = None

    def __post_init__(self):
        check_number(self.scale, "scale", least=0)
        if self.clip is not None:
            check_number(self.clip, "clip", least=0)
        if self.columns is not None:
            object.__setattr__(self, "columns", _check_columns(self.columns))

    def __call__(self, batch, generator):
        """Return the batch with noisy elements; see :class:`sksets.nn.SetBatch`."""
        values = numbers_of(batch, "Jitter")
        if self.columns is None:
            return batch.replace(values + self._noise(values.shape, generator, values))
        if values.ndim != 2 or max(self.columns) >= values.shape[1]:
            raise ValueError(
                f"Jitter moves the columns {list(self.columns)!r:.100}, counted from 0, of vectors "
                f"that have them; found elements of shape {tuple(values.shape[1:])}."
            )
        columns, values = list(self.columns), values.clone()
        values[:, columns] += self._noise((len(values), len(columns)), generator, values)
        return batch.replace(values)

    def _noise(self, shape, generator, like):
        noise = float(self.scale) * draw_normal(shape, generator, like)
        # As a float, since torch takes no integer beyond its own.
        return noise if self.clip is None else noise.clamp_(-float(self.clip), float(self.clip))


def _check_columns(columns):
    numbers = as_list(columns)
    if not are_columns(numbers):
        raise ValueError(
            f"columns must be integers from 0 on, each of them once; found {columns!r:.100}."
        )
    return tuple(map(int, numbers))
