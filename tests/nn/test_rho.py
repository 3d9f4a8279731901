import pytest
import torch

from sksets.nn._rho import Rho, append_context


def test_table():
    rho = Rho((2, 2, 1), "relu")
    first, _, last = rho.mlp
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 0.0], [0.0, -1.0]]))
        first.bias.copy_(torch.tensor([0.0, 1.0]))
        last.weight.copy_(torch.tensor([[1.0, 2.0]]))
        last.bias.fill_(0.5)
        rho.linear.weight.copy_(torch.tensor([[10.0, 0.0]]))
    # Hidden: relu([3, -1]) and relu([-1, 3]). Out: [1, 2] . hidden + 0.5 + 10 x_0.
    out = rho(torch.tensor([[3.0, 2.0], [-1.0, -2.0]]))
    assert out.tolist() == [[33.5], [-3.5]]


@pytest.mark.parametrize("sizes", [(5, 3), (5, 8, 3), (5, 8, 4, 1)], ids=str)
def test_what_is_read_of_two_parts_is_added(sizes):
    rho, x = Rho(sizes, "tanh").double(), torch.randn(6, 5, dtype=torch.float64)
    whole = rho.finish(rho.read(x))
    torch.testing.assert_close(whole, rho(x))
    parts = rho.read(x[:, :2]) + rho.read(x[:, 2:], 2)
    torch.testing.assert_close(rho.finish(parts), whole)


@pytest.mark.parametrize("sizes", [(5, 3), (5, 8, 3)], ids=str)
def test_start_at_zero(sizes):
    rho = Rho(sizes, "relu")
    rho.start_at_zero()
    assert rho(torch.randn(6, 5)).count_nonzero() == 0


def test_append_context():
    x, sizes = torch.ones(2, 1), torch.tensor([0, 1])
    assert append_context(x, None, sizes, False) is x
    rows = append_context(x, torch.tensor([[2.0], [3.0]]), sizes, True)
    torch.testing.assert_close(rows, torch.tensor([[1.0, 2, 0], [1.0, 3, 0.6931472]]))
