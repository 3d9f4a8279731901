"""A random subset of each set, always the same one."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_array_equal
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline

from sksets import DeepSetsClassifier, SetArray
from sksets.preprocessing import ElementTransformer, SetSampler

SIZES = (30, 0, 1, 5, 200)


def make_sets(sizes=SIZES):
    rng = np.random.default_rng(0)
    return [rng.normal(size=(size, 2)) for size in sizes]


def rows(elements):
    return [tuple(row) for row in elements.tolist()]


def test_a_subset_in_its_order():
    X = make_sets()
    for new, old in zip(SetSampler(5, random_state=0).fit_transform(X), X, strict=True):
        assert len(new) == min(len(old), 5)
        places = [rows(old).index(row) for row in rows(new)]
        assert places == sorted(set(places))


def test_the_same_whenever_it_is_asked():
    X = make_sets()
    sampler = SetSampler(5, random_state=0).fit(X)
    expected = sampler.transform(X)
    rng = np.random.default_rng(1)
    for i in (0, 4):
        assert_array_equal(sampler.transform([X[i]])[0], expected[i])
        assert set(rows(sampler.transform([rng.permutation(X[i])])[0])) == set(rows(expected[i]))
        assert_array_equal(SetSampler(5, random_state=0).fit_transform(X[i:])[0], expected[i])
        other = SetSampler(5, random_state=1).fit_transform(X)[i]
        assert set(rows(other)) != set(rows(expected[i]))
    unseeded = SetSampler(5).fit(X)
    assert_array_equal(unseeded.transform(X)[4], unseeded.transform(X)[4])


def test_what_goes_along():
    rng = np.random.default_rng(0)
    frame = pd.DataFrame({"key": np.repeat([7, 9], 20), "x": rng.normal(size=40)})
    frame["kind"] = rng.choice(list("abc"), 40)
    X = SetArray.from_frame(frame, "key").with_context([[1.0], [2.0]], ["age"])
    X = X.with_element_weight(1 + np.arange(40.0))
    sampler = SetSampler(3, random_state=0).fit(X)
    new = sampler.transform(X)
    places = new.element_weight.astype(int) - 1
    assert new.sizes.tolist() == [3, 3] and (places[:3] < 20).all() and (places[3:] >= 20).all()
    assert new.values.tolist() == frame[["x", "kind"]].to_numpy(dtype=object)[places].tolist()
    assert new.feature_names.tolist() == ["x", "kind"] == sampler.get_feature_names_out().tolist()
    assert (new.keys.tolist(), new.context.tolist()) == ([7, 9], [[1.0], [2.0]])
    assert new.context_names.tolist() == ["age"]


def test_containers():
    cube = np.random.default_rng(0).normal(size=(4, 9, 2)).astype(np.float32)
    new = SetSampler(3, random_state=0).fit_transform(cube)
    assert new.shape == (4, 3, 2) and new.dtype == np.float32
    listed = SetSampler(3, random_state=0).fit_transform(list(cube))
    assert_array_equal(np.stack(listed), new)
    assert SetSampler(30).fit_transform(cube).shape == (4, 9, 2)
    table = SetSampler(3).fit_transform(cube[0])
    assert_array_equal(table, cube[0])
    words = SetSampler(2, random_state=0).fit_transform([["a", "b", "c"], ["d"]])
    assert [len(s) for s in words] == [2, 1] and set(words[0]) < set("abc")
    images = SetSampler(2).fit_transform([np.zeros((5, 4, 4), dtype=np.uint8)])
    assert images[0].shape == (2, 4, 4) and images[0].dtype == np.uint8


def test_a_file_is_read_in_blocks(tmp_path):
    X = SetArray.from_sets(make_sets())
    np.save(tmp_path / "values.npy", X.values)
    mapped = SetArray(np.load(tmp_path / "values.npy", mmap_mode="r"), X.offsets)
    found = SetSampler(4, random_state=0).fit_transform(mapped)
    assert_array_equal(found.values, SetSampler(4, random_state=0).fit_transform(X).values)


def test_nan_is_passed_on():
    X = [np.array([[1.0], [np.nan], [3.0], [np.nan]])]
    steps = make_pipeline(SetSampler(3, random_state=0), ElementTransformer(SimpleImputer()))
    (new,) = steps.fit_transform(X)
    assert len(new) == 3 and np.isfinite(new).all()


def test_a_step_before_a_network():
    X, y = make_sets([20] * 10), np.arange(10) % 2
    clf = DeepSetsClassifier(max_epochs=1, random_state=0)
    proba = make_pipeline(SetSampler(4, random_state=0), clf).fit(X, y).predict_proba(X)
    sampled = SetSampler(4, random_state=0).fit_transform(X)
    assert_array_equal(proba, clf.fit(sampled, y).predict_proba(sampled))


@pytest.mark.parametrize("n_elements", [0, 2.5, "half"])
def test_bad_n_elements(n_elements):
    with pytest.raises(ValueError, match="The 'n_elements' parameter of SetSampler must be an int"):
        SetSampler(n_elements).fit(make_sets())
