"""Models of clouds of points, and what is done to clouds, for point_clouds.py."""

from functools import cache

import numpy as np
import torch
from _settings import ONE_CYCLE
from sklearn.ensemble import RandomForestClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from sksets import DeepSetsClassifier
from sksets.augmentation import Compose, RandomRotation, RandomScale
from sksets.datasets import fetch_modelnet10
from sksets.nn import MLP, EdgeConv, NeighborMoments
from sksets.preprocessing import NeighborFeatures, SetSummarizer

N_SEEN = 100  # points of a shape that a network sees at once in training
N_VOTES = 10
N_NEIGHBORS = 16
N_GRAPH_NEIGHBORS = 8
N_CELLS = 8  # along an axis, of the voxels of the forest
# Points, mean offsets of their neighbours, and the covariances of these turn with the shape.
BLOCKS = ((0, 1, 2), (3, 4, 5), (6, 7, 8, 9, 10, 11))
WIDTHS = (64, 128, 256)


@cache
def furniture(data_home, subset, n_points, random_state, n_sets):
    """Return the points of ModelNet10, their classes, and which shapes are broken."""
    data = fetch_modelnet10(data_home, subset=subset, n_points=n_points, random_state=random_state)
    if n_sets is None:
        return data.data, data.target, data.is_broken
    chosen = np.random.default_rng(0).permutation(len(data.target))[:n_sets]
    return data.data[chosen], data.target[chosen], data.is_broken[chosen]


def graph_convolution(seed):
    """Return two convolutions over the nearest neighbours, found anew among what each is given."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return torch.nn.Sequential(
            EdgeConv(3, WIDTHS[0], n_neighbors=N_GRAPH_NEIGHBORS),
            torch.nn.ReLU(),
            EdgeConv(WIDTHS[0], WIDTHS[1], n_neighbors=N_GRAPH_NEIGHBORS),
            torch.nn.ReLU(),
            torch.nn.Linear(WIDTHS[1], WIDTHS[2]),
        )


def moments(seed):
    """Return phi behind the moments of the neighbours that are among the points seen."""
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(seed)
        return torch.nn.Sequential(
            NeighborMoments(N_NEIGHBORS),
            torch.nn.BatchNorm1d(sum(map(len, BLOCKS))),
            MLP((sum(map(len, BLOCKS)), *WIDTHS), last_activation=False),
        )


def network(max_epochs, seed, *, angle, rate, kind=None):
    """Return a network with the settings of all of them here but the sum.

    ``kind`` is "moments", neighbours among the points seen; "neighbours", those in the whole shape;
    "graph", "equivariant" or None.
    """
    neighbors, equivariant = kind == "neighbours", kind == "equivariant"
    blocks = BLOCKS if neighbors else None
    phis = {"graph": graph_convolution, "moments": moments}
    model = DeepSetsClassifier(
        phi=phis[kind](seed) if kind in phis else None,
        phi_layer_sizes=() if equivariant else WIDTHS,
        equivariant_layer_sizes=WIDTHS if equivariant else (),
        rho_layer_sizes=(256,),
        pooling=("max", "mean"),
        augmentation=Compose(
            [RandomRotation(angle, blocks=blocks), RandomScale(1.25, blocks=blocks)]
        ),
        label_smoothing=0.1,
        learning_rate_init=rate,
        **ONE_CYCLE,
        max_epochs=max_epochs,
        elements_per_set=N_SEEN,
        random_state=seed,
    )
    return (
        make_pipeline(NeighborFeatures(N_NEIGHBORS), model) if neighbors else make_pipeline(model)
    )


def let_vote(model, votes):
    """Predict from ten draws of 100 points, as many as in training, or from all at once."""
    if votes:
        model[-1].set_params(elements_per_set=N_SEEN, n_votes=N_VOTES)
    else:
        model[-1].set_params(elements_per_set=None, n_votes=1)
    return model


def _with_radii(X):
    """Append the distances from the z axis and from the origin."""
    flat = np.linalg.norm(X.values[:, :2], axis=1)
    return X.map_values(np.column_stack([X.values, flat, np.linalg.norm(X.values, axis=1)]))


def _cells(X):
    """Count the points of each set in the cells of a grid, as shares."""
    places = np.clip(np.floor((X.values + 1) * N_CELLS / 2), 0, N_CELLS - 1).astype(int)
    cells = X.set_ids * N_CELLS**3 + np.ravel_multi_index(places.T, (N_CELLS,) * 3)
    counts = np.bincount(cells, minlength=len(X) * N_CELLS**3).reshape(len(X), -1)
    return counts / X.sizes[:, None]


def forests(seed, n_trees=500):
    """Return a random forest on each kind of summaries, by its name."""
    summaries = {
        "forest on voxels": [FunctionTransformer(_cells)],
        "forest on summaries": [SetSummarizer()],
        "forest on quantiles and radii": [
            FunctionTransformer(_with_radii),
            SetSummarizer(statistics=(), quantiles=tuple(np.linspace(0, 1, 21))),
        ],
    }
    return {
        name: make_pipeline(*steps, RandomForestClassifier(n_trees, random_state=seed))
        for name, steps in summaries.items()
    }


def turned(X, max_angle, seed):
    """Turn each set about the z axis by a random angle."""
    angle = np.random.default_rng(seed).uniform(-max_angle, max_angle, size=len(X))[X.set_ids]
    x, y, z = X.values.T
    cos, sin = np.cos(angle), np.sin(angle)
    values = np.column_stack([cos * x - sin * y, sin * x + cos * y, z])
    return X.map_values(values.astype(X.values.dtype), X.feature_names)


def resized(X, max_factor, seed):
    """Make each set larger or smaller by a random factor."""
    draws = np.random.default_rng(seed).uniform(-1, 1, size=len(X))
    factors = max_factor ** draws[X.set_ids, None]
    return X.map_values((X.values * factors).astype(X.values.dtype), X.feature_names)
