"""PSDProjection: an indefinite similarity matrix to a positive semi-definite one."""

import numpy as np
from scipy.linalg import eigh
from sklearn.base import BaseEstimator, ClassNamePrefixFeaturesOutMixin, TransformerMixin
from sklearn.utils.validation import check_is_fitted, validate_data

from sksets._fitting import fitted, learning
from sksets._names import check_name
from sksets._validation import read_matrix
from sksets.kernels._matrices import FLOATS, check_square, make_symmetric

PSD_METHODS = ("clip", "flip", "shift", "square")


class PSDProjection(ClassNamePrefixFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""Make a similarity matrix positive semi-definite, and its rows of new sets to match.

    Kernels of estimated divergences have negative eigenvalues, with which support vector and
    kernel ridge machines have no sound solution. With the similarities K = U L U^T of the
    training sets, and rows of similarities of new sets to them (Chen et al., 2009, section 2):

    - "clip" sets negative eigenvalues to 0, K U 1[L > 0] U^T: the nearest such matrix;
    - "flip" changes their sign, K U sign(L) U^T;
    - "square" squares all, K K: inner products of the rows as features;
    - "shift" adds the least needed to the diagonal, K + \|l_min\| I. It changes the similarity of
      a set with itself alone, so rows of new sets stay as they are.

    Parameters
    ----------
    method : {"clip", "flip", "shift", "square"}, default="clip"
        What to do with negative eigenvalues.

    Attributes
    ----------
    min_eigenvalue_ : float
        The smallest eigenvalue of the matrix in fit: whether, and how far, it was indefinite.
    n_features_in_ : int
        Number of sets in fit.
    feature_names_in_ : ndarray of str of shape (n_sets,)
        Names of the columns, where the matrix was a frame with names.

    See Also
    --------
    sklearn.preprocessing.KernelCenterer : Centres a kernel matrix, with the same methods.

    References
    ----------
    Chen, Y., Garcia, E., Gupta, M., Rahimi, A. and Cazzanti, L. (2009). Similarity-based
    classification: concepts and algorithms. Journal of Machine Learning Research 10.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.kernels import PSDProjection
    >>> K = np.array([[1.0, 2.0], [2.0, 1.0]])
    >>> projection = PSDProjection()
    >>> projection.fit_transform(K)
    array([[1.5, 1.5],
           [1.5, 1.5]])
    >>> projection.min_eigenvalue_
    -1.0
    >>> projection.transform([[1.0, 0.0]])
    array([[0.5, 0.5]])
    """

    def __init__(self, method="clip"):
        self.method = method

    def fit(self, K, y=None):
        """Learn the projection from the similarities of the training sets.

        Parameters
        ----------
        K : array-like of shape (n_sets, n_sets)
            Similarities, symmetric up to rounding.
        y : Ignored
            Not used.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If the method is unknown, or K is not square, symmetric and finite.
        """
        self._fit(K)
        return self

    @fitted
    def transform(self, K):
        """Project rows of similarities to the training sets.

        Parameters
        ----------
        K : array-like of shape (n_new_sets, n_sets)
            Similarities of new sets to those of fit.

        Returns
        -------
        K_new : ndarray of shape (n_new_sets, n_sets)

        Raises
        ------
        ValueError
            If K has not one column a set of fit, or is not finite.
        """
        check_is_fitted(self)
        K = self._check(read_matrix(K, "K", dtype=FLOATS), K, reset=False)
        return K.copy() if self._matrix is None else K @ self._matrix

    def fit_transform(self, K, y=None):
        """Learn the projection and return the similarities of the training sets, projected.

        Parameters
        ----------
        K : array-like of shape (n_sets, n_sets)
            Similarities, symmetric up to rounding.
        y : Ignored
            Not used.

        Returns
        -------
        K_new : ndarray of shape (n_sets, n_sets)
            Symmetric and positive semi-definite.

        Raises
        ------
        ValueError
            As :meth:`fit`.
        """
        K = self._fit(K)
        if self.method == "shift":
            return K + max(0.0, -self.min_eigenvalue_) * np.eye(len(K), dtype=K.dtype)
        projected = K @ self._matrix
        # The product is symmetric but for rounding.
        return (projected + projected.T) / 2

    def _fit(self, K):
        """Store the matrix that rows are multiplied by, and return K, symmetric."""
        check_name(self.method, PSD_METHODS, "method")
        # Not `fitting`: fit_transform comes here too, and check_name proposes the nearest method.
        with learning(self) as projection:
            K = projection._check(check_square(K, "K"), K, reset=True)
            K = make_symmetric(K, "K")
            eigenvalues, vectors = eigh(K.astype(np.float64))
            projection.min_eigenvalue_ = float(eigenvalues[0])
            if self.method == "shift":
                projection._matrix = None
            elif self.method == "square":
                projection._matrix = K
            else:
                factors = eigenvalues > 0 if self.method == "clip" else np.sign(eigenvalues)
                projection._matrix = ((vectors * factors) @ vectors.T).astype(K.dtype)
        return K

    def _check(self, matrix, K, *, reset):
        """Return the matrix that was read from K; record, or compare, the names of its columns."""
        named = len(set(getattr(K, "columns", ()))) == matrix.shape[1]
        if not named:
            return validate_data(self, matrix, dtype=FLOATS, reset=reset)
        # The names alone: scikit-learn cannot read sparse columns of pandas with another fill.
        validate_data(self, K, skip_check_array=True, reset=reset)
        return matrix

    @property
    def _n_features_out(self):
        return self.n_features_in_

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.pairwise = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
