"""SetArray: many sets of different sizes in one packed array."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from sksets._arguments import as_list
from sksets._set_array.checks import (
    check_context,
    check_element_weight,
    check_offsets,
    check_values,
)
from sksets._set_array.coding import Coded, columns_of, decode, nbytes_of, without_column
from sksets._set_array.constructors import MaybeArray, SetConstructors
from sksets._set_array.display import SetDisplay
from sksets._set_array.exporting import SetExports
from sksets._set_array.indexing import resolve_indices, resolve_key, rows_of_sets, take_elements
from sksets._set_array.joining import join_arrays
from sksets._set_array.keys import check_keys
from sksets._set_array.names import check_names, column_names, text_names
from sksets._set_array.numpy_functions import SetNumpyFunctions


class SetArray(SetConstructors, SetExports, SetNumpyFunctions, SetDisplay):
    """Many sets of different sizes, packed into one array.

    The elements of all sets follow each other in `values`; set ``i`` is
    ``values[offsets[i]:offsets[i + 1]]``. The container is one-dimensional over sets, so
    scikit-learn's splitters and searches index it like any 1-D array of samples.

    Parameters
    ----------
    values : ndarray of shape (n_elements, ...)
        The elements of all sets: (n_elements, n_features) for vectors, any trailing shape for
        images and the like, (n_elements,) for tokens or scalars. Any dtype; read-only and
        memory-mapped arrays are kept as they are, strings as codes and categories.
    offsets : array-like of shape (n_sets + 1,), integers
        Where each set starts in `values`, and the number of elements at the end.
    context : array-like of shape (n_sets, n_context_features), default=None
        Side information, one row a set. A 1-D array is one feature. Where sets have keys, rows of
        pandas are aligned to them by their index, as ``y`` is.
    feature_names : array-like of str of shape (n_features,), default=None
        Names of the columns of 2-D `values`.
    context_names : array-like of str of shape (n_context_features,), default=None
        Names of the columns of the context; by default those of a frame.
    keys : array-like of shape (n_sets,) or (n_sets, n_keys), default=None
        What the sets are known by elsewhere: ids, each once, by which predictions can be joined
        back and a pandas ``y`` is aligned.
    element_weight : array-like of shape (n_elements,), default=None
        How much each element counts in its set, above 0: an element of weight 3 is three such
        elements. Energies, exposures, counts of repeated items.

    Attributes
    ----------
    offsets, context, keys, element_weight : ndarray, or None
        As given; `offsets` are int64, `context` is 2-D, weights are float64.
    feature_names, context_names : ndarray of str objects, or None
    codes : ndarray of shape (n_elements, ...)
        The elements with each string replaced by its place in its column's `categories`; `values`
        itself where none is a string. Codes of tokens are int32.
    categories : tuple of (ndarray of str objects or None), or None
        What the codes of each column stand for, None for a column of numbers; one for tokens. None
        where no element has a string.

    Raises
    ------
    ValueError
        If the offsets do not cut the elements into sets, the context or the keys have not one row
        a set, a key is there twice, names are not one string a column, or weights are not one
        positive number an element.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets import SetArray
    >>> X = SetArray.from_sets([np.ones((2, 3)), np.zeros((0, 3)), np.ones((1, 3))])
    >>> X
    SetArray(n_sets=3, n_elements=3, sizes 0 to 2, elements float64 (3,))
    >>> X.sizes
    array([2, 0, 1])
    >>> X[[2, 0]].offsets
    array([0, 1, 3])
    """

    # To scikit-learn it looks like what np.asarray makes of it: one object a set.
    ndim = 1
    dtype = np.dtype(object)

    def __init__(
        self,
        values: Any,
        offsets: npt.ArrayLike,
        context: MaybeArray = None,
        *,
        feature_names: MaybeArray = None,
        context_names: MaybeArray = None,
        keys: MaybeArray = None,
        element_weight: MaybeArray = None,
    ) -> None:
        self.codes: np.ndarray
        self.categories: tuple | None
        self.codes, self.categories = check_values(values)
        self.offsets: np.ndarray = check_offsets(offsets, len(self.codes))
        self.keys: np.ndarray | None = check_keys(keys, self.n_sets)
        self.context: np.ndarray | None = check_context(context, self.n_sets, self.keys)
        if feature_names is None:
            feature_names = text_names(column_names(values))
        n_features = self.codes.shape[1] if self.codes.ndim == 2 else 0
        self.feature_names: np.ndarray | None = check_names(
            feature_names, n_features, "feature_names"
        )
        if context_names is None:
            context_names = text_names(column_names(context))
        n_context = 0 if self.context is None else self.context.shape[1]
        self.context_names: np.ndarray | None = check_names(
            context_names, n_context, "context_names"
        )
        self.element_weight: np.ndarray | None = check_element_weight(element_weight, self.offsets)

    @property
    def values(self) -> np.ndarray:
        """The elements, as given: strings for tokens, objects where columns differ in kind."""
        return decode(self.codes, self.categories)

    def columns(self) -> list[np.ndarray]:
        """Return the columns of 2-D elements, each of its own kind.

        Returns
        -------
        list of ndarray of shape (n_elements,)
            Numbers, or objects of str.
        """
        return columns_of(self.codes, self.categories)

    @property
    def n_sets(self) -> int:
        """Number of sets."""
        return len(self.offsets) - 1

    @property
    def sizes(self) -> np.ndarray:
        """Number of elements of each set, shape (n_sets,)."""
        return np.diff(self.offsets)

    @property
    def total_weight(self) -> np.ndarray:
        """Sum of the weights of each set's elements, its size without weights, shape (n_sets,)."""
        if self.element_weight is None:
            return self.sizes
        return np.bincount(self.set_ids, self.element_weight, minlength=self.n_sets)

    @property
    def set_ids(self) -> np.ndarray:
        """Index of the set of each element, shape (n_elements,)."""
        return np.repeat(np.arange(self.n_sets), self.sizes)

    @property
    def element_shape(self) -> tuple[int, ...]:
        """Shape of one element, () for tokens."""
        return self.codes.shape[1:]

    @property
    def shape(self) -> tuple[int]:
        """Shape over sets, (n_sets,)."""
        return (self.n_sets,)

    @property
    def nbytes(self) -> int:
        """Bytes of the elements with their categories and weights, the offsets and the context."""
        arrays = (self.codes, self.offsets, self.context, self.element_weight)
        return nbytes_of(self.categories) + sum(a.nbytes for a in arrays if a is not None)

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.nbytes

    def __len__(self) -> int:
        return self.n_sets

    def __iter__(self) -> Iterator[np.ndarray]:
        for start, stop in pairwise(self.offsets.tolist()):
            yield decode(self.codes[start:stop], self.categories)

    def __getitem__(self, key: Any) -> Any:
        """Return one set (integer key) as a view, or a SetArray of the sets selected.

        Parameters
        ----------
        key : int, slice, integer array, boolean mask, list, or ``(key, ...)``
            A slice of step 1 is a view, everything else a copy. Context, names, keys and weights
            go along.

        Returns
        -------
        ndarray of shape (n_elements, ...) or SetArray

        Raises
        ------
        IndexError
            If the key is out of range or has more than one dimension.
        """
        resolved = resolve_key(key, self.n_sets)
        if isinstance(resolved, int):
            start, stop = self.offsets[resolved], self.offsets[resolved + 1]
            return decode(self.codes[start:stop], self.categories)
        if isinstance(resolved, slice):
            return self._view(resolved.start, resolved.stop)
        return self._gather(resolved)

    def _view(self, start: int, stop: int) -> "SetArray":
        offsets = self.offsets[start : stop + 1]
        elements = slice(offsets[0], offsets[-1])
        return self._rows(elements, offsets - offsets[0], slice(start, stop))

    def _gather(self, indices: np.ndarray) -> "SetArray":
        elements, offsets = rows_of_sets(self.offsets, indices)
        return self._rows(elements, offsets, indices)

    def _rows(self, elements: Any, offsets: np.ndarray, rows: Any) -> "SetArray":
        """Return some of the sets, given the rows of their elements, with all else they have."""
        keys = self.keys
        if keys is not None and not isinstance(rows, slice) and len(np.unique(rows)) < len(rows):
            # Of sets that are drawn repeatedly, as by a bootstrap, a key would not tell which.
            keys = None
        weight = self.element_weight
        return self._with(
            values=Coded(take_elements(self.codes, elements), self.categories),
            offsets=offsets,
            context=None if self.context is None else self.context[rows],
            keys=None if keys is None else keys[rows],
            element_weight=None if weight is None else weight[elements],
        )

    def _with(self, **parts: Any) -> "SetArray":
        """Return a SetArray of the same parts but for those that are given."""
        names = ("offsets", "context", "feature_names", "context_names", "keys", "element_weight")
        own = {name: getattr(self, name) for name in names}
        return SetArray(**{"values": Coded(self.codes, self.categories)} | own | parts)

    def take(self, indices: npt.ArrayLike) -> "SetArray":
        """Return the sets at the given indices, in that order, copied.

        Parameters
        ----------
        indices : array-like of int, shape (n,)
            Indices of sets; negative ones count from the end, repeated ones are allowed.

        Returns
        -------
        SetArray

        Raises
        ------
        IndexError
            If an index is out of bounds.
        """
        return self._gather(resolve_indices(indices, self.n_sets))

    def map_values(self, values: npt.ArrayLike, feature_names: MaybeArray = None) -> "SetArray":
        """Return the same sets with other elements: same offsets, context, keys and weights.

        Parameters
        ----------
        values : array-like of shape (n_elements, ...)
            One row for each row of `self.values`.
        feature_names : array-like of str of shape (n_features,), default=None
            Names of the columns of `values`.

        Returns
        -------
        SetArray
        """
        return self._with(values=values, feature_names=feature_names)

    def with_context(self, context: npt.ArrayLike, context_names: MaybeArray = None) -> "SetArray":
        """Return the same sets with another context.

        Parameters
        ----------
        context : array-like of shape (n_sets, n_context_features)
            Side information, one row a set. A 1-D array is one feature. Where the sets have
            keys, rows of pandas are aligned to them by their index.
        context_names : array-like of str of shape (n_context_features,), default=None
            Names of its columns; by default those of a frame.

        Returns
        -------
        SetArray
        """
        return self._with(context=context, context_names=context_names)

    def with_element_weight(self, weight: Any) -> "SetArray":
        """Return the same sets with other weights of their elements.

        Parameters
        ----------
        weight : str, array-like of shape (n_elements,), or None
            The name of a column, which is then no feature any more; one weight an element; or None
            for no weights.

        Returns
        -------
        SetArray

        Raises
        ------
        ValueError
            If no column, or no column of numbers, has that name, it is the only one, or weights
            are not one positive number an element.

        Examples
        --------
        >>> from sksets import SetArray
        >>> frame = {"jet": [0, 0, 1], "eta": [0.1, 0.3, -0.2], "pt": [50.0, 20.0, 70.0]}
        >>> X = SetArray.from_frame(frame, "jet").with_element_weight("pt")
        >>> X.feature_names, X.total_weight
        (array(['eta'], dtype=object), array([70., 70.]))
        """
        if not isinstance(weight, str):
            return self._with(element_weight=weight)
        names: list = [] if self.feature_names is None else self.feature_names.tolist()
        elements, column = without_column(Coded(self.codes, self.categories), names, weight)
        names.remove(weight)
        return self._with(values=elements, feature_names=names, element_weight=column)

    @classmethod
    def concatenate(cls, arrays: Sequence["SetArray"]) -> "SetArray":
        """Return the sets of several arrays, one after another.

        Parameters
        ----------
        arrays : sequence of SetArray
            With elements of one shape and kind. Names, where two have any, must be the same;
            all have a context, or none, and so with keys and weights.

        Returns
        -------
        SetArray

        Raises
        ------
        TypeError
            If one is no SetArray.
        ValueError
            If there is none, or they do not fit; the message names the array.

        Examples
        --------
        >>> X = SetArray.from_sets([["tea"], ["rum", "lime"]])
        >>> SetArray.concatenate([X, X[:1]]).sizes
        array([1, 2, 1])
        """
        arrays = as_list(arrays)
        for i, array in enumerate(arrays):
            if not isinstance(array, SetArray):
                raise TypeError(
                    f"Expected SetArrays, found a {type(array).__name__} in place {i}. Use "
                    "SetArray.from_sets first."
                )
        return cls(**join_arrays(arrays))

    def __add__(self, other: Any) -> "SetArray":
        if not isinstance(other, SetArray):
            return NotImplemented
        return SetArray.concatenate([self, other])

    def copy(self) -> "SetArray":
        """Copy the sets.

        Returns
        -------
        SetArray
        """
        # np.array makes a plain array of a memory-mapped one, whose own copy is a memmap still.
        names = ("offsets", "context", "keys", "element_weight")
        arrays = {name: getattr(self, name) for name in names}
        return self._with(
            values=Coded(np.array(self.codes), self.categories),
            **{name: None if array is None else np.array(array) for name, array in arrays.items()},
        )

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        if dtype is not None and np.dtype(dtype) != object:
            raise TypeError(
                f"A SetArray holds {self.n_sets} sets and cannot become an array of "
                f"{np.dtype(dtype)}. Use X.values for the elements, np.asarray(X) for an object "
                "array of sets, or SetSummarizer for a table with one row a set."
            )
        if copy is False:
            raise ValueError("An object array of sets cannot be made without a copy.")
        # One by one: np.array would stack sets of one size.
        sets = np.empty(self.n_sets, dtype=object)
        for i, values in enumerate(self):
            sets[i] = values
        return sets
