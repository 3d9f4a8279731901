"""Transforms of training batches: what is done to sets before the network and the loss see them.

Hiding items, putting outliers in and the user's augmentation have one form: a callable that takes a
:class:`TrainingBatch` and returns one.
"""

import copy
import inspect
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
        Row of each set's first element in the values of the dataset, and its number of elements
        in the batch, which are not those that follow where they were drawn.
    """

    sets: SetBatch
    target: Tensor | None
    weight: Tensor | None
    starts: Tensor
    sizes: Tensor


Transform = Callable[[TrainingBatch], TrainingBatch]


def _takes_two(function):
    try:
        inspect.signature(function).bind(None, None)
    except TypeError:
        return False
    except ValueError:
        # A function of C, which does not say what it takes.
        return True
    return True


def _describe(value):
    if isinstance(value, Tensor):
        return f"{value.dtype} {tuple(value.shape)} on {value.device}"
    return type(value).__name__


def _check_elements(new, given):
    """Raise where returned elements are not of the kind of the given ones."""
    is_tensor = isinstance(new, Tensor)
    # Tokens, and no other elements, have one axis; their numbers are places in the vocabulary.
    is_kind = is_tensor and not new.is_complex() and (given.ndim > 1 or new.dtype == given.dtype)
    if not is_kind or new.shape[1:] != given.shape[1:] or new.device != given.device:
        kind = "real" if given.ndim > 1 else str(given.dtype)
        raise ValueError(
            f"augmentation must return elements of the shape that it was given, "
            f"{tuple(given.shape[1:])}, as rows of a {kind} tensor on {given.device}; found values "
            f"of {_describe(new)}."
        )


def _check_kept(new, given, name, n_rows):
    """Raise where a returned context, or weights, have another shape, or are none where some were.

    Parameters
    ----------
    new, given : Tensor or None
    name : str
    n_rows : int
        Length of what is due.
    """
    if given is None and new is None:
        return
    shape = None if given is None else (n_rows, *given.shape[1:])
    if not isinstance(new, Tensor) or new.shape != shape:
        due = "there was none" if given is None else f"of shape {shape}"
        raise ValueError(
            f"augmentation must return the {name} with its sets, {due}; found {_describe(new)}."
        )


class Augmentation:
    """Calls the user's ``augmentation`` with a generator of its own and checks what it returns.

    Parameters
    ----------
    function : callable
        ``function(batch, generator)`` -> SetBatch of as many sets.
    generator : torch.Generator
    keeps_sizes : bool, default=False
        Whether targets belong to elements, so that these must stay in their places.

    Raises
    ------
    TypeError
        If the function takes other arguments.
    """

    def __init__(self, function, generator, keeps_sizes=False):
        if not _takes_two(function):
            raise TypeError(
                "augmentation is called with two arguments, a sksets.nn.SetBatch and a "
                f"torch.Generator, and returns a SetBatch; {function!r:.100} takes others. Write "
                "def augmentation(batch, generator): return batch.replace(2 * batch.values)."
            )
        self.function = function
        self.generator = generator
        self.keeps_sizes = keeps_sizes

    def __call__(self, batch: TrainingBatch) -> TrainingBatch:
        # The function may write to its batch: what it was given is remembered.
        given = copy.copy(batch.sets)
        new = self.function(batch.sets, self.generator)
        if not isinstance(new, SetBatch):
            raise ValueError(
                f"augmentation must return a sksets.nn.SetBatch; found {_describe(new)}. Where "
                "elements alone change, return batch.replace(values)."
            )
        _check_elements(new.values, given.values)
        n_elements = len(given.values)
        if new.offsets is not given.offsets:
            self._check_offsets(new.offsets, given.offsets)
            n_elements = int(new.offsets[-1])
        if len(new.values) != n_elements:
            raise ValueError(
                f"augmentation returned {len(new.values)} elements, but the offsets of its sets "
                f"end at {n_elements}. Where sizes change, return a SetBatch of other offsets."
            )
        _check_kept(new.context, given.context, "context", len(given))
        _check_kept(new.element_weight, given.element_weight, "element_weight", n_elements)
        if new.offsets is not given.offsets:
            # Without the indices of other sizes that a copy of the given batch has.
            new = SetBatch(new.values, new.offsets, new.context, element_weight=new.element_weight)
        return batch._replace(sets=new)

    def _check_offsets(self, new, given):
        """Raise where returned offsets do not cut elements into as many sets as given."""
        is_index = isinstance(new, Tensor) and new.dtype == torch.int64
        if not is_index or new.shape != given.shape:
            raise ValueError(
                f"augmentation must return as many sets as it was given, {len(given) - 1}, with "
                f"int64 offsets of shape ({len(given)},); found offsets of {_describe(new)}."
            )
        if new[0] != 0 or (new.diff() < 0).any():
            raise ValueError("augmentation returned offsets that do not start at 0, or decrease.")
        if self.keeps_sizes and not torch.equal(new, given):
            raise ValueError(
                "augmentation must not change the sizes of sets for an estimator of one output an "
                "element, since targets belong to elements."
            )
