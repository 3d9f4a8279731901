import torch

from sksets.nn import SetBatch


def test_indices_are_made_from_offsets():
    batch = SetBatch(torch.zeros(4, 2), torch.tensor([0, 1, 1, 4]), torch.zeros(3, 5))
    assert len(batch) == 3
    assert batch.sizes.tolist() == [1, 0, 3] and batch.sizes.dtype == torch.int64
    assert batch.set_ids.tolist() == [0, 2, 2, 2] and batch.set_ids.dtype == torch.int64


def test_no_sets():
    batch = SetBatch(torch.zeros(0, 2), torch.tensor([0]))
    assert len(batch) == 0 and batch.sizes.shape == (0,) and batch.set_ids.shape == (0,)


def test_given_indices_are_kept():
    set_ids, sizes = torch.tensor([0, 0]), torch.tensor([2])
    batch = SetBatch(torch.zeros(2), torch.tensor([0, 2]), set_ids=set_ids, sizes=sizes)
    assert batch.set_ids is set_ids and batch.sizes is sizes


def test_replace_shares_the_indices():
    batch = SetBatch(torch.zeros(3, 2), torch.tensor([0, 1, 3]), torch.ones(2, 1))
    other = batch.replace(torch.ones(3, 7))
    assert other.values.shape == (3, 7) and other.context is batch.context
    assert other.set_ids is batch.set_ids and other.sizes is batch.sizes


def test_to_moves_everything():
    batch = SetBatch(torch.zeros(3, 2), torch.tensor([0, 1, 3]), torch.ones(2, 1)).to("meta")
    for tensor in (batch.values, batch.offsets, batch.context, batch.set_ids, batch.sizes):
        assert tensor.device.type == "meta"
