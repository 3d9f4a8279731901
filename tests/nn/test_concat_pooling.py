import torch

from sksets.nn import ConcatPooling, MaxPooling, SetBatch, SumPooling

BATCH = SetBatch(torch.tensor([[1.0], [3.0], [5.0]]), torch.tensor([0, 2, 2, 3]))


def test_poolings_side_by_side():
    pooling = ConcatPooling([SumPooling(1), MaxPooling(1)])
    assert pooling.out_features == 2 and pooling.n_states == 2
    pooled = pooling(BATCH.values, BATCH)
    assert pooled.tolist() == [[4.0, 3.0], [0.0, 0.0], [5.0, 5.0]]
    more = pooling.add(pooled, BATCH.sizes[:, None], torch.tensor([4.0]))
    assert more.tolist() == [[8.0, 4.0], [4.0, 4.0], [9.0, 5.0]]
