"""Whose memory the elements lie in: numpy's, torch's or a file's."""

import mmap

import numpy as np
import torch

# Types of numeric elements that all versions of torch compute with; the rest are cast by numpy.
_KEPT_DTYPES = ("b1", "u1", "i1", "i2", "i4", "i8", "f2", "f4", "f8")


def is_memory_mapped(values):
    """Whether an array is, or is a view of, a file that is mapped into memory."""
    while values is not None:
        if isinstance(values, np.memmap | mmap.mmap):
            return True
        values = getattr(values, "base", None)
    return False


def to_torch(values):
    """Return an array of numpy as a tensor, of the same memory where torch can have it."""
    kept = values.dtype.isnative and values.dtype.str[1:] in _KEPT_DTYPES
    if values.ndim > 1 and not kept:
        values = values.astype(np.float64)
    if any(stride < 0 for stride in values.strides):
        # Of a reversed view, which torch cannot have.
        values = np.ascontiguousarray(values)
    return torch.from_numpy(values)


def share_memory(first, second):
    """Whether two tensors are views of the same memory."""
    return first.untyped_storage().data_ptr() == second.untyped_storage().data_ptr()
