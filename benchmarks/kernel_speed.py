"""How fast kernels and divergences between sets are, beside the same by hand.

- Mean map kernel, rbf: pairs of elements a second, as a ratio over blocks of exp(-cdist(x, y)^2) in
  torch, the fastest of some sizes of blocks, which are not even averaged; over plain numpy, set by
  set; and over POT, which has no kernel of sets, but a Gaussian kernel of elements, averaged set by
  set. The variance of a feature is 1 / d, so that the values do not vanish. "X with itself" counts
  all pairs, of which half are computed.
- Its peak memory above what was there, each in a process of its own: blocks, which working_memory
  bounds, and copies of the elements, which it does not.
- Seconds by the number of sets N, with the exponent of N: of MeanMapFeatures, fit and transform,
  and of the exact kernel.
- Divergences by nearest neighbours between all pairs of 512 sets of 400 points in 2-D: over a loop
  with one fit of scikit-learn's NearestNeighbors a target set and one kneighbors a pair, in one
  thread, since to start others takes longer than such a call. It computes the KL as well; the one
  beside all seven divergences only searches for the six neighbours that they need. Also over one
  kneighbors a target set, for the elements of all sets. Ratios are of 128 of the sets, a sixteenth
  of the pairs, and their seconds are scaled to all; the last row is not scaled.

The repetitions are interleaved; seconds are medians, and a ratio is the median of the ratios within
a round: above 1, ours is the faster. Every run checks that all compute the same.
"""

import gc
import statistics
import time
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from multiprocessing import get_context

import numpy as np
import torch
from _harness import Benchmark, peak_bytes, reset_peak
from _kernel_peers import (
    bare_torch,
    loop_divergences,
    loop_searches,
    loop_targets,
    numpy_kernel,
    pot_mean_kernel,
)

from sksets import SetArray
from sksets.kernels import knn_divergences, mean_map_kernel
from sksets.preprocessing import MeanMapFeatures

MIN_SIZE, MAX_SIZE = 300, 500
CASES = [(d, dtype) for d in (2, 32) for dtype in ("float32", "float64")]
BLOCK_SIDES = (256, 512, 1024, 2048)  # elements of a block of bare torch, a side
N_COMPONENTS = 500
SET_SIZE, K = 400, 3
DIVERGENCES = ("kl", "renyi", "tsallis", "hellinger", "bhattacharyya", "l2", "jensen_shannon")
MIN_KERNEL_RATIO, MIN_KNN_RATIO = 0.6, 3.0


def draw_sets(n_sets, n_features, dtype, rng):
    """Return a SetArray of Gaussian elements."""
    sizes = rng.integers(MIN_SIZE, MAX_SIZE + 1, size=n_sets)
    sets = [rng.normal(0, n_features**-0.5, size=(size, n_features)) for size in sizes]
    return SetArray.from_sets([elements.astype(dtype) for elements in sets])


def timed(function):
    """Return the seconds of one call."""
    gc.collect()
    start = time.perf_counter()
    function()
    return time.perf_counter() - start


def alternate(functions, rounds):
    """Return {name: seconds of each round}; the functions take turns."""
    seconds = {name: [] for name in functions}
    for _ in range(rounds):
        for name, function in functions.items():
            seconds[name].append(timed(function))
    return seconds


def median_ratio(theirs, ours):
    """Return the median of the ratios within a round."""
    return statistics.median(a / b for a, b in zip(theirs, ours, strict=True))


def kernel_speeds(X, Y, rounds):
    """Return pairs of elements a second by method, and the ratios of ours over the others."""
    expected = mean_map_kernel(X, Y, element_gamma=1.0)
    np.testing.assert_allclose(numpy_kernel(X, Y), expected, rtol=1e-4)
    np.testing.assert_allclose(pot_mean_kernel(X, Y), expected, rtol=1e-4)
    blocks = {side: partial(bare_torch, X, Y, side) for side in BLOCK_SIDES}
    functions = {
        "ours": partial(mean_map_kernel, X, Y, element_gamma=1.0),
        "X with itself": partial(mean_map_kernel, X, element_gamma=1.0),
        "bare torch": min(blocks.values(), key=timed),
        "numpy": partial(numpy_kernel, X, Y),
        "POT": partial(pot_mean_kernel, X, Y),
    }
    seconds = alternate(functions, rounds)
    pairs = dict.fromkeys(functions, len(X.values) * len(Y.values))
    pairs["X with itself"] = len(X.values) ** 2
    speeds = {name: pairs[name] / statistics.median(seconds[name]) for name in functions}
    others = ("bare torch", "numpy", "POT")
    return speeds, {name: median_ratio(seconds[name], seconds["ours"]) for name in others}


def time_kernel(bench, n_sets, rounds):
    """Fill the table of the exact kernel."""
    table = bench.table(
        f"Mean map kernel, {n_sets} with {n_sets} sets of {MIN_SIZE}-{MAX_SIZE} elements: "
        "throughput over bare torch's",
        columns=(
            "setting",
            "aim",
            "over torch's",
            "over numpy's",
            "over POT's",
            "1e6 pairs/s",
            "X with itself",
            "bare torch",
        ),
    )
    rng = np.random.default_rng(bench.args.seed)
    for d, dtype in CASES:
        X, Y = (draw_sets(n_sets, d, dtype, rng) for _ in range(2))
        speeds, ratios = kernel_speeds(X, Y, rounds)
        shown = [speeds[name] / 1e6 for name in ("ours", "X with itself", "bare torch")]
        name = f"d {d}, {dtype}"
        table.add(name, f"at least {MIN_KERNEL_RATIO}", *ratios.values(), *shown)
        bench.results[f"kernel, {name}"] = {"pairs a second": speeds, "ratios": ratios}


def kernel_memory(n_sets, working_memory, seed, threads):
    """Return MiB and seconds that the exact kernel takes. In a child."""
    torch.set_num_threads(threads)
    X = draw_sets(n_sets, 2, "float64", np.random.default_rng(seed))
    mean_map_kernel(X[:2], working_memory=1)  # loads what torch loads at the first product
    reset_peak()
    before = peak_bytes()
    seconds = timed(partial(mean_map_kernel, X, working_memory=working_memory))
    return (peak_bytes() - before) / 2**20, seconds


def measure_memory(bench, n_sets, megabytes):
    """Fill the table of peaks."""
    args = bench.args
    table = bench.table(
        f"Peak memory of the mean map kernel of {n_sets} sets (d 2, float64): MiB",
        columns=("setting", "allowed", "MiB", "seconds"),
    )
    for working_memory in megabytes:
        with ProcessPoolExecutor(1, get_context("spawn")) as pool:
            job = pool.submit(kernel_memory, n_sets, working_memory, args.seed, args.threads)
            memory, seconds = job.result()
        name = f"working_memory={working_memory}"
        table.add(name, f"{working_memory} and copies", memory, seconds)
        bench.results[name] = {"MiB": memory, "seconds": seconds}


def time_growth(bench, feature_sizes, exact_sizes, rounds):
    """Fill the table of seconds by the number of sets, and of the exponents."""
    table = bench.table(
        f"Seconds by N (d 2, float64; features: D = {N_COMPONENTS})",
        columns=("setting", "exponent by theory", "measured"),
    )
    X = draw_sets(max(feature_sizes), 2, "float64", np.random.default_rng(bench.args.seed))
    transformer = MeanMapFeatures(n_components=N_COMPONENTS, random_state=bench.args.seed)
    methods = {
        "features": (transformer.fit_transform, feature_sizes, 1),
        "exact": (mean_map_kernel, exact_sizes, 2),
    }
    calls = {}
    for name, (function, sizes, _) in methods.items():
        function(X[: sizes[0]])  # warms up
        calls |= {(name, n): partial(function, X[:n]) for n in sizes}
    seconds = {call: statistics.median(found) for call, found in alternate(calls, rounds).items()}
    for name, (_, sizes, expected) in methods.items():
        found = {n: seconds[name, n] for n in sizes}
        for n in sizes:
            table.add(f"{name}, N = {n:,}", None, found[n])
        exponent = float(np.polyfit(np.log(sizes), np.log(list(found.values())), 1)[0])
        table.add(f"{name}, exponent of N", f"{expected} expected", exponent)
        bench.results[f"growth, {name}"] = {"seconds": found, "exponent": exponent}


def time_neighbors(bench, n_sets, n_part, rounds):
    """Fill the table of divergences."""
    values = np.random.default_rng(bench.args.seed).normal(size=(n_sets * SET_SIZE, 2))
    sets = SetArray(values, np.arange(n_sets + 1) * SET_SIZE)
    X, few = sets[:n_part], sets[:8]
    np.testing.assert_allclose(loop_divergences(few, K), knn_divergences(few)[0, 0], atol=1e-10)
    functions = {
        "KL": partial(knn_divergences, X, n_neighbors=(K,)),
        "KL, one thread": partial(knn_divergences, X, n_neighbors=(K,), n_jobs=1),
        "all seven": partial(knn_divergences, X, n_neighbors=(K,), divergences=DIVERGENCES),
        "loop": partial(loop_divergences, X, K),
        "searches alone": partial(loop_searches, X, 2 * K),
        "a call a target set": partial(loop_targets, X, K),
    }
    seconds = alternate(functions, rounds)
    scale = (n_sets / n_part) ** 2
    table = bench.table(
        f"Divergences of {n_sets} sets of {SET_SIZE} points (d 2, k {K}): speed over scikit-learn's"
        f", seconds scaled from {n_part} sets",
        columns=("setting", "aim", "speed-up", "ours, s", "scikit-learn, s"),
    )
    for ours, theirs, limit in [
        ("KL", "loop", f"at least {MIN_KNN_RATIO:g}"),
        ("KL, one thread", "loop", None),
        ("KL", "a call a target set", None),
        ("all seven", "searches alone", None),
    ]:
        found = median_ratio(seconds[theirs], seconds[ours])
        times = [scale * statistics.median(seconds[side]) for side in (ours, theirs)]
        name = f"{ours}: {theirs}"
        table.add(name, limit, found, *times)
        bench.results[name] = {"ratio": found, "seconds": times[0], "scikit-learn": times[1]}
    whole = timed(partial(knn_divergences, sets, n_neighbors=(K,)))
    table.add("KL, not scaled", None, None, whole)
    bench.results["KL, not scaled"] = {"seconds": whole}


def main():
    """Run the benchmark."""
    bench = Benchmark("kernel_speed", __doc__)
    bench.parser.add_argument("--threads", type=int, default=torch.get_num_threads())
    args = bench.parse_args()
    torch.set_num_threads(args.threads)
    bench.results["threads"] = args.threads
    if args.quick:
        time_kernel(bench, 4, 2)
        measure_memory(bench, 8, (1, 64))
        time_growth(bench, (16, 32, 64), (8, 16, 32), 1)
        time_neighbors(bench, 32, 8, 1)
    else:
        time_kernel(bench, 32, 5)
        measure_memory(bench, 64, (1, 4, 16, 64))
        sizes = [2**k for k in range(5, 13)]
        time_growth(bench, sizes[3:], sizes[:4], 3)
        time_neighbors(bench, 512, 128, 3)
    bench.finish()


if __name__ == "__main__":
    main()
