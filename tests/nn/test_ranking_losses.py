import math

import torch
from torch.nn import functional as F

from sksets.nn import HiddenItems, margin_ranking, sampled_softmax_ranking, softmax_ranking


def test_softmax_ranking_is_the_mean_cross_entropy():
    scores = torch.tensor([[0.0, math.log(2.0), 0.0], [1.0, 1.0, 1.0], [5.0, 5.0, 5.0]])
    hidden = HiddenItems(torch.tensor([1, 0, 2]), torch.tensor([0, 0, 2]))
    expected = [(math.log(2) + math.log(4)) / 2, 0.0, math.log(3)]
    torch.testing.assert_close(softmax_ranking(scores, hidden), torch.tensor(expected))


def test_sampling_every_item_once_gives_the_softmax_over_the_others():
    scores = torch.randn(2, 5, dtype=torch.float64)
    items, set_ids = torch.tensor([0, 3, 1]), torch.tensor([0, 0, 1])
    members = torch.zeros(2, 5, dtype=torch.bool)
    members[set_ids, items] = True
    hidden = HiddenItems(
        items, set_ids, torch.arange(5), members, torch.zeros(5, dtype=torch.float64)
    )
    losses = sampled_softmax_ranking(scores[set_ids, items], scores, hidden)
    expected = torch.zeros(2, dtype=torch.float64)
    for x, i in zip(items, set_ids, strict=True):
        others = scores[i].masked_fill(members[i], -torch.inf)
        others[x] = scores[i, x]
        loss = F.cross_entropy(others[None], x[None])
        expected[i] += loss / (2 if i == 0 else 1)
    torch.testing.assert_close(losses, expected)


def test_a_negative_counts_for_those_that_it_stands_for():
    hidden = HiddenItems(
        torch.tensor([0]),
        torch.tensor([0]),
        torch.tensor([1]),
        torch.tensor([[False]]),
        torch.tensor([math.log(0.25)]),
    )
    loss = sampled_softmax_ranking(torch.tensor([0.0]), torch.tensor([[0.0]]), hidden)
    torch.testing.assert_close(loss, torch.tensor([math.log(1 + 4)]))


def test_margin_ranking():
    # max(0, s' - s + 1): 0 and 2 of the first hidden item, 0 and 2.5 of the second. Of the third
    # set a negative is a member.
    positive = torch.tensor([3.0, 2.5, 9.0, 1.0])
    negative = torch.tensor([[1.0, 4.0], [7.0, 0.5], [10.0, 12.0], [0.5, 0.5]])
    members = torch.tensor([[False, False], [False, False], [True, False], [False, False]])
    hidden = HiddenItems(
        torch.tensor([0, 1, 2, 3]),
        torch.tensor([0, 0, 2, 3]),
        torch.zeros(2, dtype=torch.long),
        members,
    )
    losses = margin_ranking(positive, negative, hidden, margin=1.0)
    assert losses.tolist() == [((0 + 2) / 2 + (0 + 2.5) / 2) / 2, 0.0, (0 + 4) / 2, 0.5]
