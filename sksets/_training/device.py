"""The device that a user means."""

import torch


def resolve_device(device):
    """Return the torch device meant by ``device``; "auto" is the GPU where there is one."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        there = torch.empty(0, device=device)
        there.cpu()  # a meta tensor has no values
        return there.device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"device={device!r} cannot be used by torch here; try 'auto', 'cpu' or 'cuda'."
        ) from error
