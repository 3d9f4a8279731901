"""tagging_scores: precision and recall of tags, as image tagging reports them."""

import numpy as np
from scipy import sparse
from sklearn.utils import Bunch

from sksets._arguments import check_count
from sksets._set_array import read_array
from sksets._validation import check_same_n_sets, check_scores, read_indices


def _is_indicator(y):
    """Say by type whether y is a table of zeros and ones; a list always holds sets of indices."""
    if sparse.issparse(y):
        return True
    return isinstance(y, np.ndarray) and y.ndim == 2 and y.dtype != object


def _read_indicator(y, n_tags):
    """Return which tags each set has, shape (n_sets, n_tags), bool."""
    if sparse.issparse(y):
        y = y.toarray()
    y = read_array(y, "y_true")
    if y.shape[1] != n_tags:
        raise ValueError(f"y_true has {y.shape[1]} columns, y_score {n_tags}. Pass one a tag.")
    if (wrong := (y != 0) & (y != 1)).any():
        i, column = np.argwhere(wrong)[0]
        raise ValueError(
            f"y_true of two dimensions must be 1 where a set has a tag and 0 elsewhere; set {i}, "
            f"column {column} is {y[i, column]}. For indices of tags, pass a list of arrays."
        )
    return y.astype(bool)


def _read_tags(y, n_tags):
    """Return which tags each set has, shape (n_sets, n_tags), bool."""
    table = read_array(y, "y_true") if hasattr(y, "columns") else y
    if _is_indicator(table):
        has_tag = _read_indicator(table, n_tags)
    else:
        sets, _ = read_indices(y, n_tags, "y_true")
        has_tag = np.zeros((len(sets), n_tags), dtype=bool)
        has_tag[sets.set_ids, sets.values] = True
    if not has_tag.any():
        raise ValueError("No set has a tag in y_true, so there is nothing to find.")
    return has_tag


def tagging_scores(y_true, y_score, *, k=5):
    """Precision, recall and F1 of tags when each set gets its k best-scored tags.

    For each tag, precision is the share of the sets it is given to that have it (0 where it is
    given to none), and recall the share of the sets that have it that it is given to. Both are
    averaged over the tags. These are the measures of Zaheer et al. (2017), Table 4, from work on
    image tagging (Makadia et al., 2008; Guillaumin et al., 2009; Chen et al., 2013).

    Parameters
    ----------
    y_true : array or sparse matrix of shape (n_sets, n_tags), or list of int arrays
        The tags of each set: 1 where a set has a tag and 0 elsewhere, or, in a list or another
        container of sets, the indices of its tags.
    y_score : array-like of shape (n_sets, n_tags)
        A score of each tag for each set, higher for better.
    k : int, default=5
        How many tags each set gets. Of equal scores at the k-th place, the tag of the lowest
        index is taken first.

    Returns
    -------
    scores : Bunch
        precision : float
            Mean precision of the tags that occur in `y_true`.
        recall : float
            Mean recall of these tags.
        f1 : float
            2 precision recall / (precision + recall), of the two means.
        n_found : int
            Number of tags with a recall above zero, the paper's N+.

    Raises
    ------
    ValueError
        If shapes differ, no set has a tag, there are fewer than k tags, or a score is NaN.

    Notes
    -----
    Tags that no set has in `y_true` are left out of the means: their recall is undefined.
    Precision and recall are then those of scikit-learn's ``precision_score`` and
    ``recall_score`` with ``average="macro"``, ``labels`` the other tags and ``zero_division=0``;
    f1 is not the mean of the tags' F1, of ``f1_score``.

    References
    ----------
    Chen, M., Zheng, A. and Weinberger, K. (2013). Fast Image Tagging. International Conference
    on Machine Learning.

    Guillaumin, M., Mensink, T., Verbeek, J. and Schmid, C. (2009). TagProp: Discriminative Metric
    Learning in Nearest Neighbor Models for Image Auto-Annotation. International Conference on
    Computer Vision.

    Makadia, A., Pavlovic, V. and Kumar, S. (2008). A New Baseline for Image Annotation. European
    Conference on Computer Vision.

    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> from sksets.metrics import tagging_scores
    >>> scores = tagging_scores([[0], [0, 2]], [[0.9, 0.5, 0.1], [0.2, 0.3, 0.8]], k=1)
    >>> scores.precision, scores.recall, scores.n_found
    (1.0, 0.75, 2)
    """
    y_score = check_scores(y_score, "y_score")
    n_tags = y_score.shape[1]
    k = check_count(k, "k", 1)
    if k > n_tags:
        raise ValueError(f"k must be at most the number of tags, {n_tags}; found {k}.")
    has_tag = _read_tags(y_true, n_tags)
    check_same_n_sets(len(y_score), len(has_tag), "y_score", "y_true")

    given = np.argsort(-y_score, axis=1, kind="stable")[:, :k]
    correct = given[np.take_along_axis(has_tag, given, axis=1)]
    occurs = has_tag.any(axis=0)
    n_correct, n_given = (
        np.bincount(tags, minlength=n_tags)[occurs] for tags in (correct, given.ravel())
    )
    # A tag that is given to no set is correct in none: the maximum makes its precision 0.
    precision = float(np.mean(n_correct / np.maximum(n_given, 1)))
    recall = float(np.mean(n_correct / has_tag.sum(axis=0)[occurs]))
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    n_found = int(np.count_nonzero(n_correct))
    return Bunch(precision=precision, recall=recall, f1=f1, n_found=n_found)
