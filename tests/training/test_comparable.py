"""What warm_start takes for the same network."""

import pickle

import numpy as np
import pytest
import torch
from network_cases import sums
from sklearn.base import clone

from sksets import DeepSetsRegressor
from sksets._training.comparable import MAX_KEPT, comparable


class Scale(torch.nn.Module):
    """An encoder of neither weights nor a print of its own."""

    def __init__(self, factor=1.0):
        super().__init__()
        self.factor = factor

    def forward(self, values):
        return values * self.factor


def linear(seed):
    torch.manual_seed(seed)
    return torch.nn.Linear(2, 4)


SAME = [
    ({"phi_layer_sizes": (8, 8)}, {"phi_layer_sizes": [8, 8]}),
    ({"phi_layer_sizes": (8, 8)}, {"phi_layer_sizes": np.array([8, 8])}),
    ({"device": "cpu"}, {"device": torch.device("cpu")}),
    ({"device": "cpu"}, {"device": "auto"}),
    ({"pooling": ("sum", "max")}, {"pooling": ["sum", "max"]}),
    ({"weight_decay": 0.5}, {"weight_decay": np.float64(0.5)}),
    ({"element_encoder": linear(0)}, {"element_encoder": linear(0)}),
    ({"element_encoder": Scale(2.0)}, {"element_encoder": Scale(2.0)}),
]
OTHER = [
    ({"phi_layer_sizes": (8, 8)}, {"phi_layer_sizes": (8,)}),
    ({"element_encoder": linear(0)}, {"element_encoder": linear(1)}),
    ({"element_encoder": Scale(2.0)}, {"element_encoder": Scale(3.0)}),
    ({"element_encoder": Scale(2.0)}, {"element_encoder": None}),
    ({"element_encoder": torch.nn.ReLU()}, {"element_encoder": torch.nn.GELU()}),
]


def start(parameters):
    X, y = sums(30)
    parameters = {"device": "cpu"} | parameters
    model = DeepSetsRegressor(max_epochs=1, warm_start=True, random_state=0, **parameters)
    return model.fit(X, y), X, y


@pytest.mark.parametrize(("built", "now"), SAME)
def test_the_same_parameters_in_another_form_go_on(built, now):
    model, X, y = start(built)
    assert model.set_params(**now).fit(X, y).n_iter_ == 2
    again = pickle.loads(pickle.dumps(model))  # noqa: S301
    parameters = clone(model).get_params(deep=False)
    assert again.set_params(**parameters).partial_fit(X, y).n_iter_ == 3


@pytest.mark.parametrize(("built", "now"), OTHER)
def test_parameters_that_build_another_network_are_refused(built, now):
    model, X, y = start(built)
    expected = model.predict(X)
    name = next(iter(now))
    with pytest.raises(ValueError, match=f"built with {name}=.*; found {name}=") as caught:
        model.set_params(**now).fit(X, y)
    assert len(str(caught.value)) <= 500
    np.testing.assert_array_equal(model.predict(X), expected)


def test_a_module_that_is_changed_in_place_is_another():
    encoder = linear(0)
    model, X, y = start({"element_encoder": encoder})
    with torch.no_grad():
        encoder.weight += 1
    with pytest.raises(ValueError, match="built with element_encoder="):
        model.fit(X, y)


def test_layers_that_cannot_be_pickled_are_equal_to_themselves():
    encoder = Scale()
    encoder.function = lambda x: x
    assert comparable(encoder) == comparable(encoder)
    other = Scale()
    other.function = lambda x: x
    assert comparable(encoder) != comparable(other)


def test_long_lists_are_kept_short():
    words = [f"word {i}" for i in range(MAX_KEPT + 1)]
    short = comparable(words)
    assert len(short) < 50
    assert short == comparable(np.array(words)) != comparable([*words[:-1], "other"])
    assert comparable({"a": np.array([1])}) == {"a": [1]}
