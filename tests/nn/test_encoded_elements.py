import torch

from sksets.nn import DeepSetsModule, FeatureScaler, SetBatch, TokenEmbedding


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
