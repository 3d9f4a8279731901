"""SetArray: many sets of different sizes in one packed array."""

import sys
from collections.abc import Iterator, Sequence
from numbers import Integral
from typing import Any

import numpy as np
import numpy.typing as npt

from sksets._containers import pack_arrow, pack_awkward, pack_frame
from sksets._packing import offsets_from_sizes, pack_padded, pack_sets, rows_of_sets


def _check_offsets(offsets: npt.ArrayLike, n_elements: int) -> np.ndarray:
    checked = np.asarray(offsets)
    if checked.ndim != 1 or len(checked) == 0 or checked.dtype.kind not in "iu":
        raise ValueError(
            "Expected offsets of shape (n_sets + 1,) and integer dtype, found shape "
            f"{checked.shape} and dtype {checked.dtype}."
        )
    checked = checked.astype(np.int64, copy=False)
    if checked[0] != 0 or checked[-1] != n_elements:
        raise ValueError(
            f"Offsets must run from 0 to the number of elements, {n_elements}; found "
            f"{checked[0]} to {checked[-1]}."
        )
    if np.any(checked[1:] < checked[:-1]):
        bad = int(np.flatnonzero(checked[1:] < checked[:-1])[0])
        raise ValueError(
            f"Offsets must not decrease; set {bad} starts at {checked[bad]} and ends at "
            f"{checked[bad + 1]}."
        )
    return checked


def _check_context(context: npt.ArrayLike | None, n_sets: int) -> np.ndarray | None:
    if context is None:
        return None
    checked = context if isinstance(context, np.ndarray) else np.asarray(context)
    if checked.ndim == 1:
        checked = checked[:, None]
    if checked.ndim != 2:
        raise ValueError(
            "Expected a context of shape (n_sets, n_context_features), found shape "
            f"{checked.shape}."
        )
    if len(checked) != n_sets:
        raise ValueError(
            f"The context must have one row a set: X has {n_sets} sets, the context has "
            f"{len(checked)} rows."
        )
    if checked.dtype.kind == "O":
        checked = checked.astype(np.float64)
    if checked.dtype.kind not in "fiub":
        raise ValueError(f"The context must be numeric, found dtype {checked.dtype}.")
    return checked


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
    values : ndarray of shape (n_elements, ...)
        The elements.
    offsets : ndarray of shape (n_sets + 1,), dtype int64
        The offsets.
    context : ndarray of shape (n_sets, n_context_features) or None
        The side information.

    Raises
    ------
    ValueError
        If offsets do not start at 0, decrease or do not end at the number of elements, or if the
        context has not one row a set.

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
    >>> X[0].shape
    (2, 3)
    """

    # numpy must not broadcast over sets: X + 1 raises instead of making an object array.
    __array_ufunc__ = None

    values: np.ndarray
    offsets: np.ndarray
    context: np.ndarray | None

    def __init__(
        self,
        values: npt.ArrayLike,
        offsets: npt.ArrayLike,
        context: npt.ArrayLike | None = None,
    ) -> None:
        self.values = values if isinstance(values, np.ndarray) else np.asarray(values)
        if self.values.ndim == 0:
            raise ValueError("Expected values of shape (n_elements, ...), found a scalar.")
        self.offsets = _check_offsets(offsets, len(self.values))
        self.context = _check_context(context, self.n_sets)

    @classmethod
    def from_sets(cls, sets: Any, context: npt.ArrayLike | None = None) -> "SetArray":
        """Pack a sequence of sets.

        Parameters
        ----------
        sets : list of array-like, object array, SetArray, or ndarray of 2 or more dimensions
            One array a set, elements on axis 0; lists of tokens (strings or integers) are 1-D
            sets. An ndarray of two or more dimensions holds sets of equal size, elements on
            axis 1.
        context : array-like of shape (n_sets, n_context_features), default=None
            Side information, one row a set.

        Returns
        -------
        SetArray

        Raises
        ------
        ValueError
            If the sets differ in number of features or kind; the message names the set.
        TypeError
            If a set is no array.

        Examples
        --------
        >>> from sksets import SetArray
        >>> SetArray.from_sets([["milk", "bread"], ["tea"]]).values
        array(['milk', 'bread', 'tea'], dtype='<U5')
        """
        if isinstance(sets, SetArray):
            return cls(sets.values, sets.offsets, sets.context if context is None else context)
        return cls(*pack_sets(sets), context)

    @classmethod
    def from_padded(
        cls,
        padded: npt.ArrayLike,
        mask: npt.ArrayLike | None = None,
        *,
        sizes: npt.ArrayLike | None = None,
        context: npt.ArrayLike | None = None,
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
        >>> import numpy as np
        >>> from sksets import SetArray
        >>> SetArray.from_padded(np.zeros((2, 4, 3)), sizes=[4, 1]).sizes
        array([4, 1])
        """
        return cls(*pack_padded(padded, mask, sizes), context)

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
            Column(s) that name the set of each row. Sets come in order of first appearance.
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
        >>> from sksets import SetArray
        >>> frame = {"basket": [7, 3, 7], "price": [1.0, 2.0, 3.0]}
        >>> X, keys = SetArray.from_frame(frame, "basket", return_keys=True)
        >>> keys, X.sizes
        (array([7, 3]), array([2, 1]))
        """
        values, offsets, context, keys = pack_frame(frame, key, columns, context_columns)
        X = cls(values, offsets, context)
        return (X, keys) if return_keys else X

    @classmethod
    def from_arrow(cls, array: Any, context: npt.ArrayLike | None = None) -> "SetArray":
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
        ValueError
            If a list or an element is null, or elements differ in their number of features.
        TypeError
            If the array holds no lists.
        """
        return cls(*pack_arrow(array), context)

    @classmethod
    def from_awkward(cls, array: Any, context: npt.ArrayLike | None = None) -> "SetArray":
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
        ValueError
            If a value is missing, or elements differ in their number of features.
        TypeError
            If the array holds no lists.
        """
        return cls(*pack_awkward(array), context)

    @classmethod
    def concatenate(cls, arrays: Sequence["SetArray"]) -> "SetArray":
        """Put the sets of several SetArrays one after the other.

        Parameters
        ----------
        arrays : sequence of SetArray
            All with the same element shape, and all with a context or none.

        Returns
        -------
        SetArray

        Raises
        ------
        ValueError
            If some have a context and others not, or the shapes do not fit.
        """
        contexts = [array.context for array in arrays if array.context is not None]
        if len(contexts) not in (0, len(arrays)):
            raise ValueError("Either all or none of the arrays must have a context.")
        sizes = np.concatenate([array.sizes for array in arrays])
        values = np.concatenate([array.values for array in arrays])
        return cls(values, offsets_from_sizes(sizes), np.concatenate(contexts) if contexts else None)

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
    def ndim(self) -> int:
        """Number of dimensions over sets, 1."""
        return 1

    @property
    def size(self) -> int:
        """Number of sets, as for any 1-D array."""
        return self.n_sets

    @property
    def dtype(self) -> np.dtype:
        """Object: a sample is an array. The dtype of the elements is ``values.dtype``."""
        return np.dtype(object)

    @property
    def nbytes(self) -> int:
        """Bytes of the elements, the offsets and the context."""
        context = 0 if self.context is None else self.context.nbytes
        return self.values.nbytes + self.offsets.nbytes + context

    def __sizeof__(self) -> int:
        return object.__sizeof__(self) + self.nbytes

    def __len__(self) -> int:
        return self.n_sets

    def __iter__(self) -> Iterator[np.ndarray]:
        bounds = self.offsets.tolist()
        for start, stop in zip(bounds[:-1], bounds[1:], strict=True):
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
        if isinstance(key, tuple):
            if len(key) > 2 or (len(key) == 2 and key[1] is not Ellipsis):
                raise IndexError(
                    "A SetArray has one dimension, over sets; index the elements through "
                    f"X[i] or X.values. Found {len(key)} indices."
                )
            key = key[0] if key else Ellipsis
        if key is Ellipsis:
            return self
        if isinstance(key, Integral) and not isinstance(key, (bool, np.bool_)):
            return self._set(int(key))
        if isinstance(key, slice):
            start, stop, step = key.indices(self.n_sets)
            if step == 1:
                return self._view(start, max(start, stop))
            return self.take(np.arange(start, stop, step))
        return self.take(self._indices(key))

    def _set(self, index: int) -> np.ndarray:
        if not -self.n_sets <= index < self.n_sets:
            raise IndexError(f"Set {index} is out of bounds: there are {self.n_sets} sets.")
        index %= self.n_sets
        return self.values[self.offsets[index] : self.offsets[index + 1]]

    def _view(self, start: int, stop: int) -> "SetArray":
        offsets = self.offsets[start : stop + 1]
        context = None if self.context is None else self.context[start:stop]
        return SetArray(self.values[offsets[0] : offsets[-1]], offsets - offsets[0], context)

    def _indices(self, key: Any) -> np.ndarray:
        """Turn a mask or a sequence of integers into an index array."""
        indices = np.asarray(key)
        if indices.ndim != 1:
            raise IndexError(
                "A SetArray is indexed by an integer, a slice, or a 1-D array of integers or "
                f"booleans; found {type(key).__name__} of {indices.ndim} dimensions."
            )
        if indices.dtype == bool:
            if len(indices) != self.n_sets:
                raise IndexError(
                    f"The mask has {len(indices)} values, but there are {self.n_sets} sets."
                )
            return np.flatnonzero(indices)
        if len(indices) == 0:
            return indices.astype(np.int64)
        if indices.dtype.kind not in "iu":
            raise IndexError(f"Indices must be integers or booleans, found {indices.dtype}.")
        return indices

    def take(self, indices: npt.ArrayLike, axis: int = 0) -> "SetArray":
        """Return the sets at the given indices, in that order, copied.

        Parameters
        ----------
        indices : array-like of int, shape (n,)
            Indices of sets; negative ones count from the end, repeated ones are allowed.
        axis : int, default=0
            Only 0, the sets; there for the call that other containers know.

        Returns
        -------
        SetArray

        Raises
        ------
        IndexError
            If an index is out of bounds.
        """
        if axis != 0:
            raise ValueError(f"A SetArray has one axis, 0; found axis={axis}.")
        checked = self._indices(indices)
        if len(checked) and not (-self.n_sets <= checked.min() and checked.max() < self.n_sets):
            bad = checked.max() if checked.max() >= self.n_sets else checked.min()
            raise IndexError(f"Set {bad} is out of bounds: there are {self.n_sets} sets.")
        rows, offsets = rows_of_sets(self.offsets, checked)
        context = None if self.context is None else self.context[checked]
        return SetArray(self.values[rows], offsets, context)

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
        """Return a SetArray that shares no memory with this one."""
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
        sets = np.empty(self.n_sets, dtype=object)
        for i, values in enumerate(self):
            sets[i] = values
        return sets

    def __repr__(self) -> str:
        low, high = self.sizes.min(initial=sys.maxsize), self.sizes.max(initial=0)
        sizes = f"sizes {low} to {high}, " if self.n_sets else ""
        context = "" if self.context is None else f", context ({self.context.shape[1]},)"
        return (
            f"SetArray(n_sets={self.n_sets}, n_elements={len(self.values)}, {sizes}"
            f"elements {self.values.dtype} {self.element_shape}{context})"
        )
