"""partial_dependence: what is predicted when a feature has one value everywhere."""

from numbers import Integral

import numpy as np
from sklearn.base import is_classifier, is_outlier_detector
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets._compat import HasMethods, Interval, StrOptions
from sksets._validation import read_values
from sksets.inspection._features import Features

_RESPONSES = ("predict_proba", "decision_function", "predict")


@check_arguments(
    estimator=[HasMethods(["fit", "predict"])],
    grid_resolution=[Interval(Integral, 2, 100_000, closed="both")],
    response_method=[StrOptions({"auto", *_RESPONSES})],
    kind=[StrOptions({"average", "individual", "both"})],
)
def partial_dependence(
    estimator,
    X,
    feature,
    *,
    grid_values=None,
    grid_resolution=100,
    percentiles=(0.05, 0.95),
    response_method="auto",
    kind="average",
):
    """Return what is predicted, in the mean, when a feature has one value everywhere.

    What :func:`sklearn.inspection.partial_dependence` is for tables. A feature of the elements is
    set to the value in all elements of a set, one of the context in all sets. Whatever the elements
    of a set have in common of it is so changed too; where its spread matters, it is none.

    Read more in the :ref:`user guide <inspection>`.

    Parameters
    ----------
    estimator : fitted estimator of sets
        Pipelines and searches are estimators as well.
    X : any container of sets, n_sets long
        Elements are vectors or tokens.
    feature : int or str
        Its name, or its place: first those of the elements, then those of the context.
    grid_values : array-like of shape (n_values,), default=None
        The values; by default all that occur, where these are fewer than ``grid_resolution`` or
        are categories, and otherwise numbers at equal distances between the percentiles.
    grid_resolution : int, default=100
    percentiles : tuple of float, default=(0.05, 0.95)
        Where the grid begins and ends, as shares of the elements (or of the sets).
    response_method : {"auto", "predict_proba", "decision_function", "predict"}, default="auto"
        "auto" is the first of them that a classifier or an outlier detector has, and ``predict``
        of a regressor.
    kind : {"average", "individual", "both"}, default="average"

    Returns
    -------
    result : Bunch
        ``grid_values`` : list of one ndarray of shape (n_values,). ``average`` : ndarray of shape
        (n_outputs, n_values). ``individual`` : ndarray of shape (n_outputs, n_samples, n_values),
        a sample being a set, or an element where the estimator has an output for each. Of two
        classes the output is the probability of the second. ``feature_name`` : str. ``deciles`` :
        ndarray of shape (9,) of the feature, without categories. The first three are what
        :class:`sklearn.inspection.PartialDependenceDisplay` takes.

    Raises
    ------
    ValueError
        If there is no such feature, elements are images, or outputs are no numbers.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets import DeepSetsRegressor
    >>> from sksets.inspection import partial_dependence
    >>> rng = np.random.default_rng(0)
    >>> X = [rng.uniform(size=(3, 2)) for _ in range(200)]
    >>> y = [elements[:, 0].sum() for elements in X]
    >>> reg = DeepSetsRegressor(max_epochs=50, random_state=0).fit(X, y)
    >>> result = partial_dependence(reg, X, "x0", grid_values=[0.0, 0.5, 1.0])
    >>> result.average.round(1)
    array([[0. , 1.5, 3. ]])
    """
    features = Features(X, estimator, "partial_dependence")
    place = features.find(feature)
    column, categories = features.column(place)
    if column.dtype.kind == "f" and not (finite := np.isfinite(column)).all():
        # The values of the grid would hide them: an estimator that takes none says where they are.
        _respond(estimator, features.sets, response_method)
        column = column[finite]
    grid = _read_grid(grid_values, column, categories, int(grid_resolution), percentiles)
    outputs = [
        _respond(estimator, features.replace(place, value), response_method) for value in grid
    ]
    individual = np.stack(outputs, axis=-1).transpose(1, 0, 2)
    result = Bunch(
        grid_values=[grid if categories is None else categories[grid]],
        feature_name=features.names[place],
    )
    if kind != "individual":
        result.average = individual.mean(axis=1)
    if kind != "average":
        result.individual = individual
    if categories is None and column.dtype.kind in "fiub":
        result.deciles = np.quantile(column, np.arange(0.1, 1.0, 0.1))
    return result


def _read_grid(grid_values, column, categories, resolution, percentiles):
    """Return the values of the grid, numbers of categories where there are these."""
    if not len(column):
        raise ValueError("X must have an element, of which the feature has a value; found none.")
    if grid_values is not None:
        return _check_grid(grid_values, categories)
    values = np.unique(column)
    if categories is not None:
        return values.astype(np.int64)
    if len(values) < resolution:
        return values
    shares = read_values(percentiles, "percentiles")
    is_pair = shares.shape == (2,) and shares.dtype.kind in "fiu"
    if not is_pair or not 0 <= shares[0] < shares[1] <= 1:
        raise ValueError(
            "percentiles must be two shares from 0 to 1, the first below the second; found "
            f"{percentiles!r:.100}."
        )
    low, high = np.quantile(column, shares)
    if low == high:
        raise ValueError(
            f"The percentiles {tuple(shares.tolist())} of the feature are both {low:g}. Use others "
            "farther apart, or grid_values."
        )
    return np.linspace(low, high, resolution)


def _check_grid(grid_values, categories):
    grid = read_values(grid_values, "grid_values")
    if grid.ndim != 1 or not len(grid):
        raise ValueError(
            f"grid_values must be values in one dimension; found an array of shape {grid.shape}."
        )
    if categories is None:
        if grid.dtype.kind not in "fiub":
            raise ValueError(f"grid_values must be numbers; found {grid.tolist()!r:.100}.")
        return grid
    known = {name: number for number, name in enumerate(categories.tolist())}
    for value in grid.tolist():
        if value not in known:
            raise ValueError(
                f"grid_values must be categories that X holds, {list(known)!r:.200}; found "
                f"{value!r:.100}."
            )
    return np.array([known[value] for value in grid.tolist()], dtype=np.int64)


def _respond(estimator, sets, method):
    """Return the outputs of an estimator, float64 of shape (n_samples, n_outputs)."""
    if method == "auto":
        decides = is_classifier(estimator) or is_outlier_detector(estimator)
        names = _RESPONSES if decides else ("predict",)
        method = next(name for name in names if hasattr(estimator, name))
    elif not hasattr(estimator, method):
        raise ValueError(
            f"{type(estimator).__name__} has no {method}; use another response_method."
        )
    outputs = getattr(estimator, method)(sets)
    if isinstance(outputs, np.ndarray) and outputs.dtype == object:
        # One array a set: the elements are the samples.
        outputs = np.concatenate(list(outputs))
    outputs = np.asarray(outputs)
    if outputs.dtype.kind not in "fiub":
        raise ValueError(
            f"{method} of {type(estimator).__name__} gives no numbers, of which there is a mean; "
            "use response_method='predict_proba' or 'decision_function'."
        )
    outputs = outputs.reshape(len(outputs), -1).astype(np.float64)
    # Of several labels two columns need not sum to one.
    two = method == "predict_proba" and outputs.shape[1] == 2
    return outputs[:, 1:] if two and np.allclose(outputs.sum(axis=1), 1) else outputs
