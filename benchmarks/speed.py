"""How fast sksets trains and predicts, beside what one would write without it.

One network, optimiser, number of steps and data for all (see `_speed_methods.py`), on six shapes:
small sets and in larger batches, where fewer steps share the cost of calling torch; large sets;
sizes with a heavy tail; images; tokens. The repetitions are interleaved (A B C A B C ...), and a
ratio is the median of the ratios within a round, so that load from outside falls on all alike.
Ratios are of processor time on one thread, which are judged, and of wall time on all threads.

`predict` of sksets chooses its batches by elements, so that they fit the cache; the others keep the
batches of the training. A round that is not counted takes what is loaded and compiled once.

- padded skorch: skorch with a padding collate function in a DataLoader, what a user writes today;
- packed loop: a bare torch loop that gathers the elements of a batch by index and sums with
  index_add;
- packed loop, deferred: the same with the last layer of phi after the sum, which sksets does too;
- PyG, JAX and keras, where they are installed, on sets of vectors (see `_speed_peers.py`).

Then the first fit of a process beside the second; a vocabulary of 100,000 tokens beside a loop
that copies the table of its vectors in each step, as sksets did; the peak memory of fit and
predict, each in a process of its own; and the cost from 1e5 to 1e7 elements. Every run begins by
checking that the methods compute the same function.
"""

import gc
import multiprocessing
import os
import statistics
import time
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import torch
from _harness import Benchmark, peak_bytes, reset_peak
from _speed_methods import METHODS, CopyingLoop, Shape, Sksets, load_weights, make_data
from _speed_peers import MISSING, PEERS

# Batches of 128 sets are skorch's default, which is what the padded net of a user would train with.
SHAPES = {
    "small sets": Shape(8192, (1, 20), 16, 64, 128, epochs=5),
    "small sets, batches of 1,024": Shape(8192, (1, 20), 16, 64, 1024, epochs=5),
    "large sets": Shape(1024, (300, 500), 2, 128, 128, epochs=2),
    "heavy tail": Shape(1024, (1, 5000, "heavy tail"), 8, 64, 64, epochs=2),
    "images": Shape(128, (16, 16), (28, 28), 64, 16, epochs=1),
    "tokens": Shape(8192, (2, 20), "tokens of 10000", 64, 128, epochs=3),
}
VOCABULARY = Shape(16384, (2, 20), "tokens of 100000", 64, 128, epochs=1)
SKORCH, LOOP = "padded skorch", "packed loop, deferred"
# Times of these over those of sksets, at least.
TARGETS = {
    ("small sets", "fit"): {SKORCH: 3.5, "JAX, padded, jit and scan": 1.0},
    ("large sets", "fit"): {SKORCH: 5.0},
    ("heavy tail", "fit"): {LOOP: 1.0},
    ("images", "fit"): {LOOP: 1.0},
    ("tokens", "fit"): {LOOP: 1.0},
} | {(shape, "predict"): {LOOP: 1.0} for shape in SHAPES}
MEMORY_TARGET = ("small sets", SKORCH, 0.5)
FIRST_FIT_TARGET, VOCABULARY_TARGET = 0.1, 3.0
ELEMENTS = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)
THREAD_VARIABLES = ("OMP_NUM_THREADS", "MKL_NUM_THREADS", "OPENBLAS_NUM_THREADS")


def check_same_function(seed):
    """Give all methods the same weights and compare them; returns the largest differences.

    `predict`: outputs. `fit`: weights after an epoch of one batch (an estimator that always
    shuffles can take part). `steps`: weights after an epoch of four batches without shuffling, for
    the methods that can leave the order alone.
    """
    shape = Shape(64, (1, 12), 3, 16, 64, epochs=1)
    data = make_data(shape, seed)
    reference = METHODS["packed loop"](shape, seed, shuffle=False)
    reference.start()
    initial = [p.detach().clone() for p in reference.parameters()]
    # An untrained network hardly answers to its input: larger weights make the check sharper.
    initial = [2 * p for p in initial]
    worst = {"predict": 0.0, "fit": 0.0, "steps": 0.0}
    for part, batch_size in {"fit": 64, "steps": 16}.items():
        case = shape._replace(batch_size=batch_size)
        reference = METHODS["packed loop"](case, seed, shuffle=False).fit(data, 1, initial)
        expected = [p.detach().clone() for p in reference.parameters()]
        for method_class in METHODS.values():
            if part == "steps" and method_class is Sksets:
                continue
            method = method_class(case, seed, shuffle=False).fit(data, 1, initial)
            trained = zip(method.parameters(), expected, strict=True)
            worst[part] = max(worst[part], _relative_difference(trained, initial))
            worst["predict"] = max(
                worst["predict"], _largest_prediction_difference(method, reference, initial, data)
            )
    if worst["predict"] > 1e-5 or worst["fit"] > 1e-4 or worst["steps"] > 1e-4:
        raise AssertionError(f"The methods don't compute the same function: {worst}")
    return worst


def _relative_difference(pairs, initial):
    """Mean difference of two trained networks over the mean way that their weights went.

    Not the largest: AdamW's first steps are near the gradient's sign, so the few weights whose
    gradient is rounding error go either way.
    """
    difference = moved = 0.0
    for (a, b), start in zip(pairs, initial, strict=True):
        difference += (a - b).abs().sum().item()
        moved += (b - start).abs().sum().item()
    return difference / moved


def _largest_prediction_difference(method, reference, weights, data):
    """The largest difference in the outputs, relative to their size."""
    load_weights(method.parameters(), weights)
    load_weights(reference.parameters(), weights)
    outputs = method.predict(data)
    expected = reference.predict(data)
    return float(np.abs(outputs - expected).max() / max(1.0, np.abs(expected).max()))


def in_child(function, *args, threads):
    """Call a function in a new process whose libraries have so many threads."""
    before = dict(os.environ)
    os.environ |= dict.fromkeys(THREAD_VARIABLES, str(threads))
    if threads == 1:
        flags = "--xla_cpu_multi_thread_eigen=false intra_op_parallelism_threads=1"
        os.environ["XLA_FLAGS"] = flags
    try:
        context = multiprocessing.get_context("spawn")
        with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
            return pool.submit(function, *args).result()
    finally:
        os.environ.clear()
        os.environ.update(before)


def methods_of(shape):
    """The classes that can be given sets of this shape, by name."""
    return METHODS | (PEERS if isinstance(shape.element, int) else {})


def time_rounds(shape, seed, rounds, classes=None):
    """Processor and wall seconds of an epoch of fit and of a predict, by method and round."""
    data = make_data(shape, seed)
    methods = {name: cls(shape, seed) for name, cls in (classes or methods_of(shape)).items()}
    seconds = {name: {"fit": [], "predict": []} for name in methods}
    for i in range(rounds + 1):
        for name, method in methods.items():
            gc.collect()
            clocks = [(time.process_time(), time.perf_counter())]
            method.fit(data, shape.epochs)
            clocks.append((time.process_time(), time.perf_counter()))
            for _ in range(shape.epochs):
                method.predict(data)
            clocks.append((time.process_time(), time.perf_counter()))
            if i > 0:  # the first round warms up
                fit, predict = np.diff(clocks, axis=0) / shape.epochs
                seconds[name]["fit"].append(fit.tolist())
                seconds[name]["predict"].append(predict.tolist())
    return seconds


def time_first_fits(seed):
    """Processor seconds of the first and of the second fit of a process."""
    shape = SHAPES["small sets"]._replace(n_sets=256, epochs=1)
    data, seconds = make_data(shape, seed), []
    for _ in range(2):
        start = time.process_time()
        Sksets(shape, seed).fit(data, 1)
        seconds.append(time.process_time() - start)
    return seconds


def _ratios(seconds, method, what, clock):
    """How many times as long as sksets a method takes, median of the rounds."""
    pairs = zip(seconds[method][what], seconds["sksets"][what], strict=True)
    return statistics.median(theirs[clock] / ours[clock] for theirs, ours in pairs)


def _memory_of(name, shape, seed):
    """Peak bytes of fit and predict above the process with its imports and data. In a child."""
    data = make_data(shape, seed)
    small = shape._replace(n_sets=8)
    # Code that torch and skorch load at the first step is no cost of the data.
    METHODS[name](small, seed).fit(make_data(small, seed), 1).predict(make_data(small, seed))
    method = METHODS[name](shape, seed)
    reset_peak()
    before = peak_bytes()
    method.fit(data, shape.epochs).predict(data)
    return peak_bytes() - before


def measure_memory(shape, seed, threads, repeats):
    """Median peak bytes by method, every measurement in a new process."""
    peaks = {name: [] for name in METHODS}
    for _ in range(repeats):
        for name, values in peaks.items():
            values.append(in_child(_memory_of, name, shape, seed, threads=threads))
    return {name: statistics.median(values) for name, values in peaks.items()}


def measure_growth(elements, seed, repeats):
    """Seconds of one epoch of fit and of predict of sksets, by number of elements."""
    base = SHAPES["large sets"]
    mean_size = sum(base.sizes) // 2
    rows = []
    for n_elements in elements:
        shape = base._replace(n_sets=n_elements // mean_size)
        data = make_data(shape, seed)
        fits, predicts = [], []
        for _ in range(repeats if n_elements > 1_000_000 else 2 * repeats + 1):
            method = Sksets(shape, seed)
            start = time.perf_counter()
            method.fit(data, 1)
            middle = time.perf_counter()
            method.predict(data)
            fits.append(middle - start)
            predicts.append(time.perf_counter() - middle)
        rows.append(
            {
                "elements": len(data.values),
                "fit": statistics.median(fits),
                "predict": statistics.median(predicts),
            }
        )
    return rows


def _slope(rows, what):
    """Slope of log seconds over log elements: 1 is linear."""
    return float(np.polyfit(*np.log([[r["elements"], r[what]] for r in rows]).T, 1)[0])


def describe(shape):
    """Words for the data of a shape."""
    low, high, *kind = shape.sizes
    sizes = f"{low}-{high:,}" if low < high else f"{low}"
    element = f"{shape.element} features" if isinstance(shape.element, int) else shape.element
    if isinstance(element, tuple):
        element = "images of " + " x ".join(map(str, element))
    tail = ", log-uniform" if kind else ""
    return (
        f"{shape.n_sets:,} sets of {sizes} elements{tail} ({element}, width {shape.width}), "
        f"{shape.batch_size:,} a batch"
    )


def verdict(ratio, target):
    return f">= {target:.1f} {'met' if ratio >= target else 'MISSED'}"


def report_times(bench, name, shape, one, all_threads, n_threads):
    """A table for one shape: each method beside sksets."""
    table = bench.table(
        f"{name[0].upper()}{name[1:]}: {describe(shape)}; processor seconds of an epoch on one "
        "thread, and ratios",
        columns=(
            "setting",
            "baseline",
            "ours",
            "baseline / ours",
            f"wall time on {n_threads} threads",
            "target",
        ),
    )
    summary = {}
    for what in ("fit", "predict"):
        ours = statistics.median(cpu for cpu, _ in one["sksets"][what])
        for method in one:
            if method == "sksets":
                continue
            theirs = statistics.median(cpu for cpu, _ in one[method][what])
            ratio = _ratios(one, method, what, 0)
            wall = _ratios(all_threads, method, what, 1)
            target = TARGETS.get((name, what), {}).get(method)
            judged = "" if target is None else verdict(ratio, target)
            table.add(f"{what}: {method}", theirs, ours, f"{ratio:.2f}", f"{wall:.2f}", judged)
            summary[f"{what}, {method}"] = {"seconds": theirs, "ratio": ratio, "wall ratio": wall}
        summary[f"{what}, sksets"] = {"seconds": ours}
    bench.results[name] = summary


def report_others(bench, first_fits, vocabulary):
    """A table of the first fit, and of a large vocabulary."""
    table = bench.table(
        "The first fit of a process, and 100,000 tokens: processor seconds on one thread",
        columns=("setting", "baseline", "ours", "difference or ratio", "target"),
    )
    first, second = (statistics.median(column) for column in zip(*first_fits, strict=True))
    more = first - second
    met = "met" if more <= FIRST_FIT_TARGET else "MISSED"
    table.add("first fit, beside the second", second, first, more, f"<= {FIRST_FIT_TARGET} s {met}")
    seconds = [
        statistics.median(cpu for cpu, _ in vocabulary[name]["fit"])
        for name in ("table copied in each step", "sksets")
    ]
    ratio = _ratios(vocabulary, "table copied in each step", "fit", 0)
    table.add(
        "an epoch of fit, table copied in each step",
        *seconds,
        ratio,
        verdict(ratio, VOCABULARY_TARGET),
    )
    bench.results["others"] = {"first fit": more, "vocabulary": ratio}


def report_memory(bench, peaks):
    """A table of the peaks of all shapes, in MiB, and the target's verdict."""
    table = bench.table(
        "Peak memory of fit and predict above imports and data: MiB",
        columns=("setting", "baseline", "ours", "ours / baseline", "target"),
    )
    for name, by_method in peaks.items():
        ours = by_method["sksets"]
        for method, theirs in by_method.items():
            if method == "sksets":
                continue
            target = ""
            if (name, method) == MEMORY_TARGET[:2]:
                met = ours <= MEMORY_TARGET[2] * theirs
                target = f"<= {MEMORY_TARGET[2]:.2f} {'met' if met else 'MISSED'}"
            mib = [f"{x / 2**20:.1f}" for x in (theirs, ours)]
            table.add(f"{name}: {method}", *mib, f"{ours / max(theirs, 1):.2f}", target)
    bench.results["peak bytes"] = peaks


def report_growth(bench, rows):
    """A table of the cost per million elements, and the fitted slopes."""
    slopes = {what: _slope(rows, what) for what in ("fit", "predict")}
    table = bench.table(
        "sksets, sets of 300-500 elements (d 2, width 128): seconds per 1e6 elements",
        columns=("setting", "linear", "fit", "predict"),
    )
    for row in rows:
        per_million = [row[what] * 1e6 / row["elements"] for what in ("fit", "predict")]
        table.add(f"fit, {row['elements']:,} elements", None, *per_million)
    table.add("slope of log seconds over log elements", 1.0, slopes["fit"], slopes["predict"])
    bench.results["growth"] = {"rows": rows, "slopes": slopes}


def main():
    bench = Benchmark("speed", __doc__)
    n_cores = os.cpu_count() or 1
    bench.parser.add_argument("--threads", type=int, default=n_cores, help="all threads")
    bench.parser.add_argument("--rounds", type=int, default=5, help="interleaved repetitions")
    bench.parser.add_argument("--only", nargs="+", choices=SHAPES, help="names of shapes")
    args = bench.parse_args()
    torch.set_num_threads(1)
    bench.results["threads"] = args.threads
    bench.results["largest differences"] = check_same_function(args.seed)
    print("same function:", bench.results["largest differences"])
    if MISSING:
        print("not installed, and left out:", "; ".join(MISSING))

    rounds = 1 if args.quick else args.rounds
    for name in args.only or SHAPES:
        shape = SHAPES[name]._replace(epochs=1) if args.quick else SHAPES[name]
        one, all_threads = (
            in_child(time_rounds, shape, args.seed, rounds, threads=n) for n in (1, args.threads)
        )
        report_times(bench, name, shape, one, all_threads, args.threads)
    first_fits = [in_child(time_first_fits, args.seed, threads=1) for _ in range(rounds)]
    loops = {"sksets": Sksets, "table copied in each step": CopyingLoop}
    vocabulary = in_child(time_rounds, VOCABULARY, args.seed, rounds, loops, threads=1)
    report_others(bench, first_fits, vocabulary)
    # The peak of the padded net on small sets varies threefold with what the allocator keeps.
    memory_repeats = {"small sets": 1} if args.quick else {"large sets": 1, "small sets": 3}
    peaks = {
        name: measure_memory(SHAPES[name], args.seed, args.threads, repeats)
        for name, repeats in memory_repeats.items()
    }
    report_memory(bench, peaks)
    repeats = 1 if args.quick else 3
    report_growth(bench, measure_growth(ELEMENTS[: 3 if args.quick else None], args.seed, repeats))
    bench.finish()


if __name__ == "__main__":
    main()
