"""Batches of empty sets alone, whose containers may know neither kind nor width of elements."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.preprocessing import StandardScaler

from sksets import (
    DeepSetsClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SetArray,
    SetExpander,
    SetOutlierDetector,
)
from sksets.baselines import PopularityRanker
from sksets.preprocessing import ElementTransformer, SetSummarizer, TokenEncoder

pd = pytest.importorskip("pandas")
pa = pytest.importorskip("pyarrow")
pl = pytest.importorskip("polars")
ak = pytest.importorskip("awkward")

VECTORS = [np.full((size, 2), size, dtype=float) for size in (2, 3, 4, 0)]
WORDS = [["a", "b"], ["c"], ["a"], []]
INTEGERS = [[1, 2], [3], [1], []]
FRAMES = [pd.DataFrame({"kind": list("ab"), "size": [1.0, 2.0]})] * 4
TRAINING = {"max_epochs": 1, "random_state": 0}
NESTED = pa.list_(pa.list_(pa.float64()))

# Two empty sets, of elements without a known width.
BATCHES = {
    "lists": [[], []],
    "arrays": [np.empty(0), np.empty(0)],
    "objects": np.array([[], []], dtype=object),
    "table": np.array([[], []]),
    "array of arrays": np.array([np.empty(0), np.empty(0), None], dtype=object)[:2],
    "tensors": [torch.empty(0), torch.empty(0)],
    "tensor": torch.empty(2, 0),
    "frames": [pd.DataFrame(), pd.DataFrame()],
    "series": pd.Series([[], []]),
    "dict": {"x": [], "y": []},
    "arrow": pa.array([[], []]),
    "arrow, nested": pa.array([[], []], type=NESTED),
    "arrow, chunked": pa.chunked_array([pa.array([[], []], type=NESTED)]),
    "arrow, cells": list(pa.array([[], []], type=NESTED)),
    "arrow in pandas": pd.Series([[], []], dtype=pd.ArrowDtype(NESTED)),
    "polars": pl.Series([[], []]),
    "polars, nested": pl.Series([[], []], dtype=pl.List(pl.List(pl.Float64))),
    "awkward": ak.Array([[], []]),
    "awkward, nested": ak.Array([[[1.0, 2.0]], [], []])[1:],
    "SetArray": SetArray.from_sets([[], []]),
}
every_batch = pytest.mark.parametrize("batch", BATCHES)


@pytest.fixture(scope="module")
def fitted():
    """Estimators on elements of every kind, and what they predict of two empty sets."""
    y, images = [0, 1, 0, 1], [np.zeros((2, 1, 8, 8))] * 4
    of_elements = [np.arange(float(len(part))) for part in VECTORS]
    models = [
        DeepSetsRegressor(**TRAINING).fit(VECTORS, y),
        DeepSetsClassifier(**TRAINING).fit(WORDS, y),
        DeepSetsClassifier(element_kind="token", **TRAINING).fit(INTEGERS, y),
        DeepSetsRegressor(**TRAINING).fit(FRAMES, y),
        DeepSetsRegressor(element_encoder="conv", **TRAINING).fit(images, y),
        DeepSetsElementRegressor(**TRAINING).fit(VECTORS, of_elements),
        SetOutlierDetector(**TRAINING).fit(VECTORS),
        PopularityRanker(unknown_items="ignore").fit(WORDS),
    ]
    sets = [VECTORS, WORDS, INTEGERS, FRAMES, images, VECTORS, VECTORS, WORDS]
    empty = [part[0][:0] for part in sets]
    return [
        (model, np.asarray(model.predict([none, part[0]]))[:1])
        for model, none, part in zip(models, empty, sets, strict=True)
    ]


@every_batch
def test_empty_sets_alone_are_predicted_as_beside_others(fitted, batch):
    for model, expected in fitted:
        found = np.asarray(model.predict(BATCHES[batch]))
        assert len(found) == 2
        if found.dtype == object:
            assert [len(part) for part in found] == [len(expected[0])] * 2 == [0, 0]
        elif found.dtype.kind == "f":
            assert_allclose(found, np.repeat(expected, 2, axis=0), rtol=1e-6)
        else:
            assert_array_equal(found, np.repeat(expected, 2, axis=0))


@every_batch
def test_empty_sets_alone_are_transformed(batch):
    for transformer, X in (
        (SetSummarizer(), VECTORS),
        (TokenEncoder(), WORDS),
        (ElementTransformer(StandardScaler()), VECTORS),
    ):
        found = transformer.fit(X).transform(BATCHES[batch])
        assert len(found) == 2


def test_empty_sets_of_items_have_a_context():
    expander = SetExpander(**TRAINING).fit(SetArray.from_sets(WORDS, context=np.eye(4)))
    expected = expander.score_candidates(SetArray.from_sets([[], ["a"]], context=np.eye(4)[:2]))[:1]
    for sets in BATCHES.values():
        X = SetArray.from_sets(sets, context=np.eye(4)[[0, 0]])
        assert_allclose(expander.score_candidates(X), expected[[0, 0]], rtol=1e-5)


def test_a_table_without_columns_is_no_set_where_fit_saw_a_table():
    model = DeepSetsRegressor(**TRAINING).fit(np.arange(8.0).reshape(4, 2), [0, 1, 0, 1])
    with pytest.raises(ValueError, match="Found array with 0 feature"):
        model.predict(np.empty((2, 0)))
    with pytest.raises(ValueError, match="Found array with 0 feature"):
        model.fit(np.empty((2, 0)), [0, 1])


def test_empty_sets_of_another_width_are_refused():
    model = DeepSetsRegressor(**TRAINING).fit(VECTORS, [0, 1, 0, 1])
    with pytest.raises(ValueError, match="X has 3 features, but DeepSetsRegressor is expecting 2"):
        model.predict([np.empty((0, 3))])


def test_empty_sets_where_elements_had_weights():
    X = SetArray.from_sets(VECTORS).with_element_weight(np.arange(1.0, 10))
    model = DeepSetsRegressor(**TRAINING).fit(X, [0, 1, 0, 1])
    expected = model.predict(X)[3]
    assert_allclose(model.predict([[], []]), [expected, expected], rtol=1e-6)


# ---------------------------------------------------------------- a context without columns


@pytest.mark.parametrize(
    "context", [np.empty((4, 0)), [[]] * 4, pd.DataFrame(index=range(4)), pl.DataFrame()]
)
def test_a_context_without_columns_is_none(context):
    X = SetArray.from_sets(VECTORS, context=context)
    assert X.context is None and X.context_names is None
    of_elements = [np.arange(float(len(part))) for part in VECTORS]
    for model, y in (
        (DeepSetsRegressor(**TRAINING), [0, 1, 0, 1]),
        (DeepSetsElementRegressor(**TRAINING), of_elements),
        (SetOutlierDetector(**TRAINING), None),
    ):
        expected = list(map(np.ravel, model.fit(VECTORS, y).predict(VECTORS)))
        for trained in (model, model.fit(X, y)):
            for sets in (VECTORS, X):
                found = list(map(np.ravel, trained.predict(sets)))
                assert_array_equal(np.concatenate(found), np.concatenate(expected))
        assert model.n_context_features_ == 0


def test_a_context_without_columns_has_one_row_a_set():
    with pytest.raises(ValueError, match="X has 4 sets, the context has 3 rows"):
        SetArray.from_sets(VECTORS, context=np.empty((3, 0)))
    joined = SetArray.concatenate(
        [SetArray.from_sets(VECTORS, context=np.empty((4, 0))), SetArray.from_sets(VECTORS)]
    )
    assert joined.context is None
    assert joined.with_context(np.empty((8, 0)), []).context_names is None
