"""Objects with binary features and a set of tags each: sparse ARFF files, packed bits, sets."""

import numpy as np

from sksets._set_array import SetArray, offsets_from_sizes


def read_sparse_arff(data, n_features, n_tags):
    """Read lines "{3 1,17 1,502 1}", the columns of an object that are 1: features, then tags.

    Parameters
    ----------
    data : bytes
        A sparse ARFF file; what stands before "@data" is not looked at.
    n_features, n_tags : int
        Number of columns of either kind.

    Returns
    -------
    features : ndarray of shape (n_objects, ceil(n_features / 8))
        Packed bits, uint8, as of `numpy.packbits`.
    tags : ndarray of shape (n_objects, ceil(n_tags / 8))
        Likewise.

    Raises
    ------
    ValueError, IndexError
        A column is no number, or beyond the last one.
    """
    _, _, body = data.partition(b"@data")
    lines = [line.strip(b"{}") for line in body.splitlines() if line.startswith(b"{")]
    table = np.zeros((len(lines), n_features + n_tags), dtype=np.uint8)
    for row, line in enumerate(lines):
        table[row, [int(entry.split()[0]) for entry in line.split(b",") if entry]] = 1
    return np.packbits(table[:, :n_features], axis=1), np.packbits(table[:, n_features:], axis=1)


def unpack_features(packed, n_features):
    """Turn packed bits into float32, 0 or 1, of shape (n_objects, n_features)."""
    return np.unpackbits(packed, axis=1, count=n_features).astype(np.float32)


def unpack_tags(packed, n_tags):
    """Turn packed bits into sets of the numbers of the tags, int64 from 0, sorted."""
    has_tag = np.unpackbits(packed, axis=1, count=n_tags)
    _, tags = np.nonzero(has_tag)
    return SetArray(tags, offsets_from_sizes(np.count_nonzero(has_tag, axis=1)))
