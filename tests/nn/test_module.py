import pytest
import torch
from layer_cases import make_batch
from torch import nn

from sksets.nn import DeepSetsModule, ElementDeepSetsModule, SetBatch, SetModule

METHODS = {
    "steps",
    "forward",
    "forward_pieces",
    "embed",
    "embed_pieces",
    "element_features",
    "element_features_pieces",
    "embed_without_each",
    "embed_without_each_pieces",
    "forward_without_each",
    "forward_without_each_pieces",
}


def call(module, method):
    batch, size = make_batch((3,), dtype=torch.float32), torch.tensor([3])
    pieces = method.endswith("_pieces")
    return getattr(module, method)(*([batch], size) if pieces else (batch,))


class Constant(SetModule):
    """A network of one method, with a name of its own."""

    def forward(self, batch):
        return torch.ones(len(batch), 1)


@pytest.mark.parametrize("method", sorted(METHODS - {"forward"}))
def test_a_method_that_a_network_does_not_have(method):
    assert call(Constant(), "forward").tolist() == [[1.0]]
    with pytest.raises(NotImplementedError, match=rf"^Constant has no {method}\.$"):
        call(Constant(), method)


def test_the_base_has_none():
    for method in METHODS:
        with pytest.raises(NotImplementedError, match=rf"^SetModule has no {method}\.$"):
            call(SetModule(), method)


@pytest.mark.parametrize("method", ["embed", "embed_pieces"])
def test_outputs_of_elements_are_not_an_embedding_of_the_set(method):
    with pytest.raises(NotImplementedError, match=rf"^ElementDeepSetsModule has no {method}\.$"):
        call(ElementDeepSetsModule(4, 1), method)


@pytest.mark.parametrize("method", ["forward", "embed"])
def test_pieces_of_a_network_of_sets(method):
    module, batch = DeepSetsModule(4, 1), make_batch((3,), dtype=torch.float32)
    pieces = [SetBatch(rows[None], torch.tensor([0, 1])) for rows in batch.values]
    in_pieces = getattr(module, f"{method}_pieces")(pieces, torch.tensor([3]))
    torch.testing.assert_close(in_pieces, getattr(module, method)(batch))
    assert isinstance(module, SetModule) and isinstance(module, nn.Module)
