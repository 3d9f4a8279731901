"""Targets of sets in any container, and those of elements where they are not due."""

import os

import numpy as np
import pandas as pd
import pytest
import sklearn
import torch

from sksets import DeepSetsClassifier, DeepSetsRegressor, SDMRegressor, SetArray


@pytest.mark.parametrize("class_", [DeepSetsRegressor, DeepSetsClassifier, SDMRegressor])
@pytest.mark.parametrize("method", ["fit", "score"])
def test_targets_of_elements_where_those_of_sets_are_due(class_, method):
    X = [np.eye(3)[:, :2], np.eye(2), np.ones((4, 2))]
    labels = [np.array([0, 1, 0]), np.array([1, 0]), np.array([0, 1, 1, 0])]
    model = class_()
    if method == "score":
        small = {"max_epochs": 1} if hasattr(model, "max_epochs") else {}
        model = class_(**small).fit(X, [0, 1, 1])
    flat = np.concatenate(labels)
    objects = np.empty(3, dtype=object)
    objects[:] = labels
    tensors = list(map(torch.tensor, labels))
    for y in (
        labels,
        objects,
        pd.Series(labels),
        SetArray(flat, [0, 3, 5, 9]),
        torch.nested.nested_tensor(tensors, layout=torch.jagged),
    ):
        text = "set.* For one value an element, use DeepSetsElementRegressor or DeepSetsElementCla"
        with pytest.raises(ValueError, match=text):
            getattr(model, method)(X, y)
    if method == "fit":
        text = "X has 3 sets, y has 9 values.* use DeepSetsElementRegressor"
        with pytest.raises(ValueError, match=text):
            model.fit(X, flat)


@pytest.mark.parametrize("layout", [torch.strided, torch.jagged])
@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors")
def test_nested_tensors_are_sets(layout):
    arrays = [np.arange(6.0).reshape(3, 2), np.ones((2, 2)), np.zeros((4, 2))]
    X = torch.nested.nested_tensor(list(map(torch.tensor, arrays)), layout=layout)
    model = SDMRegressor()
    expected = model.fit(arrays, [0.0, 1.0, 2.0]).predict(arrays)
    np.testing.assert_array_equal(model.fit(X, [0.0, 1.0, 2.0]).predict(X), expected)


@pytest.mark.skipif("SCIPY_ARRAY_API" not in os.environ, reason="scipy reads it when imported")
def test_weights_where_scikit_learn_dispatches_to_torch():
    arrays, y = [np.eye(2), np.ones((2, 2)), np.zeros((4, 2))], [0.0, 1.0, 2.0]
    weight = torch.tensor([1.0, 2.0, 1.0])
    expected = SDMRegressor().fit(arrays, y, weight.numpy()).predict(arrays)
    with sklearn.config_context(array_api_dispatch=True):
        model = SDMRegressor().fit(arrays, torch.tensor(y), weight)
        np.testing.assert_array_equal(model.predict(arrays), expected)
