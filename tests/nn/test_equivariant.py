import pytest
import torch
from layer_cases import make_batch

from sksets.nn import EquivariantLinear, SetBatch

forms = pytest.mark.parametrize("form", ["lambda_gamma", "gamma"])
poolings = pytest.mark.parametrize("pooling", ["max", "mean", "sum"])
REDUCE = {"max": lambda x: x.max(0).values, "mean": lambda x: x.mean(0), "sum": lambda x: x.sum(0)}


def plain(layer, part, form, pooling):
    """Each equation in its own words, on the elements of one set."""
    pooled = REDUCE[pooling](part).expand_as(part)
    bias = 0 if layer.linear.bias is None else layer.linear.bias
    if form == "gamma":
        return (part - pooled) @ layer.linear.weight.T + bias
    return part @ layer.linear.weight.T - pooled @ layer.gamma.weight.T + bias


@forms
@poolings
@pytest.mark.parametrize("bias", [True, False])
def test_plain_form(form, pooling, bias, batch):
    layer = EquivariantLinear(4, 7, form=form, pooling=pooling, bias=bias).double()
    outputs = layer(batch.values, batch).split(batch.sizes.tolist())
    for rows, part in zip(outputs, batch.values.split(batch.sizes.tolist()), strict=True):
        if len(part):
            torch.testing.assert_close(rows, plain(layer, part, form, pooling))


@forms
@poolings
def test_gradients_are_those_of_the_plain_form(form, pooling):
    batch = make_batch((2, 5, 1))
    layer = EquivariantLinear(4, 3, form=form, pooling=pooling).double()
    values = batch.values.requires_grad_()
    inputs = [values, *layer.parameters()]
    weight = torch.randn(8, 3, dtype=torch.float64)
    expected = [plain(layer, part, form, pooling) for part in values.split([2, 5, 1])]
    torch.testing.assert_close(
        torch.autograd.grad((layer(values, batch) * weight).sum(), inputs),
        torch.autograd.grad((torch.cat(expected) * weight).sum(), inputs),
    )
    assert torch.autograd.gradcheck(lambda x: layer(x, batch), values)


@forms
@poolings
def test_equivariance(form, pooling, batch):
    layer = EquivariantLinear(4, 7, form=form, pooling=pooling).double()
    order = torch.cat(
        [
            start + torch.randperm(size)
            for start, size in zip(batch.offsets.tolist(), batch.sizes.tolist(), strict=False)
        ]
    )
    torch.testing.assert_close(layer(batch.values[order], batch), layer(batch.values, batch)[order])


@forms
@poolings
def test_pieces_with_the_pool_of_the_whole(form, pooling, batch):
    layer = EquivariantLinear(4, 7, form=form, pooling=pooling).double()
    whole = layer(batch.values, batch)
    pooled = layer.pool(batch.values, batch)
    piece = SetBatch(batch.values[5:8], torch.tensor([0, 3]))
    torch.testing.assert_close(layer(piece.values, piece, [pooled[3:4]]), whole[5:8])


def test_form_with_one_matrix_ignores_a_shift(batch):
    layer = EquivariantLinear(4, 7, form="gamma", pooling="mean").double()
    torch.testing.assert_close(layer(batch.values + 5, batch), layer(batch.values, batch))
    assert len(list(layer.parameters())) == 2


def test_unknown_words_name_the_nearest():
    with pytest.raises(ValueError, match="Unknown form 'gama'; did you mean 'gamma'?"):
        EquivariantLinear(4, 4, form="gama")
    with pytest.raises(ValueError, match="Unknown pooling 'maxx'; did you mean 'max'?"):
        EquivariantLinear(4, 4, pooling="maxx")
