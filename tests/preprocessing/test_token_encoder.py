"""Tokens become integers."""

import numpy as np
import pytest

from sksets import SetArray
from sksets.preprocessing import TokenEncoder


def test_tokens_become_integers():
    encoder = TokenEncoder().fit([[30, 10], [], [10, 20]])
    np.testing.assert_array_equal(encoder.vocabulary_, [10, 20, 30])
    assert encoder.n_features_in_ == 1
    found = encoder.transform([[20, 99, -1], [30]])
    assert [s.tolist() for s in found] == [[2, 0, 0], [3]]
    assert found[0].dtype == np.int64
    padded = encoder.transform(np.array([[10, 20], [20, 5]]))
    np.testing.assert_array_equal(padded, [[1, 2], [2, 0]])
    assert len(encoder.transform([[]])[0]) == 0


def test_a_longer_unknown_string_is_unknown(context):
    X = SetArray.from_sets([["a", "bb"], ["a"], [], ["c"], ["c"]], context=context)
    encoder = TokenEncoder(min_frequency=2)
    found = encoder.fit_transform(X)
    assert encoder.vocabulary_.tolist() == ["a", "c"]
    assert found.values.tolist() == [1, 0, 1, 2, 2]
    np.testing.assert_array_equal(found.context, context)
    assert encoder.transform([["abc", "c"]])[0].tolist() == [0, 2]


def test_token_encoder_errors():
    encoder = TokenEncoder().fit([["a"], ["b"]])
    with pytest.raises(ValueError, match="integer tokens, but TokenEncoder was fitted on string"):
        encoder.transform([[1, 2]])
    with pytest.raises(ValueError, match="found dtype float64"):
        encoder.fit([np.array([0.5])])
    with pytest.raises(ValueError, match="All 2 sets of X are empty"):
        encoder.fit([[], []])
    with pytest.raises(ValueError, match="No token occurs min_frequency=3 times; .* b, occurs 2"):
        TokenEncoder(min_frequency=3).fit([["a", "b"], ["b"]])
    assert encoder.vocabulary_.tolist() == ["a", "b"]
    with pytest.raises(ValueError, match="'min_frequency' parameter of TokenEncoder"):
        TokenEncoder(min_frequency=0).fit([["a"]])
