"""Cells of an AnnData, grouped by a column of obs -> packed sets with names, keys and context.

The library is not needed: what has its attributes is read.
"""

import numpy as np

from sksets._blocks import row_slices
from sksets._set_array.long_frames import rows_by_set
from sksets._set_array.names import column_names, text_names
from sksets._set_array.objects import describe_type, object_to_plain, read_array
from sksets._set_array.packing import Packed, offsets_from_sizes


def _require(name, names, what):
    names = list(names)
    if name not in names:
        raise ValueError(f"{what} has no {name!r}; it has {names!r:.200}.")


def _group(obs, key):
    """Return the number of the set of each cell, by first appearance, and the keys of the sets."""
    _require(key, obs.columns, "obs")
    ids, keys = obs[key].factorize()
    if (missing := ids < 0).any():
        cell = int(np.argmax(missing))
        raise ValueError(
            f"obs[{key!r}] is missing for cell {cell} ({obs.index[cell]!r}). Leave such cells out: "
            f"adata[adata.obs[{key!r}].notna()]."
        )
    return ids, np.asarray(keys)


def _context(obs, names, ids, keys):
    """Return columns of obs as one row a set, checked to be constant within each."""
    columns = []
    _, first = np.unique(ids, return_index=True)
    for name in names:
        _require(name, obs.columns, "obs")
        # Numbered, so that missing values are equal to each other.
        numbers, _ = obs[name].factorize(use_na_sentinel=False)
        if (differs := numbers != numbers[first][ids]).any():
            raise ValueError(
                f"The context must be constant within each set; obs[{name!r}] differs within "
                f"{keys[ids[np.argmax(differs)]]!r}."
            )
        column = read_array(obs[name].iloc[first], f"obs[{name!r}]")
        if column.dtype.kind == "O":
            column = object_to_plain(column, f"obs[{name!r}]")
        if column.dtype.kind not in "fiub":
            raise ValueError(
                f"The context must be numeric; obs[{name!r}] holds {column[0]!r:.40}. Encode it, "
                "for example by pandas.get_dummies."
            )
        columns.append(column)
    return np.stack(columns, axis=1)


def _elements(adata, layer, obsm):
    """Return the matrix with one row a cell, and the names of its columns."""
    if layer is not None and obsm is not None:
        raise ValueError("Pass layer or obsm, not both.")
    if obsm is not None:
        _require(obsm, adata.obsm.keys(), "obsm")
        matrix = adata.obsm[obsm]
        names = text_names(column_names(matrix))
        return matrix if hasattr(matrix, "dtype") else read_array(matrix, "obsm"), names
    if layer is not None:
        _require(layer, adata.layers.keys(), "layers")
        return adata.layers[layer], list(adata.var_names)
    if adata.X is None:
        raise ValueError("The AnnData has no X. Pass the name of a layer or of an obsm array.")
    return adata.X, list(adata.var_names)


def _dense(block):
    block = block.compute() if hasattr(block, "compute") else block
    return block.toarray() if hasattr(block, "toarray") else np.asarray(block)


def _take_rows(matrix, positions):
    """Return the rows of a matrix, row ``i`` at ``positions[i]``, as a dense array."""
    if getattr(matrix, "format", None) in ("csc", "coo") and hasattr(matrix, "tocsr"):
        matrix = matrix.tocsr()
    values = np.empty((len(positions), *matrix.shape[1:]), dtype=matrix.dtype)
    # Slices alone, in the order of the matrix: a file is read once, from start to end.
    for rows in row_slices(values):
        values[positions[rows]] = _dense(matrix[rows])
    return values


def pack_anndata(adata, key, layer, obsm, context):
    """Pack the cells of an AnnData.

    Returns
    -------
    packed : Packed
    context : ndarray of shape (n_sets, n_context_features) or None
    context_names : list of str or None
    """
    if not all(hasattr(adata, name) for name in ("obs", "var_names", "layers", "obsm")):
        raise TypeError(f"Expected an AnnData, found a {describe_type(adata)}.")
    ids, keys = _group(adata.obs, key)
    matrix, names = _elements(adata, layer, obsm)
    positions = np.empty(len(ids), dtype=np.int64)
    positions[rows_by_set(ids, len(keys))] = np.arange(len(ids))
    offsets = offsets_from_sizes(np.bincount(ids, minlength=len(keys)))
    packed = Packed(_take_rows(matrix, positions), offsets, names, keys)
    context = [context] if isinstance(context, str) else list(context or ())
    if not context:
        return packed, None, None
    return packed, _context(adata.obs, context, ids, keys), text_names(context)
