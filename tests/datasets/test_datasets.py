"""Data sets: what they hold, and how their files are found, made, checked and missed."""

import functools
import gzip
import io
import shutil
import subprocess
import tarfile
import threading
import zipfile
from dataclasses import replace
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer

import numpy as np
import pytest

from sksets import SetArray
from sksets.datasets import (
    _mnist,
    _musk,
    _qm7,
    _store,
    fetch_mnist_sums,
    fetch_musk,
    fetch_qm7,
    get_data_home,
    load_digit_sums,
    make_digit_sums,
)
from sksets.datasets._atoms import atom_features
from sksets.datasets._lzw import decompress
from sksets.datasets._store import RawFile, content_sha256, load_arrays

CLOSED = "http://127.0.0.1:1/"  # nothing listens there


# ---------------------------------------------------------------- generators


def test_digit_sums():
    X, y = make_digit_sums(200, min_size=0, max_size=3, random_state=0)
    assert X.values.ndim == 1 and set(X.sizes) == {0, 1, 2, 3} and set(X.values) == set(range(10))
    np.testing.assert_array_equal(y, [digits.sum() for digits in X])
    again, _ = make_digit_sums(200, min_size=0, max_size=3, random_state=0)
    np.testing.assert_array_equal(again.values, X.values)


@pytest.mark.parametrize("function", [make_digit_sums, load_digit_sums])
def test_sizes_are_checked(function):
    for parameters in ({"n_sets": 0}, {"min_size": -1}, {"min_size": 5, "max_size": 4}):
        with pytest.raises(ValueError, match=next(reversed(parameters))):
            function(**{"n_sets": 3} | parameters)
    with pytest.raises(TypeError, match="n_sets"):
        function(2.5)


def test_digit_images():
    train = load_digit_sums(50, random_state=0)
    np.testing.assert_array_equal(train.target, [digits.sum() for digits in train.digits])
    np.testing.assert_array_equal(train.images.values.reshape(-1, 64), train.data.values)
    X, y = load_digit_sums(50, random_state=0, return_X_y=True)
    np.testing.assert_array_equal(X.values, train.data.values)
    np.testing.assert_array_equal(y, train.target)
    test = load_digit_sums(50, subset="test", random_state=0)
    seen = {image.tobytes() for image in train.data.values}
    assert not any(image.tobytes() in seen for image in test.data.values)
    with pytest.raises(ValueError, match="subset must be 'train' or 'test', got 'all'"):
        load_digit_sums(subset="all")


# ---------------------------------------------------------------- raw files as published


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


@pytest.mark.parametrize("max_bits", [10, 12, 16])
@pytest.mark.parametrize("kind", ["empty", "one", "equal", "random", "text"])
def test_lzw(kind, max_bits):
    random = np.random.default_rng(0).integers(0, 256, 20_000).astype(np.uint8).tobytes()
    text = b"".join(b"MUSK-%d,%d,-%d\n" % (i, i * 7, i * i) for i in range(5000))
    data = {"empty": b"", "one": b"a", "equal": b"a" * 5000, "random": random, "text": text}[kind]
    packed = compress(data, max_bits)
    assert decompress(packed) == data
    if gzip_program := shutil.which("gzip"):
        found = subprocess.run([gzip_program, "-dc"], input=packed, capture_output=True)
        assert found.stdout == data


def test_lzw_clear_code_and_broken_files():
    # 9-bit codes: "a", clear, padding to the group of eight, "b".
    codes = sum(code << (9 * i) for i, code in enumerate((97, 256)))
    data = b"\x1f\x9d\x90" + codes.to_bytes(9, "little") + (98).to_bytes(2, "little")
    assert decompress(data) == b"ab"
    with pytest.raises(ValueError, match="not a .Z file"):
        decompress(b"PK\x03\x04")
    with pytest.raises(ValueError, match="holds the code 300 before"):
        decompress(b"\x1f\x9d\x90" + (300).to_bytes(2, "little"))


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


SOURCES = {
    "mnist": (_mnist, "MNIST", fetch_mnist_sums, mnist_files),
    "musk": (_musk, "MUSK", fetch_musk, musk_files),
    "qm7": (_qm7, "QM7", fetch_qm7, qm7_files),
}


@pytest.fixture
def server(tmp_path, monkeypatch):
    """Serve the folder "public" on this computer; yield the folder and its address."""
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    public = tmp_path / "public"
    public.mkdir()

    class Quiet(SimpleHTTPRequestHandler):
        def log_message(self, *args):
            pass

    handler = functools.partial(Quiet, directory=public)
    with ThreadingHTTPServer(("127.0.0.1", 0), handler) as httpd:
        thread = threading.Thread(target=httpd.serve_forever)
        thread.start()
        yield public, f"http://127.0.0.1:{httpd.server_port}/"
        httpd.shutdown()
        thread.join()


def relocate(data_file, arrays, *addresses):
    """Return the data file with the given arrays as its content and other mirrors."""
    names = [raw.name for raw in data_file.mirrors[0]]
    mirrors = tuple(tuple(RawFile(name, url + name) for name in names) for url in addresses)
    return replace(data_file, mirrors=mirrors, sha256=content_sha256(arrays))


@pytest.fixture(params=SOURCES)
def source(request, monkeypatch, server):
    """Small files of one source, to be had from a local server after one mirror that is down."""
    module, constant, fetch, make_files = SOURCES[request.param]
    files, arrays = make_files()
    public, address = server
    for name, content in files.items():
        (public / name).write_bytes(content)
    data_file = relocate(getattr(module, constant), arrays, CLOSED, address)
    monkeypatch.setattr(module, constant, data_file)
    return data_file, fetch, public, arrays


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


# ---------------------------------------------------------------- what they return


@pytest.mark.parametrize("source", ["mnist"], indirect=True)
def test_mnist_sums(source, tmp_path):
    arrays = source[-1]
    for subset in ("train", "test"):
        bunch = fetch_mnist_sums(tmp_path, n_sets=30, subset=subset, random_state=0)
        assert bunch.data.values.shape[1:] == (28, 28) and bunch.data.values.dtype == np.uint8
        np.testing.assert_array_equal(bunch.target, [digits.sum() for digits in bunch.digits])
        digit_of = {
            image.tobytes(): digit
            for image, digit in zip(arrays[f"X_{subset}"], arrays[f"y_{subset}"], strict=True)
        }
        assert [digit_of[image.tobytes()] for image in bunch.data.values] == list(
            bunch.digits.values
        )


@pytest.mark.parametrize("source", ["musk"], indirect=True)
def test_musk(source, tmp_path):
    arrays = source[-1]
    bunch = fetch_musk(2, tmp_path)
    assert bunch.data.sizes.tolist() == [2, 1, 2] and bunch.target.tolist() == [1, 0, 1]
    np.testing.assert_array_equal(bunch.data.values, arrays["musk2_X"])
    assert len(bunch.feature_names) == 166 and "MUSK version 2" in bunch.DESCR
    with pytest.raises(ValueError, match="version must be 1 or 2, got 3"):
        fetch_musk(3, tmp_path)


@pytest.mark.parametrize("source", ["qm7"], indirect=True)
def test_qm7(source, tmp_path):
    bunch = fetch_qm7(tmp_path)
    assert bunch.data.element_shape == (8,) and len(bunch.feature_names) == 8
    assert bunch.target.tolist() == [-417.0, -219.0] and bunch.target_dftb.tolist() == [
        -431,
        -210.5,
    ]
    methane, water = bunch.data
    np.testing.assert_array_equal(water[:, :5], [[0, 0, 0, 1, 0], [1, 0, 0, 0, 0], [1, 0, 0, 0, 0]])
    np.testing.assert_allclose(methane[:, 5:].mean(axis=0), 0, atol=1e-6)
    np.testing.assert_array_equal(bunch.positions[1], np.float32(MOLECULES["0002.xyz"][1]))
    assert bunch.atomic_numbers[1].tolist() == [8, 1, 1]
    around = fetch_qm7(tmp_path, features="environment")
    assert around.data.element_shape == (205,) == (len(set(around.feature_names)),)
    with pytest.raises(ValueError, match="features must be one of .*, got 'distances'"):
        fetch_qm7(tmp_path, features="distances")


# ---------------------------------------------------------------- symmetry functions

ELEMENTS = [1, 6, 7, 8, 16]


def environment_by_loop(Z, R):
    """The formulas of _atoms.py, sum by sum."""
    m, a = np.linspace(0.8, 6.0, 16), np.linspace(0, np.pi, 8)
    pairs = [(e, f) for e in ELEMENTS for f in ELEMENTS if e <= f]
    distance = np.linalg.norm(R[:, None] - R, axis=-1)

    def cut(r, cutoff):
        return (np.cos(np.pi * r / cutoff) + 1) / 2 if r < cutoff else 0.0

    radial, angular = np.zeros((len(Z), 5, 16)), np.zeros((len(Z), 15, 8))
    for i in range(len(Z)):
        others = [j for j in range(len(Z)) if j != i]
        for j in others:
            r = distance[i, j]
            bump = np.exp(-((r - m) ** 2) / (2 * (m[1] - m[0]) ** 2))
            radial[i, ELEMENTS.index(Z[j])] += cut(r, 6.0) * bump
        for j in others:
            for k in (k for k in others if k > j):
                u, v = R[j] - R[i], R[k] - R[i]
                angle = np.arctan2(np.linalg.norm(np.cross(u, v)), u @ v)
                bump = np.exp(-((angle - a) ** 2) / (2 * (a[1] - a[0]) ** 2))
                both = cut(distance[i, j], 3.5) * cut(distance[i, k], 3.5)
                angular[i, pairs.index(tuple(sorted((Z[j], Z[k]))))] += both * bump
    return np.hstack([radial.reshape(len(Z), -1), angular.reshape(len(Z), -1)])


def random_molecules(n_molecules):
    rng = np.random.default_rng(0)
    sizes = rng.integers(1, 9, size=n_molecules)
    offsets = np.concatenate([[0], np.cumsum(sizes)])
    R = rng.normal(scale=2.0, size=(offsets[-1], 3))
    return rng.choice(ELEMENTS, size=len(R)), R, offsets


def test_environment_equals_a_loop():
    Z, R, offsets = random_molecules(300)  # more than a block
    values, _ = atom_features(Z, R, offsets, "environment")
    for i in (0, 1, 100, 255, 256, 257, 299):
        atoms = slice(offsets[i], offsets[i + 1])
        np.testing.assert_allclose(
            values[atoms, 5:], environment_by_loop(Z[atoms], R[atoms]), rtol=1e-5, atol=1e-6
        )


def test_environment_does_not_change_with_rotation_shift_and_order():
    Z, R, offsets = random_molecules(20)
    expected, _ = atom_features(Z, R, offsets, "environment")
    rotation, _ = np.linalg.qr(np.random.default_rng(1).normal(size=(3, 3)))
    moved, _ = atom_features(Z, R @ rotation + 5.0, offsets, "environment")
    np.testing.assert_allclose(moved, expected, atol=1e-5)
    start, stop = offsets[3], offsets[4]
    order = np.arange(len(Z))
    order[start:stop] = order[start:stop][::-1]
    shuffled, _ = atom_features(Z[order], R[order], offsets, "environment")
    np.testing.assert_allclose(shuffled, expected[order], atol=1e-5)
