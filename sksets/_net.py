"""The seam to skorch: the network, its training loop and what hangs on it.

No other file imports skorch.
"""

import contextlib
import copy
import math
import threading
import warnings
from typing import Any

import numpy as np
import torch
from skorch import NeuralNet
from skorch.callbacks import Callback, EarlyStopping, GradientNormClipping, LRScheduler
from skorch.helper import predefined_split
from tqdm import tqdm

from sksets._packed import PackedIterator

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

_RNG_LOCK = threading.Lock()


@contextlib.contextmanager
def isolated_rng(seed):
    """Seed torch's global generators inside the block and give them back untouched.

    The lock keeps fits that run in parallel threads from drawing from each other's seed.
    """
    with _RNG_LOCK, torch.random.fork_rng():
        torch.manual_seed(seed)
        yield


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


def validation_split(n_sets, fraction, rng, classes=None):
    """Draw the sets held out for early stopping, stratified where ``classes`` is given.

    No class loses its last member to the held-out part, and the part may be smaller than the
    number of classes, where scikit-learn's splitters raise.

    Returns
    -------
    train, valid : ndarrays of int
        Sorted positions.
    """
    n_valid = max(1, round(fraction * n_sets))
    order = rng.permutation(n_sets)
    codes = np.zeros(n_sets, dtype=np.int64) if classes is None else classes[order]
    by_class = np.argsort(codes, kind="stable")
    counts = np.bincount(codes)
    ranks = np.empty(n_sets)
    ranks[by_class] = np.concatenate([(np.arange(c) + 0.5) / max(c, 1) for c in counts])
    last = ranks > 1 - 1 / counts[codes]
    candidates = np.flatnonzero(~last)
    chosen = candidates[np.argsort(ranks[candidates], kind="stable")][:n_valid]
    if len(chosen) == 0:
        raise ValueError(
            f"early_stopping=True holds sets out of training, but never the last one of a class, "
            f"and {n_sets} sets leave none to hold out. Pass more sets or early_stopping=False."
        )
    valid = np.sort(order[chosen])
    return np.setdiff1d(np.arange(n_sets), valid), valid


class OneCycle(Callback):
    """One-cycle learning rate (Smith and Topin, 2018), cosine up and then down.

    The position is the share of the training sets seen, not of the batches: with a bound on
    elements the number of batches in an epoch is not known beforehand.
    """

    def __init__(self, max_epochs, peak_at=0.3, start=1 / 25, end=1e-4):
        self.max_epochs = max_epochs
        self.peak_at = peak_at
        self.start = start
        self.end = end

    def factor(self, position):
        """Return the rate at ``position`` in [0, 1] as a share of its peak."""
        if position < self.peak_at:
            low, share = self.start, 1 - position / self.peak_at
        else:
            low, share = self.end, (position - self.peak_at) / (1 - self.peak_at)
        return low + (1 - low) * (1 + math.cos(math.pi * share)) / 2

    def on_epoch_begin(self, net, dataset_train=None, **kwargs):
        self.epoch_ = len(net.history) - 1 - self.first_epoch_
        self.n_sets_, self.seen_ = len(dataset_train), 0

    def on_train_begin(self, net, **kwargs):
        self.first_epoch_ = len(net.history)

    def on_batch_begin(self, net, batch=None, training=False, **kwargs):
        if not training:
            return
        position = (self.epoch_ + self.seen_ / self.n_sets_) / self.max_epochs
        self.seen_ += len(batch[0])
        for group in net.optimizer_.param_groups:
            group["lr"] = net.lr * self.factor(position)


class Progress(Callback):
    """A bar over the epochs: losses and elements a second."""

    def __init__(self, max_epochs):
        self.max_epochs = max_epochs

    def on_train_begin(self, net, **kwargs):
        self.bar_ = tqdm(total=self.max_epochs, unit="epoch")

    def on_epoch_begin(self, net, dataset_train=None, **kwargs):
        self.n_elements_, self.started_ = dataset_train.n_elements, self.bar_._time()

    def on_epoch_end(self, net, **kwargs):
        seconds = max(self.bar_._time() - self.started_, 1e-9)
        row = net.history[-1]
        losses = {k: f"{row[k]:.4g}" for k in ("train_loss", "valid_loss") if k in row}
        self.bar_.set_postfix(losses | {"elements/s": f"{self.n_elements_ / seconds:.3g}"})
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        self.bar_.close()


class Augment:
    """Calls the user's ``augmentation`` with a generator of its own and checks what it returns."""

    def __init__(self, function, generator):
        self.function = function
        self.generator = generator

    def __call__(self, values, set_ids):
        new = self.function(values, set_ids, self.generator)
        is_tensor = isinstance(new, torch.Tensor)
        if not is_tensor or new.shape != values.shape or new.is_complex():
            found = f"{new.dtype} {tuple(new.shape)}" if is_tensor else type(new).__name__
            raise ValueError(
                f"augmentation must return a real tensor of the shape that it was given, "
                f"{tuple(values.shape)}; found {found}."
            )
        return new


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


def _callbacks(params, max_epochs, learning_rate, has_valid):
    monitor = "valid_loss" if has_valid else "train_loss"
    callbacks = []
    if params["max_grad_norm"] is not None:
        callbacks.append(GradientNormClipping(params["max_grad_norm"]))
    if learning_rate == "onecycle":
        callbacks.append(OneCycle(max_epochs))
    elif learning_rate == "plateau":
        patience = max(1, params["n_iter_no_change"] // 2)
        callbacks.append(
            LRScheduler(policy="ReduceLROnPlateau", monitor=monitor, factor=0.3, patience=patience)
        )
    callbacks += copy.deepcopy(list(params["callbacks"] or []))
    for callback in callbacks:
        # skorch takes instances, classes, and pairs of a name and either.
        name, part = callback if _is_pair(callback) else ("", callback)
        kind = part if isinstance(part, type) else type(part)
        if not isinstance(name, str) or not issubclass(kind, Callback):
            raise ValueError(
                f"callbacks must be skorch callbacks, or pairs of a name and one; found "
                f"{callback!r}."
            )
    if params["verbose"]:
        callbacks.append(Progress(max_epochs))
    if has_valid:
        # Last, since it leaves an epoch's round of callbacks when it stops the training.
        stopping = {"patience": params["n_iter_no_change"], "threshold": params["tol"]}
        callbacks.append(
            EarlyStopping(monitor, **stopping, threshold_mode="abs", load_best=True, sink=_silent)
        )
    return callbacks


def _is_pair(callback):
    return isinstance(callback, tuple) and len(callback) == 2


def _silent(text):
    """Swallow what skorch would print; the progress bar speaks for the fit."""


def train_net(net, dataset, valid, params, *, max_epochs, learning_rate, rng):
    """Train ``net`` in place; it keeps neither the data nor the callbacks.

    Parameters
    ----------
    net : SetNet
    dataset, valid : PackedDataset
        ``valid`` may be None; otherwise training stops early and the best weights return.
    params : dict
        The estimator's parameters.
    max_epochs : int
    learning_rate : {"onecycle", "constant", "plateau"}
    rng : numpy Generator
        Source of the shuffles, and of the seed for dropout and augmentation.
    """
    generator = torch.Generator(net.device).manual_seed(int(rng.integers(2**62)))
    augment = params.get("augmentation")
    augment = augment and Augment(augment, generator)
    _set_generators(net.module_, generator)
    net.lr = params["learning_rate_init"]
    for group in net.optimizer_.param_groups:
        group["lr"] = net.lr
    net.max_epochs = max_epochs
    net.train_split = None if valid is None else predefined_split(valid)
    net.callbacks = _callbacks(params, max_epochs, learning_rate, valid is not None)
    try:
        net.initialize_callbacks()
    except (TypeError, ValueError) as error:
        raise ValueError(f"callbacks cannot be used: {error}") from error
    net.batch_size = params["batch_size"]
    net.iteration_ = {"rng": rng, "augment": augment}
    net.max_elements_ = params["max_elements_per_batch"]
    _run(net, dataset, valid is not None)
    _set_generators(net.module_, None)
    net.train_split, net.callbacks, net.callbacks_, net.iteration_ = None, None, [], {}
    return net


def _run(net, dataset, has_valid):
    n_before = len(net.history)
    try:
        net.partial_fit(dataset)
    except Exception as error:
        error.add_note(
            f"Raised in epoch {len(net.history)} of the training, by the network or by an "
            "element_encoder, augmentation or callback that it was given."
        )
        if not has_valid and "valid_loss" in str(error):
            error.add_note("valid_loss is recorded with early_stopping=True only.")
        raise
    finally:
        for _, callback in net.callbacks_:
            if isinstance(callback, Progress) and hasattr(callback, "bar_"):
                callback.on_train_end(net)
    if not all(torch.isfinite(weights).all() for weights in net.module_.parameters()):
        net.raise_diverged("Weights of the network became infinite or nan")
    # skorch ends quietly on an interrupt, whose epoch then has no loss.
    if len(net.history) and f"{'valid' if has_valid else 'train'}_loss" not in net.history[-1]:
        del net.history[-1]
        n_epochs = len(net.history) - n_before
        if n_epochs == 0:
            raise KeyboardInterrupt("Interrupted before the first epoch of this fit ended.")
        warnings.warn(
            f"Training was interrupted; the estimator keeps what it learned in {n_epochs} "
            f"epoch{'s' if n_epochs > 1 else ''}.",
            stacklevel=2,
        )


def _set_generators(module, generator):
    for layer in module.modules():
        if hasattr(layer, "generator"):
            layer.generator = generator
