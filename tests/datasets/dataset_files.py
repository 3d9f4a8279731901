"""Files of data sets as they are published, the arrays that they hold, and where they lie."""

import gzip
import io
import json
import tarfile
import threading
import zipfile
from contextlib import contextmanager
from dataclasses import replace
from http.server import ThreadingHTTPServer

import numpy as np

from sksets.datasets import _mnist, _musk, _qm7, fetch_mnist_sums, fetch_musk, fetch_qm7
from sksets.datasets._formats import content_sha256
from sksets.datasets._store import RawFile

CLOSED = "http://127.0.0.1:1/"  # nothing listens there


@contextmanager
def serve(handler):
    """Answer requests on this computer; yield the address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever, kwargs={"poll_interval": 0.05})
        thread.start()
        yield f"http://127.0.0.1:{httpd.server_port}/"
        httpd.shutdown()
        thread.join()


def compress(data, max_bits):
    """Write a .Z file, as ``compress -b`` does; codes go out in groups of eight."""
    out, group, n_bits, word = bytearray(b"\x1f\x9d" + bytes([0x80 | max_bits])), [], 9, b""
    table = {bytes([i]): i for i in range(256)}
    next_code = 257

    def flush(n_bytes):
        out.extend(sum(c << (i * n_bits) for i, c in enumerate(group)).to_bytes(n_bytes, "little"))
        group.clear()

    def emit(code):
        group.append(code)
        if len(group) == 8:
            flush(n_bits)

    for byte in data:
        longer = word + bytes([byte])
        if longer in table:
            word = longer
            continue
        emit(table[word])
        if next_code < 1 << max_bits:
            table[longer] = next_code
            next_code += 1
            if next_code > 1 << n_bits and n_bits < max_bits:
                if group:
                    flush(n_bits)
                n_bits += 1
        word = bytes([byte])
    if word:
        emit(table[word])
    flush((len(group) * n_bits + 7) // 8)
    return bytes(out)


def bomb():
    """Write a .Z file of 123 kB that holds 2.1 GB: the words a, aa, aaa, ... to one of 65,280.

    Each code is the one that the table has next.
    """
    codes = [97, *range(257, 1 << 16)]
    out = bytearray(b"\x1f\x9d\x90")
    for n_bits in range(9, 17):
        # The table has 256 + k entries after k codes; the width grows when it is full.
        group = codes[(1 << n_bits - 1) - 256 if n_bits > 9 else 0 : (1 << n_bits) - 256]
        word = sum(code << (i * n_bits) for i, code in enumerate(group))
        out.extend(word.to_bytes(len(group) * n_bits // 8, "little"))
    return bytes(out)


def musk_files():
    """Two versions of three molecules, whose shapes are not all in a row, and the arrays."""
    files, arrays = {}, {}
    for version in (1, 2):
        X = np.random.default_rng(version).integers(-200, 200, size=(5, 166))
        molecules, is_musk = [0, 1, 0, 2, 2], [1, 0, 1, 1, 1]
        lines = [
            f"MUSK-{m},{m}_{i}," + ",".join(map(str, X[i])) + f",{is_musk[i]}.\n"
            for i, m in enumerate(molecules)
        ]
        buffer = io.BytesIO()
        with zipfile.ZipFile(buffer, "w") as archive:
            archive.writestr(f"clean{version}.data.Z", compress("".join(lines).encode(), 16))
        files[f"musk+version+{version}.zip"] = buffer.getvalue()
        arrays |= {
            f"musk{version}_X": X[[0, 2, 1, 3, 4]].astype(np.float32),
            f"musk{version}_bag": np.array([0, 0, 1, 2, 2], dtype=np.int32),
            f"musk{version}_y": np.array([1, 0, 1], dtype=np.int8),
        }
    return files, arrays


def mnist_files():
    rng = np.random.default_rng(0)
    files, arrays = {}, {}
    for part, prefix in (("train", "train"), ("test", "t10k")):
        X = rng.integers(0, 256, size=(20, 28, 28)).astype(np.uint8)
        y = rng.integers(0, 10, size=20).astype(np.uint8)
        for array, suffix in ((X, "images-idx3"), (y, "labels-idx1")):
            head = bytes([0, 0, 8, array.ndim]) + np.array(array.shape, ">u4").tobytes()
            files[f"{prefix}-{suffix}-ubyte.gz"] = gzip.compress(head + array.tobytes())
        arrays |= {f"X_{part}": X, f"y_{part}": y}
    return files, arrays


MOLECULES = {
    "0002.xyz": ("O H H", [[0, 0, 0], [0.96, 0, 0], [-0.24, 0.93, 0]], -219.0, -210.5),
    "0001.xyz": ("C H H H H", np.vstack([np.zeros(3), np.eye(3), -np.eye(3)[:1]]), -417.0, -431.0),
}


def qm7_files():
    buffer = io.BytesIO()
    texts = {"examples/hof_qm7.txt": "", "examples/other/9999.xyz": "1\n\nH 0 0 0\n"}
    for name, (symbols, R, pbe0, dftb) in MOLECULES.items():
        texts["examples/hof_qm7.txt"] += f"{name} {pbe0} {dftb}\n"
        rows = [f"{s} {x} {y} {z}" for s, (x, y, z) in zip(symbols.split(), R, strict=True)]
        texts[f"examples/qm7/{name}"] = "\n".join([str(len(rows)), "", *rows, ""])
    with tarfile.open(fileobj=buffer, mode="w:gz") as archive:
        for name, text in texts.items():
            member = tarfile.TarInfo(f"qml-0/{name}")
            member.size = len(text)
            archive.addfile(member, io.BytesIO(text.encode()))
    arrays = {
        "Z": np.array([6, 1, 1, 1, 1, 8, 1, 1], dtype=np.uint8),
        "R": np.vstack([MOLECULES[name][1] for name in sorted(MOLECULES)]).astype(np.float32),
        "offsets": np.array([0, 5, 8], dtype=np.int32),
        "y": np.array([-417.0, -219.0]),
        "y2": np.array([-431.0, -210.5]),
        "ids": np.array(["0001.xyz", "0002.xyz"]),
    }
    return {_qm7.QM7.mirrors[0][0].name: buffer.getvalue()}, arrays


GALAXIES = b"""\
 1237663916797722856  112.5  41.25  14.5  0.0625  -21.5  2.5  3.5     1  1  1
 1237663916797722857  112.0  41.50  17.0  0.0750  -19.0  2.0  2.0     1  1  0
 1237663531326243522  112.0  40.00  17.5  0.0500  -18.0  1.5  2.5     7  0  0
 #objID,radeg,decdeg,rmap,z,rabs,color,cindex,idg,mark_red,mark_ear
"""

ARFF = b"""@relation tags

@attribute a {0,1}

@data
{0 1,498 1,499 1,872 1}
{}

{ 5 1, 500 1 }
"""

PAGES = {
    "train": b"@data\n{0 1,499 1,500 1,1482 1}\n{3 1}",
    "test": b"@data\r\n{1 1,507 1}\r\n",
}

PURCHASES = b"whole milk\nyogurt,cream cheese ,whole milk\n"

WORDS = ["goal", "league", "cup", "river", "lake"]
TOPICS = {
    "params": {
        "ind2word": {str(number): word for number, word in enumerate(WORDS)},
        "word2ind": {word: number for number, word in enumerate(WORDS)},
    },
    "data": {"test": [[4, 3]], "train": [[2, 0], [1, 2]], "val": [[0, 1]]},
}


def five_thousand_topics():
    """Topics in the form of the file whose checksum is not known."""
    random = np.random.RandomState(0)
    words = {str(number): f"w{number}" for number in range(60)}
    topics = np.argsort(random.random_sample((5000, 60)), axis=1)[:, :50].tolist()
    parts = {"train": topics[:4000], "val": topics[4000:4500], "test": topics[4500:]}
    return {"params": {"ind2word": words}, "data": parts}


SHAPES = {
    "X": np.random.default_rng(0).uniform(-0.5, 0.5, size=(3, 4, 3)).astype(np.float16),
    "y": np.array([1, 0, 1], dtype=np.uint8),
    "classes": np.array(["bird", "car"]),
    "names": np.array(["m3", "m1", "m2"]),
}


def grids_of_shapes():
    """Pack a cube in a corner of its grid, none, one voxel and a larger cube; test: one voxel."""
    grids = np.zeros((5, 32, 32, 32), dtype=np.uint8)
    grids[0, :3, :3, :3] = 1
    grids[2, 31, 0, 7] = 1
    grids[3, 10:15, 12:17, 20:25] = 1
    grids[4, 1, 2, 3] = 1
    packed = np.packbits(grids.reshape(5, -1), axis=1)
    return {
        "vox_train": packed[:4],
        "y_train": np.array([0, 0, 1, 1], dtype=np.uint8),
        "vox_test": packed[4:],
        "y_test": np.array([1], dtype=np.uint8),
        "classes": np.array(["desk", "sofa"]),
    }


SOURCES = {
    "mnist": (_mnist, "MNIST", fetch_mnist_sums, mnist_files),
    "musk": (_musk, "MUSK", fetch_musk, musk_files),
    "qm7": (_qm7, "QM7", fetch_qm7, qm7_files),
}


def relocate(data_file, arrays, *addresses):
    """Return the data file with the given arrays as its content and other mirrors."""
    names = [raw.name for raw in data_file.mirrors[0]]
    mirrors = tuple(tuple(RawFile(name, url + name) for name in names) for url in addresses)
    return replace(data_file, mirrors=mirrors, sha256=content_sha256(arrays))


def write_json(content, path):
    path.parent.mkdir(exist_ok=True)
    path.write_text(json.dumps(content, indent=2), encoding="utf-8")
