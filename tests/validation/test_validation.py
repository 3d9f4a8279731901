"""Validation: every container becomes a SetArray, and every bad input one clear error."""

import warnings

import numpy as np
import pytest
import scipy.sparse
import sklearn
from sklearn.base import BaseEstimator, ClassifierMixin, RegressorMixin, clone
from sklearn.exceptions import DataConversionWarning
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import (
    GridSearchCV,
    KFold,
    cross_val_predict,
    cross_val_score,
    train_test_split,
)
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer
from sklearn.utils.estimator_checks import estimator_checks_generator
from sklearn.utils.multiclass import check_classification_targets
from sklearn.utils.validation import check_is_fitted

from sksets import SetArray, _blocks
from sksets._fitting import learning
from sksets._validation.sets import validate_sets
from sksets._validation.targets import validate_targets

SETS = [np.array([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]]), np.ones((1, 2)), np.zeros((2, 2))]
TOKENS = [["b", "a"], [], ["c"]]
TABLE = np.arange(6.0).reshape(3, 2)


def set_means(X):
    sums = np.zeros((len(X), X.values.shape[1]))
    np.add.at(sums, X.set_ids, X.values)
    means = sums / np.maximum(X.sizes, 1)[:, None]
    return means if X.context is None else np.hstack([means, X.context])


class MeanRidge(RegressorMixin, BaseEstimator):
    """The smallest honest set regressor: ridge on the mean of each set."""

    def __init__(self, alpha=1.0):
        self.alpha = alpha

    def fit(self, X, y):
        with learning(self) as copied:
            X = validate_sets(copied, X, reset=True)
            y = validate_targets(y, len(X), estimator=self, numeric=True, multi_output=True)
            copied.ridge_ = Ridge(self.alpha).fit(set_means(X), y)
        return self

    def predict(self, X):
        check_is_fitted(self)
        return self.ridge_.predict(set_means(validate_sets(self, X, reset=False)))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = True
        return tags


class MeanLogistic(ClassifierMixin, BaseEstimator):
    """The smallest honest set classifier."""

    def fit(self, X, y):
        with learning(self) as copied:
            X = validate_sets(copied, X, reset=True)
            y = validate_targets(y, len(X), estimator=self)
            check_classification_targets(y)
            if len(np.unique(y)) == 1:
                raise ValueError("y has one class; a classifier needs two.")
            copied.model_ = LogisticRegression(max_iter=1000).fit(set_means(X), y)
            copied.classes_ = copied.model_.classes_
        return self

    def predict(self, X):
        check_is_fitted(self)
        return self.model_.predict(set_means(validate_sets(self, X, reset=False)))


class AnySets(BaseEstimator):
    """Accepts whatever element_kind and allow_nd say."""

    def __init__(self, element_kind="auto", allow_nd=True, check_context=True):
        self.element_kind = element_kind
        self.allow_nd = allow_nd
        self.check_context = check_context

    def check(self, X, reset=False, **kwargs):
        return validate_sets(
            self,
            X,
            reset=reset,
            element_kind=self.element_kind,
            allow_nd=self.allow_nd,
            check_context=self.check_context,
            **kwargs,
        )

    def fit(self, X, y=None):
        self.check(X, reset=True)
        return self


def _check_id(value):
    return getattr(getattr(value, "func", value), "__name__", type(value).__name__)


CHECKS = [pair for e in (MeanRidge(), MeanLogistic()) for pair in estimator_checks_generator(e)]


# parametrize_with_checks of scikit-learn 1.6 gives a generator, which pytest 9 warns of.
@pytest.mark.parametrize(("estimator", "check"), CHECKS, ids=_check_id)
def test_scikit_learn_checks(estimator, check):
    check(estimator)


# ---------------------------------------------------------------- what fit records


def test_fit_records_what_it_saw():
    sets = SetArray.from_sets(SETS, context=np.ones((3, 4)))
    estimator = AnySets().fit(sets)
    assert (estimator.n_features_in_, estimator.n_context_features_) == (2, 4)
    assert not hasattr(estimator, "feature_names_in_")
    estimator.fit([np.zeros((2, 5, 5))])
    assert (estimator.n_features_in_, estimator.n_context_features_) == (25, 0)
    estimator.fit(TOKENS)
    assert estimator.n_features_in_ == 1


def test_feature_names_of_a_frame():
    pandas = pytest.importorskip("pandas")
    frame = pandas.DataFrame(TABLE, columns=["a", "b"])
    estimator = AnySets().fit(frame)
    assert estimator.feature_names_in_.tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="feature names should match"):
        estimator.check(frame[["b", "a"]])
    estimator.fit(SETS)
    assert not hasattr(estimator, "feature_names_in_")


@pytest.mark.parametrize("dtype", [np.uint8, np.int64, np.float16, np.float32, np.float64, bool])
def test_dtype_is_kept_and_converted_on_request(dtype):
    sets = [np.ones((2, 2), dtype), np.ones((0, 2), dtype)]
    assert AnySets().check(sets, reset=True).values.dtype == dtype
    assert AnySets().check(sets, reset=True, dtype=np.float64).values.dtype == np.float64
    images = [np.ones((2, 2, 2), dtype)]
    assert AnySets().check(images, reset=True).values.dtype == dtype
    assert AnySets().check(images, reset=True, dtype=[np.float64]).values.dtype == np.float64


def test_width_other_than_at_fit():
    estimator = AnySets().fit(SETS)
    with pytest.raises(ValueError, match="X has 3 features, but AnySets is expecting 2 features"):
        estimator.check([np.ones((2, 3))])


def test_one_dimensional_sets_where_vectors_were_fitted():
    message = r"X has 1 features, but AnySets is expecting 2 .* shape \(n_elements, 2\)"
    with pytest.raises(ValueError, match=message):
        AnySets().fit(SETS).check([np.array([1.0, 2.0])])


def test_no_features():
    with pytest.raises(ValueError, match=r"0 feature\(s\)"):
        AnySets().fit([np.ones((2, 0))])


def test_element_shape_other_than_at_fit():
    estimator = AnySets().fit([np.ones((2, 5, 5))])
    estimator.check(np.ones((3, 2, 5, 5)))
    message = r"X has elements of shape \({}\), but AnySets is expecting elements of shape \(5, 5\)"
    with pytest.raises(ValueError, match=message.format("4, 4")):
        estimator.check([np.ones((2, 4, 4))])
    with pytest.raises(ValueError, match=message.format("25,")):
        estimator.check([np.ones((2, 25))])


def test_images_where_vectors_are_wanted():
    with pytest.raises(ValueError, match=r"takes vectors as elements, found .* \(5, 5\). Flatten"):
        AnySets(allow_nd=False).fit([np.ones((2, 5, 5))])


@pytest.mark.parametrize("table", [TABLE, TABLE.tolist(), TABLE[:, :1]])
def test_a_table_for_an_estimator_fitted_on_sets(table):
    estimator = AnySets().fit(SETS)
    shape = rf"\(3, {len(table[0])}\)"
    with pytest.raises(ValueError, match=rf"table of shape {shape}.*pass \[X\] for one set"):
        estimator.check(table)
    assert len(estimator.check([TABLE])) == 1
    assert len(estimator.check(TABLE[:, None])) == 3


def test_one_dimension_for_an_estimator_fitted_on_sets():
    with pytest.raises(ValueError, match="Reshape your data"):
        AnySets().fit(SETS).check(TABLE[0])


def test_sets_for_an_estimator_fitted_on_a_table():
    estimator = AnySets().fit(TABLE)
    assert estimator.check(SETS).sizes.tolist() == [3, 1, 2]


@pytest.mark.parametrize(
    ("fitted", "given", "kind", "message"),
    [
        (SETS, TOKENS, "auto", "X holds string tokens, but AnySets was fitted on numbers"),
        (TOKENS, SETS, "auto", "X holds numbers, but AnySets was fitted on string tokens"),
        (TOKENS, [[1], [2]], "token", "X holds integer tokens, .* fitted on string tokens"),
        (TOKENS, TABLE, "auto", r"table of shape \(3, 2\), .* fitted on sets of string tokens"),
        (TABLE, TOKENS, "auto", "X holds string tokens, but AnySets was fitted on numbers"),
    ],
)
def test_elements_of_another_kind_than_at_fit(fitted, given, kind, message):
    estimator = AnySets(element_kind=kind).fit(fitted)
    before = dict(vars(estimator))
    with pytest.raises(ValueError, match=message):
        estimator.check(given)
    assert vars(estimator) == before


@pytest.mark.parametrize(
    ("fitted", "kind", "dtype"),
    [(SETS, "auto", "f"), (TOKENS, "auto", "U"), ([[1], [2, 3]], "token", "i")],
)
def test_only_empty_sets_at_predict(fitted, kind, dtype):
    estimator = AnySets(element_kind=kind).fit(fitted)
    for empty in (np.empty(0), []):
        X = estimator.check([empty, empty])
        assert X.sizes.tolist() == [0, 0] and X.values.dtype.kind == dtype
        assert X.element_shape == estimator._input_spec.shape
    images = AnySets().fit(np.ones((2, 2, 5, 5)))
    assert images.check([np.empty(0)]).values.shape == (0, 5, 5)


def test_only_empty_sets_at_predict_of_another_width():
    with pytest.raises(ValueError, match="X has 3 features, but AnySets is expecting 2"):
        AnySets().fit(SETS).check([np.empty((0, 3))])


def test_only_empty_sets_at_fit():
    with pytest.raises(ValueError, match="All 2 sets of X are empty; AnySets needs at least one"):
        AnySets().fit([np.empty((0, 3)), np.empty((0, 3))])


def test_ensure_sets():
    message = r"Found 1 set\(s\) \(n_samples=1\) while a minimum of 2 is required by AnySets"
    with pytest.raises(ValueError, match=message):
        AnySets().check([TABLE], reset=True, ensure_sets=2)


# ---------------------------------------------------------------- NaN and infinity


@pytest.mark.parametrize("block", [1, 40, 2**24], ids="scan {} bytes".format)
@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, np.longdouble])
@pytest.mark.parametrize(
    ("value", "name"), [(np.nan, "NaN"), (np.inf, "infinity"), (-np.inf, "infinity")]
)
def test_nonfinite_elements_are_named(monkeypatch, block, dtype, value, name):
    monkeypatch.setattr(_blocks, "BLOCK_BYTES", block)
    sets = [np.zeros((size, 2), dtype) for size in (3, 0, 2, 4)]
    sets[3][2, 1] = value
    with pytest.raises(ValueError, match=f"Input X contains {name}: set 3, element 2. Remove"):
        AnySets().fit(sets)


def test_nonfinite_images_and_tables_are_named():
    images = np.zeros((3, 2, 4, 4))
    images[1, 1, 0, 3] = np.nan
    with pytest.raises(ValueError, match="contains NaN: set 1, element 1"):
        AnySets().fit(images)
    table = TABLE.copy()
    table[2, 0] = np.inf
    with pytest.raises(ValueError, match="contains infinity: set 2, element 0"):
        AnySets().fit(table)


def test_large_finite_values_pass():
    for dtype in (np.float16, np.float32, np.float64):
        values = np.full((1000, 2), np.finfo(dtype).max, dtype)
        assert AnySets().check([values], reset=True).values.dtype == dtype


def test_assume_finite_is_heeded():
    with sklearn.config_context(assume_finite=True):
        AnySets().fit([np.array([[np.nan]])])


def test_memory_mapped_values_are_not_loaded(tmp_path):
    values = np.memmap(tmp_path / "x.dat", dtype=np.float32, mode="w+", shape=(6, 2))
    X = SetArray(values, [0, 4, 6])
    for dtype in ("numeric", np.float32):
        assert AnySets().check(X, reset=True, dtype=dtype).values is values


# ---------------------------------------------------------------- context


def with_context(n_features, value=1.0):
    context = None if n_features == 0 else np.full((3, n_features), value)
    return SetArray.from_sets(SETS, context=context)


@pytest.mark.parametrize(
    ("fitted", "given", "message"),
    [
        (2, 0, "X has no context, but AnySets was fitted with 2 context features. Pass SetArray"),
        (0, 2, "X has a context of 2 features, but AnySets was fitted without a context"),
        (2, 3, "context of 3 features, but AnySets is expecting 2 context features as input"),
    ],
)
def test_context_other_than_at_fit(fitted, given, message):
    estimator = AnySets().fit(with_context(fitted))
    estimator.check(with_context(fitted))
    with pytest.raises(ValueError, match=message):
        estimator.check(with_context(given))


def test_nonfinite_context():
    X = with_context(2)
    X.context[1, 1] = np.nan
    with pytest.raises(ValueError, match="context of X contains NaN: set 1, context feature 1"):
        AnySets().fit(X)


def test_context_passes_where_it_is_not_checked():
    estimator = AnySets(check_context=False).fit(with_context(2))
    assert not hasattr(estimator, "n_context_features_")
    assert estimator.check(with_context(3)).context.shape == (3, 3)


# ---------------------------------------------------------------- y


def test_targets_are_returned_as_arrays():
    assert validate_targets([1, 2], 2).tolist() == [1, 2]
    assert validate_targets(["a", "b"], 2).dtype.kind in "UO"
    objects = np.array([1, 2.5], dtype=object)
    assert validate_targets(objects, 2, numeric=True).dtype == np.float64
    assert validate_targets([[1, 2], [3, 4]], 2, multi_output=True).shape == (2, 2)
    for name in ("pandas", "polars"):
        series = pytest.importorskip(name).Series([1.0, 2.0])
        for multi_output in (False, True):
            assert validate_targets(series, 2, multi_output=multi_output).tolist() == [1, 2]


def test_a_column_of_targets_is_flattened_with_a_warning():
    with pytest.warns(DataConversionWarning, match="column-vector y"):
        assert validate_targets([[1], [2]], 2).shape == (2,)
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        assert validate_targets([[1], [2]], 2, multi_output=True).shape == (2, 1)


@pytest.mark.parametrize("multi_output", [False, True])
@pytest.mark.parametrize(
    ("y", "message"),
    [
        ([1, 2, 3, 4], "X has 5 sets, y has 4 values. Pass one value of y a set."),
        ([0, 1, np.nan, 1, 1], "Input y contains NaN: set 2."),
        ([0, 1, 2, np.inf, 1], "Input y contains infinity: set 3."),
        (np.array(["a", None, "b", "c", "d"], object), "Input y contains NaN: set 1."),
        (np.array(["a", "c", "b", np.nan, "d"], object), "Input y contains NaN: set 3."),
        (None, "This AnySets estimator requires y to be passed, but the target y is None."),
        ([1j] * 5, "Complex data not supported"),
    ],
)
def test_bad_targets(y, message, multi_output):
    with pytest.raises(ValueError, match=message):
        validate_targets(y, 5, estimator=AnySets(), multi_output=multi_output)


def test_bad_targets_of_several_outputs():
    with pytest.raises(ValueError, match="Input y contains NaN: set 1."):
        validate_targets([[0.0, 1.0], [1.0, np.nan]], 2, multi_output=True)
    with pytest.raises(ValueError, match=r"y should be a 1d array, got an array of shape \(2, 2\)"):
        validate_targets([[0, 1], [1, 0]], 2)
    with pytest.raises(ValueError, match="y must be numeric, found dtype <U1"):
        validate_targets(["a", "b"], 2, numeric=True)
    with pytest.raises(ValueError, match="requires y"):
        validate_targets(None, 2)


# ---------------------------------------------------------------- errors leave no trace


@pytest.mark.parametrize(
    ("X", "y"),
    [
        ([], []),
        ([np.ones((2, 3)), np.full((1, 3), np.nan)], [0, 1]),
        ([np.ones((2, 3)), np.ones((2, 4))], [0, 1]),
        ([np.ones((2, 3)), np.ones((2, 3))], [0, 1, 2]),
        ([np.ones((2, 3)), np.ones((2, 3))], [0, np.nan]),
        (scipy.sparse.eye(2).tocsr(), [0, 1]),
        ([["a"], ["b", 1]], [0, 1]),
    ],
)
def test_a_failed_fit_leaves_the_estimator_as_it_was(X, y):
    train = with_context(2)
    estimator = MeanRidge().fit(train, [1, 2, 3])
    before, predicted = dict(vars(estimator)), estimator.predict(train)
    with pytest.raises((ValueError, TypeError)):
        estimator.fit(X, y)
    assert vars(estimator) == before
    np.testing.assert_array_equal(estimator.predict(train), predicted)
    fresh = clone(estimator)
    with pytest.raises((ValueError, TypeError)):
        fresh.fit(X, y)
    assert vars(fresh) == {"alpha": 1.0}


# ---------------------------------------------------------------- scikit-learn's tools


@pytest.fixture(scope="module")
def problem():
    """Sets whose target needs both the elements and the context."""
    random = np.random.RandomState(0)
    sets = [random.normal(size=(size, 3)) for size in random.randint(0, 8, size=80)]
    context = random.normal(size=(80, 2))
    X = SetArray.from_sets(sets, context=context)
    y = set_means(X) @ [1.0, -2.0, 3.0, 4.0, 5.0]
    return X, y


def test_splits_and_scores(problem):
    X, y = problem
    X_train, X_test, y_train, y_test = train_test_split(X, y, random_state=0)
    assert MeanRidge(0.01).fit(X_train, y_train).score(X_test, y_test) > 0.99
    assert cross_val_score(MeanRidge(0.01), X, y, cv=KFold(4)).min() > 0.99
    assert cross_val_score(MeanLogistic(), X, y > 0, cv=3).min() > 0.85


def test_cross_val_predict_is_the_loop_over_folds(problem):
    X, y = problem
    wanted = np.empty(len(y))
    for train, test in KFold(4).split(X):
        wanted[test] = MeanRidge().fit(X[train], y[train]).predict(X[test])
    np.testing.assert_array_equal(cross_val_predict(MeanRidge(), X, y, cv=KFold(4)), wanted)


def test_grid_search_in_worker_processes(problem):
    X, y = problem
    search = GridSearchCV(MeanRidge(), {"alpha": [0.01, 100.0]}, n_jobs=2).fit(X, y)
    assert search.best_params_ == {"alpha": 0.01}
    np.testing.assert_array_equal(search.predict(X), MeanRidge(0.01).fit(X, y).predict(X))


def test_pipeline_and_list_of_arrays(problem):
    X, y = problem
    doubled = make_pipeline(FunctionTransformer(lambda X: X.map_values(2 * X.values)), MeanRidge())
    assert cross_val_score(doubled, X, y).mean() > 0.9
    plain = [np.array(s) for s in X]
    assert len(cross_val_predict(MeanRidge(), plain, y)) == 80


def test_nan_that_pads_is_told_from_nan_among_elements():
    X = np.ones((4, 5, 2))
    X[:, 3:] = np.nan
    with pytest.raises(ValueError, match="element 3. Where NaN is padding, use .*from_padded"):
        validate_sets(AnySets(), X, reset=True)
    X[:, 3:] = 1.0
    X[2, 1] = np.nan
    with pytest.raises(ValueError, match="set 2, element 1. Remove such elements, or impute"):
        validate_sets(AnySets(), X, reset=True)
