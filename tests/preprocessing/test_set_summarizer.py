"""Statistics of sets, against a loop."""

import numpy as np
import pytest
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksets import SetArray
from sksets.preprocessing import SetSummarizer


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
