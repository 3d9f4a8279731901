"""The tags of 5,000 photographs."""

import numpy as np
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets.datasets._binary_tags import read_sparse_arff, unpack_features, unpack_tags
from sksets.datasets._store import DataFile, RawFile, load_arrays

_N_FEATURES = 499
_N_TAGS = 374
_N_OBJECTS = 5000

_DESCR = """Corel5k
-------
{n_objects:,} photographs, each with the set of its tags: {smallest} to {largest} of {n_tags} words
such as "sky", "tree" or "bear", as numbers. A photograph was cut into regions, and each region put
into one of {n_features} groups of similar regions ("visual words"): the features tell which groups
are in the photograph. The task is to find the tags from the features, or from them and some tags.

Source: the sparse ARFF file of the Mulan library (repository tsoumakas/mulan). P. Duygulu,
K. Barnard, N. de Freitas, D. Forsyth, "Object recognition as machine translation: learning a
lexicon for a fixed image vocabulary", ECCV 2002."""


def _convert(raw_name, file):
    features, tags = read_sparse_arff(file.read(), _N_FEATURES, _N_TAGS, _N_OBJECTS)
    return {
        "X": features,
        "Y": tags,
        "n_features": np.array(_N_FEATURES),
        "n_labels": np.array(_N_TAGS),
    }


_COMMIT = "2f7c6545781ba4c09b4cb5ab4be4eedc03aa4e8b"

COREL5K = DataFile(
    function="fetch_corel5k",
    path="tags/corel5k_mulan.npz",
    max_bytes=1 << 22,  # its arrays have 550 kB
    sha256="d286cc509572064ef7db4213fee90c7a4edc01a5ca046b2b62be2237a8e831a5",
    mirrors=(
        (
            RawFile(
                "Corel5k-sparse.arff",
                "https://raw.githubusercontent.com/tsoumakas/mulan/"
                f"{_COMMIT}/data/multi-label/corel5k/Corel5k-sparse.arff",
            ),
        ),
    ),
    convert=_convert,
)


@check_arguments()
def fetch_corel5k(data_home=None, *, download_if_missing=True):
    """Load the tags of 5,000 photographs, and features of the photographs.

    The data of [1]_. The file ``tags/corel5k_mulan.npz`` is looked up in `data_home`; where it is
    missing, the table is downloaded from the repository tsoumakas/mulan, checked and kept there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the data, see :func:`get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an error where the file is missing.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        context : ndarray of shape (5000, 499)
            Features of the photographs, float32: 1 for a visual word that is in it, else 0.
        data : SetArray of shape (5000,)
            A set is (n_i,), int64: the tags of a photograph as numbers from 0, sorted; 1 to 5 of
            them. The usual split: the first 4,500 photographs to train, the last 500 to test.
        n_tags : int
            374. Their names are not in the file.
        DESCR : str
            Description of the data.

    Raises
    ------
    FileNotFoundError
        The file is missing and cannot be downloaded. The message says what file to put where.
    OSError
        The file is damaged or holds other data.

    See Also
    --------
    fetch_delicious : Pages of the web, with more tags each.

    References
    ----------
    .. [1] Duygulu, Barnard, de Freitas, Forsyth, "Object recognition as machine translation:
       learning a lexicon for a fixed image vocabulary", European Conference on Computer Vision,
       2002.

    Examples
    --------
    >>> from sksets.datasets import fetch_corel5k
    >>> photographs = fetch_corel5k()  # doctest: +SKIP
    >>> fetch_corel5k(data_home="an_empty_folder", download_if_missing=False)
    Traceback (most recent call last):
    FileNotFoundError: fetch_corel5k needs the file corel5k_mulan.npz in the folder ...
    """
    arrays = load_arrays(COREL5K, data_home, download_if_missing)
    data = unpack_tags(arrays["Y"], _N_TAGS)
    return Bunch(
        context=unpack_features(arrays["X"], _N_FEATURES),
        data=data,
        n_tags=_N_TAGS,
        DESCR=_DESCR.format(
            n_objects=len(data),
            smallest=data.sizes.min(),
            largest=data.sizes.max(),
            n_tags=_N_TAGS,
            n_features=_N_FEATURES,
        ),
    )
