"""Vectors of words."""

from collections import Counter

import numpy as np
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets.datasets._store import DataFile, load_arrays

_DESCR = """Vectors of words (GloVe)
------------------------
{n_words:,} words, each with a vector of {n_dimensions} numbers. The vectors of words that appear in
the same contexts are close to each other.

The file that the benchmarks use holds GloVe vectors of 100 dimensions, in half precision, for 92 %
of the words of the topics that fetch_lda_concepts loads. Source: J. Pennington, R. Socher,
C. D. Manning, "GloVe: Global vectors for word representation", EMNLP 2014 (Public Domain Dedication
and License)."""


def _check_vectors(arrays):
    """Refuse anything but different words with finite vectors, one row a word."""
    if set(arrays) != {"words", "vectors"}:
        raise ValueError(f"it must hold the arrays words and vectors, found {sorted(arrays)}")
    words, vectors = arrays["words"], arrays["vectors"]
    if words.dtype.kind != "U" or words.ndim != 1:
        raise ValueError(
            f"words must be 1-D, of strings, found an array of shape {words.shape}, {words.dtype}"
        )
    if vectors.dtype.kind != "f" or vectors.ndim != 2 or len(vectors) != len(words):
        raise ValueError(
            f"vectors must be floats of shape ({len(words)}, n_dimensions), one row a word, found "
            f"an array of shape {vectors.shape}, {vectors.dtype}"
        )
    if not vectors.size:
        raise ValueError(f"it holds no numbers: vectors has the shape {vectors.shape}")
    words = words.tolist()  # raises where a character is none of Unicode
    # What a double may hold, 1e39, is infinite in the float32 that it becomes.
    with np.errstate(over="ignore"):
        is_finite = np.isfinite(vectors.astype(np.float32)).all(axis=1)
    if not is_finite.all():
        row = is_finite.argmin()
        raise ValueError(f"the vector of word {row}, {words[row]!r}, is not finite in float32")
    (word, count), *_ = Counter(words).most_common(1)
    if count > 1:
        raise ValueError(f"the word {word!r} is there twice or more")


VECTORS = DataFile(
    function="fetch_word_vectors",
    path="glove/glove_wink100d_lda.npz",
    check=_check_vectors,
    origin=(
        "It is a .npz file of two arrays: words, strings of shape (n_words,), and vectors, floats "
        "of shape (n_words, n_dimensions). Any will do; GloVe vectors are to be had from "
        "https://nlp.stanford.edu/projects/glove/."
    ),
)


@check_arguments()
def fetch_word_vectors(data_home=None):
    """Load vectors of words, to be used as the features of items.

    The file ``glove/glove_wink100d_lda.npz`` is looked up in `data_home`. It cannot be
    downloaded. Put one of your own there: two arrays, ``words`` (strings) and ``vectors`` (floats,
    one row a word), for example those of GloVe [1]_. Its form is checked, its content is not.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the data, see :func:`get_data_home`.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        words : ndarray of shape (n_words,)
            The words, strings, none twice. 57,260 in the file of the benchmarks.
        vectors : ndarray of shape (n_words, n_dimensions)
            Their vectors, float32, finite. 100 dimensions in the file of the benchmarks.
        DESCR : str
            Description of the data.

    Raises
    ------
    FileNotFoundError
        The file is missing. The message says what file to put where.
    OSError
        The file is damaged, or its arrays are of another form. The message says how.

    See Also
    --------
    fetch_lda_concepts : Sets of words.
    fetch_wordnet_concepts : Sets of words.

    References
    ----------
    .. [1] Pennington, Socher, Manning, "GloVe: Global vectors for word representation", Conference
       on Empirical Methods in Natural Language Processing, 2014.

    Examples
    --------
    >>> from sksets.datasets import fetch_word_vectors
    >>> glove = fetch_word_vectors()  # doctest: +SKIP
    >>> fetch_word_vectors(data_home="an_empty_folder")
    Traceback (most recent call last):
    FileNotFoundError: fetch_word_vectors needs the file glove_wink100d_lda.npz in the folder ...
    """
    arrays = load_arrays(VECTORS, data_home)
    words, vectors = arrays["words"], arrays["vectors"].astype(np.float32)
    n_words, n_dimensions = vectors.shape
    return Bunch(
        words=words,
        vectors=vectors,
        DESCR=_DESCR.format(n_words=n_words, n_dimensions=n_dimensions),
    )
