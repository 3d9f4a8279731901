"""What the pooling of a network took of each element: weights of attention, and maxima."""

import numpy as np
import torch
from sklearn.utils.validation import check_is_fitted

from sksets._ranking import SetExpander
from sksets.inspection._explained import cut, explain
from sksets.nn import AttentionPooling, ConcatPooling, MaxPooling, SetBatch


def attention_weights(estimator, X):
    """Return the weights of elements in each head, (n_elements, n_heads), and the offsets."""
    return _of_pooling(estimator, X, "attention", AttentionPooling, _weights)


def count_wins(estimator, X):
    """Return how many pooled features each element gave, (n_elements,), and the offsets."""
    return _of_pooling(estimator, X, "winners", MaxPooling, _wins)


def _of_pooling(estimator, X, method, kind, compute):
    check_is_fitted(estimator)
    explained = explain(estimator, X)
    module, sets = explained.module, explained.sets
    pooling = (module.sets if isinstance(estimator, SetExpander) else module).pooling
    poolings = pooling.poolings if isinstance(pooling, ConcatPooling) else [pooling]
    poolings = [layer for layer in poolings if isinstance(layer, kind)]
    if not poolings:
        chosen = getattr(estimator, "pooling_", estimator.pooling)
        needed = "'attention'" if kind is AttentionPooling else "'max' or 'min'"
        raise ValueError(
            f"method={method!r} needs {needed} in pooling; the network of "
            f"{type(estimator).__name__} has {chosen!r:.100}."
        )
    parts = []
    device = estimator.net_.device
    # A part without sets has the right number of columns, for X without any elements.
    for start, stop in cut(sets):
        part = sets[start:stop]
        h = estimator._outputs(
            part, module.element_features, module.element_features_pieces, part.set_ids
        )
        weight = part.element_weight
        batch = SetBatch(
            torch.from_numpy(h).to(device),
            torch.from_numpy(np.array(part.offsets)).to(device),
            element_weight=None if weight is None else torch.tensor(weight, device=device),
        )
        with torch.inference_mode():
            columns = [compute(layer, batch) for layer in poolings]
        parts.append(torch.cat(columns, dim=1).cpu().numpy())
    values = np.concatenate(parts)
    if kind is MaxPooling:
        values = values.sum(axis=1)
    return explained.fill(values)


def _weights(pooling, batch):
    weights = pooling.attention.weights(batch.values, batch)
    return weights.flatten(1)


def _wins(pooling, batch):
    rows = pooling.winners(batch.values, batch).flatten()
    wins = torch.bincount(rows[rows >= 0], minlength=len(batch.values))
    return wins[:, None]
