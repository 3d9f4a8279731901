import numpy as np
import pytest
import torch
from contribution_cases import FAST, make_sets
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from sksets import (
    BayesianSets,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SetArray,
    SetExpander,
)
from sksets.inspection import maximal_activation
from sksets.nn import EdgeConv, SetBatch

Y = np.arange(8.0)
ONE = {"n_steps": 300, "random_state": 0}


def fit_tanh(**options):
    X = make_sets()
    options = {"activation": "tanh", "phi_layer_sizes": (6, 5), **FAST, **options}
    return DeepSetsRegressor(**options).fit(X, Y), X


@pytest.mark.parametrize("equivariant", [(), (4, 4)])
def test_a_set_with_all_that_a_unit_can_take(equivariant):
    reg, X = fit_tanh(equivariant_layer_sizes=equivariant)
    result = maximal_activation(reg, 0, [0, 2], 10, **ONE)
    assert result.history.shape == (301, 2) and result.activations.shape == (2, 10)
    assert_array_equal(result.gains, result.history[-1])
    # Of a linear function in a box, the maximum is in a corner; the bound is met on the way to it.
    weights = reg.net_.module_.phi[0].weight.detach().numpy()
    bias = reg.net_.module_.phi[0].bias.detach().numpy()
    for place, unit in enumerate([0, 2]):
        scaled = (result.sets[place] - X.values.mean(axis=0)) / X.values.std(axis=0)
        u = scaled @ weights[unit] + bias[unit]
        assert_allclose(u, result.activations[place], atol=1e-9)
        assert_allclose(np.minimum(np.tanh(u), 0.95).mean(), result.gains[place])
        most = 2 * np.abs(weights[unit]).sum() + bias[unit]
        assert result.gains[place] > 0.98 * min(np.tanh(most), 0.95)


def test_elements_stay_in_the_box():
    reg, X = fit_tanh()
    values = maximal_activation(reg, -1, np.arange(5), 8, **ONE).sets.values
    low, high = (X.values.mean(axis=0) + k * X.values.std(axis=0) for k in (-2, 2))
    assert (values >= low - 1e-9).all() and (values <= high + 1e-9).all()
    bounds = ([0, 1, 2], [1, 2, 2.5])
    values = maximal_activation(reg, -1, 0, 8, bounds=bounds, **ONE).sets.values
    assert (values >= bounds[0]).all() and (values <= bounds[1]).all()


def test_of_some_starts_the_best_is_kept():
    reg, _ = fit_tanh()
    options = {"n_steps": 5, "random_state": 0}
    one, many = (maximal_activation(reg, -1, range(5), 4, n_restarts=n, **options) for n in (1, 9))
    assert (many.gains >= one.gains).all() and (many.gains > one.gains).any()
    # A unit does not depend on what else is asked for.
    alone = maximal_activation(reg, -1, 3, 4, n_restarts=9, **options)
    assert_allclose(alone.sets.values, many.sets[3], atol=1e-12)


def test_units_are_larger_than_of_any_uniform_set():
    reg, X = fit_tanh(activation="relu", equivariant_layer_sizes=(4,))
    middle, deviation = X.values.mean(axis=0), X.values.std(axis=0)
    values = middle + deviation * np.random.default_rng(0).uniform(-2, 2, size=(1000, 3))
    sets, module = SetArray(values, np.arange(0, 1001, 20)), reg.net_.module_
    h = reg._outputs(sets, module.element_features, module.element_features_pieces, sets.set_ids)
    result = maximal_activation(reg, -1, range(4), 20, scale=10, **ONE)
    assert (result.activations.mean(axis=1) > h.reshape(50, 20, 4).mean(axis=1).max(axis=0)).all()


def test_what_it_returns_can_be_predicted_for():
    X = make_sets(context=True, weight=True)
    for normalize in ("features", "set"):
        reg = DeepSetsRegressor(normalize=normalize, **FAST).fit(X, Y)
        sets = maximal_activation(reg, -1, [1, 2], 6, n_steps=20).sets
        assert isinstance(sets, SetArray)
        assert_allclose(sets.context, np.tile(X.context.mean(axis=0), (2, 1)))
        assert np.isfinite(reg.predict(sets)).all()


def test_layers_of_the_user_and_of_the_context():
    X = make_sets(context=True)
    phi = nn.Sequential(nn.Linear(5, 6), nn.Tanh(), EdgeConv(6, 4, n_neighbors=3))
    reg = DeepSetsRegressor(phi=phi, context_in="both", **FAST).fit(X, Y)
    for layer, width in ((0, 6), (-1, 4)):
        result = maximal_activation(reg, layer, range(width), 6, n_steps=50, random_state=0)
        assert (result.history[-1] > result.history[0]).all()


def test_images_and_outputs_of_elements():
    rng, numbers = np.random.default_rng(0), make_sets()
    images = numbers.map_values(rng.integers(255, size=(len(numbers.values), 8, 8)).astype("u1"))
    y = [np.zeros(size) for size in images.sizes]
    y[0][0] = 1.0
    reg = DeepSetsElementRegressor(element_encoder="conv", normalize=None, **FAST).fit(images, y)
    result = maximal_activation(reg, -1, 0, 3, n_steps=50, random_state=0)
    assert result.sets.element_shape == (8, 8)
    assert result.sets.values.min() >= 0 and 1 < result.sets.values.max() <= 255
    assert result.history[-1, 0] > result.history[0, 0]


def test_a_scale_by_which_more_is_wanted():
    reg, _ = fit_tanh(activation="relu")
    few, many = (maximal_activation(reg, -1, 0, 6, scale=s, **ONE) for s in (0.01, 10))
    assert many.activations.min() > few.activations.max()


def test_words_with_the_largest_activation():
    words = [["a", "b"], ["c"], ["d", "e", "a"], ["b", "c"]]
    reg = DeepSetsRegressor(**FAST).fit(words, Y[:4])
    result = maximal_activation(reg, 0, [0, 1], 3)
    every = maximal_activation(reg, 0, [0, 1], 5)
    h = reg.net_.module_.element_features(SetBatch(torch.arange(1, 6), None), 0)
    for place, unit in enumerate([0, 1]):
        order = np.argsort(-h[:, unit].detach().numpy())
        assert_array_equal(every.sets[place], reg.vocabulary_[order])
        assert_array_equal(result.sets[place], reg.vocabulary_[order[:3]])
        assert_allclose(result.activations[place], h[order[:3], unit].detach().numpy())
    expander = SetExpander(max_epochs=1, random_state=0).fit(words)
    assert maximal_activation(expander, -1, 0, 2).sets[0].tolist()[0] in "abcde"
    with pytest.raises(ValueError, match="n_elements must be at most 5"):
        maximal_activation(reg, 0, 0, 6)
    meeting = DeepSetsRegressor(equivariant_layer_sizes=(4,), **FAST).fit(words, Y[:4])
    with pytest.raises(ValueError, match="Words have no gradient"):
        maximal_activation(meeting, 0, 0, 2)


def test_a_unit_that_is_dead():
    reg, _ = fit_tanh(activation="relu")
    module = reg.net_.module_
    module.phi[0].bias.data.fill_(-1e3)
    with pytest.warns(UserWarning, match=r"Units \[1\] of layer -1 did not move from any of 4"):
        maximal_activation(reg, -1, 1, 4, n_steps=3)


@pytest.mark.parametrize(
    "changed, error, text",
    [
        ({"layer": 2}, ValueError, "layer must be from -2 to 1, .* found 2"),
        ({"layer": 0.5}, TypeError, "layer must be an int, found 0.5"),
        ({"unit": 5}, ValueError, "unit must be a whole number from 0 to 4, .* found 5"),
        ({"unit": []}, ValueError, "unit must be a whole number from 0 to 4"),
        ({"n_elements": 0}, ValueError, "n_elements == 0, must be >= 1"),
        ({"bounds": (1, 0)}, ValueError, r"bounds must be two .* the first below .* \(1, 0\)"),
        ({"bounds": 3}, ValueError, "bounds must be two finite numbers"),
        ({"bounds": ([0, 1], 2)}, ValueError, r"broadcast to an element \(3,\)"),
        ({"estimator": BayesianSets()}, TypeError, "found a BayesianSets"),
    ],
)
def test_what_is_refused(changed, error, text):
    arguments = {"estimator": fit_tanh()[0], "layer": -1, "unit": 0, "n_elements": 4} | changed
    with pytest.raises(error, match=text):
        maximal_activation(**arguments)


def test_elements_without_a_scale_or_with_categories():
    reg, _ = fit_tanh(normalize=None)
    with pytest.raises(ValueError, match=r"bounds must be given, \(low, high\), as elements are"):
        maximal_activation(reg, -1, 0, 4)
    assert maximal_activation(reg, -1, 0, 4, bounds=(0, 1), n_steps=2).sets.values.max() <= 1
    X = make_sets()
    mixed = X.map_values(np.column_stack([X.values, np.arange(len(X.values)) % 2]))
    reg = DeepSetsRegressor(categorical_features=[3], **FAST).fit(mixed, Y)
    with pytest.raises(ValueError, match="categories have none"):
        maximal_activation(reg, -1, 0, 4)
