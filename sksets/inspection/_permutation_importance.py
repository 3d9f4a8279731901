"""permutation_importance: how much worse an estimator is without what a feature tells."""

from numbers import Integral, Real

import numpy as np
from sklearn.metrics import check_scoring, get_scorer_names
from sklearn.utils import Bunch, check_random_state
from sklearn.utils.parallel import Parallel, delayed

from sksets._arguments import check_arguments, check_count
from sksets._compat import HasMethods, Interval, safe_indexing
from sksets._names import check_name
from sksets._set_array import align_to_keys
from sksets._validation import read_sample_weight
from sksets.inspection._features import Features

_MOST_JOBS = 2**15


@check_arguments(
    estimator=[HasMethods(["fit"])],
    n_jobs=[
        Interval(Integral, 1, _MOST_JOBS, closed="both"),
        Interval(Integral, -_MOST_JOBS, -1, closed="both"),
        None,
    ],
    max_samples=[
        Interval(Integral, 1, None, closed="left"),
        Interval(Real, 0, 1, closed="right"),
    ],
)
def permutation_importance(
    estimator,
    X,
    y,
    *,
    scoring=None,
    n_repeats=5,
    n_jobs=None,
    random_state=None,
    sample_weight=None,
    max_samples=1.0,
):
    """Return how much the score falls when the values of a feature are permuted.

    What :func:`sklearn.inspection.permutation_importance` is for tables. A feature of the elements
    is permuted over all elements of all sets, so that the sets keep their sizes, and one of the
    context over the sets. Only ``predict``, or what the scorer asks for, is needed: pipelines and
    searches are estimators as well.

    Read more in the :ref:`user guide <inspection>`.

    Parameters
    ----------
    estimator : fitted estimator of sets
    X : any container of sets, n_sets long
        Elements are vectors or tokens.
    y : array-like of shape (n_sets,) or (n_sets, n_outputs), list of arrays or None
        The targets that the scorer takes.
    scoring : str, callable, list, tuple, dict or None, default=None
        As in scikit-learn; None for the ``score`` of the estimator. Several scores give a dict of
        results.
    n_repeats : int, default=5
        Times that each feature is permuted.
    n_jobs : int or None, default=None
        Processes of joblib, each of which permutes some features.
    random_state : int, RandomState instance or None, default=None
        Source of the permutations.
    sample_weight : array-like of shape (n_sets,), default=None
        Weights in the scores.
    max_samples : int or float, default=1.0
        Number or share of the sets, drawn without replacement for each feature.

    Returns
    -------
    result : Bunch, or dict of Bunch by the name of the score
        ``importances`` : ndarray of shape (n_features, n_repeats), first the features of the
        elements and then those of the context. ``importances_mean``, ``importances_std`` : ndarray
        of shape (n_features,). ``feature_names`` : list of str.

    Raises
    ------
    ValueError
        If elements are images, or the arguments do not fit.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets import DeepSetsRegressor
    >>> from sksets.inspection import permutation_importance
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.uniform(size=(rng.integers(1, 6), 2)) for _ in range(200)]
    >>> y = [elements[:, 0].sum() for elements in X]
    >>> reg = DeepSetsRegressor(max_epochs=50, random_state=0).fit(X, y)
    >>> result = permutation_importance(reg, X, y, random_state=0)
    >>> result.feature_names, bool(result.importances_mean[0] > 10 * result.importances_mean[1])
    (['x0', 'x1'], True)
    """
    n_repeats = check_count(n_repeats, "n_repeats", 1)
    features = Features(X, estimator, "permutation_importance")
    sets = features.sets
    # What is drawn of y by place must be that of the sets that are drawn.
    y = align_to_keys(y, sets.keys, "y")
    _check_length(y, len(sets))
    n_drawn = _count_sets(max_samples, len(sets))
    weights = {}
    if sample_weight is not None:
        weights = {"sample_weight": read_sample_weight(sample_weight, sets)}
    scorer = check_scoring(estimator, scoring=_check_scoring(scoring))
    baseline = scorer(estimator, sets, y, **weights)
    # As in scikit-learn: each feature is permuted alike, whatever process does it.
    seed = check_random_state(random_state).randint(np.iinfo(np.int32).max + 1)
    scores = Parallel(n_jobs=n_jobs)(
        delayed(_permuted_scores)(
            estimator, features, y, weights, place, seed, n_repeats, scorer, n_drawn
        )
        for place in range(len(features.names))
    )
    if not isinstance(baseline, dict):
        return _bunch(baseline, np.array(scores), features.names)
    return {
        name: _bunch(score, np.array([[s[name] for s in row] for row in scores]), features.names)
        for name, score in baseline.items()
    }


def _check_length(y, n_sets):
    """Raise where y is of other sets; what has no length is for the scorer to refuse."""
    try:
        length = len(y)
    except (TypeError, RuntimeError):  # RuntimeError: of nested tensors
        return
    if length != n_sets:
        raise ValueError(f"X has {n_sets} sets, y has {length}. Pass the targets of each set.")


def _check_scoring(scoring):
    """Raise where a score is unknown; scikit-learn's message lists all that it knows."""
    if scoring is None or callable(scoring):
        return scoring
    if isinstance(scoring, str):
        return check_name(scoring, get_scorer_names(), "scoring")
    if not isinstance(scoring, list | tuple | set | dict) or not len(scoring):
        raise ValueError(
            "scoring must be the name of a score, a callable, some of these in a list or a dict, "
            f"or None; found {scoring!r:.100}."
        )
    for one in scoring.values() if isinstance(scoring, dict) else scoring:
        if isinstance(one, str):
            check_name(one, get_scorer_names(), "scoring")
    return scoring


def _count_sets(max_samples, n_sets):
    if not isinstance(max_samples, Integral):
        return max(1, int(max_samples * n_sets))
    if max_samples > n_sets:
        raise ValueError(
            f"max_samples must be at most {n_sets}, the number of sets; found {max_samples}."
        )
    return int(max_samples)


def _permuted_scores(estimator, features, y, weights, place, seed, n_repeats, scorer, n_drawn):
    """Return the scores with one feature permuted, one a repeat."""
    random = np.random.RandomState(seed)
    if n_drawn < len(features.sets):
        rows = random.permutation(len(features.sets))[:n_drawn]
        features = features.take(rows)
        y = None if y is None else safe_indexing(y, rows)
        weights = {name: values[rows] for name, values in weights.items()}
    values, _ = features.column(place)
    scores = []
    for _ in range(n_repeats):
        sets = features.replace(place, values[random.permutation(len(values))])
        scores.append(scorer(estimator, sets, y, **weights))
    return scores


def _bunch(baseline, scores, names):
    importances = baseline - scores
    return Bunch(
        importances_mean=np.mean(importances, axis=1),
        importances_std=np.std(importances, axis=1),
        importances=importances,
        feature_names=names,
    )
