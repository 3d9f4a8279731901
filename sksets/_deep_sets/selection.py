"""What the estimators choose for themselves, by the loss on sets that are held out."""

import math
from typing import NamedTuple

import numpy as np

# What "auto" stands for where nothing can be held out, and in a stream.
POOLING, DROPOUT = "sum", 0.0
POOLINGS = ("sum", "mean", ("mean", "max"), ("mean", "std"))
DROPOUTS = (0.0, 0.3)
# Sets that are held out: a share of them, where there are so many at least.
HELD_OUT_FRACTION, MIN_SETS = 0.15, 20
# A short trial has so many steps, within these bounds of epochs.
SHORT_STEPS, MIN_SHORT, MAX_SHORT = 200, 5, 30
# Epochs of a long trial. Where the loss is least in the last quarter of them, it may fall further,
# and the fit has the epochs of FULL_STEPS within the bounds; where it is least in the first half,
# the network overfits.
N_LONG, FALLING, OVERFITTING = 50, 0.75, 0.5
FULL_STEPS, MIN_FULL, MAX_FULL = 3200, 100, 200


class Trial(NamedTuple):
    """A network trained on a part of the sets.

    Parameters
    ----------
    pooling, dropout
    losses : list of float
        Losses of the held-out sets after each epoch.
    """

    pooling: str | tuple
    dropout: float
    losses: list

    @property
    def best_epoch(self):
        return int(np.argmin(self.losses)) + 1

    @property
    def loss(self):
        return min(self.losses)

    def report(self):
        """Return what `selection_` says of it."""
        return {
            "pooling": self.pooling,
            "dropout": self.dropout,
            "n_epochs": len(self.losses),
            "best_epoch": self.best_epoch,
            "held_out_loss": self.loss,
        }


class Choice(NamedTuple):
    """What the fit is done with, and the trials that say why."""

    pooling: str | tuple
    dropout: float
    max_epochs: int
    trials: list


def _epochs(n_steps, least, most, n_sets, batch_size):
    """Return the epochs that have so many steps, within bounds."""
    steps = math.ceil(n_sets / batch_size)
    return min(max(math.ceil(n_steps / steps), least), most)


def short_epochs(n_sets, batch_size):
    """Return the epochs of a short trial."""
    return _epochs(SHORT_STEPS, MIN_SHORT, MAX_SHORT, n_sets, batch_size)


def full_epochs(n_sets, batch_size):
    """Return the epochs of a fit for which no other number was chosen."""
    return _epochs(FULL_STEPS, MIN_FULL, MAX_FULL, n_sets, batch_size)


def choose(run, poolings, dropouts, *, n_short, n_full, choose_epochs):
    """Choose a pooling by short trials, then the number of epochs and dropout by long ones.

    Parameters
    ----------
    run : callable
        (pooling, dropout, max_epochs) -> losses of the held-out sets after each epoch.
    poolings, dropouts : sequences
        What to choose from. A second dropout is tried where the network overfits with the first.
    n_short, n_full : int
        Epochs of a short trial, and of a fit whose loss falls to the end, or was not looked at.
    choose_epochs : bool
        Without it there is no long trial, and dropout is the first.

    Returns
    -------
    Choice
    """
    trials = []

    def attempt(pooling, dropout, max_epochs):
        trials.append(Trial(pooling, dropout, run(pooling, dropout, max_epochs)))
        return trials[-1]

    pooling, dropout, max_epochs = poolings[0], dropouts[0], n_full
    if len(poolings) > 1:
        shorts = [attempt(pooling, dropout, n_short) for pooling in poolings]
        pooling = min(shorts, key=lambda trial: trial.loss).pooling
    if choose_epochs:
        best = attempt(pooling, dropout, N_LONG)
        if best.best_epoch < OVERFITTING * N_LONG:
            others = [attempt(pooling, other, N_LONG) for other in dropouts[1:]]
            best = min([best, *others], key=lambda trial: trial.loss)
        dropout = best.dropout
        if best.best_epoch < FALLING * N_LONG:
            max_epochs = best.best_epoch
    return Choice(pooling, dropout, max_epochs, trials)
