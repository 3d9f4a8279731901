"""What other libraries read, made of a SetArray: the inverses of its constructors."""

from typing import Any

import numpy as np

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
            The key, the elements (``feature_names``, or "x0", "x1" and so on), and the context
            (``context_names``, or "context0" and so on).

        Raises
        ------
        ValueError
            If a set is empty, which has no row, an element has more than one dimension, or two
            columns have one name.

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

        if self.values.ndim > 2:
            raise ValueError(
                f"A long frame holds vectors, found elements of shape {self.element_shape}. Use "
                "to_arrow or to_awkward."
            )
        if not (filled := self.sizes > 0).all():
            raise ValueError(
                f"Set {np.argmin(filled)} is empty, and would have no row. Leave it out, or use "
                "to_arrow or to_awkward."
            )
        keys = np.arange(self.n_sets) if self.keys is None else self.keys
        columns = _named_columns(keys, key if keys.ndim == 1 else None, key)
        columns = [(name, column[self.set_ids]) for name, column in columns]
        columns += _named_columns(self.values, self.feature_names, "x")
        if self.context is not None:
            context = _named_columns(self.context, self.context_names, "context")
            columns += [(name, column[self.set_ids]) for name, column in context]
        return pd.DataFrame(_distinct(columns, "A long frame"))

    def to_arrow(self: Any) -> Any:
        """Return the elements as a pyarrow array of lists, one list a set.

        ``SetArray.from_arrow`` reads it. Context and keys are arrays of their own.

        Returns
        -------
        pyarrow.LargeListArray
            Of structs where the features have names, of numbers or strings for 1-D sets, and of
            lists of fixed size otherwise.
        """
        import pyarrow as pa

        if self.feature_names is None:
            elements = pa.array(self.values.ravel())
            for length in self.element_shape[::-1]:
                elements = pa.FixedSizeListArray.from_arrays(elements, length)
        else:
            columns = [pa.array(np.ascontiguousarray(column)) for column in self.values.T]
            elements = pa.StructArray.from_arrays(columns, names=self.feature_names.tolist())
        return pa.LargeListArray.from_arrays(pa.array(self.offsets), elements)

    def to_awkward(self: Any) -> Any:
        """Return the elements as an awkward array of type ``n_sets * var * ...``.

        ``SetArray.from_awkward`` reads it. Context and keys are arrays of their own.

        Returns
        -------
        awkward.Array
            Of records where the features have names.

        Raises
        ------
        ValueError
            If two features have one name.
        """
        import awkward as ak

        # Of an array of no strings, awkward 2.6 cannot tell the lengths.
        strings = self.values.dtype.kind in "UST"
        elements = ak.from_numpy(self.values) if len(self.values) or not strings else ak.Array([])
        if self.feature_names is not None:
            columns = _named_columns(self.values, self.feature_names, "x")
            columns = _distinct(columns, "An awkward record")
            elements = ak.zip({name: ak.from_numpy(column) for name, column in columns.items()})
        return ak.unflatten(elements, self.sizes)


def _named_columns(rows, names, prefix):
    """Return the columns of an array with their names, numbered where they have none."""
    if rows.ndim == 1:
        return [(names if isinstance(names, str) else prefix, rows)]
    if names is None:
        names = [f"{prefix}{i}" for i in range(rows.shape[1])]
    return list(zip(names, rows.T, strict=True))


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
