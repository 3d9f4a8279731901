"""The networks of Table 3 of the paper, trained by its margin loss.

Data and protocol are those of concept_retrieval.py. Embeddings of 50, phi 150-150, rho 150-75-1,
margin .1, batches of 100 topics, as the authors have them. They draw one word of the vocabulary for
each hidden word, at a constant rate of 1e-4, for up to 10,000 epochs (80,000 steps on LDA-1k), and
their shuffle, which works in place, leaves words of the query among the hidden ones. Here 100
words a batch are compared with all words of its topics (``targets="all"``), at a one-cycle rate of
up to 5e-4 on LDA-1k and 1e-3 on the larger ones, for 10,000 steps, DeepSets on the larger ones for
20,000. One seed; the settings were chosen on the validation topics. Figures: recall at 10, 100 and
1,000 (%), mean reciprocal rank, median rank.
"""

from _concepts import PAPER, SIZES, Topics, as_text
from _harness import Benchmark
from joblib import Parallel, delayed

from sksets import SetExpander

BATCH = 100
NETWORKS = {
    "DeepSets": {"interaction": "sum", "pooling": "sum"},
    "NN-max": {"interaction": "sum", "pooling": "max"},
    "NN-sum-con": {"interaction": "concat", "pooling": "sum"},
    "NN-max-con": {"interaction": "concat", "pooling": "max"},
}
N_STEPS = dict.fromkeys(NETWORKS, (10_000,) * 3) | {"DeepSets": (10_000, 20_000, 20_000)}
RATES = (5e-4, 1e-3, 1e-3)


def train_and_score(topics, name, size, seed, quick):
    """Fit one network; return its five figures on the test topics, and its device."""
    n_steps = N_STEPS[name][size]
    network = SetExpander(
        **NETWORKS[name],
        loss="margin",
        targets="all",
        embedding_dim=50,
        phi_layer_sizes=(150, 150),
        rho_layer_sizes=(150, 75),
        dropout=0.0,
        batch_size=BATCH,
        learning_rate_init=RATES[size],
        max_epochs=1 if quick else n_steps * BATCH // len(topics.train),
        vocabulary=topics.vocabulary,
        random_state=seed,
    )
    network.fit(topics.train)
    return topics.figures(topics.scores(network)), str(network.net_.device)


def main():
    """Run the benchmark."""
    bench = Benchmark("concept_margin", __doc__)
    bench.parser.add_argument("--sizes", type=int, nargs="+", default=[1000, 3000], choices=SIZES)
    bench.parser.add_argument("--jobs", type=int, default=1, help="networks trained at once")
    bench.parser.add_argument("--networks", nargs="+", default=list(NETWORKS), choices=NETWORKS)
    args = bench.parse_args()
    sizes = args.sizes[:1] if args.quick else args.sizes
    topics = {n_topics: Topics(n_topics, args.data_home) for n_topics in sizes}
    jobs = [(name, n_topics) for name in args.networks for n_topics in sizes]
    results = Parallel(n_jobs=args.jobs, verbose=10)(
        delayed(train_and_score)(topics[n], name, SIZES.index(n), args.seed, args.quick)
        for name, n in jobs
    )
    found = dict(zip(jobs, results, strict=True))
    for n_topics in sizes:
        title = f"LDA-{n_topics // 1000}k"
        table = bench.table(
            f"{title}, margin loss: R@10 / R@100 / R@1k / MRR / median",
            columns=("setting", "paper", "measured here"),
        )
        bench.results[title] = {}
        for name in args.networks:
            figures, bench.device = found[name, n_topics]
            table.add(name, PAPER[name][SIZES.index(n_topics)], as_text(figures))
            bench.results[title][name] = list(figures)
    bench.finish()


if __name__ == "__main__":
    main()
