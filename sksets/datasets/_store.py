"""Data files: where they lie, how they come there, and the check of what they hold."""

import hashlib
import http.client
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

import numpy as np

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
    """A ``.npz`` file below the data home, and how to make it.

    ``sha256`` is the `content_sha256` of the arrays, so that it holds for every way the same
    numbers may have been compressed. Each mirror is a full list of raw files; ``convert`` turns
    their bytes, by name, into the arrays.
    """

    function: str
    path: str
    sha256: str
    mirrors: tuple[tuple[RawFile, ...], ...]
    convert: Callable[[dict[str, bytes]], dict[str, np.ndarray]]


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


def _check_content(arrays, expected):
    found = content_sha256(arrays)
    if found != expected:
        raise ValueError(f"the checksum of its arrays is {found}, expected {expected}")


def _read_npz(path, sha256):
    try:
        # numpy leaves the file open where it cannot read it, and takes a .npy file for any name.
        if not zipfile.is_zipfile(path):
            raise ValueError("it is no .npz file")
        with open(path, "rb") as opened, np.load(opened, allow_pickle=False) as file:
            arrays = {name: file[name] for name in file.files}
        _check_content(arrays, sha256)
    except _BROKEN_FILE as error:
        raise OSError(
            f"The file {path} is not the expected data: {error}. "
            "Delete it and call again to have it downloaded, or put the right file in its place."
        ) from error
    return arrays


def _write_npz(path, arrays):
    """Write through a temporary file, so that no reader ever meets half a file."""
    path.parent.mkdir(parents=True, exist_ok=True)
    handle, temporary = tempfile.mkstemp(dir=path.parent, suffix=".part")
    try:
        with os.fdopen(handle, "wb") as file:
            np.savez_compressed(file, **arrays)
        os.replace(temporary, path)
    except BaseException:
        Path(temporary).unlink(missing_ok=True)
        raise


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
    lines = [
        f"{data_file.function} needs the file {path.name} in the folder {path.parent}. "
        "It is not there, and making it failed:",
        *(f"  - {failure}" for failure in failures),
        f"Without a network, either copy {path.name} into that folder from a computer on which "
        f"{data_file.function} has run, or put there, as downloaded:",
        *(f"  - {raw.name}, from {raw.url}" for raw in data_file.mirrors[0]),
        f"Another folder can be given as data_home or in {DATA_HOME_VARIABLE}.",
    ]
    return "\n".join(lines)


def load_arrays(data_file, data_home=None, download_if_missing=True):
    """Read the arrays of a data file; make the file first where it is missing.

    Raises
    ------
    FileNotFoundError
        The file is missing and no mirror gave the right data. The message says what to put where.
    OSError
        The file is there but it is damaged or holds other data, or it cannot be written.
    """
    path = get_data_home(data_home) / data_file.path
    if path.exists():
        return _read_npz(path, data_file.sha256)
    failures = []
    for mirror in data_file.mirrors:
        try:
            raw = {file.name: _raw_bytes(file, path.parent, download_if_missing) for file in mirror}
            arrays = data_file.convert(raw)
            _check_content(arrays, data_file.sha256)
        except _BROKEN_FILE as error:
            failures.append(f"{mirror[0].url}: {error}")
            continue
        try:
            _write_npz(path, arrays)
        except OSError as error:
            raise OSError(
                f"{data_file.function} cannot keep its file {path}: {error}. Give another folder "
                f"as data_home or in {DATA_HOME_VARIABLE}."
            ) from error
        return arrays
    raise FileNotFoundError(_missing_message(data_file, path, failures))
