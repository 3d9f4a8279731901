"""What the support distribution machines share: a kernel between sets, exact or approximated."""

from abc import ABCMeta, abstractmethod
from numbers import Integral, Real

import joblib
import numpy as np
from sklearn.base import BaseEstimator
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted, check_memory

from sksets._compat import Interval, StrOptions
from sksets._fitting import fitting
from sksets._validation import read_sample_weight, validate_sets
from sksets.kernels import (
    DIVERGENCES,
    ELEMENT_KERNELS,
    ORDERED_DIVERGENCES,
    PSD_METHODS,
    SHIFT_INVARIANT_KERNELS,
    PSDProjection,
    check_order,
    element_median_gamma,
    knn_divergence,
    mean_map_kernel,
    median_gamma,
    mmd_squared,
    nystroem_map,
)
from sksets.preprocessing import MeanMapFeatures

# libsvm and liblinear shuffle nothing in what is solved here, and ask for a seed all the same: with
# none they would draw it from numpy's global generator.
SOLVER_SEED = 0

# Positive semi-definite by their construction, and linear in features of the sets.
_MEAN_MAPS = {"mean_map": mean_map_kernel, "mmd": mmd_squared}


# A function, not a method: joblib would look results up by all parameters of the estimator, and
# miss them when a grid search changes one that the comparison does not depend on.
def compare_sets(X, Y, *, kernel, n_jobs, **options):
    """Return what a kernel is made of: mean map kernel, MMD^2, or symmetrised divergences.

    Parameters
    ----------
    X : SetArray of n sets
    Y : SetArray of m sets, or None for X
    kernel : str
    n_jobs : int or None
    **options : float, int or str
        Of the function in :mod:`sksets.kernels` that the kernel names.

    Returns
    -------
    ndarray of shape (n, m), float64
    """
    if kernel in _MEAN_MAPS:
        matrix = _MEAN_MAPS[kernel](X, Y, n_jobs=n_jobs, **options)
    else:
        matrix = knn_divergence(X, Y, divergence=kernel, symmetric=True, n_jobs=n_jobs, **options)
    if kernel != "mean_map":
        # Estimates may be negative, distances are not: exp(-gamma D) would exceed 1.
        matrix = np.maximum(matrix, 0)
    return _as_float64(matrix)


def _as_float64(rows):
    """Return an array, also where scikit-learn is configured to make transformers return frames."""
    return np.asarray(rows, dtype=np.float64)


class BaseSDM(BaseEstimator, metaclass=ABCMeta):
    """Base of the estimators that put a kernel between sets into a solver of scikit-learn.

    A subclass says what its targets are (``_check_target``), what is solved for them
    (``_fit_solver``) and what is predicted from ``_rows``.
    """

    _parameter_constraints: dict = {
        "kernel": [StrOptions({*_MEAN_MAPS, *DIVERGENCES})],
        "gamma": [Interval(Real, 0, None, closed="neither"), StrOptions({"median"})],
        "element_kernel": [StrOptions(set(ELEMENT_KERNELS))],
        "element_gamma": [Interval(Real, 0, None, closed="neither"), StrOptions({"median"})],
        "degree": [Interval(Integral, 1, None, closed="left")],
        "coef0": [Interval(Real, 0, None, closed="left")],
        "n_neighbors": [Interval(Integral, 1, None, closed="left")],
        "divergence_alpha": [Interval(Real, 0, None, closed="neither")],
        "psd": [StrOptions(set(PSD_METHODS))],
        "approximation": [StrOptions({"rff", "nystroem"}), None],
        "n_components": [Interval(Integral, 1, None, closed="left")],
        "memory": [str, joblib.Memory, None],
        "n_jobs": [Integral, None],
        "random_state": ["random_state"],
    }

    @abstractmethod
    def __init__(
        self,
        *,
        kernel,
        gamma,
        element_kernel,
        element_gamma,
        degree,
        coef0,
        n_neighbors,
        divergence_alpha,
        psd,
        approximation,
        n_components,
        memory,
        n_jobs,
        random_state,
    ):
        self.kernel = kernel
        self.gamma = gamma
        self.element_kernel = element_kernel
        self.element_gamma = element_gamma
        self.degree = degree
        self.coef0 = coef0
        self.n_neighbors = n_neighbors
        self.divergence_alpha = divergence_alpha
        self.psd = psd
        self.approximation = approximation
        self.n_components = n_components
        self.memory = memory
        self.n_jobs = n_jobs
        self.random_state = random_state

    @fitting
    def fit(self, X, y, sample_weight=None):
        """Compare the training sets, and solve for the targets.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
            Set ``i`` is an array of shape (n_i, n_features), and not empty. See
            :ref:`containers`.
        y : array-like of shape (n_sets,) or (n_sets, n_outputs)
            One target a set; several only where a regressor has ``solver="ridge"``.
        sample_weight : array-like of shape (n_sets,), default=None
            Weight of each set in the loss; a set of weight zero is left out. The kernel does not
            depend on the others.

        Returns
        -------
        self : object
            The fitted estimator.

        Raises
        ------
        ValueError
            For bad input; the message names the set. The estimator stays as it was.
        """
        self._check_approximation()
        if self.kernel in ORDERED_DIVERGENCES:
            check_order(self.divergence_alpha, self.n_neighbors, name="divergence_alpha")
        sets = self._check_sets(X, reset=True)
        weight = self._check_weight(sample_weight, sets)
        target = self._check_target(y, sets, weight)
        if weight is not None and not weight.all():
            # Of a precomputed kernel, libsvm would drop the rows and keep the columns.
            weighs = weight > 0
            sets, target, weight = sets[weighs], target[weighs], weight[weighs]
        self.estimator_ = self._fit_solver(self._fit_kernel(sets), target, weight)
        return self

    def _check_approximation(self):
        if self.approximation != "rff":
            return
        if self.kernel not in _MEAN_MAPS:
            raise ValueError(
                "approximation='rff' needs kernel='mean_map' or 'mmd'; found kernel="
                f"{self.kernel!r}. Use approximation='nystroem', which is for any kernel."
            )
        if self.element_kernel not in SHIFT_INVARIANT_KERNELS:
            raise ValueError(
                "approximation='rff' needs element_kernel='rbf' or 'laplacian'; found "
                f"element_kernel={self.element_kernel!r}. Use approximation='nystroem', which is "
                "for any kernel."
            )

    def _check_sets(self, X, *, reset):
        sets = validate_sets(
            self, X, reset=reset, dtype=[np.float64, np.float32], check_context=False
        )
        if sets.context is not None:
            raise ValueError(
                f"X has a context of {sets.context.shape[1]} features, but the kernels of "
                f"{type(self).__name__} compare elements alone. Drop it with SetArray(X.values, "
                "X.offsets), or put MeanMapFeatures, which appends it, before another model."
            )
        return sets

    def _check_weight(self, sample_weight, sets):
        """Return the weights as they are given.

        Scaled to a mean of one, as those of the networks are, they would change how much the
        errors count against the penalty.
        """
        if sample_weight is None:
            return None
        return read_sample_weight(sample_weight, sets)

    def _fit_kernel(self, sets):
        """Learn the kernel; return its matrix for the training sets, or their features."""
        self.element_gamma_ = self._find_element_gamma(sets)
        self.gamma_ = self.X_fit_ = self._projection = None
        if self.approximation == "rff":
            return self._fit_fourier(sets)
        if self.approximation == "nystroem":
            return self._fit_landmarks(sets)
        matrix = self._fit_comparison(sets)
        if self.kernel in _MEAN_MAPS:
            return matrix
        self._projection = PSDProjection(self.psd)
        return _as_float64(self._projection.fit_transform(matrix))

    def _fit_comparison(self, sets):
        """Return the kernel of the sets that others will be compared with."""
        self.X_fit_ = sets
        compared = self._compare(sets)
        if self.kernel != "mean_map":
            self.gamma_ = median_gamma(compared) if self.gamma == "median" else self.gamma
        return self._kernel_of(compared)

    def _fit_landmarks(self, sets):
        order = check_random_state(self.random_state).permutation(len(sets))
        chosen = np.sort(order[: self.n_components])
        matrix = self._fit_comparison(sets[chosen])
        self._map = nystroem_map(matrix)
        # A copy: a comparison that joblib keeps may be mapped from its file, where writing ends in
        # an error or changes what the next fit reads.
        rows = np.array(self._kernel_of(self._compare(sets, self.X_fit_)))
        # A divergence of a set from itself is 0, but estimated from nearest neighbours it is not.
        rows[chosen] = matrix
        return rows @ self._map

    def _fit_fourier(self, sets):
        self._map = MeanMapFeatures(
            element_kernel=self.element_kernel,
            element_gamma=self.element_gamma_,
            n_components=self.n_components,
            gamma=self.gamma if self.kernel == "mmd" else None,
            n_outer_components=2 * self.n_components,
            n_jobs=self.n_jobs,
            random_state=self.random_state,
        )
        features = self._map.fit_transform(sets)
        self.gamma_ = self._map.gamma_
        return _as_float64(features)

    def _find_element_gamma(self, sets):
        if self.kernel not in _MEAN_MAPS or self.element_kernel == "linear":
            return None
        if self.element_gamma != "median":
            return self.element_gamma
        if self.element_kernel == "polynomial":
            return 1 / self.n_features_in_
        # The same pairs in every fit: with another gamma, nothing in the memory would match.
        return element_median_gamma(sets, element_kernel=self.element_kernel, random_state=0)

    def _comparison_options(self):
        """Return the parameters that the comparison of sets depends on, and no others."""
        if self.kernel not in _MEAN_MAPS:
            options = {"n_neighbors": self.n_neighbors}
            if self.kernel in ORDERED_DIVERGENCES:
                options["alpha"] = self.divergence_alpha
            return options
        options = {"element_kernel": self.element_kernel, "element_gamma": self.element_gamma_}
        if self.element_kernel == "polynomial":
            options |= {"degree": self.degree, "coef0": self.coef0}
        return options

    def _compare(self, X, Y=None):
        compare = check_memory(self.memory).cache(compare_sets, ignore=["n_jobs"])
        return compare(X, Y, kernel=self.kernel, n_jobs=self.n_jobs, **self._comparison_options())

    def _kernel_of(self, compared):
        if self.gamma_ is None:
            return compared
        # Estimates are at most the largest number; times gamma they may overflow: a kernel of 0.
        with np.errstate(over="ignore"):
            return np.exp(-self.gamma_ * compared)

    def _rows(self, sets):
        """Return the kernel between sets and the training sets, or the features of sets."""
        if self.approximation == "rff":
            return _as_float64(self._map.transform(sets))
        rows = self._kernel_of(self._compare(sets, self.X_fit_))
        if self.approximation == "nystroem":
            return rows @ self._map
        return rows if self._projection is None else _as_float64(self._projection.transform(rows))

    def _fitted_rows(self, X):
        check_is_fitted(self)
        return self._rows(self._check_sets(X, reset=False))

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.three_d_array = True
        tags.target_tags.required = True
        return tags

    @abstractmethod
    def _check_target(self, y, sets, weight):
        """Validate ``y`` of sets with weights or None; return it as the solver takes it."""

    @abstractmethod
    def _fit_solver(self, rows, target, weight):
        """Return the solver, fitted to a kernel matrix or, where approximated, to features."""
