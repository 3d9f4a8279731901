"""Networks that see a part of the elements of each set at a time."""

import pickle

import numpy as np
import pytest
import torch
from network_cases import POOLED, make_targets, outputs
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_score

from sksets import DeepSetsClassifier, DeepSetsRegressor, SetArray
from sksets.nn import SetBatch

N = 6


def make_sets(n_sets=40, n_features=2, largest=30, seed=0):
    rng = np.random.default_rng(seed)
    sizes = rng.integers(0, largest, size=n_sets)
    return [rng.normal(size=(size, n_features)) for size in sizes]


def fitted(cls, X, **parameters):
    parameters = {"elements_per_set": N, "max_epochs": 2, "random_state": 0, **parameters}
    if cls in POOLED:
        parameters |= {"pooling": "sum", "batch_size": 64}
    return cls(**parameters).fit(X, make_targets(cls, X))


class Recorder:
    """An augmentation that keeps a copy of the batches that it is given."""

    def __init__(self):
        self.batches = []

    def __call__(self, batch, generator):
        weight = batch.element_weight
        copied = SetBatch(batch.values.clone(), batch.offsets, batch.context, element_weight=weight)
        self.batches.append(copied)
        return batch


# ---------------------------------------------------------------- training


def numbered_sets():
    """Return sets whose elements say which they are: number of the set, number of the element."""
    sizes = np.array([0, 1, 3, N, N + 1, 2 * N, 100, 400])
    values = np.concatenate(
        [np.column_stack([np.full(size, i), np.arange(size)]) for i, size in enumerate(sizes)]
    ).astype(np.float64)
    weight = 1.0 + values[:, 0] + values[:, 1] / 1000
    context = np.arange(8.0)[:, None]
    return SetArray(values, np.append(0, sizes.cumsum()), context, element_weight=weight)


@pytest.mark.parametrize("in_memory", [True, False])
def test_each_epoch_sees_another_subset(tmp_path, in_memory):
    X, recorder = numbered_sets(), Recorder()
    if not in_memory:
        np.save(tmp_path / "values.npy", X.values)
        values = np.load(tmp_path / "values.npy", mmap_mode="r")
        X = SetArray(values, X.offsets, X.context, element_weight=X.element_weight)
    reg = DeepSetsRegressor(
        elements_per_set=N, augmentation=recorder, max_epochs=20, batch_size=3, random_state=0
    )
    reg.fit(X, np.arange(8.0))
    seen = {i: [] for i in range(8)}
    for batch in recorder.batches:
        numbers = batch.values.double()
        expected = 1 + numbers[:, 0] + numbers[:, 1] / 1000
        assert_allclose(batch.element_weight.double(), expected, rtol=1e-6)
        for part in batch.values.split(batch.sizes.tolist()):
            if len(part):
                (number,) = part[:, 0].unique().tolist()
                seen[int(number)].append(part[:, 1].tolist())
    for i, size in enumerate(X.sizes):
        if size:
            assert len(seen[i]) == 20
        assert all(len(set(part)) == len(part) == min(size, N) for part in seen[i])
        n_different = len(set(map(tuple, seen[i])))
        assert n_different == 20 if size > 2 * N else (n_different > 1) == (size > N)
    # All elements come, about as often as each other.
    counts = np.bincount(np.concatenate(seen[5]).astype(int), minlength=2 * N)
    assert counts.min() >= 3


def test_elements_in_a_batch_are_those_that_were_drawn():
    X, recorder = [np.ones((100, 2))] * 20, Recorder()
    reg = DeepSetsRegressor(
        pooling="mean",
        elements_per_set=10,
        max_elements_per_batch=40,
        augmentation=recorder,
        max_epochs=1,
        random_state=0,
    )
    reg.fit(X, np.arange(20.0))
    assert [len(batch) for batch in recorder.batches] == [4] * 5


def test_the_validation_sees_the_same_subsets_each_epoch():
    seen = {True: [], False: []}

    class Recording(torch.nn.Module):
        def forward(self, values):
            if values.any():  # not the zeros by which an encoder is tried
                seen[self.training].append(values.clone())
            return values

    X = [np.arange(50.0)[:, None] + 100 * i for i in range(1, 21)]
    model = DeepSetsRegressor(
        element_encoder=Recording(),
        pooling="mean",
        elements_per_set=N,
        early_stopping=True,
        validation_fraction=0.3,
        normalize=None,
        max_epochs=3,
        random_state=0,
    )
    model.fit(X, np.arange(20.0))
    first, second, third = seen[False]
    assert len(first) == 6 * N and torch.equal(first, second) and torch.equal(first, third)
    assert not torch.equal(seen[True][0].sort(0).values, seen[True][1].sort(0).values)


@pytest.mark.parametrize("cls", POOLED)
@pytest.mark.parametrize("normalize", ["features", "set", None])
def test_small_sets_are_learned_as_ever(cls, normalize):
    X = make_sets()
    whole = fitted(cls, X, elements_per_set=None, normalize=normalize)
    large = fitted(cls, X, elements_per_set=30, n_votes=3, normalize=normalize)
    assert_allclose(outputs(large, X), outputs(whole, X), rtol=1e-5, atol=1e-6)
    assert not np.allclose(outputs(fitted(cls, X, normalize=normalize), X), outputs(whole, X))


def test_sets_are_scaled_by_what_was_drawn_of_them():
    """An epoch of one batch and a rate of almost nothing: the loss is that of the drawn sets."""
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(50, 2)) * scale for scale in rng.uniform(1, 9, size=30)]
    y, recorder = rng.normal(size=30), Recorder()
    options = {"normalize": "set", "max_epochs": 1, "learning_rate_init": 1e-12, "random_state": 0}
    options |= {"pooling": "sum", "batch_size": 64}
    reg = DeepSetsRegressor(elements_per_set=N, augmentation=recorder, **options).fit(X, y)
    (batch,) = recorder.batches
    drawn = SetArray(batch.values.numpy().astype(float), batch.offsets.numpy())
    # The sets come in another order, which their largest numbers tell.
    order = [
        next(i for i, s in enumerate(X) if np.isin(part.astype("f4"), s.astype("f4")).all())
        for part in drawn
    ]
    expected = DeepSetsRegressor(**options).fit(drawn[np.argsort(order)], y)
    loss = expected.history_[0]["train_loss"]
    assert_allclose(reg.history_[0]["train_loss"], loss, rtol=1e-5)
    plain = DeepSetsRegressor(elements_per_set=N, **options).fit(X, y)
    assert_allclose(plain.history_[0]["train_loss"], loss, rtol=1e-5)


def test_a_file_gives_what_memory_gives(tmp_path):
    X = SetArray.from_sets(make_sets())
    np.save(tmp_path / "values.npy", X.values)
    mapped = SetArray(np.load(tmp_path / "values.npy", mmap_mode="r"), X.offsets)
    y = make_targets(DeepSetsRegressor, list(X))
    reg = DeepSetsRegressor(elements_per_set=N, n_votes=2, max_epochs=3, random_state=0)
    assert_allclose(
        reg.fit(mapped, y).predict(mapped), reg.fit(X, y).predict(X), rtol=1e-4, atol=1e-5
    )


@pytest.mark.parametrize("cls", POOLED)
def test_fits_are_equal_to_the_bit(cls):
    X = make_sets()
    state = np.random.get_state()[1].tobytes(), torch.get_rng_state().numpy().tobytes()  # noqa: NPY002
    model = fitted(cls, X, n_votes=2, early_stopping=True)
    expected = outputs(model, X)
    assert_array_equal(outputs(clone(model).fit(X, make_targets(cls, X)), X), expected)
    assert_array_equal(outputs(pickle.loads(pickle.dumps(model)), X), expected)  # noqa: S301
    other = clone(model).set_params(random_state=1).fit(X, make_targets(cls, X))
    assert not np.allclose(outputs(other, X), expected)
    after = np.random.get_state()[1].tobytes(), torch.get_rng_state().numpy().tobytes()  # noqa: NPY002
    assert after == state


def test_streams_and_warm_starts_draw_anew():
    X, recorder = [np.arange(100.0)[:, None]] * 2, Recorder()
    reg = DeepSetsRegressor(
        elements_per_set=N, augmentation=recorder, max_epochs=1, warm_start=True, random_state=0
    )
    for _ in range(2):
        reg.fit(X, [0.0, 1.0])
        reg.partial_fit(X, [0.0, 1.0])
    drawn = [tuple(batch.values[:, 0].tolist()) for batch in recorder.batches]
    assert len(drawn) == len(set(drawn)) == 4
    # Neither parameter is a part of the network.
    reg.set_params(elements_per_set=3, n_votes=2).fit(X, [0.0, 1.0])
    assert recorder.batches[-1].sizes.tolist() == [3, 3]


# ---------------------------------------------------------------- prediction


@pytest.mark.parametrize("cls", POOLED)
@pytest.mark.parametrize("method", ["outputs", "transform"])
def test_predictions_do_not_depend_on_order_nor_on_other_sets(cls, method):
    X = make_sets()
    X[1] = np.repeat(np.eye(2), 9, axis=0)  # equal elements
    model = fitted(cls, X, n_votes=3)
    predict = model.transform if method == "transform" else lambda X: outputs(model, X)
    expected = predict(X)
    rng = np.random.default_rng(1)
    assert_allclose(predict([rng.permutation(s) for s in X]), expected, rtol=1e-4, atol=1e-5)
    some = [3, 1, 30]
    assert_allclose(predict([X[i] for i in some]), expected[some], rtol=1e-4, atol=1e-5)
    for i in some:
        assert_allclose(predict([X[i]])[0], expected[i], rtol=1e-4, atol=1e-5)
    assert_array_equal(predict(X), expected)
    # The type of the numbers is no matter where they are the same.
    halves = [np.round(s, 2).astype("f4") for s in X]
    assert_allclose(predict([s.astype("f8") for s in halves]), predict(halves), atol=1e-5)


@pytest.mark.parametrize("cls", POOLED)
def test_a_prediction_is_the_mean_of_its_votes(cls):
    X = make_sets()
    model = fitted(cls, X, max_epochs=20)
    method = model.predict_proba if cls is DeepSetsClassifier else model.predict
    for predict in (method, model.transform):
        first = predict(X)
        both = model.set_params(n_votes=2) and predict(X)
        three = model.set_params(n_votes=3) and predict(X)
        model.set_params(n_votes=1)
        second, third = 2 * both - first, 3 * three - 2 * both
        large = np.array([len(s) > N for s in X])
        for a, b in ((first, second), (first, third), (second, third)):
            differ = ~np.isclose(a, b, rtol=1e-4, atol=1e-5).reshape(len(X), -1).all(axis=1)
            assert_array_equal(differ, large)


def test_the_probabilities_of_votes_are_averaged():
    """Each vote sees one of two elements: the mean of both is half and half."""
    X = [np.array([[float(i)]]) for i in (0, 1)] * 20
    clf = DeepSetsClassifier(elements_per_set=1, random_state=0).fit(X, [0, 1] * 20)
    pair = [np.array([[0.0], [1.0]])]
    (once,) = clf.predict_proba(pair)
    assert max(once) > 0.95
    (often,) = clf.set_params(n_votes=400).predict_proba(pair)
    assert_allclose(often, [0.5, 0.5], atol=0.08)


def test_votes_gain():
    rng = np.random.default_rng(0)
    y = np.arange(400) % 2
    X = [rng.normal(0.25 * c, 1, size=(200, 1)) for c in y]
    clf = DeepSetsClassifier(elements_per_set=10, pooling="mean", max_epochs=20, random_state=0)
    clf.fit(X[:200], y[:200])
    one = clf.score(X[200:], y[200:])
    many = clf.set_params(n_votes=20).score(X[200:], y[200:])
    assert one < 0.75 and many > one + 0.1


def test_sums_are_those_of_the_subset():
    rng = np.random.default_rng(0)
    X = [rng.uniform(size=(20, 1)) for _ in range(200)]
    reg = DeepSetsRegressor(phi_layer_sizes=(1,), normalize=None, max_epochs=3, random_state=0)
    reg.set_params(elements_per_set=10, n_votes=9, pooling="sum").fit(X, [s.sum() for s in X])
    embedding = reg.transform(X)
    whole = reg.set_params(elements_per_set=None).transform(X)
    assert_allclose(embedding.mean(), whole.mean() / 2, rtol=0.02)


@pytest.mark.parametrize("n_votes", [1, 4])
def test_tokens_categories_images_and_weights(n_votes):
    rng = np.random.default_rng(0)
    words = [[f"w{j}" for j in rng.integers(0, 9, size=size)] for size in rng.integers(0, 20, 20)]
    frame = {
        "key": np.repeat(np.arange(20), 10),
        "name": rng.choice(list("abc"), 200),
        "size": rng.normal(size=200),
    }
    mixed = SetArray.from_frame(frame, "key")
    images = SetArray(rng.integers(0, 255, (200, 8, 8)).astype("u1"), np.arange(0, 201, 10))
    weighted = SetArray.from_sets(make_sets(20))
    weighted = weighted.with_element_weight(rng.uniform(1, 2, len(weighted.values)))
    for X, encoder in ((words, None), (mixed, None), (images, "conv"), (weighted, None)):
        reg = DeepSetsRegressor(
            elements_per_set=4, n_votes=n_votes, element_encoder=encoder, max_epochs=2
        )
        y = reg.fit(X, np.arange(20.0)).predict(X)
        assert np.isfinite(y).all()
        assert_allclose(reg.predict(X[:5]), y[:5], rtol=1e-4, atol=1e-4)
        shuffled = [list(s[::-1]) if isinstance(s, list) else s[::-1] for s in X]
        if X is not weighted and X is not mixed:
            assert_allclose(reg.predict(shuffled), y, rtol=1e-4, atol=1e-4)


def test_sets_larger_than_a_batch_of_elements():
    X = make_sets()
    reg = fitted(DeepSetsRegressor, X, n_votes=2)
    expected = reg.predict(X)
    assert_allclose(reg.set_params(max_elements_per_batch=2).predict(X), expected, atol=1e-4)


def test_searches_and_keys():
    X = SetArray.from_sets(make_sets())
    y = make_targets(DeepSetsClassifier, list(X))
    clf = DeepSetsClassifier(max_epochs=2, random_state=0)
    grid = {"elements_per_set": [None, 5], "n_votes": [1, 3]}
    search = GridSearchCV(clf, grid, cv=2).fit(X, y)
    assert set(search.best_params_) == {"elements_per_set", "n_votes"}
    clf.set_params(elements_per_set=5, n_votes=3)
    assert np.isfinite(cross_val_score(clf, X, y, cv=2)).all()


@pytest.mark.parametrize(
    ("parameters", "name"),
    [({"elements_per_set": 0}, "elements_per_set"), ({"n_votes": 0}, "n_votes")],
)
def test_bad_parameters(parameters, name):
    X = make_sets()
    with pytest.raises(ValueError, match=f"The '{name}' parameter of DeepSetsRegressor must be"):
        fitted(DeepSetsRegressor, X, **parameters)
    reg = fitted(DeepSetsRegressor, X).set_params(**parameters)
    with pytest.raises(ValueError, match=f"{name} == 0, must be >= 1"):
        reg.predict(X)


@pytest.mark.parametrize("name", ["elements_per_set", "n_votes"])
def test_numbers_beyond_all_sizes(name):
    X, y = [np.ones((size, 1)) for size in (1, 3, 2)], [1.0, 3.0, 2.0]
    with pytest.raises(
        ValueError, match=rf"{name}' parameter of .* in the range \[1, 2147483647\]"
    ):
        DeepSetsRegressor(**{name: 2**70}).fit(X, y)
