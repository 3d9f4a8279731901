"""element_contributions: how much each element of a set contributes to what is predicted."""

from numbers import Integral

import numpy as np
from sklearn.pipeline import Pipeline

from sksets._arguments import check_arguments
from sksets._compat import Interval, StrOptions
from sksets._deep_sets import (
    DeepSetsClassifier,
    DeepSetsElementClassifier,
    DeepSetsElementRegressor,
    DeepSetsRegressor,
    SetOutlierDetector,
)
from sksets._fitting import fitted
from sksets._ranking import SetExpander
from sksets._set_array import SetArray
from sksets.inspection._integrated_gradients import integrated_gradients
from sksets.inspection._leave_one_out import influences, leave_one_out
from sksets.inspection._pooled import attention_weights, count_wins

_OF_SETS = DeepSetsClassifier | DeepSetsRegressor | SetExpander
_OF_ELEMENTS = DeepSetsElementClassifier | DeepSetsElementRegressor | SetOutlierDetector


def require_network(estimator, name, kinds=_OF_SETS | _OF_ELEMENTS):
    """Raise where an estimator has no network of sets."""
    if isinstance(estimator, kinds):
        return
    advice = "Pass a fitted network estimator of sksets."
    if isinstance(estimator, Pipeline):
        advice = "Pass its last step, and what the steps before it make of X."
    elif hasattr(estimator, "best_estimator_"):
        advice = "Pass its best_estimator_."
    raise TypeError(
        f"{name} looks into a network of sksets; found a {type(estimator).__name__}. {advice}"
    )


@check_arguments(
    method=[StrOptions({"leave_one_out", "integrated_gradients", "attention", "winners"})],
    n_steps=[Interval(Integral, 1, 10_000, closed="both")],
)
def element_contributions(estimator, X, *, method="leave_one_out", target=None, n_steps=50):
    """Return how much each element contributes to what is predicted for its set.

    Read more in the :ref:`user guide <inspection>`.

    Parameters
    ----------
    estimator : fitted estimator
        A network estimator of sksets: DeepSetsRegressor, DeepSetsClassifier, SetExpander; with
        "leave_one_out" also DeepSetsElementRegressor, DeepSetsElementClassifier and
        SetOutlierDetector.
    X : any container of sets, n_sets long
    method : str, default="leave_one_out"
        "leave_one_out": f(X) - f(X without the element), exact. Where elements do not meet before
        the pooling, phi runs once on each, and what all together take grows with their number as a
        prediction does. Behind equivariant layers and ``normalize="set"`` all others must be
        computed anew, and n elements take n predictions. With ``elements_per_set``, f is of all
        elements of X, not of votes on some of them: explain what
        :class:`~sksets.preprocessing.SetSampler` draws.

        "integrated_gradients": the mean gradient of f on the straight line from a baseline to the
        element, times the element less the baseline, summed over its features (Sundararajan, Taly
        and Yan, 2017). The baseline is 0 of the scaled elements: the mean element of ``fit`` with
        ``normalize="features"``, that of the set with "set". Tokens and categories start from an
        unknown one, items of SetExpander from a vector of zeros. The contributions of a set sum to
        f(X) less f of as many baselines. All activations of a set are in memory at once.

        "attention": the weights of ``pooling="attention"`` in each head, which sum to one over the
        set. "winners": how many features of ``pooling="max"``, or "min", come from the element. A
        set without its elements of 0 has the same pool. Both are of the pooling: ``target`` does
        not count.
    target : int, label or item, default=None
        What f is. Of a regressor the prediction in the units of y, for the output of this place or
        for all with None. Of a classifier the log odds log(p / (1 - p)) of the class of this
        label, one for all sets or one a set, with None of the class that is predicted for each;
        of a multilabel one those of the label of this place, or of all. Of SetExpander the score
        of this item, one for all sets or one a set, with None of the item that is ranked first.
    n_steps : int, default=50
        Steps of the integrated gradients, at the places of Gauss and Legendre.

    Returns
    -------
    contributions : object array of shape (n_sets,)
        Set ``i`` is an array of shape (n_i,), or (n_i, n_outputs) where ``target=None`` of several
        outputs; of "attention" (n_i, n_heads). Of an estimator of one output an element, and
        "leave_one_out", it is (n_i, n_i): in row j what element j adds to the prediction for each
        of the others, nan for itself; that of SetOutlierDetector is ``score_samples``.

    Raises
    ------
    TypeError
        If the estimator has no network.
    ValueError
        If it has nothing of the method, the target is unknown, or X is not as in ``fit``.

    References
    ----------
    Sundararajan, M., Taly, A. and Yan, Q. (2017). Axiomatic Attribution for Deep Networks.
    Proceedings of the 34th International Conference on Machine Learning.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets import DeepSetsRegressor
    >>> from sksets.inspection import element_contributions
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.uniform(size=(rng.integers(1, 6), 1)) for _ in range(200)]
    >>> y = [elements.sum() for elements in X]
    >>> reg = DeepSetsRegressor(random_state=0).fit(X, y)
    >>> element_contributions(reg, [[[0.2], [0.9]]])[0].round(1)
    array([0.2, 0.9])
    """
    require_network(estimator, "element_contributions")
    return _contributions(estimator, X, method, target, int(n_steps))


@fitted
def _contributions(estimator, X, method, target, n_steps):
    if isinstance(estimator, _OF_ELEMENTS):
        if method != "leave_one_out":
            raise ValueError(
                f"method={method!r} is for estimators of one output a set; "
                f"{type(estimator).__name__} has one an element. Use method='leave_one_out'."
            )
        return influences(estimator, X, target)
    if method == "leave_one_out":
        values, offsets = leave_one_out(estimator, X, target)
    elif method == "integrated_gradients":
        values, offsets = integrated_gradients(estimator, X, target, n_steps)
    else:
        compute = attention_weights if method == "attention" else count_wins
        values, offsets = compute(estimator, X)
    return np.asarray(SetArray(values, offsets))
