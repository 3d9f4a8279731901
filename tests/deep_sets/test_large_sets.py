"""Sets far larger than those of fit."""

import warnings

import numpy as np
import pytest
import torch

from sksets import DeepSetsClassifier, DeepSetsRegressor, SetArray
from sksets.exceptions import SizeExtrapolationWarning

RNG = np.random.default_rng(0)


def make(n_sets, least, most):
    return [RNG.normal(size=(size, 2)) for size in RNG.integers(least, most + 1, size=n_sets)]


X, LARGE = make(300, 1, 10), make(20, 40, 60)
TARGETS = {
    "sum": lambda x: x[:, 0].sum(),
    "positive": lambda x: np.maximum(x, 0).sum(),
    "squares": lambda x: (x**2).sum(),
    "size": len,
    "max": lambda x: x[:, 0].max(),
    "deviation": lambda x: x.std(),
    "logarithm": lambda x: np.log(len(x)),
    "square of size": lambda x: len(x) ** 2,
}


def fitted(target, **params):
    params = {"max_epochs": 100, "random_state": 0, "pooling": "sum"} | params
    return DeepSetsRegressor(**params).fit(X, [TARGETS[target](x) for x in X])


def predict_silently(model, sets):
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        return model.predict(sets)


@pytest.mark.parametrize("target", ["sum", "positive", "squares", "size"])
def test_sums_go_on(target):
    model = fitted(target)
    predict_silently(model, LARGE)
    assert model.score(LARGE, [TARGETS[target](x) for x in LARGE]) > 0.9


@pytest.mark.parametrize("target", ["max", "deviation", "logarithm", "square of size"])
def test_what_is_no_sum_is_a_guess(target):
    model = fitted(target)
    with pytest.warns(SizeExtrapolationWarning, match=r"has \d+ elements, the largest of fit 10\."):
        model.predict(LARGE)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warnings.simplefilter("ignore", SizeExtrapolationWarning)
        assert model.score(LARGE, [TARGETS[target](x) for x in LARGE]) < 0.5
    predict_silently(model, make(20, 1, 15))


def test_once_and_at_the_line_of_the_user():
    model = fitted("max")
    with pytest.warns(SizeExtrapolationWarning) as caught:
        model.predict(LARGE)
    assert [warning.filename for warning in caught] == [__file__]


@pytest.mark.parametrize("pooling", ["mean", "max", ("mean", "std")])
def test_poolings_without_a_sum(pooling):
    predict_silently(fitted("max", pooling=pooling, max_epochs=20), LARGE)


def test_a_sum_among_others_and_pieces():
    model = fitted("deviation", pooling=("sum", "max"))
    model.set_params(max_elements_per_batch=7)
    with pytest.warns(SizeExtrapolationWarning):
        model.predict(LARGE)


def test_a_classifier_and_its_context():
    def with_context(sets):
        packed = SetArray.from_sets(sets)
        return SetArray(packed.values, packed.offsets, np.ones((len(sets), 1)))

    y = [3 < len(x) < 8 for x in X]
    clf = DeepSetsClassifier(pooling="sum", max_epochs=60, random_state=0)
    clf.fit(with_context(X), y)
    with pytest.warns(SizeExtrapolationWarning):
        clf.predict(with_context(LARGE))


def test_fits_on_larger_sets_move_the_limit():
    y = [TARGETS["max"](x) for x in X + LARGE]
    model = DeepSetsRegressor(pooling="sum", max_epochs=5, warm_start=True, random_state=0)
    model.fit(X, y[:300])
    model.fit(X + LARGE, y)
    predict_silently(model, LARGE)


def test_networks_that_saw_a_part_of_each_set():
    model = fitted("square of size", elements_per_set=8)
    larger = make(20, 13, 13)  # over 1.5 times 8, not over 1.5 times 10
    predict_silently(model, larger)
    model.set_params(elements_per_set=None)
    with pytest.warns(SizeExtrapolationWarning, match=r"has 13 elements, the largest of fit 8\."):
        model.predict(larger)


def test_a_rho_without_weights():
    model = DeepSetsRegressor(
        pooling="sum", phi_layer_sizes=(1,), rho=torch.nn.Identity(), max_epochs=20, random_state=0
    )
    predict_silently(model.fit(X, [TARGETS["sum"](x) for x in X]), LARGE)
