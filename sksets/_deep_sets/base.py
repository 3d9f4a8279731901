"""What the Deep Sets estimators share: their elements, and what comes before the pooling."""

import copy
from abc import abstractmethod
from collections.abc import Callable
from numbers import Integral, Real
from typing import NamedTuple

import numpy as np
import torch

from sksets._compat import Interval, StrOptions
from sksets._deep_sets.categories import find_categorical, learn_categories, number_categories
from sksets._deep_sets.digits import require_digits
from sksets._deep_sets.inputs import AUGMENTATIONS, build_encoder, build_normalizer
from sksets._set_array import ELEMENT_KINDS
from sksets._training import DTYPES, BaseNetworkEstimator, check_layer_sizes
from sksets._validation import validate_sets
from sksets.nn import ACTIVATIONS
from sksets.preprocessing import TokenEncoder

LAYER_SIZES = ("phi_layer_sizes", "rho_layer_sizes", "equivariant_layer_sizes")


class Targets(NamedTuple):
    """What a leaf makes of ``y`` and ``sample_weight``.

    Parameters
    ----------
    rows : ndarray of shape (n_rows,) or (n_rows, n_outputs)
        What the loss compares with the outputs; any number where there is no target.
    weight : ndarray of shape (n_rows,) or None
        How much each row counts in the loss.
    n_outputs : int
        Width of the network's outputs.
    sample_weight : ndarray of shape (n_rows,) or None
        The weights by which the scales of the data are learned.
    codes : ndarray of int of shape (n_rows,) or None
        Classes by which the held-out part is stratified.
    make_transform : callable or None
        (dataset, rng) -> the transform of training batches that makes the targets.
    loss_unit : float
        What a loss of one on these rows is worth, to compare it with one on rows of another scale.
    """

    rows: np.ndarray
    weight: np.ndarray | None
    n_outputs: int
    sample_weight: np.ndarray | None = None
    codes: np.ndarray | None = None
    make_transform: Callable | None = None
    loss_unit: float = 1.0


class BaseDeepSets(BaseNetworkEstimator):
    """Base of the Deep Sets estimators: parameters of the elements and of their network.

    Like the base of training it offers steps, ``_read_sets``, ``_learn_scales`` and
    ``_module_options``, and calls nothing of its subclasses.
    """

    _parameter_constraints: dict = {
        **BaseNetworkEstimator._parameter_constraints,
        "phi_layer_sizes": ["array-like"],
        "rho_layer_sizes": ["array-like"],
        "phi": [torch.nn.Module, None],
        "rho": [torch.nn.Module, None],
        "equivariant_layer_sizes": ["array-like"],
        "equivariant_form": [StrOptions({"lambda_gamma", "gamma", "attention"})],
        "equivariant_pooling": [StrOptions({"max", "mean", "sum"})],
        "activation": [StrOptions(set(ACTIVATIONS))],
        "dropout": [Interval(Real, 0, 1, closed="left")],
        "size_feature": ["boolean"],
        "context_in": [StrOptions({"rho", "phi", "both"})],
        "element_kind": [StrOptions(set(ELEMENT_KINDS))],
        "element_encoder": [StrOptions({"conv"}), torch.nn.Module, None],
        "embedding_dim": [Interval(Integral, 1, None, closed="left")],
        "categorical_features": ["array-like", StrOptions({"auto"}), None],
        "normalize": [StrOptions({"features", "set"}), None],
        "augmentation": [StrOptions(set(AUGMENTATIONS)), callable, None],
    }
    _free_parameters = BaseNetworkEstimator._free_parameters | {"augmentation"}

    @abstractmethod
    def __init__(
        self,
        *,
        phi_layer_sizes,
        rho_layer_sizes,
        phi,
        rho,
        equivariant_layer_sizes,
        equivariant_form,
        equivariant_pooling,
        activation,
        dropout,
        size_feature,
        context_in,
        element_kind,
        element_encoder,
        embedding_dim,
        categorical_features,
        normalize,
        augmentation,
        **training,
    ):
        super().__init__(**training)
        self.phi_layer_sizes = phi_layer_sizes
        self.rho_layer_sizes = rho_layer_sizes
        self.phi = phi
        self.rho = rho
        self.equivariant_layer_sizes = equivariant_layer_sizes
        self.equivariant_form = equivariant_form
        self.equivariant_pooling = equivariant_pooling
        self.activation = activation
        self.dropout = dropout
        self.size_feature = size_feature
        self.context_in = context_in
        self.element_kind = element_kind
        self.element_encoder = element_encoder
        self.embedding_dim = embedding_dim
        self.categorical_features = categorical_features
        self.normalize = normalize
        self.augmentation = augmentation

    def _read_sets(self, X, *, reset):
        """Return X as checked sets, tokens and categories as numbers; learn them with ``reset``."""
        sets = validate_sets(
            self,
            X,
            reset=reset,
            element_kind=self.element_kind,
            allow_nd=self.element_encoder is not None,
            finite_in=self.dtype,
            allow_strings=True,
            allow_weights=True,
        )
        if reset:
            self._categorical = find_categorical(self.categorical_features, sets)
        if sets.codes.ndim == 1:
            if reset:
                self._token_encoder = TokenEncoder().fit(sets)
                self.vocabulary_ = self._token_encoder.vocabulary_
            return self._token_encoder.transform(sets)
        if reset:
            self._category_encoders = learn_categories(sets, self._categorical)
            self.categories_ = [encoder.vocabulary_ for encoder in self._category_encoders]
        if not self._categorical:
            return sets
        return number_categories(sets, self._categorical, self._category_encoders)

    def _learn_scales(self, sets, weight, element_weight):
        """Learn from the training sets how context and elements are scaled.

        Parameters
        ----------
        sets : SetArray
        weight : ndarray of shape (n_sets,) or None
        element_weight : ndarray of shape (n_elements,) or None
        """
        self._learn_context_scale(sets, weight)
        self._element_scaler = build_normalizer(
            self.normalize, sets, element_weight, self._categorical, self.element_encoder
        )
        if self._element_scaler is None and sets.codes.ndim > 1:
            names = self._input_spec.names
            require_digits(sets.codes, DTYPES[self.dtype], names, self._categorical)

    def _module_options(self, sets, n_outputs, **chosen):
        """Return the parameters of the module that are the same whatever its outputs mean.

        ``chosen`` stand in the place of parameters that are "auto".
        """
        parameters = self.get_params(deep=False) | chosen
        layer_sizes = {name: check_layer_sizes(parameters[name], name) for name in LAYER_SIZES}
        # First, so that the draws of its weights come before those of the module.
        encoder, width = build_encoder(
            self.element_encoder,
            sets.element_shape,
            DTYPES[self.dtype],
            n_tokens=len(getattr(self, "vocabulary_", ())),
            embedding_dim=self.embedding_dim,
            # The vectors of rare tokens stay near what was drawn, which is noise where it is the
            # vectors themselves that are pooled: the less of it the better.
            token_std=1.0 if any(layer_sizes.values()) else 0.1,
            n_categories=self._n_categories(),
        )
        return {
            "in_features": width,
            "out_features": n_outputs,
            **layer_sizes,
            "equivariant_form": self.equivariant_form,
            "equivariant_pooling": self.equivariant_pooling,
            "activation": self.activation,
            "dropout": parameters["dropout"],
            "context_features": self.n_context_features_,
            "context_in": self.context_in,
            "size_feature": self.size_feature,
            "element_encoder": encoder,
            # Copies, as of the encoder: a fit does not change its parameters.
            "phi": copy.deepcopy(self.phi),
            "rho": copy.deepcopy(self.rho),
        }

    def _n_categories(self):
        """Return the number of categories of each categorical column, by its place."""
        if not self._categorical:
            return {}
        return dict(zip(self._categorical, map(len, self.categories_), strict=True))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.required = True
        return tags
