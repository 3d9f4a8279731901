import pytest

from sksets.nn import POOLINGS, ConcatPooling, make_pooling, pooling_names


def test_names():
    assert list(POOLINGS) == sorted(POOLINGS)
    for name, class_ in POOLINGS.items():
        assert type(make_pooling(name, 4)) is class_
    both = make_pooling(["sum", "max"], 4)
    assert type(both) is ConcatPooling and both.out_features == 8
    assert pooling_names("sum") == ("sum",) and pooling_names(["sum", "max"]) == ("sum", "max")


@pytest.mark.parametrize("kind", ["summ", ("sum", "summ")], ids=str)
def test_unknown_name_names_the_nearest(kind):
    with pytest.raises(ValueError, match="Unknown pooling 'summ'; did you mean 'sum'?"):
        make_pooling(kind, 4)


def test_unknown_name_like_no_other():
    with pytest.raises(
        ValueError, match=r"Unknown pooling 3. Known: attention, log_std, logsumexp,"
    ):
        make_pooling((3,), 4)


def test_no_name():
    with pytest.raises(ValueError, match="must name at least one of"):
        make_pooling((), 4)
