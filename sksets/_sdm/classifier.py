"""SDMClassifier: classes of sets by a kernel between sets."""

from numbers import Real

import numpy as np
from sklearn.base import ClassifierMixin
from sklearn.svm import SVC, LinearSVC
from sklearn.utils.multiclass import check_classification_targets

from sksets._compat import Interval, StrOptions
from sksets._docs import document
from sksets._fitting import fitted
from sksets._sdm.base import SOLVER_SEED, BaseSDM
from sksets._sdm.parameters import SDM_ATTRIBUTES, SDM_PARAMETERS
from sksets._validation import KeyedScore, validate_targets


@document(SDM_PARAMETERS, attributes=SDM_ATTRIBUTES)
class SDMClassifier(KeyedScore, ClassifierMixin, BaseSDM):
    """Support distribution machine: classes of sets by a kernel between distributions.

    The elements of a set are taken for a sample of a distribution. A kernel compares two
    distributions through their samples (Sutherland et al., 2012; Muandet et al., 2012), and a
    support vector machine does the rest: :class:`~sklearn.svm.SVC`, or
    :class:`~sklearn.svm.LinearSVC` (one class against the rest, squared hinge loss) on the
    features of an approximation.

    Read more in the :ref:`user guide <kernels>`.

    Parameters
    ----------
    C : float, default=1.0
        Weight of the errors against the penalty.

    class_weight : dict, "balanced" or None, default=None
        Weights of the classes in the errors, as in scikit-learn's classifiers.

    {parameters}

    Attributes
    ----------
    classes_ : ndarray of shape (n_classes,)
        The class labels.

    {attributes}

    See Also
    --------
    SDMRegressor : The same for real targets.
    DeepSetsClassifier : A network that learns what to compare, with probabilities.
    sksets.preprocessing.MeanMapFeatures : The features of "rff" for any scikit-learn model.

    Notes
    -----
    The exact estimator compares n sets in n^2 / 2 pairs of all their elements. "rff" is linear in
    n and in the number of elements.

    A support vector machine has no probabilities of its own; for estimates of them put the
    classifier into :class:`~sklearn.calibration.CalibratedClassifierCV`.

    References
    ----------
    Sutherland, D. J., Xiong, L., Poczos, B. and Schneider, J. (2012). Kernels on sample sets via
    nonparametric divergence estimates. arXiv:1202.0302.

    Muandet, K., Fukumizu, K., Dinuzzo, F. and Schoelkopf, B. (2012). Learning from distributions
    via support measure machines. Advances in Neural Information Processing Systems 25.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets import SDMClassifier
    >>> rng = np.random.default_rng(0)
    >>> y = np.array(["narrow", "wide"] * 40)
    >>> X = [rng.normal(scale=1 + (label == "wide"), size=(30, 2)) for label in y]
    >>> clf = SDMClassifier().fit(X[:60], y[:60])
    >>> bool(clf.score(X[60:], y[60:]) > 0.9)
    True
    """

    _parameter_constraints: dict = {
        **BaseSDM._parameter_constraints,
        "C": [Interval(Real, 0, None, closed="neither")],
        "class_weight": [dict, StrOptions({"balanced"}), None],
    }

    def __init__(
        self,
        *,
        C=1.0,
        class_weight=None,
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
        self.C = C
        self.class_weight = class_weight

    @fitted
    def decision_function(self, X):
        """Return the signed distance of each set from the boundary of each class.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        scores : ndarray of shape (n_sets,) or (n_sets, n_classes)
            Of two classes one column, positive for ``classes_[1]``.
        """
        rows = self._fitted_rows(X)
        return self.estimator_.decision_function(rows)

    @fitted
    def predict(self, X):
        """Predict the class of each set.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long

        Returns
        -------
        y : ndarray of shape (n_sets,)
            The class of the highest score.
        """
        rows = self._fitted_rows(X)
        return self.estimator_.predict(rows)

    def _check_target(self, y, sets, weight):
        y = validate_targets(y, len(sets), keys=sets.keys, estimator=self)
        check_classification_targets(y)
        classes = np.unique(y if weight is None else y[weight > 0])
        if len(classes) < 2:
            where = "y has" if weight is None else "the sets whose weight is above zero have"
            raise ValueError(
                f"SDMClassifier needs samples of at least 2 classes; {where} one class, "
                f"{classes[0]!s:.100}. Add sets of another class."
            )
        return y

    def _fit_solver(self, rows, target, weight):
        options = {
            "C": float(self.C),
            "class_weight": self.class_weight,
            "random_state": SOLVER_SEED,
        }
        if self.approximation is None:
            # Predicts the class of the highest score, where tied votes would give the first.
            solver = SVC(kernel="precomputed", break_ties=True, **options)
        else:
            # The primal problem: the dual one of liblinear need not converge.
            solver = LinearSVC(dual=False, **options)
        solver.fit(rows, target, sample_weight=weight)
        self.classes_ = solver.classes_
        return solver
