import pytest
import torch
from torch import nn

from sksets.nn import (
    DeepSetsModule,
    ElementDeepSetsModule,
    FeatureScaler,
    SetBatch,
    SetNormalize,
    TokenEmbedding,
)


def test_values_are_cast_to_the_type_of_the_parameters(batch):
    module = DeepSetsModule(4, 1)
    for values in (batch.values, batch.values.round().long(), batch.values.round().byte()):
        out = module(batch.replace(values))
        assert out.dtype == torch.float32
        torch.testing.assert_close(out, module(batch.replace(values.float())))


def test_an_encoder_gets_integers_as_they_are():
    encoder = TokenEmbedding(5, 3)
    module = DeepSetsModule(3, 1, element_encoder=encoder, phi_layer_sizes=())
    batch = SetBatch(torch.tensor([1, 5, 0]), torch.tensor([0, 2, 3]))
    h = encoder(batch.values)
    torch.testing.assert_close(module.embed(batch), torch.stack([h[0] + h[1], h[2]]))


def test_the_normalizer_comes_before_the_encoder():
    scaler = FeatureScaler(torch.tensor(1.0), torch.tensor(2.0))
    module = DeepSetsModule(
        2, 1, element_encoder=torch.nn.ReLU(), normalizer=scaler, phi_layer_sizes=()
    )
    batch = SetBatch(torch.tensor([[5, -9], [3, 1]]), torch.tensor([0, 2]))
    assert module.embed(batch).tolist() == [[3.0, 0.0]]


LAYERS = {"phi_layer_sizes": (5, 6), "equivariant_layer_sizes": (7, 8), "activation": "tanh"}


def two_sets():
    torch.manual_seed(0)
    return SetBatch(torch.randn(5, 3), torch.tensor([0, 2, 5]))


@pytest.mark.parametrize("class_", [DeepSetsModule, ElementDeepSetsModule])
def test_features_of_elements_after_each_layer(class_):
    batch = two_sets()
    module = class_(3, 1, **LAYERS).eval()
    linear = [layer for layer in module.phi if isinstance(layer, nn.Linear)]
    linear += [module.phi_last] if class_ is DeepSetsModule else []
    first = linear[0](batch.values)
    second = linear[1](torch.tanh(first))
    third = module.stack.blocks[0].layer(torch.tanh(second), batch)
    fourth = module.stack.blocks[1].layer(torch.tanh(third), batch)
    for layer, expected in enumerate([first, second, third, fourth]):
        torch.testing.assert_close(module.element_features(batch, layer), expected)
        torch.testing.assert_close(module.element_features(batch, layer - 4), expected)


@pytest.mark.parametrize("pooling", ["sum", "std", ("max", "attention")])
def test_the_last_features_are_what_is_pooled(pooling):
    batch = two_sets()
    module = DeepSetsModule(3, 1, pooling=pooling).eval()
    h = module.element_features(batch)
    torch.testing.assert_close(module.pooling(h, batch), module.embed(batch))


def test_features_of_a_network_without_layers_are_the_elements():
    batch = two_sets()
    module = DeepSetsModule(3, 1, phi_layer_sizes=())
    for layer in (-1, 0):
        assert torch.equal(module.element_features(batch, layer), batch.values)
    with pytest.raises(IndexError, match="layer must be from -1 to 0: .* 0 layers .*found 1"):
        module.element_features(batch, 1)


def test_a_layer_that_is_not_there():
    with pytest.raises(IndexError, match="layer must be from -4 to 3: .* has 4 layers .*found -5"):
        DeepSetsModule(3, 1, **LAYERS).element_features(two_sets(), -5)


@pytest.mark.parametrize("layer", range(4))
@pytest.mark.parametrize("normalizer", [None, SetNormalize()])
def test_features_of_a_set_in_pieces(layer, normalizer):
    batch = two_sets()
    whole = SetBatch(batch.values, torch.tensor([0, 5]))
    module = ElementDeepSetsModule(3, 1, **LAYERS, normalizer=normalizer).eval()
    pieces = [SetBatch(rows, torch.tensor([0, len(rows)])) for rows in batch.values.split(2)]
    torch.testing.assert_close(
        module.element_features_pieces(pieces, torch.tensor([5]), layer=layer),
        module.element_features(whole, layer),
    )
