"""What all networks of set expansion have in common."""

import pytest
import torch
from expanders import IDS, INTERACTIONS, OFFSETS, all_scores, make_module, queries

from sksets.nn import (
    DeepSetsModule,
    HiddenItems,
    ItemVectors,
    QueryBatch,
    SetBatch,
    SetExpanderModule,
    SetModule,
    softmax_ranking,
)
from sksets.nn import _pair_expanders as pairs_file


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_pairs_and_blocks_give_the_same(interaction, monkeypatch):
    module, batch = make_module(interaction, context_features=2), queries(2)
    expected = all_scores(module, batch)
    set_ids, items = torch.tensor([3, 0, 1, 3]), torch.tensor([6, 6, 0, 2])
    pairs = module.score_pairs(
        module.query(batch), batch.context, batch.sizes, set_ids, module.describe(items)
    )
    torch.testing.assert_close(pairs, expected[set_ids, items])
    monkeypatch.setattr(pairs_file, "PAIR_VALUES", 1)
    torch.testing.assert_close(all_scores(module, batch), expected)


@pytest.mark.parametrize("interaction", INTERACTIONS)
@pytest.mark.parametrize("pooling", ["sum", "max"])
def test_items_of_one_vector_tie_to_the_bit_in_single_precision(interaction, pooling):
    module, batch = make_module(interaction, pooling).float(), queries()
    alike = module.describe(torch.full((37,), 2))
    scores = module.score(module.query(batch), None, batch.sizes, alike)
    assert scores.shape == (4, 37)
    torch.testing.assert_close(scores, scores[:, :1].expand(4, 37), rtol=0, atol=0)


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_training_asks_for_the_scores_of_trained_items(interaction):
    module, batch = make_module(interaction, context_features=2), queries(2)
    expected = all_scores(module, batch)
    items, set_ids = torch.tensor([1, 0, 5]), torch.tensor([0, 2, 2])

    def ask(**negatives):
        hidden = HiddenItems(items, set_ids, **negatives)
        return module(QueryBatch(IDS, OFFSETS, batch.context, hidden=hidden))

    torch.testing.assert_close(ask(), expected)
    positive, negative = ask(negatives=torch.tensor([4, 0]))
    torch.testing.assert_close(positive, expected[set_ids, items])
    torch.testing.assert_close(negative, expected[:, [4, 0]])


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_a_query_in_pieces(interaction):
    module = make_module(interaction, ("mean", "max"), context_features=2)
    z = torch.randn(1, 2, dtype=torch.float64)
    whole = module.query(SetBatch(IDS, torch.tensor([0, 8]), z))
    pieces = [SetBatch(part, torch.tensor([0, len(part)])) for part in IDS.split(3)]
    torch.testing.assert_close(module.query_pieces(pieces, torch.tensor([8]), z), whole)


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_gradients(interaction):
    module, batch = make_module(interaction, context_features=2), queries(2)
    hidden = HiddenItems(torch.tensor([1, 0, 5]), torch.tensor([0, 2, 2]))

    def loss(weight):
        state = {"sets.element_encoder.weight": weight}
        if interaction != "dot":
            state["candidates.weight"] = weight
        outputs = torch.func.functional_call(
            module, state, (QueryBatch(IDS, OFFSETS, batch.context, hidden=hidden),)
        )
        return softmax_ranking(outputs, hidden)

    weight = module.sets.element_encoder.weight.detach().clone().requires_grad_()
    assert torch.autograd.gradcheck(loss, (weight,))


@pytest.mark.parametrize("interaction", INTERACTIONS)
def test_the_embedding_is_that_of_the_network_of_sets(interaction):
    module, batch = make_module(interaction), queries()
    assert isinstance(module, SetModule) and isinstance(module.sets, DeepSetsModule)
    assert torch.equal(module.embed(batch), module.sets.embed(batch))
    pieces, size = [SetBatch(IDS, torch.tensor([0, 8]))], torch.tensor([8])
    assert torch.equal(module.embed_pieces(pieces, size), module.sets.embed(pieces[0]))


@pytest.mark.parametrize("method", ["describe", "score", "score_pairs", "forward_pieces"])
def test_the_base_leaves_the_formula_to_its_subclasses(method):
    items, batch = ItemVectors(7, 6), queries()
    module = SetExpanderModule(items, items, in_features=6)
    arguments = {
        "describe": (),
        "score": (module.query(batch), None, batch.sizes, None),
        "score_pairs": (module.query(batch), None, batch.sizes, torch.tensor([0]), None),
        "forward_pieces": ([batch], batch.sizes),
    }
    with pytest.raises(NotImplementedError, match=rf"^SetExpanderModule has no {method}\.$"):
        getattr(module, method)(*arguments[method])
