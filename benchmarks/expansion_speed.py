"""How fast items are ranked and expanders are trained, beside the same by hand.

- Ranking 61,000 items for 500 queries of five (the size of LDA-5k), the ten best of each: "dot"
  beside a bare matrix product and top-k of torch; the paper's scorer, rho of every query with every
  candidate added, with its peak memory; both models of Bayesian Sets, the binary one with 4,000
  features beside scipy's sparse product.
- Training on as many sets of 50 items as LDA-3k has, 2,400 with 37,718 items, by the
  softmax loss beside a loop written by hand, which gathers, hides, multiplies and steps and does
  nothing else.

Seconds are the least of some rounds in one process, all methods in turn; "ratio" is ours over the
baseline. The items are drawn at random: the speed does not depend on what is learned.
"""

import gc
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np
import torch
from _harness import Benchmark, peak_bytes, reset_peak
from scipy import sparse

from sksets import BayesianSets, SetExpander

N_QUERIES, N_SHOWN, N_ITEMS, N_BEST = 500, 5, 61_000, 10
N_FEATURES, SET_SIZE = 4_000, 50
N_TRAIN, N_TRAIN_ITEMS, BATCH_SIZE, DIM = 2_400, 37_718, 64, 128
EPOCHS = 3
PAPER = {
    "interaction": "sum",
    "pooling": "sum",
    "embedding_dim": 50,
    "phi_layer_sizes": (150, 150),
    "rho_layer_sizes": (150, 75),
    "loss": "margin",
}


def draw_sets(n_sets, n_items, size, rng):
    """Return sets of different items, (n_sets, size)."""
    return np.stack([rng.choice(n_items, size, replace=False) for _ in range(n_sets)])


def least(function, rounds):
    """Return the least seconds of some calls, after one that warms up."""
    seconds = []
    for _ in range(rounds + 1):
        gc.collect()
        start = time.perf_counter()
        function()
        seconds.append(time.perf_counter() - start)
    return min(seconds[1:]) if rounds else seconds[0]


def fit_expander(n_items, n_sets, seed, **options):
    """Return an expander of ``n_items`` items after an epoch on a few sets."""
    rng = np.random.default_rng(seed)
    sets = list(draw_sets(n_sets, n_items, SET_SIZE, rng))
    sets += np.array_split(rng.permutation(n_items), n_items // SET_SIZE)
    expander = SetExpander(max_epochs=1, random_state=seed, device="cpu", **options)
    return expander.fit(sets)


def rank_memory(n_items, n_queries, seed, threads):
    """Return seconds and MiB that ranking with the paper's scorer takes above what was there."""
    torch.set_num_threads(threads)
    expander = fit_expander(n_items, 1, seed, **PAPER)
    queries = list(draw_sets(n_queries, n_items, N_SHOWN, np.random.default_rng(seed)))
    expander.rank(queries[:1], N_BEST)
    gc.collect()
    reset_peak()
    before = peak_bytes()
    start = time.perf_counter()
    expander.rank(queries, N_BEST)
    return time.perf_counter() - start, (peak_bytes() - before) / 2**20


class HandWritten:
    """The softmax loss of the default network in a bare loop of torch."""

    def __init__(self, n_items, sets, seed):
        generator = torch.Generator().manual_seed(seed)
        self.sets = torch.from_numpy(sets)
        self.shown = torch.nn.Parameter(0.1 * torch.randn(n_items, DIM, generator=generator))
        self.wanted = torch.nn.Parameter(0.1 * torch.randn(n_items, DIM, generator=generator))
        self.square = torch.nn.Parameter(torch.zeros(DIM, DIM))
        self.bias = torch.nn.Parameter(torch.zeros(n_items))
        self.parameters = [self.shown, self.wanted, self.square, self.bias]
        self.optimizer = torch.optim.AdamW(self.parameters, lr=3e-3, weight_decay=0, fused=True)

    def epoch(self):
        """Pass once over the sets."""
        size = self.sets.shape[1]
        place = torch.arange(size)
        for rows in torch.randperm(len(self.sets)).split(BATCH_SIZE):
            x = self.sets[rows]
            x = x.gather(1, torch.rand(x.shape).argsort(1))
            n_shown = torch.randint(1, size, (len(x), 1))
            shown = (place < n_shown).float()
            mean = (self.shown[x] * shown[..., None]).sum(1) / n_shown
            mean = torch.nn.functional.dropout(mean, 0.5)
            query = mean + mean @ self.square.T
            scores = torch.addmm(self.bias, query, self.wanted.T)
            losses = torch.logsumexp(scores, 1, keepdim=True) - scores.gather(1, x)
            loss = ((losses * (1 - shown)).sum(1) / (size - n_shown[:, 0])).mean()
            self.optimizer.zero_grad(set_to_none=True)
            loss.backward()
            torch.nn.utils.clip_grad_norm_(self.parameters, 1.0)
            self.optimizer.step()


def add(bench, table, name, ours, baseline=None, limit=None):
    """Add seconds to a table and to the results."""
    table.add(name, baseline, ours, None if baseline is None else ours / baseline)
    bench.results[name] = {"seconds": ours, "baseline": baseline, "limit": limit}


def time_bayesian_sets(bench, table, queries, n_items, rounds):
    """Time both models of Bayesian Sets."""
    rng = np.random.default_rng(bench.args.seed)
    density = SET_SIZE / n_items
    features = sparse.random(n_items, N_FEATURES, density=density, format="csr", rng=rng)
    features.data[:] = 1
    weights = rng.normal(size=(N_FEATURES, len(queries)))
    options = {"vocabulary": np.arange(n_items)}
    binary = BayesianSets(**options).fit(queries, item_features=features)
    product = least(lambda: features @ weights, rounds)
    ours = least(lambda: binary.rank(queries, N_BEST), rounds)
    add(bench, table, f"Bayesian Sets, {N_FEATURES:,} binary features", ours, product, 2.0)
    real = BayesianSets(model="normal_inverse_wishart", **options)
    real.fit(queries, item_features=rng.normal(size=(n_items, 100)))
    ours = least(lambda: real.rank(queries, N_BEST), 1)
    add(bench, table, "Bayesian Sets, 100 real features", ours)


def time_ranking(bench, scale, rounds):
    """Fill the tables of ranking."""
    args, n_items, n_queries = bench.args, N_ITEMS // scale, N_QUERIES // scale
    queries = list(draw_sets(n_queries, n_items, N_SHOWN, np.random.default_rng(args.seed)))
    table = bench.table(
        f"Ranking {n_items:,} items for {n_queries} queries, seconds",
        columns=("setting", "the products alone", "sksets", "ratio"),
    )
    expander = fit_expander(n_items, 1, args.seed)
    q, u = torch.randn(n_queries, DIM), torch.randn(n_items, DIM)
    bare = least(lambda: torch.topk(q @ u.T, N_BEST), rounds)
    add(bench, table, "dot", least(lambda: expander.rank(queries, N_BEST), rounds), bare, 2.0)
    time_bayesian_sets(bench, table, queries, n_items, rounds)
    with ProcessPoolExecutor(1, get_context("spawn")) as pool:
        job = pool.submit(rank_memory, n_items, n_queries, args.seed, args.threads)
        seconds, memory = job.result()
    add(bench, table, "the paper's scorer", seconds)
    table = bench.table(
        "Peak memory of ranking with the paper's scorer above what was there: MiB",
        columns=("setting", "aim", "sksets"),
    )
    table.add("MiB", "limit 200", memory)
    bench.results["paper's scorer memory"] = memory


def time_training(bench, scale, rounds):
    """Fill the table of training."""
    n_sets, n_items = N_TRAIN // scale, N_TRAIN_ITEMS // scale
    rng, whole = np.random.default_rng(bench.args.seed), n_items // SET_SIZE * SET_SIZE
    sets = np.concatenate([rng.permutation(n_items)[:whole] for _ in range(4)])
    sets = sets.reshape(-1, SET_SIZE)[:n_sets]
    hand = HandWritten(n_items, sets, bench.args.seed)
    ours = SetExpander(max_epochs=EPOCHS, learning_rate="constant", device="cpu")
    seconds = {"hand": [], "ours": []}
    for _ in range(rounds):
        seconds["hand"].append(least(lambda: [hand.epoch() for _ in range(EPOCHS)], 0) / EPOCHS)
        seconds["ours"].append(least(lambda: ours.fit(list(sets)), 0) / EPOCHS)
    table = bench.table(
        f"Training on {n_sets:,} sets, {n_items:,} items: seconds an epoch, in a fit of {EPOCHS}",
        columns=("setting", "by hand", "sksets", "ratio"),
    )
    add(bench, table, "softmax loss", min(seconds["ours"]), min(seconds["hand"]), 1.3)


def main():
    """Run the benchmark."""
    bench = Benchmark("expansion_speed", __doc__)
    bench.parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = bench.parse_args()
    torch.set_num_threads(args.threads)
    scale, rounds = (20, 1) if args.quick else (1, 5)
    time_ranking(bench, scale, rounds)
    time_training(bench, scale, rounds)
    bench.finish()


if __name__ == "__main__":
    main()
