"""How files of data sets are found, downloaded, made, checked and missed."""

import os
import shutil
from dataclasses import replace

import numpy as np
import pytest
from dataset_files import CLOSED, relocate

from sksets import SetArray
from sksets.datasets import (
    _musk,
    fetch_modelnet10,
    fetch_musk,
    fetch_shapes69,
    fetch_word_vectors,
    fetch_wordnet_concepts,
    get_data_home,
)
from sksets.datasets._store import load_arrays


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


def test_a_write_that_fails_leaves_nothing(source, tmp_path, monkeypatch):
    data_file, fetch, _, _ = source

    def refuse(source, target):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.replace", refuse)
    with pytest.raises(OSError, match="cannot keep its file .*: No space left on device. Give "):
        fetch(data_home=tmp_path)
    assert not list((tmp_path / data_file.path).parent.iterdir())


@pytest.mark.skipif(os.name != "posix", reason="there is no umask")
@pytest.mark.parametrize("umask", [0o022, 0o002, 0o077])
@pytest.mark.parametrize("source", ["qm7"], indirect=True)
def test_the_umask_decides_who_may_read_what_is_kept(umask, source, tmp_path):
    data_file, fetch, _, _ = source
    before = os.umask(umask)
    try:
        fetch(data_home=tmp_path / "home")
    finally:
        os.umask(before)
    path = tmp_path / "home" / data_file.path
    assert path.stat().st_mode & 0o777 == 0o666 & ~umask
    assert path.parent.stat().st_mode & 0o777 == 0o777 & ~umask


@pytest.mark.parametrize("source", ["qm7"], indirect=True)
@pytest.mark.parametrize("kind", ["folder", "link to itself", "broken link", "pipe", "secret"])
def test_what_is_no_readable_file(kind, source, tmp_path):
    """Neither is it replaced nor does anybody hear to delete it."""
    data_file, fetch, _, _ = source
    path = tmp_path / data_file.path
    path.parent.mkdir()
    if kind == "folder":
        path.mkdir()
    elif kind.endswith("link") or kind.startswith("link"):
        path.symlink_to("nowhere" if kind == "broken link" else path.name)
    elif kind == "pipe":
        os.mkfifo(path)
    else:
        path.write_bytes(b"")
        path.chmod(0)
        if os.access(path, os.R_OK):
            pytest.skip("this user reads what nobody may")
    message = {
        "link to itself": "[Ss]ymbolic link",
        "broken link": "No such file or directory",
        "secret": "Permission denied",
    }.get(kind, "it is no regular file")
    with pytest.raises(OSError, match=f"qm7.npz cannot be read: .*{message}.*another folder as"):
        fetch(data_home=tmp_path)
    assert [file.name for file in path.parent.iterdir()] == [path.name]


@pytest.mark.parametrize("source", ["qm7"], indirect=True)
def test_two_processes_may_make_a_file_at_once(source, tmp_path, monkeypatch):
    """Whoever is second finds the file made, and puts an equal one in its place."""
    data_file, fetch, _, _ = source
    replace_file, made = os.replace, []

    def replace_after_the_other(source, target):
        if not made:
            made.append(target)
            fetch(data_home=tmp_path)
        replace_file(source, target)

    monkeypatch.setattr("os.replace", replace_after_the_other)
    X, y = fetch(data_home=tmp_path, return_X_y=True)
    assert made == [tmp_path / data_file.path]
    assert [file.name for file in made[0].parent.iterdir()] == [made[0].name]
    np.testing.assert_array_equal(fetch(data_home=tmp_path).target, y)


def test_which_raw_file_is_damaged(source, tmp_path):
    data_file, fetch, public, _ = source
    folder = (tmp_path / data_file.path).parent
    shutil.copytree(public, folder)
    name = data_file.mirrors[0][-1].name
    (folder / name).write_bytes(b"damaged")
    with pytest.raises(FileNotFoundError) as error:
        fetch(data_home=tmp_path)
    failures = [line for line in str(error.value).splitlines() if line.startswith("  - ")][:2]
    for failure in failures:
        assert failure.startswith(f"  - {folder / name} (delete it to have it downloaded): ")


def test_a_file_larger_than_it_can_be(source, tmp_path, monkeypatch):
    data_file, fetch, _, arrays = source
    size = 1 << 30
    path = tmp_path / data_file.path
    path.parent.mkdir()
    with open(path, "wb") as file:
        file.truncate(size)  # takes no room
    message = f"expected data: it has {size:,} bytes, more than {data_file.max_bytes:,}. Delete"
    with pytest.raises(OSError, match=message):
        fetch(data_home=tmp_path)
    path.rename(path.with_name(data_file.mirrors[0][0].name))
    with pytest.raises(FileNotFoundError, match=f"downloaded.: it has {size:,} bytes, more than"):
        fetch(data_home=tmp_path)


def test_data_home(tmp_path, monkeypatch):
    monkeypatch.setenv("SKSETS_DATA", str(tmp_path))
    assert get_data_home() == tmp_path
    assert get_data_home("~/x").is_absolute()
    monkeypatch.delenv("SKSETS_DATA")
    assert get_data_home().name == "sksets_data"
    with pytest.raises(ValueError, match="data_home or SKSETS_DATA is '~nobody_here/x', but that"):
        get_data_home("~nobody_here/x")


@pytest.mark.parametrize(
    "fetch, path, origin",
    [
        (fetch_modelnet10, "modelnet10/modelnet10_vox32.npz", "modelnet.cs.princeton.edu"),
        (fetch_shapes69, "shapes69/shapes69_1024.npz", "a name of its own for each shape"),
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
