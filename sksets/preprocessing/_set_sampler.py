"""SetSampler: a random subset of each set."""

from numbers import Integral

from sklearn import config_context
from sklearn.utils import check_random_state
from sklearn.utils.validation import check_is_fitted

from sksets._compat import Interval
from sksets._fitting import fitted, fitting
from sksets._set_array import keep_elements
from sksets._subsets import choose, element_keys, seed_of
from sksets._validation import validate_sets
from sksets.preprocessing._base import SetTransformer, contain_like


class SetSampler(SetTransformer, auto_wrap_output_keys=None):
    """Keep a random subset of the elements of each set.

    Uniform, without replacement, and repeatable: a set gets the same subset whenever it is
    transformed, whatever the order of its elements and the other sets of X. What stays keeps its
    order.

    Parameters
    ----------
    n_elements : int, default=100
        The most elements that a set keeps. Smaller sets stay whole.
    random_state : int, RandomState instance or None, default=None
        Decides which elements stay. None draws a number from numpy's global generator in ``fit``.

    Attributes
    ----------
    n_features_in_ : int
        Number of features of an element.
    feature_names_in_ : ndarray of shape (n_features,)
        Names of the features, where the columns of the sets have names.

    See Also
    --------
    sksets.DeepSetsClassifier : With ``elements_per_set`` another subset in each epoch.
    sksets.augmentation.DropElements : Leaves elements out in training alone.

    Notes
    -----
    Elements of any kind, NaN included. Weights of elements go along and do not enter the draw.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.preprocessing import SetSampler
    >>> X = [np.arange(10.0)[:, None], np.ones((2, 1))]
    >>> sampler = SetSampler(n_elements=3, random_state=0).fit(X)
    >>> [len(elements) for elements in sampler.transform(X)]
    [3, 2]
    """

    _parameter_constraints: dict = {
        "n_elements": [Interval(Integral, 1, None, closed="left")],
        "random_state": ["random_state"],
    }

    def __init__(self, n_elements=100, random_state=None):
        self.n_elements = n_elements
        self.random_state = random_state

    @fitting
    def fit(self, X, y=None):
        """Record the number of features and draw the seed of the subsets.

        Parameters
        ----------
        X : any container of sets
            Sets of elements of any kind.
        y : Ignored
            Not used.

        Returns
        -------
        self : object

        Raises
        ------
        ValueError
            If X is empty or has sets of mixed widths.
        """
        self._check(X, reset=True)
        self._seed = check_random_state(self.random_state).randint(2**31 - 1)
        return self

    @fitted
    def transform(self, X):
        """Keep a subset of each set.

        Parameters
        ----------
        X : any container of sets
            Sets of elements as in fit.

        Returns
        -------
        X_new : SetArray, list of ndarray or ndarray, as X
            The sets with some of their elements. Keeps context, keys, names and weights.

        Raises
        ------
        ValueError
            If X is invalid or has another number of features than in fit.
        """
        check_is_fitted(self)
        sets = self._check(X, reset=False)
        if (sets.sizes > self.n_elements).any():
            seed = seed_of(self._seed)
            chosen = choose(element_keys(sets), sets.offsets, self.n_elements, seed)
            sets = keep_elements(sets, *chosen)
        return contain_like(X, sets)

    def _check(self, X, reset):
        # NaN may be imputed later on.
        with config_context(assume_finite=True):
            return validate_sets(
                self,
                X,
                reset=reset,
                allow_nd=True,
                check_context=False,
                allow_strings=True,
                allow_weights=True,
            )

    def __sklearn_tags__(self):
        tags = super().__sklearn_tags__()
        tags.input_tags.allow_nan = True
        tags.input_tags.string = True
        tags.transformer_tags.preserves_dtype = ["float64", "float32"]
        return tags
