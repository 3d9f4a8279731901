"""Objects with binary features and a set of tags each: sparse ARFF files, packed bits, sets."""

import numpy as np

from sksets._set_array import SetArray, offsets_from_sizes


def read_sparse_arff(data, n_features, n_tags, max_objects):
    """Read lines "{3 1,17 1,502 1}", the columns of an object that are 1: features, then tags.

    Parameters
    ----------
    data : bytes
        A sparse ARFF file; what stands before "@data" is not looked at.
    n_features, n_tags : int
        Number of columns of either kind.
    max_objects : int
        More lines are refused.

    Returns
    -------
    features : ndarray of shape (n_objects, ceil(n_features / 8))
        Packed bits, uint8, as of `numpy.packbits`.
    tags : ndarray of shape (n_objects, ceil(n_tags / 8))
        Likewise.

    Raises
    ------
    ValueError, IndexError
        A column is no number, below 0 or beyond the last one, or there are too many objects.
    """
    _, _, body = data.partition(b"@data")
    lines = [line.strip(b"{}") for line in body.splitlines() if line.startswith(b"{")]
    if len(lines) > max_objects:
        raise ValueError(f"it has {len(lines):,} objects, more than {max_objects:,}")
    table = np.zeros((len(lines), n_features + n_tags), dtype=np.uint8)
    for row, line in enumerate(lines):
        columns = [int(entry.split()[0]) for entry in line.split(b",") if entry]
        if min(columns, default=0) < 0:
            raise ValueError(f"object {row} has the column {min(columns)}")
        table[row, columns] = 1
    return np.packbits(table[:, :n_features], axis=1), np.packbits(table[:, n_features:], axis=1)


def unpack_features(packed, n_features):
    """Turn packed bits into float32, 0 or 1, of shape (n_objects, n_features)."""
    return np.unpackbits(packed, axis=1, count=n_features).astype(np.float32)


def unpack_tags(packed, n_tags):
    """Turn packed bits into sets of the numbers of the tags, int64 from 0, sorted."""
    has_tag = np.unpackbits(packed, axis=1, count=n_tags)
    _, tags = np.nonzero(has_tag)
    return SetArray(tags, offsets_from_sizes(np.count_nonzero(has_tag, axis=1)))
