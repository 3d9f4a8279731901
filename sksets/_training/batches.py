"""Batches of packed sets: where they are cut, in which order they come."""

import numpy as np
import torch

from sksets._arguments import is_auto

# Of a training batch, and the batches of an epoch that "auto" aims at between them.
FEWEST_SETS, MOST_SETS, N_BATCHES = 16, 64, 16


def batch_size_of(batch_size, n_sets):
    """Return the parameter ``batch_size`` as the number that it is for so many sets."""
    if is_auto(batch_size):
        return min(max(n_sets // N_BATCHES, FEWEST_SETS), MOST_SETS)
    return batch_size


def batch_bounds(sizes, batch_size, max_elements=None):
    """Cut a sequence of sets into batches.

    Parameters
    ----------
    sizes : ndarray of shape (n_sets,)
        Elements of each set, in the order of the sequence.
    batch_size : int or None
        Sets in a batch at most; None for no bound.
    max_elements : int, default=None
        Elements in a batch at most. A larger set is a batch by itself.

    Yields
    ------
    start, stop : int
    """
    n_sets = len(sizes)
    batch_size = n_sets if batch_size is None else batch_size
    ends = np.cumsum(sizes)
    start = 0
    while start < n_sets:
        stop = min(start + batch_size, n_sets)
        if max_elements is not None:
            before = ends[start - 1] if start else 0
            fitting = int(np.searchsorted(ends, before + max_elements, side="right"))
            stop = max(start + 1, min(stop, fitting))
        yield start, stop
        start = stop


class PackedIterator:
    """Batches of a :class:`PackedDataset`.

    Parameters
    ----------
    dataset : PackedDataset
    batch_size : int or None
        Sets in a batch at most; None for no bound.
    max_elements : int, default=None
        Elements in a batch at most.
    rng : numpy Generator, default=None
        Shuffles the sets in each pass, and draws their elements anew where these are drawn; None
        leaves them in their order, with the same elements in each pass.
    transforms : sequence of callables, default=()
        TrainingBatch -> TrainingBatch, after the dataset's own.
    """

    def __init__(self, dataset, batch_size, max_elements=None, rng=None, transforms=()):
        self.dataset = dataset
        self.batch_size = batch_size
        self.max_elements = max_elements
        self.rng = rng
        self.transforms = transforms

    def __iter__(self):
        n_sets = len(self.dataset)
        # Drawn on the CPU, so that a seed gives one order on every device.
        order = np.arange(n_sets) if self.rng is None else self.rng.permutation(n_sets)
        seed = None
        if self.rng is not None and self.dataset.elements_per_set is not None:
            seed = int(self.rng.integers(2**63))
        order = torch.from_numpy(order)
        sizes = self.dataset.drawn_sizes[order].numpy()
        bounds = list(batch_bounds(sizes, self.batch_size, self.max_elements))
        elements = np.add.reduceat(sizes, [start for start, _ in bounds]) if bounds else sizes
        # Several small batches are gathered at once; one of many elements by itself.
        for first, end in batch_bounds(elements, None, self.dataset.gather_elements):
            lengths = [stop - start for start, stop in bounds[first:end]]
            index = order[bounds[first][0] : bounds[end - 1][1]]
            yield from self.dataset.batches(index, lengths, self.transforms, seed)
