"""Sparse matrices of zeros and ones are sets of columns."""

import numpy as np
import pytest
from numpy.testing import assert_allclose, assert_array_equal
from scipy import sparse

from sksets import BayesianSets, DeepSetsClassifier, SetArray
from sksets.baselines import CooccurrenceRanker
from sksets.preprocessing import TokenEncoder

ONES = np.random.default_rng(0).uniform(size=(40, 9)) < 0.4
SETS = [np.flatnonzero(row) for row in ONES]


@pytest.mark.parametrize("kind", ["csr", "csc", "coo", "lil", "dok", "bsr", "dia"])
@pytest.mark.parametrize("dtype", [bool, np.int8, np.float64])
def test_rows_are_sets_of_columns(kind, dtype):
    X = SetArray.from_csr(sparse.coo_array(ONES.astype(dtype)).asformat(kind))
    assert X.values.dtype == np.int64 and len(X) == len(SETS)
    for items, expected in zip(X, SETS, strict=True):
        assert_array_equal(items, expected)


def test_stored_zeros_and_parts_of_one_value():
    matrix = sparse.coo_array(([0.0, 0.5, 0.5], ([0, 1, 1], [2, 0, 0])), shape=(2, 3))
    X = SetArray.from_csr(matrix)
    assert [items.tolist() for items in X] == [[], [0]] and X.element_weight is None
    assert matrix.nnz == 3  # what was passed is as it was


def test_context_goes_along():
    X = SetArray.from_csr(sparse.eye(3, format="csr"), context=[1.0, 2.0, 3.0])
    assert X.context.ravel().tolist() == [1.0, 2.0, 3.0]


@pytest.mark.parametrize("ranker", [CooccurrenceRanker(), BayesianSets()], ids=repr)
def test_rankers_read_them(ranker):
    filled = ONES[ONES.any(axis=1)]
    sets = [np.flatnonzero(row) for row in filled]
    expected = ranker.fit(sets).score_candidates(sets)
    matrix = sparse.csr_array(filled.astype(float))
    assert_allclose(ranker.fit(matrix).score_candidates(matrix), expected)


def test_networks_read_them_as_tokens():
    y = ONES[:, 0].astype(int)
    model = DeepSetsClassifier(element_kind="token", max_epochs=2, random_state=0)
    expected = model.fit(SETS, y).predict_proba(SETS)
    matrix = sparse.csr_array(ONES)
    assert_array_equal(model.fit(matrix, y).predict_proba(matrix), expected)
    with pytest.raises(TypeError, match=r"Sparse data was passed.*SetArray.from_csr\(X\) where"):
        DeepSetsClassifier().fit(matrix, y)


def test_counts_are_weights():
    counts = sparse.csr_array([[0, 1, 0], [1, 0, 3]])
    X = SetArray.from_csr(counts)
    assert X.values.tolist() == [1, 0, 2] and X.element_weight.tolist() == [1.0, 1.0, 3.0]
    with pytest.raises(
        ValueError, match="have weights, which CooccurrenceRanker does not take.* pass X != 0"
    ):
        CooccurrenceRanker().fit(counts)
    with pytest.raises(ValueError, match="have weights, which BayesianSets does not take"):
        BayesianSets().fit(counts)
    # Three times an item is what a weight of three is.
    model = DeepSetsClassifier(element_kind="token", max_epochs=2, random_state=0, dtype="float64")
    repeated = model.fit([[1], [0, 2, 2, 2]], [0, 1]).predict_proba([[1], [0, 2, 2, 2]])
    assert_allclose(model.fit(counts, [0, 1]).predict_proba(counts), repeated, rtol=1e-9)


def test_what_is_no_weight():
    for value, text in [(-1.0, "-1"), (np.inf, "inf"), (np.nan, "nan")]:
        with pytest.raises(ValueError, match=f"set 1, column 2 is {text}. Make it binary"):
            SetArray.from_csr(sparse.csr_array([[0, 1, 0], [1, 0, value]]))
    with pytest.raises(TypeError, match="Expected a sparse matrix, found a list"):
        SetArray.from_csr([[0, 1]])


def test_an_encoder_of_tokens_reads_them():
    encoder = TokenEncoder().fit(sparse.csr_array(ONES))
    encoded = encoder.transform(sparse.csr_array(ONES[:3]))
    for tokens, items in zip(encoded, SETS, strict=False):
        assert_array_equal(encoder.vocabulary_[tokens - 1], items)
