"""The scores of pairs are those of their formulas."""

import pytest
import torch
from expanders import IDS, N_ITEMS, OFFSETS, all_scores, make_module, phi, queries

from sksets.nn import SetBatch

POOLINGS = ["sum", "mean", "max", "min", "logsumexp", ("sum", "max")]


@pytest.mark.parametrize("context_features", [0, 2])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_sum_scores_the_set_with_the_item_added(pooling, context_features):
    module, batch = make_module("sum", pooling, context_features=context_features), None
    batch = queries(context_features)
    scores = all_scores(module, batch)
    for i in range(4):
        shown = IDS[OFFSETS[i] : OFFSETS[i + 1]]
        for x in range(N_ITEMS):
            joined = SetBatch(
                torch.cat([shown, torch.tensor([x])]), torch.tensor([0, len(shown) + 1])
            )
            p = module.embed(joined)
            z = p if batch.context is None else torch.cat([p, batch.context[i : i + 1]], dim=1)
            torch.testing.assert_close(scores[i, x], module.sets.rho(z)[0, 0])


@pytest.mark.parametrize("context_features", [0, 2])
@pytest.mark.parametrize("pooling", ["sum", "max", "attention"])
def test_concat_scores_the_pooled_set_beside_the_item(pooling, context_features):
    module = make_module("concat", pooling, context_features=context_features, phi=(4,))
    batch = queries(context_features)
    scores, p = all_scores(module, batch), module.embed(batch)
    v = phi(module, torch.arange(N_ITEMS))
    for i in range(4):
        parts = [p[i]] if batch.context is None else [p[i], batch.context[i]]
        rows = torch.stack([torch.cat([*parts, v[x]]) for x in range(N_ITEMS)])
        torch.testing.assert_close(scores[i], module.sets.rho(rows)[:, 0])
