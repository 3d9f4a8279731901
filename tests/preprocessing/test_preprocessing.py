"""What all transformers of sets promise: containers, errors, and scikit-learn's checks."""

import pickle

import numpy as np
import pandas as pd
import pytest
import sklearn
from sklearn.base import clone
from sklearn.decomposition import PCA
from sklearn.impute import SimpleImputer
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler
from sklearn.utils.estimator_checks import parametrize_with_checks
from transformer_cases import SET_TO_SET, SIZES, assert_same

from sksets import SetArray
from sksets.preprocessing import (
    ElementTransformer,
    NeighborFeatures,
    SetNormalizer,
    SetSampler,
    SetSummarizer,
    TokenEncoder,
)

TOKEN_ENCODER_FAILURES = {
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
        NeighborFeatures(),
        SetNormalizer(),
        SetSampler(),
        SetSummarizer(),
        TokenEncoder(),
    ],
    expected_failed_checks=expected_failures,
)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


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


@pytest.mark.parametrize("transformer", [SetNormalizer(), SetSummarizer()])
def test_tokens_are_refused(transformer):
    with pytest.raises(ValueError, match="takes numbers as elements, found string tokens"):
        transformer.fit([["a"], ["b", "a"]])
