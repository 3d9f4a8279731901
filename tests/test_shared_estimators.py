"""One estimator in many threads: a request sees all of one fit, a refused one changes nothing."""

import itertools
import pickle
import sys
import threading

import numpy as np
import pytest

from sksets import (
    BayesianSets,
    DeepSetsClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SDMRegressor,
    SetExpander,
    SetOutlierDetector,
)
from sksets.preprocessing import SetSummarizer, TokenEncoder

SECONDS = 1.0
RNG = np.random.default_rng(0)
VECTORS = [RNG.normal(size=(n, 2)) for n in (1, 2, 3, 4) * 3]
NARROW = [np.ones((n, 1)) for n in (1, 2, 3, 4) * 3]
WORDS = [["a", "b", "c"], ["b", "c"], ["a", "c", "d"], ["d", "a"]] * 3
MEANS = np.array([s.mean() for s in VECTORS])
SMALL = {"max_epochs": 1, "random_state": 0, "phi_layer_sizes": (4,)}


def targets_of_elements(y):
    return [np.full(len(s), value) for s, value in zip(VECTORS, y, strict=True)]


# An estimator, what it is fitted to, one way or the other, its method, sets, and sets it refuses.
CASES = {
    "DeepSetsRegressor": (
        DeepSetsRegressor(**SMALL),
        [(VECTORS, MEANS), (VECTORS, 1e3 - MEANS)],
        "predict",
        VECTORS,
        NARROW,
    ),
    "DeepSetsRegressor of votes": (
        DeepSetsRegressor(**SMALL, elements_per_set=2, n_votes=3),
        [(VECTORS, MEANS), (VECTORS, 1e3 - MEANS)],
        "predict",
        VECTORS,
        NARROW,
    ),
    "DeepSetsRegressor of widths": (
        DeepSetsRegressor(**SMALL),
        [(VECTORS, MEANS), (WORDS, MEANS)],
        "predict",
        VECTORS,
        NARROW,
    ),
    "DeepSetsClassifier": (
        DeepSetsClassifier(**SMALL),
        [(VECTORS, MEANS > 0), (VECTORS, np.array(list("abc") * 4))],
        "predict",
        VECTORS,
        NARROW,
    ),
    "DeepSetsElementRegressor": (
        DeepSetsElementRegressor(**SMALL),
        [(VECTORS, targets_of_elements(MEANS)), (VECTORS, targets_of_elements(MEANS + 1e3))],
        "predict",
        VECTORS,
        NARROW,
    ),
    "SetOutlierDetector": (
        SetOutlierDetector(**SMALL, contamination=0.2),
        [(VECTORS, None), (VECTORS[::-1], None)],
        "decision_function",
        VECTORS,
        NARROW,
    ),
    "SetExpander": (
        SetExpander(max_epochs=1, random_state=0),
        [(WORDS, None), ([[w + "x" for w in words] + ["a", "b"] for words in WORDS], None)],
        "score_candidates",
        [["a"], ["a", "b"]],
        [["unknown"]],
    ),
    "BayesianSets": (
        BayesianSets(),
        [(WORDS, None), ([[w + "x" for w in words] + ["a", "b"] for words in WORDS], None)],
        "predict",
        [["a"], ["a", "b"]],
        [["unknown"]],
    ),
    "SDMRegressor": (
        SDMRegressor(kernel="mean_map"),
        [(VECTORS, MEANS), (VECTORS[:5], 1e3 - MEANS[:5])],
        "predict",
        VECTORS,
        NARROW,
    ),
    "SetSummarizer": (
        SetSummarizer(["mean", "std"]),
        [(VECTORS, None), ([s[:, :1] for s in VECTORS], None)],
        "transform",
        VECTORS,
        [np.array([[np.nan, 1.0]])],
    ),
    "TokenEncoder": (
        TokenEncoder(),
        [(WORDS, None), ([["c"], ["b", "a", "d"]], None)],
        "transform",
        WORDS,
        VECTORS,
    ),
}


def run(workers, seconds=SECONDS):
    """Run each worker again and again in a thread of its own; return what they raised."""
    raised, stop = [], threading.Event()

    def repeat(worker):
        while not stop.is_set():
            try:
                worker()
            except BaseException as error:
                raised.append(error)
                stop.set()

    interval = sys.getswitchinterval()
    sys.setswitchinterval(1e-5)
    threads = [threading.Thread(target=repeat, args=(worker,)) for worker in workers]
    try:
        for thread in threads:
            thread.start()
        stop.wait(seconds)
    finally:
        stop.set()
        for thread in threads:
            thread.join()
        sys.setswitchinterval(interval)
    return raised


def equal(a, b):
    return [np.asarray(row).tolist() for row in a] == [np.asarray(row).tolist() for row in b]


@pytest.mark.parametrize("case", CASES)
def test_threads_share_an_estimator(case, seconds=SECONDS):
    estimator, fits, method, sets, refused = CASES[case]
    expected = []
    for X, y in reversed(fits):
        estimator.fit(X, y)
        try:
            expected.append(getattr(estimator, method)(sets))
        except ValueError as error:
            expected.append(str(error))
    turns = itertools.cycle(fits)
    counts = {"good": 0, "bad": 0}

    def check(model):
        try:
            rows = getattr(model, method)(sets)
        except ValueError as error:
            rows = str(error)
        assert any(equal(rows, known) for known in expected)
        counts["good"] += 1

    def ask_badly():
        with pytest.raises((ValueError, TypeError)):
            getattr(estimator, method)(refused)
        counts["bad"] += 1

    def fit_badly():
        with pytest.raises((ValueError, TypeError)):
            estimator.fit([[np.nan], ["a", 3.5]], [1])

    raised = run(
        [
            *[lambda: check(estimator)] * 3,
            *[ask_badly] * 2,
            fit_badly,
            lambda: estimator.fit(*next(turns)),
            lambda: check(pickle.loads(pickle.dumps(estimator))),  # noqa: S301
        ],
        seconds,
    )
    assert raised == []
    assert min(counts.values()) > 0


@pytest.mark.parametrize("warm_start", [False, True])
def test_two_fits_at_once_give_one_of_the_two_results(warm_start):
    model = DeepSetsRegressor(**SMALL, warm_start=warm_start)
    known = []
    for y in (MEANS, MEANS + 5):
        known.append(DeepSetsRegressor(**SMALL).fit(VECTORS, y).predict(VECTORS))
    barrier = threading.Barrier(2)

    def fit(y):
        barrier.wait()
        model.fit(VECTORS, y)

    for _ in range(20):
        vars(model).pop("net_", None)
        threads = [threading.Thread(target=fit, args=(y,)) for y in (MEANS, MEANS + 5)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        if not warm_start:
            assert any(equal(model.predict(VECTORS), rows) for rows in known)
        assert model.n_iter_ == len(model.history_)
