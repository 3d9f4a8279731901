"""A column of sets beside columns of a table: ColumnTransformer and the names that come out."""

import numpy as np
import pandas as pd
import polars as pl
import pytest
from sklearn.base import clone
from sklearn.compose import ColumnTransformer, make_column_transformer
from sklearn.decomposition import PCA
from sklearn.linear_model import Ridge
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.pipeline import make_pipeline, make_union
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from sksets import DeepSetsRegressor, SetArray, SetExpander
from sksets.preprocessing import (
    ElementTransformer,
    MeanMapFeatures,
    SetNormalizer,
    SetSampler,
    SetSummarizer,
    TokenEncoder,
)

RNG = np.random.default_rng(0)
SETS = [RNG.normal(size=(size, 2)) for size in (1, 3, 2, 4, 2, 5, 3, 1)]
AGE = np.arange(8.0)
Y = np.array([s.sum() for s in SETS]) + AGE


def column(cells):
    return pd.Series(cells, dtype=object)


FRAMES = {
    "pandas": pd.DataFrame({"age": AGE, "cells": column(SETS)}),
    "polars": pl.DataFrame({"age": AGE, "cells": [s.tolist() for s in SETS]}),
}
NAMED = [pd.DataFrame(s, columns=["CD3", "CD4"]) for s in SETS]
MEAN = SetSummarizer(("count", "mean"), quantiles=(0.5,))
NETWORK = DeepSetsRegressor(phi_layer_sizes=(3,), max_epochs=1, random_state=0)
TRANSFORMERS = {
    "summary": (
        MEAN,
        ["count_cells", "mean_cells_x0", "mean_cells_x1", "q0.5_cells_x0", "q0.5_cells_x1"],
    ),
    "mean map": (
        MeanMapFeatures(n_components=1, random_state=0),
        ["meanmapfeatures0", "meanmapfeatures1"],
    ),
    "network": (NETWORK, ["deepsetsregressor0", "deepsetsregressor1", "deepsetsregressor2"]),
    "pipeline": (
        make_pipeline(
            ElementTransformer(PCA(1)), SetNormalizer(), SetSummarizer(("mean",), quantiles=())
        ),
        ["mean_cells"],
    ),
    "union": (
        make_union(SetSummarizer(("mean",), quantiles=()), SetSummarizer(("count",), quantiles=())),
        [
            "setsummarizer-1__mean_cells_x0",
            "setsummarizer-1__mean_cells_x1",
            "setsummarizer-2__count_cells",
        ],
    ),
}


@pytest.mark.parametrize("name", TRANSFORMERS)
@pytest.mark.parametrize("library", FRAMES)
@pytest.mark.parametrize("cells", ["cells", ["cells"], 1, [1]], ids=str)
def test_a_column_of_sets_beside_a_table(name, library, cells):
    frame = FRAMES[library]
    transformer, names = TRANSFORMERS[name]
    both = ColumnTransformer(
        [("sets", transformer, cells), ("rest", StandardScaler(), ["age"])],
        verbose_feature_names_out=False,
    )
    rows = both.fit_transform(frame, Y)
    expected = [*names, "age"]
    assert both.get_feature_names_out().tolist() == expected
    np.testing.assert_array_equal(rows[:, :-1], clone(transformer).fit_transform(SETS, Y))
    for output, kind in (("pandas", pd.DataFrame), ("polars", pl.DataFrame)):
        table = clone(both).set_output(transform=output).fit_transform(frame, Y)
        assert isinstance(table, kind)
        assert list(table.columns) == expected
        np.testing.assert_array_equal(table.to_numpy(), rows)
    both.set_params(verbose_feature_names_out=True)
    prefixed = [*(f"sets__{n}" for n in names), "rest__age"]
    assert both.get_feature_names_out().tolist() == prefixed
    assert list(both.set_output(transform="pandas").transform(frame).columns) == prefixed


@pytest.mark.parametrize("name", TRANSFORMERS)
@pytest.mark.parametrize("cells", ["cells", ["cells"]], ids=str)
@pytest.mark.parametrize(
    "order", [slice(None, None, -1), slice(3, None), [6, 2, 5, 0]], ids=["turned", "end", "drawn"]
)
def test_rows_of_a_frame_stay_together(name, cells, order):
    """Frames are joined by their index, which a set has to carry through the steps."""
    frame = FRAMES["pandas"]
    both = ColumnTransformer(
        [("sets", TRANSFORMERS[name][0], cells), ("rest", "passthrough", ["age"])]
    )
    rows = both.fit(frame, Y).transform(frame)
    part = frame.iloc[order]
    table = both.set_output(transform="pandas").transform(part)
    assert table.index.tolist() == part.index.tolist()
    np.testing.assert_array_equal(table["rest__age"], part["age"])
    np.testing.assert_allclose(table.to_numpy(), rows[order], rtol=1e-5, atol=1e-7)


def test_keys_are_the_index_of_a_pandas_table():
    long = pd.DataFrame({"day": [2, 1, 2], "jet": ["b", "a", "a"], "pt": [1.0, 2.0, 3.0]})
    summary = SetSummarizer(("mean",), quantiles=()).set_output(transform="pandas")
    table = summary.fit_transform(SetArray.from_frame(long, "jet", ["pt"]))
    assert table["mean_pt"].to_dict() == {"b": 1.0, "a": 2.5}
    table = summary.fit_transform(SetArray.from_frame(long, ["day", "jet"], ["pt"]))
    assert table["mean_pt"].to_dict() == {(2, "b"): 1.0, (1, "a"): 2.0, (2, "a"): 3.0}
    items = SetExpander(max_epochs=1, random_state=0).set_output(transform="pandas")
    baskets = SetArray([1, 2, 2, 1], [0, 2, 4], keys=["x", "y"])
    assert items.fit_transform(baskets).index.tolist() == ["x", "y"]


def test_names_of_the_elements_are_kept():
    frame = pd.DataFrame({"age": AGE, "cells": column(NAMED)})
    both = make_column_transformer(
        (MEAN, "cells"), (StandardScaler(), ["age"]), verbose_feature_names_out=False
    )
    names = both.fit(frame).get_feature_names_out().tolist()
    assert names[:3] == ["count_cells", "mean_cells_CD3", "mean_cells_CD4"]
    scaled = make_pipeline(ElementTransformer(StandardScaler()), SetSummarizer(("mean",), ()))
    both = ColumnTransformer([("sets", scaled, "cells")])
    names = both.fit(frame).get_feature_names_out().tolist()
    assert names == ["sets__mean_cells_CD3", "sets__mean_cells_CD4"]


def test_several_columns_of_sets_have_names_of_their_own():
    prices = [s[:, 0] for s in SETS]
    frame = FRAMES["pandas"].assign(prices=column(prices), words=column([["a"], ["b", "a"]] * 4))
    words = make_pipeline(ElementTransformer(OneHotEncoder()), SetSummarizer(("max",), ()))
    statistics = SetSummarizer(("count", "mean"), quantiles=())
    each = ColumnTransformer(
        [("c", statistics, "cells"), ("p", statistics, "prices"), ("w", words, "words")],
        verbose_feature_names_out=False,
    )
    assert each.fit(frame).get_feature_names_out().tolist() == [
        *("count_cells", "mean_cells_x0", "mean_cells_x1", "count_prices", "mean_prices"),
        *("max_words_x0", "max_words_x1"),
    ]


def test_tokens_and_items_in_a_column():
    frame = pd.DataFrame({"basket": column([["tea"], ["tea", "rum"], ["rum", "lime"]] * 3)})
    y = np.arange(9)
    network = clone(NETWORK).set_params(element_kind="token")
    tokens = ColumnTransformer([("sets", make_pipeline(TokenEncoder(), network), "basket")])
    assert tokens.fit(frame, y).get_feature_names_out()[0] == "sets__deepsetsregressor0"
    items = ColumnTransformer([("items", SetExpander(max_epochs=1, random_state=0), ["basket"])])
    items.fit(frame)
    assert items.get_feature_names_out()[1] == "items__setexpander1"
    assert items.set_output(transform="pandas").transform(frame).shape == (9, 128)


def test_search_and_cross_validation_over_a_frame():
    frame = FRAMES["pandas"]
    both = make_column_transformer((MEAN, "cells"), (StandardScaler(), ["age"]))
    model = make_pipeline(both.set_output(transform="pandas"), Ridge())
    grid = {"columntransformer__setsummarizer__statistics": [("mean",), ("sum",)]}
    search = GridSearchCV(model, grid, cv=2).fit(frame, Y)
    # The target is the sum of the elements and the age.
    assert search.best_params_ == {"columntransformer__setsummarizer__statistics": ("sum",)}
    assert search.best_estimator_[0].get_feature_names_out()[0] == "setsummarizer__sum_cells_x0"
    assert np.isfinite(cross_val_score(clone(model), frame, Y, cv=2)).all()


@pytest.mark.parametrize("transformer", [MEAN, TRANSFORMERS["mean map"][0], NETWORK], ids=repr)
def test_one_name_is_a_column_only_for_sets(transformer):
    fitted = clone(transformer).fit(SETS, Y)
    for wrong in (["a", "b", "c"], []):
        with pytest.raises(ValueError, match="should have length equal to number of features"):
            fitted.get_feature_names_out(wrong)
    # Each row of a table is a set of one element, whose features are the columns.
    table = clone(transformer).fit(np.array([s[0] for s in SETS]), Y)
    with pytest.raises(ValueError, match=r"number of features \(2\), got 1"):
        table.get_feature_names_out(["cells"])
    named = clone(transformer).fit(NAMED, Y)
    assert named.get_feature_names_out(["CD3", "CD4"])[-1] == named.get_feature_names_out()[-1]
    with pytest.raises(ValueError, match="input_features is not equal to feature_names_in_"):
        named.get_feature_names_out(["CD4", "CD3"])


def test_the_only_feature_of_an_element_is_no_column():
    one = [frame[["CD3"]] for frame in NAMED]
    fitted = clone(MEAN).fit(one)
    assert fitted.get_feature_names_out(["CD3"]).tolist() == ["count", "mean_CD3", "q0.5_CD3"]
    assert fitted.get_feature_names_out(["cells"])[1] == "mean_cells_CD3"


@pytest.mark.parametrize(
    "transformer, names",
    [
        (ElementTransformer(PCA(1)), ["pca0"]),
        (ElementTransformer(StandardScaler()), ["CD3", "CD4"]),
        (SetNormalizer(), ["CD3", "CD4"]),
        (SetSampler(2, random_state=0), ["CD3", "CD4"]),
    ],
    ids=["pca", "scaler", "normalizer", "sampler"],
)
def test_names_of_what_makes_sets_of_sets(transformer, names):
    fitted = clone(transformer).fit(NAMED)
    assert fitted.get_feature_names_out().tolist() == names
    assert fitted.transform(NAMED).feature_names.tolist() == names
    assert fitted.get_feature_names_out(["cells"]).tolist() == ["cells"]
    pipeline = make_pipeline(clone(transformer), SetSummarizer(("mean",), quantiles=()))
    assert pipeline.fit(NAMED).get_feature_names_out().tolist() == [f"mean_{n}" for n in names]


def test_a_transformer_that_names_nothing():
    nameless = ElementTransformer(FunctionTransformer(np.square))
    assert not hasattr(nameless.fit(SETS), "get_feature_names_out")


@pytest.mark.parametrize("library", FRAMES)
def test_columns_of_a_table_are_the_context_of_sets(library):
    """The other way round: the network takes the rest of a frame as context."""
    frame = FRAMES[library]

    def with_context(frame):
        return SetArray.from_sets(frame["cells"], context=frame[["age"]])

    model = make_pipeline(FunctionTransformer(with_context), clone(NETWORK))
    expected = clone(NETWORK).fit(SetArray.from_sets(SETS, context=AGE), Y)
    X = SetArray.from_sets(SETS, context=AGE)
    np.testing.assert_array_equal(model.fit(frame, Y).predict(frame), expected.predict(X))
    assert with_context(frame).context_names.tolist() == ["age"]
    np.testing.assert_array_equal(
        cross_val_score(model, frame, Y, cv=2), cross_val_score(clone(NETWORK), X, Y, cv=2)
    )
