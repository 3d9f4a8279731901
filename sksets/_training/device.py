"""Where a network computes, and in which type."""

import torch

DTYPES = {"float32": torch.float32, "float64": torch.float64}


def resolve_device(device):
    """Return the torch device meant by ``device``; "auto" is the GPU where there is one."""
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    try:
        probe = torch.empty(0, device=device)
        probe.cpu()  # a meta tensor has no values
        return probe.device
    except (RuntimeError, AssertionError) as error:
        raise ValueError(
            f"device={device!r} cannot be used by torch here; try 'auto', 'cpu' or 'cuda'."
        ) from error
