"""Are the defaults good enough? The untouched estimators beside other settings, on five data sets.

The rule: on each data set the default estimator, given only what the form of the data demands
(`element_kind="token"` for tokens, `element_encoder="conv"` for images), is within 10 % of the best
setting tried. For a share of right answers, default >= 0.9 best; for an error, default <= 1.1 best.

Protocol, one seed:

- digit_sum_text: 5,000 sets of 1 to 10 digits; share of exact sums on 500 new sets of 1 to 10, of
  100 and of 1,000 digits each;
- digit_sum_image: 200 sets of 1 to 10 MNIST training images; mean absolute error on 500 sets of 1
  to 10 test images;
- musk1, musk2: accuracy of stratified 10-fold cross-validation;
- qm7: mean absolute error (kcal/mol) on one of five folds, environments as the atoms' features.

A setting changes what its name says and nothing else; "its benchmark's" is what the data set's own
script uses. The best of many noisy figures is a little
better than any setting is, so the rule is the stricter for it. Settings are picked here by the same
figures that are shown: this script judges the defaults, it is no estimate of the best setting.
"""

import time
from dataclasses import dataclass

import numpy as np
import torch
from _harness import Benchmark
from digit_sum_image import setting as image_setting
from joblib import Parallel, delayed
from qm7 import TUNED as QM7_SETTING
from sklearn.model_selection import KFold, StratifiedKFold, cross_val_score

from sksets import DeepSetsClassifier, DeepSetsRegressor
from sksets.datasets import fetch_mnist_sums, fetch_musk, fetch_qm7, make_digit_sums

SETTINGS = {
    "pooling mean": {"pooling": "mean"},
    "pooling mean and max": {"pooling": ("mean", "max")},
    "pooling mean and std": {"pooling": ("mean", "std")},
    "pooling sum and log_std": {"pooling": ("sum", "log_std")},
    "linear rho": {"rho_layer_sizes": ()},
    "rho 64-64": {"rho_layer_sizes": (64, 64)},
    "phi 64-64": {"phi_layer_sizes": (64, 64)},
    "phi 128-128": {"phi_layer_sizes": (128, 128)},
    "rate 0.001": {"learning_rate_init": 1e-3},
    "100 epochs": {"max_epochs": 100},
    "200 epochs": {"max_epochs": 200},
    "batches of 128": {"batch_size": 128},
    "dropout 0.2": {"dropout": 0.2},
    "silu": {"activation": "silu"},
    "absolute error": {"loss": "absolute_error"},
}
LIMIT = 1.1  # of an error; a share of right answers may be 10 % less than the best
TEXT_SIZES = {"1 to 10": (1, 10), "100": (100, 100), "1,000": (1_000, 1_000)}


@dataclass
class Run:
    """What a data set needs beside a setting."""

    data_home: str | None
    seed: int
    quick: bool


def digit_sum_text(model, run):
    n_train, n_test = (1_000, 100) if run.quick else (5_000, 500)
    X, y = make_digit_sums(n_train, min_size=1, max_size=10, random_state=run.seed)
    model.set_params(element_kind="token").fit(X, y)
    scores = {}
    for name, (low, high) in TEXT_SIZES.items():
        X, y = make_digit_sums(n_test, min_size=low, max_size=high, random_state=run.seed + high)
        scores[f"text, exact sums of {name}"] = np.mean(np.rint(model.predict(X)) == y)
    return scores


def digit_sum_image(model, run):
    n_sets = {"train": 50 if run.quick else 200, "test": 100 if run.quick else 500}
    parts = [
        fetch_mnist_sums(
            run.data_home, n_sets=n, subset=subset, random_state=run.seed, return_X_y=True
        )
        for subset, n in n_sets.items()
    ]
    (X, y), (X_test, y_test) = parts
    if model.element_encoder is None:
        model.set_params(element_encoder="conv")
    model.fit(X, y)
    return {"image, error": np.abs(model.predict(X_test) - y_test).mean()}


def musk(model, run, version):
    X, y = fetch_musk(version, run.data_home, return_X_y=True)
    folds = StratifiedKFold(3 if run.quick else 10, shuffle=True, random_state=run.seed)
    return {f"musk{version}, accuracy": cross_val_score(model, X, y, cv=folds).mean()}


def musk1(model, run):
    return musk(model, run, 1)


def musk2(model, run):
    return musk(model, run, 2)


def qm7(model, run):
    X, y = fetch_qm7(run.data_home, features="environment", return_X_y=True)
    train, test = next(KFold(5, shuffle=True, random_state=run.seed).split(y))
    model.fit(X[train], y[train])
    return {"qm7, error": np.abs(model.predict(X[test]) - y[test]).mean()}


OWN = {
    digit_sum_text: {"phi_layer_sizes": (), "rho_layer_sizes": ()},
    digit_sum_image: image_setting(0),
    musk1: {"pooling": ("mean", "max"), "dropout": 0.5},
    musk2: {"pooling": ("mean", "max"), "dropout": 0.5},
    qm7: QM7_SETTING,
}
DATA_SETS = {
    digit_sum_text: DeepSetsRegressor,
    digit_sum_image: DeepSetsRegressor,
    musk1: DeepSetsClassifier,
    musk2: DeepSetsClassifier,
    qm7: DeepSetsRegressor,
}


def settings_for(data_set, estimator_class):
    """Return the default, {}, and the settings that it knows and that differ from it."""
    default = estimator_class().get_params()
    known = {"default": {}}
    for name, changes in SETTINGS.items():
        if set(changes) <= set(default) and any(default[k] != v for k, v in changes.items()):
            known[name] = changes
    return known | {"its benchmark's": OWN[data_set]}


def evaluate(data_set, estimator_class, changes, run):
    """Return the scores by their names, and the seconds it took, on one thread."""
    torch.set_num_threads(1)
    budget = {"max_epochs": 2} if run.quick else {}
    start = time.perf_counter()
    scores = data_set(estimator_class(random_state=run.seed, **changes | budget), run)
    scores = {metric: float(score) for metric, score in scores.items()}
    return scores, time.perf_counter() - start


def judge(metric, by_setting):
    """Return the best setting, its score, the ratio of default to best, and the verdict."""
    is_error = metric.endswith("error")
    best = (min if is_error else max)(by_setting, key=by_setting.get)
    default, top = by_setting["default"], by_setting[best]
    ratio = default / top if top else 1.0
    return best, top, ratio, ratio <= LIMIT if is_error else ratio >= 0.9


def report(bench, scores, seconds):
    """Fill the tables from scores: metric -> setting -> score."""
    table = bench.table(
        "The default beside the best setting tried, which stands in the second column",
        columns=("setting", "best", "default", "best setting", "default / best", "within 10 %"),
    )
    for metric, by_setting in scores.items():
        best, top, ratio, within = judge(metric, by_setting)
        table.add(metric, top, by_setting["default"], best, ratio, "yes" if within else "NO")
    grid = bench.table("All settings; exact sums and accuracy as shares", ("setting", *scores))
    for name in ("default", *SETTINGS, "its benchmark's"):
        row = [by_setting.get(name) for by_setting in scores.values()]
        if any(value is not None for value in row):
            grid.add(name, *row)
    bench.results = {"scores": scores, "seconds": seconds}


def main():
    bench = Benchmark("defaults", __doc__)
    bench.parser.add_argument("--n-jobs", type=int, default=2, help="settings at a time")
    bench.parser.add_argument("--only", nargs="+", help="names of data sets")
    args = bench.parse_args()
    run = Run(args.data_home, args.seed, args.quick)
    n_settings = 3 if args.quick else None
    jobs = [
        (data_set, estimator_class, name, changes)
        for data_set, estimator_class in DATA_SETS.items()
        if not args.only or data_set.__name__ in args.only
        for name, changes in list(settings_for(data_set, estimator_class).items())[:n_settings]
    ]
    found = Parallel(n_jobs=args.n_jobs, return_as="generator")(
        delayed(evaluate)(data_set, estimator_class, changes, run)
        for data_set, estimator_class, _, changes in jobs
    )
    scores, seconds = {}, {}
    for (data_set, _, name, _), (new, wall) in zip(jobs, found, strict=True):
        for metric, score in new.items():
            scores.setdefault(metric, {})[name] = score
        seconds.setdefault(data_set.__name__, {})[name] = round(wall, 1)
        print(f"{data_set.__name__}, {name}: {new}, {wall:.0f} s", flush=True)
    report(bench, scores, seconds)
    bench.finish()


if __name__ == "__main__":
    main()
