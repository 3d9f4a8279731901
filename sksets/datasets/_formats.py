"""The two kinds of files that are kept, .npz and .json: read, written, and known by a hash."""

import hashlib
import json
import os
import uuid
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any, BinaryIO, NamedTuple

import numpy as np


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


def read_at_most(file, max_bytes):
    """Read all that an open file unpacks to; raise ValueError where it is more."""
    content = file.read(max_bytes + 1)
    if len(content) > max_bytes:
        raise ValueError(f"it unpacks to more than {max_bytes:,} bytes")
    return content


def check_zip(archive, max_bytes):
    """Refuse a zip file whose members unpack to more than some bytes; None is any number.

    zipfile unpacks no more of a member than the size that the archive tells, but all at once where
    it is packed by another method than deflate.
    """
    members = archive.infolist()
    if any(m.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED) for m in members):
        raise ValueError("it is packed by another method than deflate")
    n_bytes = sum(member.file_size for member in members)
    if max_bytes is not None and n_bytes > max_bytes:
        raise ValueError(f"it unpacks to {n_bytes:,} bytes, more than {max_bytes:,}")


def _read_npz(file, max_bytes):
    # numpy leaves the archive open where it cannot read it, and takes a .npy file for any name.
    if not zipfile.is_zipfile(file):
        raise ValueError("it is no .npz file")
    file.seek(0)
    with np.load(file, allow_pickle=False) as arrays:
        check_zip(arrays.zip, max_bytes)
        return {name: arrays[name] for name in arrays.files}


def _object(pairs):
    content = dict(pairs)
    if len(content) < len(pairs):
        raise ValueError("an object holds a name twice")
    return content


def read_json(file, max_bytes=None):
    """Read a JSON file, whose size bounds what it holds; an object has no name twice."""
    return json.load(file, object_pairs_hook=_object)


def _write(path, save):
    """Write through a file of another name, so that no reader ever meets half a file.

    The umask decides who may read the file, as for any other; those of `tempfile` are for their
    owner alone.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{uuid.uuid4().hex}.part")
    try:
        with open(part, "xb") as file:
            save(file)
        os.replace(part, path)
    except BaseException:
        part.unlink(missing_ok=True)
        raise


def _write_npz(path, arrays):
    _write(path, lambda file: np.savez_compressed(file, **arrays))


def _write_json(path, content):
    _write(path, lambda file: file.write(json.dumps(content).encode("ascii")))


class Format(NamedTuple):
    """How the content of a kind of files is read, written, hashed and called."""

    read: Callable[[BinaryIO, int | None], Any]
    write: Callable[[Path, Any], None]
    sha256: Callable[[Any], str]
    content: str


NPZ = Format(_read_npz, _write_npz, content_sha256, "arrays")
JSON = Format(read_json, _write_json, json_sha256, "content")
