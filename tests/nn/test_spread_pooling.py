import math

import pytest
import torch

from sksets.nn import LogStdPooling, SetBatch, StdPooling, make_pooling

# Three sets: two elements, none, one.
BATCH = SetBatch(torch.tensor([[1.0, 4.0], [3.0, 4.0], [5.0, 9.0]]), torch.tensor([0, 2, 2, 3]))


def test_std_table():
    assert StdPooling(2)(BATCH.values, BATCH).tolist() == [[1.0, 0.0], [0.0, 0.0], [0.0, 0.0]]


def test_log_std_table():
    least = math.log(1e-6) / 2
    expected = torch.tensor([[0.0, least], [0.0, 0.0], [least, least]])
    torch.testing.assert_close(LogStdPooling(2)(BATCH.values, BATCH), expected)


@pytest.mark.parametrize("class_, name", [(StdPooling, "std"), (LogStdPooling, "log_std")])
def test_spread_of_a_linear_layer_is_that_of_its_outputs(class_, name, batch):
    """Its variances are w^T C w, C being the covariance of the elements."""
    covariance = class_(3).double().before_linear(4)
    pooled = covariance(batch.values, batch)
    layer = torch.nn.Linear(4, 3).double()
    for row, part in zip(pooled, batch.values.split(batch.sizes.tolist()), strict=True):
        if len(part):
            torch.testing.assert_close(row.view(4, 4), torch.cov(part.T, correction=0).view(4, 4))
    spread = covariance.apply_linear(layer, pooled, batch.sizes)
    expected = make_pooling(name, 3)(layer(batch.values), batch)
    # A set of one element has no variance but that of rounding, which the root enlarges.
    torch.testing.assert_close(spread, expected, atol=1e-7, rtol=1e-7)


def test_std_keeps_its_digits_far_from_zero():
    values = torch.tensor([[4096.0], [4098.0], [4096.5]])
    state = (pooling := make_pooling("std", 1)).reduce(values, SetBatch(values, torch.arange(4)))
    merged = pooling.merge(state, SetBatch(state[0], torch.tensor([0, 3])))
    expected = values.double().std(0, correction=0).float()[None]
    spread = pooling(values, SetBatch(values, torch.tensor([0, 3])))
    torch.testing.assert_close(spread, expected)
    torch.testing.assert_close(pooling.finish(merged, torch.tensor([3])), expected)


def test_covariance_is_for_few_features():
    assert make_pooling("std", 4).before_linear(32) is not None
    assert make_pooling("std", 4).before_linear(33) is None
