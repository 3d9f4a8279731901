"""Sources of randomness that are a fit's own."""

import contextlib
import threading

import torch

_RNG_LOCK = threading.Lock()


@contextlib.contextmanager
def isolated_rng(seed):
    """Seed torch's global generators inside the block and give them back untouched.

    The lock keeps fits that run in parallel threads from drawing from each other's seed.
    """
    with _RNG_LOCK, torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


def set_generators(module, generator):
    """Let all layers that draw, such as dropout, draw from ``generator``."""
    for layer in module.modules():
        if hasattr(layer, "generator"):
            layer.generator = generator
