"""Graphs as PyG holds them: objects with ``x`` and ``batch`` or ``ptr``, without PyG."""

from types import SimpleNamespace

import numpy as np
import pytest
import torch

from sksets import SDMRegressor, SetArray
from sksets._set_array.reading import as_set_array

NODES = torch.tensor([[1.0, 2.0], [3.0, 4.0], [5.0, 6.0]])
EDGES = torch.zeros((2, 0), dtype=torch.long)


def graph(x, **more):
    return SimpleNamespace(**{"x": x, "edge_index": EDGES, "batch": None, "ptr": None} | more)


BATCHES = {
    "ptr": graph(NODES, ptr=torch.tensor([0, 2, 2, 3])),
    "batch": graph(NODES, batch=torch.tensor([0, 0, 2])),
    "no edges": SimpleNamespace(x=NODES, batch=torch.tensor([0, 0, 2])),
    "positions": graph(None, pos=NODES, batch=torch.tensor([0, 0, 2])),
    "gradient": graph(NODES.clone().requires_grad_(), batch=torch.tensor([0, 0, 2])),
    "list": [graph(NODES[:2]), graph(NODES[:0]), graph(None, pos=NODES[2:])],
    "dict": {"a": graph(NODES[:2]), "b": graph(NODES[:0]), "c": graph(NODES[2:])},
}


@pytest.mark.parametrize("read", [as_set_array, SetArray.from_sets])
@pytest.mark.parametrize("batch", BATCHES.values(), ids=BATCHES)
def test_nodes_are_the_elements(batch, read):
    X = read(batch)
    assert X.sizes.tolist() == [2, 0, 1] and X.values.tolist() == NODES.tolist()


def test_fit_takes_a_batch():
    random = np.random.RandomState(0)
    sets = [random.normal(size=(3, 2)) for _ in range(6)]
    y = np.arange(6.0)
    batch = graph(np.concatenate(sets), ptr=np.arange(0, 19, 3))
    expected = SDMRegressor(random_state=0).fit(sets, y).predict(sets)
    np.testing.assert_array_equal(
        SDMRegressor(random_state=0).fit(batch, y).predict(batch), expected
    )


@pytest.mark.parametrize(
    ("X", "error", "message"),
    [
        (graph(NODES), TypeError, "one graph, expected one a set. Pass a batch or a list of"),
        ([BATCHES["ptr"]], TypeError, r"Set 0 is a .*several graphs. .*batch.to_data_list\(\)"),
        ([graph(NODES), graph(None)], ValueError, "Set 1 is a .* whose nodes have neither x nor"),
        (graph(None, ptr=[0]), ValueError, "X is a .* whose nodes have neither x nor pos"),
        (graph(NODES, batch=[1, 0, 1]), ValueError, "of the 3 nodes, in ascending order"),
        (graph(NODES, batch=[0, 1]), ValueError, r"ascending order; found shape \(2,\)"),
        (graph(NODES, ptr=[0, 2]), ValueError, "to the number of elements, 3; found 0 to 2"),
        ([graph(NODES), graph(NODES[:, :1])], ValueError, "set 1 has 1, set 0 has 2"),
    ],
)
def test_what_is_no_batch(X, error, message):
    with pytest.raises(error, match=message):
        as_set_array(X)
