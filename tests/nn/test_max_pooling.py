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


def test_winners_are_the_first_of_the_largest():
    assert MaxPooling(2).winners(BATCH.values, BATCH).tolist() == [[0, 1], [-1, -1], [2, 2]]
    assert MinPooling(2).winners(BATCH.values, BATCH).tolist() == [[1, 0], [-1, -1], [2, 2]]
    equal = SetBatch(torch.zeros(4, 1), torch.tensor([0, 1, 4]))
    assert MaxPooling(1).winners(equal.values, equal).tolist() == [[0], [1]]


def test_the_pool_of_the_winners_is_that_of_all():
    torch.manual_seed(0)
    values = torch.randn(50, 6)
    batch = SetBatch(values, torch.tensor([0, 50]))
    critical = values[MaxPooling(6).winners(values, batch).unique()]
    assert len(critical) <= 6
    alone = SetBatch(critical, torch.tensor([0, len(critical)]))
    assert torch.equal(MaxPooling(6)(critical, alone), MaxPooling(6)(values, batch))
