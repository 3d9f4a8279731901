"""redshift_scatter: how far photometric redshifts are from the spectroscopic ones."""

import numpy as np

from sksets._compat import check_sample_weight
from sksets._set_array import element_position, offsets_from_sizes
from sksets._validation import flatten_pairs, flatten_weight


def redshift_scatter(y_true, y_pred, *, sample_weight=None):
    """Mean of abs(z_spec - z) / (1 + z_spec) over the elements of all sets.

    Lower is better. The measure of the redshifts of galaxies in clusters in Zaheer et al. (2017),
    section 4.1.4.

    Parameters
    ----------
    y_true : list of arrays, object array, SetArray or flat array
        The spectroscopic redshifts z_spec, above -1; elements with NaN are left out.
    y_pred : list of arrays, object array, SetArray or flat array
        The predicted redshifts, as `y_true`.
    sample_weight : array-like of shape (n_sets,), or as `y_true`, default=None
        Weights of the sets or of the elements.

    Returns
    -------
    scatter : float
        Without a unit, zero or more.

    Raises
    ------
    ValueError
        If the shapes do not fit, a redshift is -1 or less, a prediction is not finite, or no
        element has a label.

    Notes
    -----
    ``make_scorer(redshift_scatter, greater_is_better=False)`` is a scorer for searches over
    estimators with one output an element.

    References
    ----------
    Zaheer, M., Kottur, S., Ravanbakhsh, S., Poczos, B., Salakhutdinov, R. and Smola, A. (2017).
    Deep Sets. Advances in Neural Information Processing Systems 30.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.metrics import redshift_scatter
    >>> y_true = [np.array([0.0, 1.0]), np.array([np.nan])]
    >>> y_pred = [np.array([0.1, 0.8]), np.array([0.5])]
    >>> round(redshift_scatter(y_true, y_pred), 3)
    0.1
    """
    z_spec, z, sizes, labelled = flatten_pairs(y_true, y_pred)
    if sample_weight is not None:
        sample_weight = flatten_weight(sample_weight, len(labelled), sizes)[labelled]
        sample_weight = check_sample_weight(sample_weight, z, ensure_non_negative=True)
        if not sample_weight.sum() > 0:
            raise ValueError(
                "sample_weight sums to zero; at least one element with a label needs a weight."
            )
    if (impossible := z_spec <= -1).any():
        index = int(np.flatnonzero(labelled)[np.argmax(impossible)])
        where = f"element {index}"
        if sizes is not None:
            where = element_position(offsets_from_sizes(sizes), index)
        raise ValueError(
            f"Redshifts must be above -1; y_true of {where} is "
            f"{z_spec[impossible][0]:g}. Use NaN for an element without a redshift."
        )
    return float(np.average(np.abs(z_spec - z) / (1 + z_spec), weights=sample_weight))
