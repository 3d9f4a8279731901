"""The .Z files of ``compress``, against a writer and against gzip."""

import shutil
import subprocess
import tracemalloc

import numpy as np
import pytest
from dataset_files import bomb, compress

from sksets.datasets._lzw import decompress


@pytest.mark.parametrize("max_bits", [10, 12, 16])
@pytest.mark.parametrize("kind", ["empty", "one", "equal", "random", "text"])
def test_lzw(kind, max_bits):
    random = np.random.default_rng(0).integers(0, 256, 20_000).astype(np.uint8).tobytes()
    text = b"".join(b"MUSK-%d,%d,-%d\n" % (i, i * 7, i * i) for i in range(5000))
    data = {"empty": b"", "one": b"a", "equal": b"a" * 5000, "random": random, "text": text}[kind]
    packed = compress(data, max_bits)
    assert decompress(packed, max_bytes=len(data)) == data
    if data:
        with pytest.raises(ValueError, match=f"unpacks to more than {len(data) - 1:,} bytes"):
            decompress(packed, max_bytes=len(data) - 1)
    if gzip_program := shutil.which("gzip"):
        found = subprocess.run([gzip_program, "-dc"], input=packed, capture_output=True)
        assert found.stdout == data


def test_lzw_clear_code_and_broken_files():
    # 9-bit codes: "a", clear, padding to the group of eight, "b".
    codes = sum(code << (9 * i) for i, code in enumerate((97, 256)))
    data = b"\x1f\x9d\x90" + codes.to_bytes(9, "little") + (98).to_bytes(2, "little")
    assert decompress(data, 2) == b"ab"
    with pytest.raises(ValueError, match="not a .Z file"):
        decompress(b"PK\x03\x04", 2)
    with pytest.raises(ValueError, match="holds the code 300 before"):
        decompress(b"\x1f\x9d\x90" + (300).to_bytes(2, "little"), 2)
    with pytest.raises(ValueError, match="codes of 9 to 16 bits, this one of up to 31"):
        decompress(b"\x1f\x9d\x9f" + (97).to_bytes(2, "little"), 2)


def test_a_small_file_that_unpacks_to_gigabytes_stops_at_the_limit():
    packed = bomb()
    assert len(packed) < 130_000
    tracemalloc.start()
    with pytest.raises(ValueError, match="unpacks to more than 1,048,576 bytes"):
        decompress(packed, max_bytes=1 << 20)
    assert tracemalloc.get_traced_memory()[1] < 1 << 23
    tracemalloc.stop()
