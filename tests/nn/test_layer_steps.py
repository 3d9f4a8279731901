import pytest
import torch
from layer_cases import make_batch

from sksets.nn import DeepSetsModule, EquivariantLinear, SetBatch, SetNorm


class Centre(torch.nn.Module):
    """A layer of the user's that wants the sets."""

    def forward(self, h, batch):
        mean = h.new_zeros(len(batch), h.shape[1]).index_add(0, batch.set_ids, h)
        mean = mean / batch.sizes.clamp(min=1)[:, None]
        return h - mean.index_select(0, batch.set_ids)


def in_pieces(values, size):
    return [SetBatch(part, torch.tensor([0, len(part)])) for part in values.split(size)]


def test_a_sequence_gives_the_sets_to_the_layers_that_want_them(batch):
    rows, sets = torch.nn.Linear(4, 6), EquivariantLinear(6, 5)
    inner = torch.nn.Sequential(sets, torch.nn.Tanh())
    phi = torch.nn.Sequential(rows, Centre(), inner, SetNorm(5))
    module = DeepSetsModule(4, 2, phi=phi, pooling="max").double()
    h = Centre()(rows(batch.values), batch)
    h = phi[3](torch.tanh(sets(h, batch)), batch)
    torch.testing.assert_close(module.embed(batch), module.pooling(h, batch))


def test_layers_of_sksets_work_on_pieces_and_others_say_that_they_cannot():
    values, size = make_batch((9,)).values, torch.tensor([9])
    whole = SetBatch(values, torch.tensor([0, 9]))
    phi = torch.nn.Sequential(torch.nn.Linear(4, 6), EquivariantLinear(6, 5), SetNorm(5))
    module = DeepSetsModule(4, 2, phi=phi, pooling=("mean", "max")).double()
    torch.testing.assert_close(module.forward_pieces(in_pieces(values, 4), size), module(whole))
    module = DeepSetsModule(4, 2, phi=torch.nn.Sequential(torch.nn.Linear(4, 6), Centre())).double()
    with pytest.raises(NotImplementedError, match="Centre needs all elements of a set at once"):
        module.forward_pieces(in_pieces(values, 4), size)


def test_what_a_phi_or_a_pooling_must_be():
    with pytest.raises(ValueError, match=r"phi must map \(M, 4\) to \(M, h\); given two rows, it"):
        DeepSetsModule(4, 2, phi=torch.nn.Linear(3, 5))
    with pytest.raises(ValueError, match=r"phi must map .* it mapped two rows to shape \(1, 8\)"):
        DeepSetsModule(
            4, 2, phi=torch.nn.Sequential(torch.nn.Flatten(0), torch.nn.Unflatten(0, (1, 8)))
        )
    with pytest.raises(ValueError, match=r"rho must map \(B, 5\) to \(B, 2\); it returned 3 col"):
        DeepSetsModule(4, 2, phi=torch.nn.Linear(4, 5), rho=torch.nn.Linear(5, 3))
