"""What the estimators of one output a set share."""

from abc import abstractmethod

import numpy as np
from sklearn.base import ClassNamePrefixFeaturesOutMixin, TransformerMixin

from sksets._compat import fit_context
from sksets._fitting import unchanged_on_error
from sksets._training import BaseSetEstimator
from sksets._validation import validate_sample_weight
from sksets.nn import DeepSetsModule


class BasePooledEstimator(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseSetEstimator):
    """Base of the estimators whose network pools a set and gives one output, or several."""

    @fit_context(prefer_skip_nested_validation=True)
    def fit(self, X, y, sample_weight=None):
        """Fit the network to sets and their targets.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            Set ``i`` is an array of shape (n_i, n_features), or 1-D for tokens. See
            :ref:`containers`.
        y : array-like of shape (n_sets,) or (n_sets, n_outputs)
            One target a set.
        sample_weight : array-like of shape (n_sets,), default=None
            Weight of each set in the loss.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            For bad input; the message names the set. The estimator stays as it was.
        FloatingPointError
            When the loss becomes infinite or nan. The estimator stays as it was.
        """
        with unchanged_on_error(self):
            self._fit(X, y, sample_weight)
        return self

    def transform(self, X):
        """Return the pooled embedding of each set, the sum (or other pooling) of its phi.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        embedding : ndarray of shape (n_sets, n_embedding_features)
        """
        return self._outputs(self._check_fitted_sets(X), method="embed")

    def _build_module(self, sets, weight):
        module = DeepSetsModule(pooling=self.pooling, **self._module_options(sets, weight))
        self._n_features_out = module.embedding_features
        return module

    def _pack_training(self, sets, target, weight, rng):
        return self._pack(sets, self._encode_target(target, sets.sizes), weight)

    def _check_weight(self, sample_weight, target, sets):
        if sample_weight is None:
            return None
        return validate_sample_weight(sample_weight, sets)

    def _set_weight(self, weight, sets):
        return weight

    def _element_weight(self, weight, sets):
        return None if weight is None else np.repeat(weight, sets.sizes)

    @abstractmethod
    def _encode_target(self, target, sizes):
        """Return the targets that the loss compares with the network's outputs."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
