"""What all augmentations have in common, and how the estimators use them."""

import copy
import pickle

import numpy as np
import pytest
import torch
from augmentation_cases import AUGMENTATIONS, SIZES, batch_for, make_batch, seeded
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV

from sksets import DeepSetsClassifier, DeepSetsElementRegressor, DeepSetsRegressor, SetArray
from sksets.augmentation import Compose, DropElements, Jitter, RandomRotation, RandomScale
from sksets.nn import SetBatch

every = pytest.mark.parametrize("augmentation", AUGMENTATIONS, ids=lambda a: type(a).__name__)


@every
def test_draws_are_those_of_the_generator_alone(augmentation):
    state = torch.get_rng_state()
    batch = batch_for(augmentation)
    first = augmentation(batch, seeded())
    assert torch.equal(first.values, augmentation(batch, seeded()).values)
    other = augmentation(batch, seeded(7)).values
    assert other.shape != first.values.shape or not torch.equal(other, first.values)
    generator = seeded()
    augmentation(batch, generator)
    again = augmentation(batch, generator).values
    assert again.shape != first.values.shape or not torch.equal(again, first.values)
    assert torch.equal(torch.get_rng_state(), state)
    assert augmentation(batch, None).values.dtype == torch.float64


@every
def test_the_batch_that_was_given_stays(augmentation):
    batch = batch_for(augmentation, context=torch.eye(4), element_weight=torch.rand(44))
    values, offsets = batch.values.clone(), batch.offsets.clone()
    new = augmentation(batch, seeded())
    assert torch.equal(batch.values, values) and torch.equal(batch.offsets, offsets)
    assert new.context is batch.context and len(new) == 4
    assert len(new.element_weight) == len(new.values) == new.offsets[-1]


@every
def test_copies_are_equal_and_shown(augmentation):
    batch = batch_for(augmentation)
    expected = augmentation(batch, seeded()).values
    for other in (pickle.loads(pickle.dumps(augmentation)), copy.deepcopy(augmentation)):  # noqa: S301
        assert other == augmentation and hash(other) == hash(augmentation)
        assert torch.equal(other(batch, seeded()).values, expected)
    # What is shown makes it again.
    names = {a.__class__.__name__: a.__class__ for a in AUGMENTATIONS}
    assert eval(repr(augmentation), names) == augmentation
    model = clone(DeepSetsRegressor(augmentation=augmentation))
    assert model.get_params()["augmentation"] == augmentation


def test_those_of_other_parameters_differ():
    assert Jitter(0.1) != Jitter(0.2)
    assert RandomRotation(0.1) != RandomRotation(0.1, axis=0)
    assert RandomRotation(blocks=[[0, 1]]) == RandomRotation(blocks=((0, 1),))


@every
@pytest.mark.parametrize("dtype", [torch.float32, torch.float16, torch.uint8, torch.int64])
def test_elements_of_other_types(augmentation, dtype):
    new = augmentation(batch_for(augmentation, dtype=dtype), seeded()).values
    keeps = type(augmentation).__name__ in ("RandomShift", "DropElements")
    changed = torch.float64 if dtype == torch.int64 else torch.float32
    assert new.dtype == (dtype if keeps else changed)


@pytest.mark.parametrize("augmentation", [RandomRotation(), RandomScale(), Jitter(1.0)])
def test_tokens_are_no_numbers(augmentation):
    tokens = SetBatch(torch.tensor([1, 2, 3]), torch.tensor([0, 3]))
    with pytest.raises(ValueError, match="changes elements that are numbers; found tokens"):
        augmentation(tokens, seeded())


@pytest.mark.parametrize("augmentation", [RandomRotation(), RandomScale()])
def test_images_are_no_points(augmentation):
    with pytest.raises(ValueError, match=r"takes vectors as elements, found .* shape \(4, 4\)"):
        augmentation(make_batch(4, 4), seeded())


def test_compose_goes_on_with_what_was_returned():
    batch, steps = make_batch(2), [RandomScale(1.5), Jitter(0.1), DropElements(0.5)]
    expected, generator = batch, seeded()
    for step in steps:
        expected = step(expected, generator)
    composed = Compose(steps)(batch, seeded())
    assert torch.equal(composed.values, expected.values)
    assert torch.equal(composed.offsets, expected.offsets)


def test_what_cannot_be_composed():
    with pytest.raises(TypeError, match=r"must be callables, such as .*; found 3"):
        Compose([Jitter(0.1), 3])
    with pytest.raises(TypeError, match="found <class 'sksets.augmentation._jitter.Jitter'>"):
        Compose([Jitter])
    with pytest.raises(ValueError, match="must return a sksets.nn.SetBatch; <function .* Tensor"):
        Compose([lambda batch, generator: batch.values])(make_batch(2), seeded())


# ---------------------------------------------------------------- in the estimators


def shells(n_sets=160, seed=0):
    """Return points on an arc of radius 1 or 1.5, all on one side, and the radius of each set."""
    rng = np.random.default_rng(seed)
    y = np.arange(n_sets) % 2
    X = []
    for radius in 1 + 0.5 * y:
        angle = rng.uniform(0, 0.5, size=rng.integers(3, 9))
        X.append(radius * np.column_stack([np.cos(angle), np.sin(angle)]))
    return X, y


def test_a_classifier_learns_what_it_was_not_shown():
    """Turned by a quarter, sets lie where no training set lay."""
    X, y = shells()
    turned = [s @ np.array([[0.0, 1.0], [-1.0, 0.0]]) for s in X]
    scores = []
    for augmentation in (None, Compose([RandomRotation(), Jitter(0.02)])):
        clf = DeepSetsClassifier(
            augmentation=augmentation, pooling="mean", normalize=None, max_epochs=20, random_state=0
        )
        scores.append(clf.fit(X, y).score(turned, y))
    assert scores[0] < 0.8 and scores[1] > 0.95


def test_fits_are_repeatable_and_searched():
    X, y = shells(40)
    clf = DeepSetsClassifier(augmentation=DropElements(0.5), max_epochs=3, random_state=0)
    proba = clf.fit(X, y).predict_proba(X)
    assert_array_equal(proba, pickle.loads(pickle.dumps(clf)).predict_proba(X))  # noqa: S301
    assert_array_equal(proba, clone(clf).fit(X, y).predict_proba(X))
    grid = {"augmentation": [None, DropElements(0.5), Jitter(0.1)]}
    search = GridSearchCV(clf, grid, cv=2).fit(X, y)
    assert search.best_params_["augmentation"] in grid["augmentation"]
    # Of another augmentation the same network goes on.
    clf.set_params(warm_start=True, augmentation=RandomScale()).fit(X, y)
    assert clf.n_iter_ == 6


def test_sets_of_tokens_lose_elements():
    X = [["a", "b", "c"], ["a"], ["d", "a", "b"]] * 4
    y = np.arange(12.0)
    reg = DeepSetsRegressor(augmentation=DropElements(0.7), max_epochs=2, random_state=0)
    assert np.isfinite(reg.fit(X, y).predict(X)).all()


def test_elements_with_targets_stay():
    X = [np.ones((3, 2))] * 4
    model = DeepSetsElementRegressor(augmentation=DropElements(0.5, 0.5), max_epochs=1)
    with pytest.raises(ValueError, match="must not change the sizes of sets") as caught:
        model.fit(X, [np.zeros(3)] * 4)
    assert "Raised in epoch 1 of the training" in caught.value.__notes__[0]
    model.set_params(augmentation=Jitter(0.1)).fit(X, [np.zeros(3)] * 4)


def test_bytes_of_a_file_are_jittered(tmp_path):
    """They come batch by batch, as they are in the file."""
    values = np.random.default_rng(0).integers(0, 255, size=(44, 3)).astype(np.int16)
    np.save(tmp_path / "values.npy", values)
    mapped = np.load(tmp_path / "values.npy", mmap_mode="r")
    offsets = np.cumsum([0, *SIZES])
    reg = DeepSetsRegressor(
        augmentation=Compose([RandomRotation(), Jitter(1.0)]), max_epochs=3, random_state=0
    )
    expected = reg.fit(SetArray(values, offsets), np.arange(4.0)).predict(SetArray(values, offsets))
    found = reg.fit(SetArray(mapped, offsets), np.arange(4.0)).predict(SetArray(mapped, offsets))
    np.testing.assert_allclose(found, expected, rtol=1e-4)
