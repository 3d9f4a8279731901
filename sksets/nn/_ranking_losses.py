"""Losses of hidden items, one value a query: the mean over its hidden items."""

import torch
from torch import Tensor
from torch.nn import functional as F

from sksets.nn._hidden import HiddenItems


def _mean_by_set(losses: Tensor, hidden: HiddenItems, n_sets: int) -> Tensor:
    """Return the mean (B,) of the losses (P,) of each set's hidden items; 0 where none is."""
    counts = torch.bincount(hidden.set_ids, minlength=n_sets)
    total = losses.new_zeros(n_sets).index_add(0, hidden.set_ids, losses)
    return total / counts.clamp(min=1)


def softmax_ranking(scores: Tensor, hidden: HiddenItems) -> Tensor:
    """Cross-entropy of the hidden items under a softmax over all items.

    -log exp(s_x) / sum_x' exp(s_x'), for scores (B, n_trained).
    """
    log_total = torch.logsumexp(scores, dim=1)
    losses = log_total.index_select(0, hidden.set_ids) - scores[hidden.set_ids, hidden.items]
    return _mean_by_set(losses, hidden, len(scores))


def sampled_softmax_ranking(positive: Tensor, negative: Tensor, hidden: HiddenItems) -> Tensor:
    """Cross-entropy of the hidden items, the sum over all others estimated from a sample.

    exp(s_x') of each of the S negatives counts 1 / (its expected number in the sample) (Jean et
    al., 2015, "On using very large target vocabulary"); members of the set do not count.

    Parameters
    ----------
    positive : Tensor of shape (P,)
        Scores of the hidden items.
    negative : Tensor of shape (B, S)
    hidden : HiddenItems
    """
    assert hidden.members is not None and hidden.log_expected is not None
    others = (negative - hidden.log_expected).masked_fill(hidden.members, -torch.inf)
    log_others = torch.logsumexp(others, dim=1).index_select(0, hidden.set_ids)
    losses = torch.logaddexp(positive, log_others) - positive
    return _mean_by_set(losses, hidden, len(negative))


def margin_ranking(
    positive: Tensor, negative: Tensor, hidden: HiddenItems, margin: float
) -> Tensor:
    """Large-margin loss, max(0, s_x' - s_x + margin), mean over the negatives x'.

    Zaheer et al. (2017), section 4.2. Negatives that belong to the set count as zero.

    Parameters
    ----------
    positive : Tensor of shape (P,)
        Scores of the hidden items x.
    negative : Tensor of shape (B, S)
    hidden : HiddenItems
    margin : float
    """
    assert hidden.members is not None
    # A member of the set lies so low that it costs nothing.
    negative = negative.masked_fill(hidden.members, -torch.inf)
    of_set = negative.index_select(0, hidden.set_ids)
    losses = F.relu(of_set - positive[:, None] + margin).mean(dim=1)
    return _mean_by_set(losses, hidden, len(negative))
