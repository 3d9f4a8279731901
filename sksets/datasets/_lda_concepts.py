"""Topics of words: the text concepts of the Deep Sets paper."""

from numbers import Integral

import numpy as np
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets._set_array import SetArray
from sksets.datasets._formats import read_json
from sksets.datasets._store import DataFile, RawFile, load_json
from sksets.datasets._words import is_word

_PARTS = {"train": "train", "validation": "val", "test": "test"}  # our name, the file's
_TOPIC_SIZE = 50
_MAX_BYTES = 1 << 25  # the file of 5,000 topics has about 4 MB, a few times that if indented
_FORM = (
    'it must look like {"params": {"ind2word": {"0": word, ...}}, '
    '"data": {"train": [[number of a word, ...], ...], "val": ..., "test": ...}}'
)
_SHA256 = {
    1000: "173e1f7e07fdd86b96e0114bebbee204636b60e719f92fcaed4e2910d0e05fbf",
    3000: "39470bc6a724d64d855ead86a7fce028c27863ad75836aebed4c986d829a4017",
    5000: None,
}

_DESCR = """Topics of words (LDA-{n_thousands}k)
------------------------
{n_topics:,} topics of a latent Dirichlet allocation of a corpus of texts. A set holds the {size}
words of a topic that are most probable in it, the most probable first: words that belong together,
such as those of a sport or of a country. The vocabulary has {n_words:,} words. Sets for training,
validation and test: {n_train:,}, {n_validation:,} and {n_test:,}. Given a few words of a topic, the
task is to find the others.

Source: the code of M. Zaheer, S. Kottur, S. Ravanbakhsh, B. Poczos, R. Salakhutdinov, A. Smola,
"Deep Sets", NeurIPS 2017, section 4.2, in the repository manzilzaheer/DeepSets (Apache-2.0)."""


def _unpack(content):
    """Return the vocabulary, and for each part the numbers of the words, one row a topic."""
    words = content["params"]["ind2word"]
    vocabulary = np.array([words[str(number)] for number in range(len(words))])
    return vocabulary, {part: np.array(content["data"][key]) for part, key in _PARTS.items()}


def _check_topics(content):
    """Refuse anything but 5,000 topics of 50 words of the vocabulary, none twice in a topic."""
    try:
        words = content["params"]["ind2word"].values()
        if not all(map(is_word, words)):
            raise ValueError("a word is no string")
        vocabulary, parts = _unpack(content)
    except (AttributeError, TypeError, LookupError, ValueError) as error:
        raise ValueError(_FORM) from error
    if len(set(words)) < len(words):
        raise ValueError("a word of the vocabulary has two numbers")
    for part, topics in parts.items():
        if topics.dtype.kind != "i" or topics.ndim != 2 or topics.shape[1] != _TOPIC_SIZE:
            raise ValueError(
                f"the {part} part must be topics of {_TOPIC_SIZE} integers, found an array of "
                f"shape {topics.shape}, {topics.dtype}"
            )
        unknown = topics[(topics < 0) | (topics >= len(vocabulary))]
        if len(unknown):
            raise ValueError(
                f"the {part} part holds the word number {unknown[0]}, but the {len(vocabulary)} "
                "words are numbered from 0"
            )
        repeated = (np.diff(np.sort(topics, axis=1), axis=1) == 0).any(axis=1)
        if repeated.any():
            raise ValueError(f"topic {repeated.argmax()} of the {part} part holds a word twice")
    if (n_topics := sum(map(len, parts.values()))) != 5000:
        raise ValueError(f"it holds {n_topics} topics, expected 5000")


def _convert(raw_name, file):
    return read_json(file)


_COMMIT = "8f6002b31478680bb26f609aa47a4d4d3d9b7cac"
_SOURCE = f"https://raw.githubusercontent.com/manzilzaheer/DeepSets/{_COMMIT}/SetExpansion/data/lda"


def _data_file(n_topics):
    name = f"{n_topics // 1000}k.json"
    raw_name = f"lda_top_words_split_allwords_{name}"
    return DataFile(
        function="fetch_lda_concepts",
        path=f"lda/lda_{name}",
        max_bytes=_MAX_BYTES,
        sha256=_SHA256[n_topics],
        mirrors=((RawFile(raw_name, f"{_SOURCE}/{raw_name}"),),),
        convert=_convert,
        check=_check_topics,
    )


LDA = {n_topics: _data_file(n_topics) for n_topics in _SHA256}


@check_arguments()
def fetch_lda_concepts(n_topics=1000, data_home=None, *, download_if_missing=True):
    """Load sets of words that belong together: the topics of a corpus of texts.

    The data of the retrieval of text concepts, section 4.2 of [1]_. One of the files
    ``lda/lda_1k.json``, ``lda/lda_3k.json`` and ``lda/lda_5k.json`` is looked up in `data_home`;
    where it is missing, it is downloaded from the repository of the paper's authors, checked and
    kept there.

    ====================  ======  ======  ======
    n_topics              1000    3000    5000
    ====================  ======  ======  ======
    sets for training     800     2,400   4,000
    sets for validation   100     300     500
    sets for test         100     300     500
    words                 17,016  37,718  61,126
    ====================  ======  ======  ======

    Parameters
    ----------
    n_topics : {1000, 3000, 5000}, default=1000
        Number of topics. The files of 1000 and 3000 are known by their checksum. That of 5000 is
        not: its form alone is checked (5,000 topics of 50 words of the vocabulary each).
    data_home : str or path-like, default=None
        Folder of the data, see :func:`get_data_home`.
    download_if_missing : bool, default=True
        If False, raise an error where the file is missing.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        train, validation, test : SetArray of shape (n_sets,)
            A set is (50,), strings: the words of a topic, the most probable first.
        vocabulary : ndarray of shape (n_words,)
            The words, strings, in the order of their numbers in the file. Some are in no set
            for training.
        DESCR : str
            Description of the data.

    Raises
    ------
    FileNotFoundError
        The file is missing and cannot be downloaded. The message says what file to put where.
    OSError
        The file is damaged or holds other data.
    ValueError
        ``n_topics`` is another number.

    See Also
    --------
    fetch_word_vectors : Vectors of most of these words.

    References
    ----------
    .. [1] Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov, Smola, "Deep Sets", Advances in
       Neural Information Processing Systems 30, 2017.

    Examples
    --------
    >>> from sksets.datasets import fetch_lda_concepts
    >>> topics = fetch_lda_concepts(3000)  # doctest: +SKIP
    >>> fetch_lda_concepts(data_home="an_empty_folder", download_if_missing=False)
    Traceback (most recent call last):
    FileNotFoundError: fetch_lda_concepts needs the file lda_1k.json in the folder ...
    """
    if not isinstance(n_topics, Integral) or n_topics not in LDA:
        raise ValueError(f"n_topics must be one of {tuple(LDA)}, got {n_topics!r}")
    vocabulary, parts = _unpack(load_json(LDA[n_topics], data_home, download_if_missing))
    sets = {
        part: SetArray(vocabulary[topics].ravel(), np.arange(len(topics) + 1) * topics.shape[1])
        for part, topics in parts.items()
    }
    return Bunch(
        **sets,
        vocabulary=vocabulary,
        DESCR=_DESCR.format(
            n_thousands=n_topics // 1000,
            n_topics=n_topics,
            size=_TOPIC_SIZE,
            n_words=len(vocabulary),
            **{f"n_{part}": len(topics) for part, topics in parts.items()},
        ),
    )
