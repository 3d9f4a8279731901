"""Poolings by name."""

from collections.abc import Sequence

import torch

from sksets._names import check_name
from sksets._probe import output_width, type_of
from sksets.nn._attention_pooling import AttentionPooling
from sksets.nn._batch import SetBatch
from sksets.nn._concat_pooling import ConcatPooling
from sksets.nn._max_pooling import LogSumExpPooling, MaxPooling, MinPooling
from sksets.nn._pooling import SetPooling
from sksets.nn._spread_pooling import LogStdPooling, StdPooling
from sksets.nn._sum_pooling import MeanPooling, SumPooling

POOLINGS: dict[str, type[SetPooling]] = {
    "attention": AttentionPooling,
    "log_std": LogStdPooling,
    "logsumexp": LogSumExpPooling,
    "max": MaxPooling,
    "mean": MeanPooling,
    "min": MinPooling,
    "std": StdPooling,
    "sum": SumPooling,
}


def pooling_names(pooling: str | Sequence[str]) -> tuple[str, ...]:
    """Return the names in ``pooling``, one or several, checked.

    Raises
    ------
    ValueError
        For an unknown name; the nearest known one is proposed.
    """
    names = (pooling,) if isinstance(pooling, str) else tuple(pooling)
    if not names:
        known = ", ".join(sorted(POOLINGS))
        raise ValueError(f"pooling must name at least one of {known}; found {pooling!r}.")
    for name in names:
        check_name(name, POOLINGS, "pooling")
    return names


def _checked(pooling: SetPooling, in_features: int) -> SetPooling:
    """Return a layer of the user's, if it pools elements of this width to what it says."""
    expected = f"pooling must pool elements of {in_features} features, the width that phi gives"
    sets = torch.tensor([0, 1, 2])
    width = output_width(
        pooling,
        lambda rows: pooling(rows, SetBatch(rows, sets)),
        torch.zeros(2, in_features, dtype=type_of(pooling)),
        expected,
    )
    if width != pooling.out_features:
        raise ValueError(
            f"{expected}, to its out_features={pooling.out_features}; {type(pooling).__name__} "
            f"returned {width}. Build it with {in_features} features."
        )
    return pooling


def make_pooling(
    pooling: str | SetPooling | Sequence[str | SetPooling], in_features: int
) -> SetPooling:
    """Build a pooling layer from its name, or from several names that are concatenated.

    Parameters
    ----------
    pooling : str, SetPooling, or sequence of them
        "sum", "mean", "std", "log_std", "max", "min", "logsumexp", "attention", or a layer.
    in_features : int

    Returns
    -------
    SetPooling

    Raises
    ------
    ValueError
        For an unknown name, or a layer for elements of another width.
    """
    parts = (pooling,) if isinstance(pooling, str | SetPooling) else tuple(pooling)
    names = [part for part in parts if not isinstance(part, SetPooling)]
    if names or not parts:
        pooling_names(names)
    layers = [
        _checked(part, in_features) if isinstance(part, SetPooling) else POOLINGS[part](in_features)
        for part in parts
    ]
    return layers[0] if len(layers) == 1 else ConcatPooling(layers)
