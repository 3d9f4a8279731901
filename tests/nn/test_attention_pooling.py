import torch
from layer_cases import mab

from sksets.nn import AttentionPooling


def test_attention_has_as_many_heads_as_fit():
    assert AttentionPooling(6, n_heads=4).attention.n_heads == 3
    assert AttentionPooling(7, n_heads=4).attention.n_heads == 1


def test_pooling_adds_a_feedforward_layer(batch):
    pooling = AttentionPooling(4, n_seeds=2, n_heads=2).double()
    pooled = pooling(batch.values, batch)
    for row, part in zip(pooled, batch.values.split(batch.sizes.tolist()), strict=True):
        if len(part):
            expected = mab(pooling.attention.seeds, part, pooling.attention, pooling.feedforward)
            torch.testing.assert_close(row, expected.flatten())
