"""SDMRegressor: real targets of sets by a kernel between sets."""

from numbers import Real

import numpy as np
from sklearn.base import RegressorMixin
from sklearn.kernel_ridge import KernelRidge
from sklearn.linear_model import Ridge
from sklearn.svm import SVR, LinearSVR

from sksets._compat import Interval, StrOptions
from sksets._docs import document
from sksets._fitting import fitted
from sksets._sdm.base import SOLVER_SEED, BaseSDM
from sksets._sdm.parameters import SDM_ATTRIBUTES, SDM_PARAMETERS
from sksets._validation import KeyedScore, validate_targets

# The primal problem of smooth losses: the dual ones of liblinear need not converge.
_SMOOTH = {"loss": "squared_epsilon_insensitive", "dual": False}


@document(SDM_PARAMETERS, attributes=SDM_ATTRIBUTES)
class SDMRegressor(KeyedScore, RegressorMixin, BaseSDM):
    """Support distribution machine: regression on sets by a kernel between distributions.

    The elements of a set are taken for a sample of a distribution. A kernel compares two
    distributions through their samples (Poczos et al., 2013; Sutherland et al., 2012; Muandet et
    al., 2012), and ridge or support vector regression does the rest.

    Read more in the :ref:`user guide <kernels>`.

    Parameters
    ----------
    solver : {{"ridge", "svr"}}, default="ridge"
        "ridge": :class:`~sklearn.kernel_ridge.KernelRidge` with an intercept that is not
        penalised; :class:`~sklearn.linear_model.Ridge` on the features of an approximation.
        "svr": :class:`~sklearn.svm.SVR`, or :class:`~sklearn.svm.LinearSVR` with squared errors
        on features.

    alpha : float, default=0.01
        Strength of the penalty of "ridge". Divergences are noisier than "mean_map" and "mmd" and
        want more, 1 say.

    C : float, default=1.0
        Weight of the errors of "svr" against its penalty.

    epsilon : float, default=0.1
        Error up to which "svr" counts none, in the units of ``y``.

    {parameters}

    Attributes
    ----------
    {attributes}

    See Also
    --------
    SDMClassifier : The same for classes.
    DeepSetsRegressor : A network that learns what to compare.
    sksets.preprocessing.MeanMapFeatures : The features of "rff" for any scikit-learn model.

    Notes
    -----
    The exact estimator compares n sets in n^2 / 2 pairs of all their elements, and solves in n^3.
    "rff" is linear in n and in the number of elements.

    Sets are independent of each other, but a context would have to be compared as well: it is
    refused.

    References
    ----------
    Poczos, B., Singh, A., Rinaldo, A. and Wasserman, L. (2013). Distribution-free distribution
    regression. International Conference on Artificial Intelligence and Statistics 16.

    Sutherland, D. J., Xiong, L., Poczos, B. and Schneider, J. (2012). Kernels on sample sets via
    nonparametric divergence estimates. arXiv:1202.0302.

    Muandet, K., Fukumizu, K., Dinuzzo, F. and Schoelkopf, B. (2012). Learning from distributions
    via support measure machines. Advances in Neural Information Processing Systems 25.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets import SDMRegressor
    >>> rng = np.random.default_rng(0)
    >>> y = rng.uniform(1, 2, size=120)
    >>> X = [rng.normal(scale=scale, size=(50, 2)) for scale in y]
    >>> reg = SDMRegressor(alpha=0.1).fit(X[:80], y[:80])
    >>> bool(reg.score(X[80:], y[80:]) > 0.8)
    True
    """

    _parameter_constraints: dict = {
        **BaseSDM._parameter_constraints,
        "solver": [StrOptions({"ridge", "svr"})],
        "alpha": [Interval(Real, 0, None, closed="neither")],
        "C": [Interval(Real, 0, None, closed="neither")],
        "epsilon": [Interval(Real, 0, None, closed="left")],
    }

    def __init__(
        self,
        *,
        solver="ridge",
        alpha=1e-2,
        C=1.0,
        epsilon=0.1,
        kernel="mmd",
        gamma="median",
        element_kernel="rbf",
        element_gamma="median",
        degree=3,
        coef0=1.0,
        n_neighbors=3,
        divergence_alpha=0.5,
        psd="clip",
        approximation=None,
        n_components=500,
        memory=None,
        n_jobs=None,
        random_state=None,
    ):
        super().__init__(
            kernel=kernel,
            gamma=gamma,
            element_kernel=element_kernel,
            element_gamma=element_gamma,
            degree=degree,
            coef0=coef0,
            n_neighbors=n_neighbors,
            divergence_alpha=divergence_alpha,
            psd=psd,
            approximation=approximation,
            n_components=n_components,
            memory=memory,
            n_jobs=n_jobs,
            random_state=random_state,
        )
        self.solver = solver
        self.alpha = alpha
        self.C = C
        self.epsilon = epsilon

    @fitted
    def predict(self, X):
        """Predict the target of each set.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        y : ndarray of shape (n_sets,) or (n_sets, n_outputs)
        """
        rows = self._fitted_rows(X)
        return self.estimator_.predict(rows) + self._intercept

    def _check_target(self, y, sets, weight):
        many = self.solver == "ridge"
        y = validate_targets(
            y, len(sets), keys=sets.keys, estimator=self, multi_output=many, numeric=True
        )
        return y.astype(np.float64)

    def _fit_solver(self, rows, target, weight):
        self._intercept = 0.0
        exact = self.approximation is None
        if self.solver == "ridge":
            if exact:
                return self._fit_kernel_ridge(rows, target, weight)
            return Ridge(alpha=float(self.alpha)).fit(rows, target, sample_weight=weight)
        options = {"C": float(self.C), "epsilon": float(self.epsilon)}
        if exact:
            svr = SVR(kernel="precomputed", **options)
            # No parameter of SVR, but an attribute that its fit reads.
            svr.random_state = SOLVER_SEED
            return svr.fit(rows, target, sample_weight=weight)
        # LinearSVR penalises its intercept, SVR does not: less their mean, targets need hardly any.
        self._intercept = np.average(target, weights=weight)
        svr = LinearSVR(**_SMOOTH, **options, random_state=SOLVER_SEED)
        return svr.fit(rows, target - self._intercept, sample_weight=weight)

    def _fit_kernel_ridge(self, matrix, target, weight):
        """Fit the targets less their mean by the kernel of centred features.

        KernelRidge has no intercept. With centred features the dual coefficients sum to zero, so
        that the kernel of new sets need not be centred: what that would change in a prediction is
        a constant, which goes into the intercept.
        """
        centre = np.average(matrix, axis=0, weights=weight)
        matrix = matrix - centre - centre[:, None] + np.average(centre, weights=weight)
        mean = np.average(target, axis=0, weights=weight)
        ridge = KernelRidge(alpha=float(self.alpha), kernel="precomputed")
        ridge.fit(matrix, target - mean, sample_weight=weight)
        self._intercept = mean - centre @ ridge.dual_coef_
        return ridge

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.target_tags.multi_output = self.solver == "ridge"
        return tags
