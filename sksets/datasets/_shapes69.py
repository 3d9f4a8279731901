"""Shapes of 69 classes as clouds of points drawn from their surfaces."""

import numpy as np
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets._set_array import SetArray
from sksets.datasets._shape_files import check_classes, check_strings, require_arrays
from sksets.datasets._store import DataFile, load_arrays

_DESCR = """Shapes of 69 classes
--------------------
{n_sets:,} shapes of {n_classes} classes such as cars, fish, hands, trees and chairs, {fewest} to
{most} shapes a class. Each is the set of {n_points:,} points drawn uniformly from the surface of
its mesh. The centre of a shape is at the origin and its radius at most 1.

Source: meshes of the Utrecht shape database, for research use; it has no licence file. There is no
official split."""

_FORM = (
    "It is a .npz file of the arrays X, floats of shape (n_shapes, n_points, 3), y, integers, the "
    "numbers of the classes, classes, strings, and names, strings, a name of its own for each "
    "shape."
)


def _check_shapes(arrays):
    """Refuse anything but finite points of named shapes with the numbers of their classes."""
    require_arrays(arrays, ["X", "y", "classes", "names"])
    X, names = arrays["X"], arrays["names"]
    if X.dtype.kind != "f" or X.ndim != 3 or X.shape[2] != 3 or not X.size:
        raise ValueError(
            "X must be floats of shape (n_shapes, n_points, 3), found an array of shape "
            f"{X.shape}, {X.dtype}"
        )
    # What a double may hold, 1e39, is infinite in the float32 that it becomes.
    with np.errstate(over="ignore"):
        is_finite = np.isfinite(X.astype(np.float32)).all(axis=(1, 2))
    if not is_finite.all():
        raise ValueError(f"shape {is_finite.argmin()} has a point that is not finite in float32")
    check_strings(arrays, "classes")
    check_classes(arrays, "y", len(X))
    check_strings(arrays, "names")
    if len(names) != len(X):
        raise ValueError(f"X has {len(X)} shapes, names has {len(names)} strings")
    if len(np.unique(names)) < len(names):
        raise ValueError("two shapes have the same name")


SHAPES69 = DataFile(
    function="fetch_shapes69",
    path="shapes69/shapes69_1024.npz",
    check=_check_shapes,
    origin=_FORM,
)


@check_arguments()
def fetch_shapes69(data_home=None, *, return_X_y=False):
    """Load shapes of 69 classes as clouds of points.

    The file ``shapes69/shapes69_1024.npz`` is looked up in `data_home`. It cannot be downloaded.
    Its form is checked, its content is not: points of other shapes may be put there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the data, see :func:`get_data_home`.
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (n_sets,)
            A set is (n_points, 3), float32: x, y and z of points on the surface of a shape, which
            is centred and has a radius of at most 1. Its keys are the names of the shapes. 2,470
            sets of 1,024 points in the file of the benchmarks.
        target : ndarray of shape (n_sets,)
            The class of each shape, a place in ``target_names``.
        target_names : list of str
            Names of the classes, 69 in the file of the benchmarks: 15 to 143 shapes each.
        feature_names : list of 3 str
            ``["x", "y", "z"]``.
        names : ndarray of shape (n_sets,)
            The name of each shape in the database, strings.
        DESCR : str
            Description of the data.

    (data, target) : tuple if ``return_X_y``

    Raises
    ------
    FileNotFoundError
        The file is missing. The message says what file to put where.
    OSError
        The file is damaged, or its arrays are of another form. The message says how.

    See Also
    --------
    fetch_modelnet10 : Furniture, with an official split.
    make_shapes : Solids that need no file.

    Notes
    -----
    There is no official split: use :class:`~sklearn.model_selection.StratifiedKFold`. Shapes lie
    as their meshes do: no axis points up in all of them.

    Examples
    --------
    >>> from sksets.datasets import fetch_shapes69
    >>> X, y = fetch_shapes69(return_X_y=True)  # doctest: +SKIP
    >>> fetch_shapes69(data_home="an_empty_folder")
    Traceback (most recent call last):
    FileNotFoundError: fetch_shapes69 needs the file shapes69_1024.npz in the folder ...
    """
    arrays = load_arrays(SHAPES69, data_home)
    X, names, y = arrays["X"].astype(np.float32), arrays["names"], arrays["y"].astype(np.int64)
    n_sets, n_points, _ = X.shape
    columns = ["x", "y", "z"]
    data = SetArray(
        X.reshape(-1, 3),
        n_points * np.arange(n_sets + 1),
        feature_names=columns,
        keys=names,
    )
    if return_X_y:
        return data, y
    counts = np.bincount(y, minlength=len(arrays["classes"]))
    return Bunch(
        data=data,
        target=y,
        target_names=arrays["classes"].tolist(),
        feature_names=columns,
        names=names,
        DESCR=_DESCR.format(
            n_sets=n_sets,
            n_classes=len(arrays["classes"]),
            fewest=counts.min(),
            most=counts.max(),
            n_points=n_points,
        ),
    )
