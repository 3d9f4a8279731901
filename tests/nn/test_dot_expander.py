import pytest
import torch
from expanders import DIM, IDS, N_ITEMS, OFFSETS, all_scores, make_module, queries

from sksets.nn import DotExpanderModule, ItemVectors, SetBatch, make_pooling


@pytest.mark.parametrize("context_features", [0, 2])
def test_dot_multiplies_two_vectors(context_features):
    module, batch = make_module("dot", context_features=context_features), queries(context_features)
    p = module.embed(batch)
    q = p + module.sets.rho(p if batch.context is None else torch.cat([p, batch.context], dim=1))
    expected = q @ module.candidates.weight.T + module.bias
    torch.testing.assert_close(all_scores(module, batch), expected)


def test_dot_without_hidden_layers_starts_as_the_mean_of_vectors():
    table, candidates = ItemVectors(N_ITEMS, DIM), ItemVectors(N_ITEMS, DIM)
    module = DotExpanderModule(table, candidates, in_features=DIM).eval()
    mean = make_pooling("mean", DIM)(table.weight[IDS], SetBatch(IDS, OFFSETS))
    torch.testing.assert_close(all_scores(module, queries()), mean @ candidates.weight.T)


def test_an_item_of_which_nothing_is_known_scores_zero():
    module = DotExpanderModule(ItemVectors(3, DIM), ItemVectors(3, DIM), in_features=DIM).eval()
    with torch.no_grad():
        module.bias.fill_(1.0)
    vectors = module.describe(torch.tensor([0, 3]))
    batch = SetBatch(torch.tensor([0, 1]), torch.tensor([0, 2]))
    scores = module.score(module.query(batch), None, batch.sizes, vectors)
    assert scores[0, 1] == 0 and scores[0, 0] != 0
