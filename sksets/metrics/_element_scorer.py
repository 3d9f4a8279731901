"""element_scorer: any scikit-learn scorer on the elements of all sets."""

from functools import wraps

import numpy as np
from sklearn.base import is_classifier, is_outlier_detector
from sklearn.metrics import get_scorer, get_scorer_names
from sklearn.utils import get_tags

from sksets._compat import accepts_sample_weight
from sksets._names import check_name
from sksets._set_array import missing_objects
from sksets._validation import (
    check_same_sizes,
    flatten_values,
    flatten_weight,
    is_labelled,
    set_sizes,
)

_RESPONSES = ("decision_function", "predict", "predict_log_proba", "predict_proba")
_ADVICE = (
    "Pass one array a set in y, with one value an element (NaN in regression, -1 or None in "
    "classification where there is no label; -1 for an outlier, +1 for a member), and an "
    "estimator with one output an element."
)


def element_scorer(scoring):
    """Make a scorer that scores the elements of all sets together.

    scikit-learn's scorers cannot read targets that are one array a set. This one concatenates
    targets and predictions of the sets, leaves out elements without a label (NaN in regression;
    -1, None or NaN in classification; none in outlier detection, where -1 is an outlier) and
    hands the flat arrays to scikit-learn's own scorer.

    Parameters
    ----------
    scoring : str or scorer
        A name of :func:`sklearn.metrics.get_scorer_names`, such as "r2", "roc_auc" or
        "neg_log_loss", or what :func:`sklearn.metrics.make_scorer` returns.

    Returns
    -------
    scorer : callable
        ``scorer(estimator, X, y, sample_weight=None)``, for ``scoring`` of
        :class:`~sklearn.model_selection.GridSearchCV`,
        :func:`~sklearn.model_selection.cross_val_score` and the like. The estimator may be a
        pipeline or a fitted search. A flat `y`, of a table, is passed through. Weights are one a
        set, or arrays like `y`.

    Raises
    ------
    ValueError
        If there is no scorer of that name. The scorer itself raises if `y` and the predictions
        differ in their sets, or no element has a label.

    Notes
    -----
    Every element counts the same, so that large sets count more. The probabilities of an outlier
    detector are those of the outlier within its set, no probabilities of a class; scorers that
    need ``predict_proba`` refuse it.

    Examples
    --------
    >>> import numpy as np
    >>> from sklearn.base import BaseEstimator, RegressorMixin
    >>> from sksets.metrics import element_scorer
    >>> class Sum(RegressorMixin, BaseEstimator):
    ...     def predict(self, X):
    ...         return [elements.sum(axis=1) for elements in X]
    >>> X = [np.array([[1.0, 2.0], [3.0, 4.0]]), np.array([[5.0, 6.0]])]
    >>> y = [np.array([3.0, np.nan]), np.array([12.0])]
    >>> float(element_scorer("neg_mean_absolute_error")(Sum(), X, y))
    -0.5
    """
    return _ElementScorer(scoring)


class _ElementScorer:
    """What element_scorer returns; a class, so that it pickles."""

    def __init__(self, scoring):
        self.scoring = scoring
        if isinstance(scoring, str):
            check_name(scoring, get_scorer_names(), "scoring value")
        self._scorer = get_scorer(scoring)
        if self._scorer is None:
            raise ValueError("scoring must be the name of a scorer, or a scorer; found None.")

    def __repr__(self):
        return f"element_scorer({self.scoring!r})"

    def __call__(self, estimator, X, y, sample_weight=None):
        y, sizes = flatten_values(y, "y")
        labelled = _labelled(estimator, y, sizes)
        if not labelled.any():
            raise ValueError(
                f"No element of y has a label, so there is nothing to score: {len(y)} elements, "
                "all of them NaN (regression), -1 or None (classification). Score sets with a "
                "label, or use fewer folds."
            )
        options = {}
        if sample_weight is not None:
            weight = flatten_weight(sample_weight, len(y), sizes)
            options["sample_weight"] = weight[labelled]
        flat = _FlatEstimator(estimator, len(y) if sizes is None else sizes, labelled)
        y = y[labelled]
        if y.dtype == object:
            # Labels beside None come as objects, whose kind of target scikit-learn cannot tell.
            y = np.array(y.tolist())
        return self._scorer(flat, X, y, **options)

    def set_score_request(self, **requests):
        """Set which metadata scikit-learn's routing passes, as of any scorer."""
        self._scorer.set_score_request(**requests)
        return self

    def get_metadata_routing(self):
        """Return which metadata scikit-learn's routing passes."""
        return self._scorer.get_metadata_routing()

    def _accept_sample_weight(self):
        return accepts_sample_weight(self._scorer)


def _labelled(estimator, y, sizes):
    """Return which elements have a label; of a table (``sizes`` is None), all."""
    if sizes is None or is_outlier_detector(estimator):
        return np.ones(len(y), dtype=bool)
    if is_classifier(estimator):
        return is_labelled(y)
    if y.dtype == object:
        return ~missing_objects(y)
    return ~np.isnan(y) if y.dtype.kind == "f" else np.ones(len(y), dtype=bool)


class _FlatEstimator:
    """A fitted estimator whose predictions are flat: one row a labelled element."""

    def __init__(self, estimator, sizes, labelled):
        self.estimator = estimator
        self.sizes = sizes
        self.labelled = labelled

    def __getattr__(self, name):
        value = getattr(self.estimator, name)
        if name not in _RESPONSES:
            return value
        if name.endswith("proba") and is_outlier_detector(self.estimator):
            # scikit-learn's scorers then take decision_function where they know it, or refuse.
            raise AttributeError(f"{name} of an outlier detector is no probability of a class.")
        return self._flat(value)

    def __sklearn_tags__(self):
        return get_tags(self.estimator)

    def _flat(self, method):
        # scikit-learn tells from the name of the method what it returned.
        @wraps(method)
        def response(X):
            predictions = method(X)
            plain = isinstance(predictions, np.ndarray) and predictions.dtype != object
            sizes = None if plain else set_sizes(predictions)
            source = f"{method.__name__} of {type(self.estimator).__name__}"
            predicted_sizes = len(predictions) if sizes is None else sizes
            check_same_sizes(self.sizes, predicted_sizes, "y", source, _ADVICE)
            if sizes is not None:
                predictions = np.concatenate([part for part in predictions if len(part)])
            return np.asarray(predictions)[self.labelled]

        return response
