"""Every estimator with a network, variants of it, and something to fit it on."""

import numpy as np

from sksets import (
    DeepSetsClassifier,
    DeepSetsElementClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SetArray,
    SetOutlierDetector,
)

# One output a set, and one an element.
POOLED = [DeepSetsClassifier, DeepSetsRegressor]
ELEMENTWISE = [DeepSetsElementClassifier, DeepSetsElementRegressor, SetOutlierDetector]
NETWORKS = POOLED + ELEMENTWISE
POOLED_VARIANTS = {
    "default": {},
    "max": {"pooling": "max"},
    "three": {"pooling": ("mean", "max", "logsumexp"), "size_feature": True},
    "attention": {"pooling": "attention"},
    "equivariant": {"equivariant_layer_sizes": (8,), "pooling": "mean"},
    "gamma": {
        "equivariant_layer_sizes": (8,),
        "equivariant_form": "gamma",
        "equivariant_pooling": "mean",
    },
    "set transformer": {
        "equivariant_layer_sizes": (8,),
        "equivariant_form": "attention",
        "pooling": "attention",
    },
    "set-normalised": {"normalize": "set"},
}
ELEMENT_VARIANTS = {
    "default": {},
    "max": {"equivariant_pooling": "max"},
    "sum": {"equivariant_pooling": "sum", "size_feature": True},
    "gamma": {"equivariant_form": "gamma"},
    "attention": {"equivariant_form": "attention", "equivariant_layer_sizes": (8,)},
    "residual": {"residual": True, "set_norm": True, "rho_layer_sizes": (8,)},
    "dropout": {"dropout": 0.2},
    "set-normalised": {"normalize": "set"},
    "by itself": {"equivariant_layer_sizes": ()},
}


def cases(classes, variants):
    """Return every class in every variant, as (class, name of the variant, parameters)."""
    return [(cls, name, parameters) for cls in classes for name, parameters in variants.items()]


POOLED_CASES = cases(POOLED, POOLED_VARIANTS)
ELEMENT_CASES = cases(ELEMENTWISE, ELEMENT_VARIANTS)


def case_id(case):
    return f"{case[0].__name__}-{case[1]}"


def make_sets(n_sets=40, n_features=3, min_size=0, seed=0):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(min_size, 8, size=n_sets)
    sizes[0] = 4
    return [rng.normal(size=(size, n_features)).astype(np.float32) for size in sizes]


def make_targets(cls, sets):
    """Return an array of one target a set: a value, an array, or the index of an outlier."""
    if cls is SetOutlierDetector:
        return np.array([s[:, 0].argmax() if len(s) > 1 else -1 for s in sets])
    if cls in POOLED:
        sums = np.array([s.sum() for s in sets])
        return np.where(sums > 0, "high", "low") if cls is DeepSetsClassifier else sums
    packed = SetArray.from_sets(sets)
    sums = packed.values.sum(axis=1)
    y = np.where(sums > 0, "high", "low") if cls is DeepSetsElementClassifier else sums
    return np.asarray(SetArray(y, packed.offsets))


def outputs(estimator, X):
    """Return the rows that an estimator gives: one a set, or those of all elements in a row."""
    method = "predict_proba" if hasattr(estimator, "predict_proba") else "predict"
    rows = getattr(estimator, method)(X)
    return np.concatenate(list(rows)) if isinstance(estimator, tuple(ELEMENTWISE)) else rows


def sums(n_sets=300, seed=0, low=0.0, high=1.0, max_size=8):
    """Return sets of two features, and the sum of all numbers of each."""
    rng = np.random.default_rng(seed)
    sets = [rng.uniform(low, high, (rng.integers(0, max_size), 2)) for _ in range(n_sets)]
    sets[0] = np.array([[0.5, 0.25], [1.0, 0.0]])
    return sets, np.array([s.sum() for s in sets])
