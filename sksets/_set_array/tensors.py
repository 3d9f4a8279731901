"""Torch tensors of any kind -> numpy arrays."""

import sys
from typing import TYPE_CHECKING, Any

import numpy as np

from sksets._lazy import is_tensor

if TYPE_CHECKING:
    import torch

# What numpy has a type for; bfloat16 and the floats of 8 bits are read as float32, exactly.
_NUMPY_FLOATS = ("torch.float16", "torch.float32", "torch.float64")


def tensor_to_array(tensor: "torch.Tensor") -> np.ndarray:
    """Return a tensor, of any device, with or without gradient, as an ndarray."""
    if tensor.dtype.is_floating_point and str(tensor.dtype) not in _NUMPY_FLOATS:
        tensor = tensor.detach().float()
    return tensor.numpy(force=True)


def is_nested(item: Any) -> bool:
    """Say whether an object is a nested tensor, one part a set."""
    return is_tensor(item) and item.is_nested


def is_dataset(item: Any) -> bool:
    """Say whether an object is a torch Dataset that can be asked for each of its items."""
    # Where it was not imported there is none.
    data = sys.modules.get("torch.utils.data")
    return (
        data is not None
        and isinstance(item, data.Dataset)
        and not isinstance(item, data.IterableDataset)
    )


def list_items(dataset: Any) -> list:
    """Return the items of a torch Dataset, each a set.

    Raises
    ------
    TypeError
        If they are tuples or dicts, of which nobody knows which part is the set.
    """
    # A Dataset need not say where it ends when it is iterated over.
    n_items = len(dataset)
    if n_items and isinstance(item := dataset[0], (tuple, list, dict)):
        part = "'name'" if isinstance(item, dict) else "0"
        raise TypeError(
            f"X is a Dataset ({type(dataset).__name__}) whose items are of type "
            f"{type(item).__name__}, expected one set an item. Pass the list of sets, such as "
            f"[X[i][{part}] for i in range(len(X))], and the targets as y."
        )
    return [dataset[i] for i in range(n_items)]
