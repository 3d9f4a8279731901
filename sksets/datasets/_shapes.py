"""Solids of a few kinds as clouds of points on their surfaces."""

from numbers import Real

import numpy as np
from scipy.spatial.transform import Rotation
from sklearn.utils import Bunch, check_random_state

from sksets._arguments import check_arguments, check_count
from sksets._compat import Interval, StrOptions
from sksets._set_array import SetArray, offsets_from_sizes
from sksets.datasets._sizes import check_sizes
from sksets.datasets._solids import SOLIDS

_SMALLEST, _LARGEST = 0.4, 1.0  # half of an extent
_THINNEST, _THICKEST = 0.15, 0.45  # the tube of a torus, of half its width: below .5 it has a hole
_ROUND = ("cone", "cylinder", "pyramid", "torus")  # as wide along x as along y

_DESCR = """Solids as clouds of points
--------------------------
{n_sets:,} solids, each the set of {smallest} to {largest} points drawn uniformly, by area, from its
surface. The target is the kind of the solid: {kinds}. Their extents vary.

Generated, with noise of {noise:g} (one standard deviation) on each coordinate."""


def _check_kinds(kinds):
    """Return the kinds of solids, different and known, as a list."""
    if kinds is None:
        return list(SOLIDS)
    if not isinstance(kinds, list | tuple) or not kinds:
        raise ValueError(f"kinds must be a list of names of {list(SOLIDS)}, got {kinds!r:.100}")
    for i, kind in enumerate(kinds):
        if not isinstance(kind, str) or kind not in SOLIDS:
            raise ValueError(f"kinds must be of {list(SOLIDS)}, got {kind!r:.100}")
        if kind in kinds[:i]:
            raise ValueError(f"kinds must differ, {kind!r} is there twice")
    return list(kinds)


def _draw_extents(rng, kinds, target):
    """Draw half of the extents of each solid along x, y and z."""
    half = rng.uniform(_SMALLEST, _LARGEST, size=(len(target), 3))
    thickness = rng.uniform(_THINNEST, _THICKEST, size=len(target))
    for number, kind in enumerate(kinds):
        of_kind = target == number
        if kind in _ROUND:
            half[of_kind, 1] = half[of_kind, 0]
        if kind == "sphere":
            half[of_kind] = half[of_kind, :1]
        if kind == "torus":
            half[of_kind, 2] = half[of_kind, 0] * thickness[of_kind]
    return half


def _draw_rotations(rng, rotation, n_sets):
    """Draw one rotation a set, as matrices."""
    if rotation is None:
        return np.tile(np.eye(3), (n_sets, 1, 1))
    if rotation == "z":
        angles = rng.uniform(0, 2 * np.pi, size=(n_sets, 1))
        return Rotation.from_euler("z", angles).as_matrix()
    return Rotation.from_quat(rng.normal(size=(n_sets, 4))).as_matrix()


@check_arguments(
    noise=[Interval(Real, 0, None, closed="left")], rotation=[StrOptions({"z", "any"}), None]
)
def make_shapes(
    n_sets=300,
    *,
    n_points=100,
    kinds=None,
    rotation="z",
    noise=0.0,
    random_state=None,
    return_X_y=False,
):
    """Generate solids as clouds of points on their surfaces, and their kinds.

    A task of one class a set, as that of section 4.1.3 of [1]_, that needs no file.

    Parameters
    ----------
    n_sets : int, default=300
        Number of solids, of each kind equally many, or one more than of others.
    n_points : int or (int, int), default=100
        Points of a solid: a number, or the smallest and largest of numbers that are drawn
        uniformly, both included. At least 1.
    kinds : list of str, default=None
        The kinds of solids, of ``"box"``, ``"cone"``, ``"cylinder"``, ``"pyramid"``, ``"sphere"``
        and ``"torus"``; all of them by default.
    rotation : {"z", "any"} or None, default="z"
        How each solid is turned: about the z axis by any angle, by any rotation of space, or not
        at all.
    noise : float, default=0.0
        Standard deviation of a normal error of each coordinate.
    random_state : int, RandomState instance or None, default=None
        Give an int for the same solids on every call.
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (n_sets,)
            A set is (n_i, 3), float32: x, y and z of points drawn uniformly, by area, from the
            surface of a solid.
        target : ndarray of shape (n_sets,)
            The kind of each solid, a place in ``target_names``.
        target_names : list of str
            The kinds.
        extents : ndarray of shape (n_sets, 3)
            Half of the extent of each solid along x, y and z before it was turned. The box of
            these extents has its centre at the origin.
        rotations : ndarray of shape (n_sets, 3, 3)
            How each solid was turned: ``rotations[i] @ point``.
        feature_names : list of 3 str
            ``["x", "y", "z"]``.
        DESCR : str
            Description of the data.

    (data, target) : tuple if ``return_X_y``

    Raises
    ------
    TypeError, ValueError
        A number is not an integer or out of range, a kind is unknown or there twice, or the
        rotation is unknown.

    See Also
    --------
    fetch_modelnet10 : Pieces of furniture.
    fetch_shapes69 : Shapes of 69 classes.

    Notes
    -----
    Half extents are uniform from 0.4 to 1. The axis of a cone, a cylinder, a pyramid and a torus
    is z, and their extents along x and y are equal; a pyramid has a square base, and the apex of
    cones and pyramids is at the top. The tube of a torus is 0.15 to 0.45 as thick as the torus is
    wide.

    References
    ----------
    .. [1] Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov, Smola, "Deep Sets", Advances in
       Neural Information Processing Systems 30, 2017.

    Examples
    --------
    >>> from sksets.datasets import make_shapes
    >>> shapes = make_shapes(12, n_points=(50, 80), random_state=0)
    >>> shapes.data
    SetArray(n_sets=12, n_elements=..., sizes ... to ..., elements float32 (3,))
    >>> shapes.target_names
    ['box', 'cone', 'cylinder', 'pyramid', 'sphere', 'torus']
    """
    check_count(n_sets, "n_sets", 1)
    fewest, most = check_sizes(n_points, 1, "n_points")
    kinds = _check_kinds(kinds)

    rng = check_random_state(random_state)
    target = rng.permutation(np.arange(n_sets) % len(kinds))
    sizes = rng.randint(fewest, most + 1, size=n_sets)
    extents = _draw_extents(rng, kinds, target)
    rotations = _draw_rotations(rng, rotation, n_sets)
    set_ids = np.repeat(np.arange(n_sets), sizes)
    points = np.empty((len(set_ids), 3))
    for number, kind in enumerate(kinds):
        rows = target[set_ids] == number
        points[rows] = SOLIDS[kind](rng, extents[set_ids[rows]])
    points = np.einsum("nij,nj->ni", rotations[set_ids], points)
    points += noise * rng.normal(size=points.shape)

    names = ["x", "y", "z"]
    data = SetArray(points.astype(np.float32), offsets_from_sizes(sizes), feature_names=names)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=kinds,
        extents=extents,
        rotations=rotations,
        feature_names=names,
        DESCR=_DESCR.format(
            n_sets=n_sets,
            smallest=sizes.min(),
            largest=sizes.max(),
            kinds=", ".join(kinds),
            noise=noise,
        ),
    )
