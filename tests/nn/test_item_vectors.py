import pytest
import torch

from sksets.nn import ItemVectors


def test_items_without_training_have_their_features_alone():
    features = torch.randn(3, 2)
    vectors = ItemVectors(2, 4, features=features)
    with torch.no_grad():
        vectors.weight.copy_(torch.arange(8.0).view(2, 4))
    expected = features @ vectors.projection.weight.T
    expected[:2] += vectors.weight
    torch.testing.assert_close(vectors(), expected[:2])
    torch.testing.assert_close(vectors(torch.tensor([2, 1, 2])), expected[[2, 1, 2]])
    vectors(torch.tensor([0, 2])).sum().backward()
    assert vectors.weight.grad.tolist() == [[1.0] * 4, [0.0] * 4]


@pytest.mark.parametrize("n_features", [2, 4, 9])
@pytest.mark.parametrize("size", [0.1, 10.0])
def test_products_of_features_are_kept_at_the_start(n_features, size):
    # Of more features than the width, those of the rank-4 part are.
    features = size * torch.randn(20, 4) @ torch.randn(4, n_features)
    vectors = ItemVectors(20, 4, features=features, feature_scale=3.0)()
    products, expected = vectors @ vectors.T, features @ features.T
    spread = expected.square().mean().sqrt()
    scale = min(9.0, 4.6 / spread)
    torch.testing.assert_close(products, scale * expected, rtol=1e-3, atol=1e-3)
