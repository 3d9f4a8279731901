"""TokenEncoder: tokens to integers."""

from numbers import Integral

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sksets._compat import Interval
from sksets._fitting import fitted, fitting
from sksets._set_array import find_sorted
from sksets._validation import validate_sets
from sksets.preprocessing._base import SetTransformer, contain_like


class TokenEncoder(SetTransformer, auto_wrap_output_keys=None):
    """Encode tokens, which are strings or integers, as integers 1 to n; 0 is an unknown token.

    Parameters
    ----------
    min_frequency : int, default=1
        How often a token must occur in the sets of `fit`, all occurrences counted, to be known.

    Attributes
    ----------
    vocabulary_ : ndarray of shape (n_tokens,)
        The known tokens, integers or objects of str, sorted. ``vocabulary_[i]`` is encoded as
        ``i + 1``.
    n_features_in_ : int
        Always 1: a token is one value.

    See Also
    --------
    ElementTransformer : With scikit-learn's OneHotEncoder, makes vectors of tokens.

    Examples
    --------
    >>> from sksets.preprocessing import TokenEncoder
    >>> encoder = TokenEncoder().fit([["milk", "bread"], ["tea"], []])
    >>> encoder.vocabulary_
    array(['bread', 'milk', 'tea'], dtype=object)
    >>> encoder.transform([["tea", "rum"]])
    [array([3, 0])]
    """

    _parameter_constraints = {"min_frequency": [Interval(Integral, 1, None, closed="left")]}

    def __init__(self, min_frequency=1):
        self.min_frequency = min_frequency

    @fitting
    def fit(self, X, y=None):
        """Learn the vocabulary.

        Parameters
        ----------
        X : any container of sets
            Sets of strings or integers, each 1-D. The rows of a 2-D array are sets.
        y : Ignored
            Not used.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If X is empty, all its sets are, its elements are no tokens, or no token is frequent
            enough.
        """
        sets = self._check(X, reset=True)
        tokens, counts = _count_tokens(sets)
        self.vocabulary_ = tokens[counts >= self.min_frequency]
        if len(self.vocabulary_) == 0:
            raise ValueError(
                f"No token occurs min_frequency={self.min_frequency} times; the most frequent "
                f"one, {tokens[counts.argmax()]!s}, occurs {counts.max()} times."
            )
        return self

    @fitted
    def transform(self, X):
        """Encode the tokens.

        Parameters
        ----------
        X : any container of sets
            Sets of strings, or of integers, as in fit.

        Returns
        -------
        X_new : SetArray, list of ndarray or ndarray, as X
            Sets of int64 from 0 to n_tokens, each 1-D. Keeps the context.

        Raises
        ------
        ValueError
            If X is invalid, or has integers where fit had strings or the other way round.
        """
        check_is_fitted(self)
        sets = self._check(X, reset=False)
        if sets.categories is None:
            numbers = find_sorted(self.vocabulary_, sets.codes) + 1
        else:
            (names,) = sets.categories
            numbers = (find_sorted(self.vocabulary_, names) + 1)[sets.codes]
        return contain_like(X, sets.map_values(numbers))

    def _check(self, X, reset):
        return validate_sets(
            self, X, reset=reset, element_kind="token", check_context=False, allow_weights=True
        )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.categorical = True
        tags.input_tags.string = True
        tags.input_tags.sparse = True
        tags.transformer_tags.preserves_dtype = []
        return tags


def _count_tokens(sets):
    """Return the distinct tokens of sets, sorted, and how often each occurs."""
    if sets.categories is None:
        return np.unique(sets.codes, return_counts=True)
    (names,) = sets.categories
    # Of sets that were taken from others, not all categories occur.
    counts = np.bincount(sets.codes, minlength=len(names))
    # Objects: an array of strings would be as wide as the longest of them.
    tokens = names[counts > 0]
    order = np.argsort(tokens)
    return tokens[order], counts[counts > 0][order]
