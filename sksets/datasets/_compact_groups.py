"""Compact groups of galaxies, and the redshift of each galaxy."""

import numpy as np
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets._set_array import SetArray
from sksets.datasets._store import DataFile, RawFile, load_arrays

_COLUMNS = ("ra", "dec", "rmag", "u_r", "r90_r50")
_N_POSITIONS = 2  # the first columns
_MAX_BYTES = 1 << 22  # the table has 5,709 lines of about 100 characters

_DESCR = """Compact groups of galaxies in the Sloan Digital Sky Survey
----------------------------------------------------------
{n_sets:,} compact groups: {n_elements:,} galaxies that lie close together on the sky and have
nearly the same redshift, {smallest} to {largest} in a group. Three features of a galaxy: its
apparent magnitude in the r band (rmag), its colour u - r (u_r), and its concentration, the ratio
of the radii that hold 90 % and 50 % of its light (r90_r50). The target is the redshift of each
galaxy, from its spectrum. The galaxies of a group are at about the same distance, so that each
tells something about the redshift of the others.

Source: A. Zandivarez, E. Diaz-Gimenez, A. Taverna, "The influence of Hickson-like compact group
environment on galaxy luminosities", Monthly Notices of the Royal Astronomical Society 514, 2022
(the sample of 1,412 groups from the data release 16 of the survey), from the file with their faint
members in the repository antotaverna/cg_environments, which has no licence file."""


def _convert(raw_name, file):
    """Read lines "objid ra dec rmag z rabs u_r r90_r50 group red early"."""
    lines = [line.split() for line in file.read().decode("ascii").splitlines()]
    rows = [line for line in lines if line and not line[0].startswith("#")]
    return {
        "X": np.array([[row[i] for i in (1, 2, 3, 6, 7)] for row in rows], dtype=np.float64),
        "columns": np.array(_COLUMNS),
        "z": np.array([row[4] for row in rows], dtype=np.float64),
        "group": np.array([row[8] for row in rows], dtype=np.int32),
        "objid": np.array([int(row[0]) for row in rows], dtype=np.int64),
    }


_COMMIT = "502a1811b97055ce32f9dc2e1d39ec125380c8c3"

COMPACT_GROUPS = DataFile(
    function="fetch_compact_groups",
    path="galaxies/sdss_compact_groups.npz",
    max_bytes=_MAX_BYTES,
    sha256="b538410528682e8959f0190ea311950f21cb9f246a2c62fda78522967846ba20",
    mirrors=(
        (
            RawFile(
                "glx_CG_members+faints.dat",
                "https://raw.githubusercontent.com/antotaverna/cg_environments/"
                f"{_COMMIT}/data_dr16/glx_CG_members%2Bfaints.dat",
            ),
        ),
    ),
    convert=_convert,
)


@check_arguments()
def fetch_compact_groups(data_home=None, *, download_if_missing=True, return_X_y=False):
    """Load compact groups of galaxies, and the redshift of each galaxy.

    A target for each element: 1,412 groups of 3 to 19 galaxies [1]_, of which each has three
    features and a redshift. The file ``galaxies/sdss_compact_groups.npz`` is looked up in
    ``data_home``; where it is missing, the table is downloaded from the repository
    antotaverna/cg_environments, checked and kept there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the data, see :func:`get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an error where the file is missing.
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (1412,)
            A set is (n_i, 3), float64: r magnitude, colour u - r in magnitudes, concentration.
            Its keys are the groups' numbers in the file.
        target : SetArray of shape (1412,)
            The redshift of each galaxy, from its spectrum: a set is (n_i,), float64.
        positions : SetArray of shape (1412,)
            Right ascension and declination in degrees: a set is (n_i, 2). They are no features:
            where a group lies in the sky says nothing about its distance.
        object_ids : SetArray of shape (1412,)
            The galaxies' numbers in the survey: a set is (n_i,), int64.
        group_ids : ndarray of shape (1412,)
            The groups' numbers in the file.
        feature_names : list of 3 str
            ``["rmag", "u_r", "r90_r50"]``.
        DESCR : str
            Description of the data.

    (data, target) : tuple if ``return_X_y``

    Raises
    ------
    FileNotFoundError
        The file is missing and cannot be downloaded. The message says what file to put where.
    OSError
        The file is damaged or holds other data.

    See Also
    --------
    make_galaxy_clusters : Simulated clusters of many more galaxies.

    References
    ----------
    .. [1] Zandivarez, Diaz-Gimenez, Taverna, "The influence of Hickson-like compact group
       environment on galaxy luminosities", Monthly Notices of the Royal Astronomical Society 514,
       1231-1248, 2022.

    Examples
    --------
    >>> from sksets.datasets import fetch_compact_groups
    >>> X, y = fetch_compact_groups(return_X_y=True)  # doctest: +SKIP
    >>> fetch_compact_groups(data_home="an_empty_folder", download_if_missing=False)
    Traceback (most recent call last):
    FileNotFoundError: fetch_compact_groups needs the file sdss_compact_groups.npz in the ...
    """
    arrays = load_arrays(COMPACT_GROUPS, data_home, download_if_missing)
    group_ids, starts = np.unique(arrays["group"], return_index=True)
    offsets = np.append(starts, len(arrays["group"]))
    names = list(_COLUMNS[_N_POSITIONS:])
    data = SetArray(arrays["X"][:, _N_POSITIONS:], offsets, feature_names=names, keys=group_ids)
    target = SetArray(arrays["z"], offsets, keys=group_ids)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        positions=SetArray(arrays["X"][:, :_N_POSITIONS], offsets),
        object_ids=SetArray(arrays["objid"], offsets),
        group_ids=group_ids,
        feature_names=names,
        DESCR=_DESCR.format(
            n_sets=len(group_ids),
            n_elements=len(arrays["z"]),
            smallest=data.sizes.min(),
            largest=data.sizes.max(),
        ),
    )
