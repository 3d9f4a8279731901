"""context_in of the estimators: phi(x | z) learns what phi(x) cannot."""

import numpy as np
import pytest
from network_cases import NETWORKS, make_sets, make_targets, outputs
from numpy.testing import assert_allclose
from sklearn.base import clone

from sksets import DeepSetsElementRegressor, DeepSetsRegressor, SetArray, SetExpander


def products(n_sets, seed):
    """Sets of numbers with a number z, and the sum of their products with z."""
    rng = np.random.default_rng(seed)
    sets = [rng.normal(size=(size, 1)) for size in rng.integers(1, 6, size=n_sets)]
    z = rng.normal(size=(n_sets, 1))
    sums = np.array([s.sum() for s in sets])
    return SetArray.from_sets(sets, context=z), sums * z[:, 0]


def test_only_phi_given_z_learns_the_sum_of_products_with_z():
    X, y = products(500, 0)
    X_test, y_test = products(200, 1)
    scores = {}
    for context_in in ("rho", "phi", "both"):
        # Behind a linear rho, z and the pooled elements meet nowhere but in phi.
        reg = DeepSetsRegressor(
            rho_layer_sizes=(), context_in=context_in, max_epochs=50, random_state=0
        )
        scores[context_in] = reg.fit(X, y).score(X_test, y_test)
    assert scores["rho"] < 0.1
    assert min(scores["phi"], scores["both"]) > 0.95


def test_elements_times_the_number_of_their_set():
    X, _ = products(600, 0)
    y = X.map_values(X.values[:, 0] * X.context[X.set_ids, 0])
    scores = {}
    for context_in in ("rho", "phi"):
        reg = DeepSetsElementRegressor(
            equivariant_layer_sizes=(), context_in=context_in, random_state=0, max_epochs=50
        )
        scores[context_in] = reg.fit(X[:500], y[:500]).score(X[500:], y[500:])
    assert scores["rho"] < 0.1 and scores["phi"] > 0.9


@pytest.mark.parametrize("cls", NETWORKS)
@pytest.mark.parametrize("context_in", ["phi", "both"])
def test_large_sets_predicted_in_pieces(cls, context_in):
    sets = make_sets()
    rng = np.random.default_rng(0)
    X = SetArray.from_sets(sets, context=rng.normal(size=(len(sets), 2)))
    est = cls(context_in=context_in, max_epochs=2, random_state=0, dtype="float64")
    est.fit(X, make_targets(cls, sets))
    whole = outputs(est, X)
    est.set_params(max_elements_per_batch=2)
    assert_allclose(outputs(est, X), whole, rtol=1e-9, atol=1e-12)
    moved = X.with_context(X.context + [[1.0, 0.0]])
    assert not np.allclose(outputs(est, moved), whole)
    assert clone(est).context_in == context_in


def test_without_a_context_nothing_changes():
    sets = make_sets()
    for cls in NETWORKS:
        y = make_targets(cls, sets)
        first, second = (
            cls(context_in=context_in, max_epochs=2, random_state=0).fit(sets, y)
            for context_in in ("rho", "phi")
        )
        assert np.array_equal(outputs(first, sets), outputs(second, sets))


def test_errors():
    X, y = products(30, 0)
    with pytest.raises(ValueError, match="'context_in' parameter of DeepSetsRegressor must"):
        DeepSetsRegressor(context_in="pi").fit(X, y)
    with pytest.raises(ValueError, match=r"phi_layer_sizes=\(\)\. Give phi a layer"):
        DeepSetsRegressor(context_in="phi", phi_layer_sizes=()).fit(X, y)
    reg = DeepSetsRegressor(max_epochs=1, warm_start=True).fit(X, y)
    with pytest.raises(ValueError, match="built with context_in='rho', and warm_start"):
        reg.set_params(context_in="phi").fit(X, y)


def test_set_expansion_given_what_a_set_is_for():
    """Sets of two letters; what follows depends on the sign of z and on the letters."""
    rng = np.random.default_rng(0)
    letters, z = np.array(list("abcdefgh")), rng.choice([-1.0, 1.0], size=(400, 1))
    starts = rng.integers(0, 8, size=400)
    last = (starts + np.where(z[:, 0] > 0, 2, 5)) % 8
    X = SetArray.from_sets([letters[[i, (i + 1) % 8]].tolist() for i in starts.tolist()], context=z)
    y = letters[last]
    expander = SetExpander(
        context_in="phi", phi_layer_sizes=(32, 32), dropout=0.0, random_state=0, max_epochs=60
    ).fit(X[:300], y[:300])
    found = expander.predict(X[300:])[:, 0]
    assert (found == y[300:]).mean() > 0.9
    with pytest.raises(ValueError, match="Use interaction='dot', or context_in='rho'"):
        SetExpander(context_in="phi", interaction="sum").fit(X, y)
