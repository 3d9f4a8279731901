"""SetSummarizer: each set to one row of statistics."""

from numbers import Real

import numpy as np
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.utils.validation import check_is_fitted

from sksets._arguments import as_list
from sksets._fitting import fitted, fitting
from sksets._names import check_name
from sksets._validation import index_by_keys, name_features_in, set_column, validate_sets
from sksets.preprocessing._base import check_numbers
from sksets.preprocessing._segments import segment_moments, segment_quantiles, segment_reduce

STATISTICS = ("count", "sum", "mean", "std", "min", "max")


def _check_statistics(statistics):
    if isinstance(statistics, str):
        raise ValueError(f"statistics must be a tuple of names, found the string {statistics!r}.")
    for name in as_list(statistics):
        check_name(name, STATISTICS, "statistic")


def _check_quantiles(quantiles):
    for quantile in as_list(quantiles):
        if not isinstance(quantile, Real) or not 0 <= quantile <= 1:
            raise ValueError(f"quantiles must lie between 0 and 1, found {quantile!r:.100}.")


class SetSummarizer(TransformerMixin, BaseEstimator):
    """Describe each set by one row of statistics, for any scikit-learn model.

    The baseline to try first. A column a statistic and feature; the count is one column, and the
    context, where there is one, is appended. The statistics of an empty set are 0. Where the
    elements have weights, one of weight 2 counts as two elements.

    Parameters
    ----------
    statistics : tuple of str, default=("count", "mean", "std", "min", "max")
        Any of "count" (number of elements), "sum", "mean", "std" (population standard deviation),
        "min" and "max", over the elements of a set.
    quantiles : tuple of float, default=(0.25, 0.5, 0.75)
        Quantiles over the elements of a set, linearly interpolated; 0.5 is the median. () for none.

    Attributes
    ----------
    n_features_in_ : int
        Number of features of an element.
    n_context_features_ : int
        Number of context features, 0 without a context.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the columns of the sets have names.

    See Also
    --------
    sksets.DeepSetsRegressor : Learns its summary.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.preprocessing import SetSummarizer
    >>> X = [np.array([[1.0], [4.0]]), np.zeros((0, 1))]
    >>> summarizer = SetSummarizer(statistics=("count", "mean", "max"), quantiles=(0.5,))
    >>> summarizer.fit_transform(X)
    array([[2. , 2.5, 4. , 2.5],
           [0. , 0. , 0. , 0. ]])
    >>> summarizer.get_feature_names_out()
    array(['count', 'mean_x0', 'max_x0', 'q0.5_x0'], dtype=object)
    """

    # The checks in fit say which statistic is unknown, and which one is meant.
    _parameter_constraints: dict = {"statistics": "no_validation", "quantiles": "no_validation"}

    def __init__(
        self, statistics=("count", "mean", "std", "min", "max"), quantiles=(0.25, 0.5, 0.75)
    ):
        self.statistics = statistics
        self.quantiles = quantiles

    @fitting
    def fit(self, X, y=None):
        """Check the parameters and record the number of features.

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
            If a statistic is unknown, a quantile out of range, neither is asked for, or X
            invalid.
        """
        _check_statistics(self.statistics)
        _check_quantiles(self.quantiles)
        if not len(self.statistics) + len(self.quantiles):
            raise ValueError("SetSummarizer needs at least one statistic or quantile.")
        self._check(X, reset=True)
        return self

    @fitted
    def transform(self, X):
        """Compute the statistics of each set.

        Parameters
        ----------
        X : any container of sets
            Sets of vectors.

        Returns
        -------
        X_new : ndarray of shape (n_sets, n_features_out), float64
            Columns as named by :meth:`get_feature_names_out`.

        Raises
        ------
        ValueError
            If X is invalid or has other features or context features than in fit.
        """
        check_is_fitted(self)
        sets = self._check(X, reset=False)
        columns = _statistics(sets, self.statistics, self.quantiles)
        if sets.context is not None:
            columns.append(sets.context)
        return index_by_keys(self, np.hstack(columns, dtype=np.float64), sets)

    def get_feature_names_out(self, input_features=None):
        """Name the columns of the output.

        Parameters
        ----------
        input_features : array-like of str of shape (n_features,) or (1,), default=None
            Names of the features of an element, by default ``feature_names_in_`` where there are
            any, ``x0``, ``x1``, ... otherwise; or the name of the column which holds the sets, as
            ColumnTransformer passes it.

        Returns
        -------
        names : ndarray of str objects of shape (n_features_out,)
            "count", then like "mean_x0" and "q0.5_x0", then the names of the context, where it has
            none "context0" and so on. Of a column "cells", "count_cells" and "mean_cells_x0".

        Raises
        ------
        ValueError
            If the names are not as many as the features, or others than in fit.
        """
        features = name_features_in(self, input_features)
        column = set_column(self, input_features)
        count = "count" if column is None else f"count_{column}"
        names = []
        for statistic in (*self.statistics, *(f"q{q:g}" for q in self.quantiles)):
            whole_set = statistic == "count"
            names += [count] if whole_set else [f"{statistic}_{name}" for name in features]
        names += self._input_spec.name_context()
        return np.array(names, dtype=object)

    def _check(self, X, reset):
        sets = validate_sets(self, X, reset=reset, allow_weights=True)
        check_numbers(self, sets)
        if sets.element_weight is not None and len(self.quantiles):
            raise ValueError(
                "The elements have weights, of which SetSummarizer takes no quantiles. Use "
                "quantiles=(), or drop the weights with X.with_element_weight(None)."
            )
        return sets


def _statistics(sets, names, quantiles):
    """Return one array (n_sets, 1 or n_features) a statistic, then one a quantile."""
    values, offsets, weight = sets.values, sets.offsets, sets.element_weight
    columns = {"count": sets.total_weight[:, None]}
    if len(quantiles):
        # Sorted once, the elements have their extremes at their ends.
        *ordered, low, high = segment_quantiles(values, offsets, (*quantiles, 0, 1))
        columns |= {"min": low, "max": high}
    else:
        ordered = []
        ufuncs = {"min": np.minimum, "max": np.maximum}
        columns |= {n: segment_reduce(ufuncs[n], values, offsets) for n in names if n in ufuncs}
    if "sum" in names:
        weighed = values if weight is None else values * weight[:, None]
        columns["sum"] = segment_reduce(np.add, weighed, offsets)
    if "mean" in names or "std" in names:
        mean, deviation, _ = segment_moments(values, offsets, weight)
        columns |= {"mean": mean, "std": deviation}
    return [columns[name] for name in names] + ordered
