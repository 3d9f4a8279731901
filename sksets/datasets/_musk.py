"""The MUSK data: molecules as sets of their shapes."""

import zipfile
from numbers import Integral

import numpy as np
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets._set_array import SetArray
from sksets.datasets._formats import check_zip
from sksets.datasets._lzw import decompress
from sksets.datasets._store import DataFile, RawFile, load_arrays

_N_FEATURES = 166
_VERSIONS = (1, 2)
_MAX_BYTES = 1 << 23  # the table of version 2 has 4.6 MB

_DESCR = """MUSK version {version}
--------------
{n_sets} molecules, {n_musks} of which human experts called musks. A molecule is the set of the
shapes (conformations) it can take, {n_elements} in all, each described by 166 features: 162
distances to the molecule's surface along rays and the place of an oxygen atom. It is a musk if at
least one of its shapes smells of musk; which one is not told.

Source: UCI Machine Learning Repository, CC BY 4.0. T. G. Dietterich, R. H. Lathrop,
T. Lozano-Perez, "Solving the multiple instance problem with axis-parallel rectangles", Artificial
Intelligence 89, 1997."""


def _read_clean_data(text):
    """Read lines "molecule,shape,f1,...,f166,class."; sets are numbered by first mention."""
    rows = [line.split(",") for line in text.splitlines() if line.strip()]
    numbers = {}
    of_row = np.array([numbers.setdefault(row[0], len(numbers)) for row in rows], dtype=np.int32)
    order = np.argsort(of_row, kind="stable")
    X = np.array([row[2:-1] for row in rows], dtype=np.float32)
    is_musk = np.array([float(row[-1]) for row in rows])
    y = np.zeros(len(numbers), dtype=np.int8)
    y[of_row] = is_musk
    return X[order], of_row[order], y


def _raw_name(version):
    return f"musk+version+{version}.zip"


def _convert(raw_name, file):
    (version,) = (version for version in _VERSIONS if _raw_name(version) == raw_name)
    with zipfile.ZipFile(file) as archive:
        check_zip(archive, _MAX_BYTES)
        packed = archive.read(f"clean{version}.data.Z")
    X, set_ids, y = _read_clean_data(decompress(packed, _MAX_BYTES).decode("ascii"))
    name = f"musk{version}"
    return {f"{name}_X": X, f"{name}_bag": set_ids, f"{name}_y": y}


def _raw_file(version, repository_id):
    name = _raw_name(version)
    return RawFile(name, f"https://archive.ics.uci.edu/static/public/{repository_id}/{name}")


MUSK = DataFile(
    function="fetch_musk",
    path="mil/musk.npz",
    max_bytes=_MAX_BYTES,
    sha256="40319e9a4776444a26bfe7fa53a6225908871452a45e61f751a08e400426c6ac",
    mirrors=((_raw_file(1, 74), _raw_file(2, 75)),),
    convert=_convert,
)


@check_arguments()
def fetch_musk(version=1, data_home=None, *, download_if_missing=True, return_X_y=False):
    """Load the MUSK data: molecules as sets of their shapes, musks or not.

    The classic task of multiple instance learning [1]_: a molecule is a musk if one of its shapes
    is. The file ``mil/musk.npz`` (both versions) is looked up in ``data_home``; where it is
    missing, the data are downloaded from the UCI repository, checked and kept there.

    =====================  =========  =========
    version                1          2
    =====================  =========  =========
    sets (molecules)       92         102
    of which musks         47         39
    elements (shapes)      476        6,598
    elements a set         2 to 40    1 to 1,044
    features               166        166
    =====================  =========  =========

    Parameters
    ----------
    version : {1, 2}, default=1
        MUSK1 or MUSK2.
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

        data : SetArray of shape (n_sets,)
            A set is (n_i, 166), float32. Distances are in hundredths of an Angstrom.
        target : ndarray of shape (n_sets,)
            1 for a musk, 0 otherwise.
        target_names : list of str
            ``["non-musk", "musk"]``.
        feature_names : list of 166 str
            ``"f1"`` to ``"f166"``, the names of the source.
        DESCR : str
            Description of the data.

    (data, target) : tuple if ``return_X_y``

    Raises
    ------
    FileNotFoundError
        The file is missing and cannot be downloaded. The message says what file to put where.
    OSError
        The file is damaged or holds other data.
    ValueError
        The version is neither 1 nor 2.

    References
    ----------
    .. [1] Dietterich, Lathrop, Lozano-Perez, "Solving the multiple instance problem with
       axis-parallel rectangles", Artificial Intelligence 89, 31-71, 1997.

    Examples
    --------
    >>> from sksets.datasets import fetch_musk
    >>> X, y = fetch_musk(version=1, return_X_y=True)  # doctest: +SKIP
    >>> fetch_musk(data_home="an_empty_folder", download_if_missing=False)
    Traceback (most recent call last):
    FileNotFoundError: fetch_musk needs the file musk.npz in the folder ...
    """
    if not isinstance(version, Integral) or version not in _VERSIONS:
        raise ValueError(f"version must be 1 or 2, got {version!r}")
    arrays = load_arrays(MUSK, data_home, download_if_missing)
    X, set_ids, y = (arrays[f"musk{int(version)}_{name}"] for name in ("X", "bag", "y"))
    names = [f"f{i}" for i in range(1, _N_FEATURES + 1)]
    data = SetArray(X, np.searchsorted(set_ids, np.arange(len(y) + 1)), feature_names=names)
    target = y.astype(np.int64)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        target=target,
        target_names=["non-musk", "musk"],
        feature_names=names,
        DESCR=_DESCR.format(
            version=version, n_sets=len(y), n_musks=target.sum(), n_elements=f"{len(X):,}"
        ),
    )
