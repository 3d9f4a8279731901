import pytest
import torch
from layer_cases import make_batch

from sksets import DeepSetsClassifier
from sksets.nn import EdgeConv, MaxPooling, SetBatch


def plain(layer, part):
    """The formula in its own words, on the elements of one set, pair by pair."""
    rows = []
    for x in part:
        order = (part - x).norm(dim=1).argsort()[: layer.n_neighbors]
        edges = [layer.own(x[None]) + layer.neighbors((part[j] - x)[None]) for j in order]
        rows.append(torch.cat(edges).max(dim=0).values)
    return torch.stack(rows) if rows else part.new_zeros(0, layer.own.out_features)


@pytest.mark.parametrize("n_neighbors", [1, 2, 4, 9])
def test_plain_form(n_neighbors, batch):
    layer = EdgeConv(4, 7, n_neighbors=n_neighbors).double()
    outputs = layer(batch.values, batch).split(batch.sizes.tolist())
    for rows, part in zip(outputs, batch.values.split(batch.sizes.tolist()), strict=True):
        torch.testing.assert_close(rows, plain(layer, part))


def test_gradients():
    batch = make_batch((5, 1, 3), 3)
    layer = EdgeConv(3, 4, n_neighbors=2).double()
    values = batch.values.requires_grad_()
    assert torch.autograd.gradcheck(lambda h: layer(h, batch), values)
    inputs = [values, *layer.parameters()]
    plainly = torch.cat([plain(layer, part) for part in values.split([5, 1, 3])])
    weight = torch.randn(9, 4, dtype=torch.float64)
    expected = torch.autograd.grad((plainly * weight).sum(), inputs)
    found = torch.autograd.grad((layer(values, batch) * weight).sum(), inputs)
    torch.testing.assert_close(found, expected)


def test_a_shift_of_a_set_far_from_zero_keeps_the_neighbours():
    batch = make_batch((40,), 3, dtype=torch.float32)
    far = (batch.values * 2**10).round() / 2**10 + 2**10
    layer = EdgeConv(3, 4, n_neighbors=3)
    moved = layer(far, batch) - layer.own(far)
    still = layer(far - 2**10, batch) - layer.own(far - 2**10)
    torch.testing.assert_close(moved, still, atol=1e-3, rtol=0)


def test_blocks_of_distances_change_nothing(monkeypatch):
    batch = make_batch((7, 0, 30), 3)
    layer = EdgeConv(3, 4, n_neighbors=5).double()
    whole = layer(batch.values, batch)
    monkeypatch.setattr("sksets.nn._nearest.DISTANCES", 64)
    torch.testing.assert_close(layer(batch.values, batch), whole)


def test_no_elements_and_bad_numbers():
    empty = SetBatch(torch.zeros(0, 3), torch.tensor([0, 0, 0]))
    assert EdgeConv(3, 4)(empty.values, empty).shape == (0, 4)
    with pytest.raises(ValueError, match="n_neighbors must be a whole number of 1"):
        EdgeConv(3, 4, n_neighbors=0)


def test_a_classifier_that_sees_neighbours_and_sets_too_large_for_it():
    """Points in pairs or alone: what lies beside a point decides, not where it lies."""
    rng = torch.Generator().manual_seed(0)
    X, y = [], []
    for i in range(160):
        points = torch.rand(10, 2, generator=rng) * 20
        if i % 2:
            points[5:] = points[:5] + 0.1 * torch.randn(5, 2, generator=rng)
        X.append(points.numpy())
        y.append(i % 2)
    phi = torch.nn.Sequential(EdgeConv(2, 16, n_neighbors=2), torch.nn.ReLU())
    clf = DeepSetsClassifier(phi=phi, pooling=MaxPooling(16), random_state=0)
    clf.fit(X[:120], y[:120])
    assert clf.score(X[120:], y[120:]) > 0.9
    clf.set_params(max_elements_per_batch=5)
    with pytest.raises(NotImplementedError, match="EdgeConv needs all elements of a set at once"):
        clf.predict(X)
