"""Nested tensors and torch's Datasets."""

import numpy as np
import pytest
import torch
from torch.utils.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset

from sksets import SetArray
from sksets._set_array.reading import as_set_array

SETS = [torch.tensor([[1.0, 2.0], [3.0, 4.0]]), torch.zeros((0, 2)), torch.tensor([[5.0, 6.0]])]
VALUES = [[1, 2], [3, 4], [5, 6]]


@pytest.mark.filterwarnings("ignore:The PyTorch API of nested tensors is in prototype stage")
@pytest.mark.parametrize("layout", [torch.jagged, torch.strided], ids=str)
@pytest.mark.parametrize("requires_grad", [False, True])
@pytest.mark.parametrize("read", [as_set_array, SetArray.from_sets])
def test_nested_tensors(layout, requires_grad, read):
    X = read(torch.nested.nested_tensor(SETS, layout=layout, requires_grad=requires_grad))
    assert X.sizes.tolist() == [2, 0, 1] and X.values.tolist() == VALUES


def test_a_nested_tensor_of_tokens():
    nested = torch.nested.nested_tensor(
        [torch.tensor([3, 1]), torch.tensor([2])], layout=torch.jagged
    )
    assert as_set_array(nested, element_kind="token").values.tolist() == [3, 1, 2]


class Bags(Dataset):
    """Does not say where it ends when it is iterated over."""

    def __init__(self, make=lambda i: SETS[i]):
        self.make = make

    def __len__(self):
        return len(SETS)

    def __getitem__(self, i):
        return self.make(i % len(SETS))


@pytest.mark.parametrize("read", [as_set_array, SetArray.from_sets])
def test_a_dataset_of_sets(read):
    X = read(Bags())
    assert X.sizes.tolist() == [2, 0, 1] and X.values.tolist() == VALUES
    assert read(Subset(Bags(), [2, 0])).values.tolist() == [[5, 6], [1, 2], [3, 4]]


class Stream(IterableDataset):
    def __iter__(self):
        yield from SETS


@pytest.mark.parametrize("read", [as_set_array, SetArray.from_sets])
@pytest.mark.parametrize(
    ("X", "message"),
    [
        (Bags(lambda i: (SETS[i], 1.0)), r"items are of type tuple.*\[X\[i\]\[0\] for i in range"),
        (Bags(lambda i: {"bag": SETS[i]}), r"items are of type dict.*\[X\[i\]\['name'\] for i in"),
        (TensorDataset(torch.ones(4, 3)), "X is a Dataset .TensorDataset. whose items are of"),
        (DataLoader(Bags()), "DataLoader, which is not known.*A loader yields batches: pass its"),
        (Stream(), "Stream, which is not known as a container of sets. Pass the list of all sets"),
    ],
    ids=["tuples", "dicts", "tensors", "loader", "stream"],
)
def test_datasets_of_more_than_sets(X, message, read):
    with pytest.raises(TypeError, match=message) as error:
        read(X)
    assert len(str(error.value)) <= 500


def test_named_tuples_are_no_sets():
    packed = torch.nn.utils.rnn.pack_sequence([torch.arange(3), torch.arange(2)])
    with pytest.raises(TypeError, match="named tuple PackedSequence with the fields data, batch_"):
        as_set_array(packed)
    # As rows of a table, they are.
    pd = pytest.importorskip("pandas")
    rows = list(pd.DataFrame({"a": [1, 2], "b": [3, 4]}).itertuples(index=False))
    np.testing.assert_array_equal(as_set_array(rows).values, [[1, 3], [2, 4]])
