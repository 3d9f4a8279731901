"""The widths of the layers of a network."""

import numpy as np
import pytest

from sksets._training.layer_sizes import check_layer_sizes


def test_widths_become_a_tuple_of_int():
    assert check_layer_sizes([], "sizes") == ()
    checked = check_layer_sizes(np.array([8, 4]), "sizes")
    assert checked == (8, 4) and [type(size) for size in checked] == [int, int]


@pytest.mark.parametrize("sizes", [(0,), (8, -1), (2.0,), ("a",), "ab", (None,)])
def test_what_is_no_width(sizes):
    with pytest.raises(ValueError, match="^sizes must hold positive integers; found "):
        check_layer_sizes(sizes, "sizes")
