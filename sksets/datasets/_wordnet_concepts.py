"""Concepts of WordNet and the words for what falls under them."""

from itertools import chain

import numpy as np
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets._set_array import SetArray
from sksets.datasets._store import DataFile, load_json
from sksets.datasets._words import is_word

_FORM = "a JSON object that maps the name of each concept to the list of its words"

_DESCR = """Concepts of WordNet
-------------------
{n_sets:,} concepts that nouns stand for, as sets of the words for what falls under them: {smallest}
to {largest} words a set, {n_elements:,} in all, {n_words:,} different ones. Concepts overlap: what
falls under a narrow one also falls under the wider ones above it. They were written down by people,
unlike topics, which are found in texts.

Source: WordNet 3.0, Princeton University (WordNet 3.0 licence). C. Fellbaum (editor), "WordNet: an
electronic lexical database", MIT Press, 1998. The sets hold single words in lower case, taken from
the concepts below the one that names the set; many rare words are left out."""


def _check_concepts(content):
    """Refuse anything but an object of lists of different strings, none empty."""
    if not isinstance(content, dict) or not content:
        raise ValueError(f"it must be {_FORM}")
    for name, words in content.items():
        if not isinstance(words, list) or not words or not all(map(is_word, [name, *words])):
            raise ValueError(
                f"it must be {_FORM}, but concept {name!r} has no list of one string or more"
            )
        if len(set(words)) < len(words):
            raise ValueError(f"concept {name!r} has a word twice")


WORDNET = DataFile(
    function="fetch_wordnet_concepts",
    path="concepts/wordnet_hyponym_sets.json",
    check=_check_concepts,
    origin=(
        f"It is {_FORM}. WordNet 3.0, to make one from, is to be had from "
        "https://wordnet.princeton.edu/."
    ),
)


@check_arguments()
def fetch_wordnet_concepts(data_home=None):
    """Load sets of words that fall under one concept, as people wrote them down.

    The file ``concepts/wordnet_hyponym_sets.json`` is looked up in `data_home`. It cannot be
    downloaded. It was made from WordNet 3.0 [1]_, but which words were left out as rare cannot be
    told from WordNet. So its form alone is checked: you may put sets of your own there.

    Parameters
    ----------
    data_home : str or path-like, default=None
        Folder of the data, see :func:`get_data_home`.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (n_sets,)
            A set is (n_i,), strings: the words for what falls under a concept, none twice. 1,655
            sets of 8 to 60 words in the file of the benchmarks.
        names : ndarray of shape (n_sets,)
            The names of the concepts, strings: the number of a synset of WordNet and its first
            word, such as ``"00006484:cell"``.
        vocabulary : ndarray of shape (n_words,)
            The words of all sets, strings, sorted. 13,886 in the file of the benchmarks.
        DESCR : str
            Description of the data.

    Raises
    ------
    FileNotFoundError
        The file is missing. The message says what file to put where.
    OSError
        The file is damaged, or its content is of another form. The message says how.

    See Also
    --------
    fetch_lda_concepts : Sets of words found in texts.
    fetch_word_vectors : Vectors of words.

    References
    ----------
    .. [1] Fellbaum (editor), "WordNet: an electronic lexical database", MIT Press, 1998.

    Examples
    --------
    >>> from sksets.datasets import fetch_wordnet_concepts
    >>> concepts = fetch_wordnet_concepts()  # doctest: +SKIP
    >>> fetch_wordnet_concepts(data_home="an_empty_folder")
    Traceback (most recent call last):
    FileNotFoundError: fetch_wordnet_concepts needs the file wordnet_hyponym_sets.json in the ...
    """
    concepts = load_json(WORDNET, data_home)
    data = SetArray.from_sets(list(concepts.values()))
    vocabulary = np.array(sorted(set(chain.from_iterable(concepts.values()))))
    return Bunch(
        data=data,
        names=np.array(list(concepts)),
        vocabulary=vocabulary,
        DESCR=_DESCR.format(
            n_sets=len(data),
            smallest=data.sizes.min(),
            largest=data.sizes.max(),
            n_elements=len(data.values),
            n_words=len(vocabulary),
        ),
    )
