"""A Dataset of Hugging Face is a frame: long, or with one column of lists a feature."""

import pytest
from set_cases import assert_sets

from sksets import SetArray
from sksets._set_array.reading import as_set_array

# By its inside: without the library, the folder of tests of that name could be imported.
datasets = pytest.importorskip("datasets.arrow_dataset")

LONG = {"jet": [7, 3, 7], "pt": [1.0, 2.0, 3.0], "word": ["a", "b", "c"]}
LISTS = {"pt": [[1.0, 2.0], [5.0]], "eta": [[3.0, 4.0], [6.0]], "words": [["a", "b"], ["c"]]}


def test_a_long_dataset():
    rows = datasets.Dataset.from_dict(LONG)
    X = SetArray.from_frame(rows, "jet", ["pt"])
    assert X.keys.tolist() == [7, 3] and X.feature_names.tolist() == ["pt"]
    assert_sets(X, [[[1.0], [3.0]], [[2.0]]])
    # In its own order, and in whatever format.
    X = SetArray.from_frame(rows.select([2, 1, 0]).with_format("torch"), "jet", "word")
    assert X.values.tolist() == ["c", "a", "b"]


def test_a_dataset_with_columns_of_lists():
    rows = datasets.Dataset.from_dict(LISTS)
    X = as_set_array(rows.select_columns(["pt", "eta"]))
    assert X.feature_names.tolist() == ["pt", "eta"]
    assert_sets(X, [[[1, 3], [2, 4]], [[5, 6]]])
    assert as_set_array(rows["words"]).values.tolist() == ["a", "b", "c"]
    assert_sets(as_set_array(rows.select([1, 0])["pt"]), [[[5]], [[1], [2]]])
    assert_sets(as_set_array(rows.with_format("numpy")["pt"]), [[[1], [2]], [[5]]])


def test_datasets_that_hold_no_sets():
    with pytest.raises(TypeError, match="Dataset without columns of lists.*from_frame"):
        as_set_array(datasets.Dataset.from_dict(LONG))
    stream = datasets.Dataset.from_dict(LONG).to_iterable_dataset()
    with pytest.raises(TypeError, match="IterableDataset"):
        as_set_array(stream)
    with pytest.raises(TypeError, match="IterableDataset"):
        SetArray.from_frame(stream, "jet")
