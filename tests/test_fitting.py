"""What every fit is wrapped in: parameters are checked first, and an error changes nothing."""

import pytest
from sklearn.base import BaseEstimator

from sksets._compat import StrOptions
from sksets._fitting import fitted, fitting, learning


class Model(BaseEstimator):
    """Learns, and raises what it is given."""

    _parameter_constraints = {"kind": [StrOptions({"a", "b"})]}

    def __init__(self, kind="a"):
        self.kind = kind

    @fitting
    def fit(self, X, error=None):
        """Fit the model."""
        self.learned_ = X
        if error is not None:
            raise error
        return self


@pytest.mark.parametrize("error", [ValueError("y"), KeyboardInterrupt(), SystemExit()])
def test_an_error_leaves_the_attributes_as_they_were(error):
    new, model = Model(), Model().fit(1)
    for estimator, before in ((new, {"kind": "a"}), (model, {"kind": "a", "learned_": 1})):
        with pytest.raises(type(error)):
            estimator.fit(2, error)
        assert vars(estimator) == before


def test_parameters_are_checked_before_anything_is_learned():
    model = Model(kind="c")
    with pytest.raises(ValueError, match="The 'kind' parameter of Model must be a str among"):
        model.fit(1)
    assert not hasattr(model, "learned_")
    assert model.set_params(kind="b").fit(1).learned_ == 1
    assert (Model.fit.__name__, Model.fit.__doc__) == ("fit", "Fit the model.")


def test_what_an_attribute_held_is_given_back_and_what_is_new_goes():
    model = Model().fit([1])
    held = model.learned_
    with pytest.raises(ZeroDivisionError), learning(model) as copied:
        copied.learned_, copied.other_ = [2], 3
        del copied.kind
        1 / 0  # noqa: B018
    assert model.learned_ is held and model.kind == "a" and not hasattr(model, "other_")


def test_an_attribute_that_a_fit_deletes_goes_and_a_parameter_set_meanwhile_stays():
    model = Model().fit([1])
    with learning(model) as copied:
        copied.other_ = 3
        del copied.learned_
        assert vars(model) == {"kind": "a", "learned_": [1]}
        model.set_params(kind="b")
    assert vars(model) == {"kind": "b", "other_": 3}


def test_an_interrupt_is_raised_when_the_estimator_has_what_was_learned():
    class InterruptedModel(Model):
        @fitting
        def fit(self, X):
            self._interrupt = "kept"
            self.learned_ = X

    model = InterruptedModel()
    with pytest.raises(KeyboardInterrupt, match="kept"):
        model.fit(1)
    assert vars(model) == {"kind": "a", "learned_": 1}


def test_a_fit_in_the_middle_of_another_method_does_not_change_what_that_sees():
    class Predictor(Model):
        @fitted
        def predict(self, meanwhile):
            first = self.learned_
            meanwhile()
            self.learned_ = first + self.learned_
            return self.learned_

    model = Predictor().fit(1)
    assert model.predict(lambda: model.fit(10)) == 2
    assert model.learned_ == 10
