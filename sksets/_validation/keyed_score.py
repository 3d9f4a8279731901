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
            If y has a missing value, or labels of several kinds; the message names the set.
        """
        keys = X.keys if isinstance(X, SetArray) else None
        y = read_scored_targets(align_to_keys(y, keys, "y"), self)
        if is_classifier(self) and type_of_target(y) == "multilabel-indicator":
            require_indicator(y)
        sample_weight = align_to_keys(sample_weight, keys, "sample_weight")
        if sample_weight is not None:
            sample_weight = read_sample_weight(sample_weight, y)
        return super().score(X, y, sample_weight)
