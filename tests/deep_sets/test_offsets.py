"""Numbers far from zero, huge and tiny ones: digits are kept until elements are scaled."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from sksets import (
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SetArray,
    SetExpander,
    SetOutlierDetector,
)

# What lies far from zero and spreads little: unix seconds, Julian days, UTM metres.
PLACES = {"seconds": (1.7e9, 60.0), "days": (2.46e6, 0.01), "metres": (5.4e6, 1.0)}
places = pytest.mark.parametrize("place", PLACES.values(), ids=PLACES)


def numbers(n_sets=40, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.uniform(size=(size, 2)) for size in rng.integers(2, 9, size=n_sets)]


def moved(X, place, dtype=np.float64):
    offset, spread = place
    return [(offset + spread * x).astype(dtype) for x in X]


def means(X):
    return np.array([x[:, 0].mean() - x[:, 1].mean() ** 2 for x in X])


def make(cls=DeepSetsRegressor, **params):
    params = {"max_epochs": 3, "random_state": 0, "phi_layer_sizes": (16,)} | params
    return cls(**params)


@places
@pytest.mark.parametrize("normalize", ["features", "set"])
@pytest.mark.parametrize("max_elements", [None, 3], ids=["whole", "pieces"])
def test_an_offset_is_nothing_to_sets(place, normalize, max_elements):
    X, y = numbers(), means(numbers())
    reg = make(normalize=normalize).fit(X, y)
    far = make(normalize=normalize).fit(moved(X, place), y)
    for model in (reg, far):
        model.set_params(max_elements_per_batch=max_elements)
    assert_allclose(far.predict(moved(X, place)), reg.predict(X), atol=1e-3)


@places
@pytest.mark.parametrize("normalize", ["features", "set"])
def test_an_offset_is_nothing_to_elements(place, normalize):
    X = numbers()
    y = [x[:, 0] - x[:, 1] for x in X]
    near = make(DeepSetsElementRegressor, normalize=normalize).fit(X, y).predict(X)
    far = moved(X, place)
    shifted = make(DeepSetsElementRegressor, normalize=normalize).fit(far, y).predict(far)
    assert_allclose(np.concatenate(shifted), np.concatenate(near), atol=1e-3)


@places
@pytest.mark.parametrize("normalize", ["features", "set"])
def test_an_offset_is_nothing_to_planted_outliers(place, normalize):
    X = numbers()
    near = make(SetOutlierDetector, normalize=normalize).fit(X).score_samples(X)
    far = moved(X, place)
    shifted = make(SetOutlierDetector, normalize=normalize).fit(far).score_samples(far)
    assert_allclose(np.concatenate(shifted), np.concatenate(near), atol=2e-3)


@pytest.mark.parametrize("dtype", [np.int64, np.int32, np.uint32, np.float64])
def test_integers_keep_their_digits(dtype):
    X = [np.round(60 * x) for x in numbers()]
    y = means(X)
    far = [(1_700_000_000 + x).astype(dtype) for x in X]
    assert_allclose(make().fit(far, y).predict(far), make().fit(X, y).predict(X), rtol=1e-3)


@pytest.mark.parametrize("normalize", ["features", "set", None])
@pytest.mark.parametrize("dtype", [">f8", "f2", ">i4", "u2", "u8", "?"])
def test_elements_of_any_type(normalize, dtype):
    values = np.random.default_rng(0).integers(0, 2 if dtype == "?" else 100, size=(30, 2))
    y, offsets = np.arange(10.0), np.arange(0, 31, 3)
    X, Z = SetArray(values.astype(dtype), offsets), SetArray(values.astype(float), offsets)
    for augmentation in (None, lambda batch, generator: batch):
        reg = make(normalize=normalize, augmentation=augmentation, max_epochs=2)
        assert_allclose(reg.fit(X, y).predict(X), reg.fit(Z, y).predict(Z), atol=1e-5)


@pytest.mark.parametrize("readonly", [False, True])
def test_sets_that_lie_far_from_each_other(readonly):
    """Each set has an offset of its own, far larger than its spread."""
    X, y = numbers(), means(numbers())
    far = [x + 1e9 * (1 + i) for i, x in enumerate(X)]
    packed = SetArray.from_sets(far)
    if readonly:
        packed.values.setflags(write=False)
    predicted = make(normalize="set").fit(packed, y).predict(packed)
    assert_allclose(predicted, make(normalize="set").fit(X, y).predict(X), atol=1e-3)


@pytest.mark.parametrize("scale", [1e25, 1e-30])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("normalize", ["features", "set"])
def test_a_unit_is_nothing_to_sets(scale, dtype, normalize):
    X, y = numbers(), means(numbers())
    scaled = [(scale * x).astype(dtype) for x in X]
    predicted = make(normalize=normalize).fit(scaled, y).predict(scaled)
    assert_allclose(predicted, make(normalize=normalize).fit(X, y).predict(X), atol=1e-3)


@pytest.mark.parametrize("scale", [1e-50, 1e-200, 1e-320])
def test_deviations_below_the_smallest_single_number(scale):
    X, y = numbers(), means(numbers())
    tiny = [x * [1.0, scale] for x in X]
    reg = make().fit(tiny, y)
    # The last digits of the smallest numbers of all are few.
    assert_allclose(reg.predict(tiny), make().fit(X, y).predict(X), atol=0.02)


@places
def test_an_offset_is_nothing_to_the_context(place):
    X, rng = numbers(), np.random.default_rng(1)
    Z = rng.uniform(size=(40, 2))
    y = Z[:, 0] + Z[:, 1] ** 2
    offset, spread = place
    near = SetArray.from_sets(X, context=Z)
    far = SetArray.from_sets(X, context=offset + spread * Z)
    assert_allclose(make().fit(far, y).predict(far), make().fit(near, y).predict(near), atol=1e-3)


@pytest.mark.parametrize("cls", [DeepSetsRegressor, DeepSetsElementRegressor])
def test_an_offset_is_nothing_to_targets(cls):
    X = numbers()
    y = means(X) if cls is DeepSetsRegressor else [x[:, 0] - x[:, 1] for x in X]
    far = y + 1.7e9 if cls is DeepSetsRegressor else [part + 1.7e9 for part in y]
    near = np.hstack(list(make(cls).fit(X, y).predict(X)))
    shifted = np.hstack(list(make(cls).fit(X, far).predict(X)))
    assert_allclose(shifted - 1.7e9, near, atol=1e-3)


@places
def test_an_offset_is_nothing_to_items_that_are_vectors(place):
    rng = np.random.default_rng(0)
    items = rng.uniform(size=(12, 2))
    X = [items[rng.choice(12, size=4, replace=False)] for _ in range(30)]
    far = moved(X, place)
    near = SetExpander(max_epochs=5, random_state=0).fit(X).score_candidates(X)
    shifted = SetExpander(max_epochs=5, random_state=0).fit(far).score_candidates(far)
    assert_allclose(shifted, near, atol=1e-2)


@places
@pytest.mark.parametrize("normalize", ["features", "set"])
def test_an_augmentation_gets_the_digits(place, normalize):
    X, y, seen = moved(numbers(), place), means(numbers()), []

    def record(batch, generator):
        seen.append((batch.values.dtype, float(batch.values.double().mean())))
        return batch

    reg = make(normalize=normalize, augmentation=record).fit(X, y)
    assert {dtype for dtype, _ in seen} == {torch.float64}
    assert_allclose([mean for _, mean in seen], place[0], rtol=1e-6)
    assert_allclose(reg.predict(X), make(normalize=normalize).fit(X, y).predict(X), atol=1e-3)
    # Where the type of the network holds the digits, it is that.
    seen.clear()
    make(normalize=normalize, augmentation=record).fit(numbers(), y)
    assert {dtype for dtype, _ in seen} == {torch.float32}
