"""The QM7 molecules: sets of atoms and their atomisation energies."""

import io
import tarfile
from pathlib import PurePosixPath

import numpy as np
from sklearn.utils import Bunch

from sksets._set_array import SetArray
from sksets.datasets._atoms import ELEMENTS, FEATURES
from sksets.datasets._store import DataFile, RawFile, load_arrays

_ENERGY_FILE = "hof_qm7.txt"
_GEOMETRY_FOLDER = "qm7"

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


def _read_archive(data):
    """Return the lines of the table of energies, and the text of every .xyz file by name."""
    geometries = {}
    with tarfile.open(fileobj=io.BytesIO(data), mode="r:gz") as archive:
        for member in archive:
            path = PurePosixPath(member.name)
            if path.name == _ENERGY_FILE:
                energies = archive.extractfile(member).read().decode("ascii").splitlines()
            elif path.suffix == ".xyz" and path.parent.name == _GEOMETRY_FOLDER:
                geometries[path.name] = archive.extractfile(member).read().decode("ascii")
    return energies, geometries


def _convert(raw):
    (data,) = raw.values()
    energies, geometries = _read_archive(data)
    rows = sorted((PurePosixPath(line.split()[0]).name, *line.split()[1:]) for line in energies)
    ids, pbe0, dftb = zip(*rows, strict=True)
    molecules = [_read_xyz(geometries[name]) for name in ids]
    return {
        "Z": np.concatenate([Z for Z, _ in molecules]).astype(np.uint8),
        "R": np.concatenate([R for _, R in molecules]).astype(np.float32),
        "offsets": np.cumsum([0] + [len(Z) for Z, _ in molecules]).astype(np.int32),
        "y": np.array(pbe0, dtype=np.float64),
        "y2": np.array(dftb, dtype=np.float64),
        "ids": np.array(ids),
    }


def _archive(repository, commit):
    return (
        RawFile(
            f"{repository}-{commit}.tar.gz",
            f"https://github.com/qmlcode/{repository}/archive/{commit}.tar.gz",
        ),
    )


QM7 = DataFile(
    function="fetch_qm7",
    path="molecules/qm7.npz",
    sha256="b1f22be09d1ea39576edc910cd6c3acbd4b472caf76c3740beabce900e2d6b8b",
    mirrors=(
        _archive("qml", "40fe0de6275ed8f4459a31a589831e87eee99fab"),
        _archive("tutorial", "fdbf3e2998447df9b760b4b2559367408a9fbe4c"),
    ),
    convert=_convert,
)
