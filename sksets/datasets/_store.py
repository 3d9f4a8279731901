"""Data files: where they lie, how they come there, and the check of what they hold."""

import hashlib
import http.client
import json
import os
import tarfile
import tempfile
import time
import urllib.request
import zipfile
import zlib
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from sksets._arguments import check_arguments

DATA_HOME_VARIABLE = "SKSETS_DATA"
_DEFAULT_DATA_HOME = "~/sksets_data"

_IDLE_SECONDS = 30.0  # without one byte from the server
_TOTAL_SECONDS = 600.0  # for one file
_CHUNK_BYTES = 1 << 18

# What reading or converting a wrong, cut-off or altered file may raise.
_BROKEN_FILE = (
    OSError, ValueError, LookupError, EOFError, zlib.error, zipfile.BadZipFile, tarfile.TarError,
    http.client.HTTPException,
)  # fmt: skip


@dataclass(frozen=True)
class RawFile:
    """A file as its publisher offers it."""

    name: str
    url: str


@dataclass(frozen=True)
class DataFile:
    """A file below the data home, and how to make it.

    Its content is a dict of arrays (``.npz``, see `load_arrays`) or what a JSON file holds
    (``.json``, see `load_json`). ``sha256`` is the hash of this content, so that it holds for
    every way the same content may have been written. Where it is None, any content is taken that
    ``check`` does not refuse with a ValueError.

    Each mirror is a full list of raw files; ``convert`` turns their bytes, by name, into the
    content. Where there is no mirror, ``origin`` says what the file is and where to get it.
    """

    function: str
    path: str
    sha256: str | None = None
    mirrors: tuple[tuple[RawFile, ...], ...] = ()
    convert: Callable[[dict[str, bytes]], Any] | None = None
    check: Callable[[Any], None] | None = None
    origin: str = ""


@check_arguments()
def get_data_home(data_home=None):
    """Return the folder in which the ``fetch_*`` functions look for and keep their files.

    Parameters
    ----------
    data_home : str or path-like, default=None
        The folder. By default the value of the environment variable ``SKSETS_DATA``, and
        ``~/sksets_data`` if that is not set.

    Returns
    -------
    data_home : pathlib.Path
        The folder. It is not created.

    Examples
    --------
    >>> from sksets.datasets import get_data_home
    >>> get_data_home("my_data").name
    'my_data'
    """
    if data_home is None:
        data_home = os.environ.get(DATA_HOME_VARIABLE) or _DEFAULT_DATA_HOME
    return Path(data_home).expanduser()


def content_sha256(arrays):
    """Hash named arrays: names, dtypes, shapes and bytes, in the order of the names."""
    digest = hashlib.sha256()
    for name in sorted(arrays):
        array = np.ascontiguousarray(arrays[name])
        digest.update(f"{name} {array.dtype.str} {array.shape};".encode())
        digest.update(array.reshape(-1).view(np.uint8))
    return digest.hexdigest()


def json_sha256(content):
    """Hash what a JSON file holds, whatever its spaces and the order of its keys."""
    text = json.dumps(content, sort_keys=True, separators=(",", ":"))
    return hashlib.sha256(text.encode("ascii")).hexdigest()


def _read_npz(path):
    # numpy leaves the file open where it cannot read it, and takes a .npy file for any name.
    if not zipfile.is_zipfile(path):
        raise ValueError("it is no .npz file")
    with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
        return {name: file[name] for name in file.files}


def _read_json(path):
    return json.loads(path.read_bytes())


def _write(path, save):
    """Write through a temporary file, so that no reader ever meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            save(file)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


def _write_npz(path, arrays):
    _write(path, lambda file: np.savez_compressed(file, **arrays))


def _write_json(path, content):
    _write(path, lambda file: file.write(json.dumps(content).encode("ascii")))


class _Format(NamedTuple):
    read: Callable[[Path], Any]
    write: Callable[[Path, Any], None]
    sha256: Callable[[Any], str]
    content: str  # in words


_NPZ = _Format(_read_npz, _write_npz, content_sha256, "arrays")
_JSON = _Format(_read_json, _write_json, json_sha256, "content")


def _check_content(data_file, format_, content):
    if data_file.sha256 is None:
        data_file.check(content)
        return
    sha256 = format_.sha256(content)
    if sha256 != data_file.sha256:
        raise ValueError(
            f"the checksum of its {format_.content} is {sha256}, expected {data_file.sha256}"
        )


def _read(data_file, format_, path):
    try:
        content = format_.read(path)
        _check_content(data_file, format_, content)
    except _BROKEN_FILE as error:
        remedy = (
            "Delete it and call again to have it downloaded, or put the right file in its place."
        )
        if not data_file.mirrors:
            remedy = f"Put the right file in its place. {data_file.origin}"
        raise OSError(f"The file {path} is not the expected data: {error}. {remedy}") from error
    return content


def _download(url):
    deadline = time.monotonic() + _TOTAL_SECONDS
    chunks = []
    with urllib.request.urlopen(url, timeout=_IDLE_SECONDS) as response:
        while chunk := response.read(_CHUNK_BYTES):
            chunks.append(chunk)
            if time.monotonic() > deadline:
                raise TimeoutError(f"{url} was not complete after {_TOTAL_SECONDS:.0f} seconds")
    return b"".join(chunks)


def _raw_bytes(raw_file, folder, download_if_missing):
    local = folder / raw_file.name
    if local.exists():
        return local.read_bytes()
    if not download_if_missing:
        raise FileNotFoundError(f"{local} is not there and download_if_missing is False")
    return _download(raw_file.url)


def _missing_message(data_file, path, failures):
    missing = (
        f"{data_file.function} needs the file {path.name} in the folder {path.parent}. "
        "It is not there, and"
    )
    if data_file.mirrors:
        lines = [
            f"{missing} making it failed:",
            *(f"  - {failure}" for failure in failures),
            f"Without a network, either copy {path.name} into that folder from a computer on "
            f"which {data_file.function} has run, or put there, as downloaded:",
            *(f"  - {raw.name}, from {raw.url}" for raw in data_file.mirrors[0]),
        ]
    else:
        lines = [f"{missing} it cannot be downloaded: put it there. {data_file.origin}"]
    return "\n".join(
        [*lines, f"Another folder can be given as data_home or in {DATA_HOME_VARIABLE}."]
    )


def _load(data_file, format_, data_home, download_if_missing):
    path = get_data_home(data_home) / data_file.path
    if path.exists():
        return _read(data_file, format_, path)
    failures = []
    for mirror in data_file.mirrors:
        try:
            raw = {file.name: _raw_bytes(file, path.parent, download_if_missing) for file in mirror}
            content = data_file.convert(raw)
            _check_content(data_file, format_, content)
        except _BROKEN_FILE as error:
            failures.append(f"{mirror[0].url}: {error}")
            continue
        try:
            format_.write(path, content)
        except OSError as error:
            raise OSError(
                f"{data_file.function} cannot keep its file {path}: {error}. Give another folder "
                f"as data_home or in {DATA_HOME_VARIABLE}."
            ) from error
        return content
    raise FileNotFoundError(_missing_message(data_file, path, failures))


def load_arrays(data_file, data_home=None, download_if_missing=True):
    """Read the arrays of a ``.npz`` file; make the file first where it is missing.

    Raises
    ------
    FileNotFoundError
        The file is missing and no mirror gave the right data. The message says what to put where.
    OSError
        The file is there but it is damaged or holds other data, or it cannot be written.
    """
    return _load(data_file, _NPZ, data_home, download_if_missing)


def load_json(data_file, data_home=None, download_if_missing=True):
    """Read what a ``.json`` file holds; make the file first where it is missing.

    Raises
    ------
    FileNotFoundError, OSError
        As in `load_arrays`.
    """
    return _load(data_file, _JSON, data_home, download_if_missing)
