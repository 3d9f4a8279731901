"""Random numbers from the generator of a fit, and the elements that they are applied to."""

import torch

# Numbers that float32 holds exactly; others are changed in double precision.
_SMALL = (torch.bool, torch.uint8, torch.int8, torch.int16, torch.float16, torch.bfloat16)


def numbers_of(batch, name):
    """Return the elements of a batch as float32 or float64, which may still be those of the batch.

    Parameters
    ----------
    batch : SetBatch
    name : str
        Of the augmentation, for the message.

    Raises
    ------
    ValueError
        If the elements are tokens.
    """
    values = batch.values
    if values.ndim == 1:
        raise ValueError(f"{name} changes elements that are numbers; found tokens.")
    if values.dtype in (torch.float32, torch.float64):
        return values
    return values.to(torch.float32 if values.dtype in _SMALL else torch.float64)


def draw_uniform(shape, generator, like):
    """Return numbers from -1 to 1, of the type and device of the elements ``like``."""
    # On the device of the generator, which on another one cannot draw.
    device = like.device if generator is None else generator.device
    draws = torch.rand(shape, generator=generator, device=device, dtype=like.dtype)
    return draws.to(like.device) * 2 - 1


def draw_normal(shape, generator, like):
    """Return standard normal numbers, of the type and device of the elements ``like``."""
    device = like.device if generator is None else generator.device
    draws = torch.randn(shape, generator=generator, device=device, dtype=like.dtype)
    return draws.to(like.device)
