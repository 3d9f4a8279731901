"""Damaged files of every kind, to every loader: one error of its own, or the right data.

The damage is drawn from a fixed seed: files cut off, bits turned over, files of another kind, and
files whose parts lie about what they hold.
"""

import gzip
import io
import json
import pickle
import tarfile
import zipfile
from dataclasses import replace

import numpy as np
import pytest
from dataset_files import (
    ARFF,
    CLOSED,
    GALAXIES,
    PAGES,
    PURCHASES,
    SHAPES,
    TOPICS,
    grids_of_shapes,
    mnist_files,
    musk_files,
    qm7_files,
)

from sksets.datasets import (
    _compact_groups,
    _corel5k,
    _delicious,
    _groceries,
    _lda_concepts,
    _mnist,
    _modelnet10,
    _musk,
    _qm7,
    _shapes69,
    _word_vectors,
    _wordnet_concepts,
    fetch_compact_groups,
    fetch_corel5k,
    fetch_delicious,
    fetch_groceries,
    fetch_lda_concepts,
    fetch_mnist_sums,
    fetch_modelnet10,
    fetch_musk,
    fetch_qm7,
    fetch_shapes69,
    fetch_word_vectors,
    fetch_wordnet_concepts,
)
from sksets.datasets._formats import content_sha256, json_sha256
from sksets.datasets._store import RawFile

N_CUTS = 10
N_FLIPS = 40

# What the files hold that cannot be downloaded.
PUT_THERE = {
    "modelnet10": grids_of_shapes(),
    "shapes69": SHAPES,
    "word_vectors": {"words": np.array(["river", "lake"]), "vectors": np.eye(2)},
    "wordnet_concepts": {"1:water": ["river", "lake"], "0:thing": ["cup"]},
}


def only(data_file, content):
    """Return the raw file of a data set that has one."""
    return {data_file.mirrors[0][0].name: content}


# Where the data file is kept, how it is loaded, and its raw files, if it has any.
LOADERS = {
    "compact_groups": (
        (vars(_compact_groups), "COMPACT_GROUPS"),
        fetch_compact_groups,
        only(_compact_groups.COMPACT_GROUPS, GALAXIES),
    ),
    "corel5k": ((vars(_corel5k), "COREL5K"), fetch_corel5k, only(_corel5k.COREL5K, ARFF)),
    "delicious": (
        (vars(_delicious), "DELICIOUS"),
        fetch_delicious,
        {f"delicious-{part}.arff": text for part, text in PAGES.items()},
    ),
    "groceries": (
        (vars(_groceries), "GROCERIES"),
        fetch_groceries,
        only(_groceries.GROCERIES, PURCHASES),
    ),
    "lda_concepts": (
        (_lda_concepts.LDA, 1000),
        fetch_lda_concepts,
        only(_lda_concepts.LDA[1000], json.dumps(TOPICS).encode()),
    ),
    "mnist": ((vars(_mnist), "MNIST"), fetch_mnist_sums, mnist_files()[0]),
    "modelnet10": ((vars(_modelnet10), "MODELNET10"), fetch_modelnet10, {}),
    "musk": ((vars(_musk), "MUSK"), fetch_musk, musk_files()[0]),
    "qm7": ((vars(_qm7), "QM7"), fetch_qm7, qm7_files()[0]),
    "shapes69": ((vars(_shapes69), "SHAPES69"), fetch_shapes69, {}),
    "word_vectors": ((vars(_word_vectors), "VECTORS"), fetch_word_vectors, {}),
    "wordnet_concepts": ((vars(_wordnet_concepts), "WORDNET"), fetch_wordnet_concepts, {}),
}


def packed(members, method=zipfile.ZIP_DEFLATED):
    """Write a zip file of the given members."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, content in members.items():
            archive.writestr(name, content)
    return buffer.getvalue()


def npz(**arrays):
    buffer = io.BytesIO()
    np.savez_compressed(buffer, **arrays)
    return buffer.getvalue()


def npy(header):
    """Write the head of a .npy file, and nothing of the array that it tells of."""
    text = header.encode().ljust(118) + b"\n"
    return b"\x93NUMPY\x01\x00" + len(text).to_bytes(2, "little") + text


def tar(*members):
    """Write a tar file, packed: pairs of the fields of a member and its content."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w:gz", format=tarfile.GNU_FORMAT) as archive:
        for fields, content in members:
            member = tarfile.TarInfo()
            for name, value in fields.items():
                setattr(member, name, value)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def altered(archive, old, new):
    """Change bytes of a zip file, in the local head of a member and in the list at the end."""
    assert old in archive
    return archive.replace(old, new)


def long_names(n):
    """Write a tar file of heads that each say that the next one has a long name."""
    member = tarfile.TarInfo("././@LongLink")
    member.type, member.size = tarfile.GNUTYPE_LONGNAME, 2
    head = member.tobuf(tarfile.GNU_FORMAT) + b"a".ljust(512, b"\0")
    return gzip.compress(head * n)


def foreign_files():
    """Return files of another kind, or such as lie, by what is wrong with them."""
    musk = packed({"clean1.data.Z": b"\x1f\x9d\x90", "clean2.data.Z": b"\x1f\x9d\x90"})
    local, central = b"PK\x03\x04\x14\x00", b"PK\x01\x02\x14\x03\x14\x00"
    arrays = {"words": np.array(["a", "b"]), "vectors": np.eye(2)}
    huge = "{'descr': '<f8', 'fortran_order': False, 'shape': (1000000000000000,), }"
    deep = "{'descr': '<f8', 'fortran_order': False, 'shape': " + "(" * 5000 + ")" * 5000 + "}"
    name = "qml-0/examples/hof_qm7.txt"
    energies = ({"name": name}, b"0001.xyz -417.0 -431.0\n")
    return {
        "nothing": b"",
        "a byte": b"\0",
        "zeros": bytes(5000),
        "a page": b"<html>moved</html>",
        "a picture": b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 4,
        "UTF-16": "[[1]]".encode("utf-16"),
        "no UTF-8": b'{"a": "\xff"}',
        "lists in lists": b"[" * 200_000,
        "objects in objects": b'{"a":' * 200_000,
        "an endless number": b"1" * 10_000,
        "a huge number": b"[[1e999, -1e999, 1" + b"0" * 400 + b"]]",
        "null": b"null",
        "a list": b"[]",
        "no numbers": b'{"params": {"ind2word": []}, "data": NaN}',
        "a list of null": b"[null, [null], {}]",
        "a surrogate": b'{"a": ["\\ud800"]}',
        "a pickle": pickle.dumps([1]),
        "a .npy file": npy(huge),
        "no member": packed({}),
        "a member of another name": packed({"a.txt": b"text"}),
        "members of other arrays": npz(a=np.arange(3)),
        "an array of objects": npz(**arrays | {"vectors": np.array([[], "x"], dtype=object)}),
        "an array of structures": npz(**arrays | {"words": np.zeros(2, "U2,f4")}),
        "an array of nothing": npz(**arrays | {"words": np.zeros(2, "V0")}),
        "a member that is no array": packed({"words": b"river", "vectors": b"text"}),
        "an array that is not there": packed({"words.npy": npy(huge), "vectors.npy": npy(huge)}),
        "a head in brackets": packed({"words.npy": npy(deep), "vectors.npy": npy(deep)}),
        "a head of an array of another type": packed({"words.npy": npy("{'descr': [")}),
        "a secret member": altered(musk, local + b"\x00", local + b"\x01").replace(
            central + b"\x00", central + b"\x01"
        ),
        "a later zip": altered(musk, central, b"PK\x01\x02\x14\x03\xff\x00"),
        "an unknown method": altered(musk, central + b"\0\0\x08", central + b"\0\0\x63"),
        "a bomb of another method": packed(
            {"clean1.data.Z": bytes(1 << 24), "words.npy": bytes(1 << 24)}, zipfile.ZIP_BZIP2
        ),
        "a bomb": packed({"clean1.data.Z": bytes(1 << 24), "words.npy": bytes(1 << 24)}),
        "a .Z file of nothing": musk,
        "a packed bomb": gzip.compress(bytes((1 << 27) + 1), 1),
        "a packed page": gzip.compress(b"<html>moved</html>"),
        "an array of no length": gzip.compress(b"\0\0\x08\xff" + bytes(1020)),
        "an array of any length": gzip.compress(b"\0\0\x08\x02" + b"\xff" * 8),
        "a tar file of nothing": tar(),
        "a tar file without molecules": tar(energies),
        "a molecule without an end": tar(
            energies, ({"name": "qml-0/examples/qm7/0001.xyz"}, b"1000000000\n\nC 0 0 0")
        ),
        "a molecule of lead": tar(
            energies, ({"name": "qml-0/examples/qm7/0001.xyz"}, b"1\n\nPb 0 0 0")
        ),
        "links that go round": tar(
            ({"name": name, "type": tarfile.SYMTYPE, "linkname": "hof_qm7.txt"}, b""),
        ),
        "names of names": long_names(5000),
        "columns without end": b"@data\n{99999999999999999999 1}\n{-1 1}\n{,}\n",
        "a line of other columns": b"1 2\n3 4 5 6 7 8 9 10 11\n",
        "galaxies of letters": b"x nan inf a b c d e f g h\n" * 3,
    }


FOREIGN_FILES = foreign_files()


def damaged(content):
    """Yield what is wrong with a file, and the file."""
    random = np.random.RandomState(0)
    yield from FOREIGN_FILES.items()
    for cut in random.randint(len(content), size=N_CUTS):
        yield f"cut at {cut}", content[:cut]
    yield "twice", content * 2
    for _ in range(N_FLIPS):
        # Half of the flips fall on the ends, where the heads of archives lie.
        place = random.randint(len(content))
        if random.randint(2):
            place = place % 60 if random.randint(2) else -1 - place % 60
        flipped = bytearray(content)
        flipped[place % len(content)] ^= 1 << random.randint(8)
        yield f"bit flipped at {place}", bytes(flipped)


def describe(data):
    """Write all that a loader returned, the description left out."""
    return pickle.dumps({name: data[name] for name in sorted(data) if name != "DESCR"})


@pytest.fixture(params=LOADERS)
def loader(request, monkeypatch, tmp_path):
    """A data file of a few sets, how it is loaded, its raw files, and it as kept."""
    (holder, key), fetch, raw_files = LOADERS[request.param]
    data_file = holder[key]
    if raw_files:
        parts = [
            data_file.convert(name, io.BytesIO(content)) for name, content in raw_files.items()
        ]
        content = {k: v for part in parts for k, v in part.items()} if len(parts) > 1 else parts[0]
        is_json = data_file.path.endswith(".json")
        sha256 = json_sha256(content) if is_json else content_sha256(content)
        offline = [RawFile(name, CLOSED + name) for name in raw_files]
        data_file = replace(data_file, sha256=sha256, mirrors=(tuple(offline),))
        monkeypatch.setitem(holder, key, data_file)
    else:
        content = PUT_THERE[request.param]
    kept = json.dumps(content).encode() if data_file.path.endswith(".json") else npz(**content)

    def load():
        parameters = {"random_state": 0} if fetch is fetch_mnist_sums else {}
        return fetch(data_home=tmp_path, **parameters)

    path = tmp_path / data_file.path
    path.parent.mkdir()
    path.write_bytes(kept)
    return load, path, kept, raw_files, describe(load())


def data_or_none(load, message, what):
    """Return what is loaded, None where the loader says the message; fail on any other error."""
    try:
        return load()
    except Exception as error:
        is_own = isinstance(error, OSError) and message in str(error)
        assert is_own, f"{what}: {type(error).__name__}: {error}"
        return None


def test_damaged_files(loader):
    load, path, kept, _, right = loader
    n_refused = 0
    for what, content in damaged(kept):
        path.write_bytes(content)
        data = data_or_none(load, f"The file {path} is not the expected data: ", what)
        n_refused += data is None
        # Some bits of an archive tell nothing, and some vectors and words are as good as others.
        if data is not None and "word" not in path.name and "glove" not in path.name:
            assert describe(data) == right, what
    assert n_refused > len(FOREIGN_FILES)


def test_damaged_raw_files(loader):
    load, path, _, raw_files, right = loader
    n_refused = 0
    for name, good in raw_files.items():
        for raw_name, content in raw_files.items():
            (path.parent / raw_name).write_bytes(content)
        for what, content in damaged(good):
            path.unlink(missing_ok=True)
            raw = path.parent / name
            raw.write_bytes(content)
            data = data_or_none(load, f"{raw} (delete it to have it downloaded)", what)
            n_refused += data is None
            assert data is None or describe(data) == right, (name, what)
    assert not raw_files or n_refused > len(FOREIGN_FILES)
