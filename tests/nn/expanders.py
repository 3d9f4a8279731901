"""Networks of set expansion with drawn weights, and queries to them."""

import torch

from sksets.nn import ItemVectors, SetBatch, make_expander

N_ITEMS, DIM = 7, 6
IDS = torch.tensor([0, 3, 2, 5, 6, 1, 4, 0])
OFFSETS = torch.tensor([0, 3, 3, 4, 8])
INTERACTIONS = ("sum", "concat", "dot")


def make_module(interaction, pooling="mean", *, context_features=0, phi=(5,), rho=(9,), dim=DIM):
    names = (pooling,) if isinstance(pooling, str) else pooling
    table = ItemVectors(N_ITEMS, dim)
    width = (phi[-1] if phi else dim) * len(names)
    module = make_expander(
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
