"""Compose: one augmentation after another."""

from dataclasses import dataclass

from sksets._arguments import as_list
from sksets.nn import SetBatch


@dataclass(frozen=True)
class Compose:
    """Apply several augmentations, one after another.

    Parameters
    ----------
    augmentations : sequence of callables
        (SetBatch, torch.Generator) -> SetBatch; those of :mod:`sksets.augmentation`, or one's own.

    Raises
    ------
    TypeError
        If one is not callable.

    Examples
    --------
    >>> from sksets.augmentation import Compose, Jitter, RandomScale
    >>> Compose([RandomScale(1.5), Jitter(0.01)])
    Compose(augmentations=(RandomScale(max_factor=1.5, per_axis=True, blocks=None),
        Jitter(scale=0.01, clip=None, columns=None)))
    """

    augmentations: tuple

    def __post_init__(self):
        augmentations = tuple(as_list(self.augmentations))
        for augmentation in augmentations:
            if not callable(augmentation) or isinstance(augmentation, type):
                raise TypeError(
                    "augmentations must be callables, such as [RandomRotation(), Jitter(0.01)]; "
                    f"found {augmentation!r:.100}."
                )
        object.__setattr__(self, "augmentations", augmentations)

    def __call__(self, batch, generator):
        """Return the batch after all augmentations; see :class:`sksets.nn.SetBatch`."""
        for augmentation in self.augmentations:
            batch = augmentation(batch, generator)
            if not isinstance(batch, SetBatch):
                raise ValueError(
                    f"Each augmentation must return a sksets.nn.SetBatch; {augmentation!r:.100} "
                    f"returned a {type(batch).__name__}."
                )
        return batch
