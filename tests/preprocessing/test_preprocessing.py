"""Transformers of sets: their formulas, containers and errors, and scikit-learn's checks."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
import torch
from scipy import sparse
from sklearn.base import BaseEstimator, TransformerMixin, clone
from sklearn.compose import ColumnTransformer
from sklearn.decomposition import PCA
from sklearn.discriminant_analysis import LinearDiscriminantAnalysis
from sklearn.feature_selection import SelectKBest
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks

from sksets import SetArray
from sksets.nn import SetBatch
from sksets.nn._normalize import SetNormalize
from sksets.preprocessing import ElementTransformer, SetNormalizer, SetSummarizer, TokenEncoder

TOKEN_ENCODER_FAILURES = {
    "check_dtype_object": "floats are no tokens",
    "check_estimators_dtypes": "floats are no tokens",
    "check_estimators_nan_inf": "its NaN is cast to an integer, as for any categorical input",
    "check_estimators_empty_data_messages": "the rows of a table are sets, here empty ones",
    "check_n_features_in": "a row is a set of tokens, and a token is one feature",
    "check_n_features_in_after_fitting": "a row is a set of tokens, of any size",
    "check_transformer_general": "a row is a set of tokens, of any size",
    "check_transformer_data_not_an_array": "a row is a set of tokens, of any size",
}
if tuple(map(int, sklearn.__version__.split(".")[:2])) < (1, 8):
    TOKEN_ENCODER_FAILURES["check_positive_only_tag_during_fit"] = (
        "the check itself subtracts a float from integers"
    )


def expected_failures(estimator):
    return TOKEN_ENCODER_FAILURES if isinstance(estimator, TokenEncoder) else {}


@parametrize_with_checks(
    [
        ElementTransformer(StandardScaler()),
        ElementTransformer(SimpleImputer()),
        SetNormalizer(),
        SetSummarizer(),
        TokenEncoder(),
    ],
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


SIZES = (3, 0, 1, 6, 2)


@pytest.fixture
def sets():
    rng = np.random.default_rng(0)
    return [rng.normal(2, 3, size=(size, 4)) for size in SIZES]


@pytest.fixture
def context():
    return np.arange(10.0).reshape(5, 2)


def assert_same(found, expected):
    assert len(found) == len(expected)
    for a, b in zip(found, expected, strict=True):
        np.testing.assert_allclose(a, b, atol=1e-12)


SET_TO_SET = [
    pytest.param(ElementTransformer(PCA(2)), id="elements"),
    pytest.param(SetNormalizer(), id="normalizer"),
]


# ---------------------------------------------------------------- containers


@pytest.mark.parametrize("transformer", SET_TO_SET)
def test_container_and_context_are_kept(transformer, sets, context):
    X = SetArray.from_sets(sets, context=context)
    expected = transformer.fit_transform(X)
    assert isinstance(expected, SetArray)
    np.testing.assert_array_equal(expected.context, context)
    np.testing.assert_array_equal(expected.sizes, SIZES)
    objects = np.empty((5, 1), dtype=object)
    objects[:, 0] = sets
    for given, kind in ((sets, list), (tuple(sets), list), (objects, np.ndarray)):
        found = transformer.transform(given)
        assert type(found) is kind
        if kind is np.ndarray:
            assert found.shape == objects.shape
            found = found[:, 0]
        assert_same(found, list(expected))
    series = transformer.transform(pd.Series(sets))
    assert isinstance(series, SetArray)
    assert_same(series, list(expected))


@pytest.mark.parametrize("transformer", SET_TO_SET)
def test_arrays_stay_arrays(transformer):
    X = np.random.default_rng(0).normal(size=(5, 3, 4))
    found = transformer.fit_transform(X)
    assert found.shape[:2] == (5, 3)
    assert_same(found, transformer.transform(list(X)))
    table = transformer.fit_transform(X[:, 0])
    assert table.shape[0] == 5 and table.ndim == 2
    np.testing.assert_array_equal(transformer.transform(X[:, 0].tolist()), table)
    frame = transformer.transform(SetArray(X[:, 0], np.arange(6)))
    np.testing.assert_array_equal(frame.values, table)


def test_a_frame_names_its_features():
    frame = pd.DataFrame(np.eye(3), columns=["a", "b", "c"])
    for transformer in (ElementTransformer(PCA(1)), SetNormalizer(), SetSummarizer()):
        transformer.fit(frame)
        np.testing.assert_array_equal(transformer.feature_names_in_, ["a", "b", "c"])
        with pytest.raises(ValueError, match="feature names should match"):
            transformer.transform(frame[["b", "a", "c"]])


@pytest.mark.parametrize("transformer", SET_TO_SET)
def test_set_output_has_no_effect(transformer, sets):
    transformer = clone(transformer).set_output(transform="pandas")
    assert isinstance(transformer.fit_transform(sets), list)
    with sklearn.config_context(transform_output="pandas"):
        assert isinstance(transformer.fit(sets).transform(sets), list)
    pipeline = make_pipeline(transformer, SetSummarizer()).set_output(transform="pandas")
    table = pipeline.fit_transform(sets)
    assert isinstance(table, pd.DataFrame) and table.columns[0] == "count"


@pytest.mark.parametrize("transformer", [*SET_TO_SET, pytest.param(SetSummarizer(), id="summary")])
def test_memory_mapped_and_read_only_sets(transformer, sets, tmp_path):
    X = SetArray.from_sets(sets)
    np.save(tmp_path / "values.npy", X.values)
    mapped = SetArray(np.load(tmp_path / "values.npy", mmap_mode="r"), X.offsets)
    assert_same(clone(transformer).fit_transform(mapped), list(transformer.fit_transform(X)))


@pytest.mark.parametrize("transformer", [*SET_TO_SET, pytest.param(SetSummarizer(), id="summary")])
def test_pickle_and_a_failed_fit_changes_nothing(transformer, sets):
    transformer = pickle.loads(pickle.dumps(clone(transformer).fit(sets)))
    expected = list(transformer.transform(sets))
    broken = [s.copy() for s in sets]
    broken[3][1, 0] = np.inf
    with pytest.raises(ValueError, match="infinity"):
        transformer.fit(broken)
    assert_same(list(transformer.transform(sets)), expected)
    with pytest.raises(ValueError, match="X has 3 features, but .* is expecting 4 features"):
        transformer.transform([s[:, :3] for s in sets])


# ---------------------------------------------------------------- ElementTransformer


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


# ---------------------------------------------------------------- SetNormalizer


def test_each_set_has_zero_mean_and_unit_global_variance(sets):
    for found, x in zip(SetNormalizer().fit_transform(sets), sets, strict=True):
        if len(x) > 1:
            np.testing.assert_allclose(found.mean(axis=0), 0, atol=1e-12)
            np.testing.assert_allclose(np.mean(found**2), 1)
            # Proportions of the axes stay.
            np.testing.assert_allclose(
                found * np.sqrt(np.mean((x - x.mean(0)) ** 2)), x - x.mean(0)
            )
        else:
            np.testing.assert_array_equal(found, np.zeros_like(x))


def test_normalizer_is_the_networks_layer(sets):
    X = SetArray.from_sets(sets)
    batch = SetBatch(torch.as_tensor(X.values), torch.as_tensor(X.offsets))
    steps = SetNormalize().steps(batch.values, batch)
    pool, h = next(steps)
    with pytest.raises(StopIteration) as stop:
        while True:
            pool, h = steps.send(pool(h, batch))
    expected = stop.value.value.numpy()
    np.testing.assert_allclose(SetNormalizer().fit_transform(X).values, expected, atol=1e-12)


def test_equal_elements_become_zeros_and_dtype_is_kept():
    x = np.full((7, 3), 0.1, dtype=np.float32)
    (found,) = SetNormalizer().fit_transform([x])
    assert found.dtype == np.float32
    np.testing.assert_array_equal(found, np.zeros((7, 3)))
    (pixels,) = SetNormalizer().fit_transform([np.array([[0], [255]], dtype=np.uint8)])
    np.testing.assert_array_equal(pixels, [[-1.0], [1.0]])


@pytest.mark.parametrize("transformer", [SetNormalizer(), SetSummarizer()])
def test_tokens_are_refused(transformer):
    with pytest.raises(ValueError, match="takes numbers as elements, found string tokens"):
        transformer.fit([["a"], ["b", "a"]])


# ---------------------------------------------------------------- SetSummarizer


def summary_by_loop(x):
    row = [[len(x)]]
    row += [f(axis=0) for f in (x.sum, x.mean, x.std, x.min, x.max)]
    return np.concatenate(row + [np.quantile(x, q, axis=0) for q in (0.0, 0.1, 0.5, 0.77, 1.0)])


@pytest.mark.parametrize("dtype", ["float64", "float32", "uint8"])
def test_summary_equals_a_loop(dtype):
    rng = np.random.default_rng(1)
    sizes = [0, 4, 0, 0, 1, 9, 2, 30, 0]
    sets = [(rng.random((size, 3)) * 200).astype(dtype) for size in sizes]
    summarizer = SetSummarizer(
        statistics=("count", "sum", "mean", "std", "min", "max"),
        quantiles=(0.0, 0.1, 0.5, 0.77, 1.0),
    )
    found = summarizer.fit_transform(sets)
    assert found.dtype == np.float64
    for row, x in zip(found, sets, strict=True):
        expected = summary_by_loop(x.astype(np.float64)) if len(x) else np.zeros(31)
        np.testing.assert_allclose(row, expected, rtol=1e-9, atol=1e-9)


def test_summary_of_only_empty_sets(sets):
    np.testing.assert_array_equal(
        SetSummarizer().fit(sets).transform([np.empty((0, 4))] * 2), np.zeros((2, 29))
    )


def test_order_of_elements_does_not_matter(sets):
    summarizer = SetSummarizer().fit(sets)
    np.testing.assert_allclose(
        summarizer.transform([s[::-1] for s in sets]), summarizer.transform(sets)
    )


def test_names_and_context(sets, context):
    X = SetArray.from_sets(sets, context=context)
    summarizer = SetSummarizer(("mean", "count"), quantiles=(0.5,)).fit(X)
    names = [*(f"mean_x{i}" for i in range(4)), "count", *(f"q0.5_x{i}" for i in range(4))]
    assert summarizer.get_feature_names_out().tolist() == [*names, "context0", "context1"]
    assert summarizer.get_feature_names_out(list("abcd"))[0] == "mean_a"
    found = summarizer.transform(X)
    np.testing.assert_array_equal(found[:, -2:], context)
    with pytest.raises(ValueError, match="X has no context"):
        summarizer.transform(sets)
    frame = summarizer.set_output(transform="pandas").transform(X)
    assert list(frame.columns) == [*names, "context0", "context1"]


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({"statistics": ("men",)}, "Unknown statistic 'men'; did you mean 'mean'"),
        ({"statistics": ("mode?",)}, "Unknown statistic 'mode\\?'.*Known: count, sum"),
        ({"statistics": "mean"}, "must be a tuple of names, found the string 'mean'"),
        ({"quantiles": (0.5, 25)}, "must lie between 0 and 1, found 25"),
        ({"statistics": (), "quantiles": ()}, "at least one statistic"),
    ],
)
def test_summarizer_parameters(parameters, message, sets):
    with pytest.raises(ValueError, match=message):
        SetSummarizer(**parameters).fit(sets)


def test_a_model_on_summaries():
    rng = np.random.default_rng(0)
    y = np.arange(60) % 2
    sets = [rng.normal(scale=1 + 3 * label, size=(20, 2)) for label in y]
    model = make_pipeline(SetSummarizer(), StandardScaler(), LogisticRegression())
    assert model.fit(sets[:40], y[:40]).score(sets[40:], y[40:]) > 0.9


# ---------------------------------------------------------------- TokenEncoder


def test_tokens_become_integers():
    encoder = TokenEncoder().fit([[30, 10], [], [10, 20]])
    np.testing.assert_array_equal(encoder.vocabulary_, [10, 20, 30])
    assert encoder.n_features_in_ == 1
    found = encoder.transform([[20, 99, -1], [30]])
    assert [s.tolist() for s in found] == [[2, 0, 0], [3]]
    assert found[0].dtype == np.int64
    padded = encoder.transform(np.array([[10, 20], [20, 5]]))
    np.testing.assert_array_equal(padded, [[1, 2], [2, 0]])
    assert len(encoder.transform([[]])[0]) == 0


def test_a_longer_unknown_string_is_unknown(context):
    X = SetArray.from_sets([["a", "bb"], ["a"], [], ["c"], ["c"]], context=context)
    encoder = TokenEncoder(min_frequency=2)
    found = encoder.fit_transform(X)
    assert encoder.vocabulary_.tolist() == ["a", "c"]
    assert found.values.tolist() == [1, 0, 1, 2, 2]
    np.testing.assert_array_equal(found.context, context)
    assert encoder.transform([["abc", "c"]])[0].tolist() == [0, 2]


def test_token_encoder_errors():
    encoder = TokenEncoder().fit([["a"], ["b"]])
    with pytest.raises(ValueError, match="integer tokens, but TokenEncoder was fitted on string"):
        encoder.transform([[1, 2]])
    with pytest.raises(ValueError, match="found dtype float64"):
        encoder.fit([np.array([0.5])])
    with pytest.raises(ValueError, match="All 2 sets of X are empty"):
        encoder.fit([[], []])
    with pytest.raises(ValueError, match="No token occurs min_frequency=3 times; .* b, occurs 2"):
        TokenEncoder(min_frequency=3).fit([["a", "b"], ["b"]])
    assert encoder.vocabulary_.tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="'min_frequency' parameter of TokenEncoder"):
        TokenEncoder(min_frequency=0).fit([["a"]])
