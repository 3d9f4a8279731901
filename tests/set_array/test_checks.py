"""Weights of the elements in a SetArray."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksets import SetArray

X = SetArray(np.arange(8.0).reshape(4, 2), [0, 2, 2, 4], feature_names=["eta", "pt"])
WEIGHT = [1.0, 2.0, 3.0, 0.5]


def test_weights_go_along_with_their_elements():
    weighted = X.with_element_weight(WEIGHT)
    assert X.element_weight is None and X.total_weight.tolist() == [2, 0, 2]
    assert weighted.total_weight.tolist() == [3.0, 0.0, 3.5]
    assert weighted[[2, 0]].element_weight.tolist() == [3.0, 0.5, 1.0, 2.0]
    assert weighted[1:].element_weight.tolist() == [3.0, 0.5]
    assert weighted.copy().element_weight.tolist() == WEIGHT
    assert weighted.map_values(np.ones(4)).element_weight.tolist() == WEIGHT
    assert (weighted[:1] + weighted[2:]).element_weight.tolist() == WEIGHT
    assert repr(weighted).endswith("(2,), element_weight)")
    assert weighted[[0, 2]].to_frame().element_weight.tolist() == WEIGHT
    assert weighted.with_element_weight(None).element_weight is None


def test_a_column_becomes_the_weight():
    weighted = X[2:].with_element_weight("eta")
    assert weighted.values.tolist() == [[5.0], [7.0]]
    assert weighted.feature_names.tolist() == ["pt"]
    assert_array_equal(weighted.element_weight, [4.0, 6.0])


@pytest.mark.parametrize(
    ("weight", "message"),
    [
        ([1.0, 2.0], r"Expected element_weight of 4 numbers.*found shape \(2,\)"),
        (list("abcd"), "found shape .4,. and dtype <U1"),
        ([1.0, 2.0, 0.0, 1.0], "set 2, element 0 has 0. Leave out elements that do not count"),
        ([1.0, 2.0, 3.0, np.nan], "set 2, element 1 has nan"),
        ("mass", r"no column 'mass' beside others; their columns are \['eta', 'pt'\]"),
    ],
)
def test_what_is_no_weight_of_elements(weight, message):
    with pytest.raises(ValueError, match=message):
        X.with_element_weight(weight)


def test_a_long_frame_has_a_column_of_weights():
    frame = X[[0, 2]].with_element_weight(WEIGHT).to_frame("jet")
    back = SetArray.from_frame(frame.iloc[::-1], "jet", element_weight="element_weight")
    assert back.keys.tolist() == [1, 0] and back.element_weight.tolist() == WEIGHT[::-1]
    assert back.feature_names.tolist() == ["eta", "pt"]
    with pytest.raises(ValueError, match="frame has no column 'mass'"):
        SetArray.from_frame(frame, "jet", element_weight="mass")


def test_the_only_column_and_one_of_strings_are_no_weights():
    with pytest.raises(ValueError, match="no column 'pt' beside others"):
        SetArray(np.ones((1, 1)), [0, 1], feature_names=["pt"]).with_element_weight("pt")
    mixed = SetArray.from_frame({"k": [0], "sku": ["a"], "n": [2]}, "k")
    assert mixed.with_element_weight("n").element_weight.tolist() == [2.0]
    with pytest.raises(ValueError, match="column 'sku' has strings"):
        mixed.with_element_weight("sku")


def test_joined_arrays_all_have_weights_or_none():
    with pytest.raises(ValueError, match="array 1 has no weights of elements, array 0 weights"):
        X.with_element_weight(WEIGHT) + X
