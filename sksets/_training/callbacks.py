"""What hangs on the training loop: the learning rate, the progress bar, early stopping."""

import copy
import math
import time

from tqdm import tqdm

from sksets._training.averaging import Averaging
from sksets._training.net import (
    BatchScoring,
    Callback,
    EarlyStopping,
    LRScheduler,
    PassthroughScoring,
)


class Schedule(Callback):
    """The learning rate by the share of the training that is done.

    That is the share of the training sets seen, not of the batches: with a bound on elements the
    number of batches in an epoch is not known beforehand.
    """

    def __init__(self, max_epochs):
        self.max_epochs = max_epochs

    def factor(self, position):
        """Return the rate at ``position`` in [0, 1] as a share of its peak."""
        raise NotImplementedError

    def on_epoch_begin(self, net, dataset_train=None, **kwargs):
        self.epoch_ = len(net.history) - 1 - self.first_epoch_
        self.n_sets_, self.seen_ = len(dataset_train), 0

    def on_train_begin(self, net, **kwargs):
        self.first_epoch_, self.n_steps_ = len(net.history), 0

    def on_batch_begin(self, net, batch=None, training=False, **kwargs):
        if not training:
            return
        position = (self.epoch_ + self.seen_ / self.n_sets_) / self.max_epochs
        self.seen_ += len(batch[0])
        self.n_steps_ += 1
        for group in net.optimizer_.param_groups:
            group["lr"] = net.lr * self.factor(position)


class OneCycle(Schedule):
    """One-cycle learning rate (Smith and Topin, 2018), cosine up and then down."""

    def __init__(self, max_epochs, peak_at=0.3, start=1 / 25, end=1e-4):
        super().__init__(max_epochs)
        self.peak_at = peak_at
        self.start = start
        self.end = end

    def factor(self, position):
        if position < self.peak_at:
            low, share = self.start, 1 - position / self.peak_at
        else:
            low, share = self.end, (position - self.peak_at) / (1 - self.peak_at)
        return low + (1 - low) * (1 + math.cos(math.pi * share)) / 2


class RiseAndFall(Schedule):
    """A rate that rises for some steps, stays, and falls to zero, both on a line.

    ``rising`` and ``falling`` are the shares of the training in which it rises at most, and in
    which it falls; ``falling`` is 0 for a training that may end at any time.
    """

    def __init__(self, max_epochs, n_rising=100, rising=0.3, falling=0.3):
        super().__init__(max_epochs)
        self.n_rising = n_rising
        self.rising = rising
        self.falling = falling

    def factor(self, position):
        rise = min(1.0, max(self.n_steps_ / self.n_rising, position / self.rising))
        return rise * min(1.0, (1 - position) / self.falling) if self.falling else rise


class Flattening(Callback):
    """The end of a training whose validation loss has its least value behind it.

    That is where the loss has not fallen for ``patience`` epochs, nor for as many as it fell.
    """

    def __init__(self, patience):
        self.patience = patience

    def on_epoch_end(self, net, **kwargs):
        losses = net.history[:, "valid_loss"]
        n_falling = losses.index(min(losses)) + 1
        if len(losses) - n_falling >= max(self.patience, n_falling):
            # As skorch's early stopping ends a training.
            raise KeyboardInterrupt


class Progress(Callback):
    """A line about the epochs: time, losses and elements a second."""

    def __init__(self, max_epochs):
        self.max_epochs = max_epochs

    def on_train_begin(self, net, **kwargs):
        # Without a bar and the rate of epochs: a terminal of 80 columns shows what follows whole.
        layout = "{n_fmt}/{total_fmt} [{elapsed}<{remaining}{postfix}]"
        self.bar_ = tqdm(total=self.max_epochs, bar_format=layout)

    def on_epoch_begin(self, net, dataset_train=None, **kwargs):
        self.n_elements_, self.started_ = dataset_train.n_elements, time.perf_counter()

    def on_epoch_end(self, net, **kwargs):
        seconds = max(time.perf_counter() - self.started_, 1e-9)
        row = net.history[-1]
        losses = {k: f"{row[k]:.4g}" for k in ("train_loss", "valid_loss") if k in row}
        self.bar_.set_postfix(losses | {"elements/s": f"{self.n_elements_ / seconds:.3g}"})
        self.bar_.update()

    def on_train_end(self, net, **kwargs):
        self.bar_.close()


def make_callbacks(params, max_epochs, learning_rate, has_valid):
    """Return the callbacks of one fit.

    Parameters
    ----------
    params : dict
        The estimator's parameters; the user's own callbacks are copied.
    max_epochs : int
    learning_rate : {"averaged", "onecycle", "constant", "plateau", "trial"}
        "trial" is "averaged" without a fall of the rate: it ends where the validation loss has
        its least value behind it, and nobody wants its weights.
    has_valid : bool
        Whether a part of the sets is held out, so that training stops early.

    Raises
    ------
    ValueError
        If one of the user's is no skorch callback, or one that would record nothing.
    """
    monitor = "valid_loss" if has_valid else "train_loss"
    # Averages first, so that the callbacks behind them find them at the end of an epoch.
    callbacks: list[Callback] = []
    if learning_rate in ("averaged", "trial"):
        falls = {} if learning_rate == "averaged" else {"falling": 0}
        callbacks = [Averaging(), RiseAndFall(max_epochs, **falls)]
    if learning_rate == "onecycle":
        callbacks.append(OneCycle(max_epochs))
    elif learning_rate == "plateau":
        # Half of the epochs after which early stopping ends: the rate falls before that.
        patience = max(1, params["n_iter_no_change"] // 2)
        callbacks.append(
            LRScheduler(policy="ReduceLROnPlateau", monitor=monitor, factor=0.3, patience=patience)
        )
    # A callback has a state, and the user's belong to the parameters.
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
        # Where the history has no batches they return without a word.
        if issubclass(kind, BatchScoring | PassthroughScoring):
            raise ValueError(
                f"callbacks: {kind.__name__} averages scores of batches, which the history does "
                "not hold: losses are recorded by epoch. Score in the on_epoch_end of a callback "
                "of your own."
            )
    if params["verbose"]:
        callbacks.append(Progress(max_epochs))
    if learning_rate == "trial":
        callbacks.append(Flattening(params["n_iter_no_change"]))
    elif has_valid:
        # Last, since it leaves an epoch's round of callbacks when it stops the training.
        # `tol` is absolute, as in scikit-learn's networks; skorch's default is a share of the loss.
        stopping = {"patience": params["n_iter_no_change"], "threshold": params["tol"]}
        callbacks.append(
            EarlyStopping(monitor, **stopping, threshold_mode="abs", load_best=True, sink=_silent)
        )
    return callbacks


def _is_pair(callback):
    return isinstance(callback, tuple) and len(callback) == 2


def _silent(text):
    """Swallow what skorch would print; the progress bar speaks for the fit."""
