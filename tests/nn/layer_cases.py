"""Batches for the tests of layers, and attention written out for one set."""

import torch
from torch.nn import functional as F

from sksets.nn import SetBatch

SIZES = (3, 0, 1, 5, 0, 4)


def make_batch(sizes, width=4, dtype=torch.float64):
    offsets = torch.tensor([0, *sizes]).cumsum(0)
    return SetBatch(torch.randn(sum(sizes), width, dtype=dtype), offsets)


def mab(x, y, attention, feedforward):
    """MAB(x, y) of two matrices, with torch's own attention."""

    def heads(rows):
        return rows.unflatten(1, (attention.n_heads, -1)).transpose(0, 1)

    query, key, value = attention.query(x), attention.key(y), attention.value(y)
    attended = F.scaled_dot_product_attention(heads(query), heads(key), heads(value))
    h = query + attended.transpose(0, 1).flatten(1)
    return h + feedforward(h)


def isab(layer, part):
    """MAB(X, MAB(I, X)) of the elements of one set."""
    pool = layer.pool
    induced = mab(pool.attention.seeds, part, pool.attention, pool.feedforward)
    return mab(part, induced, layer, layer.feedforward)
