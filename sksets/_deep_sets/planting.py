"""Sets into which outliers are put, so that a detector can be trained without labels."""

import numpy as np
import torch

from sksets._training import PackedDataset

# In a pair either member may be the one that does not belong.
MIN_SIZE = 3


def _scaled(shares, bounds):
    """Turn numbers in [0, 1) into integers in [0, bound)."""
    return (shares * bounds).long()


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
        # What is drawn must not depend on how many sets are gathered at once: of one generator
        # every set takes three numbers, of the other every feature of noise takes one.
        self.generators = [
            torch.Generator().manual_seed(int(seed)) for seed in rng.integers(2**62, size=2)
        ]

    def _elements(self, starts, sizes, offsets, set_ids, copy):
        values, (target, weight) = super()._elements(starts, sizes, offsets, set_ids, True)
        shares = torch.rand(len(sizes), 3, generator=self.generators[0], dtype=torch.float64)
        planted = torch.nonzero(sizes >= MIN_SIZE)[:, 0]
        members = offsets[planted] + _scaled(shares[planted, 0], sizes[planted])
        others = self._of_other_sets(starts[planted], sizes[planted], shares[planted, 1])
        single = torch.nonzero(sizes == 1)[:, 0]
        noisy = single[shares[single, 2] < 0.5]
        target[torch.isin(set_ids, torch.cat([planted, single]).to(self.device))] = 0.0
        for places, elements in (
            (members, others),
            (offsets[noisy], self._noise(len(noisy))),
        ):
            places = places.to(self.device)
            values[places] = elements.to(self.device, values.dtype)
            target[places] = 1.0
        return values, (target, weight)

    def _of_other_sets(self, starts, sizes, shares):
        rows = _scaled(shares, len(self.values) - sizes)
        rows += torch.where(rows >= starts, sizes, 0)
        if isinstance(self.values, torch.Tensor):
            return self.values.index_select(0, rows.to(self.values.device))
        return self._to_torch(self.values[rows.numpy()])

    def _noise(self, n):
        flat = self.values.reshape(len(self.values), -1)
        shape = n, flat.shape[1]
        shares = torch.rand(*shape, generator=self.generators[1], dtype=torch.float64)
        rows = _scaled(shares, len(flat))
        if isinstance(flat, torch.Tensor):
            noise = flat.gather(0, rows.to(flat.device))
        else:
            noise = self._to_torch(np.take_along_axis(flat, rows.numpy(), axis=0))
        return noise.reshape(n, *self.values.shape[1:])
