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


def test_a_part_has_whole_sets():
    values, offsets = torch.arange(6.0)[:, None], torch.tensor([0, 2, 2, 5, 6])
    context, weight = torch.eye(4), torch.arange(6.0) + 1
    batch = SetBatch(values, offsets, context, element_weight=weight)
    part = batch.part(1, 3)
    assert part.values[:, 0].tolist() == [2.0, 3.0, 4.0]
    assert part.offsets.tolist() == [0, 0, 3]
    assert part.sizes.tolist() == [0, 3]
    assert part.set_ids.tolist() == [1, 1, 1]
    assert torch.equal(part.context, context[1:3])
    assert part.element_weight.tolist() == [3.0, 4.0, 5.0]
    assert part.values.data_ptr() == values[2:].data_ptr()
    assert len(batch.part(0, 0)) == 0


def test_to_moves_everything():
    batch = SetBatch(torch.zeros(3, 2), torch.tensor([0, 1, 3]), torch.ones(2, 1)).to("meta")
    for tensor in (batch.values, batch.offsets, batch.context, batch.set_ids, batch.sizes):
        assert tensor.device.type == "meta"
