"""How fast sksets trains and predicts, beside what one would write without it.

One network, optimiser, number of steps and data for all (see `_speed_methods.py`), on two shapes:
few large sets and many small ones, the latter also in larger batches, where fewer steps share the
cost of calling torch. The repetitions are interleaved (A B C A B C ...), and a ratio is the median
of the ratios within a round, so that load from outside falls on all alike.

`predict` of sksets chooses its batches by elements, so that they fit the cache; the others keep the
batches of the training. The first fit in a process loads more of torch, more than a second for
skorch; a round that is not counted takes that.

- padded skorch: skorch with a padding collate function in a DataLoader, what a user writes today;
- padded loop: a bare torch loop over padded batches with a mask, the data padded once beforehand;
- packed loop: a bare torch loop that gathers the elements of a batch by index and sums with
  index_add;
- packed loop, deferred: the same with the last layer of phi after the sum, which sksets does too;
- phi alone: phi forward and backward, nothing else: the limit of the forms that are not deferred.

Then the peak memory of fit and predict, each in a process of its own, and the cost from 1e5 to
1e7 elements. Every run begins by checking that all methods compute the same function.
"""

import gc
import multiprocessing
import statistics
import time
from collections import namedtuple
from concurrent.futures import ProcessPoolExecutor

import numpy as np
import torch
from _harness import Benchmark, peak_bytes, reset_peak
from _speed_methods import METHODS, PhiAlone, Sksets, load_weights, make_data

Shape = namedtuple("Shape", "n_sets min_size max_size n_features width batch_size epochs")
# Batches of 128 sets are skorch's default, which is what the padded net of a user would train with.
SHAPES = {
    "large sets": Shape(1024, 300, 500, 2, 128, 128, epochs=2),
    "small sets": Shape(8192, 1, 20, 16, 64, 128, epochs=5),
    "small sets, batches of 1,024": Shape(8192, 1, 20, 16, 64, 1024, epochs=5),
}
# method -> (at least this many times faster, at most this ratio of its time), by shape
TARGETS = {
    "large sets": {"padded skorch": (1.8, None), "packed loop": (None, 1.10)},
    "small sets": {"padded skorch": (8.0, None), "packed loop": (None, 1.30)},
}
MEMORY_TARGET = ("small sets", "padded skorch", 0.5)
ELEMENTS = (100_000, 300_000, 1_000_000, 3_000_000, 10_000_000)


def check_same_function(seed):
    """Give all methods the same weights and compare them; returns the largest differences.

    `predict`: outputs. `fit`: weights after an epoch of one batch (an estimator that always
    shuffles can take part). `steps`: weights after an epoch of four batches without shuffling, for
    the methods that can leave the order alone.
    """
    shape = Shape(64, 1, 12, 3, 16, 64, epochs=1)
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
            if method_class is not PhiAlone:  # it takes no steps
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
    """The largest difference in the outputs (PhiAlone: the sums of phi), relative to their size."""
    load_weights(method.parameters(), weights)
    load_weights(reference.parameters(), weights)
    if isinstance(method, PhiAlone):
        with torch.no_grad():
            sums = torch.from_numpy(method.embed(data))
            outputs = reference.module.rho(sums).squeeze(-1).numpy()
    else:
        outputs = method.predict(data)
    expected = reference.predict(data)
    return float(np.abs(outputs - expected).max() / max(1.0, np.abs(expected).max()))


def time_rounds(shape, seed, rounds):
    """Seconds of an epoch of fit and of a predict: {method: {"fit": [...], "predict": [...]}}."""
    data = make_data(shape, seed)
    methods = {name: method_class(shape, seed) for name, method_class in METHODS.items()}
    seconds = {name: {"fit": [], "predict": []} for name in methods}
    for i in range(rounds + 1):
        for name, method in methods.items():
            gc.collect()
            start = time.perf_counter()
            method.fit(data, shape.epochs)
            middle = time.perf_counter()
            for _ in range(shape.epochs):
                method.predict(data)
            end = time.perf_counter()
            if i > 0:  # the first round warms up
                seconds[name]["fit"].append((middle - start) / shape.epochs)
                seconds[name]["predict"].append((end - middle) / shape.epochs)
    return seconds


def _memory_of(name, shape, seed, threads):
    """Peak bytes of fit and predict above the process with its imports and data. In a child."""
    torch.set_num_threads(threads)
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
    context = multiprocessing.get_context("spawn")
    peaks = {name: [] for name in METHODS}
    for _ in range(repeats):
        for name, values in peaks.items():
            with ProcessPoolExecutor(max_workers=1, mp_context=context) as pool:
                values.append(pool.submit(_memory_of, name, shape, seed, threads).result())
    return {name: statistics.median(values) for name, values in peaks.items()}


def measure_growth(elements, seed, repeats):
    """Seconds of one epoch of fit and of predict of sksets, by number of elements."""
    base = SHAPES["large sets"]
    mean_size = (base.min_size + base.max_size) // 2
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


def report_times(bench, name, seconds):
    """A table for one shape: seconds of each method beside those of sksets, and their ratio."""
    shape, summary = SHAPES[name], {}
    sets = f"{shape.n_sets:,} sets of {shape.min_size}-{shape.max_size} elements"
    table = bench.table(
        f"{sets} (d {shape.n_features}, width {shape.width}), {shape.batch_size} a batch: seconds",
        columns=("setting", "baseline", "ours", "baseline / ours", "target"),
    )
    for what in ("fit", "predict"):
        ours = seconds["sksets"][what]
        for method in METHODS:
            theirs = seconds[method][what]
            ratio = statistics.median(t / o for t, o in zip(theirs, ours, strict=True))
            summary[f"{what}, {method}"] = {
                "seconds": statistics.median(theirs),
                "baseline/ours": ratio,
            }
            if method != "sksets":
                faster, slower = TARGETS.get(name, {}).get(method, (None, None))
                target = ""
                if faster:
                    target = f">= {faster:.2f} {'met' if ratio >= faster else 'MISSED'}"
                elif slower:
                    met = 1 / ratio <= slower
                    target = f">= {1 / slower:.2f} (1/{slower:.2f}) {'met' if met else 'MISSED'}"
                label = "fit, an epoch" if what == "fit" else "predict"
                table.add(
                    f"{label}: {method}",
                    statistics.median(theirs),
                    statistics.median(ours),
                    f"{ratio:.2f}",
                    target,
                )
    bench.results[name] = summary


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
    bench.parser.add_argument("--threads", type=int, default=2, help="threads of torch")
    bench.parser.add_argument("--rounds", type=int, default=5, help="interleaved repetitions")
    args = bench.parse_args()
    torch.set_num_threads(args.threads)
    bench.results["threads"] = args.threads
    bench.results["largest differences"] = check_same_function(args.seed)
    print("same function:", bench.results["largest differences"])

    for name, shape in SHAPES.items():
        shape = shape._replace(epochs=1) if args.quick else shape
        seconds = time_rounds(shape, args.seed, 2 if args.quick else args.rounds)
        report_times(bench, name, seconds)
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
