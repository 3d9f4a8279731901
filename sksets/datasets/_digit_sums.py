"""Sums of digits that need no file: digits as tokens, and scikit-learn's own digit images."""

import numpy as np
from sklearn.datasets import load_digits
from sklearn.utils import Bunch

from sksets._arguments import check_arguments
from sksets._set_array import SetArray
from sksets.datasets._sums import check_subset, draw_sets, sums_of_sets

_N_DIGITS = 10
# The images lie writer by writer, so that a split by position keeps most writers on one side.
_N_TRAIN_IMAGES = 1347

_DESCR = """Sums of digit images
--------------------
A sample is a set of 8x8 images of handwritten digits, its target the sum of the digits. The images
are those of sklearn.datasets.load_digits (1,797 images of the test part of the UCI "Optical
Recognition of Handwritten Digits" data): the first 1,347 are drawn from for subset="train", the
other 450 for subset="test". The task is that of Zaheer et al., "Deep Sets", NeurIPS 2017,
section 4.1.2, with other images."""


@check_arguments()
def make_digit_sums(n_sets=1000, *, min_size=1, max_size=10, random_state=None):
    """Generate sets of digits, as tokens, and their sums.

    The sum of a set of symbols, of which a model is told neither the order nor the value: it must
    learn a number for each token. Models trained on short sets are tested on long ones, as in
    section 4.1.2 of [1]_.

    Parameters
    ----------
    n_sets : int, default=1000
        Number of sets.
    min_size, max_size : int, default=1, 10
        The size of a set is uniform between the two, both included. 0 allows empty sets.
    random_state : int, RandomState instance or None, default=None
        Give an int for the same sets on every call.

    Returns
    -------
    X : SetArray of shape (n_sets,)
        Sets of integers 0 to 9, each a 1-D array. Digits are drawn uniformly, with replacement. To
        a network they are tokens: give it ``element_kind="token"``.
    y : ndarray of shape (n_sets,)
        The sums, integers. The sum of an empty set is 0.

    Raises
    ------
    TypeError, ValueError
        A number of sets or a size is not an integer or out of range.

    See Also
    --------
    load_digit_sums : The same with images.

    References
    ----------
    .. [1] Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov, Smola, "Deep Sets", Advances in
       Neural Information Processing Systems 30, 2017.

    Examples
    --------
    >>> from sksets.datasets import make_digit_sums
    >>> X, y = make_digit_sums(5, max_size=4, random_state=0)
    >>> len(X), bool(X.sizes.max() <= 4)
    (5, True)
    >>> all(digits.sum() == total for digits, total in zip(X, y))
    True
    """
    digits, offsets = draw_sets(_N_DIGITS, n_sets, min_size, max_size, random_state)
    return SetArray(digits, offsets), sums_of_sets(digits, offsets)


@check_arguments()
def load_digit_sums(
    n_sets=1000, *, min_size=1, max_size=10, subset="train", random_state=None, return_X_y=False
):
    """Load sets of 8x8 images of handwritten digits, and the sums of the digits.

    The images come with scikit-learn, so that nothing is downloaded. The two subsets share no
    image.

    Parameters
    ----------
    n_sets : int, default=1000
        Number of sets.
    min_size, max_size : int, default=1, 10
        The size of a set is uniform between the two, both included. 0 allows empty sets.
    subset : {"train", "test"}, default="train"
        Draw from the first 1,347 images or from the other 450.
    random_state : int, RandomState instance or None, default=None
        Give an int for the same sets on every call.
    return_X_y : bool, default=False
        Return ``(data, target)`` alone.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (n_sets,)
            Sets of images with their pixels in a row: a set is (n_i, 64). The pixels are float32
            from 0 to 16.
        images : SetArray of shape (n_sets,)
            The same elements as images: a set is (n_i, 8, 8).
        target : ndarray of shape (n_sets,)
            The sums, integers. The sum of an empty set is 0.
        digits : SetArray of shape (n_sets,)
            The digit of each element, for looking at what was learned: a set is (n_i,).
        feature_names : list of 64 str
            Names of the features.
        DESCR : str
            Description of the data.

    (data, target) : tuple if ``return_X_y``

    Raises
    ------
    TypeError, ValueError
        A number of sets or a size is not an integer or out of range, or the subset is unknown.

    See Also
    --------
    fetch_mnist_sums : The same with the larger images of MNIST.

    Examples
    --------
    >>> from sksets.datasets import load_digit_sums
    >>> X, y = load_digit_sums(100, max_size=5, random_state=0, return_X_y=True)
    >>> len(X), X.values.shape[1:], y.shape
    (100, (64,), (100,))
    """
    check_subset(subset)
    pool = load_digits()
    part = slice(0, _N_TRAIN_IMAGES) if subset == "train" else slice(_N_TRAIN_IMAGES, None)
    pool_images, pool_digits = pool.images[part].astype(np.float32), pool.target[part]
    indices, offsets = draw_sets(len(pool_digits), n_sets, min_size, max_size, random_state)
    images, digits = pool_images[indices], pool_digits[indices]
    data = SetArray(images.reshape(len(images), 64), offsets)
    target = sums_of_sets(digits, offsets)
    if return_X_y:
        return data, target
    return Bunch(
        data=data,
        images=SetArray(images, offsets),
        target=target,
        digits=SetArray(digits, offsets),
        feature_names=pool.feature_names,
        DESCR=_DESCR,
    )
