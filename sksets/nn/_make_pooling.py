"""Poolings by name."""

from collections.abc import Sequence

from sksets._names import check_name
from sksets.nn._attention_pooling import AttentionPooling
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


def make_pooling(pooling: str | Sequence[str], in_features: int) -> SetPooling:
    """Build a pooling layer from its name, or from several names that are concatenated.

    Parameters
    ----------
    pooling : str or sequence of str
        "sum", "mean", "std", "log_std", "max", "min", "logsumexp", "attention".
    in_features : int

    Returns
    -------
    SetPooling
    """
    layers = [POOLINGS[name](in_features) for name in pooling_names(pooling)]
    return layers[0] if len(layers) == 1 else ConcatPooling(layers)
