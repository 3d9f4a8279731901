"""Sparse .arff files of tags, and the two data sets that come as such."""

from dataclasses import replace

import numpy as np
import pytest
from dataset_files import ARFF, PAGES

from sksets.datasets import _corel5k, _delicious, fetch_corel5k, fetch_delicious
from sksets.datasets._binary_tags import read_sparse_arff
from sksets.datasets._formats import content_sha256


def pack(ones, n_columns):
    """Write the columns that are 1, a list a row, as packed bits."""
    table = np.zeros((len(ones), n_columns), dtype=np.uint8)
    for row, columns in enumerate(ones):
        table[row, columns] = 1
    return np.packbits(table, axis=1)


def test_sparse_arff():
    features, tags = read_sparse_arff(ARFF, 499, 374, 3)
    np.testing.assert_array_equal(features, pack([[0, 498], [], [5]], 499))
    np.testing.assert_array_equal(tags, pack([[0, 373], [], [1]], 374))
    with pytest.raises(IndexError):
        read_sparse_arff(ARFF, 499, 373, 3)
    with pytest.raises(ValueError, match="it has 3 objects, more than 2"):
        read_sparse_arff(ARFF, 499, 374, 2)
    with pytest.raises(ValueError, match="object 2 has the column -5"):
        read_sparse_arff(ARFF.replace(b"{ 5", b"{ -5"), 499, 374, 3)


@pytest.mark.parametrize("kind", ["arff", "npz"])
def test_corel5k(kind, monkeypatch, tmp_path):
    arrays = {
        "X": pack([[0, 498], [], [5]], 499),
        "Y": pack([[0, 373], [], [1]], 374),
        "n_features": np.array(499),
        "n_labels": np.array(374),
    }
    small = replace(_corel5k.COREL5K, sha256=content_sha256(arrays))
    monkeypatch.setattr(_corel5k, "COREL5K", small)
    folder = tmp_path / "tags"
    folder.mkdir()
    if kind == "arff":  # as downloaded by hand
        (folder / "Corel5k-sparse.arff").write_bytes(ARFF)
    else:
        np.savez(folder / "corel5k_mulan.npz", **arrays)
    images = fetch_corel5k(tmp_path, download_if_missing=False)
    assert (folder / "corel5k_mulan.npz").exists()
    assert images.context.shape == (3, 499) and images.context.dtype == np.float32
    assert [np.flatnonzero(row).tolist() for row in images.context] == [[0, 498], [], [5]]
    assert set(images.context.ravel()) == {0, 1}
    assert [s.tolist() for s in images.data] == [[0, 373], [], [1]]
    assert images.data.values.dtype == np.int64 and images.n_tags == 374
    assert "3 photographs" in images.DESCR
    (folder / "Corel5k-sparse.arff").write_bytes(ARFF.replace(b"872", b"871"))
    (folder / "corel5k_mulan.npz").unlink()
    with pytest.raises(FileNotFoundError, match="the checksum of its arrays is"):
        fetch_corel5k(tmp_path)


def test_delicious(monkeypatch, tmp_path):
    arrays = {
        "X_train": pack([[0, 499], [3]], 500),
        "Y_train": pack([[0, 982], []], 983),
        "X_test": pack([[1]], 500),
        "Y_test": pack([[7]], 983),
        "n_features": np.array(500),
        "n_labels": np.array(983),
    }
    small = replace(_delicious.DELICIOUS, sha256=content_sha256(arrays))
    monkeypatch.setattr(_delicious, "DELICIOUS", small)
    (tmp_path / "tags").mkdir()
    for part, text in PAGES.items():
        (tmp_path / "tags" / f"delicious-{part}.arff").write_bytes(text)
    pages = fetch_delicious(tmp_path, download_if_missing=False)
    assert pages.context_train.shape == (2, 500) and pages.context_test.shape == (1, 500)
    assert pages.context_train.dtype == np.float32
    assert [np.flatnonzero(row).tolist() for row in pages.context_train] == [[0, 499], [3]]
    assert np.flatnonzero(pages.context_test[0]).tolist() == [1]
    assert [s.tolist() for s in pages.data_train] == [[0, 982], []]
    assert [s.tolist() for s in pages.data_test] == [[7]]
    assert pages.data_train.values.dtype == np.int64 and pages.n_tags == 983
    assert "test; 1 of them have none" in pages.DESCR
