"""InputSpec: what fit saw, to compare with what predict gets."""

from dataclasses import dataclass

import numpy as np

_DTYPES = {"numbers": "f8", "integer tokens": "i8", "string tokens": "U1"}


def _kind(sets):
    if sets.codes.ndim > 1:
        return "numbers"
    return "integer tokens" if sets.categories is None else "string tokens"


def _string_columns(sets):
    """Return the columns of the elements that are strings, () for none and for tokens."""
    if sets.categories is None or sets.codes.ndim == 1:
        return ()
    return tuple(j for j, names in enumerate(sets.categories) if names is not None)


def _n_context(sets):
    return 0 if sets.context is None else sets.context.shape[1]


def _listed(title, names, at_most=5):
    """Return names under a title, as scikit-learn lists them; "" for none."""
    if not names:
        return ""
    shown = [f"- {name}\n" for name in sorted(names)[:at_most]]
    return f"{title}:\n" + "".join(shown) + ("- ...\n" if len(names) > at_most else "")


@dataclass(frozen=True)
class InputSpec:
    """What the sets looked like that an estimator was fitted on.

    Parameters
    ----------
    kind : {"numbers", "string tokens", "integer tokens"}
        What the elements are.
    shape : tuple of int
        Shape of an element, () for tokens.
    names : tuple of str or None
        Names of the features, where a frame or the sets gave them.
    n_context : int
        Number of context features.
    is_table : bool
        Whether X was a table, read as sets of one element each.
    has_sets : bool
        Whether some set had another number of elements than one.
    context_names : tuple of str or None, default=None
        Names of the context features, where the sets have them.
    string_columns : tuple of int, default=()
        Columns of the elements that are strings, where the others are numbers.
    weighted : bool, default=False
        Whether the elements had weights.
    """

    kind: str
    shape: tuple
    names: tuple | None
    n_context: int
    is_table: bool
    has_sets: bool
    context_names: tuple | None = None
    string_columns: tuple = ()
    weighted: bool = False

    @classmethod
    def of(cls, sets, *, names=None, is_table=False):
        """Return what the checked sets look like.

        Parameters
        ----------
        sets : SetArray
        names : array-like of str, default=None
        is_table : bool, default=False

        Returns
        -------
        InputSpec
        """
        return cls(
            kind=_kind(sets),
            shape=sets.element_shape,
            names=None if names is None else tuple(names),
            n_context=_n_context(sets),
            context_names=None if sets.context_names is None else tuple(sets.context_names),
            is_table=is_table,
            has_sets=bool(np.any(sets.sizes != 1)),
            string_columns=_string_columns(sets),
            weighted=sets.element_weight is not None,
        )

    @property
    def width(self):
        """Number of features of an element, which is 1 for a token."""
        return int(np.prod(self.shape))

    def name_context(self):
        """Return names of the context features, "context0" and so on where they have none."""
        if self.context_names is not None:
            return list(self.context_names)
        return [f"context{i}" for i in range(self.n_context)]

    def match(self, sets, estimator_name):
        """Compare the elements of ``sets`` with those of fit.

        Parameters
        ----------
        sets : SetArray
        estimator_name : str
            What messages call the estimator.

        Returns
        -------
        SetArray
            The same sets; where all are empty, with elements of the kind and shape of fit.

        Raises
        ------
        ValueError
            If kind or shape of the elements differ, or the one has weights and the other has not.
        """
        kind, shape = _kind(sets), sets.element_shape
        if len(sets.codes) == 0 and (shape in ((), (1,), self.shape) or 0 in shape):
            # [] and np.empty(0) have no kind and no width of their own; (0, 3) has a width. Of
            # lists in lists without elements, the width is read as zero.
            return self._of_no_elements(sets)
        if kind != self.kind:
            raise ValueError(
                f"X holds {kind}, but {estimator_name} was fitted on {self.kind}. Pass elements of "
                "the same kind as in fit, or fit again."
            )
        # scikit-learn reports any other width of vectors in its own words. This one comes of sets
        # that were passed without their second dimension, of which its words say nothing.
        if shape == (1,) and len(self.shape) == 1 and shape != self.shape:
            raise ValueError(
                f"X has 1 features, but {estimator_name} is expecting {self.width} features as "
                "input. A 1-D array in a list is a set of scalars: pass arrays of shape "
                f"(n_elements, {self.width})."
            )
        if shape != self.shape and len(shape + self.shape) > 2:
            raise ValueError(
                f"X has elements of shape {shape}, but {estimator_name} is expecting elements of "
                f"shape {self.shape}."
            )
        columns = _string_columns(sets)
        # Where both have names, `match_names` says it better that columns are in another order.
        if (
            shape == self.shape
            and columns != self.string_columns
            and not self._differ_in_names(sets)
        ):
            raise ValueError(
                f"X has strings in the columns {list(columns)} of its elements, but "
                f"{estimator_name} was fitted on strings in {list(self.string_columns)}."
            )
        self._match_weights(sets, estimator_name)
        return sets

    def _of_no_elements(self, sets):
        values = np.empty((0, *self.shape), dtype=_DTYPES[self.kind])
        has_names = sets.feature_names is not None and sets.element_shape == self.shape
        return sets.map_values(values, sets.feature_names if has_names else self.names)

    def _match_weights(self, sets, estimator_name):
        if (sets.element_weight is not None) == self.weighted:
            return
        has, fitted = ("no weights", "with") if self.weighted else ("weights", "without")
        raise ValueError(
            f"The elements of X have {has}, but {estimator_name} was fitted {fitted} weights of "
            "elements. Use X.with_element_weight."
        )

    def _differ_in_names(self, sets):
        both = sets.feature_names is not None and self.names is not None
        return both and tuple(sets.feature_names) != self.names

    def match_names(self, sets):
        """Raise, in scikit-learn's words, where the names of the features are not those of fit.

        Parameters
        ----------
        sets : SetArray
            With names, as those of fit.
        """
        names, fitted = list(sets.feature_names), list(self.names)
        if names == fitted:
            return
        message = "The feature names should match those that were passed during fit.\n"
        message += _listed("Feature names unseen at fit time", set(names) - set(fitted))
        message += _listed(
            "Feature names seen at fit time, yet now missing", set(fitted) - set(names)
        )
        if set(names) == set(fitted):
            message += "Feature names must be in the same order as they were in fit.\n"
        raise ValueError(message)

    def match_context(self, sets, estimator_name):
        """Raise where ``sets`` have another number of context features than those of fit.

        Parameters
        ----------
        sets : SetArray
        estimator_name : str
            What messages call the estimator.
        """
        n_context = _n_context(sets)
        if n_context == self.n_context:
            self._match_context_names(sets, estimator_name)
            return
        if n_context == 0:
            raise ValueError(
                f"X has no context, but {estimator_name} was fitted with {self.n_context} context "
                "features. Pass SetArray.from_sets(X, context=Z), Z of one row a set."
            )
        if self.n_context == 0:
            raise ValueError(
                f"X has a context of {n_context} features, but {estimator_name} was fitted without "
                "a context. Drop the context, or fit again with one."
            )
        raise ValueError(
            f"X has a context of {n_context} features, but {estimator_name} is expecting "
            f"{self.n_context} context features as input."
        )

    def _match_context_names(self, sets, estimator_name):
        names = sets.context_names
        if names is None or self.context_names is None or tuple(names) == self.context_names:
            return
        raise ValueError(
            f"The context of X has the columns {list(names)!r:.100}, but {estimator_name} was "
            f"fitted with {list(self.context_names)!r:.100}. Pass the same columns in the same "
            "order."
        )
