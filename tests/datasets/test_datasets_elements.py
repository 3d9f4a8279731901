"""Data sets with a target an element: outliers in sets, groups and clusters of galaxies."""

from dataclasses import replace

import numpy as np
import pytest

from sksets.datasets import (
    _compact_groups,
    _galaxy_model,
    fetch_compact_groups,
    make_galaxy_clusters,
    make_outlier_sets,
)
from sksets.datasets._store import content_sha256

# ---------------------------------------------------------------- outliers


LABELS = np.repeat(["a", "b", "c"], [20, 30, 5])
INDICES = np.arange(len(LABELS))


def test_all_but_the_outlier_share_their_label():
    X, y = make_outlier_sets(INDICES, LABELS, n_sets=300, size=(3, 7), random_state=0)
    assert set(X.sizes) == {3, 4, 5, 6, 7} and y.shape == (300,) and y.dtype == np.int64
    shared = set()
    for indices, place in zip(X, y, strict=True):
        assert len(set(indices)) == len(indices)
        others = np.delete(LABELS[indices], place)
        assert len(set(others)) == 1 and LABELS[indices[place]] != others[0]
        shared.add(others[0])
    # "c" has 5 elements: too few for the 6 that share a label in a set of 7
    assert shared == {"a", "b"}


def test_smallest_label_that_is_enough():
    X, y = make_outlier_sets(INDICES, LABELS, n_sets=50, size=6, random_state=0)
    shared = [LABELS[np.delete(indices, place)][0] for indices, place in zip(X, y, strict=True)]
    assert set(shared) == {"a", "b", "c"}


def test_the_outlier_shares_no_attribute():
    attributes = np.random.RandomState(0).random_sample((400, 6)) < 0.5
    X, y = make_outlier_sets(
        np.arange(400), attributes.astype(int), n_sets=200, size=8, n_shared=2, random_state=0
    )
    pairs = set()
    for indices, place in zip(X, y, strict=True):
        common = attributes[np.delete(indices, place)].all(axis=0)
        lacking = common & ~attributes[indices[place]]
        assert lacking.sum() >= 2
        pairs.add(tuple(np.flatnonzero(lacking)[:2]))
    assert len(pairs) > 10  # of 15


def test_places_are_uniform():
    _, y = make_outlier_sets(INDICES, LABELS, n_sets=6000, size=6, random_state=0)
    counts = np.bincount(y, minlength=6)
    assert abs(counts - 1000).max() < 150  # 5 standard deviations


def test_elements_are_drawn_uniformly():
    X, y = make_outlier_sets(INDICES, LABELS, n_sets=4000, size=(3, 4), random_state=0)
    members = np.concatenate([np.delete(s, place) for s, place in zip(X, y, strict=True)])
    for label in "abc":
        counts = np.bincount(members, minlength=len(LABELS))[label == LABELS]
        assert abs(counts / counts.mean() - 1).max() < 0.35


def test_sets_without_outlier():
    X, y = make_outlier_sets(
        INDICES, LABELS, n_sets=2000, size=5, outlier_fraction=0.25, random_state=0
    )
    assert abs((y >= 0).mean() - 0.25) < 0.05 and y.min() == -1
    for indices, place in zip(X, y, strict=True):
        assert len(set(indices)) == 5
        assert len(set(LABELS[indices])) == (1 if place < 0 else 2)
    _, y = make_outlier_sets(INDICES, LABELS, n_sets=20, size=5, outlier_fraction=0)
    assert set(y) == {-1}


def test_outlier_sets_repeat_and_keep_the_elements():
    images = np.arange(55 * 4, dtype=np.uint8).reshape(55, 2, 2)
    X, y = make_outlier_sets(images, LABELS, n_sets=30, size=4, random_state=1)
    again, y_again = make_outlier_sets(images, LABELS, n_sets=30, size=4, random_state=1)
    other, _ = make_outlier_sets(images, LABELS, n_sets=30, size=4, random_state=2)
    assert X.element_shape == (2, 2) and X.values.dtype == np.uint8
    np.testing.assert_array_equal(X.values, again.values)
    np.testing.assert_array_equal(y, y_again)
    assert (X.values != other.values).any()
    ignored, _ = make_outlier_sets(images, LABELS, n_sets=30, size=4, n_shared=9, random_state=1)
    np.testing.assert_array_equal(X.values, ignored.values)


@pytest.mark.parametrize(
    "labels, parameters, message",
    [
        (LABELS[:-1], {}, r"same length, got arrays of shape \(55,\) and \(54,\)"),
        (np.zeros((55, 2, 2)), {}, "must be 1-D .* or 2-D .*, got 3 dimensions"),
        (np.zeros(55), {}, "two values or more, found only 0.0"),
        (np.where(INDICES == 7, np.nan, 1.0), {}, r"hold NaN, first at \[7\]"),
        (np.full((55, 3), 2), {}, "attributes must be 0 or 1, found 2"),
        (np.eye(55)[:, :3], {"n_shared": 4}, "n_shared == 4, must be <= 3"),
        (LABELS, {"size": 2}, "size == 2, must be >= 3"),
        (LABELS, {"size": (5, 4)}, "size == 4, must be >= 5"),
        (LABELS, {"size": "all"}, "integer or a pair"),
        (LABELS, {"n_sets": 0}, "n_sets == 0"),
        (LABELS, {"outlier_fraction": 1.5}, "outlier_fraction == 1.5"),
        (
            LABELS,
            {"size": 32},
            "need 31 elements that share a label and one that has another. Of 3 possibilities "
            "none has both; the most frequent is shared by 30 elements. Give more elements or a "
            "smaller size",
        ),
        (
            np.ones((55, 3)),
            {"size": 4},
            "need 3 elements that share the same 2 attributes and one that has none of them",
        ),
    ],
)
def test_outlier_sets_say_what_is_wrong(labels, parameters, message):
    with pytest.raises(ValueError, match=message):
        make_outlier_sets(INDICES, labels, **parameters)


# ---------------------------------------------------------------- compact groups

TABLE = b"""\
 1237663916797722856  112.5  41.25  14.5  0.0625  -21.5  2.5  3.5     1  1  1
 1237663916797722857  112.0  41.50  17.0  0.0750  -19.0  2.0  2.0     1  1  0
 1237663531326243522  112.0  40.00  17.5  0.0500  -18.0  1.5  2.5     7  0  0
 #objID,radeg,decdeg,rmap,z,rabs,color,cindex,idg,mark_red,mark_ear
"""
ARRAYS = {
    "X": np.array(
        [
            [112.5, 41.25, 14.5, 2.5, 3.5],
            [112.0, 41.5, 17.0, 2.0, 2.0],
            [112.0, 40.0, 17.5, 1.5, 2.5],
        ]
    ),
    "columns": np.array(["ra", "dec", "rmag", "u_r", "r90_r50"]),
    "z": np.array([0.0625, 0.075, 0.05]),
    "group": np.array([1, 1, 7], dtype=np.int32),
    "objid": np.array([1237663916797722856, 1237663916797722857, 1237663531326243522]),
}


@pytest.fixture
def small_table(monkeypatch):
    """Expect three galaxies in the place of the catalogue."""
    small = replace(_compact_groups.COMPACT_GROUPS, sha256=content_sha256(ARRAYS))
    monkeypatch.setattr(_compact_groups, "COMPACT_GROUPS", small)


@pytest.mark.parametrize("kind", ["table", "npz"])
def test_compact_groups(kind, small_table, tmp_path):
    folder = tmp_path / "galaxies"
    folder.mkdir()
    if kind == "table":  # as downloaded by hand
        (folder / "glx_CG_members+faints.dat").write_bytes(TABLE)
    else:
        np.savez(folder / "sdss_compact_groups.npz", **ARRAYS)
    groups = fetch_compact_groups(tmp_path, download_if_missing=False)
    assert (folder / "sdss_compact_groups.npz").exists()
    assert groups.feature_names == ["rmag", "u_r", "r90_r50"]
    assert [g.tolist() for g in groups.data] == [
        [[14.5, 2.5, 3.5], [17.0, 2.0, 2.0]],
        [[17.5, 1.5, 2.5]],
    ]
    assert [z.tolist() for z in groups.target] == [[0.0625, 0.075], [0.05]]
    assert [p.tolist() for p in groups.positions] == [[[112.5, 41.25], [112, 41.5]], [[112, 40]]]
    assert groups.object_ids[1].tolist() == [1237663531326243522]
    assert groups.group_ids.tolist() == [1, 7] and "2 compact groups: 3 galaxies" in groups.DESCR
    X, y = fetch_compact_groups(tmp_path, return_X_y=True)
    np.testing.assert_array_equal(X.values, groups.data.values)
    np.testing.assert_array_equal(y.offsets, [0, 2, 3])


def test_compact_groups_of_another_catalogue_are_refused(small_table, tmp_path):
    folder = tmp_path / "galaxies"
    folder.mkdir()
    (folder / "glx_CG_members+faints.dat").write_bytes(TABLE.replace(b"0.0500", b"0.0600"))
    with pytest.raises(FileNotFoundError, match="checksum of its arrays is"):
        fetch_compact_groups(tmp_path)


def test_missing_compact_groups_say_what_to_put_where(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        fetch_compact_groups(tmp_path, download_if_missing=False)
    folder = tmp_path / "galaxies"
    assert f"needs the file sdss_compact_groups.npz in the folder {folder}" in str(error.value)
    assert "glx_CG_members+faints.dat, from https://raw.githubusercontent.com/" in str(error.value)


# ---------------------------------------------------------------- clusters of galaxies


@pytest.fixture(scope="module")
def clusters():
    return make_galaxy_clusters(400, n_labelled=3, random_state=0)


def test_shapes_and_names(clusters):
    sizes = clusters.data.sizes
    assert sizes.min() >= 20 and sizes.max() <= 300 and np.median(sizes) < 50
    assert clusters.data.element_shape == (17,) and clusters.data.values.dtype == np.float32
    assert len(set(clusters.feature_names)) == 17
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
