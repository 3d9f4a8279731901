"""Transformers of tables, applied to all elements."""

import numpy as np
import pytest
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from transformer_cases import SIZES, assert_same

from sksets import SetArray
from sksets.preprocessing import ElementTransformer


def test_elements_are_transformed_as_one_table(sets):
    packed = np.concatenate(sets)
    transformer = ElementTransformer(StandardScaler()).fit(sets)
    assert_same(
        transformer.transform(sets),
        np.split(StandardScaler().fit_transform(packed), np.cumsum(SIZES)[:-1]),
    )
    assert not hasattr(transformer.transformer, "mean_")


def test_sparse_and_frame_output_becomes_dense_arrays():
    tokens = [["milk", "tea"], [], ["tea"]]
    encoder = ElementTransformer(OneHotEncoder(handle_unknown="ignore")).fit(tokens)
    assert sparse.issparse(encoder.transformer_.transform([["tea"]]))
    assert_same(encoder.transform(tokens), [[[1, 0], [0, 1]], np.empty((0, 2)), [[0, 1]]])
    assert_same(encoder.transform([["rum"]]), [[[0, 0]]])
    frames = ElementTransformer(StandardScaler().set_output(transform="pandas"))
    assert_same(frames.fit_transform([[[1.0]], [[3.0]]]), [[[-1.0]], [[1.0]]])


def test_width_may_change_and_only_empty_sets_know_it(sets):
    transformer = ElementTransformer(PCA(2)).fit(sets)
    empty = transformer.transform([np.empty((0, 4)), np.empty((0, 4))])
    assert [s.shape for s in empty] == [(0, 2), (0, 2)]


def test_nan_is_the_transformers_business(sets):
    sets[3][1, 0] = np.nan
    filled = ElementTransformer(SimpleImputer()).fit_transform(sets)
    np.testing.assert_allclose(filled[3][1, 0], np.nanmean(np.concatenate(sets)[:, 0]))
    with pytest.raises(ValueError, match="contains NaN"):
        ElementTransformer(PCA()).fit(sets)


@pytest.mark.parametrize("inner", [SelectKBest(k=1), LinearDiscriminantAnalysis()])
def test_a_supervised_transformer_gets_the_targets_of_the_sets(sets, inner):
    y = np.array([0, 1, 1, 0, 1])
    for s, label in zip(sets, y, strict=True):
        s[:, 2] += 50 * label
    transformer = ElementTransformer(inner)
    found = transformer.fit(sets, y).transform(sets)
    packed, y_elements = np.concatenate(sets), np.repeat(y, SIZES)
    assert_same(np.concatenate(found), clone(inner).fit(packed, y_elements).transform(packed))
    with pytest.raises(ValueError, match="X has 5 sets, y has 3 values"):
        transformer.fit(sets, y[:3])


class FirstRow(TransformerMixin, BaseEstimator):
    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X[:0]


def test_element_transformer_errors(sets):
    with pytest.raises(TypeError, match="an instance with fit and transform, found <class"):
        ElementTransformer(PCA).fit(sets)
    with pytest.raises(TypeError, match="found LogisticRegression"):
        ElementTransformer(LogisticRegression()).fit(sets)
    with pytest.raises(ValueError, match=r"FirstRow must return one row an element; .*\(0, 4\)"):
        ElementTransformer(FirstRow()).fit(sets)
    one_column = ElementTransformer(FunctionTransformer(lambda X: X.sum(axis=1))).fit(sets)
    assert one_column.transform(sets)[0].shape == (3, 1)


def test_column_transformer_on_the_elements(sets):
    inner = ColumnTransformer([("scale", StandardScaler(), [0])], remainder="passthrough")
    assert_same([s[:, 1:] for s in ElementTransformer(inner).fit_transform(sets)],
                [s[:, 1:] for s in sets])  # fmt: skip


def double_in_place(rows):
    rows *= 2
    return rows


@pytest.mark.parametrize("names", [None, ["a", "b"]])
@pytest.mark.parametrize(
    "inner",
    [StandardScaler(copy=False), FunctionTransformer(double_in_place)],
    ids=["scaler", "function"],
)
def test_a_transformer_that_works_in_place_leaves_the_sets(names, inner):
    values = np.arange(8.0).reshape(4, 2)
    X = SetArray(values, [0, 1, 4], feature_names=names)
    first = ElementTransformer(inner).fit(X).transform(X)
    np.testing.assert_array_equal(X.values, np.arange(8.0).reshape(4, 2))
    np.testing.assert_array_equal(ElementTransformer(inner).fit_transform(X).values, first.values)
    assert not np.array_equal(first.values, X.values)
