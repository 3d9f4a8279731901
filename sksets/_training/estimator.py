"""What every network estimator shares: parameters, fit, forward, tags."""

import copy
from abc import ABCMeta, abstractmethod
from numbers import Integral, Real

import numpy as np
import torch
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sksets._compat import Interval, StrOptions
from sksets._fitting import unchanged_on_error
from sksets._moments import weighted_moments
from sksets._set_array import ELEMENT_KINDS, SetArray
from sksets._training.dataset import PackedDataset
from sksets._training.device import resolve_device
from sksets._training.generators import isolated_rng
from sksets._training.inputs import build_encoder, build_normalizer
from sksets._training.loop import train_net
from sksets._training.net import OPTIMIZERS, SetNet, build_net
from sksets._training.split import validation_split
from sksets._validation import validate_sets
from sksets.nn import ACTIVATIONS
from sksets.preprocessing import TokenEncoder

_LAYER_SIZES = ("phi_layer_sizes", "rho_layer_sizes", "equivariant_layer_sizes")
# What a fit that goes on from an earlier one may change; the rest built the network.
_FREE_PARAMETERS = {
    *("learning_rate_init", "learning_rate", "max_grad_norm", "max_epochs", "batch_size"),
    *("max_elements_per_batch", "early_stopping", "validation_fraction", "n_iter_no_change"),
    *("tol", "warm_start", "augmentation", "callbacks", "class_weight", "random_state", "verbose"),
    "contamination",
}
DTYPES = {"float32": torch.float32, "float64": torch.float64}


class BaseSetEstimator(BaseEstimator, metaclass=ABCMeta):
    """Base of the estimators that train a network on sets.

    A subclass says what its targets are (``_check_target``, ``_pack_training``), what the network
    is (``_build_module``), how it is judged (``_make_loss``) and what its outputs mean
    (``predict``).
    """

    net_: SetNet
    n_iter_: int

    _parameter_constraints: dict = {
        "phi_layer_sizes": ["array-like"],
        "rho_layer_sizes": ["array-like"],
        "equivariant_layer_sizes": ["array-like"],
        "pooling": [str, tuple, list],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "size_feature": ["boolean"],
        "element_kind": [StrOptions(set(ELEMENT_KINDS))],
        "element_encoder": [StrOptions({"conv"}), torch.nn.Module, None],
        "embedding_dim": [Interval(Integral, 1, None, closed="left")],
        "normalize": [StrOptions({"features", "set"}), None],
        "augmentation": [callable, None],
        "optimizer": [StrOptions(set(OPTIMIZERS))],
        "learning_rate_init": [Interval(Real, 0, None, closed="neither")],
        "learning_rate": [StrOptions({"onecycle", "constant", "plateau"})],
        "weight_decay": [Interval(Real, 0, None, closed="left")],
        "max_grad_norm": [Interval(Real, 0, None, closed="neither"), None],
        "max_epochs": [Interval(Integral, 1, None, closed="left")],
        "batch_size": [Interval(Integral, 1, None, closed="left")],
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

    @abstractmethod
    def __init__(
        self,
        *,
        phi_layer_sizes,
        rho_layer_sizes,
        equivariant_layer_sizes,
        pooling,
        activation,
        dropout,
        size_feature,
        element_kind,
        element_encoder,
        embedding_dim,
        normalize,
        augmentation,
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
        self.phi_layer_sizes = phi_layer_sizes
        self.rho_layer_sizes = rho_layer_sizes
        self.equivariant_layer_sizes = equivariant_layer_sizes
        self.pooling = pooling
        self.activation = activation
        self.dropout = dropout
        self.size_feature = size_feature
        self.element_kind = element_kind
        self.element_encoder = element_encoder
        self.embedding_dim = embedding_dim
        self.normalize = normalize
        self.augmentation = augmentation
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

    def _partial_fit(self, X, y, sample_weight, **target_options):
        """Pass once over the data at a constant rate: where a stream ends is not known."""
        with unchanged_on_error(self):
            self._fit(X, y, sample_weight, stream=True, **target_options)
        return self

    def _fit(self, X, y, sample_weight, *, stream=False, **target_options):
        fresh = not hasattr(self, "net_") or not (stream or self.warm_start)
        sets, target = self._check_training(X, y, reset=fresh, **target_options)
        weight = self._check_weight(sample_weight, target, sets)
        if fresh:
            self._start(sets, target, weight)
        self._check_unchanged()
        net = self.net_ if fresh else copy.deepcopy(self.net_)
        rng = np.random.default_rng([self._seed, self.n_iter_])
        dataset = self._pack_training(sets, target, weight, rng)
        valid = None
        if self.early_stopping and not stream:
            train, held_out = self._split(target, sets, rng)
            dataset, valid = dataset.subset(train), dataset.subset(held_out)
        train_net(
            net,
            dataset,
            valid,
            self.get_params(deep=False),
            max_epochs=1 if stream else self.max_epochs,
            learning_rate="constant" if stream else self.learning_rate,
            rng=rng,
        )
        self.net_ = net
        rows = net.history.to_list()
        self.history_ = [{k: v for k, v in row.items() if k != "batches"} for row in rows]
        self.n_iter_ = len(self.history_)

    def _check_training(self, X, y, *, reset, **target_options):
        """Validate the training sets and their target."""
        sets = self._check_sets(X, reset=reset)
        return sets, self._check_target(y, sets, reset=reset, **target_options)

    def _start(self, sets, target, weight):
        """Learn the scales of the data and build the network."""
        self._seed = check_random_state(self.random_state).randint(2**31 - 1)
        self.n_iter_ = 0
        self._built_with = self._building_parameters()
        self._learn_target_scale(target, sets, weight)
        if sets.context is not None:
            by_set = self._set_weight(weight, sets)
            self._context_scale = weighted_moments(sets.context, by_set)
        with isolated_rng(self._seed):
            module = self._build_module(sets, weight)
        self.net_ = build_net(
            module.to(DTYPES[self.dtype]),
            self._make_loss(),
            optimizer=self.optimizer,
            lr=self.learning_rate_init,
            weight_decay=self.weight_decay,
            batch_size=self.batch_size,
            device=resolve_device(self.device),
        )

    def _building_parameters(self):
        parameters = self.get_params(deep=False).items()
        return {name: repr(value) for name, value in parameters if name not in _FREE_PARAMETERS}

    def _check_unchanged(self):
        """Refuse a change of what the network was built with: it would have no effect."""
        for name, value in self._building_parameters().items():
            if value != (built := self._built_with[name]):
                raise ValueError(
                    f"The network was built with {name}={built}, and warm_start and partial_fit "
                    f"go on with it; found {name}={value}. Use fit with warm_start=False."
                )

    def _module_options(self, sets, weight):
        """Return the parameters of the module that are the same whatever it gives."""
        encoder, width = build_encoder(
            self.element_encoder,
            sets.element_shape,
            DTYPES[self.dtype],
            n_tokens=len(getattr(self, "vocabulary_", ())),
            embedding_dim=self.embedding_dim,
        )
        by_element = self._element_weight(weight, sets)
        return {
            "in_features": width,
            "out_features": self._n_network_outputs(),
            **{name: self._layer_sizes(name) for name in _LAYER_SIZES},
            "activation": self.activation,
            "dropout": self.dropout,
            "context_features": 0 if sets.context is None else sets.context.shape[1],
            "size_feature": self.size_feature,
            "element_encoder": encoder,
            "normalizer": build_normalizer(self.normalize, sets, by_element),
        }

    def _layer_sizes(self, name):
        sizes = getattr(self, name)
        for size in sizes:
            if not isinstance(size, Integral) or size < 1:
                raise ValueError(f"{name} must hold positive integers; found {sizes!r}.")
        return tuple(map(int, sizes))

    def _check_sets(self, X, *, reset):
        allow_nd = self.element_encoder is not None
        sets = validate_sets(
            self,
            X,
            reset=reset,
            element_kind=self.element_kind,
            allow_nd=allow_nd,
            finite_in=self.dtype,
        )
        if sets.values.ndim > 1:
            return sets
        if reset:
            self._token_encoder = TokenEncoder().fit(sets)
            self.vocabulary_ = self._token_encoder.vocabulary_
        return self._token_encoder.transform(sets)

    def _split(self, target, sets, rng):
        """Return the positions of the sets to learn from, and of those held out."""
        codes = self._strata(target)
        return validation_split(len(sets), self.validation_fraction, rng, codes)

    def _strata(self, target):
        """Return codes by which the validation part is stratified, or None."""
        return None

    def _pack(self, sets, target=None, weight=None, *, kind=PackedDataset, **options):
        if sets.context is not None:
            mean, scale = self._context_scale
            sets = SetArray(sets.values, sets.offsets, context=(sets.context - mean) / scale)
        device = torch.device(self.net_.device)
        return kind(sets, target, weight, device=device, dtype=DTYPES[self.dtype], **options)

    def _check_fitted_sets(self, X):
        check_is_fitted(self)
        return self._check_sets(X, reset=False)

    def _outputs(self, sets, method="forward"):
        """Return the rows that a method of the module gives; ``_row_ids`` says of which sets."""
        dataset = self._pack(sets, resident=False)
        outputs = self.net_.outputs(dataset, self.max_elements_per_batch, method)
        if not (finite := np.isfinite(outputs).all(axis=1)).all():
            raise FloatingPointError(
                f"The network's output for set {self._row_ids(sets)[np.argmin(finite)]} is not "
                "finite: its elements or its context are far larger than those of fit."
            )
        return outputs

    def _row_ids(self, sets):
        """Return the set of each row of the network's outputs, by default one row a set."""
        return np.arange(len(sets))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags

    @abstractmethod
    def _check_target(self, y, sets, *, reset):
        """Validate ``y`` and set what is learned from it; return it in the estimator's own form."""

    @abstractmethod
    def _check_weight(self, sample_weight, target, sets):
        """Validate the weights and return one a row that the loss judges, or None."""

    @abstractmethod
    def _set_weight(self, weight, sets):
        """Return weights of sets, or None, from what ``_check_weight`` returned."""

    @abstractmethod
    def _element_weight(self, weight, sets):
        """Return weights of elements, or None, from what ``_check_weight`` returned."""

    @abstractmethod
    def _learn_target_scale(self, target, sets, weight):
        """Learn what ``_pack_training`` needs to encode the target."""

    @abstractmethod
    def _pack_training(self, sets, target, weight, rng):
        """Return the dataset with the targets that the loss compares with the outputs."""

    @abstractmethod
    def _build_module(self, sets, weight):
        """Return the network."""

    @abstractmethod
    def _n_network_outputs(self):
        """Return the number of the network's outputs."""

    @abstractmethod
    def _make_loss(self):
        """Return the loss, a module of outputs, encoded targets and the batch."""
