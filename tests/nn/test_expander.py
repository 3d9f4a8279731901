"""The scores of set expansion are those of their formulas, and so are their losses."""

import math

import pytest
import torch
from torch.nn import functional as F

from sksets.nn import (
    HiddenItems,
    ItemVectors,
    QueryBatch,
    SetBatch,
    SetExpanderModule,
    make_pooling,
    margin_ranking,
    sampled_softmax_ranking,
    softmax_ranking,
)
from sksets.nn import _expander as expander_file

N_ITEMS, DIM = 7, 6
IDS = torch.tensor([0, 3, 2, 5, 6, 1, 4, 0])
OFFSETS = torch.tensor([0, 3, 3, 4, 8])
POOLINGS = ["sum", "mean", "max", "min", "logsumexp", ("sum", "max")]


def make_module(interaction, pooling="mean", *, context_features=0, phi=(5,), rho=(9,), dim=DIM):
    names = (pooling,) if isinstance(pooling, str) else pooling
    table = ItemVectors(N_ITEMS, dim)
    width = (phi[-1] if phi else dim) * len(names)
    module = SetExpanderModule(
        table,
        ItemVectors(N_ITEMS, width) if interaction == "dot" else table,
        in_features=dim,
        interaction=interaction,
        phi_layer_sizes=phi,
        rho_layer_sizes=rho,
        pooling=pooling,
        context_features=context_features,
    ).double()
    with torch.no_grad():
        # rho of "dot" starts at zero, where its formula says nothing.
        for weights in module.parameters():
            weights.copy_(torch.randn_like(weights))
    return module.eval()


def queries(context_features=0):
    z = torch.randn(4, context_features, dtype=torch.float64) if context_features else None
    return SetBatch(IDS, OFFSETS, z)


def all_scores(module, batch):
    vectors = module.describe(torch.arange(N_ITEMS))
    return module.score(module.query(batch), batch.context, batch.sizes, vectors)


def phi(module, ids):
    return module.sets.phi_last(module.sets.phi(module.sets.element_encoder(ids)))


@pytest.mark.parametrize("context_features", [0, 2])
@pytest.mark.parametrize("pooling", POOLINGS)
def test_sum_scores_the_set_with_the_item_added(pooling, context_features):
    module, batch = make_module("sum", pooling, context_features=context_features), None
    batch = queries(context_features)
    found = all_scores(module, batch)
    for i in range(4):
        shown = IDS[OFFSETS[i] : OFFSETS[i + 1]]
        for x in range(N_ITEMS):
            joined = SetBatch(
                torch.cat([shown, torch.tensor([x])]), torch.tensor([0, len(shown) + 1])
            )
            p = module.embed(joined)
            z = p if batch.context is None else torch.cat([p, batch.context[i : i + 1]], dim=1)
            torch.testing.assert_close(found[i, x], module.sets.rho(z)[0, 0])


@pytest.mark.parametrize("context_features", [0, 2])
@pytest.mark.parametrize("pooling", ["sum", "max", "attention"])
def test_concat_scores_the_pooled_set_beside_the_item(pooling, context_features):
    module = make_module("concat", pooling, context_features=context_features, phi=(4,))
    batch = queries(context_features)
    found, p, v = all_scores(module, batch), module.embed(batch), phi(module, torch.arange(N_ITEMS))
    for i in range(4):
        parts = [p[i]] if batch.context is None else [p[i], batch.context[i]]
        rows = torch.stack([torch.cat([*parts, v[x]]) for x in range(N_ITEMS)])
        torch.testing.assert_close(found[i], module.sets.rho(rows)[:, 0])


@pytest.mark.parametrize("context_features", [0, 2])
def test_dot_multiplies_two_vectors(context_features):
    module, batch = make_module("dot", context_features=context_features), queries(context_features)
    p = module.embed(batch)
    q = p + module.sets.rho(p if batch.context is None else torch.cat([p, batch.context], dim=1))
    expected = q @ module.candidates.weight.T + module.bias
    torch.testing.assert_close(all_scores(module, batch), expected)


def test_dot_without_hidden_layers_starts_as_the_mean_of_vectors():
    table, candidates = ItemVectors(N_ITEMS, DIM), ItemVectors(N_ITEMS, DIM)
    module = SetExpanderModule(table, candidates, in_features=DIM).eval()
    mean = make_pooling("mean", DIM)(table.weight[IDS], SetBatch(IDS, OFFSETS))
    torch.testing.assert_close(all_scores(module, queries()), mean @ candidates.weight.T)


@pytest.mark.parametrize("interaction", ["sum", "concat", "dot"])
def test_pairs_and_blocks_give_the_same(interaction, monkeypatch):
    module, batch = make_module(interaction, context_features=2), queries(2)
    expected = all_scores(module, batch)
    set_ids, items = torch.tensor([3, 0, 1, 3]), torch.tensor([6, 6, 0, 2])
    pairs = module.score_pairs(
        module.query(batch), batch.context, batch.sizes, set_ids, module.describe(items)
    )
    torch.testing.assert_close(pairs, expected[set_ids, items])
    monkeypatch.setattr(expander_file, "PAIR_VALUES", 1)
    torch.testing.assert_close(all_scores(module, batch), expected)


@pytest.mark.parametrize("interaction", ["sum", "concat", "dot"])
@pytest.mark.parametrize("pooling", ["sum", "max"])
def test_items_of_one_vector_tie_to_the_bit_in_single_precision(interaction, pooling):
    module, batch = make_module(interaction, pooling).float(), queries()
    alike = module.describe(torch.full((37,), 2))
    scores = module.score(module.query(batch), None, batch.sizes, alike)
    assert scores.shape == (4, 37)
    torch.testing.assert_close(scores, scores[:, :1].expand(4, 37), rtol=0, atol=0)


@pytest.mark.parametrize("interaction", ["sum", "concat", "dot"])
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


@pytest.mark.parametrize("interaction", ["sum", "concat", "dot"])
def test_a_query_in_pieces(interaction):
    module = make_module(interaction, ("mean", "max"), context_features=2)
    z = torch.randn(1, 2, dtype=torch.float64)
    whole = module.query(SetBatch(IDS, torch.tensor([0, 8]), z))
    pieces = [SetBatch(part, torch.tensor([0, len(part)])) for part in IDS.split(3)]
    torch.testing.assert_close(module.query_pieces(pieces, torch.tensor([8]), z), whole)


def test_attention_cannot_add_an_element():
    with pytest.raises(NotImplementedError, match="AttentionPooling cannot add an element"):
        make_pooling("attention", 4).add(torch.ones(1, 4), torch.ones(1, 1), torch.ones(1, 4))


# ---------------------------------------------------------------- vectors of items


def test_items_without_training_have_their_features_alone():
    features = torch.randn(3, 2)
    vectors = ItemVectors(2, 4, features=features)
    with torch.no_grad():
        vectors.weight.copy_(torch.arange(8.0).view(2, 4))
    expected = features @ vectors.projection.weight.T
    expected[:2] += vectors.weight
    torch.testing.assert_close(vectors(), expected[:2])
    torch.testing.assert_close(vectors(torch.tensor([2, 1, 2])), expected[[2, 1, 2]])
    vectors(torch.tensor([0, 2])).sum().backward()
    assert vectors.weight.grad.tolist() == [[1.0] * 4, [0.0] * 4]


def test_an_item_of_which_nothing_is_known_scores_zero():
    module = SetExpanderModule(ItemVectors(3, DIM), ItemVectors(3, DIM), in_features=DIM).eval()
    with torch.no_grad():
        module.bias.fill_(1.0)
    vectors = module.describe(torch.tensor([0, 3]))
    batch = SetBatch(torch.tensor([0, 1]), torch.tensor([0, 2]))
    scores = module.score(module.query(batch), None, batch.sizes, vectors)
    assert scores[0, 1] == 0 and scores[0, 0] != 0


@pytest.mark.parametrize("n_features", [2, 4, 9])
@pytest.mark.parametrize("size", [0.1, 10.0])
def test_products_of_features_are_kept_at_the_start(n_features, size):
    # Of more features than the width, those of the rank-4 part are.
    features = size * torch.randn(20, 4) @ torch.randn(4, n_features)
    vectors = ItemVectors(20, 4, features=features, feature_scale=3.0)()
    products, expected = vectors @ vectors.T, features @ features.T
    spread = expected.square().mean().sqrt()
    scale = min(9.0, 4.6 / spread)
    torch.testing.assert_close(products, scale * expected, rtol=1e-3, atol=1e-3)


# ---------------------------------------------------------------- losses


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
    found = sampled_softmax_ranking(scores[set_ids, items], scores, hidden)
    expected = torch.zeros(2, dtype=torch.float64)
    for x, i in zip(items, set_ids, strict=True):
        others = scores[i].masked_fill(members[i], -torch.inf)
        others[x] = scores[i, x]
        loss = F.cross_entropy(others[None], x[None])
        expected[i] += loss / (2 if i == 0 else 1)
    torch.testing.assert_close(found, expected)


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
    found = margin_ranking(positive, negative, hidden, margin=1.0)
    assert found.tolist() == [((0 + 2) / 2 + (0 + 2.5) / 2) / 2, 0.0, (0 + 4) / 2, 0.5]


@pytest.mark.parametrize("interaction", ["sum", "concat", "dot"])
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
