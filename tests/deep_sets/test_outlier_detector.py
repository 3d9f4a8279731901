"""What SetOutlierDetector promises, through its public interface."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.exceptions import NotFittedError
from sklearn.metrics import roc_auc_score

from sksets import SetArray, SetOutlierDetector

KINDS = ["index", "arrays", "none"]


def planted(n_sets=300, seed=0, sizes=(4, 8), distance=8.0):
    """Members lie around a point that is another in each set, and the outlier off it."""
    rng = np.random.default_rng(seed)
    n = rng.integers(sizes[0], sizes[1] + 1, size=n_sets)
    X = [rng.normal(size=(1, 2)) * 8 + rng.normal(size=(size, 2)) for size in n]
    y = rng.integers(n)
    for s, i in zip(X, y, strict=True):
        angle = rng.uniform(0, 2 * np.pi)
        s[i] += distance * np.array([np.cos(angle), np.sin(angle)])
    return X, y


def signs(y, X):
    """Return +1 for members and -1 for the outliers with the indices ``y``."""
    return [np.where(np.arange(len(s)) == i, -1, 1) for s, i in zip(X, y, strict=True)]


def labels_of(kind, X, y):
    return {"index": y, "arrays": signs(y, X), "none": None}[kind]


def make(**parameters):
    return SetOutlierDetector(**{"max_epochs": 2, "random_state": 0, **parameters})


def flat(rows):
    return np.concatenate(list(rows))


# ---------------------------------------------------------------- what is learned


@pytest.mark.parametrize("kind", KINDS)
def test_outliers_are_found(kind):
    X, y = planted(400)
    detector = make(max_epochs=80).fit(X[:300], labels_of(kind, X[:300], y[:300]))
    assert detector.score(X[300:], y[300:]) > 0.85
    assert detector.score(X[300:], signs(y[300:], X[300:])) > 0.97
    found = flat(detector.predict(X[300:])) == -1
    truth = flat(signs(y[300:], X[300:])) == -1
    assert np.mean(found[truth]) > 0.7
    assert np.mean(found[~truth]) < 0.05
    detector.set_params(equivariant_layer_sizes=())
    detector.fit(X[:300], labels_of(kind, X[:300], y[:300]))
    assert detector.score(X[300:], y[300:]) < 0.65


def test_what_is_put_in_without_labels_is_found():
    """Of 40 sets, each around a point of its own, an element of another is the outlier."""
    rng = np.random.default_rng(0)
    centres = rng.normal(size=(40, 1, 2)) * 10
    X = [centre + rng.normal(size=(6, 2)) for centre in centres]
    detector = make(max_epochs=150).fit(X)
    new = [centre + rng.normal(size=(6, 2)) for centre in centres]
    index = rng.integers(6, size=40)
    for s, i, other in zip(new, index, np.roll(centres, 1, axis=0), strict=True):
        s[i] = other
    assert np.mean(detector.predict_index(new) == index) > 0.85


class Recorder:
    """An augmentation that writes down the sets of one feature that it is given."""

    def __init__(self):
        self.sets = []

    def __call__(self, batch, generator):
        parts = batch.values.clone().split(batch.sizes.tolist())
        self.sets += [part[:, 0].tolist() for part in parts]
        return batch


def test_what_is_put_in_comes_from_another_set():
    """All members of a set are equal here, and no others are like them."""
    sizes = np.tile([1, 2, 3, 4, 5], 20)
    X = [np.full((size, 1), float(i)) for i, size in enumerate(sizes)]
    recorder = Recorder()
    make(max_epochs=20, normalize=None, augmentation=recorder).fit(X)
    assert len(recorder.sets) == 20 * 100
    places = {3: [], 4: [], 5: []}
    moved = []
    for s in recorder.sets:
        own, counts = np.unique(s, return_counts=True)
        own = own[counts.argmax()]
        different = np.flatnonzero(s != own)
        if len(s) > 2:
            (place,) = different
            places[len(s)].append(place)
            moved.append(s[place])
        elif len(s) == 2:
            assert len(different) == 0 and sizes[int(own)] == 2
    for size, found in places.items():
        assert len(found) == 400
        assert np.bincount(found, minlength=size).min() > 0.7 * 400 / size
    # Elements are drawn alike, so that large sets give more of them.
    share = np.bincount(sizes[np.array(moved, dtype=int)])[1:] / len(moved)
    assert_allclose(share, np.arange(1, 6) / 15, atol=0.05)
    single = [s[0] for s in recorder.sets if len(s) == 1]
    assert 0.35 < np.mean(sizes[np.array(single, dtype=int)] != 1) < 0.6
    assert all((s == i).all() for i, s in enumerate(X))


def test_alone_in_its_set_an_element_is_compared_with_noise():
    """On a diagonal, noise is what has the coordinates of two elements."""
    table = np.repeat(np.random.default_rng(0).normal(size=(300, 1)), 2, axis=1)
    X = [row[None] for row in table]
    # The form that sees elements as they are, not only less the mean of their set.
    detector = make(max_epochs=40, equivariant_form="lambda_gamma")
    scores = flat(detector.fit(X).score_samples(X))
    off = [np.array([[1.5, -1.5]]), np.array([[-2.0, 1.0]])]
    assert np.max(flat(detector.score_samples(off))) < np.quantile(scores, 0.02)
    assert_array_equal(flat(detector.predict(off)), [-1, -1])
    # As a table, it is the same but for the shape.
    assert_array_equal(detector.fit(table).score_samples(table), scores)


def test_a_set_without_an_outlier_ends_with_nearly_uniform_probabilities():
    X, y = planted(400)
    without, _ = planted(400, seed=1, distance=0.0)
    detector = make(max_epochs=80)
    detector.fit(X[:300] + without[:300], np.concatenate([y[:300], np.full(300, -1)]))
    most = np.array([len(p) * p.max() for p in detector.predict_proba(without[300:])])
    assert np.median(most) < 1.7
    peaks = np.array([len(p) * p.max() for p in detector.predict_proba(X[300:])])
    assert np.median(peaks) > 2 * np.median(most)
    assert_array_equal(
        detector.score(X[300:] + without[300:], [*y[300:], *[-1] * 100]),
        detector.score(X[300:], y[300:]),
    )


# ---------------------------------------------------------------- what is returned


@pytest.fixture(scope="module", params=KINDS)
def fitted(request):
    X, y = planted(60, sizes=(2, 8))
    X = [np.empty((0, 2)), *X, np.ones((1, 2)), np.empty((0, 2))]
    y = np.array([-1, *y, -1, -1])
    detector = make(max_epochs=40, learning_rate_init=0.02)
    return request.param, detector.fit(X, labels_of(request.param, X, y)), X


def test_probabilities_sum_to_one_in_each_set(fitted):
    _, detector, X = fitted
    proba = detector.predict_proba(X)
    assert [part.shape for part in proba] == [(len(s),) for s in X]
    assert_allclose([part.sum() for part in proba if len(part)], 1, rtol=1e-12)
    assert_array_equal(proba[-2], [1.0])
    assert flat(proba).min() > 0


def test_scores_are_of_the_probability_times_the_size(fitted):
    kind, detector, X = fitted
    for proba, scores in zip(detector.predict_proba(X), detector.score_samples(X), strict=True):
        expected = -np.log(len(proba) * proba) if len(proba) else proba
        if kind == "arrays":  # the log-odds: the same but for a constant of the set
            assert_allclose(scores - scores[:1], expected - expected[:1], atol=1e-9)
        elif len(proba) != 1:
            assert_allclose(scores, expected, atol=1e-9)
        elif kind == "index":
            assert scores == 0


def test_decisions_follow_the_scores(fitted):
    kind, detector, X = fitted
    assert detector.offset_ == (0 if kind == "arrays" else -np.log(2))
    scores, decisions = flat(detector.score_samples(X)), flat(detector.decision_function(X))
    assert_array_equal(decisions, scores - detector.offset_)
    assert_array_equal(flat(detector.predict(X)), np.where(decisions < 0, -1, 1))
    assert len(np.unique(flat(detector.predict(X)))) == 2


def test_the_index_is_that_of_the_largest_probability(fitted):
    _, detector, X = fitted
    index = detector.predict_index(X)
    expected = [p.argmax() if len(p) else -1 for p in detector.predict_proba(X)]
    assert index.dtype == np.int64
    assert_array_equal(index, expected)
    assert_array_equal(detector.predict_index([X[0]]), [-1])
    assert_array_equal(detector.predict_index(X[::-1]), expected[::-1])


def test_equal_members_have_the_score_zero_whatever_their_number():
    X, y = planted(60)
    detector = make(max_epochs=5, dtype="float64").fit(X, y)
    equal = [np.ones((size, 2)) for size in (1, 2, 3, 10, 100)]
    assert_allclose(flat(detector.score_samples(equal)), 0, atol=1e-12)
    assert_array_equal(flat(detector.predict(equal)), 1)
    assert_allclose(detector.predict_proba(equal)[3], 0.1)


def test_scores_of_sets_of_different_sizes_compare():
    X, y = planted(600, sizes=(3, 30), distance=4.0)
    without, _ = planted(600, seed=1, sizes=(3, 30), distance=0.0)
    detector = make(max_epochs=30)
    detector.fit(X[:400] + without[:400], np.append(y[:400], np.full(400, -1)))
    X, without = X[400:], without[400:]
    outlier = flat([*signs(y[400:], X), *(np.ones(len(s)) for s in without)]) == -1
    assert roc_auc_score(outlier, -flat(detector.score_samples(X + without))) > 0.9
    # Members of small sets and of large ones have the same scores, but not the same probabilities.
    sizes = np.repeat([len(s) for s in without], [len(s) for s in without])
    small, kept = sizes < 8, (sizes < 8) | (sizes > 20)
    assert roc_auc_score(small[kept], flat(detector.predict_proba(without))[kept]) > 0.9
    assert 0.25 < roc_auc_score(small[kept], flat(detector.score_samples(without))[kept]) < 0.75


@pytest.mark.parametrize("kind", KINDS)
def test_contamination_is_the_share_of_outliers(kind):
    X, y = planted(100)
    for contamination in (0.05, 0.3):
        detector = make(contamination=contamination).fit(X, labels_of(kind, X, y))
        assert np.mean(flat(detector.predict(X)) == -1) == pytest.approx(contamination, abs=2e-3)
    auto = make().fit(X, labels_of(kind, X, y))
    assert_array_equal(flat(auto.score_samples(X)), flat(detector.score_samples(X)))


def test_warm_start_takes_another_contamination():
    X, y = planted(60)
    detector = make(warm_start=True).fit(X, y).set_params(contamination=0.2).fit(X, y)
    assert detector.n_iter_ == 4
    assert np.mean(flat(detector.predict(X)) == -1) == pytest.approx(0.2, abs=5e-3)


# ---------------------------------------------------------------- labels


def test_containers_of_labels_are_equal_to_the_bit():
    X, y = planted(40)
    y[3] = -1
    offsets = SetArray.from_sets(X).offsets
    equivalent = {
        "index": [y.tolist(), y.astype(np.int8), y.astype(float), pd.Series(y, index=y)],
        "arrays": [
            [part.tolist() for part in signs(y, X)],
            SetArray(flat(signs(y, X)), offsets),
            pd.Series(signs(y, X)),
            [part.astype(np.float32) for part in signs(y, X)],
            [part[:, None].astype(object) for part in signs(y, X)],
        ],
    }
    for kind, containers in equivalent.items():
        expected = flat(make().fit(X, labels_of(kind, X, y)).score_samples(X))
        for container in containers:
            assert_array_equal(flat(make().fit(X, container).score_samples(X)), expected)


def test_arrays_may_have_any_number_of_outliers():
    X, y = planted(300, sizes=(6, 9))
    for s, i in zip(X, y, strict=True):
        s[(i + 1) % len(s)] = s[i]
    two = [np.where((np.arange(len(s)) - i) % len(s) < 2, -1, 1) for s, i in zip(X, y, strict=True)]
    detector = make(max_epochs=80).fit(X[:220], two[:220])
    assert detector.score(X[220:], two[220:]) > 0.9
    found = np.array([np.sum(part == -1) for part in detector.predict(X[220:])])
    assert np.mean(found == 2) > 0.5


def test_fit_predict_uses_the_labels():
    """That of scikit-learn's OutlierMixin ignores y."""
    X, y = planted(60)
    for labels in (y, signs(y, X), None):
        expected = flat(make(max_epochs=10).fit(X, labels).predict(X))
        assert_array_equal(flat(make(max_epochs=10).fit_predict(X, labels)), expected)
    weight = np.arange(60)
    expected = flat(make(max_epochs=10).fit(X, y, sample_weight=weight).predict(X))
    assert_array_equal(flat(make(max_epochs=10).fit_predict(X, y, sample_weight=weight)), expected)


def test_score_by_hand():
    X, y = planted(60)
    y[:20] = -1
    detector = make(max_epochs=5).fit(X, y)
    found = detector.predict_index(X)[20:] == y[20:]
    assert detector.score(X, y) == np.mean(found)
    weight = np.arange(60.0)
    by_hand = np.average(found, weights=weight[20:])
    assert detector.score(X, y, sample_weight=weight) == pytest.approx(by_hand)
    is_member, scores = flat(signs(y, X)) == 1, flat(detector.score_samples(X))
    assert detector.score(X, signs(y, X)) == roc_auc_score(is_member, scores)
    by_element = np.repeat(weight, [len(s) for s in X])
    by_hand = roc_auc_score(is_member, scores, sample_weight=by_element)
    assert detector.score(X, signs(y, X), sample_weight=weight) == pytest.approx(by_hand)


@pytest.mark.parametrize("kind", ["index", "arrays"])
def test_a_weight_of_zero_is_removal_and_of_two_repetition(kind):
    X, y = planted(30)
    y[4] = -1
    weight = np.arange(30) % 3
    index = np.repeat(np.arange(30), weight)
    detector = make(batch_size=1000, dtype="float64", max_epochs=10)
    detector.fit(X, labels_of(kind, X, y), sample_weight=weight)
    weighted = flat(detector.score_samples(X))
    repeated = [X[i] for i in index]
    detector.fit(repeated, labels_of(kind, repeated, y[index]))
    assert_allclose(flat(detector.score_samples(X)), weighted, rtol=1e-6, atol=1e-9)


# ---------------------------------------------------------------- data and randomness


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_memory_mapped_array_is_fitted_as_one_in_memory(kind, dtype, tmp_path):
    X, y = planted(60)
    y, X = labels_of(kind, X, y), SetArray.from_sets([*X, [[1.0, 2.0]]] if kind == "none" else X)
    np.save(tmp_path / "values.npy", X.values.astype(dtype))
    mapped = SetArray(np.load(tmp_path / "values.npy", mmap_mode="r"), X.offsets)
    X, before = SetArray(X.values.astype(dtype), X.offsets), mapped.values.tolist()
    expected = flat(make(dtype=dtype).fit(X, y).score_samples(X))
    assert_array_equal(flat(make(dtype=dtype).fit(mapped, y).score_samples(mapped)), expected)
    assert X.values.tolist() == mapped.values.tolist() == before


def test_what_is_put_in_does_not_depend_on_how_elements_are_gathered(tmp_path):
    """In single precision twice as many elements are gathered at once as in double."""
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 9, size=4000)
    values = rng.normal(size=(sizes.sum(), 2))
    np.save(tmp_path / "values.npy", values)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    mapped = SetArray(np.load(tmp_path / "values.npy", mmap_mode="r"), offsets)
    detector = make(max_epochs=1, batch_size=500)
    expected = flat(detector.fit(SetArray(values, offsets)).score_samples(mapped[:10]))
    assert_array_equal(flat(detector.fit(mapped).score_samples(mapped[:10])), expected)


@pytest.mark.parametrize("kind", KINDS)
def test_random_state_decides_on_everything(kind):
    X, y = planted(60)
    y = labels_of(kind, X, y)
    first = flat(make().fit(X, y).score_samples(X))
    assert_array_equal(flat(make().fit(X, y).score_samples(X)), first)
    assert (flat(make(random_state=1).fit(X, y).score_samples(X)) != first).any()


def test_warm_start_draws_other_elements():
    X, _ = planted(60)
    twice = make(max_epochs=2, warm_start=True, learning_rate="constant").fit(X).fit(X)
    assert twice.n_iter_ == 4
    # With the same draws, and a rate of nothing, the losses would repeat themselves.
    still = make(warm_start=True, learning_rate="constant", learning_rate_init=1e-30)
    first, second, third, fourth = (row["train_loss"] for row in still.fit(X).fit(X).history_)
    assert len({first, second, third, fourth}) == 4


@pytest.mark.parametrize("kind", KINDS)
def test_early_stopping(kind):
    X, y = planted(100)
    y[::2] = -1
    detector = make(early_stopping=True, max_epochs=30, n_iter_no_change=3)
    losses = [row["valid_loss"] for row in detector.fit(X, labels_of(kind, X, y)).history_]
    assert min(losses) > 0 and losses[-1] < losses[0]


def test_early_stopping_holds_out_no_element_alone():
    """The softmax of one element is 1: held out, sets of one would have a loss of zero."""
    X, y = planted(4)
    X, y = [part[:1] for part in X * 10] + X, [*[-1] * 40, *y]
    options = {"early_stopping": True, "max_epochs": 3, "validation_fraction": 0.05}
    for seed in range(5):
        detector = make(**options, random_state=seed).fit(X, y)
        assert min(row["valid_loss"] for row in detector.history_) > 0


def test_the_score_of_indices_is_aligned_to_the_keys():
    X, y = planted(60)
    y[:5] = -1
    detector = make(max_epochs=5).fit(X, y)
    expected = detector.score(X, y)
    keyed = SetArray.from_sets({f"set {i}": part for i, part in enumerate(X)})
    by_key = pd.Series(y, index=keyed.keys)
    assert 0 < expected == detector.score(keyed, by_key[::-1]) < 1
    assert detector.score(keyed, dict(by_key[::-1])) == expected


def test_tokens_and_images():
    rng = np.random.default_rng(0)
    words = [list(rng.choice(["apple", "pear", "plum"], 5)) for _ in range(200)]
    y = rng.integers(5, size=200)
    for s, i in zip(words, y, strict=True):
        s[i] = rng.choice(["hammer", "nail"])
    detector = make(max_epochs=20).fit(words[:150], y[:150])
    assert detector.score(words[150:], y[150:]) > 0.95
    images = rng.integers(0, 50, size=(80, 4, 1, 8, 8), dtype=np.uint8)
    y = rng.integers(4, size=80)
    images[np.arange(80), y] += 100
    detector = make(max_epochs=10, element_encoder="conv").fit(images[:60], y[:60])
    assert detector.score(images[60:], y[60:]) > 0.9


@pytest.mark.parametrize(
    "method",
    ["predict", "predict_proba", "predict_index", "score_samples", "decision_function", "score"],
)
def test_predict_before_fit(method):
    X, y = planted(3)
    with pytest.raises(NotFittedError, match="SetOutlierDetector instance is not fitted"):
        getattr(SetOutlierDetector(), method)(*((X, y) if method == "score" else (X,)))


def test_only_empty_sets(fitted):
    _, detector, _ = fitted
    for method in ("predict", "predict_proba", "score_samples", "decision_function"):
        found = getattr(detector, method)([np.empty((0, 2))] * 2)
        assert [part.shape for part in found] == [(0,), (0,)]
    assert_array_equal(detector.predict_index([np.empty((0, 2))] * 2), [-1, -1])
