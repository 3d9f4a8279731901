"""The seam to skorch, which no other file imports: the net, and what the library uses beside it."""

import copy
import math
from typing import Any

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import (
    BatchScoring,
    Callback,
    EarlyStopping,
    LRScheduler,
    PassthroughScoring,
)
from skorch.helper import predefined_split

from sksets._training.adam import HAS_KERNELS, Adam, AdamW
from sksets._training.batches import PackedIterator
from sksets._training.gradients import mean_loss

__all__ = [
    "BatchScoring",
    "Callback",
    "EarlyStopping",
    "LRScheduler",
    "OPTIMIZERS",
    "PassthroughScoring",
    "SetNet",
    "build_net",
    "predefined_split",
]

OPTIMIZERS = {
    "adamw": AdamW if HAS_KERNELS else torch.optim.AdamW,
    "adam": Adam if HAS_KERNELS else torch.optim.Adam,
    "adamax": torch.optim.Adamax,
    "sgd": torch.optim.SGD,
    "rmsprop": torch.optim.RMSprop,
}


class SetNet(NeuralNet):
    """skorch's loop over packed batches with weighted losses, one a set or one an element."""

    def __deepcopy__(self, memo):
        # By way of its state, skorch writes the weights to a file in memory and reads them again,
        # which takes five times as long as a step of a stream.
        copied = memo[id(self)] = object.__new__(type(self))
        copied.__dict__.update(
            # Past epochs are not written to again, and a warm start may have had thousands.
            {
                k: copy.deepcopy(v, memo) if k != "history_" else copy.copy(v)
                for k, v in vars(self).items()
            }
        )
        return copied

    def get_default_callbacks(self):
        # skorch's own time and print each epoch; the estimator keeps the losses and has its bar.
        return []

    def get_iterator(self, dataset, training=False):
        options = self.iteration_ if training else {}
        return PackedIterator(dataset, self.batch_size, self.max_elements_, **options)

    def infer(self, x, **fit_params):
        return self.module_(x, **fit_params)

    def _set_training(self, training=True):
        # skorch calls this at every step, and a walk over the modules takes as long as a layer.
        if self.module_.training != training:
            super()._set_training(training)

    def run_training(self, dataset):
        """Run the epochs; return whether the user interrupted them, of which skorch says nothing.

        Raises
        ------
        KeyboardInterrupt
            If that was before the first epoch ended.
        """
        n_before, interrupted = len(self.history), False
        self.notify("on_train_begin", X=dataset, y=None)
        try:
            self.fit_loop(dataset)
        except KeyboardInterrupt as interrupt:
            if interrupted := not self._was_stopped(interrupt):
                if len(self.history) > n_before and "epoch" not in self.history[-1]:
                    # An epoch that had only begun, which callbacks could not read.
                    del self.history[-1]
                n_whole = len(self.history) - (not self.has_loss(-1))
                if n_whole == n_before:
                    message = "Interrupted before the first epoch of this fit ended."
                    raise KeyboardInterrupt(message) from None
        self.notify("on_train_end", X=dataset, y=None)
        if interrupted and not self.has_loss(-1):
            del self.history[-1]
        return interrupted

    def _was_stopped(self, interrupt):
        """Return whether a callback ended the training, for which skorch has no other means."""
        trace = interrupt.__traceback__
        while trace.tb_next is not None:
            trace = trace.tb_next
        frame = trace.tb_frame
        # A callback may be interrupted by the user as well; few name the exception.
        raised_by_callback = (
            isinstance(frame.f_locals.get("self"), Callback)
            and "KeyboardInterrupt" in frame.f_code.co_names
        )
        return raised_by_callback and self.has_loss(-1)

    def has_loss(self, epoch):
        """Return whether an epoch was run to its end; a history without epochs lacks none."""
        last = "train" if self.train_split is None else "valid"
        return not len(self.history) or f"{last}_loss" in self.history[epoch]

    def train_step(self, batch, **fit_params):
        """Take a step.

        skorch walks over all parameters several times a step, which takes as long as a small step.
        """
        self._set_training(True)
        loss, outputs = self.gradients_.compute(batch)
        self.notify(
            "on_grad_computed",
            named_parameters=self.gradients_.named_parameters,
            batch=batch,
            training=True,
        )
        self.optimizer_.step()
        return {"loss": loss, "y_pred": outputs}

    def get_loss(self, y_pred, y_true, X=None, training=False):
        target, weight = y_true
        return mean_loss(self.criterion_(y_pred, target, X), weight, X)

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Run one epoch and record its mean loss: a record a batch costs time and memory."""
        if iterator is None:
            return
        if training:
            self.gradients_.start_epoch()
        losses, sizes = [], []
        with self.generators_():
            for batch in iterator:
                self.notify("on_batch_begin", batch=batch, training=training)
                step = step_fn(batch, **fit_params)
                losses.append(step["loss"].detach())
                sizes.append(len(batch[0]))
                self.notify("on_batch_end", batch=batch, training=training, **step)
        # One transfer from the device an epoch; asking for each loss would wait for each step.
        loss = float(np.average(torch.stack(losses).cpu(), weights=sizes))
        if not math.isfinite(loss):
            self.raise_diverged(f"The {prefix} loss became {loss}")
        self.history.record(f"{prefix}_loss", loss)

    def raise_diverged(self, what):
        """Say in which epoch the training left the finite numbers, and what to change."""
        raise FloatingPointError(
            f"{what} in epoch {len(self.history)}. Lower learning_rate_init (now {self.lr:g}), set "
            "or lower max_grad_norm, or scale elements that are not scaled (normalize='features')."
        )


def build_net(module, loss, *, optimizer, lr, weight_decay, device):
    """Return an initialised :class:`SetNet` around ``module``."""
    options: dict[str, Any] = {}
    if optimizer in ("adamw", "adam"):
        # One kernel updates all weights; the loop over them takes longer than a small step.
        options = {"optimizer__fused": True}
    elif optimizer == "adamax":
        # Which has no such kernel: all weights are updated by each operation in turn.
        options = {"optimizer__foreach": True}
    elif optimizer == "sgd":
        options = {"optimizer__momentum": 0.9, "optimizer__nesterov": True}
    net = SetNet(
        module,
        criterion=loss,
        optimizer=OPTIMIZERS[optimizer],
        optimizer__weight_decay=weight_decay,
        lr=lr,
        train_split=None,
        device=device,
        verbose=0,
        **options,
    )
    return net.initialize()
