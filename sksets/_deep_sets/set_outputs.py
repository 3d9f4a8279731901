"""The fit of the estimators of one output a set."""

import copy
from abc import abstractmethod
from functools import partial
from numbers import Integral, Real

import numpy as np
from sklearn.base import TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sksets._arguments import LARGEST_SIZE, check_count, is_auto
from sksets._compat import Interval, StrOptions
from sksets._deep_sets import selection
from sksets._deep_sets.base import BaseDeepSets
from sksets._deep_sets.inputs import build_augmentation
from sksets._fitting import fitted, fitting
from sksets._set_array import keep_elements
from sksets._subsets import choose, element_keys, seed_of
from sksets._training import batch_size_of, validation_split
from sksets._validation import NumberedFeaturesOutMixin, index_by_keys
from sksets.nn import DeepSetsModule, SetNormalize, SetPooling


class BaseSetOutputs(NumberedFeaturesOutMixin, TransformerMixin, BaseDeepSets):
    """Base of the estimators whose network pools a set and gives one output, or several."""

    _parameter_constraints: dict = {
        **BaseDeepSets._parameter_constraints,
        "phi_layer_sizes": ["array-like", StrOptions({"auto"})],
        "rho_layer_sizes": ["array-like", StrOptions({"auto"})],
        "pooling": [str, tuple, list, SetPooling],
        "dropout": [Interval(Real, 0, 1, closed="left"), StrOptions({"auto"})],
        "max_epochs": [Interval(Integral, 1, None, closed="left"), StrOptions({"auto"})],
        "elements_per_set": [Interval(Integral, 1, LARGEST_SIZE, closed="both"), None],
        "n_votes": [Interval(Integral, 1, LARGEST_SIZE, closed="both")],
    }
    _free_parameters = BaseDeepSets._free_parameters | {"elements_per_set", "n_votes"}
    # What "auto" stands for in the sizes of the layers.
    _auto_layer_sizes: dict

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
        augmentation = build_augmentation(self.augmentation, sets.element_shape)
        read_targets = partial(self._read_targets, y, sets, sample_weight, reset=starts, **options)
        if starts:
            self._choose_blindly(len(sets))
        targets = read_targets()
        if starts:
            weight = targets.weight
            # The elements of a set weigh what it weighs, in the scales as in the loss.
            by_element = None if weight is None else np.repeat(weight, sets.sizes)
            if sets.element_weight is not None:
                by_element = sets.element_weight * (1.0 if by_element is None else by_element)
            self._learn_scales(sets, weight, by_element)
            self._draw_seed()
            self._build(sets, targets)
        self._learn_largest_size(sets, reset=starts)
        rng = self._generator()
        dataset = self._pack_for_training(sets, targets.rows, targets.weight, rng)
        # The loss of a set of weight zero is zero: held out, it would tell nothing.
        candidates = None if targets.weight is None else np.flatnonzero(targets.weight)
        if starts and not stream and self._has_to_choose(sets, targets.codes, candidates):
            self._choose(sets, dataset, read_targets, augmentation, targets.codes, candidates)
        self._train(
            dataset,
            rng,
            max_epochs=self._chosen_epochs if is_auto(self.max_epochs) else self.max_epochs,
            stream=stream,
            augmentation=augmentation,
            classes=targets.codes,
            candidates=candidates,
        )
        return self

    def _learn_largest_size(self, sets, *, reset):
        """Learn how large a set is at most that the network has seen."""
        largest = sets.total_weight.max()
        if self.elements_per_set is not None:
            largest = min(largest, self.elements_per_set)
        self._largest_size = largest if reset else max(largest, self._largest_size)

    def _choose_blindly(self, n_sets):
        """Take the parameters as they are, and for "auto" what is not chosen on sets."""
        selection.check_pooling(self.pooling)
        self.pooling_ = selection.POOLING if is_auto(self.pooling) else self.pooling
        self._layer_sizes = self._sizes()
        self._dropout = selection.DROPOUT if is_auto(self.dropout) else self.dropout
        self._chosen_epochs = selection.full_epochs(n_sets, batch_size_of(self.batch_size, n_sets))
        self.selection_ = []

    def _sizes(self):
        """Return the sizes of phi and of rho, of which "auto" has a number of its own."""
        given = {name: getattr(self, name) for name in self._auto_layer_sizes}
        return self._auto_layer_sizes | {n: size for n, size in given.items() if not is_auto(size)}

    def _chooses_epochs(self):
        """Whether the number of epochs is chosen before the fit, and not by its early stopping."""
        return is_auto(self.max_epochs) and not self.early_stopping

    def _has_to_choose(self, sets, classes, candidates):
        candidates = np.arange(len(sets)) if candidates is None else candidates
        free = len(self._contenders(sets)) > 1 or self._chooses_epochs()
        # A class keeps its last set.
        n_kept = 0 if classes is None else len(np.unique(classes[candidates]))
        return free and len(candidates) >= max(selection.MIN_SETS, n_kept + 1)

    def _build(self, sets, targets):
        """Start a network with what was chosen; each has the same first weights."""
        with self._seeded():
            options = self._module_options(
                sets, targets.n_outputs, dropout=self._dropout, **self._layer_sizes
            )
            module = DeepSetsModule(**options, pooling=copy.deepcopy(self.pooling_))
        self._n_features_out = module.embedding_features
        self._start(module, self._make_loss())

    def _choose(self, sets, dataset, read_targets, augmentation, classes, candidates):
        """Choose what is "auto" on sets that are held out, and start the network anew."""
        train, held_out = validation_split(
            len(sets),
            selection.HELD_OUT_FRACTION,
            self._generator(),
            classes=classes,
            candidates=candidates,
        )
        batch_size = batch_size_of(self.batch_size, len(train))
        n_short = selection.short_epochs(len(train), batch_size)
        if not is_auto(self.max_epochs):
            n_short = min(n_short, self.max_epochs)

        def start(contender, dropout):
            self.pooling_, self._dropout = contender.pooling, dropout
            self._layer_sizes = {name: getattr(contender, name) for name in self._auto_layer_sizes}
            # A sum has its targets about their line over the sizes, and so on another scale.
            targets = read_targets()
            dataset.set_target(targets.rows)
            self._build(sets, targets)
            return targets.loss_unit

        def run(contender, dropout, max_epochs):
            unit = start(contender, dropout)
            losses = self._try(
                dataset.subset(train),
                dataset.subset(held_out),
                max_epochs,
                patience=n_short,
                augmentation=augmentation,
            )
            return [float(unit * loss) for loss in losses]

        choice = selection.choose(
            run,
            self._contenders(sets),
            selection.DROPOUTS if is_auto(self.dropout) else [self.dropout],
            n_short=n_short,
            n_full=self._chosen_epochs,
            choose_epochs=self._chooses_epochs(),
        )
        start(choice.contender, choice.dropout)
        self._chosen_epochs = choice.max_epochs
        self.selection_ = [trial.report() for trial in choice.trials]

    def _contenders(self, sets):
        """Return the networks to choose from."""
        # A rho of the user's takes one vector of the width of phi.
        autos = [p for p in selection.POOLINGS if self.rho is None or isinstance(p, str)]
        poolings = autos if is_auto(self.pooling) else [self.pooling]
        found = [selection.Contender(pooling, **self._sizes()) for pooling in poolings]
        has_own = self.phi is not None or self.rho is not None or len(self.equivariant_layer_sizes)
        all_auto = is_auto(self.phi_layer_sizes) and is_auto(self.rho_layer_sizes)
        # The vector of a token is learned, so that a phi behind it can be done without.
        if sets.codes.ndim == 1 and all_auto and not has_own:
            linear = selection.LINEAR_POOLINGS if is_auto(self.pooling) else poolings
            found += [selection.Contender(pooling, (), ()) for pooling in linear]
        return found

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
