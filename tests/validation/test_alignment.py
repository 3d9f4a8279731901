"""Names and keys at the door: order of columns at predict, pandas targets by their index."""

import numpy as np
import pandas as pd
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from sklearn.base import clone
from sklearn.model_selection import GridSearchCV, cross_val_predict
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sksets import (
    DeepSetsClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SDMRegressor,
    SetArray,
    SetOutlierDetector,
)
from sksets.baselines import CooccurrenceRanker
from sksets.preprocessing import (
    ElementTransformer,
    MeanMapFeatures,
    NeighborFeatures,
    SetNormalizer,
    SetSampler,
    SetSummarizer,
)

RNG = np.random.default_rng(0)
FRAMES = [pd.DataFrame(RNG.normal([0, 10], [1, 5], (3, 2)), columns=["a", "b"]) for _ in range(30)]
SUMS = np.array([frame.a.sum() for frame in FRAMES])
LONG = pd.DataFrame({"key": RNG.permutation(np.repeat(np.arange(20), 4)), "x": RNG.normal(size=80)})
KEYED = SetArray.from_frame(LONG, "key", ["x"])
BY_KEY = LONG.groupby("key").x.sum()


def network(**options):
    return DeepSetsRegressor(max_epochs=2, random_state=0, **options)


@pytest.mark.parametrize(
    "estimator",
    [
        network(),
        SDMRegressor(),
        SetSummarizer(),
        NeighborFeatures(),
        SetNormalizer(),
        SetSampler(2, random_state=0),
        MeanMapFeatures(n_components=5, random_state=0),
        ElementTransformer(StandardScaler()),
    ],
    ids=lambda estimator: type(estimator).__name__,
)
def test_columns_are_those_of_fit_in_their_order(estimator):
    estimator = clone(estimator).fit(FRAMES, SUMS)
    assert estimator.feature_names_in_.tolist() == ["a", "b"]
    use = getattr(estimator, "predict", None) or estimator.transform
    use(FRAMES)
    with pytest.raises(ValueError, match="must be in the same order as they were in fit"):
        use([frame[["b", "a"]] for frame in FRAMES])
    with pytest.raises(ValueError, match="unseen at fit time:\n- c\n.*now missing:\n- b\n"):
        use([frame.rename(columns={"b": "c"}) for frame in FRAMES])
    with pytest.warns(UserWarning, match="X does not have valid feature names, but"):
        use([frame.to_numpy() for frame in FRAMES])


def test_names_that_fit_did_not_see():
    model = network().fit([frame.to_numpy() for frame in FRAMES], SUMS)
    assert not hasattr(model, "feature_names_in_")
    with pytest.warns(UserWarning, match="was fitted without feature names"):
        model.predict(FRAMES)


def test_a_table_with_names_is_compared_with_sets_that_have_names():
    model = network().fit(FRAMES[0], [1.0, 2.0, 3.0])
    assert_array_equal(model.feature_names_in_, ["a", "b"])
    model.predict(SetArray.from_sets([FRAMES[0]]))
    with pytest.raises(ValueError, match="must be in the same order"):
        model.predict([FRAMES[0][["b", "a"]]])


def test_transformers_keep_names_and_pipelines_compare_them():
    scaled = ElementTransformer(StandardScaler()).fit_transform(FRAMES)
    assert scaled.feature_names.tolist() == ["a", "b"]
    assert SetNormalizer().fit_transform(FRAMES).feature_names.tolist() == ["a", "b"]
    names = SetSummarizer(statistics=("mean",), quantiles=()).fit(FRAMES).get_feature_names_out()
    assert names.tolist() == ["mean_a", "mean_b"]
    model = make_pipeline(ElementTransformer(StandardScaler()), network()).fit(FRAMES, SUMS)
    assert model[-1].feature_names_in_.tolist() == ["a", "b"]


def test_names_of_the_context():
    X = SetArray.from_sets(FRAMES, context=pd.DataFrame({"age": SUMS, "dose": SUMS}))
    for transformer in (SetSummarizer(), MeanMapFeatures(n_components=2, random_state=0)):
        names = transformer.fit(X).get_feature_names_out()
        assert names[-2:].tolist() == ["age", "dose"]
    model = network().fit(X, SUMS)
    swapped = X.with_context(X.context, ["dose", "age"])
    with pytest.raises(ValueError, match=r"columns \['dose', 'age'\], but DeepSetsRegressor was"):
        model.predict(swapped)


@pytest.mark.parametrize("cls", [DeepSetsRegressor, DeepSetsClassifier, SDMRegressor])
def test_a_pandas_target_is_aligned_to_the_keys(cls):
    y = (BY_KEY > 0).astype(int) if cls is DeepSetsClassifier else BY_KEY
    by_position = y.loc[KEYED.keys].to_numpy()
    model = cls(random_state=0)
    expected = clone(model).fit(KEYED, by_position)
    aligned = clone(model).fit(KEYED, y, sample_weight=pd.Series(1.0, index=y.index[::-1]))
    assert_allclose(aligned.predict(KEYED), expected.predict(KEYED))
    assert aligned.score(KEYED, y) == expected.score(KEYED, by_position)
    assert expected.score(KEYED, by_position) > 0.8
    joined = pd.Series(aligned.predict(KEYED), index=KEYED.keys)
    assert np.corrcoef(joined.loc[y.index], y)[0, 1] > 0.8


def test_targets_of_more_sets_are_looked_up():
    part = network().fit(KEYED[5:], BY_KEY)
    assert_allclose(
        part.predict(KEYED),
        network().fit(KEYED[5:], BY_KEY.loc[KEYED.keys[5:]].to_numpy()).predict(KEYED),
    )


def test_targets_that_cannot_be_aligned():
    missing = KEYED.keys[3]
    with pytest.raises(ValueError, match=f"not that of set 3, {missing}"):
        network().fit(KEYED, BY_KEY.drop(missing))
    with pytest.raises(ValueError, match="index of y holds 0 twice"):
        network().fit(KEYED, pd.concat([BY_KEY, BY_KEY[:1]]))
    for index in (pd.RangeIndex(20), [f"s{i}" for i in range(20)]):
        with pytest.warns(UserWarning, match="y is read by position"):
            network().fit(KEYED, BY_KEY.set_axis(index))


def test_what_has_no_keys_is_read_by_position():
    sets = list(KEYED)
    y = BY_KEY.to_numpy()
    expected = network().fit(sets, y).predict(sets)
    assert_allclose(network().fit(sets, BY_KEY).predict(sets), expected)
    assert_allclose(network().fit(KEYED, y).predict(KEYED), expected)


def test_searches_split_keys_and_targets_alike():
    y = BY_KEY.loc[KEYED.keys]
    predicted = cross_val_predict(network(), KEYED, y, cv=2)
    assert_allclose(predicted, cross_val_predict(network(), KEYED, y.to_numpy(), cv=2))
    GridSearchCV(network(), {"pooling": ["sum", "mean"]}, cv=2).fit(KEYED, y)


def test_targets_of_elements_outliers_and_items_are_aligned_as_well():
    order = KEYED.keys
    elements = BY_KEY.index.map(lambda key: LONG.x[LONG.key == key].to_numpy() ** 2)
    elements = pd.Series(list(elements), index=BY_KEY.index)
    reg = DeepSetsElementRegressor(max_epochs=2, random_state=0)
    expected = reg.fit(KEYED, list(elements.loc[order])).predict(KEYED)
    for part, other in zip(reg.fit(KEYED, elements).predict(KEYED), expected, strict=True):
        assert_array_equal(part, other)
    assert reg.score(KEYED, elements) == reg.score(KEYED, list(elements.loc[order]))
    index = pd.Series(np.arange(20) % 4, index=BY_KEY.index)
    detector = SetOutlierDetector(max_epochs=2, random_state=0)
    expected = detector.fit(KEYED, index.loc[order].to_numpy()).predict_index(KEYED)
    assert_array_equal(detector.fit(KEYED, index).predict_index(KEYED), expected)
    items = SetArray([["a", "b"][i % 2] for i in range(20)], np.arange(21), keys=order)
    hidden = pd.Series([f"h{key % 3}" for key in BY_KEY.index], index=BY_KEY.index)
    ranker = CooccurrenceRanker()
    expected = ranker.fit(items, hidden.loc[order].tolist()).cooccurrence_
    assert_array_equal(ranker.fit(items, hidden).cooccurrence_.toarray(), expected.toarray())


def test_the_index_of_a_part_of_a_frame_is_no_default_index():
    """Of 0, 1, 2, ... a part is counted as well, but tells which rows it has."""
    frame = pd.DataFrame({"cells": pd.Series(FRAMES, dtype=object), "y": SUMS})
    expected = SDMRegressor().fit(FRAMES[10:], SUMS[10:]).predict(FRAMES)
    part = frame[10:]
    for y in (part["y"], part["y"].to_numpy(), part["y"][::-1]):
        assert_array_equal(SDMRegressor().fit(part["cells"], y).predict(FRAMES), expected)
