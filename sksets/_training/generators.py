"""Sources of randomness that are a fit's own."""

import contextlib
import threading

import torch

# One fit may be inside another of the same thread, where an augmentation of the user predicts.
_RNG_LOCK = threading.RLock()


@contextlib.contextmanager
def isolated_rng(seed):
    """Build a network inside the block: torch's generator of the CPU is seeded, then given back.

    Its weights are drawn in float32 whatever torch's default type. The lock keeps fits that run in
    parallel threads from drawing from each other's seed.
    """
    with _RNG_LOCK, torch.random.fork_rng(devices=[]):
        default = torch.get_default_dtype()
        torch.default_generator.manual_seed(seed)
        # A setting of the whole process: left alone where it is what it should be.
        if default != torch.float32:
            torch.set_default_dtype(torch.float32)
        try:
            yield
        finally:
            if default != torch.float32:
                torch.set_default_dtype(default)


class ForkedGenerators:
    """Torch's global generators as one fit sees them: seeded by it, and given back after each use.

    Layers that are not of sksets, such as torch's own dropout in an ``element_encoder``, draw from
    torch's global generators and take no other.

    Parameters
    ----------
    seed : int
    device : torch.device
        Where the network computes, which may have a generator of its own.
    """

    def __init__(self, seed, device):
        devices = {torch.device("cpu"), device}
        self._states = {d: torch.Generator(d).manual_seed(seed).get_state() for d in devices}

    @contextlib.contextmanager
    def __call__(self):
        """Let what is drawn in the block go on from the draws of the block before."""
        with _RNG_LOCK:
            before = _get_states(self._states)
            _set_states(self._states)
            try:
                yield
            finally:
                self._states = _get_states(self._states)
                _set_states(before)


def _of_device(device):
    # torch.cpu has no such functions, and those of the CPU take no device.
    return (torch, ()) if device.type == "cpu" else (torch.get_device_module(device), (device,))


def _get_states(devices):
    states = {}
    for device in devices:
        module, which = _of_device(device)
        states[device] = module.get_rng_state(*which)
    return states


def _set_states(states):
    for device, state in states.items():
        module, which = _of_device(device)
        module.set_rng_state(state, *which)


def set_generators(module, generator):
    """Let all layers that draw, such as dropout, draw from ``generator``."""
    for layer in module.modules():
        if hasattr(layer, "generator"):
            layer.generator = generator
