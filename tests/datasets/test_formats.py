"""The files that are kept: how they are known, written, and bounded in what they unpack to."""

import tracemalloc
import zipfile
from contextlib import contextmanager

import numpy as np
import pytest
from dataset_files import bomb

from sksets.datasets import fetch_corel5k, fetch_musk
from sksets.datasets._formats import NPZ, content_sha256, json_sha256


@contextmanager
def at_most_mebibytes(n):
    """Fail where more memory is taken at a time."""
    tracemalloc.start()
    try:
        yield
        assert tracemalloc.get_traced_memory()[1] < n << 20
    finally:
        tracemalloc.stop()


def test_json_is_known_by_what_it_holds():
    assert json_sha256({"a": [1, "é"], "b": None}) == json_sha256({"b": None, "a": [1, "é"]})
    others = [{"a": [1, "e"], "b": None}, {"a": ["é", 1], "b": None}, [["a", [1, "é"]]]]
    assert len({json_sha256(content) for content in [*others, {"a": [1, "é"], "b": None}]}) == 4


def test_arrays_are_known_by_what_they_hold():
    arrays = {"a": np.arange(6), "b": np.array(["x"])}
    assert content_sha256(arrays) == content_sha256(dict(reversed(arrays.items())))
    others = [
        arrays | {"a": np.arange(6).reshape(2, 3)},
        arrays | {"a": np.arange(6, dtype=np.int32)},
        arrays | {"a": np.arange(6)[::-1]},
        {"a": arrays["a"], "c": arrays["b"]},
    ]
    assert len({content_sha256(content) for content in [*others, arrays]}) == 5


def test_a_failed_write_leaves_nothing(tmp_path):
    path = tmp_path / "a.npz"
    path.mkdir()
    with pytest.raises(OSError):
        NPZ.write(path, {"a": np.arange(3)})
    assert list(tmp_path.iterdir()) == [path]


def test_an_archive_says_what_it_unpacks_to(tmp_path):
    path = tmp_path / "tags" / "corel5k_mulan.npz"
    path.parent.mkdir()
    np.savez_compressed(path, X=np.zeros(1 << 25, dtype=np.uint8))
    assert path.stat().st_size < 1 << 17
    message = r"it unpacks to 33,554,\d+ bytes, more than 4,194,304. Delete it and call again"
    with at_most_mebibytes(4), pytest.raises(OSError, match=message):
        fetch_corel5k(tmp_path)


@pytest.mark.parametrize("method", [zipfile.ZIP_BZIP2, zipfile.ZIP_LZMA])
def test_an_archive_that_unpacks_all_at_once_is_refused(method, tmp_path):
    folder = tmp_path / "mil"
    folder.mkdir()
    for name in ("musk.npz", "musk+version+1.zip"):
        with zipfile.ZipFile(folder / name, "w", method) as archive:
            archive.writestr("clean1.data.Z", bytes(1 << 24))
        assert (folder / name).stat().st_size < 1 << 13
        with at_most_mebibytes(4), pytest.raises(OSError, match="other method than deflate"):
            fetch_musk(data_home=tmp_path, download_if_missing=False)
        (folder / "musk.npz").unlink(missing_ok=True)


def test_text_that_unpacks_to_more_than_the_table(tmp_path):
    (tmp_path / "mil").mkdir()
    with zipfile.ZipFile(tmp_path / "mil" / "musk+version+1.zip", "w") as archive:
        archive.writestr("clean1.data.Z", bomb())
    with (
        at_most_mebibytes(32),
        pytest.raises(OSError, match="a .Z file unpacks to more than 8,388,608 bytes"),
    ):
        fetch_musk(data_home=tmp_path, download_if_missing=False)
