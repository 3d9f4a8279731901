"""Sets drawn from Gaussians, with the entropy or mutual information of each to learn."""

from itertools import pairwise

import numpy as np
from sklearn.utils import Bunch, check_random_state, gen_batches

from sksets._arguments import check_arguments, check_count
from sksets._names import check_name
from sksets._set_array import SetArray, offsets_from_sizes
from sksets.datasets._gaussian_families import FAMILIES
from sksets.datasets._sizes import check_sizes

_BLOCK_SETS = 1000

_DESCR = """Population statistics
---------------------
{n_sets:,} sets of {smallest} to {largest} elements in {n_features} dimensions, each drawn from a
Gaussian of its own. The target of a set is the {statistic}
of its Gaussian, in nats.

Task "{task}" of Zaheer et al., "Deep Sets", NeurIPS 2017, section 4.1.1 and figure 1."""

_STATISTICS = {
    "correlation": "mutual information of the first and the last 16 coordinates",
    "random": "mutual information of all coordinates",
    "rank1": "mutual information of all coordinates",
    "rotation": "entropy of the first coordinate",
}


def _draw_elements(rng, covariances, offsets, values):
    """Draw sets into `values`; return their sample covariances and their means."""
    factors = np.linalg.cholesky(covariances)
    n_features = factors.shape[-1]
    sample_covariances = np.empty_like(covariances)
    means = np.empty((len(factors), n_features))
    for i, (start, stop) in enumerate(pairwise(offsets)):
        elements = rng.standard_normal((stop - start, n_features)) @ factors[i].T
        values[start:stop] = elements
        means[i] = elements.mean(axis=0)
        elements -= means[i]
        sample_covariances[i] = elements.T @ elements / (len(elements) - 1)
    return sample_covariances, means


def _draw_block(rng, family, offsets, values):
    """Draw sets into `values`; return their parameters, targets and estimates of the targets."""
    sizes = np.diff(offsets)
    parameter, covariances = family.draw(rng, len(sizes))
    sample_covariances, means = _draw_elements(rng, covariances, offsets, values)
    # The mean of x x^T over a set, from its covariance, which divides by n - 1, and its mean.
    share = ((sizes - 1) / sizes)[:, None, None]
    moments = share * sample_covariances + means[:, :, None] * means[:, None, :]
    return {
        "target": family.statistic(covariances),
        "parameter": parameter,
        "plug_in": family.statistic(sample_covariances),
        "unbiased": family.statistic(sample_covariances, sizes - 1),
        "oracle": family.oracle(moments, sizes),
    }


@check_arguments(family_random_state=["random_state"])
def make_population_statistics(
    task,
    n_sets=512,
    *,
    size=(300, 500),
    dtype="float64",
    random_state=None,
    family_random_state=3,
):
    """Draw sets from Gaussians, each with the entropy or mutual information of its Gaussian.

    A regression of one number a set, from the elements alone: the first experiment of [1]_
    (section 4.1.1, figure 1). The estimates of one who knows that the sets are Gaussian, and of
    one who knows the family of Gaussians too, come along.

    Parameters
    ----------
    task : {"rotation", "correlation", "rank1", "random"}
        The family of Gaussians, all of mean zero, and the statistic to learn:

        - "rotation": covariance R(a) S R(a)^T in 2 dimensions, R a rotation by the angle a,
          uniform in [0, pi]; the entropy of the first coordinate, log(2 pi e s_11) / 2.
        - "correlation": covariance [S, a S; a S, S] in 32 dimensions, a uniform between -.99 and
          .99; the mutual information of the first 16 and the last 16 coordinates,
          -8 log(1 - a^2).
        - "rank1": covariance I + l v v^T in 32 dimensions, v of length 1, l uniform in [0, 1];
          the mutual information of all coordinates, (sum log s_ii - log abs(S)) / 2.
        - "random": a random covariance S a set, in 32 dimensions; the same statistic.
    n_sets : int, default=512
        Number of sets.
    size : int or (int, int), default=(300, 500)
        Elements of a set: a number, or the smallest and largest of sizes that are drawn
        uniformly, both included. Above the number of dimensions.
    dtype : {"float32", "float64"}, default="float64"
        Type of the elements. They are drawn, and targets and estimates computed, in float64.
    random_state : int, RandomState instance or None, default=None
        Give an int for the same sets on every call.
    family_random_state : int, RandomState instance or None, default=3
        Draws what all sets of a family share: S or v. Training and test sets are of one family
        when they are drawn with the same int.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (n_sets,)
            A set is (n_i, 2) for "rotation", else (n_i, 32).
        target : ndarray of shape (n_sets,)
            The statistic of the Gaussian that the set was drawn from, in nats.
        parameter : ndarray of shape (n_sets,) or None
            The angle a, the correlation a, or l; None for "random".
        fixed : ndarray or None
            S of shape (2, 2) or (16, 16), or v of shape (32,); None for "random".
        plug_in : ndarray of shape (n_sets,)
            The statistic of the Gaussian with the sample covariance (about the sample mean).
        unbiased : ndarray of shape (n_sets,)
            The same without its bias, of log-determinants under the Wishart distribution: of all
            unbiased estimates that know only that the set is Gaussian, the one of least variance.
        oracle : ndarray of shape (n_sets,)
            The estimate of one who knows the family (see Notes). The floor for learners.
        DESCR : str
            Description of the data.

    Raises
    ------
    TypeError, ValueError
        The task or dtype is unknown, or a number is not an integer or out of range.

    See Also
    --------
    sksets.plotting.PopulationStatisticDisplay : Predictions against the parameter.

    Notes
    -----
    - S of "rotation" is A A^T, the others are (A A^T + I) / sum(A^2), with A uniform in [0, 1);
      v is uniform, then scaled.
    - The oracle of "rotation" and "correlation" is the statistic of the parameter of maximum
      likelihood. That of "rank1" is the mean of the statistic given the set: l is not known much
      better than its range, so that this is the better estimate. No estimator has a lower mean
      squared error in "rank1", nor, but for a few per cent, in the other two.
    - No such estimate is known for "random". Its oracle is a linear function of the unbiased
      estimates of log abs(S) and of sum log s_ii, fitted to 2,000 simulated sets: an error that
      can be reached, and far below that of the unbiased one, but not a bound.
    - The authors' generator squares the variance in the labels of "rotation". Those of
      "correlation" there lack the factor d/2, and the sets are drawn from another covariance.
      Here the definitions of the paper are used. It does not say which mutual information is
      meant in "rank1" and "random"; that of all coordinates is what the authors' generator has.

    References
    ----------
    .. [1] Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov, Smola, "Deep Sets", Advances in
       Neural Information Processing Systems 30, 2017.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.datasets import make_population_statistics
    >>> rotation = make_population_statistics("rotation", 100, random_state=0)
    >>> rotation.data
    SetArray(n_sets=100, n_elements=..., sizes ... to ..., elements float64 (2,))
    >>> errors = [np.mean((p - rotation.target) ** 2) for p in (rotation.plug_in, rotation.oracle)]
    >>> bool(errors[0] > 5 * errors[1])
    True
    """
    family_class = FAMILIES[check_name(task, FAMILIES, "task")]
    check_name(dtype, ("float32", "float64"), "dtype")
    check_count(n_sets, "n_sets", 1)
    # A sample covariance is of full rank where there are more elements than dimensions.
    min_size, max_size = check_sizes(size, family_class.n_features + 1)
    family = family_class(check_random_state(family_random_state), min_size, max_size)

    rng = check_random_state(random_state)
    sizes = rng.randint(min_size, max_size + 1, size=n_sets)
    offsets = offsets_from_sizes(sizes)
    values = np.empty((offsets[-1], family.n_features), dtype=dtype)
    blocks = [
        _draw_block(rng, family, offsets[block.start : block.stop + 1], values)
        for block in gen_batches(n_sets, _BLOCK_SETS)
    ]
    arrays = {
        name: None if first is None else np.concatenate([block[name] for block in blocks])
        for name, first in blocks[0].items()
    }
    description = _DESCR.format(
        task=task,
        n_sets=n_sets,
        smallest=sizes.min(),
        largest=sizes.max(),
        n_features=family.n_features,
        statistic=_STATISTICS[task],
    )
    return Bunch(data=SetArray(values, offsets), **arrays, fixed=family.fixed, DESCR=description)
