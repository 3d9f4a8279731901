import math

import torch

from sksets.nn import LogSumExpPooling, MaxPooling, MinPooling, SetBatch

# Three sets: two elements, none, one. All are below 0, which an empty set has.
BATCH = SetBatch(torch.tensor([[-1.0, -4], [-3.0, -2], [-5.0, -9]]), torch.tensor([0, 2, 2, 3]))


def test_tables():
    values = BATCH.values
    assert MaxPooling(2)(values, BATCH).tolist() == [[-1.0, -2.0], [0.0, 0.0], [-5.0, -9.0]]
    assert MinPooling(2)(values, BATCH).tolist() == [[-3.0, -4.0], [0.0, 0.0], [-5.0, -9.0]]
    soft = -1 + math.log(1 + math.exp(-2))
    expected = torch.tensor([[soft, soft - 1], [0.0, 0.0], [-5.0, -9.0]])
    torch.testing.assert_close(LogSumExpPooling(2)(values, BATCH), expected)


def test_an_element_more():
    element, sizes = torch.tensor([-2.0, -3.0]), BATCH.sizes[:, None]
    for pooling, expected in (
        (MaxPooling(2), [[-1.0, -2.0], [-2.0, -3.0], [-2.0, -3.0]]),
        (MinPooling(2), [[-3.0, -4.0], [-2.0, -3.0], [-5.0, -9.0]]),
    ):
        pooled = pooling(BATCH.values, BATCH)
        assert pooling.add(pooled, sizes, element).tolist() == expected
