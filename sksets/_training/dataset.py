"""Sets as one tensor of elements, and the batches that are gathered from it.

The data never pass through a ``DataLoader``: all elements lie in one tensor, and a batch is
gathered from it by index, never row by row.
"""

import itertools
import mmap

import numpy as np
import torch

from sksets.nn import SetBatch

# Types of numeric elements that torch takes as they are; the rest are cast by numpy.
_KEPT_DTYPES = (np.uint8, np.float32, np.float64)

# Bytes of elements and of their indices that are gathered at once. Batches are cut from what was
# gathered, since a gather of its own for each small batch takes longer than a step's products.
GATHER_BYTES = 2**19
INDEX_BYTES = 32


def _is_memory_mapped(values):
    while values is not None:
        if isinstance(values, np.memmap | mmap.mmap):
            return True
        values = getattr(values, "base", None)
    return False


class PackedDataset(torch.utils.data.Dataset):
    """Sets in one array of elements, from which batches are gathered by index.

    Parameters
    ----------
    sets : SetArray
        Numeric elements of any shape, or encoded tokens (1-D int64).
    target : ndarray of shape (n_sets,) or (n_sets, n_outputs), default=None
    weight : ndarray of shape (n_sets,), default=None
        With ``elementwise``, both have one value an element instead, shape (n_elements,).
    device : torch.device
        Where batches are made.
    dtype : torch.dtype
        Type of numeric elements in a batch, of the context and of real targets.
    resident : bool, default=True
        Whether the elements are cast and moved to the device once, as training wants, or by
        batch, as prediction wants. Memory-mapped and read-only values are always read by batch.
    elementwise : bool, default=False
        Whether there is a target and a weight for each element.
    """

    def __init__(
        self, sets, target=None, weight=None, *, device, dtype, resident=True, elementwise=False
    ):
        self.device, self.dtype, self.elementwise = device, dtype, elementwise
        self.starts = torch.from_numpy(np.array(sets.offsets[:-1], dtype=np.int64))
        self.sizes = torch.from_numpy(np.array(sets.sizes, dtype=np.int64))
        self.context = self._rows(sets.context)
        self.target = self._rows(target)
        self.weight = self._rows(weight)
        values = sets.values
        if not _is_memory_mapped(values) and values.flags.writeable:
            values = self._to_torch(values)
            if resident:
                keep = values.ndim == 1 or values.dtype == torch.uint8
                values = values.to(device, values.dtype if keep else dtype)
        self.values = values

    def _rows(self, array):
        if array is None:
            return None
        dtype = torch.int64 if array.dtype.kind in "iu" else self.dtype
        return torch.tensor(array, dtype=dtype, device=self.device)

    def _to_torch(self, values):
        if values.ndim > 1 and values.dtype not in _KEPT_DTYPES:
            values = values.astype(np.float32 if self.dtype == torch.float32 else np.float64)
        return torch.from_numpy(values)

    def __len__(self):
        return len(self.starts)

    @property
    def judged(self):
        """What the loss needs beside the outputs: target and weight."""
        return self.target, self.weight

    @property
    def n_elements(self):
        return int(self.sizes.sum())

    def subset(self, index):
        """Return the sets at ``index`` as a dataset that shares the elements."""
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        index = torch.from_numpy(index)
        other.starts, other.sizes = self.starts[index], self.sizes[index]
        for name in ("context",) if self.elementwise else ("context", "target", "weight"):
            rows = getattr(self, name)
            setattr(other, name, None if rows is None else rows[index.to(self.device)])
        return other

    @property
    def gather_elements(self):
        """Elements that are gathered at once, if that is more than one batch."""
        shape, itemsize = self.values.shape[1:], self.values.dtype.itemsize
        return GATHER_BYTES // (int(np.prod(shape)) * itemsize + INDEX_BYTES)

    def batches(self, index, lengths, augment=None):
        """Gather sets, all at once, and cut them into batches.

        Parameters
        ----------
        index : tensor of shape (n,)
            Positions of the sets, int64, on the CPU.
        lengths : list of int
            Number of sets in each batch; they sum to n.
        augment : callable, default=None
            ``augment(values, set_ids)`` -> new values, before they are cast.

        Yields
        ------
        batch : SetBatch
        target, weight : tuple of tensors or None
        """
        rows = index.to(self.device)
        arrays = (self.context, *((None, None) if self.elementwise else self.judged))
        context, target, weight = (
            itertools.repeat(None) if array is None else array[rows].split(lengths)
            for array in arrays
        )
        starts, sizes = self.starts[index], self.sizes[index]
        gathered = self._gather(starts, sizes, lengths, context, augment)
        for (batch, by_element), *by_set in zip(gathered, target, weight, strict=False):
            yield batch, by_element if self.elementwise else tuple(by_set)

    def pieces(self, position, max_elements):
        """Return the one set at ``position`` as an iterable of batches, one piece in each."""
        return _Pieces(self, int(self.starts[position]), int(self.sizes[position]), max_elements)

    def _gather(self, starts, sizes, lengths, contexts, augment=None):
        offsets = torch.zeros(len(sizes) + 1, dtype=torch.int64)
        torch.cumsum(sizes, 0, out=offsets[1:])
        firsts = list(itertools.accumulate(lengths, initial=0))
        cuts = offsets[firsts].tolist()
        sizes_there = sizes.to(self.device)
        set_ids = torch.repeat_interleave(sizes_there, output_size=cuts[-1])
        all_values, judged = self._elements(starts, sizes, offsets, set_ids, augment is not None)
        offsets = offsets.to(self.device)
        for first, end, cut, next_cut, context in zip(
            firsts, firsts[1:], cuts, cuts[1:], contexts, strict=False
        ):
            values, ids = all_values[cut:next_cut], set_ids[cut:next_cut] - first
            if augment is not None:
                values = augment(values, ids)
            if values.ndim > 1:
                values = values.to(self.dtype)
            part = offsets[first : end + 1] - cut
            batch = SetBatch(values, part, context, set_ids=ids, sizes=sizes_there[first:end])
            yield batch, tuple(rows[cut:next_cut] for rows in judged)

    def _elements(self, starts, sizes, offsets, set_ids, copy):
        """Return the elements of some sets, and their targets and weights where they have any."""
        in_memory = isinstance(self.values, torch.Tensor)
        rows = None
        if in_memory or self.elementwise:
            rows = self._rows_of(starts, sizes, offsets, set_ids, copy)
        values = _at(self.values, rows) if in_memory else self._read(starts, sizes)
        judged = tuple(_at(array, rows) for array in self.judged) if self.elementwise else ()
        return values.to(self.device), judged

    def _rows_of(self, starts, sizes, offsets, set_ids, copy):
        """Return where the elements of some sets lie: a slice if that is one and no copy is due."""
        if not copy and bool((starts[1:] == starts[:-1] + sizes[:-1]).all()):
            return slice(int(starts[0]), int(starts[0]) + len(set_ids))
        shift = (starts - offsets[:-1]).to(self.device)
        return shift[set_ids] + torch.arange(len(set_ids), device=self.device)

    def _read(self, starts, sizes):
        parts = [
            self.values[start : start + size]
            for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)
        ]
        return self._to_torch(np.concatenate(parts))


def _at(array, rows):
    return array[rows] if isinstance(rows, slice) else array.index_select(0, rows.to(array.device))


class _Pieces:
    def __init__(self, dataset, start, size, max_elements):
        self.dataset = dataset
        self.starts = torch.arange(start, start + size, max_elements)
        self.sizes = torch.full_like(self.starts, max_elements)
        self.sizes[-1] = start + size - self.starts[-1]

    def __iter__(self):
        for i in range(len(self.starts)):
            part = slice(i, i + 1)
            gathered = self.dataset._gather(self.starts[part], self.sizes[part], [1], [None])
            yield from (batch for batch, _ in gathered)
