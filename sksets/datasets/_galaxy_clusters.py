"""Simulated clusters of galaxies: photometry of all, spectroscopic redshifts of a few."""

import numpy as np
from sklearn.utils import Bunch, check_random_state

from sksets._arguments import check_arguments, check_count
from sksets._set_array import SetArray, offsets_from_sizes
from sksets.datasets._galaxy_model import (
    BANDS,
    COLOURS,
    MIN_REDSHIFT,
    SPEED_OF_LIGHT,
    characteristic_magnitude,
    colour_log_likelihood,
    draw_photometry,
    draw_redshifts,
)

_REDSHIFT_RANGE = (0.1, 0.55)
_SIZE_EXPONENT = -2.5
_VELOCITY_DISPERSION = 600.0  # km/s, of a cluster of 40 galaxies
_INTERLOPER_FRACTION = 0.15
_BLUE_FRACTION = 0.1  # of the members
_INTERLOPER_SPREAD = 0.03  # of (1 + z)
_BRIGHTEST, _FAINTEST = -2.5, 1.75  # magnitudes from the knee of the luminosity function
_FLUX_LIMIT = 21.0  # apparent i magnitude
_BLOCK_CLUSTERS = 500

_FEATURE_NAMES = [
    *BANDS,
    *(f"{band}_error" for band in BANDS),
    *COLOURS,
    "radius",
    "membership_probability",
    "i_minus_brightest",
]

_DESCR = """Simulated clusters of galaxies
------------------------------
{n_sets:,} clusters of {smallest} to {largest} galaxies, {n_elements:,} in all, with {n_features}
features each: magnitudes in the bands u, g, r, i, z, their errors, the four colours, the distance
from the cluster's centre in Mpc, the probability to be a member, and the i magnitude from that of
the cluster's brightest galaxy. {n_labelled:,} of the galaxies have a redshift as from a spectrum.

No survey was used but to choose the constants. The simulation has the shape of the data of Zaheer
et al., "Deep Sets", NeurIPS 2017, section 4.1.4 (26,111 clusters of the redMaPPer catalogue, which
are not part of this library); results on it say nothing about those on the catalogue."""


def _draw_sizes(rng, n_clusters, min_size, max_size):
    """Draw whole numbers whose density falls with a power of the size."""
    power = _SIZE_EXPONENT + 1
    low, high = min_size**power, (max_size + 1) ** power
    sizes = (low + rng.random_sample(n_clusters) * (high - low)) ** (1 / power)
    return np.clip(sizes.astype(np.int64), min_size, max_size)


def _spreads(cluster_redshift, sizes):
    """Return the standard deviation of the redshifts of members and of interlopers, a cluster."""
    velocity = _VELOCITY_DISPERSION * (sizes / 40) ** 0.37
    scale = 1 + cluster_redshift
    return scale * velocity / SPEED_OF_LIGHT, scale * _INTERLOPER_SPREAD


def _draw_magnitudes(rng, knee):
    """Draw i magnitudes from a Schechter function of slope -1, cut at the flux limit."""
    offsets = np.linspace(_BRIGHTEST, _FAINTEST, 500)
    cumulative = np.cumsum(np.exp(-(10 ** (-0.4 * offsets))))
    cut = np.interp(_FLUX_LIMIT - knee, offsets, cumulative)
    return knee + np.interp(rng.random_sample(len(knee)) * cut, cumulative, offsets)


def _draw_galaxies(rng, cluster_redshift, sizes, set_ids):
    """Draw the redshift of each galaxy, its photometry, and where in the disc it lies."""
    members, interlopers = _spreads(cluster_redshift, sizes)
    is_member = rng.random_sample(len(set_ids)) >= _INTERLOPER_FRACTION
    is_blue = is_member & (rng.random_sample(len(set_ids)) < _BLUE_FRACTION)
    spread = np.where(is_member, members[set_ids], interlopers[set_ids])
    z = cluster_redshift[set_ids] + spread * rng.normal(size=len(set_ids))
    z = np.maximum(z, MIN_REDSHIFT)
    magnitude = _draw_magnitudes(rng, characteristic_magnitude(cluster_redshift)[set_ids])
    magnitudes, errors = draw_photometry(rng, z, magnitude, is_blue)
    # The surface density of members falls as 1 / R, that of interlopers is constant.
    place = rng.random_sample(len(set_ids))
    place = np.where(is_member, place, np.sqrt(place))
    return z, is_member, magnitudes, errors, place


def _mixture(cluster_redshift, sizes):
    """Yield the prior, Gaussians as nodes: redshift a cluster, is blue, is member, log weight."""
    members, interlopers = _spreads(cluster_redshift, sizes)
    share = 1 - _INTERLOPER_FRACTION
    # Interlopers spread widely: with few nodes, none lies near the redshift that the colours tell.
    kinds = (
        (share * (1 - _BLUE_FRACTION), members, False, True, 3),
        (share * _BLUE_FRACTION, members, True, True, 3),
        (_INTERLOPER_FRACTION, interlopers, False, False, 21),
    )
    for fraction, spread, is_blue, is_member, n_nodes in kinds:
        nodes, weights = np.polynomial.hermite_e.hermegauss(n_nodes)
        for node, weight in zip(nodes, weights / weights.sum(), strict=True):
            z = np.maximum(cluster_redshift + node * spread, MIN_REDSHIFT)
            yield z, is_blue, is_member, np.log(fraction * weight)


def _posteriors(cluster_redshift, sizes, magnitudes, place):
    """Mean redshift and probability of membership of each galaxy, given its cluster's redshift."""
    set_ids = np.repeat(np.arange(len(sizes)), sizes)
    log_place = np.log(2 * np.maximum(place, 1e-9))  # density of interlopers by that of members
    total, mean, member, reference = 0.0, 0.0, 0.0, None
    for z, is_blue, is_member, log_weight in _mixture(cluster_redshift, sizes):
        z = z[set_ids]
        logs = log_weight + colour_log_likelihood(magnitudes, z, is_blue)
        logs += 0.0 if is_member else log_place
        # Relative to the first node of each galaxy, so that not all weights vanish; bounded, so
        # that none is infinite.
        reference = logs if reference is None else reference
        weight = np.exp(np.minimum(logs - reference, 600.0))
        total = total + weight
        mean = mean + weight * z
        member = member + weight * is_member
    return mean / total, member / total


def _posteriors_by_blocks(cluster_redshift, offsets, magnitudes, place):
    """Compute the posteriors of a few clusters at a time, as fits the processor's cache."""
    sizes = np.diff(offsets)
    blocks = []
    for start in range(0, len(sizes), _BLOCK_CLUSTERS):
        block = slice(start, min(start + _BLOCK_CLUSTERS, len(sizes)))
        rows = slice(offsets[block.start], offsets[block.stop])
        blocks.append(
            _posteriors(cluster_redshift[block], sizes[block], magnitudes[:, rows], place[rows])
        )
    oracle, probability = zip(*blocks, strict=True)
    return np.concatenate(oracle), np.concatenate(probability)


def _features(magnitudes, errors, place, probability, offsets):
    sizes = np.diff(offsets)
    radius = place * np.repeat((sizes / 100) ** 0.2 / 0.7, sizes)
    brightest = np.minimum.reduceat(magnitudes[3], offsets[:-1])
    relative = magnitudes[3] - np.repeat(brightest, sizes)
    colours = magnitudes[:-1] - magnitudes[1:]
    rows = [magnitudes, errors, colours, [radius, probability, relative]]
    return np.concatenate(rows).T.astype(np.float32, order="C")


def _label_some(rng, redshift, set_ids, offsets, n_labelled):
    """Keep the redshift of some galaxies of each cluster, at random; NaN for all others."""
    order = np.lexsort((rng.random_sample(len(set_ids)), set_ids))
    labelled = order[(offsets[:-1, None] + np.arange(n_labelled)).ravel()]
    target = np.full(len(redshift), np.nan)
    target[labelled] = redshift[labelled]
    return target


@check_arguments()
def make_galaxy_clusters(
    n_clusters=1000, *, min_size=20, max_size=300, n_labelled=2, random_state=None
):
    """Simulate clusters of galaxies, of which few have a spectroscopic redshift.

    A regression of one number an element, from few labels: what a galaxy's own colours leave open
    is told by the other galaxies of its cluster, which have nearly the same redshift. The task is
    that of section 4.1.4 of [1]_, where 26,111 clusters of the redMaPPer catalogue [2]_ have 17
    features a galaxy; the numbers here are simulated (see Notes).

    Parameters
    ----------
    n_clusters : int, default=1000
        Number of clusters.
    min_size, max_size : int, default=20, 300
        The size of a cluster lies between the two, both included; small ones are frequent.
    n_labelled : int, default=2
        Galaxies of each cluster whose redshift is in ``target``, drawn at random; 0 to `min_size`.
    random_state : int, RandomState instance or None, default=None
        Give an int for the same clusters on every call.

    Returns
    -------
    data : :class:`~sklearn.utils.Bunch`
        With the attributes

        data : SetArray of shape (n_clusters,)
            A set is (n_i, 17), float32: 5 magnitudes, 5 errors, 4 colours, the projected radius
            in Mpc, the probability to be a member, the i magnitude from the brightest galaxy's.
        target : SetArray of shape (n_clusters,)
            Redshifts: a set is (n_i,), NaN for all but `n_labelled` of them.
        redshift : SetArray of shape (n_clusters,)
            The true redshift of every galaxy: a set is (n_i,).
        oracle : SetArray of shape (n_clusters,)
            The mean of a galaxy's redshift, given its magnitudes and radius, for one who knows
            the simulation and ``cluster_redshift``: a set is (n_i,). Its squared error is what
            remains when the other galaxies have told all they can (see Notes).
        is_member : SetArray of shape (n_clusters,)
            True for a galaxy of the cluster, False for an interloper: a set is (n_i,).
        cluster_redshift : ndarray of shape (n_clusters,)
            The redshift of each cluster.
        feature_names : list of 17 str
            Names of the features.
        DESCR : str
            Description of the data.

    Raises
    ------
    TypeError, ValueError
        A number is not an integer or out of range.

    See Also
    --------
    fetch_compact_groups : Real galaxies in small groups.

    Notes
    -----
    - Clusters are spread over the comoving volume from redshift 0.1 to 0.55 (flat, matter density
      0.3, 70 km/s/Mpc), their sizes N over a power law of exponent -2.5.
    - A member moves with 600 km/s (N / 40)^0.37 (one standard deviation): dz = (1 + z) v / c.
      One member in ten is blue, the others lie on the red sequence.
    - A galaxy in the set is an interloper with probability 0.15: a red galaxy before or behind,
      dz = 0.03 (1 + z) (one standard deviation), as it would be taken for a member.
    - i magnitudes follow a Schechter function of slope -1 and knee -22.05 from 2.5 mag above the
      knee to 1.75 below, cut at i = 21; k-correction and evolution together are 0.2 z. An
      interloper is as bright as a member.
    - The colours of the red sequence are sums of logistic functions of z, the break at 4000
      Angstrom passing through the bands, with a slope of 0.01 to 0.04 with magnitude and a
      scatter of 0.03 to 0.05 mag; blue galaxies are 0.08 to 0.5 mag bluer, with more scatter.
      The constants were fitted, some by eye, to the SDSS galaxies with spectra in the test data
      of the redMaPPer code.
    - Errors grow by a factor 2.1 per magnitude, to 0.2 at u, g, r, i, z = 20.8, 22.4, 22.2, 21.7,
      20.0 and to 2 at most.
    - The membership probability is that of the simulation, given the redshift of the cluster.
    - The oracle takes the measured i magnitude for the true one where it needs slopes and errors,
      and Gaussians as sums over nodes: it approximates the best predictor in squared error. In
      absolute error, ``cluster_redshift`` is the better prediction for likely members.

    References
    ----------
    .. [1] Zaheer, Kottur, Ravanbakhsh, Poczos, Salakhutdinov, Smola, "Deep Sets", Advances in
       Neural Information Processing Systems 30, 2017.
    .. [2] Rykoff et al., "redMaPPer I: Algorithm and SDSS DR8 catalog", The Astrophysical Journal
       785, 104, 2014.

    Examples
    --------
    >>> import numpy as np
    >>> from sksets.datasets import make_galaxy_clusters
    >>> clusters = make_galaxy_clusters(50, max_size=40, random_state=0)
    >>> clusters.data
    SetArray(n_sets=50, n_elements=..., sizes 20 to 40, elements float32 (17,))
    >>> int(np.isfinite(clusters.target[0]).sum())
    2
    """
    check_count(n_clusters, "n_clusters", 1)
    check_count(min_size, "min_size", 1)
    check_count(max_size, "max_size", min_size)
    check_count(n_labelled, "n_labelled", 0, most=min_size)

    rng = check_random_state(random_state)
    cluster_redshift = draw_redshifts(rng, n_clusters, *_REDSHIFT_RANGE)
    sizes = _draw_sizes(rng, n_clusters, min_size, max_size)
    set_ids = np.repeat(np.arange(n_clusters), sizes)
    offsets = offsets_from_sizes(sizes)

    drawn = _draw_galaxies(rng, cluster_redshift, sizes, set_ids)
    redshift, is_member, magnitudes, errors, place = drawn
    oracle, probability = _posteriors_by_blocks(cluster_redshift, offsets, magnitudes, place)
    values = _features(magnitudes, errors, place, probability, offsets)
    data = SetArray(values, offsets, feature_names=_FEATURE_NAMES)
    return Bunch(
        data=data,
        target=SetArray(_label_some(rng, redshift, set_ids, offsets, n_labelled), offsets),
        redshift=SetArray(redshift, offsets),
        oracle=SetArray(oracle, offsets),
        is_member=SetArray(is_member, offsets),
        cluster_redshift=cluster_redshift,
        feature_names=list(_FEATURE_NAMES),
        DESCR=_DESCR.format(
            n_sets=n_clusters,
            smallest=sizes.min(),
            largest=sizes.max(),
            n_elements=len(redshift),
            n_features=len(_FEATURE_NAMES),
            n_labelled=n_labelled * n_clusters,
        ),
    )
