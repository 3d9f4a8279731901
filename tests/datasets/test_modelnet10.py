"""Furniture as points of voxels."""

import numpy as np
import pytest
from dataset_files import grids_of_shapes

from sksets.datasets import fetch_modelnet10

ARRAYS = grids_of_shapes()


def write_grids(folder, **arrays):
    folder = folder / "modelnet10"
    folder.mkdir(exist_ok=True)
    np.savez_compressed(folder / "modelnet10_vox32.npz", **arrays)


@pytest.fixture
def data_home(tmp_path):
    write_grids(tmp_path, **ARRAYS)
    return tmp_path


def voxels_of(points):
    """The voxels, as triples, that hold some points."""
    return [tuple(voxel) for voxel in np.floor((points.astype(float) + 1) * 16).astype(int)]


def surface_of(grid):
    """List the occupied voxels of which one of the six neighbours is empty or outside."""
    padded = np.pad(grid, 1)
    voxels = []
    for i, j, k in np.argwhere(grid):
        steps = ((-1, 0, 0), (1, 0, 0), (0, -1, 0), (0, 1, 0), (0, 0, -1), (0, 0, 1))
        if not all(padded[i + 1 + a, j + 1 + b, k + 1 + c] for a, b, c in steps):
            voxels.append((i, j, k))
    return voxels


def test_what_is_there_and_what_was_left_out(data_home):
    train = fetch_modelnet10(data_home, n_points=5)
    assert train.data.sizes.tolist() == [5, 5, 5] and train.data.values.dtype == np.float32
    assert train.feature_names == train.data.feature_names.tolist() == ["x", "y", "z"]
    assert train.target.tolist() == [0, 1, 1] and train.target.dtype == np.int64
    assert train.target_names == ["desk", "sofa"]
    assert train.n_voxels.tolist() == [27, 1, 125] and train.n_empty == 1
    assert train.is_broken.tolist() == [True, True, False]
    assert not train.is_test.any()
    assert "3 pieces of furniture of 2 classes" in train.DESCR
    assert "5 points in the surface voxels" in train.DESCR
    assert (
        "1 grids of this part have no voxel" in train.DESCR and "2 more have fewer" in train.DESCR
    )
    test = fetch_modelnet10(data_home, subset="test", n_points=None, surface=False)
    assert test.data.sizes.tolist() == [1] and test.target.tolist() == [1]
    assert test.is_test.tolist() == [True] and test.n_empty == 0
    assert "one point in each of the occupied voxels" in test.DESCR
    both = fetch_modelnet10(data_home, subset="all", n_points=5)
    assert both.is_test.tolist() == [False, False, False, True]
    assert both.target.tolist() == [0, 1, 1, 1] and both.n_empty == 1
    np.testing.assert_array_equal(both.data[:3].values, train.data.values)
    X, y = fetch_modelnet10(data_home, n_points=5, return_X_y=True)
    np.testing.assert_array_equal(X.values, train.data.values)
    np.testing.assert_array_equal(y, train.target)


def test_axes_are_those_of_the_grid(data_home):
    (point,) = fetch_modelnet10(data_home, subset="test", n_points=1).data[0]
    low = np.array([1, 2, 3]) / 16 - 1
    assert (low <= point).all() and (point <= low + 1 / 16).all()


def test_surface(data_home):
    cube, voxel, large = fetch_modelnet10(data_home, n_points=None).data
    assert [len(cube), len(voxel), len(large)] == [27 - 1, 1, 125 - 27]
    assert (1, 1, 1) not in voxels_of(cube) and (12, 14, 22) not in voxels_of(large)
    full = fetch_modelnet10(data_home, n_points=None, surface=False).data
    assert full.sizes.tolist() == [27, 1, 125]
    assert sorted(voxels_of(full[0])) == [tuple(ijk) for ijk in np.ndindex(3, 3, 3)]


def test_surface_of_random_grids(tmp_path):
    grids = np.random.default_rng(0).random((2, 32, 32, 32)) < 0.9
    packed = np.packbits(grids.reshape(2, -1), axis=1)
    y = np.zeros(2, dtype=np.uint8)
    write_grids(tmp_path, **ARRAYS | {"vox_train": packed, "y_train": y})
    data = fetch_modelnet10(tmp_path, n_points=None).data
    for grid, points in zip(grids, data, strict=True):
        assert sorted(voxels_of(points)) == surface_of(grid)
        assert len(points) < 0.8 * grid.sum()


def test_voxels_are_drawn_without_replacement_where_there_are_enough(data_home):
    _, _, large = fetch_modelnet10(data_home, n_points=98).data
    assert len(set(voxels_of(large))) == 98
    _, _, large = fetch_modelnet10(data_home, n_points=20).data
    assert len(set(voxels_of(large))) == 20


def test_too_few_voxels_are_drawn_equally_often_at_other_places(data_home):
    cube, voxel, _ = fetch_modelnet10(data_home, n_points=26 * 2 + 3).data
    _, counts = np.unique(voxels_of(cube), axis=0, return_counts=True)
    assert sorted(counts) == [2] * 23 + [3] * 3
    assert len(np.unique(cube, axis=0)) == len(cube)
    assert set(voxels_of(voxel)) == {(31, 0, 7)} and len(np.unique(voxel, axis=0)) == 55


def test_points_are_uniform_within_their_voxel(data_home):
    _, points, _ = fetch_modelnet10(data_home, n_points=20_000).data
    inside = (points.astype(float) + 1) * 16 - [31, 0, 7]
    assert (0 <= inside).all() and (inside <= 1).all()
    # Four standard errors of the moments of a uniform variable.
    np.testing.assert_allclose(inside.mean(axis=0), 1 / 2, atol=4 * 12**-0.5 / 20_000**0.5)
    np.testing.assert_allclose(np.cov(inside.T), np.eye(3) / 12, atol=4 / 12 / 20_000**0.5)


def test_another_random_state_is_another_draw(data_home):
    def draw(random_state):
        return fetch_modelnet10(data_home, n_points=20, random_state=random_state).data[2]

    np.testing.assert_array_equal(draw(0), draw(0))
    np.testing.assert_array_equal(draw(3), draw(np.random.RandomState(3)))
    assert set(voxels_of(draw(0))) != set(voxels_of(draw(1)))
    assert (draw(None) != draw(None)).any()


@pytest.mark.parametrize(
    "arguments, error, message",
    [
        (
            {"subset": "validation"},
            ValueError,
            "must be 'train', 'test' or 'all', got 'validation'",
        ),
        ({"subset": ["train"]}, ValueError, "must be 'train', 'test' or 'all', got .'train'."),
        ({"n_points": 0}, ValueError, "n_points == 0, must be >= 1"),
        ({"n_points": 1.5}, TypeError, "n_points must be an instance of int, not float"),
        ({"n_points": True}, TypeError, "n_points must be an instance of int, not bool"),
        ({"surface": "yes"}, ValueError, "The 'surface' parameter"),
        ({"random_state": -1}, ValueError, "The 'random_state' parameter"),
    ],
)
def test_bad_arguments_of_the_furniture(arguments, error, message, data_home):
    with pytest.raises(error, match=message):
        fetch_modelnet10(data_home, **arguments)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"vox_test": None, "y_test": None}, r"lacks the arrays .'vox_test', 'y_test'., found"),
        ({"vox_train": ARRAYS["vox_train"].astype(int)}, r"vox_train must be uint8 .*, int64"),
        ({"vox_test": ARRAYS["vox_test"][0]}, r"vox_test must be uint8 .* of shape \(4096,\)"),
        ({"vox_test": np.ones((1, 4097), np.uint8)}, r"vox_test must be .* \(n_shapes, 4096\), fo"),
        ({"vox_test": 0 * ARRAYS["vox_test"]}, "no grid of vox_test has a voxel"),
        ({"y_train": np.zeros(3, int)}, r"y_train must be integers of shape \(4,\), .* \(3,\), in"),
        ({"y_train": np.zeros(4)}, r"y_train must be integers .*, float64"),
        ({"y_test": np.array([2])}, "y_test must be from 0 to 1, places in classes, found 2 to 2"),
        ({"y_test": np.array([-1])}, "y_test must be from 0 to 1, places in classes, found -1"),
        ({"classes": np.arange(2)}, r"classes must be 1-D, of strings, .* shape \(2,\), int64"),
        ({"classes": np.full(2, 1 << 30, "u4").view("U1")}, "character"),
    ],
)
def test_grids_of_another_form_are_refused(changes, message, tmp_path):
    arrays = {name: a for name, a in (ARRAYS | changes).items() if a is not None}
    write_grids(tmp_path, **arrays)
    with pytest.raises(OSError, match=f"{message}.*Put the right file in its place. It is a .npz"):
        fetch_modelnet10(tmp_path)
