"""What does without torch does not load it: that takes half of the time of an import."""

import subprocess
import sys

import pytest

import sksets

WITHOUT_TORCH = {
    "a SetArray": """
        from sksets import SetArray
        X = SetArray.from_sets([[[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]])
        assert X[1].tolist() == [[3.0, 4.0], [5.0, 6.0]]
    """,
    "preprocessing": """
        from sksets.preprocessing import SetSummarizer
        X = [[[1.0, 2.0]], [[3.0, 4.0], [5.0, 6.0]]]
        table = SetSummarizer(("sum",), ()).fit_transform(X)
        assert table.tolist() == [[1.0, 2.0], [8.0, 10.0]]
    """,
    "Bayesian sets": """
        from sksets import BayesianSets
        BayesianSets().fit([["a", "b"], ["b", "c"]])
    """,
    "support distribution machines": """
        from sksets import SDMClassifier, SDMRegressor, kernels
        SDMClassifier(), SDMRegressor()
    """,
    "data and measures": "from sksets import baselines, datasets, metrics",
}


@pytest.mark.parametrize("code", WITHOUT_TORCH.values(), ids=WITHOUT_TORCH)
def test_torch_is_not_loaded(code):
    code = "\n".join(line.strip() for line in code.splitlines())
    check = 'import sys\nassert "torch" not in sys.modules'
    subprocess.run([sys.executable, "-c", f"{code}\n{check}"], check=True, timeout=120)


def test_networks_are_there_when_they_are_asked_for():
    code = """
import sys, sksets
assert "DeepSetsRegressor" in dir(sksets)
model = sksets.DeepSetsRegressor(max_epochs=1).fit([[[1.0]], [[2.0], [3.0]]], [1.0, 5.0])
from sksets import *
assert type(model) is DeepSetsRegressor and SetExpander is sksets.SetExpander
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_tensors_are_read_when_torch_comes_later():
    code = """
from sksets import SetArray
SetArray.from_sets([[[1.0]]])
import torch
assert SetArray.from_sets([torch.tensor([[2.0], [3.0]])]).values.tolist() == [[2.0], [3.0]]
"""
    subprocess.run([sys.executable, "-c", code], check=True, timeout=120)


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'sksets' has no attribute 'DeepSet'"):
        sksets.DeepSet  # noqa: B018
