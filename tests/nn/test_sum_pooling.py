import torch

from sksets.nn import MeanPooling, SetBatch, SumPooling

# Three sets: two elements, none, one.
BATCH = SetBatch(torch.tensor([[1.0, 4.0], [3.0, 2.0], [5.0, 9.0]]), torch.tensor([0, 2, 2, 3]))


def test_tables():
    values = BATCH.values
    assert SumPooling(2)(values, BATCH).tolist() == [[4.0, 6.0], [0.0, 0.0], [5.0, 9.0]]
    assert MeanPooling(2)(values, BATCH).tolist() == [[2.0, 3.0], [0.0, 0.0], [5.0, 9.0]]


def test_an_element_more():
    element, sizes = torch.tensor([8.0, 0.0]), BATCH.sizes[:, None]
    for pooling, expected in (
        (SumPooling(2), [[12.0, 6.0], [8.0, 0.0], [13.0, 9.0]]),
        (MeanPooling(2), [[4.0, 2.0], [8.0, 0.0], [6.5, 4.5]]),
    ):
        pooled = pooling(BATCH.values, BATCH)
        assert pooling.add(pooled, sizes, element).tolist() == expected


def test_large_sums_are_exact_without_a_gradient():
    values = torch.full((10_000, 1), 0.1)
    batch = SetBatch(values, torch.tensor([0, 10_000]))
    with torch.no_grad():
        total = SumPooling(1)(values, batch)
    assert abs(total.item() - 1000) < 1e-3


def test_only_the_poolings_themselves_let_a_linear_layer_wait():
    class Squares(SumPooling):
        def reduce(self, h, batch):
            return super().reduce(h.square(), batch)

    assert type(SumPooling(3).before_linear(2)) is SumPooling
    assert type(MeanPooling(3).before_linear(2)) is MeanPooling
    assert Squares(3).before_linear(2) is None
