"""The table: every container of sets, with every estimator, gives what the list of arrays gives.

A container is one line in one of the dictionaries below: a name, and how it is made of the list. An
estimator is one line of the others: what it is, its targets and a grid to search.
"""

from functools import cache
from typing import Any, NamedTuple

import awkward as ak
import numpy as np
import pandas as pd
import polars as pl
import pyarrow as pa
import pytest
import torch
from numpy.testing import assert_equal
from scipy.sparse import csr_array, csr_matrix
from sklearn.base import clone
from sklearn.compose import make_column_transformer
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import OneHotEncoder, StandardScaler
from sklearn.utils import _safe_indexing

from sksets import (
    BayesianSets,
    DeepSetsClassifier,
    DeepSetsElementClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SDMClassifier,
    SDMRegressor,
    SetArray,
    SetExpander,
    SetOutlierDetector,
)
from sksets.baselines import CooccurrenceRanker, PopularityRanker
from sksets.preprocessing import (
    ElementTransformer,
    MeanMapFeatures,
    NeighborFeatures,
    SetNormalizer,
    SetSampler,
    SetSummarizer,
    TokenEncoder,
)

RNG = np.random.default_rng(0)
SIZES = [2, 1, 3, 2, 4, 1, 2, 5, 3, 1, 2, 3, 4, 2]
WORDS = np.array(["bread", "lime", "milk", "rum", "tea", "wine"])


def objects(cells):
    """Return an object array of one cell a set, which numpy would stack where it can."""
    array = np.empty(len(cells), dtype=object)
    array[:] = [*cells]
    return array


def lists(sets):
    return [s.tolist() for s in sets]


def long_frame(sets):
    """Return a frame of one row an element, and the names of its columns of features."""
    X = SetArray.from_sets(sets)
    rows = X.values if X.values.ndim == 2 else X.values[:, None]
    names = [f"x{i}" for i in range(rows.shape[1])]
    return pd.DataFrame(rows, columns=names).assign(id=X.set_ids), names


def column_lists(sets, names=("x0", "x1")):
    """Return the columns of all sets, one list a set."""
    return {name: [s[:, j].tolist() for s in sets] for j, name in enumerate(names)}


def columns(values, offsets):
    return pa.LargeListArray.from_arrays(pa.array(offsets), values)


def one_hot_rows(sets):
    """Return the sets of numbers of columns as a matrix of zeros and ones."""
    matrix = np.zeros((len(sets), len(WORDS)))
    for row, items in zip(matrix, sets, strict=True):
        row[items] = 1
    return matrix


# What holds any sets, of vectors, tokens or numbers of items.
ANY = {
    "SetArray": SetArray.from_sets,
    "tuple": tuple,
    "object array": objects,
    "object column": lambda sets: objects(sets)[:, None],
    "pandas": lambda sets: pd.Series(sets, dtype=object),
    "pandas frame": lambda sets: pd.DataFrame({"cells": pd.Series(sets, dtype=object)}),
    "pandas of lists": lambda sets: pd.Series(lists(sets), dtype=object),
    "pandas of arrow": lambda sets: pd.Series(pd.arrays.ArrowExtensionArray(pa.array(lists(sets)))),
    "polars": lambda sets: pl.Series(lists(sets)),
    "polars frame": lambda sets: pl.DataFrame({"cells": lists(sets)}),
    "arrow": lambda sets: pa.array(lists(sets)),
    "arrow table": lambda sets: pa.table({"cells": lists(sets)}),
    "arrow chunked": lambda sets: pa.chunked_array([lists(sets[:5]), lists(sets[5:])]),
    "awkward": lambda sets: ak.Array(lists(sets)),
}
try:
    _safe_indexing(pa.table({"cells": [[1.0]]}), [0])
except TypeError:
    # scikit-learn 1.6 cannot split the tables of arrow.
    del ANY["arrow table"]
VECTORS = ANY | {
    "lists": lists,
    "tensors": lambda sets: [torch.from_numpy(s) for s in sets],
    "turned": lambda sets: [s[::-1].copy()[::-1] for s in sets],
    "read-only": lambda sets: [np.broadcast_to(s, s.shape) for s in sets],
    "frames": lambda sets: [pd.DataFrame(s, columns=["x0", "x1"]) for s in sets],
    "polars frames": lambda sets: [pl.DataFrame(s, schema=["x0", "x1"]) for s in sets],
    "arrow tables": lambda sets: [pa.table({"x0": s[:, 0], "x1": s[:, 1]}) for s in sets],
    "arrow structs": lambda sets: pa.array(
        [[{"x0": x0, "x1": x1} for x0, x1 in s.tolist()] for s in sets]
    ),
    "from_frame": lambda sets: SetArray.from_frame(long_frame(sets)[0], "id", ["x0", "x1"]),
    "from_padded": lambda sets: SetArray.from_padded(
        SetArray.from_sets(sets).to_padded(np.nan)[0], sizes=[len(s) for s in sets]
    ),
}
VECTORS |= {
    "dict": lambda sets: SetArray.from_sets({f"p{i}": s for i, s in enumerate(sets)}),
    "groupby": lambda sets: SetArray.from_sets(long_frame(sets)[0].groupby("id")[["x0", "x1"]]),
    "jagged tensor": lambda sets: SetArray.from_sets(
        torch.nested.nested_tensor([torch.from_numpy(s) for s in sets], layout=torch.jagged)
    ),
    "structured": lambda sets: [
        np.array(list(map(tuple, s)), [("x0", float), ("x1", float)]) for s in sets
    ],
    "columns of pandas": lambda sets: pd.DataFrame(column_lists(sets)),
    "columns of polars": lambda sets: pl.DataFrame(column_lists(sets)),
    "records of awkward": lambda sets: ak.zip(
        {name: ak.Array(cells) for name, cells in column_lists(sets).items()}
    ),
}
EQUAL = {
    "array": np.stack,
    "Fortran array": lambda sets: np.asfortranarray(np.stack(sets)),
    "tensor": lambda sets: torch.from_numpy(np.stack(sets)),
    "SetArray": SetArray.from_sets,
    "object array": objects,
    "arrow of fixed size": lambda sets: SetArray.from_sets(sets).to_arrow(),
}
TOKENS = ANY | {
    "lists": lists,
    "sets": lambda sets: [set(s.tolist()) for s in sets],
    "from_frame": lambda sets: SetArray.from_frame(long_frame(sets)[0], "id", "x0"),
    "arrow dictionary": lambda sets: columns(
        pa.array(np.concatenate(sets).tolist()).dictionary_encode(),
        np.cumsum([0, *map(len, sets)]),
    ),
}
NUMBERS = {
    **{name: ANY[name] for name in ("SetArray", "object array", "pandas", "polars", "arrow")},
    "lists": lists,
    "sets": lambda sets: [set(s.tolist()) for s in sets],
    "int32": lambda sets: [s.astype(np.int32) for s in sets],
    "from_frame": lambda sets: SetArray.from_frame(long_frame(sets)[0], "id", "x0"),
    "csr_matrix": lambda sets: csr_matrix(one_hot_rows(sets)),
    "csr_array": lambda sets: csr_array(one_hot_rows(sets)),
    "from_csr": lambda sets: SetArray.from_csr(csr_matrix(one_hot_rows(sets))),
}

PARTS = ("x0", "x1", "word")
MIXED = {
    "SetArray": SetArray.from_sets,
    "object array": objects,
    "frames": lambda sets: [pd.DataFrame(s.tolist(), columns=PARTS) for s in sets],
    "polars frames": lambda sets: [
        pl.DataFrame({name: cells[0] for name, cells in column_lists([s], PARTS).items()})
        for s in sets
    ],
    "columns of polars": lambda sets: pl.DataFrame(column_lists(sets, PARTS)),
    "structs of arrow": lambda sets: pa.array(
        [[dict(zip(PARTS, row, strict=True)) for row in s.tolist()] for s in sets],
        # Of dicts, pyarrow 14 sorts the fields.
        type=pa.list_(
            pa.struct([("x0", pa.float64()), ("x1", pa.float64()), ("word", pa.string())])
        ),
    ),
    "records of awkward": lambda sets: ak.zip(
        {name: ak.Array(cells) for name, cells in column_lists(sets, PARTS).items()}
    ),
    "structured": lambda sets: [
        np.array(list(map(tuple, s)), [("x0", float), ("x1", float), ("word", "U5")]) for s in sets
    ],
    "from_frame": lambda sets: SetArray.from_frame(
        pd.DataFrame(np.concatenate(sets).tolist(), columns=PARTS)
        .astype({"word": "category"})
        .assign(id=np.repeat(np.arange(len(sets)), [len(s) for s in sets])),
        "id",
    ),
}

VECTOR_SETS = [RNG.normal(size=(size, 2)) for size in SIZES]
# Sorted, as the columns of a sparse matrix and sets of Python come.
NUMBER_SETS = [np.sort(RNG.choice(len(WORDS), size, replace=False)) for size in SIZES]
SETS = {
    "vectors": VECTOR_SETS,
    "mixed": [
        np.column_stack([s.astype(object), WORDS[RNG.integers(3, size=len(s))].astype(object)])
        for s in VECTOR_SETS
    ],
    "equal": [RNG.normal(size=(3, 2)) for _ in SIZES],
    "tokens": [WORDS[s] for s in NUMBER_SETS],
    "numbers": NUMBER_SETS,
}
CONTAINERS = {
    "vectors": VECTORS,
    "mixed": MIXED,
    "equal": EQUAL,
    "tokens": TOKENS,
    "numbers": NUMBERS,
}
TARGETS = {
    "one a set": lambda sets: np.array(
        [float(s.sum()) if s.dtype.kind == "f" else len(s) for s in sets]
    ),
    "class a set": lambda sets: np.where(np.arange(len(sets)) % 2, "odd", "even"),
    "one an element": lambda sets: [s[:, 0] - s[:, 1] for s in sets],
    "class an element": lambda sets: [np.where(s[:, 0] > 0, "high", "low") for s in sets],
    "an element a set": lambda sets: np.array([s[:, 0].argmax() - (len(s) == 1) for s in sets]),
    "none": lambda sets: None,
}


class Row(NamedTuple):
    """What an estimator of the table is fitted to, and searched over."""

    estimator: Any
    target: str
    grid: dict


SMALL = {"max_epochs": 1, "random_state": 0}
POOLED = SMALL | {"phi_layer_sizes": (4,), "rho_layer_sizes": ()}
POOLINGS = {"pooling": ["max"]}
DEEP = DeepSetsRegressor(**POOLED)
OF_VECTORS = {
    "DeepSetsRegressor": Row(DEEP, "one a set", POOLINGS),
    "DeepSetsClassifier": Row(DeepSetsClassifier(**POOLED), "class a set", POOLINGS),
    "DeepSetsElementRegressor": Row(
        DeepSetsElementRegressor(**SMALL, equivariant_layer_sizes=(4,)),
        "one an element",
        {"equivariant_pooling": ["mean"]},
    ),
    "DeepSetsElementClassifier": Row(
        DeepSetsElementClassifier(**SMALL, equivariant_layer_sizes=(4,)),
        "class an element",
        {"equivariant_pooling": ["mean"]},
    ),
    "SetOutlierDetector": Row(
        SetOutlierDetector(**SMALL, equivariant_layer_sizes=(4,)),
        "an element a set",
        {"equivariant_pooling": ["mean"]},
    ),
    "SDMRegressor": Row(SDMRegressor(), "one a set", {"alpha": [0.1]}),
    "SDMClassifier": Row(SDMClassifier(), "class a set", {"C": [0.1]}),
    "SetSummarizer": Row(
        make_pipeline(SetSummarizer(), Ridge()),
        "one a set",
        {"setsummarizer__statistics": [("sum",)]},
    ),
    "MeanMapFeatures": Row(
        make_pipeline(MeanMapFeatures(n_components=3, random_state=0), Ridge()),
        "one a set",
        {"meanmapfeatures__element_gamma": [1.0]},
    ),
    "NeighborFeatures": Row(
        make_pipeline(SetSampler(3, random_state=0), NeighborFeatures(2), DEEP),
        "one a set",
        {"setsampler__n_elements": [2]},
    ),
    "transformers": Row(
        make_pipeline(ElementTransformer(StandardScaler()), SetNormalizer(), DEEP),
        "one a set",
        {"elementtransformer__transformer__with_mean": [False]},
    ),
}
OF_TOKENS = {
    "DeepSetsRegressor": Row(
        DeepSetsRegressor(**POOLED, element_kind="token"), "one a set", POOLINGS
    ),
    "TokenEncoder": Row(
        make_pipeline(TokenEncoder(), DeepSetsClassifier(**POOLED, element_kind="token")),
        "class a set",
        {"tokenencoder__min_frequency": [2]},
    ),
    "SetExpander": Row(SetExpander(**SMALL, embedding_dim=4), "none", {"interaction": ["sum"]}),
    "BayesianSets": Row(BayesianSets(), "none", {"prior_strength": [2.0]}),
    "PopularityRanker": Row(PopularityRanker(), "none", {}),
    "CooccurrenceRanker": Row(CooccurrenceRanker(), "none", {}),
}
OF_WORDS = OF_TOKENS | {
    "one-hot": Row(
        make_pipeline(
            ElementTransformer(OneHotEncoder(handle_unknown="ignore")),
            SetSummarizer(("mean",), quantiles=()),
            Ridge(),
        ),
        "one a set",
        {"ridge__alpha": [0.1]},
    )
}
OF_MIXED = {name: row for name, row in OF_VECTORS.items() if name.startswith(("Deep", "SetOut"))}
OF_MIXED["encoded"] = Row(
    make_pipeline(
        ElementTransformer(
            make_column_transformer(
                (OneHotEncoder(sparse_output=False), [2]), (StandardScaler(), [0])
            )
        ),
        SetSummarizer(("mean",), quantiles=()),
        Ridge(),
    ),
    "one a set",
    {"ridge__alpha": [0.1]},
)
ESTIMATORS = {
    "vectors": OF_VECTORS,
    "mixed": OF_MIXED,
    "equal": {name: OF_VECTORS[name] for name in ("DeepSetsRegressor", "SDMRegressor")},
    "tokens": OF_WORDS,
    "numbers": OF_TOKENS,
}


def plain(outputs):
    return [np.asarray(output).tolist() for output in outputs]


def results(row, X, y):
    """Return what fit, predict, cross-validation and a search say of sets in a container."""
    split = {"cv": 2, "error_score": "raise"}
    fitted = clone(row.estimator).fit(X, y)
    search = GridSearchCV(clone(row.estimator), row.grid, refit=False, **split).fit(X, y)
    methods = [m for m in ("predict", "predict_proba", "score_samples") if hasattr(fitted, m)]
    return {
        **{method: plain(getattr(fitted, method)(X)) for method in methods},
        "score": fitted.score(X, y),
        "cross_val_score": cross_val_score(clone(row.estimator), X, y, **split).tolist(),
        "search": search.cv_results_["mean_test_score"].tolist(),
    }


@cache
def expected(kind, name):
    row, sets = ESTIMATORS[kind][name], SETS[kind]
    return results(row, sets, TARGETS[row.target](sets))


@pytest.mark.parametrize(
    "kind, container, name",
    [
        pytest.param(kind, container, name, id=f"{kind}-{container}-{name}")
        for kind, rows in ESTIMATORS.items()
        for container in CONTAINERS[kind]
        for name in rows
    ],
)
def test_a_container_gives_what_the_list_of_arrays_gives(kind, container, name):
    row, sets = ESTIMATORS[kind][name], SETS[kind]
    X = CONTAINERS[kind][container](sets)
    # NaN, the score of a set of one item, is equal to NaN here.
    assert_equal(results(row, X, TARGETS[row.target](sets)), expected(kind, name))


@pytest.mark.parametrize(
    "kind, name", [(kind, name) for kind, rows in ESTIMATORS.items() for name in rows]
)
def test_other_sets_give_other_results(kind, name):
    """A table of results that are all the same would say nothing."""
    row, sets = ESTIMATORS[kind][name], SETS[kind]
    others = (
        [sets[0] * 2, *sets[1:]] if sets[0].dtype.kind == "f" else [sets[1], sets[0], *sets[2:]]
    )
    if kind == "mixed":
        others = [np.where(s == "milk", "lime", s) for s in sets]
    found = results(row, others, TARGETS[row.target](sets))
    wanted = expected(kind, name)
    assert set(found) == set(wanted)
    assert any(found[key] != wanted[key] for key in found)
