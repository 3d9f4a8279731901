"""Which words fall under a concept, on concepts of WordNet that are not in the training sets.

1,655 concepts, each the set of 8 to 60 words for what falls under it, are split 80/10/10 into
training, validation and test concepts. The query is five random words of a test concept, the hidden
items are its other words; all 13,886 words are ranked, ties get their mean rank, and the ranks of
all concepts are pooled, as `concept_retrieval` has it. GloVe vectors of 100 dimensions are known
for 72 % of the words. "Unseen" are the hidden words that are in no training concept.

Concepts of WordNet nest: what falls under "feline" falls under "carnivore". Drawn one by one (only
identical sets kept together), most test concepts have a training concept that holds a good part of
their words, and counting pairs finds it again. In the second split, two concepts that share more
than half of the words of the smaller one are kept on one side, and so are those linked by others:
it tells what was learned that is of use for a concept that is new. The lines printed first say how
far test and training concepts overlap.

All settings were chosen on the validation concepts of the two splits (seed 0), where those of
SetExpander differ: after many steps it knows the training concepts, after few what vectors tell.
{n_seeds} seeds of SetExpander on one split.
"""

import time
from typing import NamedTuple

import numpy as np
import torch
from _harness import Benchmark
from _retrieval import figures
from scipy import sparse
from scipy.sparse.csgraph import connected_components

from sksets import BayesianSets, SetArray, SetExpander
from sksets.baselines import CooccurrenceRanker, NearestRanker, PopularityRanker
from sksets.datasets import fetch_word_vectors, fetch_wordnet_concepts
from sksets.metrics import item_ranks

N_SHOWN = 5
N_SEEDS = 3
EXPANDERS = {
    "by concept": {
        "SetExpander": {"max_epochs": 60, "learning_rate_init": 1e-2},
        "SetExpander, vectors": {"max_epochs": 100},
    },
    "nested concepts together": {
        "SetExpander": {"max_epochs": 60, "learning_rate_init": 1e-2},
        "SetExpander, vectors": {
            "max_epochs": 20,
            "learning_rate_init": 1e-3,
            "weight_decay": 1.0,
            "rho_layer_sizes": (256,),
        },
    },
}


class Task(NamedTuple):
    """Training concepts, and test concepts as queries and hidden words (positions)."""

    vocabulary: np.ndarray
    train: SetArray
    query: list
    query_ids: list
    hidden: list
    unseen: np.ndarray


def overlaps(sets, vocabulary):
    """Return the number of words that each two sets share, and the sizes."""
    ids = np.searchsorted(vocabulary, sets.values)
    shape = (len(sets), len(vocabulary))
    member = sparse.csr_matrix((np.ones(len(ids)), ids, sets.offsets), shape=shape)
    return (member @ member.T).toarray(), sets.sizes


def linked(shared, sizes):
    """Return which concepts are kept together, by the name of the split."""
    union = sizes[:, None] + sizes[None] - shared
    smaller = np.minimum(sizes[:, None], sizes[None])
    return {"by concept": shared == union, "nested concepts together": shared > smaller / 2}


def split(links, seed):
    """Return the indices of training, validation and test concepts: 80, 10 and 10 %."""
    n_groups, group = connected_components(links)
    order = np.random.default_rng(seed).permutation(n_groups)
    share = np.empty(n_groups)
    share[order] = np.bincount(group)[order].cumsum() / len(group)
    part = np.digitize(share, [0.8, 0.9], right=True)
    return [np.flatnonzero(part[group] == k) for k in range(3)]


def make_task(concepts, train, asked, seed):
    rng = np.random.default_rng(seed)
    vocabulary, train = concepts.vocabulary, concepts.data[train]
    mixed = [rng.permutation(concepts.data[i]) for i in asked]
    query = [words[:N_SHOWN] for words in mixed]
    return Task(
        vocabulary,
        train,
        query,
        [np.searchsorted(vocabulary, words) for words in query],
        [np.searchsorted(vocabulary, words[N_SHOWN:]) for words in mixed],
        ~np.isin(vocabulary, train.values),
    )


def text(row):
    """Return figures as the papers print them."""
    at_10, at_100, at_1000, mrr, median = row
    return f"{at_10:.2f} / {at_100:.1f} / {at_1000:.1f} / {mrr:.4f} / {median:,.0f}"


def evaluate(task, model, vectors):
    """Return the figures over all hidden words, over the unseen ones, and the seconds of fit."""
    start = time.perf_counter()
    if model is None:
        scores = np.random.default_rng(0).uniform(size=(len(task.query), len(task.vocabulary)))
    else:
        model.fit(task.train, item_features=vectors)
    seconds = time.perf_counter() - start
    if model is not None:
        scores = model.score_candidates(task.query)
    ranks = item_ranks(task.hidden, scores, exclude=task.query_ids)
    unseen = [row[task.unseen[hidden]] for row, hidden in zip(ranks, task.hidden, strict=True)]
    return figures(ranks), figures(unseen), seconds


def make_models(vocabulary, vectors, settings, quick, n_seeds):
    """Return {name: (models, vectors of words)}, baselines first."""
    options = {"vocabulary": vocabulary}
    niw = BayesianSets(model="normal_inverse_wishart", **options)
    models = {
        "random": ([None], None),
        "popularity": ([PopularityRanker(**options)], None),
        "co-occurrence": ([CooccurrenceRanker(**options)], None),
        "co-occurrence, log": ([CooccurrenceRanker(weighting="log", **options)], None),
        "BayesianSets, membership": ([BayesianSets(**options)], None),
        "nearest vectors": ([NearestRanker(**options)], vectors),
        "BayesianSets, vectors": ([niw], vectors),
    }
    budget = {"max_epochs": 2} if quick else {}
    for name, setting in settings.items():
        seeds = [
            SetExpander(**options, **setting | budget, random_state=seed) for seed in range(n_seeds)
        ]
        models[name] = seeds, vectors if "vectors" in name else None
    return models


def report_overlap(bench, name, shared, sizes, train, test):
    """Print and save how much of a test concept is in one training concept."""
    held = (shared[np.ix_(test, train)] / sizes[test][:, None]).max(axis=1)
    union = sizes[test][:, None] + sizes[train][None] - shared[np.ix_(test, train)]
    alike = (shared[np.ix_(test, train)] / union).max(axis=1)
    row = {
        "n_train": len(train),
        "n_test": len(test),
        "largest_share_in_one_training_concept_mean": float(held.mean()),
        "wholly_in_one_training_concept_percent": 100 * float((held == 1).mean()),
        "jaccard_above_half_percent": 100 * float((alike > 0.5).mean()),
    }
    bench.results[f"{name}, overlap"] = row
    print(f"{name}: " + ", ".join(f"{key} {value:.3g}" for key, value in row.items()), flush=True)


def main():
    bench = Benchmark("wordnet_concepts", __doc__.format(n_seeds=N_SEEDS))
    bench.parser.add_argument("--threads", type=int, default=2, help="threads of torch")
    bench.parser.add_argument(
        "--validation", action="store_true", help="ask about the validation concepts instead"
    )
    args = bench.parse_args()
    torch.set_num_threads(args.threads)
    concepts = fetch_wordnet_concepts(args.data_home)
    glove = fetch_word_vectors(args.data_home)
    rows = np.flatnonzero(np.isin(glove.words, concepts.vocabulary))
    vectors = dict(zip(glove.words[rows].tolist(), glove.vectors[rows], strict=True))
    shared, sizes = overlaps(concepts.data, concepts.vocabulary)
    for name, links in linked(shared, sizes).items():
        train, validation, test = split(links, args.seed)
        asked = validation if args.validation else test
        report_overlap(bench, name, shared, sizes, train, asked)
        task = make_task(concepts, train, asked, args.seed)
        unseen = 100 * float(task.unseen[np.concatenate(task.hidden)].mean())
        table = bench.table(
            f"WordNet, split {name} ({unseen:.0f} % of the hidden words unseen): "
            "R@10 / R@100 / R@1k / MRR / median",
            columns=("setting", "all hidden words", "unseen words alone", "seconds a fit"),
        )
        models = make_models(
            concepts.vocabulary, vectors, EXPANDERS[name], args.quick, 1 if args.quick else N_SEEDS
        )
        for row_name, (seeds, features) in models.items():
            rows = [evaluate(task, model, features) for model in seeds]
            of_all, of_unseen = (np.mean([row[i] for row in rows], axis=0) for i in (0, 1))
            seconds = float(np.mean([row[2] for row in rows]))
            table.add(row_name, text(of_all), text(of_unseen), seconds)
            bench.results[f"{name}, {row_name}"] = {
                "by_seed": [row[0] for row in rows],
                "unseen_by_seed": [row[1] for row in rows],
            }
            print(f"{name}, {row_name}: {text(of_all)}", flush=True)
    bench.finish()


if __name__ == "__main__":
    main()
