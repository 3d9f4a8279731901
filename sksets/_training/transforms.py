"""Transforms of training batches: what is done to sets before the network and the loss see them.

Hiding items, putting outliers in and the user's augmentation have one form: a callable that takes a
:class:`TrainingBatch` and returns one.
"""

from collections.abc import Callable
from typing import NamedTuple

import torch
from torch import Tensor

from sksets.nn import SetBatch


class TrainingBatch(NamedTuple):
    """A batch as it was gathered, before its numbers are cast to the type of the network.

    Parameters
    ----------
    sets : SetBatch
        The elements, a copy that a transform may write to.
    target, weight : Tensor or None
        What the loss compares with the outputs, and how much each counts; one row a set, or one
        an element.
    starts, sizes : int64 Tensor of shape (B,), on the CPU
        Row of each set's first element in the values of the dataset, and its number of elements.
    """

    sets: SetBatch
    target: Tensor | None
    weight: Tensor | None
    starts: Tensor
    sizes: Tensor


Transform = Callable[[TrainingBatch], TrainingBatch]


class Augmentation:
    """Calls the user's ``augmentation`` with a generator of its own and checks what it returns.

    Parameters
    ----------
    function : callable
        ``function(values, set_ids, generator)`` -> values of the same shape.
    generator : torch.Generator
    """

    def __init__(self, function, generator):
        self.function = function
        self.generator = generator

    def __call__(self, batch: TrainingBatch) -> TrainingBatch:
        values = batch.sets.values
        new = self.function(values, batch.sets.set_ids, self.generator)
        is_tensor = isinstance(new, torch.Tensor)
        if not is_tensor or new.shape != values.shape or new.is_complex():
            returned = f"{new.dtype} {tuple(new.shape)}" if is_tensor else type(new).__name__
            raise ValueError(
                f"augmentation must return a real tensor of the shape that it was given, "
                f"{tuple(values.shape)}; found {returned}."
            )
        return batch._replace(sets=batch.sets.replace(new))
