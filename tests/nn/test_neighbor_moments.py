import numpy as np
import pytest
import torch
from layer_cases import SIZES, make_batch

from sksets import DeepSetsClassifier
from sksets.augmentation import RandomRotation
from sksets.nn import NeighborMoments, SetBatch
from sksets.preprocessing import NeighborFeatures


@pytest.mark.parametrize("n_neighbors", [1, 2, 3, 16])
@pytest.mark.parametrize("sizes", [SIZES, (6, 6, 6), (1, 1), (9, 9, 2, 0, 0, 2)])
def test_the_same_as_of_whole_sets(n_neighbors, sizes):
    batch = make_batch(sizes, 3)
    X = [part.numpy() for part in batch.values.split(sizes)]
    expected = NeighborFeatures(n_neighbors).fit_transform(X)
    found = NeighborMoments(n_neighbors)(batch.values, batch)
    torch.testing.assert_close(found, torch.tensor(np.concatenate(list(expected))))


def test_blocks_of_distances_change_nothing(monkeypatch):
    batch = make_batch((7, 7, 0, 30), 3)
    layer = NeighborMoments(4)
    whole = layer(batch.values, batch)
    monkeypatch.setattr("sksets.nn._nearest.DISTANCES", 64)
    torch.testing.assert_close(layer(batch.values, batch), whole)


def test_gradients_and_equal_elements():
    batch = make_batch((5, 1, 3), 2)
    layer = NeighborMoments(2)
    assert torch.autograd.gradcheck(lambda h: layer(h, batch), batch.values.requires_grad_())
    equal = SetBatch(torch.ones(6, 2), torch.tensor([0, 6]))
    assert torch.equal(layer(equal.values, equal)[:, 2:], torch.zeros(6, 5))


def test_bad_numbers():
    with pytest.raises(ValueError, match="n_neighbors must be a whole number of 1 or more"):
        NeighborMoments(0)


def test_the_first_layer_of_phi_sees_the_elements_that_are_drawn():
    """Points on a line or on two that cross, in any direction: neighbours tell, places do not."""
    rng = np.random.default_rng(0)
    X, y = [], np.arange(120) % 2
    for kind in y:
        t = rng.uniform(-1, 1, size=(60, 1))
        angle = rng.uniform(0, np.pi)
        line = t * [[np.cos(angle), np.sin(angle)]]
        X.append(line if kind else rng.uniform(-0.7, 0.7, size=(60, 2)))
    phi = torch.nn.Sequential(NeighborMoments(4), torch.nn.Linear(7, 16), torch.nn.ReLU())
    clf = DeepSetsClassifier(
        phi=phi,
        pooling="mean",
        augmentation=RandomRotation(np.pi),
        elements_per_set=20,
        n_votes=3,
        random_state=0,
    ).fit(X[:80], y[:80])
    assert clf.score(X[80:], y[80:]) > 0.9
