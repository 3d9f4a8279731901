"""What a module of the user makes of its input, found by trying it."""

from collections.abc import Callable

import torch
from torch import Tensor, nn


def type_of(module: nn.Module) -> torch.dtype:
    """Return the type that a module computes in, that of its first real weight."""
    weights = (p.dtype for p in module.parameters() if p.is_floating_point())
    return next(weights, torch.get_default_dtype())


def output_width(
    module: nn.Module, call: Callable[[Tensor], object], rows: Tensor, expected: str
) -> int:
    """Return the width h that a module maps two rows to.

    Parameters
    ----------
    module : Module
        It is put into training afterwards.
    call : callable
        What gives the rows to the module.
    rows : Tensor of shape (2, ...)
        Of one row, a module that loses or doubles rows could return the one expected.
    expected : str
        What the module must do, for the message.

    Raises
    ------
    ValueError
        If it raises, or returns anything but two rows of the type of ``rows``.
    """
    try:
        # Not in training, where batch normalisation would learn from these rows.
        module.eval()
        with torch.no_grad():
            returned = call(rows)
    except Exception as error:
        raise ValueError(f"{expected}; given two rows, it raised: {error}") from error
    module.train()
    if not isinstance(returned, Tensor):
        raise ValueError(f"{expected}; it returned a {type(returned).__name__}.")
    if returned.ndim != 2 or len(returned) != 2 or returned.shape[1] == 0:
        raise ValueError(f"{expected}; it mapped two rows to shape {tuple(returned.shape)}.")
    if returned.dtype != rows.dtype:
        raise ValueError(
            f"{expected} of {rows.dtype}, as the network; it returned {returned.dtype}."
        )
    return returned.shape[1]
