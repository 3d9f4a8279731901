"""Sets as one tensor of elements, from which batches are gathered.

The data never pass through a ``DataLoader``: all elements lie in one tensor, and a batch is
gathered from it by index, never row by row.
"""

import copy
import itertools

import numpy as np
import torch

from sksets._subsets import draw_fresh
from sksets._training.batches import batch_bounds
from sksets._training.memory import is_memory_mapped, share_memory, to_torch
from sksets._training.transforms import TrainingBatch, Transform
from sksets.nn import SetBatch

# Bytes of elements and of their indices that are gathered at once. Batches are cut from what was
# gathered, since a gather of its own for each small batch takes longer than a step's products.
# Twice as many, in prediction batches twice as large, save no time and take twice the memory.
GATHER_BYTES = 2**21
INDEX_BYTES = 32

# Numbers that are scaled at once, in double precision: few enough for the cache.
SCALED_NUMBERS = 2**17
# Share of its deviation that a number may lose before it is scaled, where it must be kept unscaled.
LOST_SHARE = 1e-3


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
    normalizer : SteppedLayer, default=None
        What elements pass through, in double precision, before they are cast: far from zero,
        ``dtype`` may not have the digits in which they differ.
    resident : bool, default=True
        Whether the elements are scaled, cast and moved to the device once, as training wants, or
        by batch, as prediction wants. Memory-mapped and read-only values are always read by batch.
    unscaled : bool, default=False
        Whether a transform wants elements as they were given. Resident ones are then cast where
        that loses no digit that matters once they are scaled.
    elementwise : bool, default=False
        Whether there is a target and a weight for each element.

    Attributes
    ----------
    furthest : Tensor of shape ()
        The largest size of a number that was scaled, but for those scaled for training by batch.
        The dataset and its subsets have it in common.
    transform : callable or None
        What makes the task of a batch, in training and in validation: TrainingBatch ->
        TrainingBatch.
    elements_per_set : int or None
        Of a larger set, each batch has so many elements, drawn at random.
    draw_seed : int
        What they are drawn by in validation, where they are the same each time.
    """

    def __init__(
        self,
        sets,
        target=None,
        weight=None,
        *,
        device,
        dtype,
        normalizer=None,
        resident=True,
        unscaled=False,
        elementwise=False,
    ):
        self.device, self.dtype, self.elementwise = device, dtype, elementwise
        # The estimator's own stays on the CPU; a copy takes as long as a small set.
        if normalizer is not None and device.type != "cpu":
            normalizer = copy.deepcopy(normalizer).to(device)
        self.normalizer = normalizer
        self.resident, self.furthest = resident, torch.zeros((), dtype=dtype, device=device)
        self.starts = torch.from_numpy(np.array(sets.offsets[:-1], dtype=np.int64))
        self.sizes = torch.from_numpy(np.array(sets.sizes, dtype=np.int64))
        self.context = self._tensor(sets.context)
        self.target = self._tensor(target)
        self.weight = self._tensor(weight)
        self.element_weight = self._tensor(sets.element_weight)
        self.transform: Transform | None = None
        self.elements_per_set: int | None = None
        self.draw_seed = 0
        values = sets.codes
        # Torch warns of memory that it must not write to, and would read all of a mapped file.
        if not is_memory_mapped(values) and values.flags.writeable:
            values = to_torch(values)
            if resident:
                values = self._settle(values, unscaled)
        self.values = values

    def _settle(self, values, unscaled):
        """Return the elements as they stay on the device; scaled ones are not scaled again."""
        # Bytes of images stay bytes until a batch is cut: a quarter of the memory.
        if values.ndim == 1 or values.dtype == torch.uint8:
            return values.to(self.device)
        normalizer = self.normalizer
        if normalizer is None:
            return values.to(self.device, self.dtype)
        if unscaled:
            return values.to(self.device, self._unscaled_dtype(values, normalizer))
        settled = torch.empty(values.shape, dtype=self.dtype, device=self.device)
        for rows, sets in self._blocks(values):
            scaled = normalizer(sets.values.double(), sets).to(self.dtype)
            settled[rows] = scaled
            self._note(scaled)
        self.normalizer = None
        return settled

    def _unscaled_dtype(self, values, normalizer):
        """Return the type of the network, or double where that loses digits that matter."""
        for _, sets in self._blocks(values):
            exact = normalizer(sets.values.double(), sets)
            rounded = normalizer(sets.values.to(self.dtype).double(), sets)
            if ((exact - rounded).abs() > LOST_SHARE * (1 + exact.abs())).any():
                return torch.float64
        return self.dtype

    def _blocks(self, values):
        """Yield slices of the elements, those of whole sets, and the sets, few at a time."""
        offsets = torch.nn.functional.pad(self.sizes.cumsum(0), (1, 0))
        n_elements = max(1, SCALED_NUMBERS // int(np.prod(values.shape[1:])))
        for start, stop in batch_bounds(self.sizes.numpy(), None, n_elements):
            rows = slice(int(offsets[start]), int(offsets[stop]))
            weight = None if self.element_weight is None else self.element_weight[rows]
            cuts = (offsets[start : stop + 1] - rows.start).to(self.device)
            yield rows, SetBatch(values[rows].to(self.device), cuts, element_weight=weight)

    def _tensor(self, array):
        if array is None:
            return None
        kinds = {"i": torch.int64, "u": torch.int64, "b": torch.bool}
        dtype = kinds.get(array.dtype.kind, self.dtype)
        # torch.tensor copies: what was passed may be read-only. Reversed views it cannot read.
        return torch.tensor(np.ascontiguousarray(array), dtype=dtype, device=self.device)

    def __len__(self):
        return len(self.starts)

    @property
    def drawn_sizes(self):
        """Number of elements of each set in a batch."""
        if self.elements_per_set is None:
            return self.sizes
        return self.sizes.clamp(max=self.elements_per_set)

    @property
    def n_elements(self):
        return int(self.drawn_sizes.sum())

    def set_target(self, target):
        """Replace the targets of all sets."""
        self.target = self._tensor(target)

    def subset(self, index):
        """Return the sets at ``index`` as a dataset that shares the elements."""
        # Without `__init__`, which would cast and move all elements again.
        other = object.__new__(type(self))
        other.__dict__.update(self.__dict__)
        index = torch.from_numpy(index)
        other.starts, other.sizes = self.starts[index], self.sizes[index]
        # Targets of elements stay whole: they are looked up by row of `values`, as elements are.
        for name in ("context",) if self.elementwise else ("context", "target", "weight"):
            rows = getattr(self, name)
            setattr(other, name, None if rows is None else rows[index.to(self.device)])
        return other

    @property
    def gather_elements(self):
        """Elements that are gathered at once, if that is more than one batch."""
        shape, itemsize = self.values.shape[1:], self.values.dtype.itemsize
        return GATHER_BYTES // (int(np.prod(shape)) * itemsize + INDEX_BYTES)

    def take(self, rows):
        """Return the elements (n, ...) in some rows (n,), int64, of ``values``."""
        if isinstance(self.values, torch.Tensor):
            return _at(self.values, rows)
        return to_torch(self.values[rows.numpy()])

    def take_features(self, rows):
        """Return elements (n, ...) each feature of which lies in a row of its own.

        Parameters
        ----------
        rows : int64 Tensor of shape (n, n_features), on the CPU
            Of an element of any shape, the features are its numbers in a row.
        """
        flat = self.values.reshape(len(self.values), -1)
        if isinstance(flat, torch.Tensor):
            taken = flat.gather(0, rows.to(flat.device))
        else:
            taken = to_torch(np.take_along_axis(flat, rows.numpy(), axis=0))
        return taken.reshape(len(rows), *self.values.shape[1:])

    def batches(self, index, lengths, transforms=(), draw_seed=None):
        """Gather sets, all at once, cut them into batches and transform each.

        The dataset's own transform comes first, then the others, then numbers are scaled and cast.

        Parameters
        ----------
        index : tensor of shape (n,)
            Positions of the sets, int64, on the CPU.
        lengths : list of int
            Number of sets in each batch; they sum to n.
        transforms : sequence of callables, default=()
            Further ones, TrainingBatch -> TrainingBatch.
        draw_seed : int, default=None
            Decides which elements of large sets are drawn, where they are; by default that of the
            dataset.

        Yields
        ------
        batch : SetBatch
        target, weight : tuple of tensors or None
        """
        if self.transform is not None:
            transforms = (self.transform, *transforms)
        starts, sizes = self.starts[index], self.sizes[index]
        rows = None
        if self.elements_per_set is not None and (sizes > self.elements_per_set).any():
            rows, sizes = self._draw(starts, sizes, draw_seed)
        for batch in self._gather(starts, sizes, lengths, index, bool(transforms), rows):
            for transform in transforms:
                batch = transform(batch)
            yield self._finish(batch.sets), (batch.target, batch.weight)

    def total_weight(self, position):
        """Return the sum (1,) of the weights of one set's elements, without weights its size."""
        start, size = int(self.starts[position]), self.sizes[position : position + 1]
        if self.element_weight is None:
            return size.to(self.device)
        return self.element_weight[start : start + int(size)].double().sum().reshape(1)

    def pieces(self, position, max_elements):
        """Return the one set at ``position`` as an iterable of batches, one piece in each."""
        return _Pieces(self, position, max_elements)

    def _finish(self, sets, pools=None):
        """Return sets as the network takes them, whole ones or, with their pools, pieces."""
        values = sets.values
        if values.ndim == 1:
            return sets
        if self.normalizer is not None:
            values = self.normalizer(values.double(), sets, pools)
        # A view of the data, which an encoder that works in place must not write to.
        shared = isinstance(self.values, torch.Tensor) and share_memory(values, self.values)
        values = values.to(self.dtype, copy=shared)
        if not self.resident and self.normalizer is not None:
            self._note(values)
        return sets.replace(values)

    def _note(self, scaled):
        """Note the largest size of these numbers."""
        if len(scaled):
            low, high = torch.aminmax(scaled)
            # No device is waited for, as it would be for a number.
            self.furthest.copy_(torch.maximum(self.furthest, torch.maximum(-low, high)))

    def _draw(self, starts, sizes, seed):
        """Return the rows of some elements of each set, drawn at random, and how many they are."""
        seed = self.draw_seed if seed is None else seed
        drawn_sizes = sizes.clamp(max=self.elements_per_set)
        # On the CPU, so that a seed gives the same elements on every device. A set is known by
        # where it starts, among whichever others it is gathered.
        places = draw_fresh(starts.numpy(), sizes.numpy(), self.elements_per_set, seed)
        rows = torch.repeat_interleave(starts, drawn_sizes) + torch.from_numpy(places)
        return rows, drawn_sizes

    def _gather(self, starts, sizes, lengths, index=None, copy=False, rows=None):
        """Yield training batches; without the positions of the sets they are elements alone.

        The rows of their elements are those that were drawn, by default all of each set.
        """
        offsets = torch.zeros(len(sizes) + 1, dtype=torch.int64)
        torch.cumsum(sizes, 0, out=offsets[1:])
        firsts = list(itertools.accumulate(lengths, initial=0))
        cuts = offsets[firsts].tolist()
        device_sizes = sizes.to(self.device)
        # Told the size of its output, the device need not be waited for.
        set_ids = torch.repeat_interleave(device_sizes, output_size=cuts[-1])
        in_memory = isinstance(self.values, torch.Tensor)
        by_set = rows is None and not in_memory
        if rows is None and (in_memory or self.elementwise or self.element_weight is not None):
            rows = self._rows_of(starts, sizes, offsets, set_ids, copy)
        values = self._read(starts, sizes) if by_set else self.take(rows)
        values = values.to(self.device)
        element_weight = None if self.element_weight is None else _at(self.element_weight, rows)
        context, target, weight = (
            None if array is None or index is None else _at(array, places)
            for array, places in (
                (self.context, index),
                (self.target, rows if self.elementwise else index),
                (self.weight, rows if self.elementwise else index),
            )
        )
        n_batches = len(lengths)
        elements = [end - start for start, end in itertools.pairwise(cuts)]
        by_row = elements if self.elementwise else lengths
        # Offsets and set_ids as they are within each batch, those of all batches at once: of a
        # small batch each operation takes as long as a layer.
        batch_ids = torch.repeat_interleave(torch.tensor(lengths) + 1)
        places = torch.arange(len(batch_ids)) - batch_ids
        within = offsets[places] - torch.tensor(cuts)[batch_ids]
        shifts = torch.repeat_interleave(torch.tensor(firsts[:-1]), torch.tensor(elements))
        parts = zip(
            values.split(elements),
            within.to(self.device).split([n + 1 for n in lengths]),
            _split(context, lengths, n_batches),
            (set_ids - shifts.to(self.device)).split(elements),
            device_sizes.split(lengths),
            _split(element_weight, elements, n_batches),
            _split(target, by_row, n_batches),
            _split(weight, by_row, n_batches),
            starts.split(lengths),
            sizes.split(lengths),
            strict=True,
        )
        for taken, cut, rows_of_context, ids, counts, of_elements, targets, weights, *at in parts:
            batch = SetBatch(
                taken, cut, rows_of_context, set_ids=ids, sizes=counts, element_weight=of_elements
            )
            yield TrainingBatch(batch, targets, weights, *at)

    def _rows_of(self, starts, sizes, offsets, set_ids, copy):
        """Return where the elements of some sets lie: a slice if that is one and no copy is due."""
        # A view of sets that lie one after another, as at prediction, spares a copy of them. A
        # transform writes to its batch, and through a view it would change the data.
        if not copy and bool((starts[1:] == starts[:-1] + sizes[:-1]).all()):
            return slice(int(starts[0]), int(starts[0]) + len(set_ids))
        shift = (starts - offsets[:-1]).to(self.device)
        return shift[set_ids] + torch.arange(len(set_ids), device=self.device)

    def _read(self, starts, sizes):
        """Return the elements of some sets from memory that is not torch's."""
        parts = [
            self.values[start : start + size]
            for start, size in zip(starts.tolist(), sizes.tolist(), strict=True)
        ]
        return to_torch(np.concatenate(parts))


def _split(array, lengths, n):
    """Return n parts of an array, of no array as many times None."""
    return [None] * n if array is None else array.split(lengths)


def _at(array, rows):
    return array[rows] if isinstance(rows, slice) else array.index_select(0, rows.to(array.device))


class _Pieces:
    def __init__(self, dataset, position, max_elements):
        start, size = int(dataset.starts[position]), int(dataset.sizes[position])
        self.dataset = dataset
        self.starts = torch.arange(start, start + size, max_elements)
        self.sizes = torch.full_like(self.starts, max_elements)
        self.sizes[-1] = start + size - self.starts[-1]
        self.pools = None
        if dataset.normalizer is not None:
            self.pools = dataset.normalizer.pools(self, dataset.total_weight(position))

    def __iter__(self):
        scaled = self.dataset.normalizer is None or self.pools is not None
        for i in range(len(self.starts)):
            part = slice(i, i + 1)
            for batch in self.dataset._gather(self.starts[part], self.sizes[part], [1]):
                sets = batch.sets
                # The normaliser itself reads the pieces first, for the pools of the whole set.
                if scaled:
                    yield self.dataset._finish(sets, self.pools)
                else:
                    yield sets.replace(sets.values.double())
