"""What the estimators of one output an element share."""

from abc import abstractmethod

import numpy as np

from sksets._compat import StrOptions, fit_context
from sksets._fitting import unchanged_on_error
from sksets._set_array import SetArray
from sksets._training import BaseSetEstimator, validation_split
from sksets._validation import validate_element_weight
from sksets.nn import ElementDeepSetsModule


class BaseElementEstimator(BaseSetEstimator):
    """Base of the estimators whose network gives one output an element.

    An estimator that is fitted on a table, n sets of one element, takes flat targets and returns
    flat arrays, as scikit-learn's own do.
    """

    _parameter_constraints: dict = {
        **BaseSetEstimator._parameter_constraints,
        "pooling": [StrOptions({"max", "mean", "sum"})],
        "equivariant_form": [StrOptions({"lambda_gamma", "gamma", "attention"})],
        "residual": ["boolean"],
        "set_norm": ["boolean"],
    }

    @abstractmethod
    def __init__(self, *, equivariant_form, residual, set_norm, **shared):
        super().__init__(**shared)
        self.equivariant_form = equivariant_form
        self.residual = residual
        self.set_norm = set_norm

    @fit_context(prefer_skip_nested_validation=True)
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
        """
        with unchanged_on_error(self):
            self._fit(X, y, sample_weight)
        return self

    def _check_sets(self, X, *, reset):
        sets = super()._check_sets(X, reset=reset)
        if self._input_spec.is_table and (sets.sizes != 1).any():
            i = int(np.argmax(sets.sizes != 1))
            raise ValueError(
                f"{type(self).__name__} was fitted on a table, n sets of one element each; set {i} "
                f"of X has {sets.sizes[i]} elements. Fit it on a list of arrays."
            )
        return sets

    def _build_module(self, sets, weight):
        return ElementDeepSetsModule(
            equivariant_form=self.equivariant_form,
            equivariant_pooling=self.pooling,
            residual=self.residual,
            set_norm=self.set_norm,
            **self._module_options(sets, weight),
        )

    def _split(self, target, sets, rng):
        # The loss of a set without a label is zero: held out, it would tell nothing.
        labels = np.bincount(sets.set_ids, self._is_labelled(target), minlength=len(sets))
        labelled = np.flatnonzero(labels)
        _, held_out = validation_split(len(labelled), self.validation_fraction, rng)
        return np.delete(np.arange(len(sets)), labelled[held_out]), labelled[held_out]

    def _by_set(self, values, sets):
        """Return an object array with the values of each set's elements."""
        return values if self._input_spec.is_table else np.asarray(SetArray(values, sets.offsets))

    def _check_weight(self, sample_weight, target, sets):
        return None if sample_weight is None else validate_element_weight(sample_weight, sets)

    def _set_weight(self, weight, sets):
        if weight is None:
            return None
        sums = np.bincount(sets.set_ids, weight, minlength=len(sets))
        return sums / np.maximum(sets.sizes, 1)

    def _element_weight(self, weight, sets):
        return weight

    def _row_ids(self, sets):
        return sets.set_ids

    @abstractmethod
    def _is_labelled(self, target):
        """Return which elements have a target, a mask of shape (n_elements,)."""

    @abstractmethod
    def _encode_target(self, target):
        """Return the targets that the loss compares with the outputs, any where there is none."""

    def _pack_training(self, sets, target, weight, rng):
        """Return the dataset; the weights of labelled elements sum to the number of sets."""
        weight = self._is_labelled(target) * (1.0 if weight is None else weight)
        if not (total := weight.sum()) > 0:
            raise ValueError(
                "sample_weight is zero for every labelled element; at least one needs a weight."
            )
        weight *= len(sets) / total
        return self._pack(sets, self._encode_target(target), weight, elementwise=True)
