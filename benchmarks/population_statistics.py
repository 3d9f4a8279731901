"""Entropy and mutual information of Gaussians, learned from samples: figure 1 of the paper.

Four tasks (see make_population_statistics), N training sets of 300 to 500 elements each, 512 test
sets; figures are mean squared errors. The paper compares DeepSets with support distribution
machines (SDM), which it stops at 2^14 sets for their N x N matrix, and prints curves only, so that
the network is compared with the SDM of sksets, exact up to 2^10 sets:

- SDM: kernel ridge on the exact kernel; SDM, features: ridge on random Fourier features. The kernel
  (mean map or Gaussian of the MMD, of rbf or Laplacian elements), both widths and the penalty are
  chosen once a task, on 256 sets of their own, by a kernel of random features of 512 training sets;
  the penalty of the features, of which there are fewer than sets later, by 2,048.
- ours: DeepSetsRegressor on 64 linear features. What is pooled (mean and standard deviation, or the
  logarithm of the latter), rho (two layers, or linear) and whether the elements are whitened are
  chosen in the same way by 3,000 steps, then the number of steps (1,000, 3,000 or 10,000, whatever
  N is, but 20 epochs at least).
- boosting: SetSummarizer and gradient boosting, without settings.
- plug-in: the statistic of the sample covariance; unbiased: without its bias; floor: an estimate by
  one who knows the family. "random" has no exact floor: see make_population_statistics.

The last table has the seconds of fit and of prediction together, and the exponent of N between the
last two sizes. Each figure is of one seed.
"""

import time
from itertools import product
from operator import itemgetter

import numpy as np
from _harness import Benchmark
from _settings import SUM
from joblib import Parallel, delayed
from sklearn.decomposition import PCA
from sklearn.ensemble import HistGradientBoostingRegressor
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.pipeline import make_pipeline

from sksets import DeepSetsRegressor, SDMRegressor
from sksets.datasets import make_population_statistics
from sksets.kernels import element_median_gamma, median_gamma
from sksets.plotting import PopulationStatisticDisplay
from sksets.preprocessing import ElementTransformer, MeanMapFeatures, SetSummarizer

TASKS = ("rotation", "correlation", "rank1", "random")
MODELS = ("SDM", "DeepSets", "SDM, features", "boosting")
SIZES = tuple(2**k for k in range(7, 15))
N_TEST, N_VALIDATION = 512, 256
N_CHOOSING, N_COMPARED = 2048, 512
MAX_EXACT = 2**10
N_COMPONENTS = 2000
ELEMENT_FACTORS = (0.3, 1, 3, 10)  # times the gamma of the median
FACTORS = (0.01, 0.1, 0.3, 1, 3)
ALPHAS = 10.0 ** np.arange(-6, 1)
DEEP = {"pooling": ("mean", "std"), "rho_layer_sizes": (128, 128)}
DEEP_LOG = {"pooling": "log_std", "rho_layer_sizes": (128, 128)}
LINEAR_LOG = {"pooling": "log_std", "rho_layer_sizes": (), "learning_rate_init": 0.01}
N_STEPS, MIN_EPOCHS = (1_000, 3_000, 10_000), 20


def mse(y_true, y_pred):
    """Mean squared error."""
    return float(np.mean((y_true - y_pred) ** 2))


def choose_machine(data, validation):
    """Return the SDM with the least error on the validation sets."""
    errors = {}
    sets, target = data.data[:N_COMPARED], data.target[:N_COMPARED]
    mean = target.mean()
    for kernel, element_factor in product(("rbf", "laplacian"), ELEMENT_FACTORS):
        gamma = element_median_gamma(sets, element_kernel=kernel, random_state=0)
        element = {"element_kernel": kernel, "element_gamma": element_factor * gamma}
        features = MeanMapFeatures(**element, n_components=N_COMPONENTS, random_state=0)
        rows = features.fit_transform(sets).astype(np.float64)
        others = features.transform(validation.data)
        median = median_gamma(euclidean_distances(rows, squared=True))
        for gamma, alpha in product((None, *(f * median for f in FACTORS)), ALPHAS):
            outer = {"kernel": "linear"} if gamma is None else {"kernel": "rbf", "gamma": gamma}
            solver = KernelRidge(alpha=alpha, **outer).fit(rows, target - mean)
            setting = {"kernel": "mean_map"} if gamma is None else {"kernel": "mmd", "gamma": gamma}
            setting |= {**element, "alpha": float(alpha)}
            errors[tuple(setting.items())] = mse(validation.target, solver.predict(others) + mean)
    return dict(min(errors, key=errors.get))


def choose_penalty(sdm, data, validation):
    """Return the penalty of the features of an SDM with the least error on the validation sets."""
    features = MeanMapFeatures(
        element_kernel=sdm["element_kernel"],
        element_gamma=sdm["element_gamma"],
        gamma=sdm.get("gamma"),
        n_components=N_COMPONENTS,
        n_outer_components=2 * N_COMPONENTS,
        random_state=0,
    )
    rows = features.fit_transform(data.data).astype(np.float64)
    others = features.transform(validation.data)

    def error(alpha):
        model = Ridge(alpha=alpha).fit(rows, data.target)
        return mse(validation.target, model.predict(others))

    return float(min(ALPHAS, key=error))


def deep_sets(n_sets, n_steps, whiten, seed, **options):
    """Return the network for a number of training sets."""
    batch_size = max(16, min(64, n_sets // 128))
    network = DeepSetsRegressor(
        phi_layer_sizes=(64,),
        max_epochs=max(MIN_EPOCHS, n_steps * batch_size // n_sets),
        random_state=seed,
        **SUM | {"batch_size": batch_size} | options,
    )
    return make_pipeline(ElementTransformer(PCA(whiten=True)), network) if whiten else network


def choose_network(data, validation, seed):
    """Return the options of deep_sets with the least error on the validation sets."""

    def error(setting):
        model = deep_sets(len(data.data), **setting, seed=seed).fit(data.data, data.target)
        return mse(validation.target, model.predict(validation.data))

    networks = [
        {**network, "whiten": whiten, "n_steps": N_STEPS[1]}
        for network, whiten in product((DEEP, DEEP_LOG, LINEAR_LOG), (False, True))
    ]
    least, best = min(((error(network), network) for network in networks), key=itemgetter(0))
    others = [{**best, "n_steps": n_steps} for n_steps in N_STEPS if n_steps != best["n_steps"]]
    found = [(least, best), *((error(network), network) for network in others)]
    return min(found, key=itemgetter(0))[1]


def models(n_sets, sdm, penalty, network, seed):
    """Return models by name, without those that would take too long."""
    trees = HistGradientBoostingRegressor(random_state=seed)
    found = {
        "DeepSets": deep_sets(n_sets, **network, seed=seed),
        "SDM, features": SDMRegressor(
            **{**sdm, "alpha": penalty},
            approximation="rff",
            n_components=N_COMPONENTS,
            random_state=0,
        ),
        "boosting": make_pipeline(SetSummarizer(), trees),
    }
    if n_sets <= MAX_EXACT:
        found["SDM"] = SDMRegressor(**sdm)
    return found


def run_task(task, sizes, seed):
    """Errors and seconds by model and size, errors of estimates, and what the picture shows."""

    def make(n_sets, random_state):
        return make_population_statistics(task, n_sets, dtype="float32", random_state=random_state)

    test, validation = make(N_TEST, seed + 1), make(N_VALIDATION, seed + 2)
    data = make(min(N_CHOOSING, max(sizes)), seed + 3)
    sdm, network = choose_machine(data, validation), choose_network(data, validation, seed)
    penalty = choose_penalty(sdm, data, validation)
    print(f"{task}: {sdm}, of features {penalty}, {network}", flush=True)
    result = {"SDM": sdm, "penalty of features": penalty, "DeepSets": network}
    result["estimates"] = {
        name: mse(test.target, test[key])
        for name, key in (("plug-in", "plug_in"), ("unbiased", "unbiased"), ("floor", "oracle"))
    }
    result["variance"] = float(test.target.var())
    result |= {what: {name: {} for name in MODELS} for what in ("mse", "seconds")}
    for n_sets in sizes:
        train = make(n_sets, seed + 4)
        predicted = {}
        for name, model in models(n_sets, sdm, penalty, network, seed).items():
            start = time.perf_counter()
            predicted[name] = model.fit(train.data, train.target).predict(test.data)
            seconds = time.perf_counter() - start
            error = mse(test.target, predicted[name])
            result["mse"][name][n_sets] = error
            result["seconds"][name][n_sets] = seconds
            print(f"{task} {n_sets} {name}: {error:.3g} in {seconds:.1f} s", flush=True)
    return result, (test, {"SDM": predicted["SDM, features"], "DeepSets": predicted["DeepSets"]})


def add_task(bench, task, result, sizes):
    """Print the errors of one task."""
    table = bench.table(
        f"{task}: mean squared error",
        columns=("setting", "exact SDM, or as named", *MODELS[1:]),
    )
    found = result["mse"]
    for n_sets in sizes:
        table.add(f"N = {n_sets:,}", *(found[name].get(n_sets) for name in found))
    for name, error in result["estimates"].items():
        table.add(name, error)
    table.add("variance of the target", result["variance"])


def add_seconds(bench, results, sizes):
    """Print the seconds of the last task, which is in 32 dimensions, and how they grow with N."""
    task, result = list(results.items())[-1]
    table = bench.table(
        f"{task}: seconds of fit and prediction", columns=("setting", "exact SDM", *MODELS[1:])
    )
    found = result["seconds"]
    for n_sets in sizes:
        table.add(f"N = {n_sets:,}", *(found[name].get(n_sets) for name in found))
    exponents = []
    for seconds in found.values():
        last = sorted(seconds)[-2:]
        steps = np.diff(np.log([seconds[n] for n in last])) / np.diff(np.log(last))
        exponents.append(float(steps[0]) if len(last) == 2 else None)
    table.add("exponent of N", *exponents)
    bench.results["exponents"] = dict(zip(found, exponents, strict=True))


def draw(results, shown, path):
    """Draw figure 1: predictions along the parameter above, errors against N below."""
    import matplotlib.pyplot as plt  # an extra

    figure, axes = plt.subplots(2, len(results), figsize=(4 * len(results), 7), squeeze=False)
    for (above, below), (task, result) in zip(axes.T, results.items(), strict=True):
        test, predicted = shown[task]
        PopulationStatisticDisplay.from_predictions(
            test.target, predicted, parameter=test.parameter, ax=above
        )
        above.set_title(task)
        for name, errors in result["mse"].items():
            below.loglog(list(errors), list(errors.values()), "o-", label=name)
        for name, style in (("plug-in", ":"), ("floor", "--")):
            below.axhline(result["estimates"][name], color="grey", linestyle=style, label=name)
        below.set(xlabel="training sets", ylabel="mean squared error")
    below.legend()
    figure.tight_layout()
    figure.savefig(path)


def main():
    """Run the benchmark."""
    bench = Benchmark("population_statistics", __doc__)
    bench.parser.add_argument("--tasks", nargs="+", default=list(TASKS), choices=TASKS)
    bench.parser.add_argument("--sizes", type=int, nargs="+", default=list(SIZES))
    bench.parser.add_argument("--jobs", type=int, default=1, help="tasks at once")
    bench.parser.add_argument("--picture", help="file for the curves, such as figure_1.png")
    args = bench.parse_args()
    sizes = [128] if args.quick else args.sizes
    tasks = args.tasks[:1] if args.quick else args.tasks
    found = Parallel(n_jobs=args.jobs)(delayed(run_task)(task, sizes, args.seed) for task in tasks)
    results = {task: result for task, (result, _) in zip(tasks, found, strict=True)}
    shown = {task: predicted for task, (_, predicted) in zip(tasks, found, strict=True)}
    bench.results |= results
    for task, result in results.items():
        add_task(bench, task, result, sizes)
    add_seconds(bench, results, sizes)
    if args.picture:
        draw(results, shown, args.picture)
    bench.finish()


if __name__ == "__main__":
    main()
