"""Shapes of 69 classes as points of their surfaces."""

import numpy as np
import pytest
from dataset_files import SHAPES

from sksets.datasets import fetch_shapes69


def write_shapes(folder, **arrays):
    folder = folder / "shapes69"
    folder.mkdir()
    np.savez_compressed(folder / "shapes69_1024.npz", **arrays)


def test_shapes_of_a_file(tmp_path):
    write_shapes(tmp_path, **SHAPES)
    shapes = fetch_shapes69(tmp_path)
    assert shapes.data.sizes.tolist() == [4, 4, 4] and shapes.data.values.dtype == np.float32
    for points, expected in zip(shapes.data, SHAPES["X"], strict=True):
        np.testing.assert_array_equal(points, expected)
    assert shapes.feature_names == shapes.data.feature_names.tolist() == ["x", "y", "z"]
    assert shapes.data.keys.tolist() == shapes.names.tolist() == ["m3", "m1", "m2"]
    assert shapes.target.tolist() == [1, 0, 1] and shapes.target.dtype == np.int64
    assert shapes.target_names == ["bird", "car"]
    assert "3 shapes of 2 classes" in shapes.DESCR and "the set of 4 points" in shapes.DESCR
    assert " 1 to 2 shapes a class" in " ".join(shapes.DESCR.split())
    X, y = fetch_shapes69(tmp_path, return_X_y=True)
    np.testing.assert_array_equal(X.values, shapes.data.values)
    np.testing.assert_array_equal(y, shapes.target)


@pytest.mark.parametrize(
    "changes, message",
    [
        ({"names": None}, r"lacks the arrays .'names'., found .'X', 'classes', 'y'."),
        ({"X": SHAPES["X"][..., :2]}, r"X must be floats .*, found .* \(3, 4, 2\), float16"),
        ({"X": SHAPES["X"].astype(int)}, r"X must be floats .*, int64"),
        ({"X": SHAPES["X"][:, :0]}, r"X must be floats .*\(3, 0, 3\)"),
        ({"X": SHAPES["X"] * np.float16(np.nan)}, "shape 0 has a point that is not finite"),
        ({"X": SHAPES["X"] * np.array([1, 1e39, 1])[:, None, None]}, "shape 1 has a point"),
        ({"y": np.zeros(2, int)}, r"y must be integers of shape \(3,\), one a shape, .* \(2,\)"),
        ({"y": np.array([0, 1, 2])}, "y must be from 0 to 1, places in classes, found 0 to 2"),
        ({"names": SHAPES["names"][:2]}, "X has 3 shapes, names has 2 strings"),
        ({"names": np.arange(3)}, "names must be 1-D, of strings"),
        ({"names": np.array(["m1", "m2", "m1"])}, "two shapes have the same name"),
        ({"classes": np.array([["bird", "car"]])}, r"classes must be 1-D, .* shape \(1, 2\)"),
    ],
)
def test_shapes_of_another_form_are_refused(changes, message, tmp_path):
    write_shapes(tmp_path, **{name: a for name, a in (SHAPES | changes).items() if a is not None})
    with pytest.raises(OSError, match=f"{message}.*Put the right file in its place. It is a .npz"):
        fetch_shapes69(tmp_path)
