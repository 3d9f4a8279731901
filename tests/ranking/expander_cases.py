"""Sets of items to learn from, and expanders that learn them in less than a second."""

import numpy as np

from sksets import SetArray, SetExpander
from sksets.datasets import make_concept_sets

CONCEPTS = make_concept_sets(
    120, n_items=30, n_concepts=3, min_size=4, max_size=8, n_features=4, random_state=1
)
X, N_ITEMS = CONCEPTS.data, 30
TRAIN, TEST = X[:80], X[80:]
ALL = np.arange(N_ITEMS)
INTERACTIONS = ["dot", "sum", "concat"]


def make(**parameters):
    small = {"max_epochs": 2, "embedding_dim": 8, "random_state": 0, "vocabulary": ALL}
    return SetExpander(**{**small, **parameters})


def strong(**parameters):
    """Return an expander that learns the concepts in less than a second."""
    return make(
        **{
            "max_epochs": 30,
            "embedding_dim": 32,
            "rho_layer_sizes": (32,),
            "pooling": "sum",
            "dropout": 0.0,
            "learning_rate_init": 0.05,
            "batch_size": 16,
            **parameters,
        }
    )


def fitted_with_context(interaction):
    """Return an expander in double precision that was fitted with a context, and queries.

    It ties no items, as relu may: which of two comes first is then a matter of the last bit.
    """
    z = np.random.default_rng(0).normal(size=(len(X), 2))
    sets = SetArray(X.values, X.offsets, z)
    expander = make(
        interaction=interaction,
        pooling=("mean", "max"),
        phi_layer_sizes=(5, 6),
        rho_layer_sizes=(7,),
        activation="silu",
        max_epochs=4,
        learning_rate_init=0.02,
        dtype="float64",
    )
    return expander.fit(sets[:80]), sets[80:]
