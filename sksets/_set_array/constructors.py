"""The ways in which a SetArray is made of what a user has."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import numpy.typing as npt

from sksets._set_array.anndata import pack_anndata
from sksets._set_array.containers import pack_sequence
from sksets._set_array.libraries import pack_arrow, pack_awkward
from sksets._set_array.long_frames import pack_long_frame
from sksets._set_array.padding import pack_padded
from sksets._set_array.sparse_rows import pack_sparse

MaybeArray = npt.ArrayLike | None


class SetConstructors:
    """What a :class:`SetArray` can be made of; its own ``__init__`` takes packed sets."""

    @classmethod
    def from_sets(cls: Any, sets: Any, context: MaybeArray = None) -> Any:
        """Pack a sequence of sets.

        Parameters
        ----------
        sets : list of array-like, object array, SetArray, or ndarray of 2 or more dimensions
            One array a set, elements on axis 0; a sequence of tokens is 1-D. An ndarray of two
            or more dimensions holds sets of equal size, elements on axis 1. List columns of
            pandas, polars, pyarrow and awkward are read as well, one or one a feature, and
            groupby objects.
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
        >>> from sksets import SetArray
        >>> SetArray.from_sets([["milk", "bread"], ["tea"]]).values
        array(['milk', 'bread', 'tea'], dtype='<U5')
        """
        if isinstance(sets, cls):
            return sets if context is None else sets.with_context(context)
        packed = pack_sequence(sets)
        return cls(context=context, **packed._asdict())

    @classmethod
    def from_padded(
        cls: Any,
        padded: npt.ArrayLike,
        mask: MaybeArray = None,
        *,
        sizes: MaybeArray = None,
        context: MaybeArray = None,
    ) -> Any:
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
        >>> from sksets import SetArray
        >>> import numpy as np
        >>> SetArray.from_padded(np.zeros((2, 4, 3)), sizes=[4, 1]).sizes
        array([4, 1])
        """
        values, offsets = pack_padded(padded, mask, sizes)
        return cls(values, offsets, context)

    @classmethod
    def from_frame(
        cls: Any,
        frame: Any,
        key: Any,
        columns: str | Sequence[str] | None = None,
        *,
        context_columns: Sequence[str] | None = None,
        element_weight: str | None = None,
        return_keys: bool = False,
    ) -> Any:
        """Pack a long frame, which has one row an element.

        Parameters
        ----------
        frame : DataFrame of pandas, polars or another library, pyarrow Table, or dict of columns
            One row an element, in any order; the order within a set is kept.
        key : str or list of str
            Column(s), or levels of a pandas index; sets come in order of first appearance.
        columns : str or list of str, default=None
            Columns of the elements' features; by default all others. One name instead of a list
            gives 1-D values, as for tokens. Columns of strings are categorical features, a column
            of vectors is as many features.
        context_columns : list of str, default=None
            Columns of side information, constant within each set.
        element_weight : str, default=None
            Column of the weights of the elements, which is no feature.
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
        if not isinstance(return_keys, bool | np.bool_):
            raise TypeError(f"return_keys must be True or False, found {return_keys!r:.100}.")
        packed, context, context_names = pack_long_frame(
            frame, key, columns, context_columns, element_weight
        )
        X = cls(context=context, context_names=context_names, **packed._asdict())
        return (X, packed.keys) if return_keys else X

    @classmethod
    def from_anndata(
        cls: Any,
        adata: Any,
        key: str,
        *,
        layer: str | None = None,
        obsm: str | None = None,
        context: str | Sequence[str] | None = None,
    ) -> Any:
        """Pack the cells of an AnnData: one set a patient, sample or well.

        Parameters
        ----------
        adata : anndata.AnnData
            One row a cell, in any order; the order within a set is kept. Anything that has
            ``obs``, ``var_names``, ``X``, ``layers`` and ``obsm`` will do.
        key : str
            Column of ``obs`` that says which set a cell is of. Its values are the `keys` of the
            sets, which come in order of first appearance.
        layer : str, default=None
            Layer with the features of the cells; by default, they are those of ``X``.
        obsm : str, default=None
            Array of ``obsm`` with the features, such as "X_pca"; instead of `layer`.
        context : str or list of str, default=None
            Columns of ``obs`` with side information: numbers that are constant within each set.

        Returns
        -------
        SetArray
            `feature_names` are ``var_names``, or the columns of a frame in ``obsm``.

        Raises
        ------
        ValueError
            If a name is unknown, a cell has no key, or a context column varies within a set; the
            message names the set.
        TypeError
            If it is no AnnData.

        Notes
        -----
        The result is dense: n_cells * n_features values of the type of the matrix. A sparse matrix,
        and one that is backed by a file, is read in blocks of 16 MiB beside that, so choose the
        genes first, by ``adata[:, genes]``, or pass ``obsm``.
        """
        packed, side, names = pack_anndata(adata, key, layer, obsm, context)
        return cls(context=side, context_names=names, **packed._asdict())

    @classmethod
    def from_csr(cls: Any, matrix: Any, context: MaybeArray = None) -> Any:
        """Pack a sparse matrix: each row is the set of the columns that are not zero.

        So a matrix of users and items becomes sets of item numbers, for rankers and, with
        ``element_kind="token"``, for the other estimators. These read it without being told.
        Values other than one, such as counts, are the weights of the elements.

        Parameters
        ----------
        matrix : scipy sparse matrix or array of shape (n_sets, n_items)
            Numbers of zero or more, in any format.
        context : array-like of shape (n_sets, n_context_features), default=None
            Side information, one row a set.

        Returns
        -------
        SetArray
            1-D sets of int64.

        Raises
        ------
        TypeError
            If it is no sparse matrix.
        ValueError
            If a value is below zero or not finite; the message names the set.

        Examples
        --------
        >>> from scipy.sparse import csr_array
        >>> from sksets import SetArray
        >>> X = SetArray.from_csr(csr_array([[0, 1, 1], [0, 0, 0], [1, 0, 0]]))
        >>> [items.tolist() for items in X]
        [[1, 2], [], [0]]
        """
        return cls(context=context, **pack_sparse(matrix)._asdict())

    @classmethod
    def from_arrow(cls: Any, array: Any, context: MaybeArray = None) -> Any:
        """Pack a pyarrow array of lists, without a copy where its layout allows.

        Parameters
        ----------
        array : pyarrow ListArray, LargeListArray, FixedSizeListArray or ChunkedArray of them
            One list a set; a list of numbers or strings, of lists of equal length, or of structs.
            An array of structs of lists, or a Table, has one column of lists a feature; an array
            of tensors of one shape has one tensor a set.
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
        packed = pack_arrow(array)
        return cls(context=context, **packed._asdict())

    @classmethod
    def from_awkward(cls: Any, array: Any, context: MaybeArray = None) -> Any:
        """Pack an awkward array of sets, without a copy where its layout allows.

        Parameters
        ----------
        array : awkward.Array of type ``n * var * ...``
            Numbers, strings, lists of equal length, or records (one feature a field). A record of
            jagged arrays has one feature a field, too.
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
        packed = pack_awkward(array)
        return cls(context=context, **packed._asdict())
