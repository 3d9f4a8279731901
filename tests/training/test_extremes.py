"""Features that hardly varied in fit, and do later."""

import warnings

import numpy as np
import pandas as pd
import pytest
from sklearn.pipeline import make_pipeline

from sksets import (
    DeepSetsClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SetArray,
    SetOutlierDetector,
    _blocks,
)
from sksets.preprocessing import SetSampler

RNG = np.random.default_rng(0)
SIZES = RNG.integers(1, 5, size=30)


def sets(deviation=1e-6, change=0.0, names=None):
    """Sets of two features, the second nearly constant; the last set has it changed."""
    values = np.random.default_rng(0).normal(size=(SIZES.sum(), 2))
    values[:, 1] = 5 + deviation * values[:, 1]
    values[-1, 1] += change
    return SetArray(values, np.append(0, SIZES.cumsum()), feature_names=names)


def targets(cls, X):
    sums = np.array([x[:, 0].sum() for x in X])
    return {
        DeepSetsRegressor: sums,
        DeepSetsElementRegressor: [x[:, 0] for x in X],
        SetOutlierDetector: None,
    }[cls]


def fitted(cls, X, **params):
    return cls(max_epochs=1, random_state=0, **params).fit(X, targets(cls, X))


@pytest.mark.parametrize("cls", [DeepSetsRegressor, DeepSetsElementRegressor, SetOutlierDetector])
@pytest.mark.parametrize("deviation", [1e-6, 1e-9])
@pytest.mark.parametrize("block_bytes", [1, 2**24])
def test_a_feature_of_the_elements(cls, deviation, block_bytes, monkeypatch):
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", block_bytes)
    model = fitted(cls, sets(deviation))
    model.predict(sets(deviation))
    message = r"Feature 1 of the elements lies up to \d\.\de\+0[58] standard deviations .* set 29:"
    with pytest.warns(UserWarning, match=message):
        model.predict(sets(deviation, 0.1))


def test_pieces_and_names():
    model = fitted(DeepSetsRegressor, sets(names=["x", "age"]))
    model.set_params(max_elements_per_batch=1)
    with pytest.warns(UserWarning, match="Feature 'age' of the elements"):
        model.predict(sets(change=0.1, names=["x", "age"]))
    table = pd.DataFrame(sets().values, columns=["x", "age"])
    reg = DeepSetsRegressor(max_epochs=1, random_state=0).fit(table, table["x"])
    with pytest.warns(UserWarning, match="Feature 'age' of the elements .* in set 2:"):
        reg.predict(table.assign(age=table["age"] + 0.1 * (table.index == 2)))


@pytest.mark.parametrize("names", [None, ["time", "age"]])
def test_a_feature_of_the_context(names):
    Z = np.random.default_rng(1).normal(size=(30, 2)) * [1, 1e-6]
    X = [x[:, :1] for x in sets()]

    def with_context(Z):
        packed = SetArray.from_sets(X)
        return SetArray(packed.values, packed.offsets, Z, context_names=names)

    model = fitted(DeepSetsRegressor, with_context(Z))
    model.predict(with_context(Z))
    Z[7, 1] -= 0.1
    named = "1" if names is None else "'age'"
    with pytest.warns(UserWarning, match=f"Feature {named} of the context .* in set 7: it hardly"):
        model.predict(with_context(Z))


def test_what_is_no_cause_for_a_warning():
    X = sets(1.0)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model = fitted(DeepSetsRegressor, X)
        # Far outside of fit, and of no feature that is nearly constant.
        model.predict(sets(1.0, 1000.0))
        # What is not scaled, and numbers of categories.
        wide = sets().map_values(sets().values * [1, 1e6])
        fitted(DeepSetsRegressor, sets(1.0), normalize=None).predict(wide)
        fitted(DeepSetsRegressor, sets(), normalize="set").predict(sets(change=0.1))
        n = 12_000
        codes = SetArray(np.c_[np.arange(n) % 7, np.arange(n)].astype(float), np.arange(n + 1))
        reg = DeepSetsRegressor(max_epochs=1, batch_size=n, categorical_features=[1])
        reg.fit(codes, np.ones(n)).predict(codes)


def test_a_fit_that_goes_on():
    X = sets()
    y = targets(DeepSetsRegressor, X)
    reg = DeepSetsRegressor(max_epochs=1, random_state=0).partial_fit(X, y).partial_fit(X, y)
    with pytest.warns(UserWarning, match="Feature 1 of the elements .* in set 29:"):
        reg.partial_fit(sets(change=0.1), y)


def test_the_warning_names_the_line_of_the_user():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(4, 2)) for _ in range(30)]
    positive = [s.sum() > 0 for s in X]
    clf = DeepSetsClassifier(max_epochs=1, elements_per_set=2, n_votes=2).fit(X, positive)
    pipeline = make_pipeline(SetSampler(3), clf).fit(X, positive)
    for method in (clf.predict, clf.predict_proba, clf.transform, pipeline.predict):
        with pytest.warns(UserWarning, match="standard deviations of fit") as warned:
            method([np.full((4, 2), 1e9)])
        assert {warning.filename for warning in warned} == {__file__}
