"""What lies around each element of its set."""

import joblib
import numpy as np
import pandas as pd
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.pipeline import make_pipeline

from sksets import DeepSetsRegressor, SetArray
from sksets.augmentation import RandomRotation, RandomScale
from sksets.nn import SetBatch
from sksets.preprocessing import NeighborFeatures

BLOCKS = ((0, 1, 2), (3, 4, 5), (6, 7, 8, 9, 10, 11))
SIZES = (40, 0, 1, 2, 5, 200)


def make_points(d=3, sizes=SIZES, seed=0):
    rng = np.random.default_rng(seed)
    return [rng.normal(size=(size, d)) for size in sizes]


def by_loops(elements, k):
    """Compare all pairs; members as far as the last of the nearest count the same share."""
    n, d = elements.shape
    out = np.zeros((n, d + d * (d + 1) // 2))
    for i in range(n if n > 1 else 0):
        offsets = np.delete(elements, i, axis=0) - elements[i]
        distances = np.sqrt((offsets**2).sum(axis=1))
        last = np.sort(distances)[min(k, n - 1) - 1]
        inside = distances < last * (1 - 1e-5)
        tied = ~inside & (distances <= last * (1 + 1e-5))
        share = inside + tied * (min(k, n - 1) - inside.sum()) / tied.sum()
        share /= min(k, n - 1)
        mean = share @ offsets
        covariance = (offsets - mean).T @ (share[:, None] * (offsets - mean))
        out[i] = np.concatenate([mean, covariance[np.triu_indices(d)]])
    return out


def test_a_table():
    square = [np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0]]), np.array([[1.0, 1.0]])]
    first, alone = NeighborFeatures(n_neighbors=1).fit_transform(square)
    expected = [[0, 0, 2, 0, 0, 0, 0], [2, 0, -2, 0, 0, 0, 0], [0, 4, 0, -4, 0, 0, 0]]
    assert_array_equal(first, expected)
    assert_array_equal(alone, [[1, 1, 0, 0, 0, 0, 0]])
    # More than there are: all others.
    expected = [[0, 0, 1, 2, 1, -2, 4], [2, 0, -2, 2, 0, 0, 4], [0, 4, 1, -4, 1, 0, 0]]
    assert_array_equal(NeighborFeatures(n_neighbors=5).fit_transform(square)[0], expected)


@pytest.mark.parametrize("d", [1, 2, 3, 6])
@pytest.mark.parametrize("k", [1, 3, 16])
def test_all_pairs_give_the_same(d, k):
    X = make_points(d)
    for new, old in zip(NeighborFeatures(k).fit_transform(X), X, strict=True):
        assert_array_equal(new[:, :d], old)
        assert_allclose(new[:, d:], by_loops(old, k), atol=1e-12)


def grid():
    """Return the points of a grid, a tenth apart: many are equally far, but for rounding."""
    return np.stack(np.meshgrid(*[0.1 * np.arange(5)] * 3), axis=-1).reshape(-1, 3)


@pytest.mark.parametrize("k", [1, 4, 6, 16, 60])
def test_equally_far_members_count_the_same(k):
    points = grid()
    features = NeighborFeatures(k).fit_transform([points])[0]
    assert_allclose(features[:, 3:], by_loops(points, k), atol=1e-12)
    order = np.random.default_rng(0).permutation(len(points))
    (shuffled,) = NeighborFeatures(k).fit_transform([points[order]])
    assert_allclose(shuffled, features[order], atol=1e-12)
    # That of the middle has the symmetry of the grid.
    (middle,) = np.flatnonzero((np.abs(points - 0.2) < 1e-9).all(axis=1))
    assert_allclose(features[middle, 3:6], 0, atol=1e-12)
    assert_allclose(features[middle, [7, 8, 10]], 0, atol=1e-12)
    assert_allclose(features[middle, [9, 11]], features[middle, 6])


def test_duplicates_are_neighbours():
    X = [np.array([[1.0], [1.0], [1.0], [4.0]])]
    (features,) = NeighborFeatures(2).fit_transform(X)
    assert_array_equal(features, [[1, 0, 0]] * 3 + [[4, -3, 0]])
    (features,) = NeighborFeatures(3).fit_transform(X)
    assert_allclose(features, [[1, 1, 2]] * 3 + [[4, -3, 0]])
    for features in NeighborFeatures(16).fit_transform([np.ones((50, 3)), np.ones((100, 3))]):
        assert_array_equal(features[:, 3:], np.zeros((len(features), 9)))


@pytest.mark.parametrize("axis", [2, (1, -2, 0.5), "random"])
@pytest.mark.parametrize("points", [make_points(), [grid(), grid()[:60]]], ids=["random", "grid"])
def test_they_turn_with_the_set(axis, points):
    """The features of turned points are the turned features of the points."""
    features = NeighborFeatures().fit(points)

    def changed(sets, augmentation):
        packed = SetArray.from_sets(sets)
        batch = SetBatch(torch.tensor(packed.values), torch.tensor(packed.offsets))
        new = augmentation(batch, torch.Generator().manual_seed(3)).values.numpy()
        return list(SetArray(new, packed.offsets))

    for of_points, of_features in (
        (RandomRotation(axis=axis), RandomRotation(axis=axis, blocks=BLOCKS)),
        (RandomScale(2, per_axis=False), RandomScale(2, per_axis=False, blocks=BLOCKS)),
    ):
        first = features.transform(changed(points, of_points))
        then = changed(features.transform(points), of_features)
        for a, b in zip(first, then, strict=True):
            assert_allclose(a, b, atol=1e-12)
    # Stretched along one axis only, where the neighbours are the same: all others.
    few = [s[:12] for s in points]
    first = features.transform(changed(few, RandomScale(2)))
    then = changed(features.transform(few), RandomScale(2, blocks=BLOCKS))
    for a, b in zip(first, then, strict=True):
        assert_allclose(a, b, atol=1e-12)


def test_offsets_cost_no_digits():
    points = make_points(sizes=(100,))
    near = NeighborFeatures(8).fit_transform(points)[0][:, 3:]
    far = NeighborFeatures(8).fit_transform([points[0] + 1e6])[0][:, 3:]
    assert_allclose(far, near, atol=1e-8)
    single = points[0].astype(np.float32) + np.float32(100)
    (features,) = NeighborFeatures(8).fit_transform([single])
    assert features.dtype == np.float32
    expected = NeighborFeatures(8).fit_transform([single.astype(np.float64)])[0]
    assert_array_equal(features, expected.astype(np.float32))


@pytest.mark.parametrize("unit", [1e140, 1e-200])
def test_numbers_whose_squares_are_none(unit):
    points = make_points(sizes=(60, 100, 60))
    found = NeighborFeatures(8).fit_transform([unit * s for s in points[:2]] + points[2:])
    units = [unit, unit, 1.0]
    expected = NeighborFeatures(8).fit_transform(points)
    for scaled, features, one in zip(found, expected, units, strict=True):
        assert_allclose(scaled[:, 3:6] / one, features[:, 3:6], rtol=1e-9)
        assert_allclose(scaled[:, 6:], features[:, 6:] * one * one, rtol=1e-9)


def test_covariances_that_are_too_large():
    X = [np.ones((2, 1)), np.array([[0.0], [1.0], [1e170], [2e170]])]
    with pytest.raises(ValueError, match="too large for float64: set 1, element 0. Scale the elem"):
        NeighborFeatures().fit_transform(X)
    with pytest.raises(ValueError, match="too large for float32: set 0"):
        NeighborFeatures().fit_transform([np.array([[0], [1e25], [3e25]], dtype=np.float32)])


def test_types_and_containers(tmp_path):
    points = make_points(2, sizes=(4, 4, 4))
    expected = NeighborFeatures(2).fit_transform(points)
    assert all(isinstance(s, np.ndarray) and s.dtype == np.float64 for s in expected)
    cube = NeighborFeatures(2).fit_transform(np.stack(points))
    assert cube.shape == (3, 4, 7)
    assert_array_equal(cube, np.stack(expected))
    table = NeighborFeatures(2).fit_transform(points[0])
    assert_array_equal(table, np.hstack([points[0], np.zeros((4, 5))]))
    whole = NeighborFeatures(2).fit_transform([np.array([[0], [1], [3]], dtype=np.int16)])[0]
    assert_array_equal(whole, [[0, 2, 1], [1, 0.5, 2.25], [3, -2.5, 0.25]])
    np.save(tmp_path / "values.npy", np.vstack(points))
    mapped = np.load(tmp_path / "values.npy", mmap_mode="r")
    found = NeighborFeatures(2).fit_transform(SetArray(mapped, [0, 4, 8, 12]))
    assert_array_equal(found.values, np.vstack(expected))


def test_what_goes_along():
    frame = pd.DataFrame({"key": [7, 7, 7, 9], "x": [0.0, 1, 2, 5], "y": [1.0, 1, 1, 0]})
    X = SetArray.from_frame(frame, "key").with_context([[1.0], [2.0]], ["age"])
    X = X.with_element_weight([1.0, 2, 3, 4])
    features = NeighborFeatures(1).fit(X)
    new = features.transform(X)
    names = ["x", "y", "offset_x", "offset_y", "cov_x_x", "cov_x_y", "cov_y_y"]
    assert new.feature_names.tolist() == names == features.get_feature_names_out().tolist()
    assert (new.keys.tolist(), new.context.tolist()) == ([7, 9], [[1.0], [2.0]])
    assert new.context_names.tolist() == ["age"]
    assert new.element_weight.tolist() == [1, 2, 3, 4]
    # Weights do not enter: both neighbours of the middle count alike.
    assert new.values[1, 2:].tolist() == [0, 0, 1, 0, 0]
    unnamed = NeighborFeatures().fit(make_points(2)).get_feature_names_out()
    assert unnamed.tolist()[2:] == ["offset_x0", "offset_x1", "cov_x0_x0", "cov_x0_x1", "cov_x1_x1"]
    assert features.get_feature_names_out(["cells"]).tolist() == ["cells"]


def test_n_jobs_changes_nothing():
    X = make_points(sizes=(300, 20))
    expected = NeighborFeatures().fit_transform(X)
    for n_jobs in (1, 2, -1, 1000):
        for a, b in zip(NeighborFeatures(n_jobs=n_jobs).fit_transform(X), expected, strict=True):
            assert_array_equal(a, b)
    with joblib.parallel_backend("threading", n_jobs=2):
        assert_array_equal(NeighborFeatures().fit_transform(X)[0], expected[0])


def test_large_sets_are_searched_in_blocks(monkeypatch):
    X = [np.vstack([grid(), make_points(sizes=(60,))[0]])]
    expected = NeighborFeatures().fit_transform(X)
    monkeypatch.setattr("sksets.preprocessing._neighborhoods.BLOCK", 100)
    assert_allclose(NeighborFeatures().fit_transform(X)[0], expected[0], atol=1e-14)


def test_a_step_of_a_pipeline():
    X = make_points()
    reg = make_pipeline(NeighborFeatures(4), DeepSetsRegressor(max_epochs=1, random_state=0))
    assert np.isfinite(reg.fit(X, np.arange(6.0)).predict(X)).all()


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"n_neighbors": 0}, "The 'n_neighbors' parameter of NeighborFeatures must be an int"),
        ({"n_jobs": 0}, "n_jobs must be None, 1 or more, or negative"),
        ({"n_jobs": 1.5}, "The 'n_jobs' parameter of NeighborFeatures must be an instance"),
    ],
)
def test_bad_parameters(parameters, message):
    with pytest.raises(ValueError, match=message):
        NeighborFeatures(**parameters).fit(make_points())


@pytest.mark.parametrize(
    ("X", "message"),
    [
        ([["a", "b"], ["c"]], "NeighborFeatures takes numbers as elements, found string tokens"),
        ([np.zeros((2, 3, 3))], "NeighborFeatures takes vectors as elements, found .*(3, 3)"),
        ([np.array([[np.nan]])], "Input X contains NaN: set 0, element 0"),
    ],
)
def test_elements_that_are_no_vectors(X, message):
    with pytest.raises(ValueError, match=message):
        NeighborFeatures().fit(X)
