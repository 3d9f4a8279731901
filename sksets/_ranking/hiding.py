"""Hiding a part of training sets, anew in each batch."""

import torch

from sksets.nn import HiddenItems, QueryBatch


class Hiding:
    """Shows a part of the items of each set of a batch; the others, or all, are the target.

    The number of items shown is uniform from 1, or 0 where there is a context, to the number that
    may be shown, to one less where nothing else would be hidden, and to ``max_shown`` at most;
    which ones is uniform too. A single item is hidden.

    Takes batches whose target (M,) is the position of each element among the items of training
    and whose weight (M,), bool, says which elements are never shown. Returns batches of queries
    that hold what is hidden, without target and weight.

    Parameters
    ----------
    shown_too : bool
        Whether items that are shown are a target as well.
    max_shown : int or None
        Items of a set that are shown at most.
    n_negatives : int or None
        Negatives of a batch; None for none.
    chances : ndarray of shape (n_trained,)
        Probability that each item is drawn as a negative.
    rng : numpy Generator
        Source of the seed of the draws.
    device : torch.device
    dtype : torch.dtype
        Type of the network.
    """

    def __init__(self, *, shown_too, max_shown, n_negatives, chances, rng, device, dtype):
        self.shown_too = shown_too
        self.max_shown = max_shown
        self.n_negatives = n_negatives
        self.chances = torch.tensor(chances, dtype=torch.float64, device=device)
        self.cumulated = self.chances.cumsum(0)
        self.generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
        self.device, self.dtype = device, dtype

    def __call__(self, batch):
        sets, ids, is_hidden = batch.sets, batch.target, batch.weight
        set_ids = sets.set_ids
        n_shown = self._numbers_shown(sets, is_hidden)
        # Sorted by set, within it those that may be shown first, and these in random order.
        order = torch.argsort(2 * set_ids + is_hidden + self._uniform(len(set_ids)))
        place = torch.arange(len(order), device=self.device) - sets.offsets[:-1][set_ids]
        shown = place < n_shown[set_ids]
        wanted = torch.ones_like(shown) if self.shown_too else ~shown
        query = QueryBatch(
            sets.values[order[shown]],
            torch.cat([n_shown.new_zeros(1), n_shown.cumsum(0)]),
            sets.context,
            set_ids=set_ids[shown],
            sizes=n_shown,
            hidden=self._hidden(ids[order[wanted]], set_ids[wanted], ids, sets),
        )
        return batch._replace(sets=query, target=None, weight=None)

    def _uniform(self, *shape):
        # Doubles: added to the number of a set, a draw in single precision keeps few digits.
        options = {"generator": self.generator, "device": self.device, "dtype": torch.float64}
        return torch.rand(*shape, **options)

    def _numbers_shown(self, sets, is_hidden):
        """Draw how many items of each set (B,) are shown."""
        n_hidden = torch.zeros_like(sets.sizes).index_add(0, sets.set_ids, is_hidden.long())
        most = (sets.sizes - n_hidden.clamp(min=1)).clamp(min=0, max=self.max_shown)
        least = (most > 0).long() if sets.context is None else torch.zeros_like(most)
        return least + (self._uniform(len(most)) * (most - least + 1)).long()

    def _hidden(self, items, set_ids, members, sets):
        """Return what is hidden; ``members`` are the items of all elements of the sets."""
        if self.n_negatives is None:
            return HiddenItems(items, set_ids)
        negatives = self._draw(self.n_negatives)
        log_expected = torch.log(self.chances[negatives] * self.n_negatives).to(self.dtype)
        return HiddenItems(
            items, set_ids, negatives, _are_members(negatives, members, sets), log_expected
        )

    def _draw(self, n):
        """Draw negatives by their chances, by inversion."""
        shares = self._uniform(n) * self.cumulated[-1]
        drawn = torch.searchsorted(self.cumulated, shares, right=True)
        # Rounding can put a share on the last sum itself.
        return drawn.clamp(max=len(self.chances) - 1)


def _are_members(items, members, sets):
    """Return (n_sets, n_items) whether each set has each item, given those of all elements."""
    distinct, places = torch.unique(items, return_inverse=True)
    found = torch.searchsorted(distinct, members).clamp_(max=len(distinct) - 1)
    is_one = distinct[found] == members
    table = torch.zeros(len(sets), len(distinct), dtype=torch.bool, device=items.device)
    table[sets.set_ids[is_one], found[is_one]] = True
    return table[:, places]
