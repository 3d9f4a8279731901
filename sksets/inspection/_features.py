"""Features of the elements and of the context of sets, one after the other."""

import copy
from numbers import Integral

import numpy as np

from sksets._names import check_name
from sksets._set_array import Coded, SetArray, as_set_array, column_names, text_names


class Features:
    """The features of sets: first those of the elements, then those of the context.

    Parameters
    ----------
    X : any container of sets
    estimator : estimator
        Where it has an ``element_kind``, X is read so.
    name : str
        What messages call the function.

    Attributes
    ----------
    sets : SetArray
    names : list of str
        "x0" and so on, "token", and "context0" and so on, where they have none.
    """

    def __init__(self, X, estimator, name):
        self.sets = as_set_array(X, element_kind=getattr(estimator, "element_kind", "auto"))
        if self.sets.codes.ndim > 2:
            raise ValueError(
                f"{name} takes elements that are vectors or tokens; found elements of shape "
                f"{self.sets.element_shape}, whose numbers are no features each."
            )
        self._name_columns(X)
        self.n_of_elements = 1 if self.sets.codes.ndim == 1 else self.sets.codes.shape[1]
        self.names = self._names()

    def _name_columns(self, X):
        """Keep the names of the columns of a table."""
        if isinstance(X, SetArray) or self.sets.feature_names is not None:
            return
        names = text_names(column_names(X))
        if names is not None and self.sets.element_shape == (len(names),):
            self.sets = self.sets.map_values(self.sets.codes, names)

    def _names(self):
        sets, n_context = self.sets, 0 if self.sets.context is None else self.sets.context.shape[1]
        if sets.codes.ndim == 1:
            names = ["token"]
        elif sets.feature_names is None:
            names = [f"x{j}" for j in range(self.n_of_elements)]
        else:
            names = sets.feature_names.tolist()
        if sets.context_names is None:
            return names + [f"context{j}" for j in range(n_context)]
        return names + sets.context_names.tolist()

    def find(self, feature):
        """Return the place of a feature, given by name or place."""
        if isinstance(feature, str):
            return self.names.index(check_name(feature, self.names, "feature"))
        is_place = isinstance(feature, Integral) and not isinstance(feature, bool | np.bool_)
        if not is_place or not 0 <= feature < len(self.names):
            raise ValueError(
                f"feature must be a name or a place from 0 to {len(self.names) - 1}, those of the "
                f"elements first and then of the context; found {feature!r:.100}."
            )
        return int(feature)

    def column(self, place):
        """Return the values of a feature, and what they stand for where they are categories.

        Returns
        -------
        values : ndarray of shape (n_elements,), or (n_sets,) of the context
        categories : ndarray of str objects, or None
        """
        if place >= self.n_of_elements:
            return self.sets.context[:, place - self.n_of_elements], None
        categories = self.sets.categories
        names = None if categories is None else categories[place]
        codes = self.sets.codes
        return codes if codes.ndim == 1 else codes[:, place], names

    def take(self, rows):
        """Return the features of some of the sets."""
        other = copy.copy(self)
        other.sets = self.sets[rows]
        return other

    def replace(self, place, values):
        """Return the sets with other values of a feature, or one value for all of them."""
        sets = self.sets
        if place >= self.n_of_elements:
            context = np.array(sets.context, dtype=np.result_type(sets.context, values))
            context[:, place - self.n_of_elements] = values
            return sets.with_context(context, sets.context_names)
        codes = np.array(sets.codes, dtype=np.result_type(sets.codes, values))
        if codes.ndim == 1:
            codes[:] = values
        else:
            codes[:, place] = values
        return sets.map_values(Coded(codes, sets.categories), sets.feature_names)
