import pytest
import torch
from layer_cases import make_batch

from sksets.nn import MaxPooling, MeanPooling, SetBatch
from sksets.nn._steps import SteppedLayer, pool_pieces, run_known, run_whole

MEAN, MAX = MeanPooling(2), MaxPooling(2)


def steps(batch):
    """The elements less their mean, divided by their largest number."""
    h = batch.values
    h = h - (yield MEAN, h).index_select(0, batch.set_ids)
    return h / (yield MAX, h).index_select(0, batch.set_ids)


def test_whole_sets():
    batch = SetBatch(torch.tensor([[1.0, 0], [3.0, 8], [5.0, 4]]), torch.tensor([0, 3]))
    assert run_whole(steps(batch), batch).tolist() == [[-1.0, -1.0], [0.0, 1.0], [1.0, 0.0]]


def test_the_request_that_follows():
    batch = make_batch((3, 2), 2)
    mean = MEAN(batch.values, batch)
    pooling, h = run_known(steps(batch), [])
    assert pooling is MEAN and h is batch.values
    pooling, h = run_known(steps(batch), [mean])
    assert pooling is MAX and torch.equal(h, batch.values - mean[batch.set_ids])
    with pytest.raises(StopIteration) as end:
        run_known(steps(batch), [mean, MAX(h, batch)])
    assert torch.equal(end.value.value, run_whole(steps(batch), batch))


def test_pools_of_one_set_in_pieces():
    values, size = make_batch((7,), 2).values, torch.tensor([7])
    whole = SetBatch(values, torch.tensor([0, 7]))
    pieces = [SetBatch(part, torch.tensor([0, len(part)])) for part in values.split([0, 4, 3])]
    pooling, mean = pool_pieces(steps, pieces, size, [])
    assert pooling is MEAN
    torch.testing.assert_close(mean, MEAN(values, whole))
    pooling, largest = pool_pieces(steps, pieces, size, [mean])
    assert pooling is MAX
    torch.testing.assert_close(largest, MAX(values - mean, whole))
    with pytest.raises(StopIteration):
        pool_pieces(steps, pieces, size, [mean, largest])


def test_a_layer_without_steps():
    batch = make_batch((2,))
    with pytest.raises(NotImplementedError, match="^SteppedLayer has no steps.$"):
        SteppedLayer()(batch.values, batch)
