"""Solids: that their points lie on the surface, and are uniform on it by area."""

import numpy as np
import pytest
from scipy.stats import kstest

from sksets.datasets import make_shapes

N_POINTS = 20_000


def solid(kind, random_state=0):
    """Return points of a solid, not turned, in units of its half extents, and these."""
    shapes = make_shapes(
        1, n_points=N_POINTS, kinds=[kind], rotation=None, random_state=random_state
    )
    half = shapes.extents[0]
    return shapes.data[0] / half, half


def assert_uniform(values, low=0, high=1):
    assert kstest(values, "uniform", args=(low, high - low)).pvalue > 1e-3


def assert_share(is_there, share):
    error = 4 * np.sqrt(share * (1 - share) / len(is_there))
    assert is_there.mean() == pytest.approx(share, abs=error)


def assert_turns_evenly(points):
    """All angles about the z axis are equally frequent."""
    assert_uniform(np.arctan2(points[:, 1], points[:, 0]), -np.pi, np.pi)


def is_on(values, where):
    return np.isclose(values, where, atol=1e-5)


def test_sphere():
    points, half = solid("sphere")
    assert half[0] == half[1] == half[2]
    np.testing.assert_allclose(np.linalg.norm(points, axis=1), 1, rtol=1e-5)
    assert_uniform(points[:, 2], -1, 1)  # Archimedes: slices of one height have one area
    assert_turns_evenly(points)
    assert_turns_evenly(points[:, [2, 0]])


def test_box():
    points, half = solid("box")
    assert len(set(half)) == 3
    np.testing.assert_allclose(np.abs(points).max(axis=1), 1, rtol=1e-5)
    areas = half.prod() / half
    for axis in range(3):
        others = [a for a in range(3) if a != axis]
        for side in (-1, 1):
            on_face = is_on(points[:, axis], side)
            assert_share(on_face, areas[axis] / areas.sum() / 2)
            for other in others:
                assert_uniform(points[on_face, other], -1, 1)


def test_cylinder():
    points, half = solid("cylinder")
    assert half[0] == half[1] != half[2]
    distance = np.linalg.norm(points[:, :2], axis=1)
    on_side = is_on(distance, 1)
    is_end = is_on(np.abs(points[:, 2]), 1)
    assert (on_side | is_end).all()
    # 2 pi r h and 2 pi r^2
    assert_share(is_end, half[0] / (half[0] + 2 * half[2]))
    assert_share(points[is_end, 2] > 0, 1 / 2)
    assert_uniform(points[~is_end, 2], -1, 1)
    assert_uniform(distance[is_end] ** 2)
    assert_turns_evenly(points[is_end])
    assert_turns_evenly(points[~is_end])


@pytest.mark.parametrize("kind", ["cone", "pyramid"])
def test_cone_and_pyramid(kind):
    points, half = solid(kind)
    assert half[0] == half[1] != half[2]
    x, y, z = points.T
    distance = np.hypot(x, y) if kind == "cone" else np.maximum(np.abs(x), np.abs(y))
    on_side = is_on(z, 1 - 2 * distance)  # the apex is at the top
    is_base = is_on(z, -1)
    assert (on_side | is_base).all() and distance.max() <= 1 + 1e-5
    slant = np.hypot(half[0], 2 * half[2])
    assert_share(is_base, half[0] / (half[0] + slant))
    for part in (is_base, ~is_base):
        assert_uniform(distance[part] ** 2)
    if kind == "cone":
        assert_turns_evenly(points[is_base])
        assert_turns_evenly(points[~is_base])
        return
    # Each side has a quarter of the points, spread evenly between its edges.
    for part in (is_base, ~is_base):
        for across, along in ((x, y), (y, x)):
            for sign in (-1, 1):
                of_side = part & is_on(sign * across, distance)
                assert_share(of_side[part], 1 / 4)
                assert_uniform((along / distance)[of_side], -1, 1)


def test_torus():
    points, half = solid("torus")
    points = points * half
    tube = half[2]
    ring = half[0] - tube
    assert half[0] == half[1] and 0.15 <= tube / half[0] <= 0.45
    outward = np.hypot(points[:, 0], points[:, 1]) - ring
    np.testing.assert_allclose(np.hypot(outward, points[:, 2]), tube, rtol=1e-4)
    assert_turns_evenly(points)
    # The density of the angle around the tube is 1 + (r / R) cos, as are the circles' lengths.
    angle = np.arctan2(points[:, 2], outward)
    assert_uniform((angle + tube / ring * np.sin(angle)), -np.pi, np.pi)


def test_a_solid_is_turned_as_told():
    kinds = ["box", "pyramid", "torus"]
    for rotation in ("z", "any"):
        turned = make_shapes(9, n_points=40, kinds=kinds, rotation=rotation, random_state=1)
        R = turned.rotations
        np.testing.assert_allclose(
            R @ R.transpose(0, 2, 1), np.tile(np.eye(3), (9, 1, 1)), atol=1e-9
        )
        np.testing.assert_allclose(np.linalg.det(R), 1)
        for points, matrix, half in zip(turned.data, R, turned.extents, strict=True):
            before = points @ matrix / half
            assert 0.9 < np.abs(before).max() <= 1 + 1e-5
        about_z = np.allclose(R[:, 2], [0, 0, 1]) and np.allclose(R[:, :, 2], [0, 0, 1])
        assert about_z == (rotation == "z")
        assert len(np.unique(R[:, 0, 0])) == 9
    assert (make_shapes(4, rotation=None, random_state=1).rotations == np.eye(3)).all()


def test_rotations_have_no_preferred_direction():
    shapes = make_shapes(2000, n_points=1, rotation="any", random_state=0)
    for axis in range(3):
        assert_uniform(shapes.rotations[:, 2, axis], -1, 1)


def test_kinds_sizes_and_names():
    shapes = make_shapes(20, n_points=(5, 8), random_state=0)
    assert shapes.target_names == ["box", "cone", "cylinder", "pyramid", "sphere", "torus"]
    assert sorted(np.bincount(shapes.target)) == [3, 3, 3, 3, 4, 4]
    assert set(shapes.data.sizes) == {5, 6, 7, 8}
    assert shapes.data.values.dtype == np.float32
    assert shapes.data.feature_names.tolist() == shapes.feature_names == ["x", "y", "z"]
    assert "20 solids, each the set of 5 to 8 points" in shapes.DESCR
    shapes = make_shapes(4, n_points=7, kinds=("torus", "box"), random_state=0)
    assert shapes.target_names == ["torus", "box"] and shapes.data.sizes.tolist() == [7] * 4
    flat = shapes.extents[:, 2] < 0.5 * shapes.extents[:, 0]
    assert flat[shapes.target == 0].all()
    X, y = make_shapes(20, n_points=(5, 8), random_state=0, return_X_y=True)
    again = make_shapes(20, n_points=(5, 8), random_state=0)
    np.testing.assert_array_equal(X.values, again.data.values)
    np.testing.assert_array_equal(y, again.target)
    other = make_shapes(20, n_points=(5, 8), random_state=1)
    assert not np.array_equal(other.extents, again.extents)


def test_noise_is_normal_on_each_coordinate():
    exact, noisy = (
        make_shapes(1, n_points=N_POINTS, noise=noise, random_state=0) for noise in (0, 0.1)
    )
    error = noisy.data[0] - exact.data[0]
    assert kstest(error.ravel() / 0.1, "norm").pvalue > 1e-3
    np.testing.assert_allclose(np.corrcoef(error.T), np.eye(3), atol=4 / N_POINTS**0.5)


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({"n_sets": 0}, "n_sets == 0, must be >= 1"),
        ({"n_points": 0}, "n_points == 0, must be >= 1"),
        ({"n_points": (5, 4)}, "n_points == 4, must be >= 5"),
        ({"n_points": "many"}, "n_points must be an integer or a pair"),
        ({"kinds": []}, r"kinds must be a list of names of .'box', .*, got \[\]"),
        ({"kinds": "box"}, "kinds must be a list of names of .*, got 'box'"),
        ({"kinds": ["box", "cube"]}, "kinds must be of .'box', .*, got 'cube'"),
        ({"kinds": ["box", "cone", "box"]}, "kinds must differ, 'box' is there twice"),
        ({"rotation": "x"}, "The 'rotation' parameter"),
        ({"noise": -0.1}, "The 'noise' parameter"),
        ({"noise": np.nan}, "The 'noise' parameter"),
    ],
)
def test_bad_arguments_of_the_solids(arguments, message):
    with pytest.raises(ValueError, match=message):
        make_shapes(**arguments)
