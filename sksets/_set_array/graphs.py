"""Graphs, as PyG holds them -> sets of their nodes; the edges are left aside."""

import numpy as np

from sksets._set_array.objects import describe_type, library_of, read_array


def is_graph(item):
    """Say whether an object holds the features of nodes, of one graph or of a batch."""
    if not any(hasattr(item, name) for name in ("edge_index", "batch", "ptr")):
        return False
    # A frame has its columns for attributes.
    has_nodes = hasattr(item, "x") or hasattr(item, "pos")
    return has_nodes and library_of(item) is None


def _membership(item):
    """Return what says which graph a node is of: ``ptr`` or ``batch``; None of one graph."""
    for name in ("ptr", "batch"):
        if (numbers := getattr(item, name, None)) is not None:
            return name, read_array(numbers, name)
    return None, None


def node_features(item, where):
    """Return the features of the nodes of one graph: ``x``, or ``pos`` where it has no ``x``."""
    if _membership(item)[0] is not None:
        raise TypeError(
            f"{where} is a {describe_type(item)} that holds several graphs. Pass it alone as X, or "
            "a list of single graphs, such as batch.to_data_list()."
        )
    return _features(item, where)


def _features(item, where):
    for name in ("x", "pos"):
        if (features := getattr(item, name, None)) is not None:
            return read_array(features, f"{name} of {where}")
    raise ValueError(
        f"{where} is a {describe_type(item)} whose nodes have neither x nor pos. Give each node a "
        "vector of features."
    )


def read_graphs(batch):
    """Return the nodes and the offsets of a batch, which has ``x`` and ``ptr`` or ``batch``.

    Raises
    ------
    TypeError
        If it is a single graph.
    ValueError
        If the nodes have no features, or do not come graph by graph.
    """
    name, numbers = _membership(batch)
    if name is None:
        raise TypeError(
            f"X is a {describe_type(batch)}, one graph, expected one a set. Pass a batch or a list "
            "of graphs, [X] if it is the only one."
        )
    values = _features(batch, "X")
    if name == "ptr":
        return values, numbers
    if numbers.shape != values.shape[:1] or (np.diff(numbers) < 0).any():
        raise ValueError(
            f"batch of X must hold the number of the graph of each of the {len(values)} nodes, in "
            f"ascending order; found shape {numbers.shape}. Sort the nodes by graph."
        )
    return values, np.append(0, np.cumsum(np.bincount(numbers)))
