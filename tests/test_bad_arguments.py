"""Bad arguments of every public call end in one clear error, and none in another library's."""

import re
import traceback
import warnings

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
import scipy.sparse
import torch
from argument_cases import calls
from test_layout import public_methods, public_objects

# Each argument gets one in so many of the values, another share in each call; 1 walks them all,
# which takes minutes.
SHARE = 6
LONGEST = 500
# Where scikit-learn checks arguments, arrays, and pairs of targets and predictions.
VALIDATION = (
    "/sklearn/utils/_param_validation.py",
    "/sklearn/utils/validation.py",
    "/sklearn/utils/_array_api.py",
    "/sklearn/metrics/_",
)
CALLS = calls()


def _nested(layout):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # the layout "strided" is a prototype
        parts = [torch.zeros(2, 2), torch.zeros(3, 2)]
        return torch.nested.nested_tensor(parts, layout=layout)


def _union():
    types, values = pa.array([0, 1], type=pa.int8()), [pa.array([1, 2]), pa.array(["x", "y"])]
    return pa.table({"a": pa.UnionArray.from_sparse(types, values)})


PALETTE = {
    "None": lambda: None,
    "text": lambda: "bad",
    "-1": lambda: -1,
    "0": lambda: 0,
    "1.5": lambda: 1.5,
    "nan": lambda: float("nan"),
    "inf": lambda: float("inf"),
    "2**70": lambda: 2**70,
    "True": lambda: True,
    "list": lambda: [],
    "dict": lambda: {},
    "object": object,
    "bytes": lambda: b"\xff",
    "complex": lambda: 1j,
    "set": lambda: {1, 2},
    "function": lambda: lambda: 0,
    "class": lambda: dict,
    "ragged numbers": lambda: [[1], [2, 3]],
    "strings": lambda: ["a", "b"],
    "mixed": lambda: [1, "a", None],
    "nans": lambda: [float("nan")] * 6,
    "no rows": lambda: np.empty((0, 2)),
    "no dimension": lambda: np.array(3),
    "four dimensions": lambda: np.zeros((2, 2, 2, 2)),
    "objects": lambda: np.array([object(), None], dtype=object),
    "dates": lambda: np.array(["2020-01-01"] * 6, dtype="M8[D]"),
    "masked": lambda: np.ma.masked_all((6, 2)),
    "sparse": lambda: scipy.sparse.csr_array(np.eye(3)),
    "tensor": lambda: torch.zeros(3, 2),
    "torch scalar": lambda: torch.tensor(4),
    "nested tensor": lambda: _nested(torch.strided),
    "jagged tensor": lambda: _nested(torch.jagged),
    "meta tensor": lambda: torch.zeros(2, 2, device="meta"),
    "sparse tensor": lambda: torch.eye(3).to_sparse(),
    "numpy integer": lambda: np.int64(3),
    "numpy float": lambda: np.float32(0.3),
    "same names": lambda: pd.DataFrame(np.ones((6, 2)), columns=["a", "a"]),
    "sparse column": lambda: pd.DataFrame({"a": pd.arrays.SparseArray([1.0, 0, 0, 0, 0, 2])}),
    "union column": _union,
    "path": lambda: "/nonexistent/path",
    "generator": lambda: (i for i in range(3)),
    "ragged": lambda: [np.zeros((2, 2)), np.zeros((2, 3))],
    "deep": lambda: [[[["a"]]]],
}
# What is no error, and takes for ever.
LEFT_OUT = {("max_epochs", "2**70")}
# Calls that are left out, and why.
UNWALKED = {
    "sksets.SetArray.from_anndata": "takes an AnnData, which the tests of containers have",
    "sksets.exceptions.SizeExtrapolationWarning": "takes what any warning takes",
    "sksets.plotting.ElementContributionDisplay": "stores what from_contributions has checked",
    "sksets.plotting.ElementPredictionDisplay": "stores what from_predictions has checked",
    "sksets.plotting.ExpansionDisplay": "stores what from_rankings has checked",
    "sksets.plotting.MaximalActivationDisplay": "stores what from_result has checked",
    "sksets.plotting.PointCloudDisplay": "stores what from_sets has checked",
    "sksets.plotting.PopulationStatisticDisplay": "stores what from_predictions has checked",
    "sksets.plotting.SetOutlierDisplay": "stores what from_predictions has checked",
}


def fault_of(error, path):
    """Say what is wrong with an error, or None."""
    last = traceback.extract_tb(error.__traceback__)[-1].filename.replace("\\", "/")
    if ".fetch_" in path and isinstance(error, FileNotFoundError):
        return None  # the data are not there, and the message holds the ways to get them
    # IndexError: of SetArray.take, as of any sequence.
    if not isinstance(error, ValueError | TypeError | IndexError):
        return "is no ValueError or TypeError"
    if "/sksets/" not in last and not any(part in last for part in VALIDATION):
        return f"ends in {last}"
    return f"has {len(str(error))} characters" if len(str(error)) > LONGEST else None


@pytest.fixture
def nowhere(tmp_path, monkeypatch):
    """A folder without data, to which relative paths lead."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("SKSETS_DATA", str(tmp_path))
    yield
    plt.close("all")


@pytest.mark.parametrize("path", CALLS)
def test_bad_arguments(path, nowhere):
    function, good, names = CALLS[path]
    faults = []
    start = list(CALLS).index(path)
    for i, name in enumerate(names):
        for j, (kind, make) in enumerate(PALETTE.items()):
            if (start + i + j) % SHARE or (name, kind) in LEFT_OUT:
                continue
            try:
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore")
                    function(**{**good, name: make()})
            except Exception as error:
                if fault := fault_of(error, path):
                    faults.append(f"{name}={kind}: {type(error).__name__} {fault}: {error!s:.200}")
    assert not faults, "\n".join(faults)


def test_every_public_call_is_walked():
    paths = set()
    for path, value in public_objects().items():
        if callable(value) and not path.startswith("sksets.nn."):
            paths.add(path)
            methods = public_methods(value) if isinstance(value, type) else ()
            paths |= {f"{path}.{name}" for name, _ in methods}
    assert paths - set(CALLS) == set(UNWALKED)


def test_a_fault_is_seen():
    def foreign():
        return pd.DataFrame({"a": [1]})["b"]

    for function, fault in (
        (foreign, "is no ValueError"),
        (lambda: np.testing.assert_array_equal(1, 2), "is no ValueError"),
        (lambda: pd.Series([1, 2]).__bool__(), "ends in .*pandas"),
    ):
        with pytest.raises(Exception) as caught:
            function()
        assert re.search(fault, fault_of(caught.value, ""))
