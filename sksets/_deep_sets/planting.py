"""Putting outliers into sets, so that a detector can be trained without labels."""

import torch

# In a pair either member may be the one that does not belong.
MIN_SIZE = 3


def _scaled(shares, bounds):
    """Turn numbers in [0, 1) into integers in [0, bound)."""
    return (shares * bounds).long()


class Planting:
    """Replaces one member of each set of a batch by an element of another set.

    Member and element are drawn uniformly, anew for each batch, in sets of three or more. A set of
    one element has no members to compare it with: in half of the batches it is replaced by noise,
    each feature of which is that of another random element. A pair stays as it is.

    The target is 1 for the replaced member, 0 for the others, and 0 for a single element that
    stays; where nothing is replaced it stays what it was.

    Parameters
    ----------
    dataset : PackedDataset
        Two non-empty sets at least, with a target for each element.
    rng : numpy Generator
        Source of the seed of the draws.
    """

    def __init__(self, dataset, rng):
        self.dataset = dataset
        # A set takes three numbers of the one generator, a feature of noise one of the other,
        # so that a set is given the same ones however sets are cut into batches.
        self.generators = [
            torch.Generator().manual_seed(int(seed)) for seed in rng.integers(2**62, size=2)
        ]

    def __call__(self, batch):
        values, target = batch.sets.values, batch.target
        starts, sizes = batch.starts, batch.sizes
        offsets = sizes.cumsum(0) - sizes
        # Doubles: in single precision there are but 2**24 shares, and may be more elements.
        shares = torch.rand(len(sizes), 3, generator=self.generators[0], dtype=torch.float64)
        planted = torch.nonzero(sizes >= MIN_SIZE)[:, 0]
        members = offsets[planted] + _scaled(shares[planted, 0], sizes[planted])
        others = self._of_other_sets(starts[planted], sizes[planted], shares[planted, 1])
        single = sizes == 1
        noisy = torch.nonzero(single & (shares[:, 2] < 0.5))[:, 0]
        changed = (single | (sizes >= MIN_SIZE)).to(target.device)
        target.masked_fill_(changed[batch.sets.set_ids], 0.0)
        for places, elements in (
            (members, others),
            (offsets[noisy], self._noise(len(noisy))),
        ):
            places = places.to(target.device)
            values[places] = elements.to(values.device, values.dtype)
            target[places] = 1.0
        return batch

    def _of_other_sets(self, starts, sizes, shares):
        """Return an element for each set that is none of its own."""
        # Drawn among all others in a row: those behind the set lie as far off as it has elements.
        rows = _scaled(shares, len(self.dataset.values) - sizes)
        rows += torch.where(rows >= starts, sizes, 0)
        return self.dataset.take(rows)

    def _noise(self, n):
        n_features = int(torch.Size(self.dataset.values.shape[1:]).numel())
        shares = torch.rand(n, n_features, generator=self.generators[1], dtype=torch.float64)
        return self.dataset.take_features(_scaled(shares, len(self.dataset.values)))
