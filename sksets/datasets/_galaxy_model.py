"""The simulated sky: distances, colours and errors of galaxies, and what they tell of a redshift.

Magnitudes are in the order of `BANDS`, colours in that of `COLOURS`; both lie on the first axis.
"""

import numpy as np

BANDS = ("u", "g", "r", "i", "z")
COLOURS = ("u-g", "g-r", "r-i", "i-z")

SPEED_OF_LIGHT = 299792.458  # km/s
_HUBBLE_DISTANCE = SPEED_OF_LIGHT / 70.0  # Mpc
_MATTER_DENSITY = 0.3

MIN_REDSHIFT = 0.02
_REDSHIFTS = np.linspace(0.0, 1.0, 2001)

# A colour of the red sequence is a constant plus steps (height, redshift, width): the break at
# 4000 Angstrom moves through g near redshift 0.2 and through r near 0.5.
_CONSTANTS = np.array([1.75, 0.78, 0.385, 0.32])
_STEPS = (
    ((0.45, 0.15, 0.05),),
    ((1.03, 0.205, 0.06),),
    ((0.15, 0.18, 0.035), (0.755, 0.507, 0.075)),
    ((0.13, 0.38, 0.045),),
)
_SLOPES = np.array([-0.04, -0.03, -0.01, -0.01])  # per magnitude: brighter is redder
_BLUE_SHIFTS = np.array([-0.5, -0.35, -0.12, -0.08])
_RED_SCATTERS = np.array([0.05, 0.04, 0.03, 0.03])
_BLUE_SCATTERS = np.array([0.20, 0.12, 0.06, 0.05])

CHARACTERISTIC_MAGNITUDE = -22.05  # absolute, in i: the knee of the luminosity function
_CORRECTION_SLOPE = 0.2  # of k-correction and passive evolution together, per unit of redshift

_DEPTHS = np.array([20.8, 22.4, 22.2, 21.7, 20.0])  # magnitudes with an error of 0.2
_ERROR_GROWTH = 0.33  # decades per magnitude
_MIN_ERROR, _MAX_ERROR = 0.01, 2.0


def _expansion_rate(z):
    return np.sqrt(_MATTER_DENSITY * (1 + z) ** 3 + 1 - _MATTER_DENSITY)


def _comoving_distances():
    """Integrate c / H(z) over the grid of redshifts, in Mpc."""
    slices = _HUBBLE_DISTANCE / _expansion_rate((_REDSHIFTS[1:] + _REDSHIFTS[:-1]) / 2)
    return np.concatenate([[0.0], np.cumsum(slices * np.diff(_REDSHIFTS))])


_DISTANCES = _comoving_distances()


def distance_modulus(z):
    """Apparent minus absolute magnitude, 5 log10((1 + z) D / 10 pc), in a flat universe."""
    return 5 * np.log10((1 + z) * np.interp(z, _REDSHIFTS, _DISTANCES)) + 25


def draw_redshifts(rng, n, low, high):
    """Draw redshifts in proportion to the comoving volume, D^2 / H(z)."""
    density = _DISTANCES**2 / _expansion_rate(_REDSHIFTS)
    inside = (_REDSHIFTS >= low) & (_REDSHIFTS <= high)
    cumulative = np.cumsum(np.where(inside, density, 0.0))
    return np.interp(rng.random_sample(n) * cumulative[-1], cumulative[inside], _REDSHIFTS[inside])


def characteristic_magnitude(z):
    """Apparent i magnitude of the knee of the luminosity function."""
    return CHARACTERISTIC_MAGNITUDE + distance_modulus(z) + _CORRECTION_SLOPE * z


def mean_colours(z, magnitude, is_blue=False):
    """Mean colours of red or blue galaxies.

    Parameters
    ----------
    z, magnitude : ndarray of shape (n,)
        Redshift and apparent i magnitude.
    is_blue : ndarray of shape (n,) or bool, default=False

    Returns
    -------
    colours : ndarray of shape (4, n)
    """
    steps = [
        sum(height / (1 + np.exp((centre - z) / width)) for height, centre, width in steps)
        for steps in _STEPS
    ]
    below_knee = magnitude - characteristic_magnitude(z)
    red = _CONSTANTS[:, None] + steps + _SLOPES[:, None] * below_knee
    return red + np.where(is_blue, 1.0, 0.0) * _BLUE_SHIFTS[:, None]


def errors_of(magnitudes):
    """Errors of magnitudes (5, n): a floor, and a power of the flux as in SDSS."""
    faintness = np.exp(np.log(10) * _ERROR_GROWTH * (magnitudes - _DEPTHS[:, None]))
    return np.minimum(np.sqrt(_MIN_ERROR**2 + (0.2 * faintness) ** 2), _MAX_ERROR)


def _bands(magnitude, colours):
    """Magnitudes (5, n) of given i magnitudes and colours."""
    ug, gr, ri, iz = colours
    return magnitude + np.stack([ug + gr + ri, gr + ri, ri, np.zeros_like(ri), -iz])


def draw_photometry(rng, z, magnitude, is_blue):
    """Draw the measured magnitudes of galaxies and their errors.

    Parameters
    ----------
    rng : RandomState
    z, magnitude, is_blue : ndarray of shape (n,)
        Redshift, true apparent i magnitude, and the kind.

    Returns
    -------
    magnitudes, errors : ndarray of shape (5, n)
        The errors are estimated, as in a survey, from what was measured.
    """
    scatter = np.where(is_blue, _BLUE_SCATTERS[:, None], _RED_SCATTERS[:, None])
    colours = mean_colours(z, magnitude, is_blue) + scatter * rng.normal(size=scatter.shape)
    true = _bands(magnitude, colours)
    measured = true + errors_of(true) * rng.normal(size=true.shape)
    return measured, errors_of(measured)


def colour_log_likelihood(magnitudes, z, is_blue):
    """Log density of the measured colours of galaxies, had they this redshift and kind.

    Neighbouring colours share a band, so that their covariance is tridiagonal: it is factorised
    in closed form, and the residuals are made independent one after the other. The errors are
    those of a mean galaxy of the measured i magnitude.

    Parameters
    ----------
    magnitudes : ndarray of shape (5, n)
        As measured.
    z : ndarray of shape (n,)
    is_blue : bool

    Returns
    -------
    log_likelihood : ndarray of shape (n,)
        Without the constant that all redshifts and kinds have in common.
    """
    means = mean_colours(z, magnitudes[3], is_blue)
    variances = errors_of(_bands(magnitudes[3], means)) ** 2
    scatters = _BLUE_SCATTERS if is_blue else _RED_SCATTERS
    residuals = magnitudes[:-1] - magnitudes[1:] - means
    pivots = scatters[:, None] ** 2 + variances[:-1] + variances[1:]
    for j in range(1, len(COLOURS)):
        ratio = -variances[j] / pivots[j - 1]
        pivots[j] += ratio * variances[j]
        residuals[j] -= ratio * residuals[j - 1]
    return -0.5 * (residuals**2 / pivots + np.log(pivots)).sum(axis=0)
