"""Data files: where they lie, how they come there, and the check of what they hold."""

import os
import stat
import tempfile
import time
from collections.abc import Callable
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any, BinaryIO

from sksets._arguments import check_arguments
from sksets.datasets._download import download
from sksets.datasets._formats import JSON, NPZ

DATA_HOME_VARIABLE = "SKSETS_DATA"
_DEFAULT_DATA_HOME = "~/sksets_data"

_ABANDONED_SECONDS = 3600.0  # since something was written to a part of a file
_MAX_REASON = 200  # characters of another library's error


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

    Each mirror is a full list of raw files; ``convert`` turns one of them, given its name and the
    open file, into the content or into some of its arrays. Where there is no mirror, ``origin``
    says what the file is and where to get it.

    Neither the file nor a raw one has more than ``max_bytes``, packed or unpacked. None is for
    files that the user makes, of any size.
    """

    function: str
    path: str
    max_bytes: int | None = None
    sha256: str | None = None
    mirrors: tuple[tuple[RawFile, ...], ...] = ()
    convert: Callable[[str, BinaryIO], Any] | None = None
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

    Raises
    ------
    ValueError
        It starts with ``~`` and the home directory is not known.

    Notes
    -----
    - Several users may share the folder: the files in it have the permissions that your umask
      gives. Several processes may make a file at once; each writes beside it and then puts it in
      its place.
    - A file is downloaded only into a folder that can be written. A download ends with an error
      after ten minutes, after half a minute without an answer, or when more bytes come than the
      file can have: 4 to 128 MiB, by the file. What a killed process left is removed by a call an
      hour later or more.

    Examples
    --------
    >>> from sksets.datasets import get_data_home
    >>> get_data_home("my_data").name
    'my_data'
    """
    if data_home is None:
        data_home = os.environ.get(DATA_HOME_VARIABLE) or _DEFAULT_DATA_HOME
    try:
        return Path(data_home).expanduser()
    except RuntimeError as error:
        raise ValueError(
            f"data_home or {DATA_HOME_VARIABLE} is {str(data_home)!r}, but that home directory is "
            "not known: give the full path of a folder."
        ) from error


def _reason(error):
    """Say in a line what an error of another library says."""
    if isinstance(error, MemoryError):
        return "it needs more memory than there is"
    text = " ".join(str(getattr(error, "strerror", None) or error).split())
    if not isinstance(error, OSError | ValueError):
        text = f"{type(error).__name__}: {text}"
    return text if len(text) <= _MAX_REASON else f"{text[: _MAX_REASON - 3]}..."


def _open(path):
    """Open a file for reading; return None where there is none."""
    try:
        status = path.stat()
    except (FileNotFoundError, NotADirectoryError):
        if path.is_symlink():
            raise
        return None
    if not stat.S_ISREG(status.st_mode):  # opening a pipe would wait for a writer
        raise OSError("it is no regular file")
    return open(path, "rb")


def _check_size(data_file, file):
    n_bytes = os.fstat(file.fileno()).st_size
    if data_file.max_bytes is not None and n_bytes > data_file.max_bytes:
        raise ValueError(f"it has {n_bytes:,} bytes, more than {data_file.max_bytes:,}")


def _check_content(data_file, format_, content):
    if data_file.sha256 is None:
        data_file.check(content)
        return
    sha256 = format_.sha256(content)
    if sha256 != data_file.sha256:
        raise ValueError(
            f"the checksum of its {format_.content} is {sha256}, expected {data_file.sha256}"
        )


def _open_kept(path):
    try:
        return _open(path)
    except OSError as error:
        raise OSError(
            f"The file {path} cannot be read: {_reason(error)}. Mend that, or give another folder "
            f"as data_home or in {DATA_HOME_VARIABLE}."
        ) from error


def _read(data_file, format_, path, file):
    try:
        with file:
            _check_size(data_file, file)
            content = format_.read(file, data_file.max_bytes)
        _check_content(data_file, format_, content)
    except Exception as error:  # damage makes other libraries raise more than they list
        remedy = (
            "Delete it and call again to have it downloaded, or put the right file in its place."
        )
        if not data_file.mirrors:
            remedy = f"Put the right file in its place. {data_file.origin}"
        raise OSError(
            f"The file {path} is not the expected data: {_reason(error)}. {remedy}"
        ) from error
    return content


@contextmanager
def _keeping(data_file, path):
    try:
        yield
    except OSError as error:
        raise OSError(
            f"{data_file.function} cannot keep its file {path}: {_reason(error)}. Give another "
            f"folder as data_home or in {DATA_HOME_VARIABLE}."
        ) from error


def _nameless_file(path):
    """Open a file in the folder of a path, or above where it is not yet there.

    It has no name, or none after it was opened, so that a killed process leaves nothing.
    """
    return tempfile.TemporaryFile(dir=next(f for f in path.parents if os.path.lexists(f)))


def _remove_abandoned_parts(path):
    """Remove what processes left that were killed while they wrote the file."""
    with suppress(OSError):
        for part in path.parent.glob(f"{path.name}.*.part"):
            if time.time() - part.stat().st_mtime > _ABANDONED_SECONDS:
                part.unlink()


def _open_raw(data_file, raw_file, local, download_if_missing):
    """Open the raw file that was put there by hand, or else the one that is offered."""
    file = _open(local)
    if file is not None:
        return file
    if not download_if_missing:
        raise FileNotFoundError(f"{local} is not there and download_if_missing is False")
    file = _nameless_file(local)
    try:
        download(raw_file.url, file, data_file.max_bytes)
    except BaseException:
        file.close()
        raise
    file.seek(0)
    return file


@contextmanager
def _naming(source):
    try:
        yield
    except Exception as error:  # damage makes other libraries raise more than they list
        raise ValueError(f"{source}: {_reason(error)}") from error


def _convert(data_file, format_, mirror, folder, download_if_missing):
    """Return the content that the raw files of a mirror give; a ValueError names the raw file."""
    content, sources = None, []
    for raw_file in mirror:
        local = folder / raw_file.name
        by_hand = f"{local} (delete it to have it downloaded)"
        sources.append(by_hand if os.path.lexists(local) else raw_file.url)
        with (
            _naming(sources[-1]),
            _open_raw(data_file, raw_file, local, download_if_missing) as file,
        ):
            _check_size(data_file, file)
            part = data_file.convert(raw_file.name, file)
            content = part if content is None else content | part
    with _naming(", ".join(sources)):
        _check_content(data_file, format_, content)
    return content


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


def _make(data_file, format_, path, download_if_missing):
    if data_file.mirrors and download_if_missing:
        with _keeping(data_file, path), _nameless_file(path):
            pass  # a folder that cannot be written is met before the download, not after it
    failures = []
    for mirror in data_file.mirrors:
        try:
            content = _convert(data_file, format_, mirror, path.parent, download_if_missing)
        except ValueError as error:
            failures.append(str(error))
            continue
        with _keeping(data_file, path):
            format_.write(path, content)
        return content
    raise FileNotFoundError(_missing_message(data_file, path, failures))


def _load(data_file, format_, data_home, download_if_missing):
    path = get_data_home(data_home) / data_file.path
    _remove_abandoned_parts(path)
    file = _open_kept(path)
    if file is None:
        return _make(data_file, format_, path, download_if_missing)
    return _read(data_file, format_, path, file)


def load_arrays(data_file, data_home=None, download_if_missing=True):
    """Read the arrays of a ``.npz`` file; make the file first where it is missing.

    Raises
    ------
    FileNotFoundError
        The file is missing and no mirror gave the right data. The message says what to put where.
    OSError
        The file is there but it cannot be read, is damaged or holds other data, or it cannot be
        written.
    """
    return _load(data_file, NPZ, data_home, download_if_missing)


def load_json(data_file, data_home=None, download_if_missing=True):
    """Read what a ``.json`` file holds; make the file first where it is missing.

    Raises
    ------
    FileNotFoundError, OSError
        As in `load_arrays`.
    """
    return _load(data_file, JSON, data_home, download_if_missing)
