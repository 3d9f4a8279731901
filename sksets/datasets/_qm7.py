"""The QM7 molecules: sets of atoms and their atomisation energies."""

import gzip
import io
import tarfile
from pathlib import PurePosixPath

import numpy as np
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets._set_array import SetArray
from sksets.datasets._atoms import ELEMENTS, FEATURES, atom_features
from sksets.datasets._formats import read_at_most
from sksets.datasets._store import DataFile, RawFile, load_arrays

_ENERGY_FILE = "hof_qm7.txt"
_GEOMETRY_FOLDER = "qm7"
_MAX_BYTES = 1 << 27
_MAX_TEXT_BYTES = 1 << 25  # 7,101 geometries of less than 1 kB, and the table

_DESCR = """QM7
---
7,101 small organic molecules with up to seven atoms of C, N, O and S, as sets of atoms with the
positions of their nuclei, and the atomisation energy of each in kcal/mol, calculated with the
PBE0 density functional. The energy of the cheaper DFTB method comes along, for learning the
difference of the two.

Source: the geometries and energies distributed with the QML code (MIT licence). L. C. Blum,
J.-L. Reymond, "970 million druglike small molecules for virtual screening in the chemical universe
database GDB-13", JACS 131, 2009; M. Rupp, A. Tkatchenko, K.-R. Mueller, O. A. von Lilienfeld, "Fast
and accurate modeling of molecular atomization energies with machine learning", Physical Review
Letters 108, 058301, 2012."""


def _read_xyz(text):
    """Read the atoms of an .xyz file: their number, a comment, then "C x y z" a line."""
    lines = text.splitlines()
    atoms = [line.split() for line in lines[2 : 2 + int(lines[0])]]
    Z = [ELEMENTS[atom[0]] for atom in atoms]
    return Z, [[float(coordinate) for coordinate in atom[1:4]] for atom in atoms]


def _read_archive(file):
    """Return the lines of the table of energies, and the text of every .xyz file by name."""
    energies, geometries, n_bytes = None, {}, 0
    with gzip.GzipFile(fileobj=file) as unpacked:
        tar = io.BytesIO(read_at_most(unpacked, _MAX_BYTES))
    with tarfile.open(fileobj=tar, mode="r:") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            is_geometry = path.suffix == ".xyz" and path.parent.name == _GEOMETRY_FOLDER
            if not member.isfile() or not (is_geometry or path.name == _ENERGY_FILE):
                continue
            n_bytes += member.size
            if n_bytes > _MAX_TEXT_BYTES:
                raise ValueError(f"its molecules have more than {_MAX_TEXT_BYTES:,} bytes")
            text = archive.extractfile(member).read().decode("ascii")
            if is_geometry:
                geometries[path.name] = text
            else:
                energies = text.splitlines()
    if energies is None:
        raise ValueError(f"there is no {_ENERGY_FILE} in the archive")
    return energies, geometries


def _convert(raw_name, file):
    energies, geometries = _read_archive(file)
    rows = sorted((PurePosixPath(line.split()[0]).name, *line.split()[1:]) for line in energies)
    ids, pbe0, dftb = zip(*rows, strict=True)
    molecules = [_read_xyz(geometries.pop(name)) for name in ids]
    return {
        "Z": np.concatenate([Z for Z, _ in molecules]).astype(np.uint8),
        "R": np.concatenate([R for _, R in molecules]).astype(np.float32),
        "offsets": np.cumsum([0] + [len(Z) for Z, _ in molecules]).astype(np.int32),
        "y": np.array(pbe0, dtype=np.float64),
        "y2": np.array(dftb, dtype=np.float64),
        "ids": np.array(ids),
    }


_COMMIT = "40fe0de6275ed8f4459a31a589831e87eee99fab"

QM7 = DataFile(
    function="fetch_qm7",
    path="molecules/qm7.npz",
    max_bytes=_MAX_BYTES,
    sha256="b1f22be09d1ea39576edc910cd6c3acbd4b472caf76c3740beabce900e2d6b8b",
    mirrors=(
        (
            RawFile(
                f"qml-{_COMMIT}.tar.gz", f"https://github.com/qmlcode/qml/archive/{_COMMIT}.tar.gz"
            ),
        ),
    ),
    convert=_convert,
)


@check_arguments()
def fetch_qm7(
    data_home=None, *, features="coordinates", download_if_missing=True, return_X_y=False
):
    """Load the QM7 molecules: sets of atoms, and their atomisation energies.

    7,101 molecules of 4 to 23 atoms [1]_. The file ``molecules/qm7.npz`` is looked up in
    ``data_home``; where it is missing, the data are downloaded from the repository of the QML
    code, checked and kept there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the data, see :func:`get_data_home`.
    features : {"coordinates", "environment"}, default="coordinates"
        What describes an atom, besides its element (5 columns, one of H, C, N, O, S is 1):

        - "coordinates": its position relative to the mean of the molecule's atoms, in Angstrom;
          3 columns. They change when the molecule is rotated.
        - "environment": symmetry functions of the other atoms around it [2]_, which do not: 16
          Gaussians of the distance up to 6 Angstrom by element of the neighbour (80 columns), and
          8 Gaussians of the angle between two neighbours up to 3.5 Angstrom away by their
          elements (120 columns).
    download_if_missing : bool, default=True
        If False, raise an error where the file is missing.
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (7101,)
            A set is (n_i, 8) or (n_i, 205), float32.
        target : ndarray of shape (7101,)
            The atomisation energies in kcal/mol, all negative.
        target_dftb : ndarray of shape (7101,)
            The same by the cheaper DFTB method.
        atomic_numbers : SetArray of shape (7101,)
            A set is (n_i,), uint8.
        positions : SetArray of shape (7101,)
            The positions as published, in Angstrom: a set is (n_i, 3), float32.
        feature_names : list of 8 or 205 str
            Names of the element features.
        DESCR : str
            Description of the data.

    (data, target) : tuple if ``return_X_y``

    Raises
    ------
    FileNotFoundError
        The file is missing and cannot be downloaded. The message says what file to put where.
    OSError
        The file is there but fails its checksum.
    ValueError
        ``features`` is unknown.

    References
    ----------
    .. [1] Rupp, Tkatchenko, Mueller, von Lilienfeld, "Fast and accurate modeling of molecular
       atomization energies with machine learning", Physical Review Letters 108, 058301, 2012.
    .. [2] Behler, Parrinello, "Generalized neural-network representation of high-dimensional
       potential-energy surfaces", Physical Review Letters 98, 146401, 2007.

    Examples
    --------
    >>> from sksets.datasets import fetch_qm7
    >>> X, y = fetch_qm7(features="environment", return_X_y=True)  # doctest: +SKIP
    >>> fetch_qm7(data_home="an_empty_folder", download_if_missing=False)
    Traceback (most recent call last):
    FileNotFoundError: fetch_qm7 needs the file qm7.npz in the folder ...
    """
    if not isinstance(features, str) or features not in FEATURES:
        raise ValueError(f"features must be one of {FEATURES}, got {features!r}")
    arrays = load_arrays(QM7, data_home, download_if_missing)
    Z, R, offsets, target = (arrays[name] for name in ("Z", "R", "offsets", "y"))
    values, names = atom_features(Z, R, offsets, features)
    data = SetArray(values, offsets, feature_names=names)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_dftb=arrays["y2"],
        atomic_numbers=SetArray(Z, offsets),
        positions=SetArray(R, offsets),
        feature_names=names,
        DESCR=_DESCR,
    )
