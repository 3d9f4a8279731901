"""Sets into which outliers are put, so that a detector can be trained without labels."""

import numpy as np
import torch

from sksets._packed import PackedDataset

# In a pair either member may be the one that does not belong.
MIN_SIZE = 3


class PlantedDataset(PackedDataset):
    """Sets of which one member is replaced by an element of another set.

    Member and element are drawn uniformly, anew for each batch, in sets of three or more. A set of
    one element has no members to compare it with: in half of the batches it is replaced by noise,
    each feature of which is that of another random element. A pair stays as it is.

    Parameters
    ----------
    sets : SetArray
        Two non-empty sets at least.
    target : ndarray of shape (n_elements,)
        Of sets in which nothing is replaced; otherwise it is 1 for the replaced member, 0 for the
        others, and 0 for a single element that stays.
    weight : ndarray of shape (n_elements,)
    rng : numpy Generator
        Source of the seed of the draws.
    device, dtype
        Of :class:`PackedDataset`.
    """

    def __init__(self, sets, target, weight, *, rng, device, dtype):
        super().__init__(sets, target, weight, device=device, dtype=dtype, elementwise=True)
        self.generator = torch.Generator().manual_seed(int(rng.integers(2**62)))

    def _elements(self, starts, sizes, offsets, set_ids, copy):
        values, (target, weight) = super()._elements(starts, sizes, offsets, set_ids, True)
        planted = torch.nonzero(sizes >= MIN_SIZE)[:, 0]
        members = offsets[planted] + self._draw(sizes[planted])
        single = torch.nonzero(sizes == 1)[:, 0]
        noisy = single[self._draw(torch.full_like(single, 2)) == 1]
        target = target.clone()
        target[torch.isin(set_ids, torch.cat([planted, single]).to(self.device))] = 0.0
        for places, elements in (
            (members, self._of_other_sets(starts[planted], sizes[planted])),
            (offsets[noisy], self._noise(len(noisy))),
        ):
            places = places.to(self.device)
            values[places] = elements.to(self.device, values.dtype)
            target[places] = 1.0
        return values, (target, weight)

    def _draw(self, bounds):
        """Draw an integer in [0, bound) for each bound."""
        shares = torch.rand(bounds.shape, generator=self.generator, dtype=torch.float64)
        return (shares * bounds).long()

    def _of_other_sets(self, starts, sizes):
        rows = self._draw(len(self.values) - sizes)
        rows += torch.where(rows >= starts, sizes, 0)
        if isinstance(self.values, torch.Tensor):
            return self.values.index_select(0, rows.to(self.values.device))
        return self._to_torch(self.values[rows.numpy()])

    def _noise(self, n):
        flat = self.values.reshape(len(self.values), -1)
        rows = self._draw(torch.full((n, flat.shape[1]), len(flat)))
        if isinstance(flat, torch.Tensor):
            noise = flat.gather(0, rows.to(flat.device))
        else:
            noise = self._to_torch(np.take_along_axis(flat, rows.numpy(), axis=0))
        return noise.reshape(n, *self.values.shape[1:])
