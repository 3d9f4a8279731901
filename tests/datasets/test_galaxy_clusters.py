"""Clusters of galaxies: shapes, redshifts, features that agree, and the best prediction."""

import numpy as np
import pytest

from sksets.datasets import _galaxy_model, make_galaxy_clusters


@pytest.fixture(scope="module")
def clusters():
    return make_galaxy_clusters(400, n_labelled=3, random_state=0)


def test_shapes_and_names(clusters):
    sizes = clusters.data.sizes
    assert sizes.min() >= 20 and sizes.max() <= 300 and np.median(sizes) < 50
    assert clusters.data.element_shape == (17,) and clusters.data.values.dtype == np.float32
    assert len(set(clusters.feature_names)) == 17
    assert clusters.data.feature_names.tolist() == clusters.feature_names
    assert np.isfinite(clusters.data.values).all()
    for name in ("target", "redshift", "oracle", "is_member"):
        np.testing.assert_array_equal(clusters[name].offsets, clusters.data.offsets)
    assert "400 clusters" in clusters.DESCR and "1,200 of the galaxies" in clusters.DESCR
    fixed = make_galaxy_clusters(5, min_size=4, max_size=4, n_labelled=4, random_state=0)
    assert fixed.data.sizes.tolist() == [4] * 5
    np.testing.assert_array_equal(fixed.target.values, fixed.redshift.values)


def test_labels_are_some_true_redshifts(clusters):
    for labels, redshift in zip(clusters.target, clusters.redshift, strict=True):
        labelled = np.isfinite(labels)
        assert labelled.sum() == 3
        np.testing.assert_array_equal(labels[labelled], redshift[labelled])
    none = make_galaxy_clusters(3, n_labelled=0, random_state=0)
    assert np.isnan(none.target.values).all()


def test_redshifts(clusters):
    centre = clusters.cluster_redshift
    assert centre.min() >= 0.1 and centre.max() <= 0.55
    # the volume grows: more clusters in the far half of the range
    assert (centre > 0.325).mean() > 0.7
    z, member = clusters.redshift.values, clusters.is_member.values
    scaled = (z / np.repeat(centre, clusters.data.sizes) - 1) * np.repeat(
        centre / (1 + centre), clusters.data.sizes
    )
    assert abs(member.mean() - 0.85) < 0.02
    assert 0.0015 < scaled[member].std() < 0.0035  # 450 to 1050 km/s
    np.testing.assert_allclose(scaled[~member].std(), 0.03, rtol=0.05)
    assert z.min() >= _galaxy_model.MIN_REDSHIFT


def test_rich_clusters_move_faster():
    spreads = []
    for size in (20, 200):
        clusters = make_galaxy_clusters(
            200, min_size=size, max_size=size, n_labelled=0, random_state=0
        )
        centre = clusters.cluster_redshift[:, None]
        offsets = (clusters.redshift.values.reshape(200, size) - centre) / (1 + centre)
        spreads.append(offsets[clusters.is_member.values.reshape(200, size)].std())
    np.testing.assert_allclose(spreads[1] / spreads[0], 10**0.37, rtol=0.06)


def test_features_agree_with_each_other(clusters):
    column = dict(zip(clusters.feature_names, clusters.data.values.T, strict=True))
    for blue, red in ("ug", "gr", "ri", "iz"):
        np.testing.assert_allclose(column[f"{blue}-{red}"], column[blue] - column[red], atol=1e-4)
    for relative in np.split(column["i_minus_brightest"], clusters.data.offsets[1:-1]):
        assert relative.min() == 0
    assert column["radius"].min() >= 0
    bright, faint = column["r"] < 18, column["r"] > 20
    assert column["r_error"][bright].max() < 0.02 < 0.03 < column["r_error"][faint].min()


def test_red_sequence_reddens_with_redshift_and_brightness():
    z = np.linspace(0.1, 0.55, 50)
    colours = _galaxy_model.mean_colours(z, _galaxy_model.characteristic_magnitude(z))
    assert (np.diff(colours, axis=1) > 0).all()
    fainter = _galaxy_model.mean_colours(z, _galaxy_model.characteristic_magnitude(z) + 1)
    assert (fainter < colours).all()
    assert (_galaxy_model.mean_colours(z, z * 0 + 19, True) < fainter.max()).all()
    # the medians of SDSS galaxies with spectra: g - r, r - i
    table = {0.113: (0.88, 0.40), 0.183: (1.16, 0.47), 0.276: (1.56, 0.56), 0.365: (1.76, 0.62)}
    found = _galaxy_model.mean_colours(
        np.array(list(table)), _galaxy_model.characteristic_magnitude(np.array(list(table)))
    )
    np.testing.assert_allclose(found[1:3].T, list(table.values()), atol=0.15)


def test_oracle_is_better_than_the_cluster_and_calibrated(clusters):
    z, member = clusters.redshift.values, clusters.is_member.values
    centre = np.repeat(clusters.cluster_redshift, clusters.data.sizes)
    oracle_error = np.mean((clusters.oracle.values - z) ** 2)
    assert oracle_error < 0.9 * np.mean((centre - z) ** 2)
    # of predictions of the form centre + k (oracle - centre), k = 1 is best
    shrunk = centre + 0.8 * (clusters.oracle.values - centre)
    stretched = centre + 1.2 * (clusters.oracle.values - centre)
    assert oracle_error < min(np.mean((p - z) ** 2) for p in (shrunk, stretched))
    probability = clusters.data.values[:, clusters.feature_names.index("membership_probability")]
    for low, high in ((0, 0.5), (0.5, 0.8), (0.8, 0.9), (0.9, 1.01)):
        inside = (low <= probability) & (probability < high)
        assert abs(probability[inside].mean() - member[inside].mean()) < 0.06


def test_clusters_repeat(clusters):
    again = make_galaxy_clusters(400, n_labelled=3, random_state=0)
    for name in ("data", "target", "oracle"):
        np.testing.assert_array_equal(again[name].values, clusters[name].values)
    other = make_galaxy_clusters(400, n_labelled=3, random_state=1)
    assert (other.cluster_redshift != clusters.cluster_redshift).all()


@pytest.mark.parametrize(
    "parameters, message",
    [
        ({"n_clusters": 0}, "n_clusters == 0"),
        ({"min_size": 0}, "min_size == 0"),
        ({"max_size": 19}, "max_size == 19, must be >= 20"),
        ({"n_labelled": 21}, "n_labelled == 21, must be <= 20"),
    ],
)
def test_cluster_parameters_are_checked(parameters, message):
    with pytest.raises(ValueError, match=message):
        make_galaxy_clusters(**{"n_clusters": 2} | parameters)
