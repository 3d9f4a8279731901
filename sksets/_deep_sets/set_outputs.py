"""The fit of the estimators of one output a set."""

import copy
from abc import abstractmethod
from numbers import Integral

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sksets._arguments import LARGEST_SIZE, check_count
from sksets._compat import Interval
from sksets._deep_sets.base import BaseDeepSets
from sksets._fitting import fitted, fitting
from sksets._set_array import keep_elements
from sksets._subsets import choose, element_keys, seed_of
from sksets._validation import NumberedFeaturesOutMixin, index_by_keys
from sksets.nn import DeepSetsModule, SetNormalize, SetPooling


class BaseSetOutputs(NumberedFeaturesOutMixin, TransformerMixin, BaseDeepSets):
    """Base of the estimators whose network pools a set and gives one output, or several."""

    _parameter_constraints: dict = {
        **BaseDeepSets._parameter_constraints,
        "pooling": [str, tuple, list, SetPooling],
        "elements_per_set": [Interval(Integral, 1, LARGEST_SIZE, closed="both"), None],
        "n_votes": [Interval(Integral, 1, LARGEST_SIZE, closed="both")],
    }
    _free_parameters = BaseDeepSets._free_parameters | {"elements_per_set", "n_votes"}

    @abstractmethod
    def __init__(self, *, pooling, elements_per_set, n_votes, **shared):
        super().__init__(**shared)
        self.pooling = pooling
        self.elements_per_set = elements_per_set
        self.n_votes = n_votes

    @fitting
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
        KeyboardInterrupt
            When the user interrupts it. The estimator keeps what whole epochs have learned.
        """
        return self._fit(X, y, sample_weight)

    @fitted
    def transform(self, X):
        """Return the pooled embedding of each set, the sum (or other pooling) of its phi.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        embedding : ndarray of shape (n_sets, n_embedding_features)
        """
        sets = self._read_fitted(X)
        module = self.net_.module_
        votes = self._vote(sets, module.embed, module.embed_pieces)
        return index_by_keys(self, votes.mean(axis=0), sets)

    def _fit(self, X, y, sample_weight, *, stream=False, **options):
        """Tell the story of a fit; ``options`` are those of the leaf's ``_read_targets``."""
        starts = self._starts(stream)
        sets = self._read_sets(X, reset=starts)
        targets = self._read_targets(y, sets, sample_weight, reset=starts, **options)
        weight = targets.weight
        if starts:
            # The elements of a set weigh what it weighs, in the scales as in the loss.
            by_element = None if weight is None else np.repeat(weight, sets.sizes)
            if sets.element_weight is not None:
                by_element = sets.element_weight * (1.0 if by_element is None else by_element)
            self._learn_scales(sets, weight, by_element)
            with self._seeded():
                shared = self._module_options(sets, targets.n_outputs)
                module = DeepSetsModule(pooling=copy.deepcopy(self.pooling), **shared)
            self._n_features_out = module.embedding_features
            self._start(module, self._make_loss())
        rng = self._generator()
        self._train(
            self._pack_for_training(sets, targets.rows, weight, rng),
            rng,
            stream=stream,
            augmentation=self.augmentation,
            classes=targets.codes,
            # The loss of a set of weight zero is zero: held out, it would tell nothing.
            candidates=None if weight is None else np.flatnonzero(weight),
        )
        return self

    def _pack_for_training(self, sets, target, weight, rng):
        """Return the dataset of sets, of which each epoch sees some of the elements, or all."""
        draws = self.elements_per_set is not None
        # A set that has a scale of its own has, as in prediction, that of its drawn elements.
        scaled_later = draws and isinstance(self._element_scaler, SetNormalize)
        unscaled = scaled_later or self.augmentation is not None
        dataset = self._pack(sets, target, weight, unscaled=unscaled)
        if draws:
            dataset.elements_per_set = self.elements_per_set
            dataset.draw_seed = int(rng.integers(2**63))
        return dataset

    def _read_fitted(self, X):
        check_is_fitted(self)
        return self._read_sets(X, reset=False)

    def _votes(self, sets):
        """Yield the sets as each vote sees them: the same subsets whenever it is asked."""
        n_votes = check_count(self.n_votes, "n_votes", least=1)
        if self.elements_per_set is None:
            yield sets
            return
        n_elements = check_count(self.elements_per_set, "elements_per_set", least=1)
        if (sets.sizes <= n_elements).all():
            yield sets
            return
        keys = element_keys(sets)
        for vote in range(n_votes):
            seed = seed_of(self._seed, vote)
            yield keep_elements(sets, *choose(keys, sets.offsets, n_elements, seed))

    def _vote(self, sets, whole, in_pieces):
        """Return what a method of the network gives in each vote, (n_votes, n_sets, ...)."""
        return np.stack([self._outputs(drawn, whole, in_pieces) for drawn in self._votes(sets)])

    def _vote_outputs(self, sets):
        """Return the outputs of the network, float64 of shape (n_votes, n_sets, n_outputs)."""
        module = self.net_.module_
        return self._vote(sets, module.forward, module.forward_pieces).astype(np.float64)

    @abstractmethod
    def _read_targets(self, y, sets, sample_weight, *, reset):
        """Validate targets and weights; learn from them with ``reset``.

        Returns
        -------
        Targets
            One row a set.
        """

    @abstractmethod
    def _make_loss(self):
        """Return the loss, a module of outputs, rows of targets and the batch."""

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = []
        return tags
