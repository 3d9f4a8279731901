"""ModelNet10: furniture as clouds of points drawn from occupied voxels."""

import numpy as np
from sklearn.utils import Bunch, check_random_state

from sksets._arguments import check_arguments, check_count
from sksets._set_array import SetArray, offsets_from_sizes
from sksets.datasets._shape_files import check_classes, check_strings, require_arrays
from sksets.datasets._store import DataFile, load_arrays

_SIDE = 32  # voxels along each axis
_N_BYTES = _SIDE**3 // 8  # of a packed grid
_SPLITS = {"train": ("train",), "test": ("test",), "all": ("train", "test")}
_FEWEST = 100  # voxels of a shape that is not broken
_BLOCK_SHAPES = 256  # unpacked at a time, 8 MB

_DESCR = """ModelNet10
----------
{n_sets:,} pieces of furniture of {n_classes} classes, each the set of {points} {what}
of its grid of 32 x 32 x 32 voxels. A point is uniform within its voxel, and the grid reaches from
-1 to 1 along x, y and z; z points up. Part of the file: {subset}.

{n_empty} grids of this part have no voxel: they are left out. {n_broken} more have fewer than 100
voxels, mostly because their mesh is broken: they are kept, and named by is_broken.

Source: Princeton ModelNet, for research use. Z. Wu, S. Song, A. Khosla, F. Yu, L. Zhang, X. Tang,
J. Xiao, "3D ShapeNets: a deep representation for volumetric shapes", CVPR 2015. The split is the
official one."""

_FORM = (
    "It is a .npz file of the arrays classes, strings of shape (n_classes,), and for each part, "
    f"train and test, vox_train, uint8 of shape (n_shapes, {_N_BYTES}), packed voxels of {_SIDE}^3 "
    "grids (numpy.packbits), and y_train, numbers of classes. Meshes: modelnet.cs.princeton.edu."
)


def _check_grids(arrays):
    """Refuse anything but packed grids of two parts, some occupied, and their classes."""
    parts = _SPLITS["all"]
    require_arrays(arrays, ["classes", *(f"{a}_{part}" for a in ("vox", "y") for part in parts)])
    check_strings(arrays, "classes")
    for part in parts:
        grids = arrays[f"vox_{part}"]
        if grids.dtype != np.uint8 or grids.ndim != 2 or grids.shape[1] != _N_BYTES:
            raise ValueError(
                f"vox_{part} must be uint8 of shape (n_shapes, {_N_BYTES}), found an array of "
                f"shape {grids.shape}, {grids.dtype}"
            )
        if not grids.any():
            raise ValueError(f"no grid of vox_{part} has a voxel")
        check_classes(arrays, f"y_{part}", len(grids))


MODELNET10 = DataFile(
    function="fetch_modelnet10",
    path="modelnet10/modelnet10_vox32.npz",
    check=_check_grids,
    origin=_FORM,
)


def _without_inside(packed):
    """Empty the voxels of packed grids whose six neighbours are all occupied.

    The 32 voxels along z are the bits of one number, the first its highest. What lies outside of
    the grid is empty.
    """
    grids = packed.view(">u4").astype(np.uint32).reshape(-1, _SIDE, _SIDE)
    inside = grids << 1
    inside &= grids >> 1
    for axis in (1, 2):
        moved = np.moveaxis(inside, axis, 0)
        column = np.moveaxis(grids, axis, 0)
        moved[:-1] &= column[1:]
        moved[1:] &= column[:-1]
        moved[[0, -1]] = 0
    surface = grids & ~inside
    return surface.astype(">u4").reshape(-1, _SIDE**2).view(np.uint8)


def _count_bits(packed):
    """Count the bits that are 1 in each row of bytes."""
    bits = np.unpackbits(np.arange(256, dtype=np.uint8)[:, None], axis=1)
    counts = bits.sum(axis=1, dtype=np.uint8)
    return counts[packed].sum(axis=1, dtype=np.int64)


def _draw_points(rng, packed, offsets):
    """Draw points from the voxels of each grid; as many as the offsets say, all equally often."""
    points = np.empty((offsets[-1], 3), dtype=np.float32)
    for start in range(0, len(packed), _BLOCK_SHAPES):
        grids = np.unpackbits(packed[start : start + _BLOCK_SHAPES], axis=1)
        for i, grid in enumerate(grids, start):
            voxels = np.flatnonzero(grid)
            rows = slice(offsets[i], offsets[i + 1])
            # A shape of too few voxels gives each of them again, up to a last round.
            drawn = np.resize(rng.permutation(voxels), rows.stop - rows.start)
            corners = np.column_stack(np.unravel_index(drawn, (_SIDE,) * 3))
            points[rows] = (corners + rng.random_sample(corners.shape)) * (2 / _SIDE) - 1
    return points


@check_arguments(surface=["boolean"])
def fetch_modelnet10(
    data_home=None,
    *,
    subset="train",
    n_points=1000,
    surface=True,
    random_state=0,
    return_X_y=False,
):
    """Load pieces of furniture as clouds of points, and their classes.

    The data of [1]_, which [2]_ classifies in its section 4.1.3 (there the larger ModelNet40). The
    file ``modelnet10/modelnet10_vox32.npz`` holds the shapes as grids of 32 voxels along each axis;
    it is looked up in `data_home`. It cannot be downloaded. Its form is checked, its content is
    not: grids of other shapes may be put there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the data, see :func:`get_data_home`.
    subset : {"train", "test", "all"}, default="train"
        The part of the official split; "all" has the training shapes first.
    n_points : int or None, default=1000
        Points of a shape. They are drawn from its voxels, without replacement. Where a shape has
        fewer voxels, each is taken equally often, or once more than others, and each time at
        another place within. None is one point a voxel: sets of different sizes.
    surface : bool, default=True
        Draw from the surface alone: voxels of which one of the six neighbours is empty or outside
        of the grid. Else from all occupied voxels.
    random_state : int, RandomState instance or None, default=0
        Decides which voxels are drawn, and where the points lie within. Another integer is another
        draw from the same shapes.
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (n_sets,)
            A set is (n_points, 3), float32: x, y and z of points, each uniform within its voxel.
            The grid reaches from -1 to 1, and z points up. Shapes without a voxel are left out.
        target : ndarray of shape (n_sets,)
            The class of each shape, a place in ``target_names``.
        target_names : list of str
            Names of the classes.
        feature_names : list of 3 str
            ``["x", "y", "z"]``.
        n_voxels : ndarray of shape (n_sets,)
            Occupied voxels of each shape, inside or not.
        is_broken : ndarray of shape (n_sets,)
            True for shapes of fewer than 100 voxels: 105 of the training shapes and 19 of the
            test shapes in the file of the benchmarks.
        is_test : ndarray of shape (n_sets,)
            True for the shapes of the test part.
        n_empty : int
            How many shapes were left out: 27 of the training shapes and 7 of the test shapes in
            the file of the benchmarks.
        DESCR : str
            Description of the data.

    (data, target) : tuple if ``return_X_y``

    Raises
    ------
    FileNotFoundError
        The file is missing. The message says what file to put where.
    OSError
        The file is damaged, or its arrays are of another form. The message says how.
    TypeError, ValueError
        The subset is unknown, or `n_points` is not a positive integer.

    See Also
    --------
    fetch_shapes69 : Other shapes, of more classes.
    make_shapes : Solids that need no file.

    References
    ----------
    .. [1] Wu, Song, Khosla, Yu, Zhang, Tang, Xiao, "3D ShapeNets: a deep representation for
       volumetric shapes", Conference on Computer Vision and Pattern Recognition, 2015.
    .. [2] Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov, Smola, "Deep Sets", Advances in
       Neural Information Processing Systems 30, 2017.

    Examples
    --------
    >>> from sksets.datasets import fetch_modelnet10
    >>> X, y = fetch_modelnet10(n_points=100, return_X_y=True)  # doctest: +SKIP
    >>> fetch_modelnet10(data_home="an_empty_folder")
    Traceback (most recent call last):
    FileNotFoundError: fetch_modelnet10 needs the file modelnet10_vox32.npz in the folder ...
    """
    if not isinstance(subset, str) or subset not in _SPLITS:
        raise ValueError(f"subset must be 'train', 'test' or 'all', got {subset!r}")
    if n_points is not None:
        check_count(n_points, "n_points", 1)
    arrays = load_arrays(MODELNET10, data_home)
    grids = np.concatenate([arrays[f"vox_{part}"] for part in _SPLITS[subset]])
    y = np.concatenate([arrays[f"y_{part}"] for part in _SPLITS[subset]]).astype(np.int64)
    is_test = np.arange(len(y)) >= (0 if subset == "test" else len(arrays["y_train"]))
    n_voxels = _count_bits(grids)
    kept = n_voxels > 0
    grids, y, is_test, n_voxels = (each[kept] for each in (grids, y, is_test, n_voxels))

    if surface:
        grids = _without_inside(grids)
    sizes = _count_bits(grids) if n_points is None else np.full(len(y), n_points)
    offsets = offsets_from_sizes(sizes)
    points = _draw_points(check_random_state(random_state), grids, offsets)
    names = ["x", "y", "z"]
    data = SetArray(points, offsets, feature_names=names)
    if return_X_y:
        return data, y
    is_broken = n_voxels < _FEWEST
    return Bunch(
        data=data,
        target=y,
        target_names=arrays["classes"].tolist(),
        feature_names=names,
        n_voxels=n_voxels,
        is_broken=is_broken,
        is_test=is_test,
        n_empty=int(len(kept) - kept.sum()),
        DESCR=_DESCR.format(
            n_sets=len(y),
            n_classes=len(arrays["classes"]),
            points="one point in each of" if n_points is None else f"{n_points:,} points in",
            what="the surface voxels" if surface else "the occupied voxels",
            subset=subset,
            n_empty=len(kept) - kept.sum(),
            n_broken=is_broken.sum(),
        ),
    )
