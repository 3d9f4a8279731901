"""Names that a user chooses from: known ones pass, the nearest is proposed for a wrong one."""

import pytest

from sksets._names import check_name

POOLINGS = ("sum", "mean", "logsumexp")


def test_a_known_name_is_given_back():
    for known in (POOLINGS, dict.fromkeys(POOLINGS), iter(POOLINGS)):
        assert check_name("mean", known, "pooling") == "mean"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("men", r"Unknown pooling 'men'; did you mean 'mean'\? Known: sum, mean, logsumexp."),
        ("SUM", r"Unknown pooling 'SUM'\. Known: sum, mean, logsumexp\."),
        ("log_sum_exp", r"Unknown pooling 'log_sum_exp'; did you mean 'logsumexp'"),
        ("zzz", r"Unknown pooling 'zzz'\. Known:"),
        (3, r"Unknown pooling 3\. Known:"),
        (None, r"Unknown pooling None\. Known:"),
        (("mean",), r"Unknown pooling \('mean',\)"),
    ],
)
def test_an_unknown_name(name, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        check_name(name, POOLINGS, "pooling")
