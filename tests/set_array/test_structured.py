"""Structured arrays, whose fields are features with names."""

import numpy as np
import pytest

from sksets import SetArray
from sksets._set_array.reading import as_set_array
from sksets.preprocessing import SetSummarizer

JET = np.dtype([("pt", "f4"), ("charge", "i1")])
JETS = [np.array([(1.5, 1), (2.5, -1)], dtype=JET), np.array([(3.5, 0)], dtype=JET)]
VALUES = [[1.5, 1], [2.5, -1], [3.5, 0]]


@pytest.mark.parametrize("read", [as_set_array, SetArray.from_sets])
@pytest.mark.parametrize(
    "sets",
    [
        JETS,
        [jet.view(np.recarray) for jet in JETS],
        dict(enumerate(JETS)),
        [JETS[0], JETS[0][:0], JETS[1]],
    ],
    ids=["arrays", "records", "dict", "empty"],
)
def test_fields_are_named_features(sets, read):
    X = read(sets)
    assert X.feature_names.tolist() == ["pt", "charge"]
    # Whole numbers beside floats do not make double precision of them.
    assert X.values.dtype == np.float32 and X.values.tolist() == VALUES


def test_packed_structured_values_and_context():
    X = SetArray(np.concatenate(JETS), [0, 2, 3], context=JETS[0])
    assert X.values.tolist() == VALUES and X.context.tolist() == VALUES[:2]
    assert X.feature_names.tolist() == X.context_names.tolist() == ["pt", "charge"]


def test_a_structured_array_of_sets_of_equal_size():
    X = as_set_array(np.array([JETS[0], JETS[0][::-1]]))
    assert X.sizes.tolist() == [2, 2] and X.feature_names.tolist() == ["pt", "charge"]
    assert X.values[:3].tolist() == [[1.5, 1], [2.5, -1], [2.5, -1]]
    # Of one dimension, it is a table.
    assert as_set_array(JETS[0]).sizes.tolist() == [1, 1]


def test_vectors_as_fields():
    sets = [np.zeros(2, dtype=[("E", "f8"), ("p", "f8", 3)])]
    sets[0]["p"] = [[1, 2, 3], [4, 5, 6]]
    X = as_set_array(sets)
    assert X.feature_names.tolist() == ["E", "p_0", "p_1", "p_2"]
    assert X.values.tolist() == [[0, 1, 2, 3], [0, 4, 5, 6]]


def test_names_are_compared():
    with pytest.raises(ValueError, match=r"set 1 has \['charge', 'pt'\], set 0 has \['pt', 'ch"):
        as_set_array([JETS[0], JETS[1][["charge", "pt"]]])
    with pytest.raises(ValueError, match="Set 1 is a numpy.ndarray without names of columns, set"):
        as_set_array([JETS[0], np.ones((2, 2))])
    summarizer = SetSummarizer(statistics=("mean",), quantiles=()).fit(JETS)
    assert summarizer.get_feature_names_out().tolist() == ["mean_pt", "mean_charge"]
    with pytest.raises(ValueError, match="Feature names must be in the same order"):
        summarizer.transform([jet[["charge", "pt"]] for jet in JETS])


def test_fields_of_strings_are_categorical_features():
    dtype = [("id", "U3"), ("pt", "f4")]
    X = as_set_array([np.array([("mu", 2.5), ("e", 1.5)], dtype), np.array([("mu", 7.0)], dtype)])
    assert X.values.tolist() == [["mu", 2.5], ["e", 1.5], ["mu", 7.0]]
    assert X.categories[0].tolist() == ["mu", "e"] and X.feature_names.tolist() == ["id", "pt"]


@pytest.mark.parametrize(
    ("dtype", "message"),
    [
        ([("image", "f4", (2, 2))], r"The field 'image' of a structured array must hold numbers"),
        ([("p4", [("E", "f4")])], "The field 'p4' of a structured array must hold numbers or"),
    ],
)
def test_fields_that_are_no_numbers(dtype, message):
    with pytest.raises(ValueError, match=message):
        as_set_array([np.zeros(2, dtype=dtype)])


def test_a_set_has_one_dimension():
    with pytest.raises(ValueError, match=r"Set 0 is a structured array of shape \(2, 2\), expect"):
        as_set_array([np.array([JETS[0], JETS[0]])])
