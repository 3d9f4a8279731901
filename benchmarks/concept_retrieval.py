"""Which words belong to a topic: Table 3 of the paper, on its own data.

The sets are the 50 most probable words of topics (LDA-1k, LDA-3k, and LDA-5k where its file is
given, ``--sizes 5000``), split by the authors into training, validation and test topics. The query
is the first five words of a test topic, the hidden items are the other 45; all words of the
vocabulary are ranked, ties get their mean rank, and the ranks of all topics are pooled: recall at
10, 100 and 1,000 (%), mean reciprocal rank, median rank. By this protocol the authors' released
weights give the paper's row exactly.

"w2v-Near" has vectors of 300 dimensions from GoogleNews in the paper, and GloVe of 100 dimensions
here. What the paper's Bayes Set has as features it does not say; here it is which training topics
hold a word. The four networks of the paper, with its loss, are in concept_margin.py.

SetExpander has its defaults (softmax loss, "dot") but for the epochs, and without vectors of words
``embedding_dim=256``, ``learning_rate_init=5e-3`` and ``weight_decay=0.1``. "Small queries" means
``max_query_size=10``: the queries of training are, as those of the test, a few words, not up to 49.
The ensemble adds the scores of the seeds. Figures are means over the seeds; all settings were
chosen on the validation topics.
"""

import numpy as np
from _concepts import PAPER, SIZES, Topics, as_text
from _harness import Benchmark
from joblib import Parallel, delayed

from sksets import BayesianSets, SetExpander
from sksets.baselines import CooccurrenceRanker, NearestRanker, PopularityRanker

PLAIN = {"embedding_dim": 256, "learning_rate_init": 5e-3, "weight_decay": 0.1}
SMALL = {"max_query_size": 10}
# Epochs without vectors and with them.
EPOCHS = {1000: (300, 40), 3000: (200, 40), 5000: (130, 40)}


def rivals(topics):
    """Fitted rankers that need no seed, by name."""
    words = {"vocabulary": topics.vocabulary}
    return {
        "Bayes Set": BayesianSets(**words).fit(topics.train),
        "w2v-Near": NearestRanker(**words).fit(topics.train, item_features=topics.vectors),
        "popularity": PopularityRanker(**words).fit(topics.train),
        "co-occurrence": CooccurrenceRanker(**words).fit(topics.train),
        "Bayes Set, prior strength 20": BayesianSets(prior_strength=20, **words).fit(topics.train),
        "Bayes Set, normal, of vectors": BayesianSets(model="normal_inverse_wishart", **words).fit(
            topics.train, item_features=topics.vectors
        ),
    }


def expanders(epochs):
    """Settings of networks by name: options of SetExpander, and whether words have vectors."""
    plain, with_vectors = epochs
    plain = {**PLAIN, "max_epochs": plain}
    with_vectors = {"max_epochs": with_vectors}
    return {
        "SetExpander": (plain, False),
        "SetExpander, small queries": ({**plain, **SMALL}, False),
        "SetExpander with vectors": (with_vectors, True),
        "SetExpander with vectors, small queries": ({**with_vectors, **SMALL}, True),
    }


def train_and_score(topics, setting, seed):
    """Fit one network; return its scores of the test topics and its device."""
    options, with_vectors = setting
    expander = SetExpander(vocabulary=topics.vocabulary, random_state=seed, **options)
    expander.fit(topics.train, item_features=topics.vectors if with_vectors else None)
    return topics.scores(expander).astype(np.float32), str(expander.net_.device)


def fill(table, n_topics, topics, trained, seed):
    """Fill the table of one size; return its figures by name."""
    saved = {}

    def add(name, figures, by_seed=()):
        paper = PAPER.get(name)
        table.add(name, paper and paper[SIZES.index(n_topics)], as_text(figures))
        saved[name] = {"mean": figures, "seeds": list(by_seed)}

    shape = len(trained["SetExpander"][0]), len(topics.vocabulary)
    add("random", topics.figures(np.random.default_rng(seed).random(shape)))
    for name, ranker in rivals(topics).items():
        add(name, topics.figures(topics.scores(ranker)))
    for name, scores in trained.items():
        figures = [topics.figures(s) for s in scores]
        add(name, np.mean(figures, axis=0).tolist(), figures)
        if len(scores) > 1:
            add(f"{name}, ensemble", topics.figures(sum(scores)))
    return saved


def main():
    """Run the benchmark."""
    bench = Benchmark("concept_retrieval", __doc__)
    bench.parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 3000], choices=SIZES)
    bench.parser.add_argument("--seeds", type=int, default=3)
    bench.parser.add_argument("--jobs", type=int, default=1, help="networks trained at once")
    args = bench.parse_args()
    sizes = args.sizes[:1] if args.quick else args.sizes
    topics = {n_topics: Topics(n_topics, args.data_home) for n_topics in sizes}
    settings = {n: expanders((1, 1) if args.quick else EPOCHS[n]) for n in sizes}
    jobs = [
        (n_topics, name, seed)
        for n_topics in sizes
        for name in settings[n_topics]
        for seed in range(1 if args.quick else args.seeds)
    ]
    results = Parallel(n_jobs=args.jobs, verbose=10)(
        delayed(train_and_score)(topics[n], settings[n][name], args.seed + seed)
        for n, name, seed in jobs
    )
    for n_topics in sizes:
        trained = {name: [] for name in settings[n_topics]}
        for (n, name, _), (scores, bench.device) in zip(jobs, results, strict=True):
            if n == n_topics:
                trained[name].append(scores)
        table = bench.table(
            f"LDA-{n_topics // 1000}k: R@10 / R@100 / R@1k / MRR / median",
            columns=("setting", "paper", "measured here"),
        )
        bench.results[f"lda_{n_topics // 1000}k"] = fill(
            table, n_topics, topics[n_topics], trained, args.seed
        )
    bench.finish()


if __name__ == "__main__":
    main()
