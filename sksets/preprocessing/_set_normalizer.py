"""SetNormalizer: each set centred and scaled by itself."""

import numpy as np
from sklearn.utils.validation import check_is_fitted

from sksets._fitting import fitted, fitting
from sksets._validation import validate_sets
from sksets.preprocessing._base import SetTransformer, check_numbers, contain_like
from sksets.preprocessing._segments import segment_moments


class SetNormalizer(SetTransformer, auto_wrap_output_keys=None):
    """Centre and scale each set by itself: zero mean of each axis, unit global variance.

    y_i = (x_i - mean(x)) / sqrt(mean over elements and axes of (x - mean(x))^2). The proportions
    of the axes stay as they are. A set whose elements are equal becomes zeros. Where the elements
    have weights, one of weight 2 counts as two elements. This is how point clouds are
    prepared in section 4.1.3 of [1]_.

    Attributes
    ----------
    n_features_in_ : int
        Number of features of an element.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the columns of the sets have names.

    See Also
    --------
    ElementTransformer : Applies a scaler that is fitted to the elements of all sets.

    Notes
    -----
    Nothing is learned. ``normalize="set"`` of the networks does the same.

    References
    ----------
    .. [1] Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov, Smola, "Deep Sets", Advances in
       Neural Information Processing Systems 30, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.preprocessing import SetNormalizer
    >>> X = [np.array([[0.0, 10.0], [2.0, 10.0]]), np.array([[5.0, 5.0]])]
    >>> SetNormalizer().fit_transform(X)[0].round(3)
    array([[-1.414,  0.   ],
           [ 1.414,  0.   ]])
    """

    _parameter_constraints: dict = {}

    @fitting
    def fit(self, X, y=None):
        """Record the number of features.

        Parameters
        ----------
        X : any container of sets
            Sets of vectors.
        y : Ignored
            Not used.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If X is empty, has NaN or infinity, or sets of mixed widths or of tokens.
        """
        self._check(X, reset=True)
        return self

    @fitted
    def transform(self, X):
        """Centre and scale each set by itself.

        Parameters
        ----------
        X : any container of sets
            Sets of vectors.

        Returns
        -------
        X_new : SetArray, list of ndarray or ndarray, as X
            The sets, float32 if they were float32, float64 otherwise. Keeps the context.

        Raises
        ------
        ValueError
            If X is invalid or has another number of features than in fit.
        """
        check_is_fitted(self)
        sets = self._check(X, reset=False)
        _, deviation, centred = segment_moments(sets.values, sets.offsets, sets.element_weight)
        # The largest one apart: squares of 1e200 overflow, and those of 1e-200 vanish.
        largest = deviation.max(axis=1, keepdims=True)
        largest = np.where(largest > 0, largest, 1.0)
        scale = largest * np.sqrt(np.mean((deviation / largest) ** 2, axis=1, keepdims=True))
        centred /= np.repeat(np.where(scale > 0, scale, 1.0), sets.sizes, axis=0)
        return contain_like(
            X, sets.map_values(centred.astype(sets.values.dtype, copy=False), sets.feature_names)
        )

    def _check(self, X, reset):
        sets = validate_sets(self, X, reset=reset, check_context=False, allow_weights=True)
        check_numbers(self, sets)
        if sets.values.dtype in (np.float64, np.float32):
            return sets
        return sets.map_values(sets.values.astype(np.float64), sets.feature_names)

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
