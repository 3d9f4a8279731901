"""Problems on sets, small enough for many fits: those of the other scripts, and new ones.

`PROBLEMS` has them all. Another seed draws other sets, or splits the same ones otherwise. The new
ones are made of data that scikit-learn ships (digits, iris, wine, breast cancer, diabetes, its
photographs, its own documentation) and of the data of the other scripts (faces, words, molecules).
"""

import ast
import re
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import NamedTuple

import numpy as np
import sklearn
from scipy.sparse import csr_array
from set_outlier import load_faces
from sklearn.datasets import (
    load_breast_cancer,
    load_diabetes,
    load_digits,
    load_iris,
    load_sample_images,
    load_wine,
)
from sklearn.model_selection import StratifiedKFold, train_test_split
from tagging import indicator

from sksets import SetArray
from sksets.datasets import (
    fetch_compact_groups,
    fetch_corel5k,
    fetch_delicious,
    fetch_groceries,
    fetch_lda_concepts,
    fetch_mnist_sums,
    fetch_modelnet10,
    fetch_musk,
    fetch_qm7,
    fetch_shapes69,
    fetch_word_vectors,
    make_digit_sums,
    make_population_statistics,
)

N_POINTS = 64  # of a shape
N_SHAPES = 600  # of ModelNet10, for training
N_TAGS = 20
MAX_WORDS = 15  # of a topic
MIN_SENTENCES = 150  # of a package of scikit-learn, to be a class


class Splits(NamedTuple):
    """Training and test sets.

    ``parts`` are tuples (X, y, X_test, y_test), over whose scores the mean is taken. ``options``
    are what the form of the data demands of a network.
    """

    parts: list
    options: dict = {}


class Problem(NamedTuple):
    """How the sets are made, (data_home, seed) -> Splits, by what they are judged, and of what.

    ``metric`` is "error" (mean absolute), "accuracy", "exact" (the share of targets that are
    exact when rounded) or "precision" (the mean over labels of the average precision).
    """

    split: Callable
    metric: str
    source: str

    @property
    def has_classes(self):
        return self.metric in ("accuracy", "precision")

    @property
    def greater_is_better(self):
        return self.metric != "error"


def hold_out(X, y, seed, share=0.25, *, stratify=True, n_train=None):
    """Return one split; stratified for classes."""
    classes = y if stratify and y.ndim == 1 and y.dtype.kind not in "f" else None
    train, test = train_test_split(
        np.arange(len(y)), test_size=share, train_size=n_train, random_state=seed, stratify=classes
    )
    return [(X[train], y[train], X[test], y[test])]


def draw_sets(n_rows, n_sets, min_size, max_size, rng):
    """Return the rows of the elements of sets, without replacement, and the offsets of the sets."""
    sizes = rng.integers(min_size, max_size + 1, size=n_sets)
    rows = [rng.choice(n_rows, size=size, replace=False) for size in sizes]
    return np.concatenate(rows), np.concatenate([[0], np.cumsum(sizes)])


def made_sets(rows, values, target, seed, *, n_sets=500, sizes=(5, 15)):
    """Return a split into sets of training rows and sets of the other rows.

    Parameters
    ----------
    rows : ndarray of shape (n_rows, n_features)
    values : ndarray of shape (n_rows,)
        What the target of a set is made of.
    target : callable
        The values of a set -> its target.
    """
    rng = np.random.default_rng(seed)
    order = rng.permutation(len(rows))
    parts = order[: 2 * len(order) // 3], order[2 * len(order) // 3 :]
    split = []
    for part in parts:
        chosen, offsets = draw_sets(len(part), n_sets, *sizes, rng)
        chosen = part[chosen]
        split.append(SetArray(rows[chosen], offsets))
        split.append(
            np.array(
                [
                    target(values[chosen[a:b]])
                    for a, b in zip(offsets[:-1], offsets[1:], strict=True)
                ]
            )
        )
    return [tuple(split)]


# The data sets of the other scripts.


def text_sums(data_home, seed):
    X, y = make_digit_sums(2_000, min_size=1, max_size=10, random_state=seed)
    tests = make_digit_sums(500, min_size=1, max_size=10, random_state=seed + 1_000)
    return Splits([(X, y, *tests)], {"element_kind": "token"})


def text_sums_of_100(data_home, seed):
    X, y = make_digit_sums(2_000, min_size=1, max_size=10, random_state=seed)
    tests = make_digit_sums(500, min_size=100, max_size=100, random_state=seed + 2_000)
    return Splits([(X, y, *tests)], {"element_kind": "token"})


def image_sums(data_home, seed):
    parts = [
        fetch_mnist_sums(data_home, n_sets=n, subset=subset, random_state=seed, return_X_y=True)
        for subset, n in (("train", 200), ("test", 500))
    ]
    return Splits([(*parts[0], *parts[1])], {"element_encoder": "conv", "augmentation": "shift"})


def musk(version):
    def problem(data_home, seed):
        X, y = fetch_musk(version, data_home, return_X_y=True)
        folds = StratifiedKFold(5, shuffle=True, random_state=seed).split(y, y)
        return Splits([(X[train], y[train], X[test], y[test]) for train, test in folds])

    return problem


def qm7(data_home, seed):
    X, y = fetch_qm7(data_home, features="environment", return_X_y=True)
    return Splits(hold_out(X, y, seed, 1_000, n_train=2_000))


def qm7_per_atom(data_home, seed):
    X, y = fetch_qm7(data_home, features="environment", return_X_y=True)
    return Splits(hold_out(X, y / X.sizes, seed, 1_000, n_train=1_000))


def qm7_elements(data_home, seed):
    """Energy from the chemical elements of the atoms, as tokens."""
    X, y = fetch_qm7(data_home, features="environment", return_X_y=True)
    X = SetArray(np.argmax(X.values[:, :5], axis=1), X.offsets)
    return Splits(hold_out(X, y, seed, 1_000, n_train=1_000), {"element_kind": "token"})


def compact_groups(data_home, seed):
    """The mean redshift of a group."""
    data = fetch_compact_groups(data_home)
    y = np.array([np.mean(z) for z in data.target])
    return Splits(hold_out(data.data, y, seed))


def modelnet10(data_home, seed):
    parts = [
        fetch_modelnet10(
            data_home, subset=subset, n_points=N_POINTS, random_state=seed, return_X_y=True
        )
        for subset in ("train", "test")
    ]
    X, y = parts[0]
    some = np.random.default_rng(seed).permutation(len(y))[:N_SHAPES]
    return Splits([(X[some], y[some], *parts[1])])


def shapes69(data_home, seed):
    X, y = fetch_shapes69(data_home, return_X_y=True)
    rng = np.random.default_rng(seed)
    X = SetArray.from_sets([s[rng.choice(len(s), N_POINTS, replace=False)] for s in X])
    return Splits(hold_out(X, np.asarray(y), seed))


def baskets(data_home, seed):
    """Whether whole milk is in a basket, from what else is."""
    groceries = fetch_groceries(data_home)
    items, offsets = groceries.data.values, groceries.data.offsets
    is_milk = items == "whole milk"
    y = np.add.reduceat(is_milk, offsets[:-1]) > 0
    kept = np.concatenate([[0], np.cumsum(~is_milk)])[offsets]
    X = SetArray(items[~is_milk], kept)
    some = np.flatnonzero(X.sizes > 0)
    return Splits(hold_out(X[some], y[some].astype(int), seed, n_train=3_000))


def frequent_tags(tags, n_tags=N_TAGS):
    """Return whether objects have each of the most frequent tags."""
    table = indicator(tags, tags.values.max() + 1).astype(int)
    return table[:, np.argsort(-table.sum(axis=0), kind="stable")[:n_tags]]


def corel5k(data_home, seed):
    data = fetch_corel5k(data_home)
    X, y = SetArray.from_csr(csr_array(data.context)), frequent_tags(data.data)
    return Splits(hold_out(X, y, seed, 1_000, n_train=2_000), {"element_kind": "token"})


def delicious(data_home, seed):
    data = fetch_delicious(data_home)
    X, y = SetArray.from_csr(csr_array(data.context_train)), frequent_tags(data.data_train)
    return Splits(hold_out(X, y, seed, 1_000, n_train=2_000), {"element_kind": "token"})


def population(task):
    def problem(data_home, seed):
        train, test = (
            make_population_statistics(task, n, dtype="float32", random_state=random_state)
            for n, random_state in ((128, seed), (256, seed + 1_000))
        )
        return Splits([(train.data, train.target, test.data, test.target)])

    return problem


# New ones, of data that scikit-learn ships.


def digit_sets(target, n_sets, sizes=(1, 10)):
    """Sets of handwritten digits of 8 x 8 pixels, those of the test never seen in training."""

    def problem(data_home, seed):
        digits = load_digits()
        splits = made_sets(
            digits.data.astype(np.float32), digits.target, target, seed, n_sets=n_sets, sizes=sizes
        )
        return Splits(splits)

    return problem


def digit_pixels(data_home, seed):
    """A digit as the set of its pixels that are not white: row, column, darkness."""
    digits = load_digits()
    X = SetArray.from_sets(
        [np.column_stack([*np.nonzero(image), image[image > 0]]) for image in digits.images]
    )
    return Splits(hold_out(X, digits.target, seed))


def wine_share(data_home, seed):
    """The share of one of three cultivars in a case of wines."""
    X, y = load_wine(return_X_y=True)
    return Splits(made_sets(X, y == 1, np.mean, seed, n_sets=300))


def tumour_count(data_home, seed):
    """How many tumours of a set are malignant."""
    X, y = load_breast_cancer(return_X_y=True)
    return Splits(made_sets(X, y == 0, np.sum, seed, sizes=(1, 15)))


def iris_any(data_home, seed):
    """Whether one flower at least is of one species: multiple-instance learning."""
    X, y = load_iris(return_X_y=True)
    return Splits(made_sets(X, y == 1, lambda s: int(s.any()), seed, n_sets=200, sizes=(1, 4)))


def ward_mean(data_home, seed):
    """The mean progression of diabetes in a ward."""
    X, y = load_diabetes(return_X_y=True)
    return Splits(made_sets(X, y, np.mean, seed, n_sets=300))


def colours(data_home, seed):
    """Which photograph, and which quarter of it from top to bottom, the colours are from."""
    rng = np.random.default_rng(seed)
    side, halves = 8, ([], [])
    targets = ([], [])
    for photograph, image in enumerate(load_sample_images().images):
        for row in range(0, image.shape[0] - side, 2 * side):
            for column in range(0, image.shape[1] - side, 2 * side):
                patch = image[row : row + side, column : column + side].reshape(-1, 3)
                half = int(rng.random() < 0.4)
                halves[half].append(patch.astype(np.float32))
                targets[half].append(4 * photograph + 4 * row // image.shape[0])
    (X, X_test), (y, y_test) = (map(SetArray.from_sets, halves), map(np.array, targets))
    return Splits([(X, y, X_test, y_test)])


@cache
def sentences():
    """Return the sets of words of sentences of scikit-learn's documentation, and their packages."""
    root = Path(sklearn.__file__).parent
    found = {}
    for path in sorted(root.glob("*/**/*.py")):
        package, *folders = path.relative_to(root).parts
        if "tests" in folders or package in ("externals", "utils") or package.startswith("_"):
            continue
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not isinstance(node, ast.FunctionDef | ast.ClassDef | ast.Module):
                continue
            text = re.split(r"\n\s*(?:Examples|References)\n", ast.get_docstring(node) or "")[0]
            for sentence in re.split(r"\n\s*\n|\.\s", text):
                words = tuple(sorted(set(re.findall("[a-z]{3,}", sentence.lower()))))
                if 5 <= len(words) <= 30:
                    found.setdefault(words, set()).add(package)
    # A sentence of two packages tells nothing.
    of_one = {words: packages.pop() for words, packages in found.items() if len(packages) == 1}
    packages, counts = np.unique(list(of_one.values()), return_counts=True)
    kept = set(packages[counts >= MIN_SENTENCES])
    chosen = [(words, package) for words, package in of_one.items() if package in kept]
    X = SetArray.from_sets([np.array(words) for words, _ in chosen])
    return X, np.array([package for _, package in chosen])


def documentation(data_home, seed):
    """Which package of scikit-learn a sentence of its documentation is from."""
    return Splits(hold_out(*sentences(), seed, 2_000, n_train=2_000))


# New ones, of the data of the other scripts.


def face_patches(data_home, seed):
    """Whose face it is, from its 64 squares of 8 x 8 pixels and where they lie."""
    faces, people = load_faces(data_home, side=64)
    patches = faces.reshape(-1, 8, 8, 8, 8).swapaxes(2, 3).reshape(len(faces), 64, 64)
    places = np.indices((8, 8), dtype=np.float32).reshape(2, 64).T
    places = np.broadcast_to(places, (len(faces), 64, 2))
    X = SetArray.from_sets(np.concatenate([patches, places], axis=2))
    return Splits(hold_out(X, people, seed, 0.3))


def topics(data_home, seed):
    """Whether the words of a set, as their vectors, are of one topic, or half of them are not."""
    rng = np.random.default_rng(seed)
    data = fetch_lda_concepts(1000, data_home)
    glove = fetch_word_vectors(data_home)
    vectors = dict(zip(glove.words.tolist(), glove.vectors.astype(np.float32), strict=True))
    splits = []
    for sets, n_sets in ((data.train, 800), (data.test, 400)):
        words = [[vectors[word] for word in map(str, s) if word in vectors] for s in sets]
        words = [known for known in words if len(known) >= MAX_WORDS]
        pool = [vector for s in words for vector in s]
        X, y = [], np.arange(n_sets) % 2
        for i in range(n_sets):
            own = words[rng.integers(len(words))]
            size = rng.integers(4, MAX_WORDS + 1)
            chosen = [own[j] for j in rng.permutation(len(own))[:size]]
            if y[i]:
                for j in range(len(chosen) // 2):
                    chosen[j] = pool[rng.integers(len(pool))]
            X.append(np.array(chosen))
        splits += [SetArray.from_sets(X), y]
    return Splits([tuple(splits)])


PROBLEMS = {
    "text sums, 1 to 10 digits": Problem(text_sums, "exact", "text sums"),
    "text sums, 100 digits": Problem(text_sums_of_100, "exact", "text sums"),
    "image sums": Problem(image_sums, "error", "MNIST"),
    "MUSK1": Problem(musk(1), "accuracy", "MUSK"),
    "MUSK2": Problem(musk(2), "accuracy", "MUSK"),
    "QM7": Problem(qm7, "error", "QM7"),
    "QM7 per atom": Problem(qm7_per_atom, "error", "QM7"),
    "QM7, elements alone": Problem(qm7_elements, "error", "QM7"),
    "compact groups": Problem(compact_groups, "error", "compact groups"),
    "ModelNet10": Problem(modelnet10, "accuracy", "ModelNet10"),
    "shapes69": Problem(shapes69, "accuracy", "shapes69"),
    "baskets": Problem(baskets, "precision", "groceries"),
    "tags of photographs": Problem(corel5k, "precision", "Corel5k"),
    "tags of pages": Problem(delicious, "precision", "Delicious"),
    "entropy, rotation": Problem(population("rotation"), "error", "Gaussian samples"),
    "information, correlation": Problem(population("correlation"), "error", "Gaussian samples"),
    "information, rank 1": Problem(population("rank1"), "error", "Gaussian samples"),
    "information, random": Problem(population("random"), "error", "Gaussian samples"),
    "digit sums": Problem(digit_sets(np.sum, 1_000), "error", "digits"),
    "digits, how many kinds": Problem(digit_sets(lambda s: len(set(s)), 1_000), "error", "digits"),
    "digits, the largest": Problem(digit_sets(np.max, 1_000), "error", "digits"),
    "digits as pixels": Problem(digit_pixels, "accuracy", "digits"),
    "wines, share": Problem(wine_share, "error", "wine"),
    "tumours, count": Problem(tumour_count, "error", "breast cancer"),
    "irises, any": Problem(iris_any, "accuracy", "iris"),
    "wards, mean": Problem(ward_mean, "error", "diabetes"),
    "colours": Problem(colours, "accuracy", "sample images"),
    "documentation": Problem(documentation, "accuracy", "documentation"),
    "faces as patches": Problem(face_patches, "accuracy", "Olivetti faces"),
    "topics": Problem(topics, "accuracy", "topics"),
}
