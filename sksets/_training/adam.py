"""Adam and AdamW by torch's fused kernel alone, without what torch's own classes load and repeat.

Their constructors and steps import torch's compiler, a second of processor time and 66 MiB in each
new process, and look at every weight in Python at each step, which takes as long as the rest of
what a small step does.
"""

from collections import defaultdict
from typing import Any

import torch

# Private names of torch, all in this file. Without them its own classes do the same, slower.
_KERNELS = ("_fused_adam_", "_fused_adamw_")
_DECORATED = ("add_param_group", "load_state_dict", "state_dict", "zero_grad")


HAS_KERNELS = all(hasattr(torch, name) for name in _KERNELS)


def _undecorated(name):
    """Return a method of torch's optimisers without the decorator that imports the compiler."""
    method = getattr(torch.optim.Optimizer, name)
    return getattr(method, "__wrapped__", method)


class _FusedSteps:
    """The steps of Adam (Kingma and Ba, 2015) on all weights by one kernel.

    Weights that take their first step together have one count of steps between them.
    """

    param_groups: list[dict]
    state: defaultdict[torch.Tensor, Any]
    _kernel = "_fused_adam_"
    add_param_group, load_state_dict, state_dict, zero_grad = map(_undecorated, _DECORATED)

    def step(self, closure=None):
        """Take a step; ``closure``, if there is one, computes the loss and the gradients first."""
        loss = None
        if closure is not None:
            with torch.enable_grad():
                loss = closure()
        with torch.no_grad():
            for group in self.param_groups:
                self._step_group(group)
        return loss

    # Torch would wrap it in a record for its profiler, which takes as long as the kernel.
    step.hooked = True  # type: ignore[attr-defined]

    def _step_group(self, group):
        weights = [weight for weight in group["params"] if weight.grad is not None]
        if not weights:
            return
        self._start([weight for weight in weights if not self.state[weight]])
        states = [self.state[weight] for weight in weights]
        counts = [state["step"] for state in states]
        for count in {id(count): count for count in counts}.values():
            count += 1
        getattr(torch, self._kernel)(
            weights,
            [weight.grad for weight in weights],
            [state["exp_avg"] for state in states],
            [state["exp_avg_sq"] for state in states],
            [],
            counts,
            lr=group["lr"],
            beta1=group["betas"][0],
            beta2=group["betas"][1],
            weight_decay=group["weight_decay"],
            eps=group["eps"],
            amsgrad=False,
            maximize=False,
        )

    def _start(self, weights):
        """Make the state of weights, under the names that torch gives its parts."""
        for weight in weights:
            if weight is weights[0]:
                count = torch.zeros((), dtype=torch.float32, device=weight.device)
            zeros = torch.zeros_like(weight, memory_format=torch.preserve_format)
            self.state[weight] |= {"step": count, "exp_avg": zeros, "exp_avg_sq": zeros.clone()}


class Adam(_FusedSteps, torch.optim.Adam):
    """torch.optim.Adam(fused=True) to the bit; of its options lr and weight_decay alone."""


class AdamW(_FusedSteps, torch.optim.AdamW):
    """torch.optim.AdamW(fused=True) to the bit; of its options lr and weight_decay alone."""

    _kernel = "_fused_adamw_"
