"""Settings of torch that a caller may have changed, as our own code expects them."""

import sys
from contextlib import ExitStack, contextmanager

from sksets._lazy import torch


@contextmanager
def plain_torch():
    """Compute inside the block in torch's own defaults, whatever surrounds it.

    Gradients are recorded, tensors are made on the CPU where no device is named, and nothing is
    cast by autocast: what an estimator computes is told by its parameters alone. All of these are
    settings of the thread, so that no other one is touched.
    """
    if "torch" not in sys.modules:
        # Nobody has changed anything.
        yield
        return
    with ExitStack() as stack:
        if torch.is_inference_mode_enabled():
            stack.enter_context(torch.inference_mode(False))
        if not torch.is_grad_enabled():
            stack.enter_context(torch.enable_grad())
        for kind in ("cpu", "cuda"):
            if torch.is_autocast_enabled(kind):
                stack.enter_context(torch.autocast(kind, enabled=False))
        if torch.get_default_device().type != "cpu":
            # Entered only where it is due: each call of torch takes longer inside.
            stack.enter_context(torch.device("cpu"))
        yield
