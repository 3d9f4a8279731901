"""The fit of the estimators of one output an element."""

from abc import abstractmethod

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sksets._deep_sets.base import BaseDeepSets
from sksets._deep_sets.inputs import build_augmentation
from sksets._fitting import fitting
from sksets._set_array import SetArray
from sksets.nn import ElementDeepSetsModule, SetNormalize


class BaseElementOutputs(BaseDeepSets):
    """Base of the estimators whose network gives one output an element.

    An estimator that is fitted on a table, n sets of one element, takes flat targets and returns
    flat arrays, as scikit-learn's own do.
    """

    _parameter_constraints: dict = {
        **BaseDeepSets._parameter_constraints,
        "residual": ["boolean"],
        "set_norm": ["boolean"],
    }

    @abstractmethod
    def __init__(self, *, residual, set_norm, **shared):
        super().__init__(**shared)
        self.residual = residual
        self.set_norm = set_norm

    @fitting
    def fit(self, X, y, sample_weight=None):
        """Fit the network to sets and the targets of their elements.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            Set ``i`` is an array of shape (n_i, n_features), or 1-D for tokens. See
            :ref:`containers`.
        y : list of arrays, object array or SetArray, n_sets long
            Set ``i`` has shape (n_i,): one target an element, NaN (a real target) or -1
            (a label) where there is none. Where X is a table, n sets of one element, y is flat.
        sample_weight : array-like of shape (n_sets,), or list of arrays, default=None
            Weight of each set, or of each element as in ``y``, in the loss.

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

    def _fit(self, X, y, sample_weight, *, stream=False, **options):
        """Tell the story of a fit; ``options`` are those of the leaf's ``_read_targets``."""
        starts = self._starts(stream)
        sets = self._read_element_sets(X, reset=starts)
        augmentation = build_augmentation(self.augmentation, sets.element_shape)
        targets = self._read_targets(y, sets, sample_weight, reset=starts, **options)
        if starts:
            weight = targets.sample_weight
            by_set = None if weight is None else mean_by_set(weight, sets)
            self._learn_scales(sets, by_set, weight)
            self._draw_seed()
            with self._seeded():
                shared = self._module_options(sets, targets.n_outputs)
                module = ElementDeepSetsModule(
                    residual=self.residual, set_norm=self.set_norm, **shared
                )
            self._start(module, self._make_loss())
        rng = self._generator()
        # What is put into a set that has a scale of its own must be as it was given.
        mixed = targets.make_transform is not None and isinstance(
            self._element_scaler, SetNormalize
        )
        dataset = self._pack(
            sets,
            targets.rows,
            targets.weight,
            unscaled=mixed or augmentation is not None,
            elementwise=True,
        )
        if targets.make_transform is not None:
            dataset.transform = targets.make_transform(dataset, rng)
        # The loss of a set without a labelled element of weight is zero: held out, it would tell
        # nothing.
        set_weight = np.bincount(sets.set_ids, targets.weight, minlength=len(sets))
        self._train(
            dataset,
            rng,
            stream=stream,
            augmentation=augmentation,
            candidates=np.flatnonzero(set_weight),
        )
        return self

    def _read_element_sets(self, X, *, reset):
        """Return X as checked sets; refuse sets where fit saw a table."""
        sets = self._read_sets(X, reset=reset)
        if self._input_spec.is_table and (sets.sizes != 1).any():
            i = int(np.argmax(sets.sizes != 1))
            raise ValueError(
                f"{type(self).__name__} was fitted on a table, n sets of one element each; set {i} "
                f"of X has {sets.sizes[i]} elements. Fit it on a list of arrays."
            )
        return sets

    def _read_fitted(self, X):
        check_is_fitted(self)
        return self._read_element_sets(X, reset=False)

    def _element_outputs(self, sets):
        """Return the outputs of the network, float64 of shape (n_elements, n_outputs)."""
        module = self.net_.module_
        outputs = self._outputs(sets, module.forward, module.forward_pieces, sets.set_ids)
        return outputs.astype(np.float64)

    def _by_set(self, values, sets):
        """Return an object array with the values of each set's elements."""
        return values if self._input_spec.is_table else np.asarray(SetArray(values, sets.offsets))

    @abstractmethod
    def _read_targets(self, y, sets, sample_weight, *, reset):
        """Validate targets and weights; learn from them with ``reset``.

        Returns
        -------
        Targets
            One row an element, the weights such that they sum to the number of sets.
        """

    @abstractmethod
    def _make_loss(self):
        """Return the loss, a module of outputs, rows of targets and the batch."""


def mean_by_set(weight, sets):
    """Return the mean (n_sets,) of the weights (n_elements,) of each set, 0 for an empty one."""
    sums = np.bincount(sets.set_ids, weight, minlength=len(sets))
    return sums / np.maximum(sets.sizes, 1)


def weigh_labelled(labelled, weight, n_sets):
    """Return the weights of elements in the loss; those of labelled ones sum to the number of sets.

    Parameters
    ----------
    labelled : ndarray of bool of shape (n_elements,)
    weight : ndarray of shape (n_elements,) or None
    n_sets : int

    Raises
    ------
    ValueError
        If no labelled element has a weight.
    """
    weight = labelled * (1.0 if weight is None else weight)
    if not (total := weight.sum()) > 0:
        raise ValueError(
            "sample_weight is zero for every labelled element; at least one needs a weight."
        )
    return weight * (n_sets / total)


def mean_unweighted(weight, sets):
    """Return what each set counts: what its elements count in it is of no matter there."""
    if sets.element_weight is not None:
        weight = weight / sets.element_weight
    return mean_by_set(weight, sets)
