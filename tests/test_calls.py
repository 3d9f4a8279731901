"""Calls go down as imports do: a base offers steps, and hardly calls into its subclasses."""

import inspect
import sys

import numpy as np
import pytest

import sksets

MAX_CALLS_UP = 4

RNG = np.random.default_rng(0)
SETS = [RNG.normal(size=(size, 3)) for size in RNG.integers(3, 6, size=30)]
OF_SETS = [float(elements.sum()) for elements in SETS]
OF_ELEMENTS = [elements[:, 0] for elements in SETS]
ITEMS = [[f"w{i}" for i in RNG.permutation(20)[:4]] for _ in range(30)]
FITS = {
    "BayesianSets": (ITEMS,),
    "DeepSetsClassifier": (SETS, np.greater(OF_SETS, 0)),
    "DeepSetsElementClassifier": (SETS, [(y > 0) * 1 for y in OF_ELEMENTS]),
    "DeepSetsElementRegressor": (SETS, OF_ELEMENTS),
    "DeepSetsRegressor": (SETS, OF_SETS),
    "SDMClassifier": (SETS, np.greater(OF_SETS, 0)),
    "SDMRegressor": (SETS, OF_SETS),
    "SetExpander": (ITEMS,),
    "SetOutlierDetector": (SETS,),
}


def owners(class_):
    """Map the code of each method to the class that defines it."""
    by_code = {}
    for base in reversed(class_.__mro__):
        for member in vars(base).values():
            function = inspect.unwrap(getattr(member, "__func__", member))
            if inspect.isfunction(function):
                by_code[function.__code__] = base
    return by_code


def calls_up(estimator, *args):
    """Return the calls, in a fit, from a method of a class of ours into a subclass of that."""
    class_, calls = type(estimator), []
    owner = owners(class_)

    def trace(frame, event, _):
        if event != "call" or frame.f_locals.get("self") is not estimator:
            return
        caller = frame.f_back
        if caller.f_locals.get("self") is not estimator:
            return
        above, below = owner.get(caller.f_code), owner.get(frame.f_code)
        if above and below and above.__module__.startswith("sksets"):
            if above is not below and issubclass(below, above):
                calls.append(f"{above.__name__} -> {below.__name__}.{frame.f_code.co_name}")

    sys.setprofile(trace)
    try:
        estimator.fit(*args)
    finally:
        sys.setprofile(None)
    return calls


def test_every_estimator_is_here():
    assert sorted([*FITS, "SetArray"]) == sksets.__all__


@pytest.mark.parametrize("name", FITS)
def test_a_base_hardly_calls_into_its_subclasses(name):
    class_ = getattr(sksets, name)
    network = hasattr(class_(), "max_epochs")
    calls = calls_up(class_(**({"max_epochs": 1} if network else {})), *FITS[name])
    assert len(calls) <= MAX_CALLS_UP, calls


def test_a_call_into_a_subclass_is_seen():
    class Base(sksets.BayesianSets):
        def fit(self, X):
            return self.step()

        def step(self):
            pass

    class Leaf(Base):
        def step(self):
            return self

    Base.__module__ = "sksets"
    assert calls_up(Leaf(), ITEMS) == ["Base -> Leaf.step"]
