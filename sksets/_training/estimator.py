"""What every network estimator is made of: the parameters of training, and its steps."""

import copy
from abc import ABCMeta, abstractmethod
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state

from sksets._compat import Interval, StrOptions
from sksets._moments import weighted_moments
from sksets._training.comparable import comparable
from sksets._training.dataset import PackedDataset
from sksets._training.device import DTYPES, resolve_device
from sksets._training.extremes import warn_of_extremes
from sksets._training.generators import isolated_rng
from sksets._training.loop import train_net
from sksets._training.net import OPTIMIZERS, SetNet, build_net
from sksets._training.prediction import compute_outputs
from sksets._training.split import validation_split
from sksets.nn import FeatureScaler


def require_finite(rows, what, row_ids=None):
    """Raise where what was computed for a set is not finite; see ``_outputs``."""
    if not (finite := np.isfinite(rows).all(axis=tuple(range(1, rows.ndim)))).all():
        row = int(np.argmin(finite))
        raise FloatingPointError(
            f"{what} for set {row if row_ids is None else row_ids[row]} is not finite: its "
            "elements or its context are far larger than those of fit."
        )


class BaseNetworkEstimator(BaseEstimator, metaclass=ABCMeta):
    """Base of the estimators that train a network on sets.

    It offers steps and calls nothing of its subclasses. A ``fit`` takes them in this order:
    ``_starts``; where it does, ``_learn_context_scale``, the learning of ``_element_scaler``,
    ``_draw_seed``, ``_seeded`` around the making of the module, ``_start``; then ``_generator``,
    ``_pack``, ``_try`` for each network that is only looked at, ``_train``. A ``predict`` takes
    ``_outputs``.
    """

    net_: SetNet
    n_iter_: int
    history_: list[dict]
    # What elements pass through before they are cast to the type of the network; None for nothing.
    _element_scaler: torch.nn.Module | None

    _parameter_constraints: dict = {
        "optimizer": [StrOptions(set(OPTIMIZERS))],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "learning_rate": [StrOptions({"averaged", "onecycle", "constant", "plateau"})],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "max_grad_norm": [Interval(Real, 0, None, closed="neither"), None],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "max_elements_per_batch": [Interval(Integral, 1, None, closed="left"), None],
        "early_stopping": ["boolean"],
        "validation_fraction": [Interval(Real, 0, 1, closed="neither")],
        "n_iter_no_change": [Interval(Integral, 1, None, closed="left")],
        "tol": [Interval(Real, 0, None, closed="left")],
        "warm_start": ["boolean"],
        "device": [str, torch.device],
        "dtype": [StrOptions(set(DTYPES))],
        "callbacks": [list, tuple, None],
        "random_state": ["random_state"],
        "verbose": ["verbose"],
    }
    # What a fit that goes on from an earlier one may change; the rest built the network.
    _free_parameters = frozenset(_parameter_constraints) - {
        "optimizer",
        "weight_decay",
        "device",
        "dtype",
    }

    @abstractmethod
    def __init__(
        self,
        *,
        optimizer,
        learning_rate_init,
        learning_rate,
        weight_decay,
        max_grad_norm,
        max_epochs,
        batch_size,
        max_elements_per_batch,
        early_stopping,
        validation_fraction,
        n_iter_no_change,
        tol,
        warm_start,
        device,
        dtype,
        callbacks,
        random_state,
        verbose,
    ):
        self.optimizer = optimizer
        self.learning_rate_init = learning_rate_init
        self.learning_rate = learning_rate
        self.weight_decay = weight_decay
        self.max_grad_norm = max_grad_norm
        self.max_epochs = max_epochs
        self.batch_size = batch_size
        self.max_elements_per_batch = max_elements_per_batch
        self.early_stopping = early_stopping
        self.validation_fraction = validation_fraction
        self.n_iter_no_change = n_iter_no_change
        self.tol = tol
        self.warm_start = warm_start
        self.device = device
        self.dtype = dtype
        self.callbacks = callbacks
        self.random_state = random_state
        self.verbose = verbose

    def _starts(self, stream=False):
        """Return whether a fit builds a network; otherwise it goes on with the one of the last.

        Parameters
        ----------
        stream : bool, default=False
            Whether the fit is a ``partial_fit``.

        Raises
        ------
        ValueError
            If it goes on and a parameter is not what the network was built with.
        """
        if not hasattr(self, "net_") or not (stream or self.warm_start):
            return True
        for name, value in self._building_parameters().items():
            # A change would have no effect.
            if value != (built := self._built_with[name]):
                raise ValueError(
                    f"The network was built with {name}={built!r:.120}, and warm_start and "
                    f"partial_fit go on with it; found {name}={value!r:.120}. Use fit with "
                    "warm_start=False."
                )
        return False

    def _building_parameters(self):
        parameters = self.get_params(deep=False) | {"device": resolve_device(self.device)}
        free = self._free_parameters
        return {name: comparable(value) for name, value in parameters.items() if name not in free}

    def _learn_context_scale(self, sets, weight=None):
        """Learn how the context, where there is one, is standardised; one weight a set."""
        if sets.context is not None:
            self._context_scale = weighted_moments(sets.context, weight)

    def _draw_seed(self):
        """Draw the seed of the estimator."""
        self._seed = check_random_state(self.random_state).randint(2**31 - 1)

    def _seeded(self):
        """Return a block in which torch draws from the seed of the estimator."""
        return isolated_rng(self._seed)

    def _start(self, module, loss):
        """Take a new network, whose loss is a module of outputs, targets and the batch."""
        self.n_iter_ = 0
        self._built_with = self._building_parameters()
        self.net_ = build_net(
            module.to(DTYPES[self.dtype]),
            loss,
            optimizer=self.optimizer,
            lr=self.learning_rate_init,
            weight_decay=self.weight_decay,
            device=resolve_device(self.device),
        )

    def _generator(self):
        """Return the source of randomness of this fit, another one after each epoch."""
        # From the seed alone, a warm start would repeat the shuffles of the fit before it.
        return np.random.default_rng([self._seed, self.n_iter_])

    def _pack(self, sets, target=None, weight=None, **options):
        """Return the dataset of sets as the network takes them, elements and context scaled.

        ``options`` are those of :class:`PackedDataset`.
        """
        if sets.context is not None:
            mean, scale = self._context_scale
            sets = sets.with_context((sets.context - mean) / scale)
        dataset = PackedDataset(
            sets,
            target,
            weight,
            device=torch.device(self.net_.device),
            dtype=DTYPES[self.dtype],
            normalizer=self._element_scaler,
            **options,
        )
        if dataset.resident and self.n_iter_:
            # A fit that goes on has scales that were learned from other sets.
            self._warn_of_extremes(sets, dataset)
        return dataset

    def _warn_of_extremes(self, sets, dataset):
        scaler = self._element_scaler
        scaler = scaler if isinstance(scaler, FeatureScaler) else None
        categorical = getattr(self, "_categorical", ())
        warn_of_extremes(sets, dataset, scaler, self._input_spec, categorical)

    def _try(self, dataset, held_out, max_epochs, *, patience, augmentation=None):
        """Train the new network on some sets, and return its losses on others.

        Parameters
        ----------
        dataset, held_out : PackedDataset
        max_epochs : int
        patience : int
            Training ends where the loss has not fallen for so many epochs, and for as many as it
            fell.
        augmentation : callable, default=None

        Returns
        -------
        list of float
            Of each epoch. Infinite where a loss was not finite.
        """
        params = self.get_params(deep=False)
        # The user's callbacks are for the training whose network is kept.
        params |= {"callbacks": None, "n_iter_no_change": patience}
        try:
            interrupted = train_net(
                self.net_,
                dataset,
                held_out,
                params,
                max_epochs=max_epochs,
                learning_rate="trial",
                augmentation=augmentation,
                rng=self._generator(),
            )
        except FloatingPointError:
            return [np.inf]
        if interrupted:
            raise KeyboardInterrupt("Interrupted before the training began.")
        return [row["valid_loss"] for row in self.net_.history]

    def _train(
        self,
        dataset,
        rng,
        *,
        max_epochs=None,
        stream=False,
        augmentation=None,
        classes=None,
        candidates=None,
    ):
        """Train the network and record its losses.

        Parameters
        ----------
        dataset : PackedDataset
        rng : numpy Generator
            What ``_generator`` returned.
        max_epochs : int, default=None
            By default the parameter of that name.
        stream : bool, default=False
            Whether to pass once over the data at a constant rate: where a stream ends is not
            known.
        augmentation : callable, default=None
            The user's transform of training batches.
        classes, candidates : ndarray, default=None
            Of :func:`validation_split`.
        """
        # A copy of a network that was trained before, which others may be using.
        net = copy.deepcopy(self.net_) if self.n_iter_ else self.net_
        valid = None
        # A stream is one epoch a call: nothing can stop early, and held-out sets would be lost.
        if self.early_stopping and not stream:
            train, held_out = validation_split(
                len(dataset),
                self.validation_fraction,
                rng,
                classes=classes,
                candidates=candidates,
            )
            dataset, valid = dataset.subset(train), dataset.subset(held_out)
        if stream:
            # A stream may have no end: copies and pickles of its estimator must not grow with it.
            net.history.clear()
            self.history_ = []
        n_before = len(net.history)
        interrupted = train_net(
            net,
            dataset,
            valid,
            self.get_params(deep=False),
            max_epochs=1 if stream else max_epochs or self.max_epochs,
            learning_rate="constant" if stream else self.learning_rate,
            augmentation=augmentation,
            rng=rng,
        )
        self.net_ = net
        # skorch's rows have a list of batches, which is empty: losses are recorded by epoch.
        rows = [
            {k: v for k, v in row.items() if k != "batches"} | {"epoch": self.n_iter_ + i}
            for i, row in enumerate(net.history.to_list()[n_before:], start=1)
        ]
        self.history_ = (self.history_ if self.n_iter_ else []) + rows
        self.n_iter_ += len(rows)
        if interrupted:
            self._interrupt = (
                f"Training was interrupted; the estimator keeps what it learned in {len(rows)} "
                f"epoch{'s' if len(rows) > 1 else ''}."
            )

    def _outputs(self, sets, whole, in_pieces, row_ids=None):
        """Return what a method of the network's module gives for sets.

        Parameters
        ----------
        sets : SetArray
        whole, in_pieces : callable
            The method for whole sets, and its twin for one set in pieces.
        row_ids : ndarray, default=None
            The set of each row of the outputs, for the message; None for one row a set.

        Returns
        -------
        ndarray of shape (n_rows, n_outputs)

        Raises
        ------
        FloatingPointError
            If one is not finite; the message names the set.
        """
        outputs, dataset = self._compute(sets, whole, in_pieces)
        require_finite(outputs, "The network's output", row_ids)
        self._warn_of_extremes(sets, dataset)
        return outputs

    def _compute(self, sets, whole, in_pieces):
        """Return outputs as ``_outputs`` does, unchecked, and the dataset they were computed of."""
        dataset = self._pack(sets, resident=False)
        outputs = compute_outputs(
            self.net_.module_, dataset, whole, in_pieces, self.max_elements_per_batch
        )
        return outputs, dataset

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        return tags
