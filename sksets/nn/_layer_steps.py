"""What runs a layer of any kind: of rows, of sets, or of both, one after the other."""

import functools
import inspect
from collections.abc import Callable, Iterable
from typing import Any

import torch
from torch import Tensor, nn

from sksets._probe import output_width, type_of
from sksets.nn._batch import SetBatch
from sksets.nn._mlp import MLP, linear
from sksets.nn._pooling import SetPooling, State
from sksets.nn._set_dropout import SetDropout
from sksets.nn._steps import SteppedLayer, Steps, run_whole


class _WholeSets(SetPooling):
    """What a layer asks for that cannot work on a piece of a set."""

    def __init__(self, layer: nn.Module) -> None:
        super().__init__(0)
        self.layer_name = type(layer).__name__

    def forward(self, h: Tensor, batch: SetBatch) -> Tensor:
        return h.new_zeros(len(batch), 0)

    def reduce(self, h: Tensor, batch: SetBatch) -> State:
        raise NotImplementedError(
            f"{self.layer_name} needs all elements of a set at once, and a set was to be given in "
            "pieces. Set max_elements_per_batch to the number of elements of the largest set."
        )


@functools.cache
def _takes_sets(forward: Callable[..., Any]) -> bool:
    """Return whether the forward of a kind of layer wants the sets beside the elements."""
    _, *parameters = inspect.signature(forward).parameters.values()
    positional = (inspect.Parameter.POSITIONAL_ONLY, inspect.Parameter.POSITIONAL_OR_KEYWORD)
    return len([p for p in parameters if p.kind in positional and p.default is p.empty]) > 1


def unrolled(layer: nn.Module) -> list[nn.Module]:
    """Return the layers that a sequence, maybe of sequences, runs one after the other."""
    if isinstance(layer, nn.Sequential) and type(layer).forward is nn.Sequential.forward:
        return [inner for member in layer for inner in unrolled(member)]
    return [layer]


def reads_sets(module: nn.Module) -> bool:
    """Return whether what a module makes of an element depends on the others of its set."""
    return any(
        isinstance(layer, SteppedLayer)
        or (_takes_sets(type(layer).forward) and not isinstance(layer, SetDropout))
        for layer in module.modules()
    )


def layer_steps(layer: nn.Module, h: Tensor, batch: SetBatch) -> Steps:
    """Map the elements (M, h) by a layer; asks for the pools that it needs.

    A layer whose ``forward`` takes ``(h, batch)`` gets the sets, also as a member of a
    ``torch.nn.Sequential``.
    """
    if isinstance(layer, MLP):
        # Commonest, and a sequence of rows alone.
        return layer(h)
    if isinstance(layer, SteppedLayer):
        return (yield from layer.steps(h, batch))
    layers = unrolled(layer)
    if layers != [layer]:
        for member in layers:
            h = yield from layer_steps(member, h, batch)
        return h
    if not _takes_sets(type(layer).forward):
        return layer(h)
    if not isinstance(layer, SetDropout):
        yield _WholeSets(layer), h
    return layer(h, batch)


def conditioned_steps(layers: Iterable[nn.Module], h: Tensor, batch: SetBatch) -> Steps:
    """Map [x_i, z] of the elements and the context z of their set by layers, one after the other.

    Where the first is linear, its columns for the context are multiplied on B rows, not on M.
    """
    first, *others = (member for layer in layers for member in unrolled(layer))
    context = batch.context
    if context is None:
        raise ValueError("phi takes the context of the sets, and the batch has none.")
    if isinstance(first, nn.Linear):
        width = h.shape[1]
        of_sets = linear(context, first.weight[:, width:])
        h = linear(h, first.weight[:, :width], first.bias)
        h = h + of_sets.index_select(0, batch.set_ids)
    else:
        h = torch.cat([h, context.index_select(0, batch.set_ids)], dim=1)
        h = yield from layer_steps(first, h, batch)
    for layer in others:
        h = yield from layer_steps(layer, h, batch)
    return h


def phi_width(phi: nn.Module, in_features: int) -> int:
    """Return the width that a phi of the user gives, found by giving it two elements."""

    def call(rows: Tensor) -> Tensor:
        batch = SetBatch(rows, torch.tensor([0, len(rows)]))
        return run_whole(layer_steps(phi, rows, batch), batch)

    rows = torch.zeros(2, in_features, dtype=type_of(phi))
    return output_width(phi, call, rows, f"phi must map (M, {in_features}) to (M, h)")
