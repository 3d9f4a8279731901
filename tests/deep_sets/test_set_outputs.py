"""What both estimators with one output a set promise, through their public interface."""

import numpy as np
import pytest
from network_cases import sums
from numpy.testing import assert_allclose, assert_array_equal

from sksets import DeepSetsClassifier, DeepSetsRegressor, SetArray
from sksets.nn import (
    AttentionPooling,
    EquivariantLinear,
    InducedAttention,
    MaxPooling,
    MeanPooling,
    SumPooling,
)


@pytest.mark.parametrize("normalize", ["features", "set", None])
def test_a_weight_of_zero_is_removal_and_of_two_repetition(normalize):
    X, y = sums(30, seed=1)
    X = [s for s in X if len(s)]
    y = y[: len(X)]
    weight = np.arange(len(X)) % 3
    reg = DeepSetsRegressor(
        pooling="sum",
        max_epochs=20,
        batch_size=1000,
        dtype="float64",
        random_state=0,
        normalize=normalize,
    )
    weighted = reg.fit(X, y, sample_weight=weight).predict(X)
    index = np.repeat(np.arange(len(X)), weight)
    repeated = reg.fit([X[i] for i in index], y[index]).predict(X)
    assert_allclose(weighted, repeated, rtol=1e-6)


@pytest.mark.parametrize("cls", [DeepSetsRegressor, DeepSetsClassifier])
def test_early_stopping_holds_out_sets_of_weight(cls):
    """Of 40 sets 4 have a weight; without one the loss of what is held out would be zero."""
    X, y = sums(40)
    y = y if cls is DeepSetsRegressor else np.arange(40) // 20
    weight = np.isin(np.arange(40), [3, 9, 25, 31]).astype(float)
    options = {"early_stopping": True, "max_epochs": 5, "validation_fraction": 0.5}
    for seed in range(5):
        model = cls(**options, random_state=seed).fit(X, y, sample_weight=weight)
        assert min(row["valid_loss"] for row in model.history_) > 0
        assert min(row["train_loss"] for row in model.history_) > 0
    one = np.arange(40) == 3
    with pytest.raises(ValueError, match=r"1 sets leave none to hold out \(39 have no .* weight\)"):
        cls(**options).fit(X, y, sample_weight=one.astype(float))


def test_early_stopping_holds_out_no_class_of_weight_zero():
    X, _ = sums(40)
    y = np.arange(40) % 4
    clf = DeepSetsClassifier(early_stopping=True, max_epochs=3, validation_fraction=0.02)
    clf.set_params(class_weight={0: 0, 1: 0, 2: 0, 3: 1})
    for seed in range(5):
        clf.set_params(random_state=seed).fit(X, y)
        assert min(row["valid_loss"] for row in clf.history_) > 0


def test_bad_sample_weights():
    X, y = sums(20)
    with pytest.raises(ValueError, match="zero"):
        DeepSetsRegressor().fit(X, y, sample_weight=np.zeros(20))
    with pytest.raises(ValueError, match="sample_weight.shape"):
        DeepSetsRegressor().fit(X, y, sample_weight=np.ones(3))
    with pytest.raises(ValueError, match="Negative values"):
        DeepSetsRegressor().fit(X, y, sample_weight=-np.ones(20))


def test_context_reaches_rho():
    X, y = sums(600)
    z = np.random.default_rng(2).normal(size=(600, 1))
    X = SetArray.from_sets(X, context=100 * z)
    y = y + 2 * z[:, 0]
    reg = DeepSetsRegressor(random_state=0).fit(X[:400], y[:400])
    assert reg.n_context_features_ == 1
    assert reg.score(X[400:], y[400:]) > 0.98
    without = SetArray(X.values, X.offsets)
    with pytest.raises(ValueError, match="no context, but DeepSetsRegressor was fitted with 1"):
        reg.predict(without)


def test_embedding_of_a_sum_is_additive():
    X, y = sums(100)
    reg = DeepSetsRegressor(pooling="sum", max_epochs=2, dtype="float64", random_state=0).fit(X, y)
    parts = reg.transform([X[0][:1], X[0][1:], X[0]])
    assert parts.shape[1] == 128
    assert_allclose(parts[0] + parts[1], parts[2], atol=1e-10)
    assert len(reg.get_feature_names_out()) == parts.shape[1]


@pytest.mark.parametrize("library", ["pandas", "polars"])
def test_embeddings_as_a_frame(library):
    pytest.importorskip(library)
    X, y = sums(40)
    reg = DeepSetsRegressor(max_epochs=1, phi_layer_sizes=(3,), random_state=0).fit(X, y)
    expected = reg.transform(X)
    frame = reg.set_output(transform=library).transform(X)
    names = ["deepsetsregressor0", "deepsetsregressor1", "deepsetsregressor2"]
    assert list(frame.columns) == list(reg.get_feature_names_out()) == names
    assert_array_equal(frame.to_numpy(), expected)


@pytest.mark.parametrize(
    ("parameter", "text"),
    [
        ({"pooling": "summ"}, "did you mean 'sum'"),
        ({"pooling": ("mean", "maxx")}, "did you mean 'max'"),
        ({"activation": "rellu"}, "activation"),
        ({"dropout": 1.5}, "dropout"),
        ({"learning_rate_init": 0}, "learning_rate_init"),
        ({"normalize": "standard"}, "normalize"),
        ({"device": "gpu"}, "device"),
        ({"device": "meta"}, "device='meta' cannot be used"),
        ({"phi_layer_sizes": (0,)}, "phi_layer_sizes"),
        ({"callbacks": [3]}, "callbacks must be skorch callbacks, .* found 3"),
        ({"phi_layer_sizes": ("a",)}, "phi_layer_sizes"),
    ],
)
def test_unknown_parameters_are_named(parameter, text):
    X, y = sums(20)
    with pytest.raises(ValueError, match=text):
        DeepSetsRegressor(**parameter).fit(X, y)


@pytest.mark.parametrize("cls", [DeepSetsClassifier, DeepSetsRegressor])
@pytest.mark.parametrize("form", ["lambda_gamma", "gamma"])
@pytest.mark.parametrize(
    "pooling, layer", [("max", MaxPooling), ("mean", MeanPooling), ("sum", SumPooling)]
)
def test_the_form_and_pooling_of_equivariant_layers_are_those_asked_for(cls, form, pooling, layer):
    X, y = sums(30)
    model = cls(
        equivariant_layer_sizes=(8, 8),
        equivariant_form=form,
        equivariant_pooling=pooling,
        max_epochs=1,
        random_state=0,
    ).fit(X, y > 0 if cls is DeepSetsClassifier else y)
    layers = [m for m in model.net_.module_.modules() if isinstance(m, EquivariantLinear)]
    assert [(m.form, type(m.pool)) for m in layers] == [(form, layer)] * 2


def test_attention_in_layers_and_pooling_is_the_set_transformer():
    X, y = sums(30)
    reg = DeepSetsRegressor(
        phi_layer_sizes=(8,),
        equivariant_layer_sizes=(8, 8),
        equivariant_form="attention",
        pooling="attention",
        max_epochs=2,
        dtype="float64",
        random_state=0,
    ).fit(X, y)
    module = reg.net_.module_
    assert sum(isinstance(m, InducedAttention) for m in module.modules()) == 2
    assert isinstance(module.pooling, AttentionPooling)
    expected = reg.predict(X)
    shuffled = [np.random.default_rng(1).permutation(s) for s in X]
    assert_allclose(reg.predict(shuffled), expected, rtol=1e-9)
    assert_allclose([reg.predict([s])[0] for s in X], expected, rtol=1e-9)
    reg.set_params(max_elements_per_batch=2)
    assert_allclose(reg.predict(X), expected, rtol=1e-9)


@pytest.mark.parametrize(
    "parameters, match",
    [
        ({"equivariant_form": "gama"}, "equivariant_form"),
        ({"equivariant_pooling": "median"}, "equivariant_pooling"),
        ({"equivariant_pooling": ("max", "mean")}, "equivariant_pooling"),
    ],
)
def test_unknown_forms_and_poolings_of_layers(parameters, match):
    X, y = sums(10)
    with pytest.raises(ValueError, match=f"The '{match}' parameter"):
        DeepSetsRegressor(**parameters).fit(X, y)
