"""Rankers in closed form, and sets of words to fit them on."""

import numpy as np
import pytest
from sklearn.base import clone

from sksets import BayesianSets
from sksets.baselines import CooccurrenceRanker, NearestRanker, PopularityRanker

RANKERS = {
    "popularity": PopularityRanker(),
    "cooccurrence": CooccurrenceRanker(),
    "cooccurrence-log": CooccurrenceRanker(weighting="log"),
    "nearest": NearestRanker(),
    "nearest-euclidean": NearestRanker(metric="euclidean"),
    "binary": BayesianSets(),
    "real": BayesianSets(model="normal_inverse_wishart"),
}
NEED_VECTORS = {"nearest", "nearest-euclidean", "real"}
X = [["tea", "milk"], ["tea", "rum"], ["tea", "milk", "honey"], ["rum", "lime"], []]
ITEMS = ["honey", "lime", "milk", "rum", "tea"]
VECTORS = np.random.default_rng(0).normal(size=(5, 3))
QUERIES = [["tea"], ["milk", "rum"], ["lime", "honey", "tea"]]
every_ranker = pytest.mark.parametrize("name", RANKERS)


def fitted(name, sets=X, **parameters):
    features = None
    if name in NEED_VECTORS:
        features = dict(zip(ITEMS, VECTORS, strict=True))
    return clone(RANKERS[name]).set_params(**parameters).fit(sets, item_features=features)
