"""Targets and weights in any container that users have them in."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_array_equal

from sksets import SDMClassifier, SDMRegressor, SetArray, SetExpander
from sksets._validation import validate_labels, validate_real_elements, validate_targets
from sksets._validation.element_weights import validate_element_weight
from sksets._validation.input_spec import InputSpec
from sksets._validation.targets import read_sample_weight
from sksets.metrics import item_ranks, recall_at_k, redshift_scatter, tagging_scores

pd = pytest.importorskip("pandas")
SIZES = [3, 2, 4]
SETS = SetArray(np.arange(9.0)[:, None], [0, 3, 5, 9])


class Fitted:
    """What validation asks an estimator for."""

    _input_spec = InputSpec.of(SETS)


def library(name):
    return pytest.importorskip(name)


def arrow_lists(cells):
    return pd.Series(cells, dtype=pd.ArrowDtype(library("pyarrow").array(cells).type))


# One array a set, where a value may be None.
PARTS = {
    "lists": list,
    "objects": lambda cells: [np.array(cell, dtype=object) for cell in cells],
    "pandas NA": lambda cells: [[pd.NA if v is None else v for v in cell] for cell in cells],
    "pandas arrays": lambda cells: [pd.array(cell) for cell in cells],
    "pandas series": lambda cells: [pd.Series(pd.array(cell)) for cell in cells],
    "pandas column": pd.Series,
    "pandas arrow column": arrow_lists,
    "polars column": lambda cells: library("polars").Series(cells),
    "polars series": lambda cells: [library("polars").Series(cell) for cell in cells],
    "arrow": lambda cells: library("pyarrow").array(cells),
    "arrow chunks": lambda cells: library("pyarrow").chunked_array([cells[:1], cells[1:]]),
    "arrow arrays": lambda cells: [library("pyarrow").array(cell) for cell in cells],
    "awkward": lambda cells: library("awkward").Array(cells),
    "awkward arrays": lambda cells: [library("awkward").Array(cell) for cell in cells],
    "dict values": lambda cells: dict(enumerate(cells)).values(),
    "SetArray": lambda cells: SetArray(np.array(sum(cells, []), dtype=object), SETS.offsets),
}
REAL = [[1.5, 2.0, None], [3.0, 4.0], [5.0, None, 7.0, 8.0]]
INTEGERS = [[0, 1, None], [1, 0], [1, None, 0, 1]]
STRINGS = [["a", "b", None], ["b", "a"], ["a", None, "b", "b"]]
FULL = [[1, 2, 1], [1, 1], [1, 1, 3, 1]]


@pytest.mark.parametrize("container", PARTS.values(), ids=PARTS)
def test_missing_targets_of_elements(container):
    y = validate_real_elements(container(REAL), SETS, Fitted())
    assert_array_equal(y, [1.5, 2, np.nan, 3, 4, 5, np.nan, 7, 8])


@pytest.mark.parametrize("container", PARTS.values(), ids=PARTS)
@pytest.mark.parametrize("cells", [INTEGERS, STRINGS], ids=["integers", "strings"])
def test_missing_labels_of_elements(container, cells):
    labels, labelled = validate_labels(container(cells), SETS, Fitted())
    flat = np.array(sum(cells, []), dtype=object)
    assert_array_equal(labelled, [value is not None for value in flat])
    assert labels[labelled].tolist() == flat[labelled].tolist()
    assert labels.dtype.kind == ("i" if cells is INTEGERS else "U")


@pytest.mark.parametrize("container", PARTS.values(), ids=PARTS)
def test_weights_of_elements(container):
    weight = validate_element_weight(container(FULL), SETS)
    np.testing.assert_allclose(weight / weight[0], sum(FULL, []))


TENSORS = {
    "gradient": lambda cells: [torch.tensor(c, dtype=float, requires_grad=True) for c in cells],
    "bfloat16": lambda cells: [torch.tensor(c).bfloat16() for c in cells],
    "lists": lambda cells: [list(torch.tensor(c, dtype=float)) for c in cells],
    "nested": lambda cells: torch.nested.nested_tensor(
        [torch.tensor(c) for c in cells], layout=torch.jagged
    ),
}


@pytest.mark.parametrize("container", TENSORS.values(), ids=TENSORS)
def test_tensors_as_targets_and_weights_of_elements(container):
    assert validate_real_elements(container(FULL), SETS, Fitted()).tolist() == sum(FULL, [])
    weight = validate_element_weight(container(FULL), SETS)
    np.testing.assert_allclose(weight / weight[0], sum(FULL, []))


# One value a set.
VALUES = {
    "list": list,
    "Int64": lambda y: pd.Series(y, dtype="Int64"),
    "polars": lambda y: library("polars").Series(y),
    "arrow": lambda y: library("pyarrow").array(y),
    "awkward": lambda y: library("awkward").Array(y),
    "dict values": lambda y: dict(enumerate(y)).values(),
    "gradient": lambda y: torch.tensor(y, dtype=float, requires_grad=True),
    "bfloat16": lambda y: torch.tensor(y).bfloat16(),
    "list of tensors": lambda y: list(torch.tensor(y, dtype=float, requires_grad=True)),
    "other byte order": lambda y: np.array(y, dtype=">i4"),
}


@pytest.mark.parametrize("container", VALUES.values(), ids=VALUES)
def test_one_value_a_set(container):
    assert validate_targets(container([3, 1, 2]), 3, numeric=True).tolist() == [3, 1, 2]
    assert read_sample_weight(container([3, 1, 2]), SETS).tolist() == [3, 1, 2]


LABELS = {
    "bytes": [b"b", "é".encode(), b"b"],
    "array of bytes": np.array([b"b", "é".encode(), b"b"]),
    "objects": np.array([b"b", "é", "b"], dtype=object),
    "pandas": pd.Series(["b", "é", "b"], dtype="string"),
    "category": pd.Series(["b", "é", "b"], dtype="category"),
}


@pytest.mark.parametrize("y", LABELS.values(), ids=LABELS)
def test_labels_that_are_text(y):
    X = [np.ones((2, 1)), np.zeros((3, 1)), np.ones((1, 1))]
    classifier = SDMClassifier(random_state=0).fit(X, y)
    assert classifier.classes_.tolist() == ["b", "é"]
    assert classifier.score(X, y) == 1.0


def test_dates_as_labels():
    X = [np.ones((2, 1)), np.zeros((3, 1)), np.ones((1, 1))]
    dates = np.array(["2020-02-01", "2020-01-01", "2020-02-01"], dtype="M8[D]")
    classifier = SDMClassifier(random_state=0).fit(X, dates)
    assert classifier.score(X, dates) == 1.0
    with pytest.raises(ValueError, match=r"dtype int64, fit had datetime64\[D\]. Pass labels as"):
        classifier.score(X, np.array([2, 1, 2]))
    with pytest.raises(ValueError, match=r"dtype datetime64\[D\], fit had int64. Pass labels as"):
        classifier.fit(X, np.array([2, 1, 2])).score(X, dates)


def test_string_dtype_of_numpy_as_labels():
    if not hasattr(np, "dtypes") or not hasattr(np.dtypes, "StringDType"):
        pytest.skip("numpy 1 has no StringDType")
    y = np.array(["b", "a", "b"], dtype=np.dtypes.StringDType())
    assert validate_targets(y, 3).tolist() == ["b", "a", "b"]


def test_integers_of_pandas_stay_integers():
    assert validate_targets(pd.Series([3, 1, 2], dtype="Int64"), 3).dtype == np.int64
    assert validate_targets(pd.Series([True, False], dtype="boolean"), 2).dtype == bool


@pytest.mark.parametrize(
    ("y", "message"),
    [
        (["a", 1, "b"], "y must hold labels of one kind; found strings and numbers"),
        (pd.Series([1, None, 2], dtype="Int64"), "Input y contains NaN: set 1"),
        ([1, pd.NA, 2], "Input y contains NaN: set 1"),
        (["a", None, "b"], "Input y contains NaN: set 1"),
        ((v for v in "abc"), "y is a generator, expected values with an order and a length"),
        ({1, 2, 3}, "y is a set, expected values with an order and a length"),
        ({"a": 1}, "y is a dict, .* It is read as a dict where the sets of X have keys, too"),
        ([[1], [1, 2], [3]], "y is ragged: every set must have the same number of targets"),
        ([b"a", "é".encode("latin-1"), b"b"], "y has a token of bytes that are no UTF-8"),
    ],
)
def test_what_are_no_targets(y, message):
    with pytest.raises(ValueError, match=message) as error:
        validate_targets(y, 3)
    assert len(str(error.value)) <= 500


def test_a_dict_of_targets_is_aligned_to_the_keys():
    X = {name: np.full((2, 1), float(i)) for i, name in enumerate("abcdef")}
    y = {name: float(i) for i, name in enumerate("abcdef")}
    shuffled = {name: y[name] for name in "fbdace"}
    expected = SDMRegressor(random_state=0).fit(X, list(y.values()))
    fitted = SDMRegressor(random_state=0).fit(X, shuffled, sample_weight=dict.fromkeys(y, 1.0))
    assert_array_equal(fitted.predict(X), expected.predict(X))
    assert fitted.score(SetArray.from_sets(X), shuffled) == expected.score(X, list(y.values()))
    with pytest.raises(ValueError, match="y has no value for the key of set 2, 'c'. Add it, or"):
        SDMRegressor().fit(X, {"a": 1.0, "b": 2.0})


def test_weights_of_sets_are_aligned_to_the_keys_of_the_sets():
    X = SetArray.from_sets({name: np.full((2, 1), float(i)) for i, name in enumerate("abcdef")})
    y = np.array([0.0, 5.0, 1.0, 4.0, 2.0, 3.0])
    weight = pd.Series([1.0, 9.0, 2.0, 8.0, 3.0, 7.0], index=list("abcdef"))
    expected = SDMRegressor(random_state=0).fit(X, y, sample_weight=weight.to_numpy())
    fitted = SDMRegressor(random_state=0).fit(X, y, sample_weight=weight.loc[list("fbdace")])
    assert_array_equal(fitted.predict(X), expected.predict(X))


HIDDEN = {
    "one tensor": torch.tensor([4, 1]),
    "tensors": [torch.tensor([4]), torch.tensor([1])],
    "arrow": lambda: library("pyarrow").array([[4], [1]]),
    "polars": lambda: library("polars").Series([[4], [1]]),
    "awkward": lambda: library("awkward").Array([[4], [1]]),
    "sets": [{4}, {1}],
    "dict values": {"a": [4], "b": [1]}.values(),
    "Int64": pd.Series([4, 1], dtype="Int64"),
}


@pytest.mark.parametrize("y", HIDDEN.values(), ids=HIDDEN)
def test_hidden_items(y):
    expander = SetExpander(max_epochs=1).fit([[1, 2], [2, 3]], y() if callable(y) else y)
    assert expander.vocabulary_.tolist() == [1, 2, 3, 4]


@pytest.mark.parametrize(
    "vocabulary",
    [["é".encode(), b"b"], dict.fromkeys(["é", "b"]).keys(), pd.Index(["é", "b"])],
    ids=["bytes", "keys", "index"],
)
def test_vocabularies(vocabulary):
    expander = SetExpander(max_epochs=1, vocabulary=vocabulary).fit([["é", "b"], ["b"]])
    assert expander.vocabulary_.tolist() == ["é", "b"]


def test_features_of_items_as_tensors():
    features = torch.eye(3, requires_grad=True)
    expected = SetExpander(max_epochs=1, random_state=0).fit(
        [[1, 2], [2, 3]], item_features=np.eye(3)
    )
    for given in (features, dict(zip([1, 2, 3], features, strict=True))):
        fitted = SetExpander(max_epochs=1, random_state=0)
        fitted.fit([[1, 2], [2, 3]], item_features=given)
        assert_array_equal(fitted.rank([[1]], n_items=2), expected.rank([[1]], n_items=2))


# ---------------------------------------------------------------- masks


def test_no_mask_is_lost():
    """As a plain array, a masked one would show what lies below its mask."""
    masked = np.ma.masked_equal([1, 2], 2)
    scores = np.ma.masked_equal([[0.1, 0.2]], 0.2)
    for make, message in (
        (lambda: SetArray(np.ones(2), [0, 1, 2], keys=masked), "keys has masked values"),
        (lambda: SetArray(np.ones(2), np.ma.masked_equal([0, 1, 2], 1)), "offsets has masked"),
        (lambda: item_ranks([[0]], scores), "scores has masked values. Score every item"),
        (lambda: tagging_scores([[0]], scores), "y_score has masked values"),
        (lambda: tagging_scores(masked[None] - 1, [[0.1, 0.2]], k=1), "y_true has masked values"),
        (lambda: recall_at_k(masked, k=1), "ranks has masked values. Fill them in"),
        (lambda: redshift_scatter(masked, [1, 2]), "y_true has masked values"),
    ):
        with pytest.raises(ValueError, match=message):
            make()
