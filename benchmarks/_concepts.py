"""The topics of words of Table 3 of the paper, the paper's figures, and the protocol."""

from _retrieval import figures

from sksets.datasets import fetch_lda_concepts, fetch_word_vectors
from sksets.metrics import item_ranks

N_SHOWN = 5
SIZES = (1000, 3000, 5000)
PAPER = {
    "random": (
        "0.06 / 0.6 / 5.9 / .001 / 8520",
        "0.02 / 0.2 / 2.6 / .000 / 28635",
        "0.01 / 0.2 / 1.6 / .000 / 30600",
    ),
    "Bayes Set": (
        "1.69 / 11.9 / 37.2 / .007 / 2848",
        "2.01 / 14.5 / 36.5 / .008 / 3234",
        "1.75 / 12.5 / 34.5 / .007 / 3590",
    ),
    "w2v-Near": (
        "6.00 / 28.1 / 54.7 / .021 / 641",
        "4.80 / 21.2 / 43.2 / .016 / 2054",
        "4.03 / 16.7 / 35.2 / .013 / 6900",
    ),
    "NN-max": (
        "4.78 / 22.5 / 53.1 / .023 / 779",
        "5.30 / 24.9 / 54.8 / .025 / 672",
        "4.72 / 21.4 / 47.0 / .022 / 1320",
    ),
    "NN-sum-con": (
        "4.58 / 19.8 / 48.5 / .021 / 1110",
        "5.81 / 27.2 / 60.0 / .027 / 453",
        "4.87 / 23.5 / 53.9 / .022 / 731",
    ),
    "NN-max-con": (
        "3.36 / 16.9 / 46.6 / .018 / 1250",
        "5.61 / 25.7 / 57.5 / .026 / 570",
        "4.72 / 22.0 / 51.8 / .022 / 877",
    ),
    "DeepSets": (
        "5.53 / 24.2 / 54.3 / .025 / 696",
        "6.04 / 28.5 / 60.7 / .027 / 426",
        "5.54 / 26.1 / 55.5 / .026 / 616",
    ),
}


class Topics:
    """The topics of one size, the words' vectors, and the protocol.

    Attributes
    ----------
    train, vocabulary : of the data
    vectors : dict
        Word -> vector, for the words that have one.
    """

    def __init__(self, n_topics, data_home):
        data = fetch_lda_concepts(n_topics, data_home=data_home)
        self.train, self.vocabulary, self.test = data.train, data.vocabulary, list(data.test)
        words = fetch_word_vectors(data_home=data_home)
        known = dict(zip(words.words.tolist(), words.vectors, strict=True))
        self.vectors = {word: known[word] for word in data.vocabulary.tolist() if word in known}

    def scores(self, ranker):
        """The scores of all words for the queries of the test topics."""
        return ranker.score_candidates([topic[:N_SHOWN] for topic in self.test])

    def figures(self, scores):
        """The five figures of scores (n_topics, n_words)."""
        place = {word: i for i, word in enumerate(self.vocabulary.tolist())}
        ids = [[place[word] for word in topic.tolist()] for topic in self.test]
        ranks = item_ranks(
            [topic[N_SHOWN:] for topic in ids], scores, exclude=[topic[:N_SHOWN] for topic in ids]
        )
        return figures(ranks)


def as_text(figures):
    """Five figures in the paper's order and precision."""
    r10, r100, r1000, mrr, median = figures
    return f"{r10:.2f} / {r100:.1f} / {r1000:.1f} / {f'{mrr:.4f}'[1:]} / {median:.0f}"
