"""Sets in which an element is told from the others by its set alone, and targets for them."""

import numpy as np

from sksets import DeepSetsElementClassifier, DeepSetsElementRegressor

BOTH = [DeepSetsElementClassifier, DeepSetsElementRegressor]


def centred(n_sets=200, seed=0, min_size=2, max_size=8):
    """Numbers around a centre that is another in each set, and how far from its mean they are."""
    rng = np.random.default_rng(seed)
    sizes = rng.integers(min_size, max_size + 1, size=n_sets)
    X = [3 * rng.normal() + rng.normal(size=(size, 1)) for size in sizes]
    return X, [s[:, 0] - s.sum() / max(len(s), 1) for s in X]


def above(y):
    return [np.where(part > 0, "above", "no") for part in y]


def targets(cls, y):
    return y if cls is DeepSetsElementRegressor else above(y)


def make(cls, **parameters):
    return cls(**{"max_epochs": 2, "random_state": 0, **parameters})


def probabilities(clf, X):
    return np.concatenate(list(clf.predict_proba(X)))


def rows(estimator, X):
    if isinstance(estimator, DeepSetsElementClassifier):
        return probabilities(estimator, X)
    return np.concatenate(list(estimator.predict(X)))
