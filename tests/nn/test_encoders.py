import pytest
import torch

from sksets.nn import ConvEncoder, DeepSetsModule, SetBatch, TokenEmbedding


@pytest.mark.parametrize(
    "shape", [(8, 8), (1, 8, 9), (28, 28), (3, 32, 32), (64, 64), (2, 65, 80)], ids=str
)
def test_shapes(shape):
    encoder = ConvEncoder(shape, 5)
    images = torch.rand(3, *shape, requires_grad=True)
    out = encoder(images)
    assert out.shape == (3, 5) and encoder(images[:0]).shape == (0, 5)
    out.square().sum().backward()
    assert all(p.grad.abs().sum() > 0 for p in encoder.parameters())


def test_one_channel_may_be_left_out():
    encoder, images = ConvEncoder((8, 8), 5), torch.rand(4, 8, 8)
    torch.testing.assert_close(encoder(images), encoder(images[:, None]))


def test_bytes_are_divided_by_255():
    encoder = ConvEncoder((8, 8), 5).double()
    images = torch.randint(0, 256, (4, 8, 8), dtype=torch.uint8)
    torch.testing.assert_close(encoder(images), encoder(images.double() / 255))


@pytest.mark.parametrize("shape", [(7, 8), (64,), (1, 1, 8, 8)], ids=str)
def test_images_of_no_use(shape):
    with pytest.raises(ValueError, match="images of 8 x 8 pixels at least.*found elements of"):
        ConvEncoder(shape)


def test_an_image_does_not_depend_on_the_others():
    encoder, images = ConvEncoder((12, 12), 5).double(), torch.rand(6, 12, 12).double()
    torch.testing.assert_close(encoder(images)[2:3], encoder(images[2:3]))


def test_embedding_rows():
    embedding = TokenEmbedding(3, 2)
    vectors = embedding(torch.tensor([3, 1, 1, 0]))
    assert torch.equal(vectors[:3], embedding.weight[[2, 0, 0]])
    torch.testing.assert_close(vectors[3], embedding.weight.mean(0))
    assert embedding(torch.zeros(0, dtype=torch.int64)).shape == (0, 2)


def test_embedding_without_unknown_tokens():
    """Whether there is an unknown one among them changes no bit of the known ones."""
    embedding, tokens = TokenEmbedding(3, 2), torch.tensor([3, 1, 1, 0])
    assert torch.equal(embedding(tokens[:3]), embedding(tokens)[:3])
    known = torch.autograd.grad(embedding(tokens[:3]).sum(), embedding.weight)[0]
    assert known.tolist() == [[2.0, 2.0], [0.0, 0.0], [1.0, 1.0]]


def test_embedding_gradient():
    embedding = TokenEmbedding(4, 2).double()
    tokens, weight = torch.tensor([1, 0, 3, 3]), torch.randn(4, 2, dtype=torch.float64)
    (embedding(tokens) * weight).sum().backward()
    expected = weight[1].expand(4, 2) / 4
    expected = expected + torch.stack(
        [weight[0], torch.zeros(2), weight[2] + weight[3], torch.zeros(2)]
    )
    torch.testing.assert_close(embedding.weight.grad, expected)


def test_tokens_and_bytes_pass_through_the_module():
    offsets = torch.tensor([0, 2, 2, 3])
    tokens = SetBatch(torch.tensor([1, 0, 3]), offsets)
    assert DeepSetsModule(2, 1, element_encoder=TokenEmbedding(3, 2))(tokens).shape == (3, 1)
    images = SetBatch(torch.randint(0, 256, (3, 8, 8), dtype=torch.uint8), offsets)
    module = DeepSetsModule(5, 1, element_encoder=ConvEncoder((8, 8), 5))
    torch.testing.assert_close(module(images), module(images.replace(images.values / 255)))


def test_number_of_threads_changes_no_bit(two_thread_counts):
    # Not the gradients of convolutions: torch's own depend on the threads, in the last bit.
    encoder, images = ConvEncoder((12, 12)), torch.rand(100, 12, 12)
    tokens = torch.randint(0, 11, (5000,))
    embedding, weight = TokenEmbedding(10, 16), torch.randn(5000, 16)

    def both_ways():
        rows = embedding(tokens)
        return encoder(images), rows, *torch.autograd.grad((rows * weight).sum(), embedding.weight)

    one, two = two_thread_counts(both_ways)
    assert all(torch.equal(a, b) for a, b in zip(one, two, strict=True))
