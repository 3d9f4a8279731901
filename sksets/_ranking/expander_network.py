"""What SetExpander trains: the network with its items, and the loss."""

import numpy as np
import torch

from sksets._moments import weighted_moments
from sksets._training import DTYPES, check_layer_sizes
from sksets.nn import (
    POOLINGS,
    Candidates,
    FeatureScaler,
    ItemVectors,
    SetPooling,
    make_expander,
    margin_ranking,
    pooling_names,
    sampled_softmax_ranking,
    softmax_ranking,
)

# Items up to which the softmax of "dot" is over all, and how many stand for them otherwise: more of
# "dot", where an item is a column of a product and does not pass through rho with each set.
_WHOLE_SOFTMAX = 2**16
_COMPARED = 100  # negatives of the margin loss
_SAMPLED = {"dot": 2**13, "sum": 2**10, "concat": 2**10}


class RankingLoss(torch.nn.Module):
    """The losses of hidden items under the names that the estimator has for them."""

    def __init__(self, loss, margin):
        super().__init__()
        self.loss = loss
        self.margin = margin

    def forward(self, outputs, target, batch):
        if self.loss == "margin":
            return margin_ranking(*outputs, batch.hidden, self.margin)
        if isinstance(outputs, tuple):
            return sampled_softmax_ranking(*outputs, batch.hidden)
        return softmax_ranking(outputs, batch.hidden)


def default_negatives(estimator):
    """Return how many negatives are drawn, or None where the softmax is over all items."""
    if estimator.n_negatives is not None:
        return int(estimator.n_negatives)
    if estimator.loss == "margin":
        return _COMPARED
    dot = estimator.interaction == "dot"
    if estimator._n_trained <= (_WHOLE_SOFTMAX if dot else _SAMPLED["sum"]):
        return None
    return _SAMPLED[estimator.interaction]


def _centre_and_scale(features):
    """Return what makes features of items of zero mean and of a mean square length of one."""
    mean, scale = weighted_moments(features)
    return mean, scale * np.sqrt(features.shape[1])


def scale_items(estimator):
    """Return what scales the items of a :class:`SetExpander` where they are vectors, else None."""
    if estimator.vocabulary_.ndim == 1:
        return None
    return FeatureScaler(*map(torch.as_tensor, _centre_and_scale(estimator.vocabulary_)))


def _make_item_vectors(estimator, features):
    """Return a maker of :class:`ItemVectors`."""
    table = None
    vectors = estimator.vocabulary_.ndim > 1
    if vectors:
        mean, scale = _centre_and_scale(estimator.vocabulary_)
        table = (estimator.vocabulary_ - mean) / scale
    elif features is not None:
        matrix, known = features
        table = matrix.toarray() if hasattr(matrix, "toarray") else np.array(matrix)
        mean, scale = _centre_and_scale(table[known])
        table[known] = (table[known] - mean) / scale
    if table is not None:
        # In the order of the ids that the network knows items by.
        table = torch.as_tensor(table[np.argsort(estimator._ids)], dtype=DTYPES[estimator.dtype])

    def make(dim):
        return ItemVectors(estimator._n_trained, dim, features=table, learned=not vectors)

    return make


def build_expander(estimator, features):
    """Return the network of a :class:`SetExpander`.

    Parameters
    ----------
    estimator : SetExpander
        It has its vocabulary, and its items are numbered.
    features : tuple or None
        The features of the items, and which items have them.
    """
    interaction, pooling = estimator.interaction, estimator.pooling
    phi_layer_sizes = check_layer_sizes(estimator.phi_layer_sizes, "phi_layer_sizes")
    rho_layer_sizes = check_layer_sizes(estimator.rho_layer_sizes, "rho_layer_sizes")
    names = pooling_names(pooling)
    # Asked of the layer: a list of names would have to be kept in step with the poolings.
    for name in names:
        if interaction == "sum" and POOLINGS[name].add is SetPooling.add:
            raise ValueError(
                f"interaction='sum' adds an item to the pooled set, which pooling={name!r} cannot. "
                "Use another pooling, or interaction='concat' or 'dot'."
            )
    make = _make_item_vectors(estimator, features)
    width = phi_layer_sizes[-1] if phi_layer_sizes else estimator.embedding_dim
    table = make(estimator.embedding_dim)
    candidates = make(width * len(names)) if interaction == "dot" else table
    return make_expander(
        table if estimator.vocabulary_.ndim == 1 else table.projection,
        candidates,
        in_features=estimator.embedding_dim,
        interaction=interaction,
        phi_layer_sizes=phi_layer_sizes,
        rho_layer_sizes=rho_layer_sizes,
        pooling=pooling,
        activation=estimator.activation,
        dropout=estimator.dropout,
        context_features=estimator.n_context_features_,
        context_in=estimator.context_in,
    )


def join_candidates(parts):
    """Return :class:`~sksets.nn.Candidates` one after another."""
    vectors, biases = zip(*parts, strict=True)
    return Candidates(torch.cat(vectors), None if biases[0] is None else torch.cat(biases))
