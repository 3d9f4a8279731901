"""MeanMapFeatures: each set to random Fourier features of its mean map."""

from numbers import Integral, Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.metrics.pairwise import euclidean_distances
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sksets._compat import Interval, StrOptions
from sksets._fitting import fitted, fitting
from sksets._set_array import SetArray
from sksets._validation import NumberedFeaturesOutMixin, index_by_keys, validate_sets
from sksets.kernels import (
    SHIFT_INVARIANT_KERNELS,
    element_median_gamma,
    fourier_frequencies,
    mean_map_features,
    median_gamma,
)
from sksets.preprocessing._base import check_numbers

# Sets whose distances to each other give gamma="median": half a million pairs. Those of all sets
# would make the time of a fit quadratic in their number.
_MEDIAN_SETS = 1000
# Squared distances below this share of the squared norms are rounding.
_ROUNDING = 1e-12


class MeanMapFeatures(NumberedFeaturesOutMixin, TransformerMixin, BaseEstimator):
    r"""Random Fourier features of sets, which give linear models a kernel between sets.

    With frequencies w drawn from the Fourier transform of an element kernel k, the features of a
    set X of M elements are the means over its elements of [cos(w.x), sin(w.x)], divided by the
    root of ``n_components``. The product of the features of two sets is, in expectation, their
    mean map kernel

    .. math:: K(X, Y) = \frac{1}{M M'} \sum_{ij} k(x_i, y_j)

    (Rahimi and Recht, 2007; Muandet et al., 2012). Time and memory are linear in the number of
    elements, where the kernel compares all pairs of them.

    Parameters
    ----------
    element_kernel : {"rbf", "laplacian"}, default="rbf"
        exp(-element_gamma \|x - y\|^2), or exp(-element_gamma \|x - y\|_1).

    element_gamma : float or "median", default="median"
        "median": 1 / the median of \|x - y\|^2, or of \|x - y\|_1, over random pairs of elements.

    n_components : int, default=500
        Number of frequencies of the mean map, each of which gives two features.

    gamma : float, "median" or None, default=None
        None: the features of the mean map. A number: features of exp(-gamma MMD^2), the Gaussian
        of the distance between two mean maps, which is universal where the mean map kernel is
        linear in the distribution of a set; drawn in the same way for the features of the mean
        map. "median": 1 / the median of MMD^2 over the pairs of at most 1,000 sets.

    n_outer_components : int, default=1000
        Number of frequencies of that Gaussian, each of which gives two features. Without effect
        where ``gamma`` is None.

    n_jobs : int, default=None
        Number of cores, as in scikit-learn; None for as many as torch uses.

    random_state : int, RandomState instance or None, default=None
        Draws the frequencies, and the pairs and sets of the medians.

    Attributes
    ----------
    element_gamma_ : float
        The factor in the element kernel.

    gamma_ : float or None
        The factor of MMD^2; None where ``gamma`` is None.

    frequencies_ : ndarray of shape (n_features, n_components)
        The frequencies of the mean map.

    outer_frequencies_ : ndarray of shape (2 * n_components, n_outer_components) or None
        The frequencies of the Gaussian; None where ``gamma`` is None.

    n_features_in_ : int
        Number of features of an element.

    n_context_features_ : int
        Number of context features, 0 without a context.

    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the columns of the sets have names.

    See Also
    --------
    sksets.SDMRegressor : These features, or the exact kernel, with a solver.
    SetSummarizer : Statistics of a set instead of its distribution.

    References
    ----------
    Rahimi, A. and Recht, B. (2007). Random features for large-scale kernel machines. Advances in
    Neural Information Processing Systems 20.

    Muandet, K., Fukumizu, K., Dinuzzo, F. and Schoelkopf, B. (2012). Learning from distributions
    via support measure machines. Advances in Neural Information Processing Systems 25.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.linear_model import RidgeCV
    >>> from sklearn.pipeline import make_pipeline
    >>> from sksets.preprocessing import MeanMapFeatures
    >>> rng = np.random.default_rng(0)
    >>> y = rng.uniform(1, 2, size=200)
    >>> X = [rng.normal(scale=scale, size=(50, 2)) for scale in y]
    >>> model = make_pipeline(MeanMapFeatures(random_state=0), RidgeCV(np.logspace(-4, 1, 6)))
    >>> bool(model.fit(X[:150], y[:150]).score(X[150:], y[150:]) > 0.8)
    True
    """

    _parameter_constraints: dict = {
        "element_kernel": [StrOptions(set(SHIFT_INVARIANT_KERNELS))],
        "element_gamma": [Interval(Real, 0, None, closed="neither"), StrOptions({"median"})],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "gamma": [Interval(Real, 0, None, closed="neither"), StrOptions({"median"}), None],
        "n_outer_components": [Interval(Integral, 1, None, closed="left")],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    def __init__(
        self,
        *,
        element_kernel="rbf",
        element_gamma="median",
        n_components=500,
        gamma=None,
        n_outer_components=1000,
        n_jobs=None,
        random_state=None,
    ):
        self.element_kernel = element_kernel
        self.element_gamma = element_gamma
        self.n_components = n_components
        self.gamma = gamma
        self.n_outer_components = n_outer_components
        self.n_jobs = n_jobs
        self.random_state = random_state

    @fitting
    def fit(self, X, y=None):
        """Draw the frequencies.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            Sets of vectors, none of them empty.
        y : Ignored
            Not used.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            For bad input; the message names the set. The transformer stays as it was.
        """
        sets = self._check(X, reset=True)
        rng = check_random_state(self.random_state)
        self.element_gamma_ = self.element_gamma
        if self.element_gamma == "median":
            self.element_gamma_ = element_median_gamma(
                sets, element_kernel=self.element_kernel, random_state=rng
            )
        self.frequencies_ = fourier_frequencies(
            self.n_features_in_,
            self.n_components,
            element_kernel=self.element_kernel,
            element_gamma=self.element_gamma_,
            random_state=rng,
        )
        self.gamma_ = self.outer_frequencies_ = None
        if self.gamma is not None:
            self._fit_gaussian(sets, rng)
        n_frequencies = self.n_components if self.gamma is None else self.n_outer_components
        self._n_features_out = 2 * n_frequencies + self.n_context_features_
        return self

    def _fit_gaussian(self, sets, rng):
        self.gamma_ = self.gamma
        if self.gamma == "median":
            chosen = rng.permutation(len(sets))[:_MEDIAN_SETS]
            mean_maps = self._features(sets[chosen], self.frequencies_)
            distances = euclidean_distances(mean_maps, squared=True)
            # Equal sets have no distance: what rounding leaves of it must not decide the median.
            distances[distances < _ROUNDING * np.square(mean_maps).sum(axis=1).max()] = 0
            self.gamma_ = median_gamma(distances)
        self.outer_frequencies_ = fourier_frequencies(
            2 * self.n_components,
            self.n_outer_components,
            element_kernel="rbf",
            element_gamma=self.gamma_,
            random_state=rng,
        )

    @fitted
    def transform(self, X):
        """Compute the features of each set.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            Sets of vectors, none of them empty.

        Returns
        -------
        X_new : ndarray of shape (n_sets, n_features_out)
            The cosines, then the sines, then the context, where there is one; float32 for sets
            of float32, float64 otherwise.

        Raises
        ------
        ValueError
            If X is invalid, has an empty set, or has other features or context features than in
            fit.
        """
        check_is_fitted(self)
        sets = self._check(X, reset=False)
        features = self._features(sets, self.frequencies_)
        if self.outer_frequencies_ is not None:
            # To the Gaussian, a mean map is a set of one element.
            mean_maps = SetArray(features, np.arange(len(features) + 1))
            features = self._features(mean_maps, self.outer_frequencies_)
        if sets.context is not None:
            features = np.hstack([features, sets.context.astype(features.dtype)])
        return index_by_keys(self, features, sets)

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the output.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,) or (1,), default=None
            Names of the features of an element, or that of the column which holds the sets; they
            are checked and not used.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
            "meanmapfeatures0" and so on, then the names of the context, where it has none
            "context0" and so on.

        Raises
        ------
        ValueError
            If the names are not as many as the features, or others than in fit.
        """
        names = super().get_feature_names_out(input_features)
        n_own = self._n_features_out - self.n_context_features_
        names[n_own:] = self._input_spec.name_context()
        return names

    def _features(self, sets, frequencies):
        return mean_map_features(sets, frequencies, n_jobs=self.n_jobs)

    def _check(self, X, reset):
        sets = validate_sets(self, X, reset=reset, dtype=[np.float64, np.float32])
        check_numbers(self, sets)
        return sets

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
