"""NeighborFeatures: what lies around each element of its set."""

from numbers import Integral

import joblib
import numpy as np
from sklearn.utils.validation import check_is_fitted

from sksets._compat import Interval
from sksets._fitting import fitted, fitting
from sksets._set_array import element_position
from sksets._validation import find_nonfinite, name_features_in, set_column, validate_sets
from sksets.preprocessing._base import SetTransformer, check_numbers, contain_like
from sksets.preprocessing._neighborhoods import describe_neighborhoods, neighborhood_columns


class NeighborFeatures(SetTransformer, auto_wrap_output_keys=None):
    r"""Append to each element the mean offset and the covariance of its nearest members.

    Of an element x of d features, with the k nearest other members x_1, ..., x_k of its set by the
    Euclidean distance, these are the d numbers

    .. math:: m = \frac{1}{k} \sum_j (x_j - x)

    and the d (d + 1) / 2 numbers of the upper triangle, row by row, of

    .. math:: C = \frac{1}{k} \sum_j (x_j - x - m) (x_j - x - m)^T.

    They say whether a point lies on an edge, on a plane or inside, in which direction, and how
    dense the set is there: twelve numbers for a point in space. When a set is turned they turn with
    it, as :class:`~sksets.augmentation.RandomRotation` does with them.

    Parameters
    ----------
    n_neighbors : int, default=16
        The number k. Of a smaller set all other members are taken; an element alone gets zeros.
    n_jobs : int or None, default=None
        How many threads search: None for one, or what a joblib backend says around the call, -1
        for all cores. It does not change the result.

    Attributes
    ----------
    n_features_in_ : int
        Number of features of an element, before.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the columns of the sets have names.

    See Also
    --------
    sksets.nn.NeighborMoments : The same as a layer, of the elements that a network sees.

    Notes
    -----
    Nothing is learned. An element is no neighbour of itself, its duplicates are. Where several
    members are as far off as the last of the k, each counts the same share, so that the order of
    the elements does not matter. Weights of elements are kept and do not enter. Features of
    different units should be scaled before (:class:`ElementTransformer`).

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.preprocessing import NeighborFeatures
    >>> X = [np.array([[0.0, 0.0], [2.0, 0.0], [0.0, 4.0]])]
    >>> NeighborFeatures(n_neighbors=2).fit_transform(X)[0]
    array([[ 0.,  0.,  1.,  2.,  1., -2.,  4.],
           [ 2.,  0., -2.,  2.,  0.,  0.,  4.],
           [ 0.,  4.,  1., -4.,  1.,  0.,  0.]])
    """

    _parameter_constraints: dict = {
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
    }

    def __init__(self, n_neighbors=16, n_jobs=None):
        self.n_neighbors = n_neighbors
        self.n_jobs = n_jobs

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
            If X is empty, has NaN or infinity, or elements that are no vectors.
        """
        self._workers()
        self._check(X, reset=True)
        return self

    @fitted
    def transform(self, X):
        """Append what lies around each element.

        Parameters
        ----------
        X : any container of sets
            Sets of vectors.

        Returns
        -------
        X_new : SetArray, list of ndarray or ndarray, as X
            The sets with elements of 2 d + d (d + 1) / 2 features, float32 if they were float32,
            float64 otherwise. Keeps context, keys and weights.

        Raises
        ------
        ValueError
            If X is invalid, has another number of features than in fit, or squares of its numbers
            are too large for their type.
        """
        check_is_fitted(self)
        sets, workers = self._check(X, reset=False), self._workers()
        codes = sets.codes
        d = codes.shape[1]
        dtype = np.float32 if codes.dtype == np.float32 else np.float64
        values = np.zeros((len(codes), 2 * d + d * (d + 1) // 2), dtype=dtype)
        values[:, :d] = codes
        with np.errstate(over="ignore"):
            describe_neighborhoods(codes, sets.offsets, self.n_neighbors, workers, values[:, d:])
        if (bad := find_nonfinite(values)) is not None:
            raise ValueError(
                f"The covariance of neighbours is too large for {values.dtype}: "
                f"{element_position(sets.offsets, bad.row)}. Scale the elements first, for example "
                "with ElementTransformer(StandardScaler())."
            )
        names = None if sets.feature_names is None else _names(sets.feature_names)
        return contain_like(X, sets.map_values(values, names))

    def get_feature_names_out(self, input_features=None):
        """Name the features of the elements.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,) or (1,), default=None
            Names of the features of an element, by default ``feature_names_in_`` where there are
            any, ``x0``, ``x1``, ... otherwise; or the name of the column which holds the sets, as
            ColumnTransformer passes it.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,) or (1,)
            Those of "x" and "y", then "offset_x", "offset_y", "cov_x_x", "cov_x_y", "cov_y_y". A
            column of sets stays one.

        Raises
        ------
        ValueError
            If the names are not as many as the features, or others than in fit.
        """
        if (column := set_column(self, input_features)) is not None:
            return np.array([column], dtype=object)
        return _names(name_features_in(self, input_features))

    def _workers(self):
        if self.n_jobs == 0:
            raise ValueError("n_jobs must be None, 1 or more, or negative (-1: all cores).")
        n_jobs = None if self.n_jobs is None else int(self.n_jobs)
        return min(joblib.effective_n_jobs(n_jobs), joblib.cpu_count())

    def _check(self, X, reset):
        sets = validate_sets(self, X, reset=reset, check_context=False, allow_weights=True)
        check_numbers(self, sets)
        return sets

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags


def _names(names):
    """Name what is appended after the features that it is made of."""
    offsets = [f"offset_{name}" for name in names]
    pairs = zip(*neighborhood_columns(len(names)), strict=True)
    covariances = [f"cov_{names[i]}_{names[j]}" for i, j in pairs]
    return np.array([*names, *offsets, *covariances], dtype=object)
