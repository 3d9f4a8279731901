"""Redshifts of galaxies from their photometry and that of their group: the paper's section 4.1.4.

Galaxies of a group or cluster lie at nearly the same distance, so each tells something about the
redshift of the others. Three tables:

Real galaxies: 1,412 compact groups of SDSS, three features a galaxy, 5-fold by group, with the
targets of all galaxies of the training groups, of 30 % and of 10 % of them. Settings were chosen
on the folds of seed 0; the figures are of the folds and networks of other seeds. Models of single
galaxies see labelled galaxies only; equivariant ones and summaries see all of a group's.

Which layers: the same data and network with none, with the paper's two forms and three poolings.

Simulated clusters, as many as the paper has (26,111, 17 features, two labels a cluster): see
make_galaxy_clusters for the physics. The best possible error is that of one who knows the
redshift of the cluster and the simulation; a network has to find it from colours.

Figures are mean |z_spec - z|, and mean |z_spec - z| / (1 + z_spec), which the paper gives: MLP
.026, DeepSets .023 (12 % less), on the redMaPPer catalogue.
"""

import time

import numpy as np
import torch
from _harness import Benchmark
from joblib import Parallel, delayed
from sklearn.base import BaseEstimator, clone
from sklearn.compose import TransformedTargetRegressor
from sklearn.ensemble import HistGradientBoostingRegressor, RandomForestRegressor
from sklearn.model_selection import KFold
from sklearn.neural_network import MLPRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksets import DeepSetsElementRegressor
from sksets.datasets import fetch_compact_groups, make_galaxy_clusters
from sksets.metrics import redshift_scatter
from sksets.preprocessing import SetSummarizer

N_FOLDS = 5
SHARES = (1.0, 0.3, 0.1)
BAR, BAR_RATIO = 0.0070, 0.70
PAPER_CLUSTERS = 26_111
PAPER_SCATTER = {"MLP": 0.026, "DeepSets": 0.023}
TEST_SHARE = 0.2


class ByGalaxy(BaseEstimator):
    """A regressor of single galaxies, with or without the summaries of their group as features."""

    def __init__(self, regressor, with_summaries=False):
        self.regressor = regressor
        self.with_summaries = with_summaries

    def _rows(self, X):
        if not self.with_summaries:
            return X.values
        summaries = SetSummarizer().fit_transform(X)
        return np.column_stack([X.values, summaries[X.set_ids]])

    def fit(self, X, y):
        labelled = ~np.isnan(y.values)
        self.regressor_ = clone(self.regressor).fit(self._rows(X)[labelled], y.values[labelled])
        return self

    def predict(self, X):
        return self.regressor_.predict(self._rows(X))


def predict_galaxies(model, X):
    predicted = model.predict(X)
    return predicted if predicted.dtype != object else np.concatenate(predicted)


def fresh(model, seed):
    """Return a copy of a model with another seed."""
    seeds = [name for name in model.get_params() if name.endswith("random_state")]
    return clone(model).set_params(**dict.fromkeys(seeds, seed))


def single_mlp(**options):
    network = make_pipeline(StandardScaler(), MLPRegressor(hidden_layer_sizes=(64, 64), **options))
    return TransformedTargetRegressor(network, transformer=StandardScaler())


def group_models():
    """Return the models of the compact groups by name."""
    network = DeepSetsElementRegressor(loss="absolute_error")
    alone = clone(network).set_params(equivariant_layer_sizes=())
    forest = RandomForestRegressor(300, min_samples_leaf=3)
    return {
        "MLP of scikit-learn, a galaxy": ByGalaxy(single_mlp(early_stopping=True)),
        "MLP (no equivariant layers)": alone,
        "random forest, a galaxy": ByGalaxy(forest),
        "random forest + group's summaries": ByGalaxy(forest, with_summaries=True),
        "DeepSets default": DeepSetsElementRegressor(),
        "DeepSets, absolute error": network,
        "DeepSets, attention": clone(network).set_params(equivariant_form="attention", dropout=0.1),
    }


def ablation_models():
    """Return the same network with other equivariant layers."""
    network = DeepSetsElementRegressor(loss="absolute_error")
    models = {"none": clone(network).set_params(equivariant_layer_sizes=())}
    for form, equation in (("lambda_gamma", 4), ("gamma", 23)):
        for pooling in ("max", "mean", "sum"):
            models[f"{form} (equation {equation}), {pooling}"] = clone(network).set_params(
                equivariant_form=form, equivariant_pooling=pooling
            )
    models["attention"] = clone(network).set_params(equivariant_form="attention")
    models["lambda_gamma, mean, residual and set norm"] = clone(network).set_params(
        residual=True, set_norm=True
    )
    return models


def keep_labels(y, share, seed):
    """Take the targets of all but a share of the galaxies away."""
    drawn = np.random.default_rng(seed).random(len(y.values))
    return y.map_values(np.where(drawn < share, y.values, np.nan))


def fold_errors(model, X, y, train, test, share, seed):
    """Return |z_spec - z|, the same by 1 + z_spec, and the seconds of fit, of one fold."""
    torch.set_num_threads(1)
    start = time.perf_counter()
    model = fresh(model, seed).fit(X[train], keep_labels(y[train], share, seed))
    seconds = time.perf_counter() - start
    true = y[test].values
    error = np.abs(predict_galaxies(model, X[test]) - true)
    return error, error / (1 + true), seconds


def cross_validate(parallel, model, X, y, share, seeds):
    """Return the errors of each seed (mean absolute, scatter), and the mean seconds of a fit."""
    jobs = [
        (model, X, y, train, test, share, seed)
        for seed in seeds
        for train, test in KFold(N_FOLDS, shuffle=True, random_state=seed).split(X)
    ]
    rows = parallel(delayed(fold_errors)(*job) for job in jobs)
    by_seed = [rows[i : i + N_FOLDS] for i in range(0, len(rows), N_FOLDS)]
    errors = [np.concatenate([row[0] for row in part]).mean() for part in by_seed]
    scatters = [np.concatenate([row[1] for row in part]).mean() for part in by_seed]
    return np.array(errors), np.array(scatters), np.mean([row[2] for row in rows])


def compact_groups(bench, parallel, X, y, seeds):
    for share in SHARES:
        models = group_models()
        table = bench.table(
            f"Compact groups, {share:.0%} of the galaxies labelled: mean |z_spec - z| * 1e4",
            columns=(
                "setting",
                "error",
                "+- seeds",
                "of the best MLP",
                "scatter * 1e4",
                "seconds a fit",
                "target",
            ),
        )
        found = {}
        for name, model in models.items():
            found[name] = cross_validate(parallel, model, X, y, share, seeds)
            print(f"{share:.0%} {name}: {found[name][0].mean():.5f}", flush=True)
        mlp = min(found[name][0].mean() for name in models if name.startswith("MLP"))
        for name, (errors, scatters, seconds) in found.items():
            error, target = errors.mean(), ""
            if share == 1 and name.startswith("DeepSets"):
                met = error <= BAR and error <= BAR_RATIO * mlp
                target = f"<= 70, <= .70 {'met' if met else 'MISSED'}"
            table.add(
                name,
                1e4 * error,
                1e4 * errors.std(),
                f"{error / mlp:.2f}",
                1e4 * scatters.mean(),
                seconds,
                target,
            )
            bench.results[f"groups, {share:.0%}, {name}"] = {
                "mean_absolute_error": error,
                "by_seed": errors.tolist(),
                "scatter": scatters.mean(),
                "fit_seconds": seconds,
            }


def ablation(bench, parallel, X, y, seeds):
    table = bench.table(
        "Compact groups, which equivariant layers: mean |z_spec - z| * 1e4",
        columns=("setting", "error", "+- seeds", "seconds a fit"),
    )
    for name, model in ablation_models().items():
        errors, _, seconds = cross_validate(parallel, model, X, y, 1.0, seeds)
        print(f"{name}: {errors.mean():.5f}", flush=True)
        table.add(name, 1e4 * errors.mean(), 1e4 * errors.std(), seconds)
        bench.results[f"layers, {name}"] = {"by_seed": errors.tolist(), "fit_seconds": seconds}


def best_possible(clusters):
    """Return a prediction by one who knows each cluster's redshift and the simulation.

    The mean of what remains open is best in squared error; in absolute error a likely member is
    best placed at the cluster.
    """
    at_cluster = clusters.cluster_redshift[clusters.data.set_ids]
    column = clusters.feature_names.index("membership_probability")
    is_likely = clusters.data.values[:, column] > 0.5
    return np.where(is_likely, at_cluster, clusters.oracle.values)


def simulated_clusters(bench, n_clusters, seed, max_epochs):
    clusters = make_galaxy_clusters(n_clusters, random_state=seed)
    X, y = clusters.data, clusters.target
    n_train = int(len(X) * (1 - TEST_SHARE))
    train, test = slice(0, n_train), slice(n_train, None)
    truth = clusters.redshift[test].values
    network = DeepSetsElementRegressor(
        loss="absolute_error", max_epochs=max_epochs, random_state=seed
    )
    boosting = HistGradientBoostingRegressor(loss="absolute_error", random_state=seed)
    models = {
        "MLP (no equivariant layers)": clone(network).set_params(equivariant_layer_sizes=()),
        "boosted trees, a galaxy": ByGalaxy(boosting),
        "boosted trees + cluster's summaries": ByGalaxy(boosting, with_summaries=True),
        "DeepSets": network,
        "DeepSets, attention": clone(network).set_params(equivariant_form="attention"),
        "DeepSets, three layers of 128": clone(network).set_params(
            phi_layer_sizes=(128, 128), equivariant_layer_sizes=(128, 128, 128)
        ),
    }
    table = bench.table(
        f"{n_clusters:,} simulated clusters, {len(X.values):,} galaxies, "
        f"{int((~np.isnan(y.values)).sum()):,} labelled: scatter on the test clusters",
        columns=(
            "setting",
            "paper, redMaPPer",
            "scatter",
            "of the MLP",
            "of the best possible",
            "seconds a fit",
        ),
    )
    floor = redshift_scatter(truth, best_possible(clusters)[-len(truth) :])
    found = {}
    for name, model in models.items():
        start = time.perf_counter()
        model.fit(X[train], y[train])
        seconds = time.perf_counter() - start
        found[name] = redshift_scatter(truth, predict_galaxies(model, X[test])), seconds
        print(f"{name}: {found[name][0]:.5f} in {seconds:.0f} s", flush=True)
    found["best possible"] = floor, None
    mlp = found["MLP (no equivariant layers)"][0]
    for name, (scatter, seconds) in found.items():
        paper = PAPER_SCATTER.get(name.split(" ")[0]) if "," not in name else None
        table.add(name, paper, scatter, f"{scatter / mlp:.2f}", f"{scatter / floor:.2f}", seconds)
        bench.results[f"simulated, {name}"] = {"scatter": scatter, "fit_seconds": seconds}


def main():
    bench = Benchmark("redshift", __doc__)
    bench.parser.add_argument("--n-jobs", type=int, default=2, help="folds at a time")
    bench.parser.add_argument("--n-seeds", type=int, default=3)
    bench.parser.add_argument("--max-epochs", type=int, default=15, help="on simulated clusters")
    args = bench.parse_args()
    n_seeds = 1 if args.quick else args.n_seeds
    seeds = [args.seed + 1 + i for i in range(n_seeds)]
    groups = fetch_compact_groups(args.data_home)
    X, y = groups.data, groups.target
    if args.quick:
        X, y = X[:200], y[:200]
    # Without a memory map the workers get data that torch may use as it lies.
    parallel = Parallel(n_jobs=args.n_jobs, max_nbytes=None)
    compact_groups(bench, parallel, X, y, seeds)
    ablation(bench, parallel, X, y, seeds)
    n_clusters, max_epochs = (500, 3) if args.quick else (PAPER_CLUSTERS, args.max_epochs)
    simulated_clusters(bench, n_clusters, args.seed, max_epochs)
    bench.finish()


if __name__ == "__main__":
    main()
