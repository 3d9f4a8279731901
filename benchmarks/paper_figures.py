"""The figures of the paper from what is measured here: numbers 2, 3, and 9 to 13.

    python benchmarks/paper_figures.py 2 --picture figure_2.png

Figure 1 is drawn by population_statistics.py. Numbers and contents are those of the paper with its
appendix (Zaheer et al., 2017):

2. Exact sums of digits against their number: text, image. From the saved results. The recurrent
   rivals of the images were not run here; beside DeepSets stands the share that a reader of images
   would reach who errs at one in a hundred, of which the paper speaks.
3. The odd face of each set, with the probabilities that the detector gives: Olivetti, strangers to
   the training. (The paper: CelebA, and figures 14 and 15 are of the same kind.)
9. Six topics of LDA-1k, their most probable words.
10. What is right and what is wrong among the items found, three good examples and three failures.
    The paper has photographs and their tags. Those of Corel5k and the names of their tags cannot be
    had, so these are words: five words of a test topic of LDA-1k, and what SetExpander with vectors
    ranks first.
11. Redshifts of galaxies: sizes of the groups, known redshifts in a group, and the predictions of
    galaxies that were not in training against the truth, each by itself and with its group. Real
    compact groups, of which 30 % of the galaxies are labelled in training. (The paper: redMaPPer.)
12. Shapes in space and from three sides, two of each class. (The paper: 8 classes of ModelNet40.)
13. The sets that make the most of units of the first and of the second equivariant layer, of a
    network with tanh that was trained on such shapes.

Figures 3, 10, 11 and 13 train a network first, which takes a minute or two.
"""

import argparse
import json
from pathlib import Path

import numpy as np
from _concepts import N_SHOWN, Topics
from _settings import ONE_CYCLE
from digit_sum_image import PAPER_ERROR
from redshift import N_FOLDS, group_models, keep_labels, predict_galaxies
from set_outlier import face_detector, face_sets, load_faces
from sklearn.base import clone
from sklearn.model_selection import KFold

from sksets import DeepSetsClassifier, SetExpander
from sksets.datasets import fetch_compact_groups, fetch_modelnet10
from sksets.inspection import maximal_activation
from sksets.plotting import (
    ElementPredictionDisplay,
    MaximalActivationDisplay,
    PointCloudDisplay,
    SetOutlierDisplay,
)

RESULTS = Path(__file__).resolve().parent / "results"
N_TOPICS, N_WORDS = 6, 8
N_RANKED, N_EXAMPLES = 12, 3
N_SHAPES, N_UNITS = 4, 6
SHARE_LABELLED = 0.3
COLOURS = {True: "tab:blue", False: "tab:orange"}


def saved(name):
    """Return the results that a benchmark saved."""
    return json.loads((RESULTS / f"{name}.json").read_text())["results"]


def figure_of(n_rows, n_columns, size):
    """Return a new figure and its axes (n_rows, n_columns)."""
    import matplotlib.pyplot as plt  # an extra

    return plt.subplots(n_rows, n_columns, figsize=size, layout="constrained", squeeze=False)


def draw_sums(text, image):
    """Draw figure 2 from the results of both benchmarks."""
    figure, ((left, right),) = figure_of(1, 2, (9, 3.6))
    by_model = {}
    for name, exact in text["exact_percent"].items():
        by_model.setdefault(name.rpartition("-")[0], []).append(list(exact.values()))
        sizes = [int(n) for n in exact]
    # Lines that lie on one another are to be seen.
    for (name, rows), style in zip(by_model.items(), ("-o", "-^", ":s"), strict=True):
        # The worst seed, as the table has it.
        left.plot(sizes, np.min(rows, axis=0), style, linewidth=2, label=name)
    left.set(xscale="log", xlabel="digits of the sum", ylabel="exact sums (%)", title="text")
    exact = {int(n): percent for n, percent in image["exact_percent"].items()}
    right.plot(list(exact), list(exact.values()), marker="o", label="DeepSets")
    sizes = np.arange(1, max(exact) + 1)
    limit = 100 * (1 - PAPER_ERROR) ** sizes
    right.plot(sizes, limit, "--", color="grey", label="a reader who errs at 1 %")
    right.set(xlabel="images of the sum", title="image")
    for ax in (left, right):
        ax.axvline(10, color="grey", linestyle=":", label="largest of training")
        ax.set_ylim(-3, 103)
        ax.legend(fontsize="small")
    return figure


def digit_sums(data_home, seed):
    """Figure 2."""
    return draw_sums(saved("digit_sum_text"), saved("digit_sum_image"))


def faces(data_home, seed, n_sets=2_000):
    """Figure 3."""
    (X, y), _, (test, outliers) = face_sets(*load_faces(data_home), n_sets, seed)
    model = face_detector(seed).fit(X, y)
    return SetOutlierDisplay.from_estimator(model, test, y=outliers, n_sets=6).figure_


def draw_topics(topics):
    """Draw figure 9 from lists of words, the most probable first."""
    figure, ((ax,),) = figure_of(1, 1, (1.5 * len(topics), 0.3 * len(topics[0]) + 0.5))
    ax.set_axis_off()
    columns = [f"Topic {i + 1}" for i in range(len(topics))]
    rows = [list(row) for row in zip(*topics, strict=True)]
    table = ax.table(rows, colLabels=columns, loc="center", cellLoc="center", edges="horizontal")
    table.scale(1, 1.4)
    return figure


def topics(data_home, seed):
    """Figure 9."""
    train = Topics(1000, data_home).train
    chosen = np.random.default_rng(seed).choice(len(train), N_TOPICS, replace=False)
    return draw_topics([train[i][:N_WORDS].tolist() for i in chosen])


def draw_found(examples):
    """Draw figure 10.

    Parameters
    ----------
    examples : list of (query, found, hidden)
        Lists of words: what was asked, what was ranked first, what else belongs to the set. The
        first half is drawn above.
    """
    n_columns = len(examples) // 2
    height = 0.22 * (len(examples[0][1]) + 3)
    figure, axes = figure_of(2, n_columns, (2.6 * n_columns, 2 * height))
    for ax, (query, found, hidden) in zip(axes.ravel(), examples, strict=True):
        ax.set_axis_off()
        ax.set_title("\n".join([", ".join(query[:3]), ", ".join(query[3:])]), fontsize="small")
        for i, word in enumerate(found):
            right = word in hidden
            ax.text(
                0.1,
                1 - (i + 1) / (len(found) + 1),
                f"{'+' if right else '-'} {word}",
                color=COLOURS[right],
                weight="bold" if right else "normal",
                fontsize="small",
                transform=ax.transAxes,
            )
    figure.suptitle("+ belongs to the topic, - does not: good examples and failures")
    return figure


def found_words(data_home, seed, max_epochs=40):
    """Figure 10."""
    data = Topics(1000, data_home)
    expander = SetExpander(vocabulary=data.vocabulary, max_epochs=max_epochs, random_state=seed)
    expander.fit(data.train, item_features=data.vectors)
    test = [words.tolist() for words in data.test]
    queries = [words[:N_SHOWN] for words in test]
    ranked = expander.rank(queries, n_items=N_RANKED)[0].tolist()
    examples = list(zip(queries, ranked, (words[N_SHOWN:] for words in test), strict=True))
    n_right = [len(set(found) & set(hidden)) for _, found, hidden in examples]
    order = np.argsort(n_right, kind="stable")
    chosen = [*order[::-1][:N_EXAMPLES], *order[:N_EXAMPLES]]
    return draw_found([examples[i] for i in chosen])


def draw_redshifts(sizes, n_labelled, truth, predictions):
    """Draw figure 11.

    Parameters
    ----------
    sizes, n_labelled : ndarray of shape (n_groups,)
        Galaxies of each group, and those of known redshift.
    truth : ndarray of shape (n_galaxies,)
    predictions : dict of ndarray of shape (n_galaxies,)
        By the name of the model.
    """
    figure, (axes,) = figure_of(1, 2 + len(predictions), (4 * (2 + len(predictions)), 3.6))
    labels = ("galaxies in the group", "known redshifts in the group")
    for ax, counts, label in zip(axes, (sizes, n_labelled), labels, strict=False):
        ax.hist(counts, np.arange(counts.min(), counts.max() + 2) - 0.5, edgecolor="white")
        ax.set(xlabel=label, ylabel="groups")
    for ax, (name, predicted) in zip(axes[2:], predictions.items(), strict=True):
        ElementPredictionDisplay.from_predictions(truth, predicted, scatter="redshift", ax=ax)
        ax.set_title(name)
    return figure


def redshifts(data_home, seed):
    """Figure 11."""
    groups = fetch_compact_groups(data_home)
    X, y = groups.data, groups.target
    labelled = keep_labels(y, SHARE_LABELLED, seed)
    n_labelled = np.bincount(y.set_ids, ~np.isnan(labelled.values), len(y)).astype(np.int64)
    models = group_models()
    predictions = {}
    for name in ("MLP (no equivariant layers)", "DeepSets, absolute error"):
        predicted = np.empty(len(X.values))
        folds = KFold(N_FOLDS, shuffle=True, random_state=seed)
        for train, test in folds.split(X):
            model = clone(models[name]).set_params(random_state=seed)
            model.fit(X[train], labelled[train])
            predicted[np.isin(X.set_ids, test)] = predict_galaxies(model, X[test])
        predictions[name] = predicted
    return draw_redshifts(X.sizes, n_labelled, y.values, predictions)


def shapes(data_home, seed):
    """Figure 12."""
    data = fetch_modelnet10(data_home, subset="test", n_points=1000, random_state=seed)
    whole = np.flatnonzero(~data.is_broken)
    of_class = [whole[data.target[whole] == k][:2] for k in range(N_SHAPES)]
    chosen = np.concatenate(of_class)
    titles = [data.target_names[k] for k in data.target[chosen]]
    return PointCloudDisplay.from_sets(
        data.data[chosen], n_sets=len(chosen), titles=titles, scatter_kwargs={"s": 1.5}
    ).figure_


def draw_units(results):
    """Draw figure 13: a part of the figure for each layer, by its name."""
    import matplotlib.pyplot as plt  # an extra

    figure = plt.figure(figsize=(10, 6 * len(results)), layout="constrained")
    parts = np.atleast_1d(figure.subfigures(len(results), 1))
    for part, (name, result) in zip(parts, results.items(), strict=True):
        part.suptitle(name)
        MaximalActivationDisplay.from_result(result, figure=part)
    return figure


def units(data_home, seed):
    """Figure 13."""
    data = fetch_modelnet10(data_home, n_points=1000, random_state=seed)
    model = DeepSetsClassifier(
        phi_layer_sizes=(),
        equivariant_layer_sizes=(64, 64, 64),
        activation="tanh",
        pooling="max",
        elements_per_set=100,
        max_epochs=15,
        random_state=seed,
        **ONE_CYCLE,
    ).fit(data.data, data.target)
    chosen = np.arange(N_UNITS)
    return draw_units(
        {
            f"layer {layer + 1}": maximal_activation(model, layer, chosen, 300, random_state=seed)
            for layer in (0, 1)
        }
    )


FIGURES = {
    2: digit_sums,
    3: faces,
    9: topics,
    10: found_words,
    11: redshifts,
    12: shapes,
    13: units,
}


def main():
    """Draw one figure."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("figure", type=int, choices=FIGURES, help="its number in the paper")
    parser.add_argument("--picture", required=True, help="file to draw to, such as figure_2.png")
    parser.add_argument("--data-home", help="folder with the data files")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    FIGURES[args.figure](args.data_home, args.seed).savefig(
        args.picture, dpi=150, bbox_inches="tight"
    )
    print(f"saved {args.picture}")


if __name__ == "__main__":
    main()
