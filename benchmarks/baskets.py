"""Which product is missing in a basket: purchases in a grocery.

Protocol: of the 7,676 baskets of two categories of products or more (of 169), a fifth is for the
test, drawn with the seed of the split. One product of each test basket, drawn at random, is hidden
and ranked among all that are not in the basket. Mean and standard deviation over {n_splits} splits.

Beside the rankers of sksets: `implicit`'s alternating least squares (Hu, Koren and Volinsky, 2008),
a test basket folded in by `recalculate_user`; the same library's nearest neighbours of items, here
with all neighbours, BM25 and TF-IDF weights; and EASE (Steck, 2019, "Embarrassingly shallow
autoencoders for sparse data"), ridge regression of each item on the others in closed form.

An eighth of the training baskets of the split with seed 0 chose, with each of their products hidden
in turn: SetExpander's pooling (mean, max, and both), rho, dropout, weight decay, width and epochs;
factors, regularization and alpha of the least squares, of 2 to 128, .01 to 1,000 and 1 to 20; the
penalty of EASE, of 30 to 1,000. The other rankers are the defaults.
"""

import time

import numpy as np
import torch
from _harness import Benchmark
from implicit.als import AlternatingLeastSquares
from implicit.nearest_neighbours import BM25Recommender, TFIDFRecommender
from scipy import sparse
from threadpoolctl import threadpool_limits

from sksets import BayesianSets, SetArray, SetExpander
from sksets.baselines import CooccurrenceRanker, PopularityRanker
from sksets.datasets import fetch_groceries
from sksets.metrics import item_ranks, mean_reciprocal_rank, recall_at_k

N_SPLITS = 3
EASE_PENALTY = 200.0
ALS = {"factors": 128, "regularization": 100.0, "alpha": 10.0}
TUNED = {"pooling": "max", "max_epochs": 50}


def split(baskets, seed):
    """Return training baskets, test baskets without one product each, and these products."""
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(baskets))
    n_test = len(baskets) // 5
    test, train = baskets[np.sort(order[:n_test])], baskets[np.sort(order[n_test:])]
    chosen = test.offsets[:-1] + (rng.uniform(size=n_test) * test.sizes).astype(np.int64)
    query = SetArray(np.delete(test.values, chosen), test.offsets - np.arange(n_test + 1))
    return train, query, test.values[chosen]


def positions(sets, vocabulary):
    return SetArray(np.searchsorted(vocabulary, sets.values), sets.offsets)


def membership(ids, n_items):
    """Return 1 where a set has an item, a sparse table (n_sets, n_items)."""
    ones = np.ones(len(ids.values), dtype=np.float32)
    return sparse.csr_matrix((ones, ids.values, ids.offsets), shape=(len(ids), n_items))


# Rivals: functions of the training sets and the queries as sparse tables, which return scores.


def als(train, query, seed):
    model = AlternatingLeastSquares(**ALS, random_state=seed, num_threads=1)
    with threadpool_limits(1, "blas"):  # as implicit asks
        model.fit(train, show_progress=False)
        folded = model.recalculate_user(np.arange(query.shape[0]), query)
    return folded @ model.item_factors.T


def neighbours(recommender):
    def scores(train, query, seed):
        model = recommender(K=train.shape[1])
        model.fit(train, show_progress=False)
        return (query @ model.similarity).toarray()

    return scores


def ease(train, query, seed):
    gram = (train.T @ train).toarray().astype(np.float64)
    inverse = np.linalg.inv(gram + EASE_PENALTY * np.eye(len(gram)))
    weights = -inverse / np.diag(inverse)
    np.fill_diagonal(weights, 0)
    return query @ weights


def ranker(model):
    """Return a function of training sets and queries, as the rivals but of sets of names."""

    def scores(train, query, seed):
        if "random_state" in model.get_params():
            model.set_params(random_state=seed)
        return model.fit(train).score_candidates(query)

    return scores


def make_methods(vocabulary, quick):
    """Return {name: (takes sets, function)}, baselines first."""
    budget = {"max_epochs": 3} if quick else {}
    rankers = {
        "popularity": PopularityRanker(vocabulary=vocabulary),
        "co-occurrence": CooccurrenceRanker(vocabulary=vocabulary),
        "co-occurrence, log": CooccurrenceRanker(vocabulary=vocabulary, weighting="log"),
        "BayesianSets": BayesianSets(vocabulary=vocabulary),
        "SetExpander default": SetExpander(vocabulary=vocabulary, **budget),
        "SetExpander tuned": SetExpander(vocabulary=vocabulary, **TUNED | budget),
    }
    rivals = {
        "implicit, least squares": als,
        "implicit, neighbours by TF-IDF": neighbours(TFIDFRecommender),
        "implicit, neighbours by BM25": neighbours(BM25Recommender),
        "EASE": ease,
    }
    methods = {name: (True, ranker(model)) for name, model in rankers.items()}
    expanders = {name: methods.pop(name) for name in rankers if name.startswith("SetExpander")}
    return methods | {name: (False, rival) for name, rival in rivals.items()} | expanders


def main():
    bench = Benchmark("baskets", __doc__.format(n_splits=N_SPLITS))
    bench.parser.add_argument("--threads", type=int, default=2, help="threads of torch")
    args = bench.parse_args()
    torch.set_num_threads(args.threads)
    groceries = fetch_groceries(args.data_home)
    vocabulary = groceries.vocabulary
    baskets = groceries.data[np.flatnonzero(groceries.data.sizes > 1)]
    found = {}
    for seed in range(args.seed, args.seed + (1 if args.quick else N_SPLITS)):
        train, query, hidden = split(baskets, seed)
        ids = positions(query, vocabulary)
        hidden = [[place] for place in np.searchsorted(vocabulary, hidden)]
        tables = [
            membership(places, len(vocabulary)) for places in (positions(train, vocabulary), ids)
        ]
        for name, (of_sets, method) in make_methods(vocabulary, args.quick).items():
            start = time.perf_counter()
            scores = method(*((train, query) if of_sets else tables), seed)
            seconds = time.perf_counter() - start
            ranks = item_ranks(hidden, scores, exclude=ids)
            row = [mean_reciprocal_rank(ranks), recall_at_k(ranks, 5), recall_at_k(ranks, 10)]
            found.setdefault(name, []).append([*row, seconds])
            print(f"split {seed}, {name}: MRR {row[0]:.4f}", flush=True)
    table = bench.table(
        "Groceries, the hidden product: mean reciprocal rank",
        columns=(
            "setting",
            "best rival",
            "MRR",
            "+- splits",
            "recall@5 (%)",
            "recall@10 (%)",
            "seconds",
        ),
    )
    best = max(
        np.mean(rows, axis=0)[0] for name, rows in found.items() if "SetExpander" not in name
    )
    for name, rows in found.items():
        mrr, *recalls, seconds = np.mean(rows, axis=0).tolist()
        spread = float(np.std([row[0] for row in rows]))
        baseline = float(best) if "SetExpander" in name else None
        table.add(name, baseline, mrr, spread, *[100 * recall for recall in recalls], seconds)
        bench.results[name] = {"mrr_by_split": [row[0] for row in rows]}
    bench.finish()


if __name__ == "__main__":
    main()
