"""What the estimators choose for themselves, by the loss on sets that are held out."""

import math
from typing import NamedTuple

import numpy as np

from sksets._arguments import is_auto
from sksets._names import check_name
from sksets.nn import POOLINGS as KNOWN_POOLINGS

# What "auto" stands for where nothing can be held out, and in a stream.
POOLING, DROPOUT = "sum", 0.0
POOLINGS = ("sum", "mean", ("mean", "max"), ("mean", "std"))
# Of learned vectors, one a token, that nothing follows but a linear layer.
LINEAR_POOLINGS = ("sum", "mean")
DROPOUTS = (0.0, 0.3)
# Sets that are held out: a share of them, where there are so many at least.
HELD_OUT_FRACTION, MIN_SETS = 0.15, 20
# A short trial has so many steps, within these bounds of epochs.
SHORT_STEPS, MIN_SHORT, MAX_SHORT = 200, 5, 30
# Epochs of a long trial. Where the loss is least in the last quarter of them, it may fall further,
# and the fit has the epochs of FULL_STEPS within the bounds; elsewhere the network overfits.
N_LONG, FALLING = 50, 0.75
FULL_STEPS, MIN_FULL, MAX_FULL = 2500, 100, 200


class Contender(NamedTuple):
    """A network to choose from."""

    pooling: object
    phi_layer_sizes: object
    rho_layer_sizes: object

    @property
    def is_linear(self):
        """Whether nothing but linear layers stands before and behind the pooling."""
        return not len(self.phi_layer_sizes) and not len(self.rho_layer_sizes)


class Trial(NamedTuple):
    """A network trained on a part of the sets.

    Parameters
    ----------
    contender : Contender
    dropout : float
    losses : list of float
        Losses of the held-out sets after each epoch.
    """

    contender: Contender
    dropout: float
    losses: list

    @property
    def best_epoch(self):
        return int(np.argmin(self.losses)) + 1

    @property
    def loss(self):
        return min(self.losses)

    @property
    def overfits(self):
        return self.best_epoch < FALLING * N_LONG

    def report(self):
        """Return what `selection_` says of it."""
        return self.contender._asdict() | {
            "dropout": self.dropout,
            "n_epochs": len(self.losses),
            "best_epoch": self.best_epoch,
            "held_out_loss": self.loss,
        }


class Choice(NamedTuple):
    """What the fit is done with, and the trials that say why."""

    contender: Contender
    dropout: float
    max_epochs: int
    trials: list


def check_pooling(pooling):
    """Raise a ValueError for an unknown name, and for "auto" beside others; layers come later."""
    if isinstance(pooling, str):
        check_name(pooling, ["auto", *KNOWN_POOLINGS], "pooling")
    elif isinstance(pooling, tuple | list) and any(map(is_auto, pooling)):
        raise ValueError(
            f'pooling={pooling!r}: "auto" chooses among poolings and cannot be one of several. '
            'Use pooling="auto", or the names without it.'
        )


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


def choose(run, contenders, dropouts, *, n_short, n_full, choose_epochs):
    """Choose a network by short trials, then the number of epochs and dropout by long ones.

    Parameters
    ----------
    run : callable
        (contender, dropout, max_epochs) -> losses of the held-out sets after each epoch.
    contenders, dropouts : sequences
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

    def attempt(contender, dropout, max_epochs):
        trials.append(Trial(contender, dropout, run(contender, dropout, max_epochs)))
        return trials[-1]

    finalists = contenders
    if len(contenders) > 1:
        shorts = [attempt(contender, dropouts[0], n_short) for contender in contenders]
        finalists = [_least(shorts).contender]
        if choose_epochs and len({trial.contender.is_linear for trial in shorts}) > 1:
            # Without hidden layers a network learns at another pace: each kind has a long trial.
            kinds = [[t for t in shorts if t.contender.is_linear == kind] for kind in (False, True)]
            finalists = [_least(kind).contender for kind in kinds]
    if not choose_epochs:
        return Choice(finalists[0], dropouts[0], n_full, trials)
    best = _least([attempt(contender, dropouts[0], N_LONG) for contender in finalists])
    # Without hidden layers there is nothing to drop.
    if best.overfits and not best.contender.is_linear:
        best = _least([best, *(attempt(best.contender, other, N_LONG) for other in dropouts[1:])])
    max_epochs = best.best_epoch if best.overfits else n_full
    return Choice(best.contender, best.dropout, max_epochs, trials)


def _least(trials):
    """Return the trial with the least loss, the first of equal ones."""
    return min(trials, key=lambda trial: trial.loss)
