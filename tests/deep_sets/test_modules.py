"""Parameters that are torch modules: phi, rho and pooling."""

import pickle

import numpy as np
import pytest
import torch
from network_cases import NETWORKS, POOLED, make_sets, make_targets, outputs, sums
from numpy.testing import assert_allclose
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sksets import DeepSetsClassifier, DeepSetsRegressor, SetArray
from sksets.nn import (
    AttentionPooling,
    EquivariantLinear,
    MaxPooling,
    SetDropout,
    SetNorm,
    SetPooling,
    segment_sum,
)


class SquarePooling(SetPooling):
    """A pooling of the user's: the sum of squares."""

    def reduce(self, h, batch):
        return (segment_sum(batch.weigh(h.square()), batch),)

    def merge(self, state, pieces):
        return (segment_sum(state[0], pieces),)


def tower(*widths):
    """Linear layers with batch normalisation over the rows of all sets."""
    layers = []
    for n_in, n_out in zip(widths[:-1], widths[1:], strict=True):
        layers += [torch.nn.Linear(n_in, n_out), torch.nn.BatchNorm1d(n_out), torch.nn.ReLU()]
    return torch.nn.Sequential(*layers)


def paper_rho(n_in, n_out):
    """Dropout after the pooling, the pooled vector included."""
    layers = [torch.nn.Dropout(0.2), torch.nn.Linear(n_in, 16), torch.nn.Tanh()]
    return torch.nn.Sequential(*layers, torch.nn.Dropout(0.2), torch.nn.Linear(16, n_out))


@pytest.mark.parametrize("cls", NETWORKS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_fits_copies_that_travel(cls, dtype):
    sets = make_sets(min_size=1)
    y = make_targets(cls, sets)
    phi = torch.nn.Sequential(
        torch.nn.Linear(3, 8), torch.nn.ReLU(), EquivariantLinear(8, 6), SetDropout(0.1), SetNorm(6)
    )
    options = {"phi": phi, "max_epochs": 3, "random_state": 0, "dtype": dtype}
    if cls in POOLED:
        options["pooling"] = ("mean", AttentionPooling(6, n_heads=2))
    before = {name: w.clone() for name, w in phi.state_dict().items()}
    est = cls(**options).fit(sets, y)
    assert est.phi is phi
    for name, weights in phi.state_dict().items():
        assert torch.equal(weights, before[name])
    again = clone(est).fit(sets, y)
    assert np.array_equal(outputs(again, sets), outputs(est, sets))
    assert np.array_equal(outputs(pickle.loads(pickle.dumps(est)), sets), outputs(est, sets))
    whole = outputs(est, sets)
    est.set_params(max_elements_per_batch=2)
    assert_allclose(outputs(est, sets), whole, rtol=1e-4, atol=1e-5)


def test_the_modules_stand_where_those_of_the_sizes_stood():
    X, y = sums(100)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        phi, rho = torch.nn.Linear(2, 6), torch.nn.Linear(6, 1)
    reg = DeepSetsRegressor(phi=phi, rho=rho, batch_size=8, random_state=0, dtype="float64")
    reg.fit(X, y)
    assert reg.score(X, y) > 0.99
    module, scaler = reg.net_.module_, reg._element_scaler
    scaled = [scaler(torch.tensor(s), None) for s in X if len(s)]
    expected = torch.stack([module.phi(s).sum(dim=0) for s in scaled])
    embedding = torch.tensor(reg.transform(X))[[len(s) > 0 for s in X]]
    torch.testing.assert_close(embedding, expected.detach())


def test_a_pooling_of_ones_own():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(size, 2)) for size in rng.integers(0, 6, size=200)]
    y = np.array([np.square(s).sum() for s in X])
    options = {"phi_layer_sizes": (4,), "rho_layer_sizes": (), "batch_size": 16, "random_state": 0}
    reg = DeepSetsRegressor(pooling=SquarePooling(4), **options).fit(X[:150], y[:150])
    # The squares of a linear function of two features: nothing is to be approximated.
    assert reg.score(X[150:], y[150:]) > 0.999
    assert DeepSetsRegressor(pooling="sum", **options).fit(X, y).score(X, y) < 0.9


def test_batch_norm_and_dropout_as_in_the_paper_repeat_and_leave_torchs_generator_alone():
    X, y = sums(200)
    rho = paper_rho(8, 1)
    reg = DeepSetsRegressor(
        phi=tower(2, 8, 8), rho=rho, pooling="max", max_epochs=3, random_state=0
    )
    before = torch.random.get_rng_state()
    first, second = (clone(reg).fit(X, y).predict(X) for _ in range(2))
    assert torch.equal(torch.random.get_rng_state(), before)
    assert np.array_equal(first, second)


def test_searched_over_like_any_parameter():
    X, y = sums(80)
    grid = {"phi": [None, torch.nn.Linear(2, 3)], "pooling": ["max", MaxPooling(3)]}
    search = GridSearchCV(
        DeepSetsRegressor(phi_layer_sizes=(3,), max_epochs=2, random_state=0), grid, cv=2
    )
    search.fit(X, y)
    assert len(search.cv_results_["params"]) == 4
    assert np.isfinite(search.cv_results_["mean_test_score"]).all()


def test_context_and_size_of_a_rho_module():
    X, y = sums(60)
    X = SetArray.from_sets(X, context=np.random.default_rng(0).normal(size=(60, 2)))
    options = {"phi_layer_sizes": (5,), "max_epochs": 2, "size_feature": True}
    DeepSetsRegressor(rho=torch.nn.Linear(5 + 2 + 1, 1), **options).fit(X, y)
    with pytest.raises(ValueError, match=r"rho must map \(B, 8\) to \(B, 1\); given two r"):
        DeepSetsRegressor(rho=torch.nn.Linear(5, 1), **options).fit(X, y)


@pytest.mark.parametrize("cls", POOLED)
def test_a_wrong_width_is_said_at_the_door(cls):
    sets = make_sets(min_size=1)
    y = make_targets(cls, sets)
    est = cls(max_epochs=2).fit(sets, y)
    before = outputs(est, sets)
    for options, message in (
        ({"phi": torch.nn.Linear(2, 5)}, r"phi must map \(M, 3\) to \(M, h\); given two rows"),
        ({"rho": torch.nn.Linear(64, 7)}, r"rho must map \(B, \d+\) to \(B, \d\)"),
        ({"pooling": MaxPooling(3)}, r"pooling must pool elements of \d+ features.*Build it with"),
        ({"pooling": AttentionPooling(3)}, r"pooling must pool elements of \d+ features"),
        ({"pooling": ()}, "pooling must name at least one of"),
        ({"pooling": torch.nn.Linear(3, 3)}, "'pooling' parameter of"),
        ({"phi": "deep"}, "'phi' parameter of"),
    ):
        with pytest.raises(ValueError, match=message) as error:
            est.set_params(**{**cls(max_epochs=2).get_params(), **options}).fit(sets, y)
        assert len(str(error.value)) <= 500
        assert np.array_equal(outputs(est, sets), before)


def test_a_warm_start_goes_on_with_the_same_modules_only():
    X, y = sums(60)
    reg = DeepSetsRegressor(phi=torch.nn.Linear(2, 4), max_epochs=2, warm_start=True).fit(X, y)
    reg.fit(X, y)
    assert reg.n_iter_ == 4
    with pytest.raises(ValueError, match="built with phi="):
        reg.set_params(phi=torch.nn.Linear(2, 4)).fit(X, y)


def test_weights_of_elements_reach_a_pooling_of_ones_own():
    sets = make_sets(min_size=1)
    X = SetArray.from_sets(sets)
    once, twice = (X.with_element_weight(np.full(len(X.values), w)) for w in (1.0, 2.0))
    doubled = SetArray.from_sets([np.concatenate([s, s]) for s in sets])
    doubled = doubled.with_element_weight(np.ones(len(doubled.values)))
    est = DeepSetsClassifier(
        phi_layer_sizes=(4,), pooling=SquarePooling(4), max_epochs=2, random_state=0
    ).fit(once, make_targets(DeepSetsClassifier, sets))
    assert_allclose(est.predict_proba(twice), est.predict_proba(doubled), rtol=1e-4)


def test_a_lazy_layer_takes_the_width_of_the_elements():
    X, y = sums(60)
    lazy = torch.nn.Sequential(torch.nn.LazyLinear(4), torch.nn.ReLU())
    reg = DeepSetsRegressor(phi=lazy, max_epochs=2, random_state=0).fit(X, y)
    assert reg.net_.module_.phi[0].weight.shape == (4, 2)
    assert np.array_equal(clone(reg).fit(X, y).predict(X), reg.predict(X))
    assert torch.nn.parameter.is_lazy(reg.phi[0].weight)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_rho_without_weights(dtype):
    X = [np.full((size, 2), 1.0) for size in range(1, 21)]
    y = np.arange(1.0, 21.0)
    reg = DeepSetsRegressor(
        phi_layer_sizes=(1,), rho=torch.nn.Identity(), max_epochs=50, dtype=dtype, random_state=0
    ).fit(X, y)
    assert reg.score(X, y) > 0.9
