"""Ctrl-C, at any moment: what whole epochs learned is kept, or the estimator stays as it was."""

import inspect
import sys
import warnings
from pathlib import Path

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal
from sklearn.base import clone
from sklearn.exceptions import NotFittedError
from sklearn.model_selection import GridSearchCV, cross_val_score
from skorch.callbacks import Callback, EarlyStopping

from sksets import DeepSetsClassifier, DeepSetsRegressor

SETS = [np.full((size, 2), size / 4.0) for size in (1, 0, 2, 3, 4, 1, 2, 3)] * 4
Y = np.array([len(s) for s in SETS]) % 2 + 0.0


class CtrlC(Callback):
    """Presses Ctrl-C in one batch of one epoch, in training or in validation."""

    def __init__(self, epoch, batch=1, training=True):
        self.epoch, self.batch, self.training = epoch, batch, training

    def on_epoch_begin(self, net, **kwargs):
        self.n_batches_ = {True: 0, False: 0}

    def on_batch_end(self, net, training, **kwargs):
        self.n_batches_[training] += 1
        if (len(net.history), self.n_batches_[self.training]) == (self.epoch, self.batch):
            if training == self.training:
                raise KeyboardInterrupt


def make(cls, **parameters):
    return cls(max_epochs=6, batch_size=8, random_state=0, **parameters)


@pytest.mark.parametrize("cls", [DeepSetsRegressor, DeepSetsClassifier])
@pytest.mark.parametrize("early_stopping", [False, True])
@pytest.mark.parametrize("schedule", ["onecycle", "plateau"])
def test_an_interrupt_keeps_what_whole_epochs_learned(cls, early_stopping, schedule):
    model = make(cls, early_stopping=early_stopping, learning_rate=schedule, warm_start=True)
    model.set_params(callbacks=[CtrlC(epoch=4, batch=2)])
    with pytest.raises(KeyboardInterrupt, match="keeps what it learned in 3 epochs"):
        model.fit(SETS, Y)
    assert model.n_iter_ == len(model.history_) == 3
    assert np.isfinite(model.predict(SETS)).all()
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        model.set_params(callbacks=None).fit(SETS, Y)
    assert [row["epoch"] for row in model.history_] == list(range(1, 10))


def test_an_interrupt_in_the_validation_drops_its_epoch():
    model = make(DeepSetsRegressor, early_stopping=True)
    model.set_params(callbacks=[CtrlC(epoch=2, training=False)])
    with pytest.raises(KeyboardInterrupt, match="keeps what it learned in 1 epoch\\."):
        model.fit(SETS, Y)
    assert [set(row) for row in model.history_] == [{"epoch", "train_loss", "valid_loss"}]


def test_early_stopping_goes_back_to_the_best_epoch_before_the_interrupt():
    model = make(DeepSetsRegressor, early_stopping=True, learning_rate="constant")
    expected = model.set_params(max_epochs=2).fit(SETS, Y).predict(SETS)
    assert model.history_[1]["valid_loss"] < model.history_[0]["valid_loss"]
    model.set_params(max_epochs=6, callbacks=[CtrlC(epoch=3)])
    with pytest.raises(KeyboardInterrupt, match="keeps what it learned in 2 epochs"):
        model.fit(SETS, Y)
    assert_array_equal(model.predict(SETS), expected)


@pytest.mark.parametrize("cls", [DeepSetsRegressor, DeepSetsClassifier])
@pytest.mark.parametrize("verbose", [0, 1])
def test_an_interrupt_in_the_first_epoch_leaves_a_new_estimator_as_it_was(cls, verbose, capsys):
    model = make(cls, callbacks=[CtrlC(epoch=1)], verbose=verbose)
    before = dict(vars(model))
    with pytest.raises(KeyboardInterrupt, match="before the first epoch of this fit ended"):
        model.fit(SETS, Y)
    assert vars(model) == before
    with pytest.raises(NotFittedError):
        model.predict(SETS)
    assert len(model.set_params(callbacks=None).fit(SETS, Y).history_) == 6


@pytest.mark.parametrize("warm_start", [False, True])
def test_an_interrupt_in_the_first_epoch_leaves_a_fitted_estimator_as_it_was(warm_start):
    model = make(DeepSetsRegressor).fit(SETS, Y)
    expected = model.predict(SETS)
    first = 7 if warm_start else 1
    model.set_params(warm_start=warm_start, callbacks=[CtrlC(epoch=first)])
    with pytest.raises(KeyboardInterrupt):
        model.fit(SETS, Y + 100)
    assert_array_equal(model.predict(SETS), expected)
    assert model.n_iter_ == len(model.history_) == 6
    model.set_params(callbacks=[CtrlC(epoch=1)])
    with pytest.raises(KeyboardInterrupt):
        model.partial_fit(SETS, Y + 100)
    assert_array_equal(model.predict(SETS), expected)


@pytest.mark.parametrize("cls", [DeepSetsRegressor, DeepSetsClassifier])
def test_an_interrupt_ends_a_search_and_not_one_fit_of_it(cls):
    class CtrlCInOneFit(CtrlC):
        n_fits = 0

        def on_train_begin(self, net, **kwargs):
            type(self).n_fits += 1
            self.epoch = 2 if self.n_fits == 2 else 100

    model = make(cls, callbacks=[CtrlCInOneFit(epoch=2)])
    for search in (
        lambda: GridSearchCV(model, {"pooling": ["sum", "mean"]}, cv=2).fit(SETS, Y),
        lambda: cross_val_score(model, SETS, Y, cv=4),
    ):
        CtrlCInOneFit.n_fits = 0
        with pytest.raises(KeyboardInterrupt, match="keeps what it learned in 1 epoch"):
            search()
        assert CtrlCInOneFit.n_fits == 2


class InterruptedCall:
    """Presses Ctrl-C at the beginning of one call of a function of sksets or skorch."""

    def __init__(self, at):
        self.at, self.n_calls = at, 0

    def __call__(self, frame, event, arg):
        packages = Path(frame.f_code.co_filename).parts
        # Of a generator the profiler sees each step, the last of which may be Python closing it:
        # what is raised there is lost.
        is_generator = frame.f_code.co_flags & inspect.CO_GENERATOR
        if event == "call" and not is_generator and {"sksets", "skorch"} & set(packages):
            self.n_calls += 1
            if self.n_calls == self.at:
                raise KeyboardInterrupt

    def fit(self, model):
        sys.setprofile(self)
        try:
            model.fit(SETS, Y)
        finally:
            sys.setprofile(None)


@pytest.mark.parametrize("early_stopping", [False, True])
def test_an_interrupt_at_any_call_is_raised_and_leaves_a_whole_estimator(early_stopping):
    model = make(DeepSetsRegressor, early_stopping=early_stopping, learning_rate="plateau")
    model.set_params(pooling="sum")
    every = InterruptedCall(0)
    every.fit(model)
    kept = set()
    for at in np.linspace(1, every.n_calls, 60).astype(int):
        new = clone(model)
        with pytest.raises(KeyboardInterrupt):
            InterruptedCall(at).fit(new)
        if hasattr(new, "net_"):
            assert len(new.history_) == new.n_iter_ > 0
            assert np.isfinite(new.predict(SETS)).all()
            kept.add(new.n_iter_)
        else:
            assert vars(new) == new.get_params()
    # Between the last epoch and the end there are few calls.
    assert {1, 2, 3, 4, 5} <= kept <= {1, 2, 3, 4, 5, 6}


@pytest.mark.parametrize("stopper", [EarlyStopping("train_loss", patience=1, threshold=10.0), None])
def test_a_callback_that_stops_the_training_is_no_interrupt(stopper):
    class Stopper(Callback):
        def on_epoch_end(self, net, **kwargs):
            if len(net.history) == 2:
                raise KeyboardInterrupt

    model = make(DeepSetsRegressor, callbacks=[stopper or Stopper()]).fit(SETS, Y)
    assert model.n_iter_ == len(model.history_) == 2


class InterruptedEncoder(torch.nn.Module):
    """Presses Ctrl-C in the prediction of a set of large elements."""

    def forward(self, values):
        if not self.training and (values > 1e6).any():
            raise KeyboardInterrupt
        return values


@pytest.mark.parametrize("method", ["predict", "transform", "score"])
def test_an_interrupt_in_a_prediction_changes_nothing(method):
    model = make(DeepSetsRegressor, element_encoder=InterruptedEncoder()).fit(SETS, Y)
    expected = model.predict(SETS)
    before = dict(vars(model))
    large = [1e9 * s for s in SETS]
    with pytest.raises(KeyboardInterrupt):
        getattr(model, method)(*((large, Y) if method == "score" else (large,)))
    assert vars(model) == before
    assert_array_equal(model.predict(SETS), expected)


def test_early_stopping_restores_the_best_weights():
    rng = np.random.default_rng(0)
    X = [rng.normal(size=(4, 3)) for _ in range(120)]
    y = rng.integers(0, 2, size=120)
    clf = DeepSetsClassifier(
        pooling="sum",
        max_epochs=100,
        early_stopping=True,
        n_iter_no_change=5,
        validation_fraction=0.3,
        random_state=0,
    ).fit(X, y)
    losses = [row["valid_loss"] for row in clf.history_]
    assert clf.n_iter_ < clf.max_epochs
    assert clf.n_iter_ == np.argmin(losses) + 1 + 5
    best = clf.set_params(early_stopping=True, max_epochs=int(np.argmin(losses)) + 1)
    expected = best.fit(X, y).history_[-1]["valid_loss"]
    assert expected == pytest.approx(min(losses), rel=0.2)
