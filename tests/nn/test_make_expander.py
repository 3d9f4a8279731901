import pytest

from sksets.nn import INTERACTIONS, DotExpanderModule, ItemVectors, make_expander


def test_names():
    items = ItemVectors(7, 4)
    assert list(INTERACTIONS) == ["concat", "dot", "sum"]
    for name, class_ in INTERACTIONS.items():
        assert type(make_expander(items, items, interaction=name, in_features=4)) is class_
    assert type(make_expander(items, items, in_features=4)) is DotExpanderModule


def test_unknown_name_names_the_nearest():
    with pytest.raises(ValueError, match="Unknown interaction 'dott'; did you mean 'dot'?"):
        make_expander(None, None, interaction="dott", in_features=4)
