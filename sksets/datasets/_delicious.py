"""The tags of pages of the web."""

import numpy as np
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets.datasets._binary_tags import read_sparse_arff, unpack_features, unpack_tags
from sksets.datasets._store import DataFile, RawFile, load_arrays

_N_FEATURES = 500
_N_TAGS = 983
_N_PAGES = {"train": 12_920, "test": 3_185}

_DESCR = """Delicious
---------
Pages of the web, each with the set of the tags that people gave it when they bookmarked it at
del.icio.us: up to {largest} of {n_tags} tags, {mean:.0f} on average, as numbers. The features tell
which of {n_features} words are on the page. {n_train:,} pages are for training, {n_test:,} for
test; {n_empty} of them have none of the tags. The task is to find the tags from the words, or from
them and some tags.

Source: the sparse ARFF files of the Mulan library, as kept in the repository
scikit-multilearn/scikit-multilearn. G. Tsoumakas, I. Katakis, I. Vlahavas, "Effective and efficient
multilabel classification in domains with large number of labels", ECML/PKDD 2008 Workshop on Mining
Multidimensional Data."""


def _raw_name(part):
    return f"delicious-{part}.arff"


def _convert(raw_name, file):
    (part,) = (part for part in _N_PAGES if _raw_name(part) == raw_name)
    features, tags = read_sparse_arff(file.read(), _N_FEATURES, _N_TAGS, _N_PAGES[part])
    return {
        f"X_{part}": features,
        f"Y_{part}": tags,
        "n_features": np.array(_N_FEATURES),
        "n_labels": np.array(_N_TAGS),
    }


def _raw_file(part, commit):
    name = _raw_name(part)
    repository = "https://raw.githubusercontent.com/scikit-multilearn/scikit-multilearn"
    return RawFile(name, f"{repository}/{commit}/data/{name}")


DELICIOUS = DataFile(
    function="fetch_delicious",
    path="tags/delicious_mulan.npz",
    max_bytes=1 << 24,  # its arrays have 3 MB
    sha256="b1c0e9f3a7441a4adaa5e0671c92c7b8034e7dc0371942f2da6e599b04539d60",
    mirrors=(
        (
            _raw_file("train", "afc7c14ac0b0db892ce6fa0e50d6257d124b6f77"),
            _raw_file("test", "6e387ca43bb10e81ccdef28bd4f57a3d538af5fd"),
        ),
    ),
    convert=_convert,
)


@check_arguments()
def fetch_delicious(data_home=None, *, download_if_missing=True):
    """Load the tags of 16,105 pages of the web, and which words are on them.

    The data of [1]_. The file ``tags/delicious_mulan.npz`` is looked up in `data_home`; where it
    is missing, the tables are downloaded from the repository scikit-multilearn, checked and kept
    there.

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

        context_train, context_test : ndarray of shape (12920, 500) and (3185, 500)
            Features of the pages, float32: 1 for a word that is on it, else 0.
        data_train, data_test : SetArray of shape (12920,) and (3185,)
            A set is (n_i,), int64: the tags of a page as numbers from 0, sorted; 0 to 25 of them.
            10 sets for training and 4 for test are empty.
        n_tags : int
            983. Their names are not in the file.
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
    fetch_corel5k : Photographs, with fewer tags each.

    References
    ----------
    .. [1] Tsoumakas, Katakis, Vlahavas, "Effective and efficient multilabel classification in
       domains with large number of labels", ECML/PKDD Workshop on Mining Multidimensional Data,
       2008.

    Examples
    --------
    >>> from sksets.datasets import fetch_delicious
    >>> pages = fetch_delicious()  # doctest: +SKIP
    >>> fetch_delicious(data_home="an_empty_folder", download_if_missing=False)
    Traceback (most recent call last):
    FileNotFoundError: fetch_delicious needs the file delicious_mulan.npz in the folder ...
    """
    arrays = load_arrays(DELICIOUS, data_home, download_if_missing)
    train, test = (unpack_tags(arrays[f"Y_{part}"], _N_TAGS) for part in ("train", "test"))
    sizes = np.concatenate([train.sizes, test.sizes])
    return Bunch(
        context_train=unpack_features(arrays["X_train"], _N_FEATURES),
        data_train=train,
        context_test=unpack_features(arrays["X_test"], _N_FEATURES),
        data_test=test,
        n_tags=_N_TAGS,
        DESCR=_DESCR.format(
            largest=sizes.max(),
            mean=sizes.mean(),
            n_empty=np.count_nonzero(sizes == 0),
            n_tags=_N_TAGS,
            n_features=_N_FEATURES,
            n_train=len(train),
            n_test=len(test),
        ),
    )
