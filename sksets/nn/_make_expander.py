"""Networks of set expansion by name."""

from torch import nn

from sksets._names import check_name
from sksets.nn._dot_expander import DotExpanderModule
from sksets.nn._expander import SetExpanderModule
from sksets.nn._item_vectors import ItemVectors
from sksets.nn._pair_expanders import ConcatExpanderModule, SumExpanderModule

INTERACTIONS: dict[str, type[SetExpanderModule]] = {
    "concat": ConcatExpanderModule,
    "dot": DotExpanderModule,
    "sum": SumExpanderModule,
}


def make_expander(
    items: nn.Module, candidates: ItemVectors, *, interaction: str = "dot", **options
) -> SetExpanderModule:
    """Build a network of set expansion from the name of how it compares a set with an item.

    Parameters
    ----------
    items : Module
        Element -> vector (M, dim): :class:`ItemVectors` for ids, or a layer for vectors.
    candidates : ItemVectors
        Id -> vector. For "sum" and "concat" what goes through phi; for "dot" u_x.
    interaction : {"concat", "dot", "sum"}, default="dot"
    **options
        Of :class:`SetExpanderModule`; ``in_features`` is needed.

    Returns
    -------
    SetExpanderModule

    Raises
    ------
    ValueError
        For an unknown name; the nearest known one is proposed.

    Examples
    --------
    >>> from sksets.nn import ItemVectors, make_expander
    >>> items = ItemVectors(7, 4)
    >>> type(make_expander(items, items, interaction="sum", in_features=4)).__name__
    'SumExpanderModule'
    """
    class_ = INTERACTIONS[check_name(interaction, INTERACTIONS, "interaction")]
    return class_(items, candidates, **options)
