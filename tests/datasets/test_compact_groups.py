"""Compact groups of galaxies."""

from dataclasses import replace

import numpy as np
import pytest
from dataset_files import GALAXIES

from sksets.datasets import _compact_groups, fetch_compact_groups
from sksets.datasets._formats import content_sha256

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
        (folder / "glx_CG_members+faints.dat").write_bytes(GALAXIES)
    else:
        np.savez(folder / "sdss_compact_groups.npz", **ARRAYS)
    groups = fetch_compact_groups(tmp_path, download_if_missing=False)
    assert (folder / "sdss_compact_groups.npz").exists()
    assert groups.feature_names == ["rmag", "u_r", "r90_r50"]
    assert groups.data.feature_names.tolist() == groups.feature_names
    assert groups.data.keys.tolist() == groups.target.keys.tolist() == [1, 7]
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
    (folder / "glx_CG_members+faints.dat").write_bytes(GALAXIES.replace(b"0.0500", b"0.0600"))
    with pytest.raises(FileNotFoundError, match="checksum of its arrays is"):
        fetch_compact_groups(tmp_path)


def test_missing_compact_groups_say_what_to_put_where(tmp_path):
    with pytest.raises(FileNotFoundError) as error:
        fetch_compact_groups(tmp_path, download_if_missing=False)
    folder = tmp_path / "galaxies"
    assert f"needs the file sdss_compact_groups.npz in the folder {folder}" in str(error.value)
    assert "glx_CG_members+faints.dat, from https://raw.githubusercontent.com/" in str(error.value)
