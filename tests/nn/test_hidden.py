import torch

from sksets.nn import HiddenItems, QueryBatch


def make_queries():
    hidden = HiddenItems(
        torch.tensor([4, 1]), torch.tensor([0, 1]), torch.tensor([2]), torch.ones(2, 1) > 0
    )
    return QueryBatch(
        torch.tensor([0, 3, 2]), torch.tensor([0, 1, 3]), torch.ones(2, 1), hidden=hidden
    )


def test_other_values_keep_what_is_hidden():
    queries = make_queries()
    other = queries.replace(torch.ones(3, 7))
    assert type(other) is QueryBatch and other.hidden is queries.hidden
    assert other.values.shape == (3, 7) and other.context is queries.context
    assert queries.values.tolist() == [0, 3, 2]


def test_to_moves_what_is_hidden():
    queries = make_queries().to("meta")
    assert type(queries) is QueryBatch and queries.hidden.log_expected is None
    for tensor in (queries.values, queries.set_ids, *queries.hidden[:4]):
        assert tensor.device.type == "meta"
