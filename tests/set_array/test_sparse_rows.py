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
    assert [items.tolist() for items in SetArray.from_csr(matrix)] == [[], [0]]
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


def test_counts_are_no_sets():
    counts = sparse.csr_array([[0, 1, 0], [1, 0, 3]])
    with pytest.raises(ValueError, match="set 1, column 2 is 3. Make it binary"):
        SetArray.from_csr(counts)
    with pytest.raises(ValueError, match="sparse matrix is read as sets of the columns"):
        CooccurrenceRanker().fit(counts)
    with pytest.raises(TypeError, match="Expected a sparse matrix, found a list"):
        SetArray.from_csr([[0, 1]])


def test_an_encoder_of_tokens_reads_them():
    encoder = TokenEncoder().fit(sparse.csr_array(ONES))
    encoded = encoder.transform(sparse.csr_array(ONES[:3]))
    for tokens, items in zip(encoded, SETS, strict=False):
        assert_array_equal(encoder.vocabulary_[tokens - 1], items)
