"""How files of data sets are found, downloaded, made, checked and missed."""

import shutil
from dataclasses import replace

import numpy as np
import pytest
from dataset_files import CLOSED, relocate

from sksets import SetArray
from sksets.datasets import (
    _musk,
    _store,
    fetch_musk,
    fetch_word_vectors,
    fetch_wordnet_concepts,
    get_data_home,
)
from sksets.datasets._store import json_sha256, load_arrays


def test_download_convert_and_keep(source, tmp_path):
    data_file, fetch, public, arrays = source
    bunch = fetch(data_home=tmp_path)
    path = tmp_path / data_file.path
    with np.load(path, allow_pickle=False) as kept:
        for name, array in arrays.items():
            np.testing.assert_array_equal(kept[name], array)
            assert kept[name].dtype == array.dtype
    assert [file.name for file in path.parent.iterdir()] == [path.name]
    for file in public.iterdir():
        file.unlink()
    X, y = fetch(data_home=str(tmp_path), return_X_y=True)
    assert isinstance(X, SetArray) and len(X) == len(y) == len(bunch.data)
    assert len(bunch.DESCR) > 100


def test_raw_files_put_there_by_hand_need_no_network(source, tmp_path):
    data_file, fetch, public, arrays = source
    folder = (tmp_path / data_file.path).parent
    shutil.copytree(public, folder)
    fetch(data_home=tmp_path, download_if_missing=False)
    assert (tmp_path / data_file.path).exists()


def test_a_published_file_that_changed(source, tmp_path):
    data_file, fetch, public, _ = source
    for file in public.iterdir():
        file.write_bytes(b"<html>moved</html>")
    with pytest.raises(FileNotFoundError, match="needs the file"):
        fetch(data_home=tmp_path)
    assert not (tmp_path / data_file.path).exists()


def test_a_cut_off_file(source, tmp_path):
    data_file, fetch, public, _ = source
    for file in public.iterdir():
        file.write_bytes(file.read_bytes()[:-40])
    with pytest.raises(FileNotFoundError, match="needs the file"):
        fetch(data_home=tmp_path)


def test_other_content_fails_its_checksum(source, tmp_path, monkeypatch):
    data_file, fetch, _, arrays = source
    wrong = replace(data_file, sha256="0" * 64)
    with pytest.raises(FileNotFoundError, match="the checksum of its arrays is .*, expected 0000"):
        load_arrays(wrong, tmp_path)
    path = tmp_path / data_file.path
    path.parent.mkdir(exist_ok=True)
    for content in (b"", b"PK\x03\x04 no archive", b"text"):
        path.write_bytes(content)
        with pytest.raises(OSError, match="is not the expected data: .*Delete it and call again"):
            fetch(data_home=tmp_path)
    name = next(name for name in arrays if arrays[name].dtype.kind != "U")
    np.savez(path, **arrays | {name: arrays[name] + 1})
    with pytest.raises(OSError, match="is not the expected data: the checksum"):
        fetch(data_home=tmp_path)


def test_offline_says_what_to_put_where(tmp_path, monkeypatch):
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    offline = relocate(_musk.MUSK, {}, CLOSED)
    monkeypatch.setattr(_musk, "MUSK", offline)
    with pytest.raises(FileNotFoundError) as error:
        fetch_musk(data_home=tmp_path)
    message = str(error.value)
    for part in (
        f"fetch_musk needs the file musk.npz in the folder {tmp_path / 'mil'}.",
        "Connection refused",
        f"musk+version+1.zip, from {CLOSED}musk+version+1.zip",
        "SKSETS_DATA",
    ):
        assert part in message
    with pytest.raises(FileNotFoundError, match="download_if_missing is False"):
        fetch_musk(data_home=tmp_path, download_if_missing=False)
    assert not list(tmp_path.iterdir())


def test_a_download_takes_bounded_time(source, tmp_path, monkeypatch):
    data_file, fetch, _, _ = source
    monkeypatch.setattr(_store, "_TOTAL_SECONDS", -1.0)
    with pytest.raises(FileNotFoundError, match="was not complete after"):
        fetch(data_home=tmp_path)


def test_a_failed_write_leaves_nothing(tmp_path):
    path = tmp_path / "a.npz"
    path.mkdir()
    with pytest.raises(OSError):
        _store._write_npz(path, {"a": np.arange(3)})
    assert list(tmp_path.iterdir()) == [path]


def test_a_folder_that_cannot_be_written(source, tmp_path):
    _, fetch, _, _ = source
    (tmp_path / "file").write_text("no folder")
    with pytest.raises(OSError, match="cannot keep its file .*Give another folder as data_home"):
        fetch(data_home=tmp_path / "file")


def test_data_home(tmp_path, monkeypatch):
    monkeypatch.setenv("SKSETS_DATA", str(tmp_path))
    assert get_data_home() == tmp_path
    assert get_data_home("~/x").is_absolute()
    monkeypatch.delenv("SKSETS_DATA")
    assert get_data_home().name == "sksets_data"


def test_json_is_known_by_what_it_holds():
    assert json_sha256({"a": [1, "é"], "b": None}) == json_sha256({"b": None, "a": [1, "é"]})
    others = [{"a": [1, "e"], "b": None}, {"a": ["é", 1], "b": None}, [["a", [1, "é"]]]]
    assert len({json_sha256(content) for content in [*others, {"a": [1, "é"], "b": None}]}) == 4


@pytest.mark.parametrize(
    "fetch, path, origin",
    [
        (fetch_word_vectors, "glove/glove_wink100d_lda.npz", "arrays: words, .*nlp.stanford.edu"),
        (fetch_wordnet_concepts, "concepts/wordnet_hyponym_sets.json", "wordnet.princeton.edu"),
    ],
)
def test_files_without_a_mirror_say_what_to_put_where(fetch, path, origin, tmp_path):
    path = tmp_path / path
    message = (
        f"{fetch.__name__} needs the file {path.name} in the folder {path.parent}. It is not "
        "there, and it cannot be downloaded: put it there. It is a "
    )
    with pytest.raises(FileNotFoundError, match=f"{message}.*{origin}[^Z]*SKSETS_DATA"):
        fetch(tmp_path)
