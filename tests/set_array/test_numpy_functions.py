"""What keeps the context, names and keys of a SetArray, and what raises where it would not."""

import copy
import pickle

import joblib
import numpy as np
import pandas as pd
import pytest
from sklearn.model_selection import ShuffleSplit, train_test_split
from sklearn.utils import resample, shuffle

from sksets import SetArray


def known():
    values = np.arange(20.0).reshape(10, 2)
    return SetArray(
        values,
        [0, 2, 5, 6, 10],
        [[10.0], [20.0], [30.0], [40.0]],
        feature_names=["pt", "eta"],
        context_names=["mass"],
        keys=list("abcd"),
    )


def assert_known(X, order, keys=True):
    """All that is known of the sets has come along, in their order."""
    whole = known()
    assert [s.tolist() for s in X] == [whole[i].tolist() for i in order]
    assert X.context[:, 0].tolist() == [10.0 * (i + 1) for i in order]
    assert X.feature_names.tolist() == ["pt", "eta"]
    assert X.context_names.tolist() == ["mass"]
    assert X.keys.tolist() == ["abcd"[i] for i in order] if keys else X.keys is None


@pytest.mark.parametrize(
    "drop, name",
    [
        (lambda X: np.concatenate([X, X]), "concatenate"),
        (lambda X: np.concatenate([np.asarray(X), X]), "concatenate"),
        (lambda X: np.stack([X, X]), "stack"),
        (lambda X: np.hstack((X, X)), "hstack"),
        (lambda X: np.vstack((X, X)), "vstack"),
        (lambda X: np.append(X, X), "append"),
        (lambda X: np.insert(X, 0, X), "insert"),
        (lambda X: np.delete(X, 0), "delete"),
        (lambda X: np.take(X, [0, 1]), "take"),
        (lambda X: np.compress([True, False, False, True], X), "compress"),
        (lambda X: np.where([True, False, True, False], X, X), "where"),
        (lambda X: np.repeat(X, 2), "repeat"),
        (lambda X: np.tile(X, 2), "tile"),
        (lambda X: np.roll(X, 1), "roll"),
        (lambda X: np.array_split(X, 2), "array_split"),
        (lambda X: np.copy(X), "copy"),
        (lambda X: np.atleast_1d(X), "atleast_1d"),
        (lambda X: np.unique(X), "unique"),
        (lambda X: np.mean(X), "mean"),
        (lambda X: np.save("sets.npy", X), "save"),
    ],
)
def test_functions_that_would_drop_them_raise(drop, name):
    message = rf"numpy\.{name} takes no SetArray, .*Use SetArray.concatenate to join several"
    with pytest.raises(TypeError, match=message):
        drop(known())


def test_numpy_does_not_compute_with_sets():
    for compute in (lambda X: X + 1, lambda X: np.ones(4) * X, np.sqrt, np.isnan):
        with pytest.raises(TypeError):
            compute(known())


def test_the_shape_is_told():
    X = known()
    assert (np.shape(X), np.ndim(X), np.size(X), np.size(X, 0)) == ((4,), 1, 4, 4)
    assert np.shape(a=X) == (4,)


def test_the_elements_of_all_sets_are_joined():
    """A SetArray alone is a sequence of arrays, and its elements are asked for by name."""
    X = known()
    np.testing.assert_array_equal(np.concatenate(list(X)), X.values)


@pytest.mark.parametrize("read", [np.asarray, np.array])
@pytest.mark.parametrize("dtype", [None, object])
def test_an_object_array_is_the_elements_alone(read, dtype):
    objects = read(known(), dtype=dtype)
    assert objects.shape == (4,) and objects.dtype == object
    assert [s.tolist() for s in objects] == [s.tolist() for s in known()]
    assert SetArray.from_sets(objects).context is None


def test_a_series_is_the_elements_alone():
    """Pandas asks for an array as numpy does; the keys are the index that keeps the sets known."""
    X = known()
    series = pd.Series(X, index=X.keys)
    back = SetArray.from_sets(series, context=X.context)
    assert back.keys.tolist() == list("abcd")
    assert back.feature_names is None
    frame = pd.DataFrame({"cells": X})
    assert [s.tolist() for s in frame["cells"]] == [s.tolist() for s in X]


@pytest.mark.parametrize(
    "keep, order",
    [
        (copy.copy, range(4)),
        (copy.deepcopy, range(4)),
        (SetArray.copy, range(4)),
        (lambda X: pickle.loads(pickle.dumps(X)), range(4)),
        (lambda X: X[::-1], [3, 2, 1, 0]),
        (lambda X: X[np.array([True, False, True, False])], [0, 2]),
        (lambda X: X[[3, 1], ...], [3, 1]),
        (lambda X: shuffle(X, random_state=0), [2, 3, 1, 0]),
        (lambda X: resample(X, replace=False, random_state=0), [2, 3, 1, 0]),
        (lambda X: train_test_split(X, shuffle=False, test_size=1)[0], [0, 1, 2]),
        (lambda X: X[next(ShuffleSplit(random_state=0).split(X))[1]], [2]),
    ],
)
def test_what_keeps_them(keep, order):
    assert_known(keep(known()), order)


def test_sets_that_are_drawn_repeatedly_have_no_keys():
    X = resample(known(), random_state=0)
    assert_known(X, [0, 3, 1, 0], keys=False)
    assert_known(known()[[1, 2, -3]], [1, 2, 1], keys=False)
    assert_known(known()[np.array([1, -1], dtype=np.int8)], [1, 3])


@pytest.mark.parametrize("mmap_mode", [None, "r"])
def test_they_come_back_from_a_file(tmp_path, mmap_mode):
    joblib.dump(known(), tmp_path / "sets.joblib")
    back = joblib.load(tmp_path / "sets.joblib", mmap_mode=mmap_mode)
    assert isinstance(back.values, np.memmap) == (mmap_mode == "r")
    assert_known(back, range(4))
