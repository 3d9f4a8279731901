"""The model of galaxies: distances, and how likely colours are at a redshift."""

import numpy as np
import pytest

from sksets.datasets import _galaxy_model


def test_distance_modulus():
    # flat, matter density 0.3, 70 km/s/Mpc
    assert _galaxy_model.distance_modulus(0.5) == pytest.approx(42.26, abs=0.01)
    assert _galaxy_model.distance_modulus(0.1) == pytest.approx(38.31, abs=0.01)


def test_colour_likelihood_is_the_gaussian_of_the_full_covariance():
    z, i = np.array([0.2, 0.5]), np.array([18.0, 20.5])
    measured, _ = _galaxy_model.draw_photometry(np.random.RandomState(0), z, i, z > 0.3)
    for is_blue in (False, True):
        found = _galaxy_model.colour_log_likelihood(measured, z, is_blue)
        for n in range(2):
            ug, gr, ri, iz = means = _galaxy_model.mean_colours(z, measured[3], is_blue)[:, n]
            bands = measured[3, n] + np.array([ug + gr + ri, gr + ri, ri, 0, -iz])
            errors = _galaxy_model.errors_of(bands[:, None])[:, 0]
            difference = np.eye(5)[:-1] - np.eye(5)[1:]
            scatters = ([0.05, 0.04, 0.03, 0.03], [0.20, 0.12, 0.06, 0.05])[is_blue]
            covariance = difference @ np.diag(errors**2) @ difference.T + np.diag(scatters) ** 2
            residual = difference @ measured[:, n] - means
            chi2 = residual @ np.linalg.solve(covariance, residual)
            expected = -0.5 * (chi2 + np.linalg.slogdet(covariance)[1])
            np.testing.assert_allclose(found[n], expected)
