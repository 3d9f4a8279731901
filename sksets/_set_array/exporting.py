"""What other libraries read, made of a SetArray: the inverses of its constructors."""

from typing import Any

import numpy as np

from sksets._set_array.objects import SCALARS, describe_type
from sksets._set_array.padding import pad_sets


class SetExports:
    """What a :class:`SetArray` can be turned into."""

    def to_padded(self: Any, fill_value: Any = 0) -> tuple[np.ndarray, np.ndarray]:
        """Return the sets padded to the largest size, and the mask of their elements.

        Parameters
        ----------
        fill_value : scalar, default=0
            The padding. Where the type of the elements cannot hold it, that of the result is
            wider: NaN beside integers gives float64.

        Returns
        -------
        padded : ndarray of shape (n_sets, max_size, ...)
        mask : ndarray of shape (n_sets, max_size), bool
        """
        return pad_sets(self.values, self.sizes, fill_value)

    def to_frame(self: Any, key: str = "set") -> Any:
        """Return the sets as a long pandas frame, one row an element.

        ``SetArray.from_frame(frame, key, columns, context_columns=...)`` reads it.

        Parameters
        ----------
        key : str, default="set"
            Name of the column that says which set a row belongs to: its key, or its position
            where the sets have no keys. With several keys a set, there are columns "set0",
            "set1" and so on.

        Returns
        -------
        pandas.DataFrame
            The key, the elements (``feature_names``, or "x0", "x1" and so on), their weights
            ("element_weight") where they have any, and the context (``context_names``, or
            "context0" and so on).

        Raises
        ------
        ValueError
            If a set is empty, which has no row, an element has more than one dimension, or two
            columns have one name.
        TypeError
            If ``key`` is no name.

        Examples
        --------
        >>> from sksets import SetArray
        >>> X = SetArray([[1.0], [2.0], [3.0]], [0, 2, 3], feature_names=["price"], keys=[7, 3])
        >>> X.to_frame("basket")
           basket  price
        0       7    1.0
        1       7    2.0
        2       3    3.0
        """
        import pandas as pd

        if self.codes.ndim > 2:
            raise ValueError(
                f"A long frame holds vectors, found elements of shape {self.element_shape}. Use "
                "to_arrow or to_awkward."
            )
        if not (filled := self.sizes > 0).all():
            raise ValueError(
                f"Set {np.argmin(filled)} is empty, and would have no row. Leave it out, or use "
                "to_arrow or to_awkward."
            )
        if not isinstance(key, (*SCALARS, tuple)):
            raise TypeError(f"key must be the name of a column; found a {describe_type(key)}.")
        keys = np.arange(self.n_sets) if self.keys is None else self.keys
        columns = [(key, keys)] if keys.ndim == 1 else _named_columns(keys.T, None, key)
        columns = [(name, column[self.set_ids]) for name, column in columns]
        columns += _element_columns(self)
        if self.element_weight is not None:
            columns.append(("element_weight", self.element_weight))
        if self.context is not None:
            context = _named_columns(self.context.T, self.context_names, "context")
            columns += [(name, column[self.set_ids]) for name, column in context]
        return pd.DataFrame(_distinct(columns, "A long frame"))

    def to_arrow(self: Any) -> Any:
        """Return the elements as a pyarrow array of lists, one list a set.

        ``SetArray.from_arrow`` reads it. Context, keys and weights are arrays of their own.

        Returns
        -------
        pyarrow.LargeListArray
            Of structs where the features have names or differ in kind, of numbers or (as a
            dictionary) strings for 1-D sets, and of lists of fixed size otherwise.
        """
        import pyarrow as pa

        if self.codes.ndim == 1 and self.categories is not None:
            elements = pa.DictionaryArray.from_arrays(self.codes, pa.array(self.categories[0]))
        elif self.feature_names is None and self.categories is None:
            elements = pa.array(self.codes.ravel())
            for length in self.element_shape[::-1]:
                elements = pa.FixedSizeListArray.from_arrays(elements, length)
        else:
            names, columns = zip(*_element_columns(self), strict=True)
            arrays = [pa.array(np.ascontiguousarray(column)) for column in columns]
            elements = pa.StructArray.from_arrays(arrays, names=list(names))
        return pa.LargeListArray.from_arrays(pa.array(self.offsets), elements)

    def to_awkward(self: Any) -> Any:
        """Return the elements as an awkward array of type ``n_sets * var * ...``.

        ``SetArray.from_awkward`` reads it. Context, keys and weights are arrays of their own.

        Returns
        -------
        awkward.Array
            Of records where the features have names or differ in kind.

        Raises
        ------
        ValueError
            If two features have one name.
        """
        import awkward as ak

        if self.feature_names is None and (self.categories is None or self.codes.ndim == 1):
            # Of an array of no strings, awkward 2.6 cannot tell the lengths.
            strings = self.categories is not None
            no_strings = strings and not len(self.codes)
            elements = ak.Array([]) if no_strings else ak.from_numpy(self.values)
        else:
            columns = _distinct(_element_columns(self), "An awkward record")
            elements = ak.zip({name: _awkward(column, ak) for name, column in columns.items()})
        return ak.unflatten(elements, self.sizes)


def _element_columns(sets):
    """Return the columns of the elements with their names."""
    if sets.codes.ndim == 1:
        return [("x", sets.values)]
    return _named_columns(sets.columns(), sets.feature_names, "x")


def _awkward(column, ak):
    # awkward reads no objects, and cannot tell the lengths of no strings.
    return ak.Array(column.tolist()) if column.dtype.kind == "O" else ak.from_numpy(column)


def _named_columns(columns, names, prefix):
    """Return columns with their names, numbered where they have none."""
    if names is None:
        names = [f"{prefix}{i}" for i in range(len(columns))]
    return list(zip(names, columns, strict=True))


def _distinct(columns, what):
    """Return named columns as a dict, in which two of one name would be one."""
    by_name = dict(columns)
    if len(by_name) < len(columns):
        names = [name for name, _ in columns]
        twice = next(name for i, name in enumerate(names) if name in names[:i])
        raise ValueError(
            f"{what} would have two columns {twice!r}; they are {names!r:.200}. Choose other "
            "feature_names, context_names or another key."
        )
    return by_name
