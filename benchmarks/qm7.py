"""Atomisation energies of molecules as functions of their sets of atoms: QM7.

Protocol: 7,101 molecules, 5-fold cross-validation, folds shuffled with the seed; the mean absolute
error (kcal/mol) over the test part of each fold, then mean and standard deviation over the folds.

What an atom is described by grows from model to model: its element alone, its coordinates, then the
distances to its neighbours and the angles between them (`fetch_qm7(features="environment")`), which
no rotation changes. Beside DeepSetsRegressor: ridge regression on the sums of the
same features over a molecule, which for elements alone is the composition.

Settings were chosen on folds of another seed (100), before these folds were looked at. The limit of
10 kcal/mol is the figure of Rupp et al., Physical Review Letters 108, 058301 (2012), abstract:
kernel ridge regression on Coulomb matrices, "~10 kcal/mol" in cross-validation.
"""

import time

import numpy as np
import torch
from _harness import Benchmark
from _settings import SUM
from joblib import Parallel, delayed
from sklearn.base import clone
from sklearn.linear_model import RidgeCV
from sklearn.model_selection import KFold
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksets import DeepSetsRegressor
from sksets.datasets import fetch_qm7
from sksets.preprocessing import SetSummarizer

LIMIT = 10.0  # kcal/mol
N_ELEMENT_COLUMNS = 5
TUNED = {
    "phi_layer_sizes": (128, 128),
    "activation": "silu",
    "loss": "absolute_error",
    "max_epochs": 200,
    **SUM,
}


def ridge():
    """Return ridge regression on the sums of the features over each set, and its size."""
    summary = SetSummarizer(statistics=("count", "sum"), quantiles=())
    return make_pipeline(summary, StandardScaler(), RidgeCV(np.logspace(-6, 3, 10)))


def load_features(data_home):
    """Return the sets by the name of what describes an atom, and the energies."""
    environment, y = fetch_qm7(data_home, features="environment", return_X_y=True)
    coordinates, _ = fetch_qm7(data_home, return_X_y=True)
    X = {
        "composition": environment.map_values(environment.values[:, :N_ELEMENT_COLUMNS]),
        "coordinates": coordinates,
        "environment": environment,
    }
    return X, y


def make_models(quick):
    """Return (name, features, model) of each row of the table, baselines first."""
    budget = {"max_epochs": 2} if quick else {}
    of_sums = DeepSetsRegressor(random_state=0, **SUM | {"max_epochs": 200} | budget)
    tuned = DeepSetsRegressor(random_state=0, **TUNED | budget)
    return [
        ("ridge, composition", "composition", ridge()),
        ("ridge, distances and angles", "environment", ridge()),
        ("DeepSets, sum, coordinates", "coordinates", of_sums),
        ("DeepSets, sum, distances and angles", "environment", of_sums),
        ("DeepSets tuned, distances and angles", "environment", tuned),
    ]


def fold_error(model, X, y, train, test):
    """Return the mean absolute errors on the test and training molecules, and the seconds of fit.

    One torch thread: the folds run in parallel.
    """
    torch.set_num_threads(1)
    start = time.perf_counter()
    model = clone(model).fit(X[train], y[train])
    seconds = time.perf_counter() - start
    errors = [float(np.abs(model.predict(X[part]) - y[part]).mean()) for part in (test, train)]
    return *errors, seconds


def main():
    bench = Benchmark("qm7", __doc__)
    bench.parser.add_argument("--n-jobs", type=int, default=2, help="folds at a time")
    args = bench.parse_args()
    X, y = load_features(args.data_home)
    folds = list(KFold(5, shuffle=True, random_state=args.seed).split(y))
    table = bench.table(
        "QM7, mean absolute error (kcal/mol), 5-fold",
        columns=("setting", "Rupp et al., 2012", "error", "+- folds", "training", "seconds a fit"),
    )
    parallel = Parallel(n_jobs=args.n_jobs, max_nbytes=None)
    for name, features, model in make_models(args.quick):
        rows = parallel(
            delayed(fold_error)(model, X[features], y, *fold)
            for fold in (folds[:1] if args.quick else folds)
        )
        test, train, seconds = np.transpose(rows)
        print(f"{name}: {test.round(2).tolist()}, {seconds.mean():.0f} s a fit", flush=True)
        published = LIMIT if name.startswith("DeepSets") else None
        row = [float(v) for v in (test.mean(), test.std(), train.mean(), seconds.mean())]
        table.add(name, published, *row)
        bench.results[name] = {
            "error_kcal_mol": row[0],
            "error_std_over_folds": row[1],
            "error_by_fold": test.tolist(),
            "training_error": row[2],
            "fit_seconds": row[3],
        }
    bench.results["limit_kcal_mol"] = LIMIT
    bench.finish()


if __name__ == "__main__":
    main()
