"""What a parameter says, in a form that == compares."""

import hashlib
import pickle

import joblib
import torch
from torch.nn.parameter import is_lazy

# Of a longer sequence, such as a vocabulary, a digest is kept.
MAX_KEPT = 100

# What torch keeps in every module.
_OF_TORCH = set(vars(torch.nn.Module()))


def comparable(value):
    """Return a value that is equal for parameters that build the same network, and for no others.

    Parameters
    ----------
    value : object
        A parameter of an estimator. Of a module the layers and their weights count: two that print
        alike need not compute alike.

    Returns
    -------
    object
        Small, and not changed when the parameter is changed later.
    """
    if isinstance(value, torch.nn.Module):
        return f"{value!r} of weights {_digest(_parts(value))}"
    if isinstance(value, torch.device):
        return str(value)
    if hasattr(value, "tolist"):  # arrays and numbers of numpy, tensors, columns
        value = value.tolist()
    if isinstance(value, list | tuple):
        parts = [comparable(part) for part in value]
        return parts if len(parts) <= MAX_KEPT else f"list of digest {_digest(map(repr, parts))}"
    if isinstance(value, dict):
        return {key: comparable(part) for key, part in value.items()}
    return value


def _parts(module):
    """Yield what tells modules apart that print alike: layers, their attributes and weights."""
    for name, layer in module.named_modules():
        yield f"{name} {type(layer).__module__}.{type(layer).__qualname__}"
        for attribute, value in vars(layer).items():
            if attribute not in _OF_TORCH:
                yield f"{attribute} {_hash(comparable(value))}"
    for name, tensor in module.state_dict().items():
        # A lazy layer has no weights yet, and is told apart by its attributes.
        if isinstance(tensor, torch.Tensor) and not is_lazy(tensor):
            rows = tensor.detach().cpu().contiguous().reshape(-1).view(torch.uint8)
            yield f"{name} {tensor.dtype} {tuple(tensor.shape)} {rows.numpy().tobytes().hex()}"


def _hash(value):
    try:
        return joblib.hash(value)
    except (pickle.PicklingError, AttributeError, TypeError):
        # A lambda or an open file, say, which is equal to itself alone.
        return repr(value)


def _digest(parts):
    digest = hashlib.sha256()
    for part in parts:
        digest.update(part.encode())
        digest.update(b"\0")
    return digest.hexdigest()[:16]
