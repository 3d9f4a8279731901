import pytest
import torch

from sksets.nn._equivariant_stack import EquivariantBlock, EquivariantStack


def test_a_block_is_its_formula(batch):
    block = EquivariantBlock(4, 4, residual=True, set_norm=True).double()
    torch.nn.init.normal_(block.norm.weight)
    h = torch.relu(block.norm(batch.values, batch))
    torch.testing.assert_close(block(batch.values, batch), batch.values + block.layer(h, batch))


@pytest.mark.parametrize("form", ["lambda_gamma", "gamma", "attention"])
def test_a_block_without_activation_is_its_layer(form, batch):
    block = EquivariantBlock(4, 5, form=form, activation=None, dropout=0.5, set_norm=True).double()
    assert torch.equal(block(batch.values, batch), block.layer(batch.values, batch))


def test_a_stack_is_its_blocks_one_after_the_other(batch):
    stack = EquivariantStack(4, (6, 5), first_activation=False, dropout=0.0).double()
    first, second = stack.blocks
    assert stack.out_features == 5 and first.activation is None and second.activation is not None
    h = second(first(batch.values, batch), batch)
    assert torch.equal(stack(batch.values, batch), h)


def test_no_block_changes_nothing(batch):
    stack = EquivariantStack(4, ())
    assert stack.out_features == 4 and stack(batch.values, batch) is batch.values
