"""The seam to skorch, which no other file imports: the net, and what the library uses beside it."""

import math
from typing import Any

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping, GradientNormClipping, LRScheduler
from skorch.helper import predefined_split

from sksets._training.batches import PackedIterator

__all__ = [
    "Callback",
    "EarlyStopping",
    "GradientNormClipping",
    "LRScheduler",
    "OPTIMIZERS",
    "SetLoss",
    "SetNet",
    "build_net",
    "predefined_split",
]

# Elements in one prediction batch when the user sets no bound, and numbers in them. At the default
# widths the activations of 8,192 vectors stay in the cache (batches eight times as large take twice
# as long an element); those of as many images would take hundreds of megabytes.
PREDICTION_ELEMENTS, PREDICTION_VALUES = 2**13, 2**20

OPTIMIZERS = {
    "adamw": torch.optim.AdamW,
    "adam": torch.optim.Adam,
    "sgd": torch.optim.SGD,
    "rmsprop": torch.optim.RMSprop,
}


class SetLoss(torch.nn.Module):
    """A loss of :mod:`sksets.nn` with its keywords, one value a row of the outputs."""

    def __init__(self, function, **kwargs):
        super().__init__()
        self.function = function
        self.kwargs = kwargs

    def forward(self, outputs, target, batch):
        return self.function(outputs, target, **self.kwargs)


class SetNet(NeuralNet):
    """skorch's loop over packed batches with weighted losses, one a set or one an element."""

    def get_default_callbacks(self):
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

    def get_loss(self, y_pred, y_true, X=None, training=False):
        target, weight = y_true
        losses = self.criterion_(y_pred, target, X)
        # The weights of elements are such that those of all elements sum to the number of sets.
        return losses.mean() if weight is None else (losses * weight).sum() / len(X)

    def run_single_epoch(self, iterator, training, prefix, step_fn, **fit_params):
        """Run one epoch and record its mean loss: a record a batch costs time and memory."""
        if iterator is None:
            return
        losses, sizes = [], []
        for batch in iterator:
            self.notify("on_batch_begin", batch=batch, training=training)
            step = step_fn(batch, **fit_params)
            losses.append(step["loss"].detach())
            sizes.append(len(batch[0]))
            self.notify("on_batch_end", batch=batch, training=training, **step)
        loss = float(np.average(torch.stack(losses).cpu(), weights=sizes))
        if not math.isfinite(loss):
            self.raise_diverged(f"The {prefix} loss became {loss}")
        self.history.record(f"{prefix}_loss", loss)

    def raise_diverged(self, what):
        """Say in which epoch the training left the finite numbers, and what to change."""
        raise FloatingPointError(
            f"{what} in epoch {len(self.history)}. Lower learning_rate_init (now {self.lr:g}), set "
            "max_grad_norm, or scale the elements (normalize='features')."
        )

    def outputs(self, dataset, max_elements=None, method="forward"):
        """Return what a method of the module gives for all sets, as an ndarray.

        Sets of more than ``max_elements`` elements are passed to ``method + "_pieces"`` in pieces
        of that size, so memory does not grow with the size of a set.
        """
        if max_elements is None:
            width = max(1, math.prod(dataset.values.shape[1:]))
            max_elements = max(1, min(PREDICTION_ELEMENTS, PREDICTION_VALUES // width))
        self.module_.eval()
        with torch.inference_mode():
            rows = list(self._rows(dataset, max_elements, method))
            return torch.cat(rows).cpu().numpy()

    def _rows(self, dataset, max_elements, method):
        """Yield the outputs of some sets, in their order."""
        whole = getattr(self.module_, method)
        large = dataset.sizes.numpy() > max_elements
        cuts = np.flatnonzero(np.diff(large)) + 1
        for run in np.split(np.arange(len(large)), cuts):
            part = dataset.subset(run)
            if not large[run[0]]:
                for batch, _ in PackedIterator(part, None, max_elements):
                    yield whole(batch)
                continue
            in_pieces = getattr(self.module_, f"{method}_pieces")
            for i in range(len(run)):
                size = part.sizes[i : i + 1].to(part.device)
                context = None if part.context is None else part.context[i : i + 1]
                yield in_pieces(part.pieces(i, max_elements), size, context)


def build_net(module, loss, *, optimizer, lr, weight_decay, batch_size, device):
    """Return an initialised :class:`SetNet` around ``module``."""
    options: dict[str, Any] = {}
    if optimizer in ("adamw", "adam"):
        options = {"optimizer__fused": True}
    elif optimizer == "sgd":
        options = {"optimizer__momentum": 0.9, "optimizer__nesterov": True}
    net = SetNet(
        module,
        criterion=loss,
        optimizer=OPTIMIZERS[optimizer],
        optimizer__weight_decay=weight_decay,
        lr=lr,
        batch_size=batch_size,
        train_split=None,
        device=device,
        verbose=0,
        **options,
    )
    return net.initialize()
