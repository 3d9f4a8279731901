"""SetArray: many sets of different sizes in one packed array."""

from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt

from sksets._set_array.checks import check_context, check_offsets, check_values
from sksets._set_array.containers import pack_sequence
from sksets._set_array.frames import pack_frame
from sksets._set_array.indexing import gather_sets, resolve_indices, resolve_key
from sksets._set_array.libraries import pack_arrow, pack_awkward
from sksets._set_array.packing import pack_padded

MaybeArray = npt.ArrayLike | None


class SetArray:
    """Many sets of different sizes, packed into one array.

    The elements of all sets follow each other in `values`; set ``i`` is
    ``values[offsets[i]:offsets[i + 1]]``. The container is one-dimensional over sets, so
    scikit-learn's splitters and searches index it like any 1-D array of samples.

    Parameters
    ----------
    values : ndarray of shape (n_elements, ...)
        The elements of all sets: (n_elements, n_features) for vectors, any trailing shape for
        images and the like, (n_elements,) for tokens or scalars. Any dtype; read-only and
        memory-mapped arrays are kept as they are.
    offsets : array-like of shape (n_sets + 1,), integers
        Where each set starts in `values`, and the number of elements at the end.
    context : array-like of shape (n_sets, n_context_features), default=None
        Side information, one row a set. A 1-D array is one feature.

    Attributes
    ----------
    values, offsets, context : ndarray
        As given; `offsets` are int64, `context` is 2-D or None.

    Raises
    ------
    ValueError
        If the offsets do not cut the elements into sets, or the context has not one row a set.

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

    # numpy must not broadcast over sets: X + 1 raises instead of making an object array.
    __array_ufunc__ = None
    # To scikit-learn it looks like what np.asarray makes of it: one object a set.
    ndim = 1
    dtype = np.dtype(object)

    def __init__(
        self, values: npt.ArrayLike, offsets: npt.ArrayLike, context: MaybeArray = None
    ) -> None:
        self.values: np.ndarray = check_values(values)
        self.offsets: np.ndarray = check_offsets(offsets, len(self.values))
        # A part of the sets, as scikit-learn's searches hand metadata to no predict.
        self.context: np.ndarray | None = check_context(context, self.n_sets)

    @classmethod
    def from_sets(cls, sets: Any, context: MaybeArray = None) -> "SetArray":
        """Pack a sequence of sets.

        Parameters
        ----------
        sets : list of array-like, object array, SetArray, or ndarray of 2 or more dimensions
            One array a set, elements on axis 0; a sequence of tokens is 1-D. An ndarray of two
            or more dimensions holds sets of equal size, elements on axis 1. List columns of
            pandas, polars, pyarrow and awkward are read as well.
        context : array-like of shape (n_sets, n_context_features), default=None
            Side information, one row a set.

        Returns
        -------
        SetArray

        Raises
        ------
        ValueError, TypeError
            If a set is no array, or differs in width or kind; the message names the set.

        Examples
        --------
        >>> SetArray.from_sets([["milk", "bread"], ["tea"]]).values
        array(['milk', 'bread', 'tea'], dtype='<U5')
        """
        if isinstance(sets, SetArray):
            return cls(sets.values, sets.offsets, sets.context if context is None else context)
        values, offsets = pack_sequence(sets)
        return cls(values, offsets, context)

    @classmethod
    def from_padded(
        cls,
        padded: npt.ArrayLike,
        mask: MaybeArray = None,
        *,
        sizes: MaybeArray = None,
        context: MaybeArray = None,
    ) -> "SetArray":
        """Pack sets that were padded to one size; a value never means padding.

        Parameters
        ----------
        padded : array-like of shape (n_sets, max_size, ...)
            The padded sets.
        mask : array-like of shape (n_sets, max_size), bool, default=None
            True for an element, False for padding.
        sizes : array-like of shape (n_sets,), default=None
            Number of elements at the start of each row; instead of `mask`.
        context : array-like of shape (n_sets, n_context_features), default=None
            Side information, one row a set.

        Returns
        -------
        SetArray

        Raises
        ------
        ValueError
            If neither or both of `mask` and `sizes` are given, or their shapes do not fit.

        Examples
        --------
        >>> SetArray.from_padded(np.zeros((2, 4, 3)), sizes=[4, 1]).sizes
        array([4, 1])
        """
        values, offsets = pack_padded(padded, mask, sizes)
        return cls(values, offsets, context)

    @classmethod
    def from_frame(
        cls,
        frame: Any,
        key: Any,
        columns: str | Sequence[str] | None = None,
        *,
        context_columns: Sequence[str] | None = None,
        return_keys: bool = False,
    ) -> Any:
        """Pack a long frame, which has one row an element.

        Parameters
        ----------
        frame : pandas or polars DataFrame, pyarrow Table, or dict of columns
            One row an element, in any order; the order within a set is kept.
        key : str or list of str
            Column(s), or levels of a pandas index; sets come in order of first appearance.
        columns : str or list of str, default=None
            Columns of the elements' features; by default all others. One name instead of a list
            gives 1-D values, as for tokens.
        context_columns : list of str, default=None
            Columns of side information, constant within each set.
        return_keys : bool, default=False
            Also return the key of each set, to align y with.

        Returns
        -------
        X : SetArray
        keys : ndarray of shape (n_sets,) or (n_sets, n_keys)
            Only if `return_keys`.

        Raises
        ------
        ValueError
            If a column is unknown, a key is missing or a context column varies within a set.

        Examples
        --------
        >>> frame = {"basket": [7, 3, 7], "price": [1.0, 2.0, 3.0]}
        >>> X, keys = SetArray.from_frame(frame, "basket", return_keys=True)
        >>> keys, X.sizes
        (array([7, 3]), array([2, 1]))
        """
        values, offsets, context, keys = pack_frame(frame, key, columns, context_columns)
        X = cls(values, offsets, context)
        return (X, keys) if return_keys else X

    @classmethod
    def from_arrow(cls, array: Any, context: MaybeArray = None) -> "SetArray":
        """Pack a pyarrow array of lists, without a copy where its layout allows.

        Parameters
        ----------
        array : pyarrow ListArray, LargeListArray, FixedSizeListArray or ChunkedArray of them
            One list a set; a list of numbers or strings, of lists of equal length, or of structs.
        context : array-like of shape (n_sets, n_context_features), default=None
            Side information, one row a set.

        Returns
        -------
        SetArray

        Raises
        ------
        ValueError, TypeError
            If a list or an element is null, elements differ in width, or there are no lists.
        """
        values, offsets = pack_arrow(array)
        return cls(values, offsets, context)

    @classmethod
    def from_awkward(cls, array: Any, context: MaybeArray = None) -> "SetArray":
        """Pack an awkward array of sets, without a copy where its layout allows.

        Parameters
        ----------
        array : awkward.Array of type ``n * var * ...``
            Numbers, strings, lists of equal length, or records (one feature a field).
        context : array-like of shape (n_sets, n_context_features), default=None
            Side information, one row a set.

        Returns
        -------
        SetArray

        Raises
        ------
        ValueError, TypeError
            If a value is missing, elements differ in width, or there are no lists.
        """
        values, offsets = pack_awkward(array)
        return cls(values, offsets, context)

    @property
    def n_sets(self) -> int:
        """Number of sets."""
        return len(self.offsets) - 1

    @property
    def sizes(self) -> np.ndarray:
        """Number of elements of each set, shape (n_sets,)."""
        return np.diff(self.offsets)

    @property
    def set_ids(self) -> np.ndarray:
        """Index of the set of each element, shape (n_elements,)."""
        return np.repeat(np.arange(self.n_sets), self.sizes)

    @property
    def element_shape(self) -> tuple[int, ...]:
        """Shape of one element, () for tokens."""
        return self.values.shape[1:]

    @property
    def shape(self) -> tuple[int]:
        """Shape over sets, (n_sets,)."""
        return (self.n_sets,)

    @property
    def nbytes(self) -> int:
        """Bytes of the elements, the offsets and the context."""
        arrays = (self.values, self.offsets, self.context)
        return sum(array.nbytes for array in arrays if array is not None)

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.nbytes

    def __len__(self) -> int:
        return self.n_sets

    def __iter__(self) -> Iterator[np.ndarray]:
        for start, stop in pairwise(self.offsets.tolist()):
            yield self.values[start:stop]

    def __getitem__(self, key: Any) -> Any:
        """Return one set (integer key) as a view, or a SetArray of the sets selected.

        Parameters
        ----------
        key : int, slice, integer array, boolean mask, list, or ``(key, ...)``
            A slice of step 1 is a view, everything else a copy. The context goes along.

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
            return self.values[self.offsets[resolved] : self.offsets[resolved + 1]]
        if isinstance(resolved, slice):
            return self._view(resolved.start, resolved.stop)
        return self._gather(resolved)

    def _view(self, start: int, stop: int) -> "SetArray":
        offsets = self.offsets[start : stop + 1]
        context = None if self.context is None else self.context[start:stop]
        return SetArray(self.values[offsets[0] : offsets[-1]], offsets - offsets[0], context)

    def _gather(self, indices: np.ndarray) -> "SetArray":
        values, offsets = gather_sets(self.values, self.offsets, indices)
        return SetArray(values, offsets, None if self.context is None else self.context[indices])

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

    def map_values(self, values: npt.ArrayLike) -> "SetArray":
        """Return the same sets with other elements: same offsets, same context.

        Parameters
        ----------
        values : array-like of shape (n_elements, ...)
            One row for each row of `self.values`.

        Returns
        -------
        SetArray
        """
        return SetArray(values, self.offsets, self.context)

    def to_padded(self, fill_value: Any = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return the sets padded to the largest size, and the mask of their elements.

        Parameters
        ----------
        fill_value : scalar, default=0
            The padding.

        Returns
        -------
        padded : ndarray of shape (n_sets, max_size, ...)
        mask : ndarray of shape (n_sets, max_size), bool
        """
        mask = np.arange(self.sizes.max(initial=0)) < self.sizes[:, None]
        padded = np.full((*mask.shape, *self.element_shape), fill_value, dtype=self.values.dtype)
        padded[mask] = self.values
        return padded, mask

    def copy(self) -> "SetArray":
        """Copy the sets.

        Returns
        -------
        SetArray
        """
        # np.array makes a plain array of a memory-mapped one, whose own copy is a memmap still.
        context = None if self.context is None else np.array(self.context)
        return SetArray(np.array(self.values), self.offsets.copy(), context)

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

    def __repr__(self) -> str:
        sizes = f"sizes {self.sizes.min()} to {self.sizes.max()}, " if self.n_sets else ""
        context = "" if self.context is None else f", context ({self.context.shape[1]},)"
        return (
            f"SetArray(n_sets={self.n_sets}, n_elements={len(self.values)}, {sizes}"
            f"elements {self.values.dtype} {self.element_shape}{context})"
        )
