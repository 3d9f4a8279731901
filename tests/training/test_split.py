"""The sets that early stopping holds out."""

import numpy as np
import pytest
from numpy.testing import assert_array_equal

from sksets import DeepSetsClassifier


def test_early_stopping_with_more_classes_than_held_out_sets():
    X = [np.full((2, 1), i) for i in range(12)]
    y = [0, 0, 1, 1, 2, 2, 3, 3, 4, 4, 5, 5]
    clf = DeepSetsClassifier(early_stopping=True, max_epochs=2, random_state=0).fit(X, y)
    assert_array_equal(clf.classes_, range(6))
    with pytest.raises(ValueError, match="leave none to hold out"):
        clf.fit(X[:1], y[:1])
