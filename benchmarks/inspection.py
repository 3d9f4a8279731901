"""What networks look at, on real data: contributions of elements against what is known of them.

Digits: sums of sets of images (the paper's section 4.1.2), of MNIST where the file is there. The
contribution of each image of a test set, with "sum" pooling, against its digit, which training
never saw: correlation, and the share of contributions that round to the digit. Leave-one-out and
integrated gradients.

MUSK: contributions of the shapes of a molecule to the log odds of musk, in 5-fold cross-validation.
Accuracy where each molecule is cut down to one shape: that which contributes most, by three
methods, or one at random. How concentrated the contributions of a molecule called musk are: the
share of the largest in the sum of their sizes, beside that of equal ones.

Faces: sets of 8 images of Olivetti with a stranger, people unknown in training. A detector is asked
how much each member changes the scores of the others; rank of the stranger by the mean size, 1 the
first, 4.5 by chance. Its own score ranks it, too.

ModelNet10: accuracy on the critical points alone, those from which a pooled maximum comes, against
as many at random and all. By definition the first is that of all points.
"""

import numpy as np
from _harness import Benchmark
from _settings import ONE_CYCLE, SUM
from set_outlier import FACE_SIZE, N_PEOPLE, N_TRAIN_PEOPLE, load_faces
from sklearn.model_selection import StratifiedKFold

from sksets import DeepSetsClassifier, DeepSetsRegressor, SetOutlierDetector
from sksets.augmentation import RandomRotation
from sksets.datasets import (
    fetch_mnist_sums,
    fetch_modelnet10,
    fetch_musk,
    load_digit_sums,
    make_outlier_sets,
)
from sksets.inspection import element_contributions

BAR = 0.98


def mean_and_spread(values):
    """Return the mean and the standard deviation of figures of several seeds, as text."""
    return f"{np.mean(values):.3f} +- {np.std(values):.3f}"


def images_of(data):
    """Return the sets as images; those of scikit-learn come as rows of pixels, too."""
    return data.get("images", data.data)


def correlations(model, test):
    """Return by method (correlation with the digits, share that round to them)."""
    digits, figures = test.digits.values, {}
    for method in ("leave_one_out", "integrated_gradients"):
        values = np.concatenate(element_contributions(model, images_of(test), method=method))
        rounded = np.mean(np.rint(values) == digits)
        figures[method] = np.corrcoef(values, digits)[0, 1], float(rounded)
    return figures


def digits(bench, args, n_seeds):
    columns = ("setting", "correlation with the digit", "round to the digit", "target")
    table = bench.table("Sums of digits: contributions of images of the test split", columns)
    n_sets = 300 if args.quick else 20_000
    # MNIST has many more images, of which a network learns in fewer passes.
    for name, load, epochs in (
        ("8x8 digits", load_digit_sums, 20),
        ("MNIST", fetch_mnist_sums, 5),
    ):
        options = {} if load is load_digit_sums else {"data_home": args.data_home}
        rows = {}
        for seed in range(args.seed, args.seed + n_seeds):
            train = load(n_sets=n_sets, random_state=seed, **options)
            n_tested = 30 if args.quick else 300
            test = load(n_sets=n_tested, subset="test", random_state=seed + 100, **options)
            model = DeepSetsRegressor(
                element_encoder="conv",
                rho_layer_sizes=(),
                max_epochs=2 if args.quick else epochs,
                random_state=seed,
                **SUM,
            ).fit(images_of(train), train.target)
            for method, figures in correlations(model, test).items():
                rows.setdefault(method, []).append(figures)
            print(f"{name}, seed {seed}: {rows['leave_one_out'][-1][0]:.4f}", flush=True)
        for method, figures in rows.items():
            correlation, rounded = np.transpose(figures)
            met = "met" if correlation.mean() >= BAR else "MISSED"
            target = f">= {BAR} {met}" if name == "MNIST" else ""
            table.add(
                f"{name}, {method}", mean_and_spread(correlation), mean_and_spread(rounded), target
            )
            bench.results[f"{name}, {method}"] = {"correlations": correlation.tolist()}


MUSK_ROWS = (
    "whole molecules",
    "the one of the largest contribution",
    "the one of the largest integrated gradient",
    "the one of the most won maxima",
    "one at random, mean of ten draws",
    "share of the largest contribution",
    "share if all were equal",
)


def musk(bench, args, n_seeds):
    columns = ("kept of each molecule", "MUSK1", "MUSK2")
    table = bench.table("MUSK: which shape of a molecule (5-fold, accuracy)", columns)
    figures = {
        version: [musk_run(args, version, args.seed + seed) for seed in range(n_seeds)]
        for version in (1, 2)
    }
    for i, name in enumerate(MUSK_ROWS):
        columns = [[run[i] for run in figures[version]] for version in (1, 2)]
        table.add(name, *map(mean_and_spread, columns))
        bench.results[f"MUSK, {name}"] = {"musk1": columns[0], "musk2": columns[1]}


def musk_run(args, version, seed):
    """Return the means over five folds of MUSK_ROWS."""
    data = fetch_musk(version, args.data_home)
    bags, y = list(data.data), data.target
    random, rows = np.random.default_rng(seed), []
    for train, test in StratifiedKFold(5, shuffle=True, random_state=seed).split(y, y):
        model = DeepSetsClassifier(
            max_epochs=2 if args.quick else 50,
            random_state=seed,
            **ONE_CYCLE | {"pooling": "max", "dropout": 0.5},
        ).fit([bags[i] for i in train], y[train])
        parts = [bags[i] for i in test]
        by_method = [
            element_contributions(model, parts, method=method, target=1)
            for method in ("leave_one_out", "integrated_gradients", "winners")
        ]
        top = [
            model.score([bag[[np.argmax(c)]] for bag, c in zip(parts, of, strict=True)], y[test])
            for of in by_method
        ]
        one = [
            model.score([bag[[random.integers(len(bag))]] for bag in parts], y[test])
            for _ in range(10)
        ]
        rows.append([model.score(parts, y[test]), *top, np.mean(one)])
        rows[-1] += concentration(by_method[0], model.predict(parts) == 1)
    return np.nanmean(rows, axis=0).tolist()


def concentration(contributions, is_called):
    """Return how large a part the largest contribution is, and one of equal ones would be."""
    sizes = [np.abs(c) for c, called in zip(contributions, is_called, strict=True) if called]
    sizes = [part for part in sizes if part.sum() > 0]
    if not sizes:
        return [np.nan, np.nan]
    return [
        float(np.mean([part.max() / part.sum() for part in sizes])),
        float(np.mean([1 / len(part) for part in sizes])),
    ]


def faces(bench, args, n_seeds):
    columns = ("setting", "mean rank of the stranger", "ranked first (%)")
    table = bench.table(f"Sets of {FACE_SIZE} faces with a stranger", columns)
    images, people = load_faces(args.data_home)
    ranks = {"influence on the scores of the others": [], "its own score": []}
    for seed in range(args.seed, args.seed + n_seeds):
        order = np.random.default_rng(seed).permutation(N_PEOPLE)
        known = np.isin(people, order[:N_TRAIN_PEOPLE])
        options = {"size": FACE_SIZE, "random_state": seed}
        n_sets, n_tested = (100, 50) if args.quick else (4_000, 500)
        train = make_outlier_sets(images[known], people[known], n_sets=n_sets, **options)
        X, y = make_outlier_sets(images[~known], people[~known], n_sets=n_tested, **options)
        model = SetOutlierDetector(
            element_encoder="conv",
            normalize="set",
            equivariant_form="gamma",
            max_epochs=1 if args.quick else 10,
            random_state=seed,
        ).fit(*train)
        for name, values in (
            (
                "influence on the scores of the others",
                [np.nanmean(np.abs(m), axis=1) for m in element_contributions(model, X)],
            ),
            ("its own score", [-scores for scores in model.score_samples(X)]),
        ):
            ranks[name] += [
                1 + int(np.sum(part > part[i])) for part, i in zip(values, y, strict=True)
            ]
        print(f"faces, seed {seed}", flush=True)
    for name, places in ranks.items():
        first = 100 * float(np.mean(np.equal(places, 1)))
        table.add(name, float(np.mean(places)), first)
        bench.results[f"faces, {name}"] = {"mean_rank": np.mean(places), "first_percent": first}


def clouds(bench, args, n_seeds):
    columns = ("points", "number", "accuracy (%)")
    table = bench.table("ModelNet10 at 500 points, a maximum: critical points alone", columns)
    rows = {"all": [], "critical": [], "as many at random": []}
    for seed in range(args.seed, args.seed + n_seeds):
        options = {"n_points": 100 if args.quick else 500, "random_state": seed}
        train = fetch_modelnet10(args.data_home, subset="train", **options)
        test = fetch_modelnet10(args.data_home, subset="test", **options)
        some = slice(0, None, 20 if args.quick else 1)
        model = DeepSetsClassifier(
            phi_layer_sizes=(64, 128, 256),
            rho_layer_sizes=(256,),
            pooling="max",
            elements_per_set=None if args.quick else 100,
            augmentation=RandomRotation(0.1 * np.pi),
            max_epochs=1 if args.quick else 50,
            random_state=seed,
            **ONE_CYCLE,
        ).fit(list(train.data)[some], train.target[some])
        # The network on all points, of which the critical ones are.
        model.elements_per_set = None
        points, y = list(test.data)[some], test.target[some]
        wins = element_contributions(model, points, method="winners")
        critical = [cloud[part > 0] for cloud, part in zip(points, wins, strict=True)]
        random = np.random.default_rng(seed)
        as_many = [
            cloud[random.choice(len(cloud), size=len(few), replace=False)]
            for cloud, few in zip(points, critical, strict=True)
        ]
        for name, sets in zip(rows, (points, critical, as_many), strict=True):
            rows[name].append((np.mean([len(s) for s in sets]), 100 * model.score(sets, y)))
        print(f"ModelNet10, seed {seed}: {rows['all'][-1][1]:.1f} %", flush=True)
    for name, figures in rows.items():
        number, accuracy = np.transpose(figures)
        table.add(name, float(number.mean()), mean_and_spread(accuracy))
        bench.results[f"ModelNet10, {name}"] = {"accuracy": accuracy.tolist()}


TASKS = {"digits": digits, "musk": musk, "faces": faces, "clouds": clouds}


def main():
    bench = Benchmark("inspection", __doc__)
    bench.parser.add_argument("--only", choices=sorted(TASKS), help="one of the tasks")
    args = bench.parse_args()
    n_seeds = 1 if args.quick else 3
    for name, task in TASKS.items():
        if args.only in (None, name):
            task(bench, args, n_seeds)
    bench.finish()


if __name__ == "__main__":
    main()
