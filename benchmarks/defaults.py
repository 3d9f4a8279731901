"""Are the defaults good enough? The untouched estimators on data that they were not chosen on.

Thirty problems (`_set_problems.py`): the data sets of the other scripts, and fourteen small ones
made of data that scikit-learn ships and of the same data sets. On each:

- the default, given only what the form of the data demands (`element_kind="token"` for numbers that
  are tokens, `element_encoder="conv"` and `augmentation="shift"` for images);
- rules, which are settings for all problems: a pooling, and what of the rest is chosen on held-out
  sets; and changes of a single thing from the default;
- rivals: SetSummarizer with gradient boosting, with a support vector machine or ridge regression,
  and the support distribution machine with random features, all as they come. Tokens are given to
  them as one-hot vectors of the 500 most frequent.

The first table judges the default: within 10 % of the best setting (default <= 1.1 best for an
error, >= 0.9 best for a score), at least as good as the best rival, and its CPU time over that of
the default before (a sum, one cycle). The third judges how it was chosen, leaving one data set out:
the rule that is best on all other data sets (by the mean logarithm of how much worse than the best
rule it is) is judged on that one; problems of one source are one data set. The last has all
figures. Means over seeds, each of which draws or splits other sets and starts other networks. The
best of many noisy figures is better than any setting is, so the first table is the stricter for it.

With `--cache` a run that was stopped goes on where it was; the folder is for one state of the code.
With `--add` the seeds of the saved results count as well, and only others are fitted.
"""

import json
import time

import numpy as np
import torch
from _harness import Benchmark
from _set_problems import PROBLEMS
from _settings import SUM
from joblib import Memory, Parallel, delayed
from sklearn.ensemble import HistGradientBoostingClassifier, HistGradientBoostingRegressor
from sklearn.linear_model import RidgeCV
from sklearn.metrics import average_precision_score
from sklearn.multioutput import MultiOutputClassifier
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.svm import SVC

from sksets import DeepSetsClassifier, DeepSetsRegressor, SDMClassifier, SDMRegressor
from sksets.preprocessing import ElementTransformer, SetSummarizer

N_TOKENS = 500
BEFORE = "sum, one cycle"
# The defaults before: the same for regressors and classifiers but for these.
OF_BEFORE = {
    DeepSetsRegressor: {"phi_layer_sizes": (128, 128), "max_epochs": 200},
    DeepSetsClassifier: {"phi_layer_sizes": (64, 64), "max_epochs": 100},
}
RULES = {
    "default": {},
    BEFORE: {"rho_layer_sizes": (64,), **SUM},
    "sum": {"pooling": "sum"},
    "mean": {"pooling": "mean"},
    "mean and max": {"pooling": ("mean", "max")},
    "mean and std": {"pooling": ("mean", "std")},
    "pooling alone chosen": {"max_epochs": 100},
    "no dropout": {"dropout": 0.0},
    "batches of 64": {"batch_size": 64},
    "weight decay 0.1": {"weight_decay": 0.1},
}
CHANGES = {"linear rho": {"rho_layer_sizes": ()}, "silu": {"activation": "silu"}}
SETTINGS = RULES | CHANGES
RIVALS = ("boosting", "SVC or ridge", "SDM")
LIMIT, WORST = 1.1, 1.3


def network(problem, options, setting, seed):
    cls = DeepSetsClassifier if problem.has_classes else DeepSetsRegressor
    options = options | SETTINGS[setting]
    if setting == BEFORE:
        options |= OF_BEFORE[cls]
    return cls(random_state=seed, **options)


def as_numbers(X):
    """Return the steps that make vectors of elements, and the summaries of these."""
    if X.element_shape == ():
        encoder = OneHotEncoder(
            max_categories=N_TOKENS,
            handle_unknown="infrequent_if_exist",
            sparse_output=False,
            dtype=np.float32,
        )
        # Of zeros and ones, the other statistics tell nothing more.
        return [ElementTransformer(encoder)], SetSummarizer(("count", "sum", "mean"), ())
    steps = [] if len(X.element_shape) == 1 else [FunctionTransformer(flatten)]
    statistics = ("count", "sum", "mean", "std", "min", "max")
    return steps, SetSummarizer(statistics, (0.25, 0.5, 0.75))


def flatten(X):
    return X.map_values(X.values.reshape(len(X.values), -1).astype(np.float32))


def rival(problem, X, y, name, seed):
    steps, summaries = as_numbers(X)
    one_class = problem.has_classes and y.ndim == 1
    if name == "SDM":
        if X.element_shape != ():
            steps = [*steps, ElementTransformer(StandardScaler())]
        cls = SDMClassifier if one_class else SDMRegressor
        return make_pipeline(*steps, cls(approximation="rff", random_state=seed))
    if name == "boosting":
        trees = (
            HistGradientBoostingClassifier if problem.has_classes else HistGradientBoostingRegressor
        )
        model = trees(random_state=seed)
        return make_pipeline(
            *steps, summaries, MultiOutputClassifier(model) if y.ndim == 2 else model
        )
    model = SVC() if one_class else RidgeCV(np.logspace(-3, 6, 10))
    return make_pipeline(*steps, summaries, StandardScaler(), model)


def scores_of(model, X):
    """Return what ranks the sets for each label."""
    if hasattr(model, "predict_proba"):
        proba = model.predict_proba(X)
        if isinstance(proba, list):
            return np.column_stack([p[:, 1] for p in proba])
        return proba[:, 1] if proba.shape[1] == 2 else proba
    return model.decision_function(X) if hasattr(model, "decision_function") else model.predict(X)


def score(model, metric, X, y):
    if metric == "precision":
        return average_precision_score(y, scores_of(model, X))
    predicted = model.predict(X)
    if metric == "accuracy":
        return np.mean(predicted == y)
    return np.mean(np.rint(predicted) == y) if metric == "exact" else np.mean(np.abs(predicted - y))


def evaluate(name, method, seed, data_home):
    """Return the mean score of a method on the splits of a problem, and the CPU seconds of fit."""
    torch.set_num_threads(1)
    problem = PROBLEMS[name]
    parts, options = problem.split(data_home, seed)
    scores, seconds = [], 0.0
    for X, y, X_test, y_test in parts:
        if method in RIVALS:
            model = rival(problem, X, y, method, seed)
        else:
            model = network(problem, options, method, seed)
        start = time.process_time()
        model.fit(X, y)
        seconds += time.process_time() - start
        scores.append(float(score(model, problem.metric, X_test, y_test)))
    return float(np.mean(scores)), seconds


def loss_ratio(problem, figure, best):
    """Return how much worse a figure is than the best, 1 for as good."""
    worse, better = (best, figure) if problem.greater_is_better else (figure, best)
    return worse / max(better, 1e-9)


def within(problem, figure, best, limit):
    """Whether an error is at most ``limit`` times the best, or a score at least 2 - ``limit``."""
    if problem.greater_is_better:
        return figure >= (2 - limit) * best
    return figure <= limit * best


def best_of(problem, figures, names):
    return (max if problem.greater_is_better else min)(names, key=figures.get)


def judge(bench, figures, seconds):
    table = bench.table(
        "The default beside the best setting and the best rival; time is that of fit over that of "
        "the default before",
        columns=(
            "problem",
            "measure",
            "default",
            "best setting",
            "its figure",
            "within 10 %",
            "best rival",
            "rival's figure",
            "as good",
            "time",
        ),
    )
    verdicts = []
    for name, of in figures.items():
        problem, default = PROBLEMS[name], of["default"]
        setting = best_of(problem, of, SETTINGS)
        other = best_of(problem, of, RIVALS)
        near = within(problem, default, of[setting], LIMIT)
        bad = not within(problem, default, of[setting], WORST)
        beats = within(problem, default, of[other], 1.0)
        ratio = seconds[name]["default"] / seconds[name][BEFORE]
        verdicts.append((near, bad, beats, ratio))
        table.add(
            name,
            problem.metric,
            default,
            setting,
            of[setting],
            "30 % WORSE" if bad else "yes" if near else "NO",
            other,
            of[other],
            "yes" if beats else "NO",
            ratio,
        )
    near, bad, beats, ratio = map(np.array, zip(*verdicts, strict=True))
    bars = bench.table("The bars", columns=("bar", "found", "target"))
    for name, found, sign, target in (
        ("within 10 % of the best setting, % of rows", 100 * near.mean(), ">=", 85),
        ("more than 30 % worse, rows", bad.sum(), "<=", 0),
        ("as good as the best rival, % of rows", 100 * beats.mean(), ">=", 75),
        ("time over that of the default before, median", np.median(ratio), "<=", 1.5),
    ):
        met = found >= target if sign == ">=" else found <= target
        bars.add(name, float(found), f"{sign} {target} {'met' if met else 'MISSED'}")


def leave_one_out(bench, figures):
    """Judge the rule that is best on all data sets but one on that one."""
    table = bench.table(
        "The rule that is best on all other data sets, on the one that is left out: how many times "
        "worse than the best rule there",
        columns=("data set left out", "rule", "the rule there", "the default there"),
    )
    sources, losses = [], []
    for name, of in figures.items():
        problem = PROBLEMS[name]
        best = of[best_of(problem, of, RULES)]
        sources.append(problem.source)
        losses.append([np.log(loss_ratio(problem, of[rule], best)) for rule in RULES])
    sources, losses = np.array(sources), np.array(losses)
    default = list(RULES).index("default")
    for source in dict.fromkeys(sources.tolist()):
        here = np.exp(losses[sources == source].mean(axis=0))
        rule = int(np.argmin(losses[sources != source].mean(axis=0)))
        table.add(source, list(RULES)[rule], float(here[rule]), float(here[default]))
    everywhere = bench.table(
        "Each rule on all problems: how many times worse than the best rule, mean and worst",
        columns=("rule", "geometric mean", "worst", "on"),
    )
    for i, rule in enumerate(RULES):
        worst = int(np.argmax(losses[:, i]))
        everywhere.add(
            rule,
            float(np.exp(losses[:, i].mean())),
            float(np.exp(losses[worst, i])),
            list(figures)[worst],
        )


def saved(folder):
    """Return the scores and seconds by problem, method and seed of the saved results."""
    results = json.loads((folder / "defaults.json").read_text())["results"]
    return results["scores"], results["seconds"]


def main():
    bench = Benchmark("defaults", __doc__)
    bench.parser.add_argument("--n-jobs", type=int, default=2, help="fits at a time")
    bench.parser.add_argument("--n-seeds", type=int, default=2)
    bench.parser.add_argument("--only", nargs="+", help="names of problems")
    bench.parser.add_argument("--methods", nargs="+", help="names of settings and rivals")
    bench.parser.add_argument("--cache", help="folder of finished fits")
    bench.parser.add_argument("--add", action="store_true", help="to the seeds that are saved")
    args = bench.parse_args()
    run = Memory(args.cache, verbose=0).cache(evaluate)
    problems = args.only or list(PROBLEMS)[:: 10 if args.quick else 1]
    scores, times = saved(args.results) if args.add else ({}, {})
    jobs = [
        (problem, method, args.seed + seed)
        for seed in range(1 if args.quick else args.n_seeds)
        # What is judged first, so that a run that is stopped tells most.
        for method in args.methods or dict.fromkeys(("default", *RIVALS, *SETTINGS))
        for problem in problems
        if str(args.seed + seed) not in scores.get(problem, {}).get(method, {})
    ]
    found = Parallel(n_jobs=args.n_jobs, return_as="generator")(
        delayed(run)(*job, args.data_home) for job in jobs
    )
    for (problem, method, seed), (figure, seconds) in zip(jobs, found, strict=True):
        scores.setdefault(problem, {}).setdefault(method, {})[str(seed)] = figure
        times.setdefault(problem, {}).setdefault(method, {})[str(seed)] = seconds
        print(f"{problem}, {method}, {seed}: {figure:.4g} in {seconds:.1f} s", flush=True)
    figures, seconds = (
        {p: {m: float(np.mean(list(of[m].values()))) for m in of} for p, of in every.items()}
        for every in (scores, times)
    )
    judge(bench, figures, seconds)
    if len(problems) > 1:
        leave_one_out(bench, figures)
    grid = bench.table("All figures", ("problem", *SETTINGS, *RIVALS))
    for problem, of in figures.items():
        grid.add(problem, *(of[method] for method in (*SETTINGS, *RIVALS)))
    bench.results = {"scores": scores, "seconds": times}
    bench.finish()


if __name__ == "__main__":
    main()
