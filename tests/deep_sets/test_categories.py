"""Elements with categorical features, in all Deep Sets estimators."""

import numpy as np
import pytest
from network_cases import ELEMENTWISE, NETWORKS
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.compose import make_column_transformer
from sklearn.model_selection import cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler

from sksets import (
    DeepSetsClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SDMRegressor,
    SetArray,
    SetOutlierDetector,
)
from sksets.preprocessing import ElementTransformer, SetSummarizer

SKUS = np.array(["gin", "rum", "tea"])
SIGN = {"gin": 1.0, "rum": -2.0, "tea": 3.0}
FAST = {"max_epochs": 2, "random_state": 0}


def make_baskets(n_sets=40, seed=0):
    rng = np.random.default_rng(seed)
    n = 5 * n_sets
    frame = {
        "basket": np.repeat(np.arange(n_sets), 5),
        "sku": rng.choice(SKUS, n),
        "price": rng.uniform(size=n),
    }
    return SetArray.from_frame(frame, "basket", ["sku", "price"])


def total(X):
    return np.array([sum(SIGN[sku] * price for sku, price in basket) for basket in X])


def targets(cls, X):
    if cls is SetOutlierDetector:
        return None
    values = [np.array([SIGN[sku] for sku, _ in basket]) for basket in X]
    if cls in ELEMENTWISE:
        return values if cls is DeepSetsElementRegressor else [v > 0 for v in values]
    return total(X) if cls is DeepSetsRegressor else total(X) > 0


def numbered(X):
    """The same baskets as arrays of numbers, in which rum is 1 and tea 2."""
    code = {sku: float(i) for i, sku in enumerate(SKUS)}
    return [np.array([[code[sku], price] for sku, price in basket]) for basket in X]


def test_a_sum_that_depends_on_the_category_is_learned():
    X, X_test = make_baskets(200), make_baskets(50, seed=1)
    model = DeepSetsRegressor(max_epochs=60, random_state=0).fit(X, total(X))
    assert model.score(X_test, total(X_test)) > 0.98
    assert [names.tolist() for names in model.categories_] == [["gin", "rum", "tea"]]
    assert model.feature_names_in_.tolist() == ["sku", "price"]


@pytest.mark.parametrize("cls", NETWORKS)
def test_strings_and_numbers_that_are_said_to_be_categories_are_equal(cls):
    X = make_baskets()
    y = targets(cls, X)
    expected = cls(**FAST).fit(X, y).predict(X)
    arrays = numbered(X)
    for spec in ([0], [True, False]):
        found = cls(categorical_features=spec, **FAST).fit(arrays, y).predict(arrays)
        for a, b in zip(found, expected, strict=True):
            assert_array_equal(a, b)
    # As a number the category is another thing.
    other = cls(**FAST).fit(arrays, y)
    assert other.categories_ == []


def test_categories_by_name():
    X = make_baskets()
    expected = DeepSetsRegressor(**FAST).fit(X, total(X)).predict(X)
    named = SetArray(np.concatenate(numbered(X)), X.offsets, feature_names=["sku", "price"])
    model = DeepSetsRegressor(categorical_features=["sku"], **FAST).fit(named, total(X))
    assert_array_equal(model.predict(named), expected)


@pytest.mark.parametrize("normalize", ["features", "set", None])
def test_order_of_categories_and_of_columns_in_the_container_is_of_no_effect(normalize):
    X = make_baskets()
    model = DeepSetsClassifier(normalize=normalize, dtype="float64", **FAST)
    expected = model.fit(X, total(X) > 0).predict_proba(X)
    objects = SetArray.from_sets(list(X))
    assert_array_equal(model.fit(objects, total(X) > 0).predict_proba(objects), expected)
    # Other sets first: other numbers stand for the strings in the container, not in the network.
    assert_allclose(model.predict_proba(objects[::-1]), expected[::-1], rtol=1e-12)
    assert_allclose(model.predict_proba(objects[[7]]), expected[[7]], rtol=1e-12)


def test_an_unknown_category_is_the_mean_of_the_known():
    X = make_baskets()
    model = DeepSetsRegressor(**FAST).fit(X, total(X))
    sets = [np.array([["pie", 0.3]], dtype=object)]
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        before = model.predict(sets)
    weight = model.net_.module_.element_encoder.embeddings[0].weight
    weight.data[:] = weight.data.mean(dim=0)
    with pytest.warns(UserWarning, match="does not have valid feature names"):
        known = model.predict([np.array([["tea", 0.3]], dtype=object)])
    assert_allclose(before, known, rtol=1e-5)


def test_cross_validation_and_warm_start():
    X = make_baskets()
    assert np.isfinite(cross_val_score(DeepSetsRegressor(**FAST), X, total(X), cv=2)).all()
    model = DeepSetsRegressor(warm_start=True, **FAST).fit(X, total(X))
    assert model.fit(X, total(X)).n_iter_ == 4


@pytest.mark.parametrize(
    ("spec", "message"),
    [
        (["price"], "Column 'sku' of the elements holds strings, and categorical_features"),
        ([], "Column 'sku' of the elements holds strings"),
        (None, "Column 'sku' of the elements holds strings"),
        (["sku", "brand"], r"names 'brand', which is no feature; they are \['sku', 'price'\]"),
        ([5], r"names 5, which is no feature; they are \[0, 1\]"),
        ([True], "must have one value a feature, 2; found 1"),
        ([0.5], "must be 'auto', names, places or a mask"),
        ([0, 1], "Categories are strings or whole numbers; column 1 of set 0, element 0 is 0"),
    ],
)
def test_wrong_categorical_features(spec, message):
    X = make_baskets()
    model = DeepSetsRegressor(**FAST)
    with pytest.raises(ValueError, match=message):
        model.set_params(categorical_features=spec).fit(X, total(X))
    assert not hasattr(model, "net_") and not hasattr(model, "categories_")


def test_tokens_have_no_categorical_features():
    with pytest.raises(ValueError, match="for elements that are vectors; found tokens"):
        DeepSetsRegressor(categorical_features=[0], **FAST).fit([["a"], ["b"]], [0.0, 1.0])


def test_names_need_names():
    X = make_baskets()
    with pytest.raises(ValueError, match="are names, but the elements have no feature_names"):
        DeepSetsRegressor(categorical_features=["sku"]).fit(numbered(X), total(X))


def test_columns_of_another_kind_than_in_fit():
    X = make_baskets()
    model = DeepSetsRegressor(**FAST).fit(X, total(X))
    with pytest.raises(
        ValueError, match=r"strings in the columns \[\].*fitted on strings in \[0\]"
    ):
        model.predict(numbered(X))


def test_who_takes_numbers_alone_says_so():
    X = make_baskets()
    for model in (SetSummarizer(), SDMRegressor()):
        with pytest.raises(ValueError, match=r"of strings, \['sku'\], but .* numbers alone"):
            model.fit(X, total(X))


def test_a_column_transformer_finds_elements_by_name():
    X = make_baskets()
    by_name = make_column_transformer((OneHotEncoder(), ["sku"]), (StandardScaler(), ["price"]))
    encoded = ElementTransformer(by_name).fit_transform(X)
    names = encoded.feature_names.tolist()
    assert names == [f"onehotencoder__sku_{sku}" for sku in SKUS] + ["standardscaler__price"]
    assert_array_equal(SKUS[encoded.values[:, :3].argmax(axis=1)], X.columns()[0])
    model = make_pipeline(ElementTransformer(by_name), DeepSetsRegressor(**FAST))
    assert model.fit(X, total(X)).predict(X).shape == (40,)
    with pytest.raises(ValueError, match="feature names should match"):
        ElementTransformer(by_name).fit(X).transform(
            SetArray(X.codes[:, ::-1], X.offsets, feature_names=["price", "sku"])
        )
