"""The score of estimators of one target a set, which may be known by keys."""

from sklearn.base import is_classifier
from sklearn.utils.multiclass import type_of_target

from sksets._set_array import SetArray, align_to_keys
from sksets._validation.targets import read_sample_weight, read_scored_targets, require_indicator


class KeyedScore:
    """Mixin, left of scikit-learn's: targets are scored in the order of the sets."""

    def score(self, X, y, sample_weight=None):
        """Return the score of the predictions: R2 of a regressor, accuracy of a classifier.

        Parameters
        ----------
        X : list of arrays, SetArray or any container of sets, n_sets long
        y : array-like of shape (n_sets,) or (n_sets, n_outputs)
            As in ``fit``: a pandas y is aligned to the keys of X.
        sample_weight : array-like of shape (n_sets,), default=None

        Returns
        -------
        score : float

        Raises
        ------
        ValueError
            If y has a missing value, or labels of several kinds; the message names the set. Or if
            y has dates where the labels of fit are none.
        """
        keys = X.keys if isinstance(X, SetArray) else None
        y = read_scored_targets(align_to_keys(y, keys, "y"), self)
        if is_classifier(self):
            _require_comparable(y, getattr(self, "classes_", y))
            if type_of_target(y) == "multilabel-indicator":
                require_indicator(y)
        sample_weight = align_to_keys(sample_weight, keys, "sample_weight")
        if sample_weight is not None:
            sample_weight = read_sample_weight(sample_weight, y)
        return super().score(X, y, sample_weight)


def _require_comparable(y, classes):
    """Raise where only one of labels and classes of fit are dates, which numpy cannot compare."""
    dtypes = [labels.dtype for labels in (y, classes)]
    if len({dtype.kind in "mM" for dtype in dtypes}) > 1:
        raise ValueError(
            f"y has labels of dtype {dtypes[0]}, fit had {dtypes[1]}. Pass labels as in fit."
        )
