"""Training sets of which a part is hidden, anew in each batch."""

import torch

from sksets._training import PackedDataset
from sksets.nn import HiddenItems, QueryBatch


class HidingDataset(PackedDataset):
    """Sets whose items are shown in part; the others, or all, are the target.

    The number of items shown is uniform from 1, or 0 where there is a context, to the number that
    may be shown, to one less where nothing else would be hidden, and to ``max_shown`` at most;
    which ones is uniform too. A single item is hidden.

    Parameters
    ----------
    sets : SetArray
        The elements, ids or vectors.
    target : ndarray of shape (n_elements,), int64
        Positions of the elements among the ``n_trained`` items.
    is_hidden : ndarray of shape (n_elements,), bool
        Which elements are never shown.
    shown_too : bool
        Whether items that are shown are a target as well.
    max_shown : int or None
        Items of a set that are shown at most.
    rng : numpy Generator
        Source of the seed of the draws.
    n_negatives : int or None
        Negatives of a batch; None for none.
    chances : ndarray of shape (n_trained,)
        Probability that each item is drawn as a negative.
    device, dtype
        Of :class:`PackedDataset`.
    """

    def __init__(
        self,
        sets,
        target,
        is_hidden,
        *,
        shown_too,
        max_shown,
        rng,
        n_negatives,
        chances,
        device,
        dtype,
    ):
        super().__init__(sets, target, device=device, dtype=dtype, elementwise=True)
        self.is_hidden = torch.tensor(is_hidden, device=device)
        self.shown_too = shown_too
        self.max_shown = max_shown
        self.generator = torch.Generator(device).manual_seed(int(rng.integers(2**62)))
        self.n_negatives = n_negatives
        self.chances = torch.tensor(chances, dtype=torch.float64, device=device)
        self.cumulated = self.chances.cumsum(0)

    @property
    def judged(self):
        return self.target, self.is_hidden

    def batches(self, index, lengths, augment=None):
        for batch, (ids, is_hidden) in super().batches(index, lengths, augment):
            yield self._hide(batch, ids, is_hidden), (None, None)

    def _uniform(self, *shape):
        options = {"generator": self.generator, "device": self.device, "dtype": torch.float64}
        return torch.rand(*shape, **options)

    def _hide(self, batch, ids, is_hidden):
        set_ids = batch.set_ids
        n_hidden = torch.zeros_like(batch.sizes).index_add(0, set_ids, is_hidden.long())
        most = (batch.sizes - n_hidden.clamp(min=1)).clamp(min=0, max=self.max_shown)
        least = (most > 0).long() if batch.context is None else torch.zeros_like(most)
        draws = self._uniform(len(most))
        n_shown = least + (draws * (most - least + 1)).long()
        # Sorted by set, within it those that may be shown first, and these in random order.
        order = torch.argsort(2 * set_ids + is_hidden + self._uniform(len(set_ids)))
        place = torch.arange(len(order), device=self.device) - batch.offsets[:-1][set_ids]
        shown = place < n_shown[set_ids]
        offsets = torch.cat([n_shown.new_zeros(1), n_shown.cumsum(0)])
        members = set_ids * len(self.chances) + ids
        wanted = torch.ones_like(shown) if self.shown_too else ~shown
        return QueryBatch(
            batch.values[order[shown]],
            offsets,
            batch.context,
            set_ids=set_ids[shown],
            sizes=n_shown,
            hidden=self._hidden(ids[order[wanted]], set_ids[wanted], members, len(most)),
        )

    def _hidden(self, items, set_ids, members, n_sets):
        if self.n_negatives is None:
            return HiddenItems(items, set_ids)
        drawn = self._draw(self.n_negatives)
        rows = torch.arange(n_sets, device=self.device)
        pairs = rows[:, None] * len(self.chances) + drawn
        log_expected = torch.log(self.chances[drawn] * self.n_negatives).to(self.dtype)
        return HiddenItems(items, set_ids, drawn, torch.isin(pairs, members), log_expected)

    def _draw(self, n):
        """Draw negatives by their chances, by inversion."""
        shares = self._uniform(n) * self.cumulated[-1]
        drawn = torch.searchsorted(self.cumulated, shares, right=True)
        return drawn.clamp(max=len(self.chances) - 1)
